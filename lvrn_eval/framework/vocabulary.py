"""What a measure may name: the canonical tables, their columns, and the few columns that are worked out for it.

The tables stand in ``schema/canonical_tables-1.json``, because the framework does not import the records; a test holds
the two equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

Sort = Literal["text", "number", "day", "condition"]
"""What an expression gives for a row."""

SORTS: Mapping[str, Sort] = MappingProxyType(
    {
        "id": "text", "key": "number", "code": "text", "site": "text", "text": "text", "date": "day", "month": "day",
        "time": "day", "integer": "number", "number": "number", "boolean": "condition",
    },
)  # fmt: skip
"""What a column of each kind gives."""

GROUPING = frozenset({"code", "site", "text", "boolean"})
"""Kinds of column whose values may be shown to a reader as groups."""

DAY_OF: Mapping[str, str] = MappingProxyType(
    {
        "referrals": "referred_on", "contacts": "on", "events": "on", "custody": "starts_on", "scores": "on",
        "training": "on", "patrols": "starts_at", "area_counts": "period_start", "organisations": "on", "outputs": "on",
        "quotes": "on",
    },
)  # fmt: skip
"""The column that places a row of each table in a period; a row of ``people`` has no day."""

PERSON = "person_id"


@dataclass(frozen=True)
class Known:
    """A column that may be named: its kind in the canonical tables, and its closed list of codes."""

    kind: str
    codes: tuple[str, ...] = ()

    @property
    def sort(self) -> Sort:
        """What the column gives for a row."""
        return SORTS[self.kind]


NUMBER = Known("number")


@cache
def tables() -> Mapping[str, Mapping[str, Known]]:
    """Return every canonical table with its own columns."""
    text = files("lvrn_eval.framework").joinpath("schema", "canonical_tables-1.json").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            table: MappingProxyType(
                {name: Known(each["kind"], tuple(each.get("codes", ()))) for name, each in columns.items()},
            )
            for table, columns in json.loads(text)["tables"].items()
        },
    )


@cache
def of_a_person() -> tuple[str, ...]:
    """Return what is known of a person wherever their records are counted."""
    return tuple(name for name in tables()["people"] if name != PERSON)


@cache
def columns_of(table: str) -> Mapping[str, Known]:
    """Return the columns a rule about the rows of a table may name: its own, and those worked out for it."""
    own = dict(tables().get(table, {}))
    if table == "quotes":
        # what somebody said is read by people, not matched by rules
        del own["text"]
    return MappingProxyType({**worked_out(table), **own})


@cache
def worked_out(table: str) -> Mapping[str, Known]:
    """Return the columns that are worked out for a table: of the person, of the clock, of the length of a period."""
    own = tables().get(table, {})
    found: dict[str, Known] = {}
    if PERSON in own and table != "people":
        people = tables()["people"]
        found = {name: people[name] for name in of_a_person() if name not in own}
        if "age" not in own:
            found["age"] = Known("integer")
    if table == "patrols":
        found |= {"start_hour": NUMBER, "end_hour": NUMBER}
    if table == "area_counts":
        found["period_years"] = NUMBER
    return MappingProxyType(found)


def people_of(table: str) -> str:
    """Return the column that says whom a row is about: an id, a head-count, or empty for nobody."""
    own = tables().get(table, {})
    return PERSON if PERSON in own else "attended" if table == "training" else ""
