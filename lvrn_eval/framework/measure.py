"""How an indicator is computed, as it stands in the framework: closed, declarative, frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from lvrn_eval.framework.vocabulary import DAY_OF, people_of

MeasureKind = Literal[
    "records", "distinct", "sum", "mean", "minimum", "maximum", "proportion", "ratio", "rate", "share", "change",
    "duration", "latest",
]  # fmt: skip
"""How a value is made of rows."""

Period = Literal["day", "week", "month", "quarter", "calendar_year", "financial_year", "school_year", "all"]
"""How long a period is. Weeks begin on Monday, financial years on 1 April, school years on 1 September."""

Told = Literal["difference", "percent", "number", "total", "mean", "longest"]
"""How the value of a change, a duration or a status is told."""

KEYWORDS = {"from": "from_", "to": "to", "as": "as_"}
"""Keys of the file that Python keeps for itself."""


@dataclass(frozen=True)
class PerColumn:
    """A column of the rows that are made first: its name, how it is made, of what, and of which rows."""

    name: str
    kind: MeasureKind
    value: str = ""
    when: str = ""


@dataclass(frozen=True)
class Beside:
    """A second table with rows of the same key, and what is taken from it."""

    table: str
    columns: tuple[PerColumn, ...]
    where: str = ""


@dataclass(frozen=True)
class Per:
    """One row for every value of a column first, with what is known of each."""

    one: str
    columns: tuple[PerColumn, ...]
    beside: Beside | None = None


@dataclass(frozen=True)
class Daily:
    """Hours of the clock, ``"18:00"`` to ``"02:00"``; past midnight when the end is not after the beginning."""

    from_: str
    to: str


@dataclass(frozen=True)
class Measure:
    """How an indicator is computed from one canonical table; every text is a rule expression or a column's name.

    Parameters
    ----------
    table, kind
        Whose rows, and how a value is made of them.
    where
        Which rows; empty for all.
    of
        The column whose different values are counted or followed.
    value, numerator, denominator
        The number taken from each row, or what stands above and below the line.
    from_, to, against
        The two groups of rows a change is between, or the two columns a duration is between; ``previous_period``.
    holds
        What must be true of the latest row.
    as_
        How the value is told; empty for the first way of its kind.
    unit, daily, weight
        Of a duration: its unit, the hours of the day that count, the number it is multiplied by.
    scale
        What the value is multiplied by; None for the default of the kind.
    on, period, counted
        Which column places a row in a period, how long a period is, and whether rows before it count too.
    by, overall
        The columns it is broken down by, and whether there is a line over all groups.
    people
        The column that says whom (an id) or how many (a head-count) a row is about.
    programmes
        The programmes whose records are taken together; empty for the indicator's own.
    reference
        Which rows the others are compared with.
    per, among
        The rows that are made first, and which of them it is about.
    """

    table: str
    kind: MeasureKind
    where: str = ""
    of: str = ""
    value: str = ""
    numerator: str = ""
    denominator: str = ""
    from_: str = ""
    to: str = ""
    against: str = ""
    holds: str = ""
    as_: Told | Literal[""] = ""
    unit: str = ""
    daily: Daily | None = None
    weight: str = ""
    scale: int | None = None
    on: str = ""
    period: Period = "all"
    counted: str = "within_period"
    by: tuple[str, ...] = ()
    overall: str = "shown"
    people: str = ""
    programmes: tuple[str, ...] = ()
    reference: str = ""
    per: Per | None = None
    among: str = ""

    @property
    def day(self) -> str:
        """The column that places a row in a period; empty where rows have no day."""
        return self.on or DAY_OF.get(self.table, "")

    @property
    def told(self) -> str:
        """How the value is told."""
        first = {"change": "difference", "duration": "total", "latest": "number"}
        return self.as_ or first.get(self.kind, "")

    @property
    def times(self) -> int:
        """What the value is multiplied by."""
        if self.scale is not None:
            return self.scale
        part = self.kind in {"proportion", "ratio", "share"} or self.told == "percent"
        return 100 if part or (self.kind == "change" and self.denominator) else 1

    @property
    def about(self) -> str:
        """The column that says whom or how many a row is about; empty for nobody."""
        return self.people or people_of(self.table)

    @property
    def has_overall(self) -> bool:
        """Whether there is a line over all groups."""
        return self.overall == "shown" and self.kind != "share"


def read_measure(content: dict[str, Any]) -> Measure:
    """Return the measure that checked content describes."""
    plain: dict[str, Any] = {
        KEYWORDS.get(key, key): tuple(value) if isinstance(value, list) else value for key, value in content.items()
    }
    if "daily" in plain:
        plain["daily"] = Daily(plain["daily"]["from"], plain["daily"]["to"])
    if "per" in plain:
        plain["per"] = _per(content["per"])
    return Measure(**plain)


def _per(content: dict[str, Any]) -> Per:
    beside = content.get("beside")
    return Per(
        content["one"],
        _columns(content),
        Beside(beside["table"], _columns(beside), beside.get("where", "")) if beside else None,
    )


def _columns(content: dict[str, Any]) -> tuple[PerColumn, ...]:
    return tuple(PerColumn(**each) for each in content["columns"])
