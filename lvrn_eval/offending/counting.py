"""Counting each person's events in each period: the steps in the engine, and the one grouped table that comes home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.cohort.windows import (
    complete_windows,
    custody_away,
    custody_counts,
    cut_windows,
    days_at_risk,
    people_windows,
)
from lvrn_eval.engine import Step, Table, literal, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    recorded, outside
        These people's events of the wanted kinds, and how many of them lie in no window.
    other_kinds
        How many events of each other kind these people have.
    custody
        ``spells, people, open_spells`` of these people; None without custody records.
    away_events
        Wanted events on days not at risk.
    """

    table: Table
    cut: dict[str, int]
    recorded: int
    outside: int
    other_kinds: dict[str, int]
    custody: dict[str, int] | None
    away_events: int


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

    def count(self, which: NDArray[np.bool_] | None = None) -> int:
        """Return how many people are in these cells."""
        return int(self.people.sum() if which is None else self.people[which].sum())

    def total(self, values: NDArray[np.int64] | NDArray[np.float64]) -> float:
        """Return the sum over people of a value per person."""
        return float(values @ self.people)


def count_events(study: Study) -> Counted:
    """Place and count the events of a study."""
    engine = study.people.engine
    windows = people_windows(
        study.people,
        before=study.before,
        after=study.after,
        as_of=study.as_of,
        observed_from=study.observed_from,
    )
    cut = cut_windows(windows)
    if study.incomplete == "drop" and cut["cut_any"]:
        windows = complete_windows(windows)
    tables = {"events": study.events, "windows": windows}
    wanted = {"wanted": quoted("kind", "events").isin(*(literal(kind) for kind in study.kinds))}
    counts = engine.run(Step.load(PACKAGE, "counts.sql"), tables=tables, expressions=wanted)
    others = engine.run(Step.load(PACKAGE, "other_kinds.sql"), tables=tables, expressions=wanted)
    total = _total(counts)
    custody, away_events = None, 0
    if study.custody is not None:
        custody = custody_counts(study.custody, windows)
        away = custody_away(study.custody, windows, study.as_of)
        found = engine.run(Step.load(PACKAGE, "counts_away.sql"), tables={**tables, "away": away}, expressions=wanted)
        away_events = _total(found)["placed"]
        counts = engine.run(
            Step.load(PACKAGE, "counts_at_risk.sql"),
            tables={"counts": counts, "away_counts": found},
        )
        windows = days_at_risk(windows, away)
    table = engine.run(Step.load(PACKAGE, "person_counts.sql"), tables={"windows": windows, "counts": counts})
    by_kind = {row["kind"]: int(row["events"]) for row in others.to_arrow().to_pylist()}
    outside = total["recorded"] - total["placed"]
    return Counted(table, cut, total["recorded"], outside, by_kind, custody, away_events)


def _total(counts: Table) -> dict[str, int]:
    """Return how many events a table of counts holds: ``recorded``, and ``placed`` in a window."""
    total = counts.engine.run(Step.load(PACKAGE, "counts_total.sql"), tables={"counts": counts})
    row: dict[str, int] = total.to_arrow().to_pylist()[0]
    return row


def grouped(person_counts: Table) -> Cells:
    """Bring the grouped counts home."""
    home = person_counts.engine.run(Step.load(PACKAGE, "cells.sql"), tables={"person_counts": person_counts})
    arrow = home.to_arrow()

    def whole(column: str) -> NDArray[np.int64]:
        return np.asarray(arrow.column(column).to_numpy(), dtype=np.int64)

    def days(column: str) -> NDArray[np.float64]:
        return np.asarray(arrow.column(column).to_numpy(), dtype=np.float64)

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
