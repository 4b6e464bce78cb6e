"""The canonical tables: what every programme's records are mapped onto.

One row of ``people`` is a person, one row of ``contacts`` an engagement, and so on. Ids are pseudonyms, dates are
dates, codes come from closed lists. Every table also carries ``programme``, ``source_file`` and ``source_row``, so that
a fault can be found in the file it came from; they never leave the building.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Kind = Literal["id", "key", "code", "site", "text", "date", "month", "integer", "boolean"]
"""``id`` finds a person and becomes a pseudonym; ``key`` is a record's own number in its source (a crime number, a
booking), checked to be unique and then replaced by a running number, because it finds a person as surely as a name and
nothing needs it; ``site`` is a code whose list the sources declare; ``month`` is read from a date.
"""

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
ROLES = ("mentor", "coach", "navigator", "trainer", "other")
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

TABLES: MappingProxyType[str, CanonicalTable] = MappingProxyType(
    {table.name: table for table in (PEOPLE, REFERRALS, CONTACTS, EVENTS, CUSTODY)},
)
