"""Counting each person's events in each period: the steps in the engine, and the one grouped table that comes home."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sqlglot import exp

from lvrn_eval.cohort.cohort import group_of
from lvrn_eval.cohort.windows import (
    age_counts,
    complete_windows,
    custody_away,
    custody_counts,
    cut_windows,
    days_at_risk,
    not_at_risk,
    people_windows,
)
from lvrn_eval.engine import Step, Table, literal, quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from lvrn_eval.engine import Rule
    from lvrn_eval.offending.study import Study

PACKAGE = "lvrn_eval.offending"


@dataclass(frozen=True)
class Counted:
    """What the steps found.

    Parameters
    ----------
    table
        One row per person, in the engine.
    cut
        How many people there were and how many windows were cut: ``people, cut_before, cut_after, cut_any``.
    recorded, outside, washed_out
        These people's events that were asked for, how many of them lie in no window, and how many in the washout.
    other_kinds
        How many events of each other kind these people have.
    where
        ``of_kinds, met, undecided``: events of the wanted kinds, and what the rule said of them; None without a rule.
    custody
        ``spells, people, open_spells`` of these people; None without custody records.
    away_events
        Wanted events on days in custody.
    age
        ``people, no_month, under_age``, and ``events`` under age; None where age was not looked at.
    """

    table: Table
    cut: dict[str, int]
    recorded: int
    outside: int
    washed_out: int
    other_kinds: dict[str, int]
    where: dict[str, int] | None
    custody: dict[str, int] | None
    away_events: int
    age: dict[str, int] | None


@dataclass(frozen=True)
class Cells:
    """People grouped by their counts and days: arrays of shape ``(n_cells,)``, and nobody's name.

    Parameters
    ----------
    before, after
        Events of one person.
    days_before, days_after
        Days at risk of one person; ``days_before`` is NaN throughout where they are unknown.
    people
        How many people the cell stands for.
    during, days_during, people_during
        Totals over these people: events, days at risk, and people with a day at risk.
    """

    before: NDArray[np.int64]
    after: NDArray[np.int64]
    days_before: NDArray[np.float64]
    days_after: NDArray[np.float64]
    people: NDArray[np.int64]
    during: NDArray[np.int64]
    days_during: NDArray[np.int64]
    people_during: NDArray[np.int64]

    @property
    def days_before_known(self) -> bool:
        """Whether the days before are known; they are for everybody or for nobody."""
        return not bool(np.isnan(self.days_before).any())

    def none(self) -> Cells:
        """Return the same of nobody."""
        return Cells(*(getattr(self, field.name)[:0] for field in fields(self)))

    def count(self, which: NDArray[np.bool_] | None = None) -> int:
        """Return how many people are in these cells."""
        return int(self.people.sum() if which is None else self.people[which].sum())

    def total(self, values: NDArray[np.int64] | NDArray[np.float64]) -> float:
        """Return the sum over people of a value per person."""
        return float(values @ self.people)


@dataclass(frozen=True)
class Placed:
    """Each person's windows, before days not at risk are taken out, and those days; ``away`` is None where none are."""

    windows: Table
    cut: dict[str, int]
    away: Table | None


def place_windows(study: Study) -> Placed:
    """Return the windows of the people of a study, and the days on which they were not at risk."""
    group = None if study.by is None else group_of(study.by)
    windows = people_windows(study.people, study.windows, group)
    cut = cut_windows(windows)
    if study.incomplete == "drop" and cut["cut_any"]:
        windows = complete_windows(windows)
    away = None
    if study.custody is not None:
        away = custody_away(study.custody, windows, study.windows.as_of)
    if study.min_age is not None:
        away = not_at_risk(windows, study.people, study.min_age, away)
    return Placed(windows, cut, away)


def wanted(study: Study, *, rule: bool = True) -> exp.Expr:
    """Return whether an event is counted: its kind and, unless left aside, the rule it must meet."""
    kind = quoted("kind", "events").isin(*(literal(kind) for kind in study.kinds))
    return exp.and_(kind, of_events(study.where)) if rule and study.where is not None else kind


def of_events(rule: Rule) -> exp.Expr:
    """Return a rule about events, its columns told apart from those of the windows."""

    def tell(node: exp.Expr) -> exp.Expr:
        return quoted(node.name, "events") if isinstance(node, exp.Column) else node

    return exp.paren(rule.expression.transform(tell))


