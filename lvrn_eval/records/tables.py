"""The canonical tables: what every programme's records are mapped onto.

One row of ``people`` is a person, one row of ``contacts`` an engagement, and so on. Ids are pseudonyms, dates are
dates, codes come from closed lists. Every table also carries ``programme``, ``source_file`` and ``source_row``, so that
a fault can be found in the file it came from; they never leave the building.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Kind = Literal["id", "key", "code", "site", "text", "date", "month", "time", "integer", "number", "boolean"]
"""``id`` finds a person and becomes a pseudonym; ``key`` is a record's own number in its source (a crime number, a
booking), checked to be unique and then replaced by a running number, because it finds a person as surely as a name and
nothing needs it; ``site`` is a code whose list the sources declare; ``month`` is read from a date; ``time`` is a day
with a time of day, as the clock on the wall shows it; ``number`` may have decimals.
"""

TYPES: MappingProxyType[Kind, str] = MappingProxyType(
    {
        "id": "varchar", "key": "bigint", "code": "varchar", "site": "varchar", "text": "varchar", "date": "date",
        "month": "date", "time": "timestamp", "integer": "bigint", "number": "double", "boolean": "boolean",
    },
)  # fmt: skip
"""The type that a column of each kind has in the engine."""

LINEAGE = ("programme", "source_file", "source_row")


@dataclass(frozen=True)
class Column:
    """One column of a canonical table."""

    name: str
    kind: Kind
    about: str
    required: bool = False
    codes: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class CanonicalTable:
    """One canonical table.

    Parameters
    ----------
    name, about
        What it is called and what one row is.
    columns
        In the order they are shown.
    key
        The column whose values are unique, or None.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    key: str | None = None
    by_name: MappingProxyType[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType({column.name: column for column in self.columns}))


SEXES = ("female", "male", "other", "not_recorded")
ETHNICITIES = ("asian", "black", "mixed", "white", "other", "not_recorded")
DISTRICTS = (
    "blackburn_with_darwen", "blackpool", "burnley", "chorley", "fylde", "hyndburn", "lancaster", "pendle", "preston",
    "ribble_valley", "rossendale", "south_ribble", "west_lancashire", "wyre", "outside_lancashire", "not_recorded",
)  # fmt: skip
REFERRAL_SOURCES = (
    "police", "education", "prison", "probation", "health", "social_care", "youth_justice", "self", "family", "other",
)  # fmt: skip
OCCASIONS = ("pre", "post", "follow_up")
INFORMANTS = ("self", "parent", "teacher", "staff")
SECTORS = (
    "education", "health", "social_care", "police", "probation", "prison", "youth_justice", "fire", "local_government",
    "voluntary", "business", "other",
)  # fmt: skip
PERIODS = ("day", "week", "month", "quarter", "year")
ORGANISATION_KINDS = ("school", "college", "service", "charity", "business", "public_body", "other")
STATUSES = ("registered", "working_towards", "near_submission", "submitted", "accredited", "lapsed", "signed", "active")
SPEAKERS = ("young_person", "adult_client", "parent_or_carer", "professional", "volunteer", "other")
N_ITEMS = 40
"""How many items of one questionnaire a row of ``scores`` can hold; the longest known to the instruments has 33."""
N_FEEDBACK = 5
"""How many answers a row of ``training`` can hold, each on a scale from 1 (worst) to 5 (best)."""

ROLES = ("mentor", "coach", "navigator", "therapist", "trainer", "other")
EVENT_KINDS = ("suspect", "charge", "non_conviction", "conviction", "asb", "victim", "hospital_admission", "other")

_PERSON = Column("person_id", "id", "whose row this is", required=True)
_SITE = Column("site", "site", "the place that worked with the person", required=True)

PEOPLE = CanonicalTable(
    "people",
    "a person",
    (
        _PERSON,
        Column("birth_month", "month", "first day of the month of birth; the day is not kept"),
        Column("sex", "code", "sex as recorded", codes=SEXES),
        Column("ethnicity", "code", "broad ethnic group as recorded", codes=ETHNICITIES),
        Column("district", "code", "home district of Lancashire-14", codes=DISTRICTS),
        Column("put_forward", "boolean", "whether the site put the person forward for a review of its work"),
    ),
    key="person_id",
)
REFERRALS = CanonicalTable(
    "referrals",
    "a referral",
    (
        Column("referral_id", "key", "the referral's own number", required=True),
        _PERSON,
        _SITE,
        Column("referred_on", "date", "day the referral was made", required=True),
        Column("source", "code", "who referred", required=True, codes=REFERRAL_SOURCES),
    ),
    key="referral_id",
)
CONTACTS = CanonicalTable(
    "contacts",
    "an engagement, kept or missed",
    (
        Column("contact_id", "key", "the engagement's own number", required=True),
        _PERSON,
        _SITE,
        Column("on", "date", "day of the engagement", required=True),
        Column("role", "code", "role of the member of staff", required=True, codes=ROLES),
        Column("staff_id", "id", "the member of staff"),
        Column("attended", "boolean", "whether the person came", required=True),
        Column("minutes", "integer", "length in minutes", minimum=0, maximum=24 * 60),
        Column("onward_referral", "boolean", "whether it led to a referral to another service"),
    ),
    key="contact_id",
)
EVENTS = CanonicalTable(
    "events",
    "something that happened to, or was recorded against, a person",
    (
        Column("event_id", "key", "the event's own number", required=True),
        _PERSON,
        Column("on", "date", "day it happened or was recorded", required=True),
        Column("kind", "code", "what kind of record", required=True, codes=EVENT_KINDS),
        Column("offence", "text", "offence group as recorded"),
        Column("knife", "boolean", "whether a knife was used, threatened or believed present"),
    ),
    key="event_id",
)
CUSTODY = CanonicalTable(
    "custody",
    "a spell in custody: days not at risk",
    (
        _PERSON,
        Column("starts_on", "date", "day of reception", required=True),
        Column("ends_on", "date", "day of release; empty while the spell goes on"),
    ),
)

