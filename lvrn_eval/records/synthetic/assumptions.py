"""What the made-up Lancashire is made from: every number in one place.

Nobody in it exists. The parameters are assumptions chosen to give the shape of such data; they are not estimates from
Lancashire's records. A comment marks where a number follows a published figure: *report* is the network's annual report
2023-24, *simulation* the zero-effect simulation whose gamma shape the methods pages use, *census* the 2021 Census in
round thousands. All else is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Trust:
    """A made-up football trust; real ones are not named.

    Parameters
    ----------
    slug, title
        Its code and its name.
    share
        Its share of the people referred.
    opened
        The first day it takes referrals.
    staff
        The role of each of its mentors and coaches.
    """

    slug: str
    title: str
    share: float
    opened: date
    staff: tuple[str, ...]


_FROM = date(2022, 4, 1)

# report: nine trusts, 17 mentors; the two that opened late have too few people for a quota of four
TRUSTS = (
    Trust("trust_a", "Trust A", 0.23, _FROM, ("mentor", "mentor", "mentor", "coach")),
    Trust("trust_b", "Trust B", 0.19, _FROM, ("mentor", "mentor", "coach")),
    Trust("trust_c", "Trust C", 0.15, _FROM, ("mentor", "coach")),
    Trust("trust_d", "Trust D", 0.13, _FROM, ("mentor", "coach")),
    Trust("trust_e", "Trust E", 0.11, _FROM, ("mentor", "coach")),
    Trust("trust_f", "Trust F", 0.09, _FROM, ("mentor",)),
    Trust("trust_g", "Trust G", 0.065, _FROM, ("mentor",)),
    Trust("trust_h", "Trust H", 0.02, date(2023, 3, 1), ("mentor",)),
    Trust("trust_i", "Trust I", 0.015, date(2023, 6, 1), ("coach",)),
)

Weights = tuple[tuple[str, float], ...]
"""Names with the relative weight of each."""

Curve = tuple[tuple[float, float], ...]
"""Points of a piecewise linear curve, by age in years."""


@dataclass(frozen=True)
class Assumptions:
    """The parameters of the generator; rates are per person and year."""

    # nothing is dated after this day
    extract_on: date = date(2024, 3, 31)
    # recorded events are known from this day on
    observed_from: date = date(2018, 4, 1)
    # events before it are made too, so that the first months have their charges and convictions
    burn_in_days: int = 400
    trusts: tuple[Trust, ...] = TRUSTS

    # referrals become this much more frequent from the first day of a trust to the last (report: they rose)
    referral_growth: float = 0.3
    # report: over 450 police and over 80 education referrals in a year; 1,200 people in two years give about that
    sources: Weights = (
        ("police", 0.69), ("education", 0.137), ("prison", 0.025), ("probation", 0.03), ("health", 0.02),
        ("social_care", 0.03), ("youth_justice", 0.04), ("self", 0.012), ("family", 0.014), ("other", 0.002),
    )  # fmt: skip
    # sources that refer children (10 to 17) only, and adults (18 to 25) only
    child_sources: tuple[str, ...] = ("education", "social_care", "youth_justice")
    adult_sources: tuple[str, ...] = ("prison", "probation")
    # relative number of people by completed age at referral, 10 to 25 (report: the range; the rest assumed)
    ages: tuple[float, ...] = (2, 5, 9, 13, 15, 14, 11, 9, 5, 4, 3, 3, 2, 2, 2, 1.5)
    # share referred a second time, by the same source to the same trust, and when at the earliest and on average
    second_referral: float = 0.05
    second_referral_days: tuple[int, int] = (150, 270)

    sexes: Weights = (("female", 0.2), ("male", 0.78), ("other", 0.01), ("not_recorded", 0.01))
    ethnicities: Weights = (
        ("asian", 0.11), ("black", 0.02), ("mixed", 0.04), ("white", 0.78), ("other", 0.01), ("not_recorded", 0.04),
    )  # fmt: skip
    # census: thousands of residents; drawn without regard to the trust, so that no real trust can be guessed
    districts: Weights = (
        ("blackburn_with_darwen", 155), ("blackpool", 141), ("burnley", 95), ("chorley", 118), ("fylde", 81),
        ("hyndburn", 82), ("lancaster", 143), ("pendle", 96), ("preston", 148), ("ribble_valley", 62),
        ("rossendale", 71), ("south_ribble", 111), ("west_lancashire", 117), ("wyre", 112),
        ("outside_lancashire", 15), ("not_recorded", 25),
    )  # fmt: skip

    # share of a source's referrals that a suspect or ASB record set off: the cause of regression to the mean
    triggered: Weights = (("police", 0.8), ("youth_justice", 0.6), ("probation", 0.5), ("education", 0.2))
    # such a record lies at most this many days before the referral
    trigger_days: int = 14
    # share of the triggering records that are suspect records; the others are ASB
    trigger_suspect: float = 0.6

    # simulation: people differ by a gamma factor of this shape and mean one, before the trigger selects among them
    frailty_shape: float = 0.7
    # suspect records at the peak age for a male of factor one
    suspect_rate: float = 0.62
    # females' rate as a multiple of males'
    female_ratio: float = 0.5
    # relative rate by age: none under ten, a peak at sixteen to seventeen, then a slow fall
    age_curve: Curve = ((10, 0.1), (12, 0.4), (14, 0.8), (16, 1.0), (17.5, 1.0), (20, 0.8), (25, 0.5), (32, 0.35))
    # true rate of suspect and ASB records from the first attended contact on, relative to before, for people with
    # two such days or more; 1 makes a world in which the programme does nothing
    rate_ratio_after: float = 0.8
    # ASB records at the peak age; half of what people differ by is shared with suspect records
    asb_rate: float = 0.55
    # records as a victim and admissions to hospital for assault; half of what people differ by is shared
    victim_rate: float = 0.22
    hospital_rate: float = 0.03

    # offence groups of suspect records with the share of each, and the share of those with a knife
    offences: Weights = (
        ("violence without injury", 0.2), ("violence with injury", 0.16), ("theft", 0.16), ("criminal damage", 0.15),
        ("public order", 0.13), ("drugs", 0.09), ("robbery", 0.03), ("possession of weapons", 0.04),
        ("sexual offences", 0.02), ("other", 0.02),
    )  # fmt: skip
    knife: Weights = (("violence with injury", 0.08), ("robbery", 0.25), ("possession of weapons", 0.6))
    # share of admissions for assault with a knife or sharp object
    hospital_knife: float = 0.3
    # share of suspect records that lead to a charge, or to a disposal without conviction (no further action too)
    charged: float = 0.2
    disposed: float = 0.4
    # share of charges that end in a conviction
    convicted: float = 0.75
    # mean days from suspect record to charge, to a disposal, and from charge to conviction
    days_to_charge: float = 25
    days_to_disposal: float = 45
    days_to_conviction: float = 140

    # receptions into custody at the peak age for a male of factor one, and the youngest age
    custody_rate: float = 0.03
    custody_age: float = 14.0
    # length of a spell in days: median, standard deviation of its logarithm, longest
    custody_days: tuple[float, float, float] = (80, 0.9, 1000)
    # mean days from the record of the offence to the reception
    days_to_custody: float = 60

    # mean days from referral to the first appointment
    days_to_contact: float = 17
    # share of referrals with no appointment at all, and with one only
    never_met: float = 0.14
    met_once: float = 0.12
    # days from first to last appointment of the others: a gamma distribution's shape and mean
    engagement_days: tuple[float, float] = (1.6, 100)
    # the two parameters of the beta distribution of a person's share of appointments kept
    kept: tuple[float, float] = (6, 2)
    # share of appointments with the person's usual mentor or coach; the others are with one of the same trust
    usual_staff: float = 0.9
    # share of appointments with other staff than mentors and coaches, and with a second entry on the same day
    other_staff: float = 0.08
    second_entry: float = 0.03
