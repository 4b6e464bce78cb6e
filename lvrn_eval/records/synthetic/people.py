"""Who is referred, when, by whom and why: the first stage of a block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lvrn_eval.records.synthetic.assumptions import Assumptions, Weights
from lvrn_eval.records.synthetic.draws import YEAR, Floats, Ints, along, choose, day

YOUNGEST, ADULT, OLDEST = 10, 18, 25
TEN_YEARS = 3653
"""Days that are never fewer than ten years: nothing is recorded against a child under ten."""

ELEVEN_MONTHS = 334

NO_TRIGGER, SUSPECT_TRIGGER, ASB_TRIGGER = 0, 1, 2


@dataclass(frozen=True)
class People:
    """A block of people, each field of shape ``(n_people,)``.

    Parameters
    ----------
    trust, source, sex, ethnicity, district
        Positions in the lists of the assumptions.
    referred, born
        Days.
    trigger
        Which kind of record set off the referral, if any.
    suspect_rate, other_rate
        What the person's rates are multiplied by, before age: for suspect records, and for all other records.
    """

    trust: Ints
    source: Ints
    sex: Ints
    ethnicity: Ints
    district: Ints
    referred: Ints
    born: Ints
    trigger: Ints
    suspect_rate: Floats
    other_rate: Floats

    def __len__(self) -> int:
        return self.born.size

    def relative_rate(self, person: Ints, on: Ints, assumptions: Assumptions) -> Floats:
        """Return the height of the age curve on a day of a person's life."""
        return along(assumptions.age_curve, (on - self.born[person]) / YEAR)


def make_people(rng: np.random.Generator, size: int, assumptions: Assumptions) -> People:
    """Draw a block of people."""
    source = choose(rng, shares(assumptions.sources), size)
    trust = choose(rng, tuple(trust.share for trust in assumptions.trusts), size)
    referred = _referral_days(rng, trust, assumptions)
    trigger = _triggers(rng, source, assumptions)
    sex = choose(rng, shares(assumptions.sexes), size)
    suspect_rate, other_rate = _factors(rng, trigger, assumptions)
    slower = np.where(sex == names(assumptions.sexes).index("female"), assumptions.female_ratio, 1.0)
    return People(
        trust=trust,
        source=source,
        sex=sex,
        ethnicity=choose(rng, shares(assumptions.ethnicities), size),
        district=choose(rng, shares(assumptions.districts), size),
        referred=referred,
        born=_births(rng, source, referred, assumptions),
        trigger=trigger,
        suspect_rate=suspect_rate * slower,
        other_rate=other_rate,
    )


def names(weights: Weights) -> tuple[str, ...]:
    """Return the names of a list of weights."""
    return tuple(name for name, _ in weights)


def shares(weights: Weights) -> tuple[float, ...]:
    """Return the weights of a list of weights."""
    return tuple(share for _, share in weights)


def _referral_days(rng: np.random.Generator, trust: Ints, assumptions: Assumptions) -> Ints:
    """Draw days between a trust's opening and the extract, ever more of them as time goes on."""
    opened = np.array([day(trust.opened) for trust in assumptions.trusts])[trust]
    growth, position = assumptions.referral_growth, rng.random(trust.size)
    if growth:
        # the inverse of the distribution whose density rises linearly from 1 to 1 + growth
        position = (np.sqrt(1 + growth * (2 + growth) * position) - 1) / growth
    days: Ints = opened + (position * (day(assumptions.extract_on) - opened + 1)).astype(np.int64)
    return days


def _triggers(rng: np.random.Generator, source: Ints, assumptions: Assumptions) -> Ints:
    by_source = dict(assumptions.triggered)
    chance = np.array([by_source.get(name, 0.0) for name in names(assumptions.sources)])[source]
    triggered = rng.random(source.size) < chance
    kind = np.where(rng.random(source.size) < assumptions.trigger_suspect, SUSPECT_TRIGGER, ASB_TRIGGER)
    return np.where(triggered, kind, NO_TRIGGER)


def _factors(rng: np.random.Generator, trigger: Ints, assumptions: Assumptions) -> tuple[Floats, Floats]:
    """Draw what people differ by.

    Whoever is referred because of a record was drawn in proportion to his or her rate, and a gamma variable drawn in
    proportion to its size is the same gamma plus one unit of an exponential.
    """
    shape = assumptions.frailty_shape
    suspect, other = rng.standard_gamma(shape, (2, trigger.size))
    picked = rng.standard_exponential(trigger.size)
    suspect = (suspect + picked * (trigger == SUSPECT_TRIGGER)) / shape
    other = (other + picked * (trigger == ASB_TRIGGER)) / shape
    return suspect, (suspect + other) / 2


def _births(rng: np.random.Generator, source: Ints, referred: Ints, assumptions: Assumptions) -> Ints:
    """Draw days of birth such that the completed age at referral fits the source."""
    listed = names(assumptions.sources)
    cumulative = np.concatenate([[0.0], np.cumsum(assumptions.ages)]) / sum(assumptions.ages)
    child = np.isin(source, [listed.index(name) for name in assumptions.child_sources])
    adult = np.isin(source, [listed.index(name) for name in assumptions.adult_sources])
    lower = np.where(adult, cumulative[ADULT - YOUNGEST], 0.0)
    upper = np.where(child, cumulative[ADULT - YOUNGEST], 1.0)
    position = lower + (upper - lower) * rng.random(source.size)
    age = YOUNGEST + np.searchsorted(cumulative[1:-1], position, side="right")
    # two days of room at either end of the year, so that leap days never change the completed age
    since_birthday = rng.integers(2, 363, source.size)
    # only the month of birth is kept: by months, nobody is to look older than the programme takes
    since_birthday = np.where(age == OLDEST, np.minimum(since_birthday, ELEVEN_MONTHS), since_birthday)
    days: Ints = referred - np.ceil(age * YEAR).astype(np.int64) - since_birthday
    return days