SCORES = CanonicalTable(
    "scores",
    "one answered questionnaire",
    (
        _PERSON,
        Column("site", "site", "the place that worked with the person"),
        Column("instrument", "text", "which questionnaire, by its slug", required=True),
        Column("version", "text", "which version of it"),
        Column("informant", "code", "who answered", codes=INFORMANTS),
        Column("on", "date", "day it was answered", required=True),
        Column("occasion", "code", "when in the person's time with the programme", required=True, codes=OCCASIONS),
        Column("age", "integer", "age in whole years on that day", minimum=0, maximum=120),
        Column("score", "number", "the total, where only the total was kept"),
        *(
            Column(f"item_{number}", "integer", f"answer to item {number}", minimum=0, maximum=10)
            for number in range(1, N_ITEMS + 1)
        ),
    ),
)
TRAINING = CanonicalTable(
    "training",
    "one person, or a head-count, at one session",
    (
        Column("training_id", "key", "the record's own number"),
        Column("attendee_id", "id", "the person who attended, where people were recorded"),
        Column("on", "date", "day of the session", required=True),
        Column("course", "text", "which course, by its slug", required=True),
        Column("setting", "text", "where or for whom it was held"),
        Column("sector", "code", "sector the people work in", codes=SECTORS),
        Column("organisation", "text", "their organisation"),
        Column("attended", "integer", "how many people attended", required=True, minimum=0, maximum=10_000),
        Column("completed", "integer", "how many of them completed the course", minimum=0, maximum=10_000),
        *(
            Column(f"feedback_{number}", "integer", f"feedback answer {number}, from 1 to 5", minimum=1, maximum=5)
            for number in range(1, N_FEEDBACK + 1)
        ),
    ),
    key="training_id",
)
PATROLS = CanonicalTable(
    "patrols",
    "one patrol at one hotspot",
    (
        Column("patrol_id", "key", "the patrol's own number", required=True),
        Column("operation", "text", "the operation it belongs to, by its slug"),
        Column("hotspot", "text", "the hotspot", required=True),
        Column("starts_at", "time", "when it began", required=True),
        Column("ends_at", "time", "when it ended", required=True),
        Column("officers", "integer", "how many officers took part", required=True, minimum=1, maximum=500),
    ),
    key="patrol_id",
)
AREA_COUNTS = CanonicalTable(
    "area_counts",
    "a count for an area and a period",
    (
        Column("area", "text", "the area: a district, a ward, a school", required=True),
        Column("period_start", "date", "first day of the period", required=True),
        Column("period", "code", "length of the period", required=True, codes=PERIODS),
        Column("measure", "text", "what is counted or measured, by its slug", required=True),
        Column("category", "text", "the group of people or places counted, where there is one"),
        Column("count", "number", "the count, or the value of a measure that is not a count", required=True),
        Column("population", "number", "people, pupils or places it is a count among"),
    ),
)
ORGANISATIONS = CanonicalTable(
    "organisations",
    "an organisation's status on a day",
    (
        Column("organisation", "text", "the organisation", required=True),
        Column("kind", "code", "what kind it is", required=True, codes=ORGANISATION_KINDS),
        Column("standard", "text", "the standard, agreement or duty, by its slug", required=True),
        Column("status", "code", "how far it has come", required=True, codes=STATUSES),
        Column("on", "date", "day from which that holds", required=True),
    ),
)
OUTPUTS = CanonicalTable(
    "outputs",
    "anything else a programme counts",
    (
        Column("output_id", "key", "the record's own number"),
        Column("on", "date", "day it happened", required=True),
        Column("measure", "text", "what is counted, by its slug", required=True),
        Column("value", "number", "how much of it", required=True),
        Column("unit", "text", "in what unit", required=True),
        Column("place", "text", "where, or through which channel"),
    ),
    key="output_id",
)
QUOTES = CanonicalTable(
    "quotes",
    "a coded quotation",
    (
        Column("quote_id", "key", "the quotation's own number", required=True),
        Column("on", "date", "day it was said", required=True),
        Column("speaker_role", "code", "who said it", required=True, codes=SPEAKERS),
        Column("mechanism", "text", "what it is evidence of, by its slug", required=True),
        Column("consent", "boolean", "whether the speaker agreed to be quoted", required=True),
        Column("text", "text", "the words", required=True),
    ),
    key="quote_id",
)

TABLES: MappingProxyType[str, CanonicalTable] = MappingProxyType(
    {
        table.name: table
        for table in (
            PEOPLE,
            REFERRALS,
            CONTACTS,
            EVENTS,
            CUSTODY,
            SCORES,
            TRAINING,
            PATROLS,
            AREA_COUNTS,
            ORGANISATIONS,
            OUTPUTS,
            QUOTES,
        )
    },
)