class PersonCounts(NamedTuple):
    """One row per person; all their wanted events; and those on days not at risk, None where there are no such days."""

    table: Table
    counts: Table
    away: Table | None


def person_counts(study: Study, placed: Placed) -> PersonCounts:
    """Count the wanted events of people whose windows are placed already."""
    engine, windows = study.people.engine, placed.windows
    tables, events = {"events": study.events, "windows": windows}, {"wanted": wanted(study)}
    counts = engine.run(Step.load(PACKAGE, "counts.sql"), tables=tables, expressions=events)
    at_risk, away = counts, None
    if placed.away is not None:
        away = engine.run(
            Step.load(PACKAGE, "counts_away.sql"), tables={**tables, "away": placed.away}, expressions=events
        )
        step = Step.load(PACKAGE, "counts_at_risk.sql")
        at_risk = engine.run(step, tables={"counts": counts, "away_counts": away})
        windows = days_at_risk(windows, placed.away)
    table = engine.run(Step.load(PACKAGE, "person_counts.sql"), tables={"windows": windows, "counts": at_risk})
    return PersonCounts(table, counts, away)


def count_events(study: Study) -> Counted:
    """Place and count the events of a study."""
    engine = study.people.engine
    placed = place_windows(study)
    found = person_counts(study, placed)
    tables, kinds = {"events": study.events, "windows": placed.windows}, {"wanted": wanted(study, rule=False)}
    others = engine.run(Step.load(PACKAGE, "other_kinds.sql"), tables=tables, expressions=kinds)
    total = _only_row(engine.run(Step.load(PACKAGE, "counts_total.sql"), tables={"counts": found.counts}))
    where = None
    if study.where is not None:
        step, rule = Step.load(PACKAGE, "where_counts.sql"), {"rule": of_events(study.where)}
        where = _only_row(engine.run(step, tables=tables, expressions=kinds | rule))
    left_out = {"placed": 0, "under_age": 0}
    if found.away is not None:
        left_out = _only_row(engine.run(Step.load(PACKAGE, "counts_away_total.sql"), tables={"counts": found.away}))
    return Counted(
        table=found.table,
        cut=placed.cut,
        recorded=total["recorded"],
        outside=total["recorded"] - total["placed"] - total["washed_out"],
        washed_out=total["washed_out"],
        other_kinds={row["kind"]: int(row["events"]) for row in others.to_arrow().to_pylist()},
        where=where,
        custody=None if study.custody is None else custody_counts(study.custody, placed.windows),
        away_events=left_out["placed"] - left_out["under_age"],
        age=_age(study, placed.windows, left_out["under_age"]),
    )


def _age(study: Study, windows: Table, events: int) -> dict[str, int] | None:
    if study.min_age is None:
        return None
    return {**age_counts(windows, study.people, study.min_age), "events": events}


def _only_row(table: Table) -> dict[str, int]:
    row: dict[str, int] = table.to_arrow().to_pylist()[0]
    return row


def grouped(person_counts: Table, *, whole: bool = False) -> Cells:
    """Bring the grouped counts home; of people with whole windows only, where so asked."""
    return _cells(_home(person_counts, literal("all"), whole=whole))


def grouped_by(person_counts: Table, *, whole: bool = False) -> dict[str, Cells]:
    """Bring the grouped counts home, group by group in the order of their names."""
    home = _home(person_counts, quoted("group", "person_counts"), whole=whole)
    groups = home.column("cell_group").to_pylist()
    return {name: _cells(home.filter([group == name for group in groups])) for name in sorted(set(groups))}


def _home(person_counts: Table, group: exp.Expr, *, whole: bool) -> pa.Table:
    ran = person_counts.engine.run(
        Step.load(PACKAGE, "cells.sql"),
        tables={"person_counts": person_counts},
        expressions={"grouping": group, "which": quoted("whole", "person_counts") if whole else exp.true()},
    )
    return ran.to_arrow()


def _cells(home: pa.Table) -> Cells:
    def whole(column: str) -> NDArray[np.int64]:
        return np.asarray(home.column(column).to_numpy(), dtype=np.int64)

    def days(column: str) -> NDArray[np.float64]:
        return np.asarray(home.column(column).to_numpy(), dtype=np.float64)

    return Cells(
        whole("before"),
        whole("after"),
        days("days_before"),
        days("days_after"),
        whole("people"),
        whole("during"),
        whole("days_during"),
        whole("people_during"),
    )
