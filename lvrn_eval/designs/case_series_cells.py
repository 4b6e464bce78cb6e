"""A case series in the engine: people's days cut into stretches, and the grouped rows that come home."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.cohort.windows import custody_away
from lvrn_eval.designs.case_series_choices import PACKAGE, Series
from lvrn_eval.engine import Step, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROBE_DAYS = 30
"""How many days before the end of observation are looked at for themselves."""

BASELINE = "baseline"


@dataclass(frozen=True)
class Level:
    """One level of a factor: its term, its name in words, and the mark at which it begins."""

    term: str
    label: str
    anchor: str = "start"
    days: int = 0
    months: int | None = None
    day: date | None = None


@dataclass(frozen=True)
class Cells:
    """Rows of people with an event: nobody's name, and people with the very same rows only once.

    Parameters
    ----------
    number
        Whose row it is, in order, shape ``(n_rows,)``.
    people
        How many people have these rows, the same in all rows of one number.
    period, age, calendar, probe
        Levels, as places in ``levels``.
    days, events
        Of one person in that cell.
    """

    number: NDArray[np.int64]
    people: NDArray[np.int64]
    period: NDArray[np.int64]
    age: NDArray[np.int64]
    calendar: NDArray[np.int64]
    probe: NDArray[np.int64]
    days: NDArray[np.int64]
    events: NDArray[np.int64]

    def where(self, rows: NDArray[np.bool_]) -> Cells:
        """Return some of the rows."""
        return replace(self, **{name: values[rows] for name, values in vars(self).items()})


@dataclass(frozen=True)
class Material:
    """What the steps found.

    Parameters
    ----------
    cells
        What comes home.
    levels
        The levels of ``period``, ``age``, ``calendar``, ``probe``, in order.
    account
        ``people, not_referred, late_referral, with_event, events, recorded, observed``.
    tables
        ``placed``, ``away``, ``spans`` and ``cells`` in the engine, for what is asked later.
    """

    cells: Cells
    levels: dict[str, tuple[Level, ...]]
    account: dict[str, int]
    tables: dict[str, Table]


def material(series: Series) -> Material:
    """Cut people's days and bring the rows of those with an event home."""
    engine = series.people.engine
    people = engine.run(
        Step.load(PACKAGE, "case_series_people.sql"),
        tables={"people": series.people},
        values={
            "observed_from": series.observed_from,
            "as_of": series.as_of,
            "min_age_months": 12 * (series.min_age or 0),
        },
        expressions={"referred": series.referred, "birth": series.birth},
    )
    away = (
        engine.run(Step.load(PACKAGE, "case_series_no_custody.sql"), tables={"series": people})
        if series.custody is None
        else custody_away(series.custody, people, series.as_of)
    )
    tables = {"series": people, "events": series.events, "away": away}
    wanted = {"wanted": series.wanted}
    placed = engine.run(
        Step.load(PACKAGE, "case_series_placed.sql"),
        tables=tables,
        values={"first_event": series.first_event},
        expressions=wanted,
    )
    account = engine.run(
        Step.load(PACKAGE, "case_series_account.sql"),
        tables={"series": people, "placed": placed, "events": series.events},
        expressions=wanted,
    )
    levels = levels_of(series)
    marks = engine.register("marks", _marks(levels))
    spans = engine.run(
        Step.load(PACKAGE, "case_series_spans.sql"), tables={"series": people, "placed": placed, "marks": marks}
    )
    kept = {"spans": spans, "placed": placed, "away": away}
    kept["cells"] = engine.run(Step.load(PACKAGE, "case_series_cells.sql"), tables=kept)
    patterns = engine.run(Step.load(PACKAGE, "case_series_patterns.sql"), tables={"cells": kept["cells"]}).to_arrow()
    cells = Cells(
        **{name: np.asarray(patterns.column(name).to_numpy(), dtype=np.int64) for name in patterns.column_names}
    )
    row: dict[str, int] = account.to_arrow().to_pylist()[0]
    return Material(cells, levels, row, kept)


def _marks(levels: dict[str, tuple[Level, ...]]) -> object:
    import pyarrow as pa

    rows = [
        {"factor": factor, "level": place, "anchor": one.anchor, "days": one.days, "months": one.months, "day": one.day}
        for factor, each in levels.items()
        for place, one in enumerate(each)
    ]
    kinds = [("factor", pa.string()), ("level", pa.int32()), ("anchor", pa.string()), ("days", pa.int32()),
             ("months", pa.int32()), ("day", pa.date32())]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def levels_of(series: Series) -> dict[str, tuple[Level, ...]]:
    """Return the levels of every factor, the one that begins with the observation first."""
    return {
        "period": tuple(_periods(series)),
        "age": tuple(_ages(series)),
        "calendar": tuple(_calendar(series)),
        "probe": (
            Level("earlier", "Earlier"),
            Level("end_of_observation", f"The last {PROBE_DAYS} days observed", "end", 1 - PROBE_DAYS),
        ),
    }


def _periods(series: Series) -> list[Level]:
    found = [Level(BASELINE, "Baseline")]
    if series.pre_referral is not None:
        label = f"{series.pre_referral} days up to referral"
        found.append(Level("pre_referral", label, "referral", 1 - series.pre_referral))
        found.append(Level("waiting", "Referred, not yet met", "referral", 1))
    found += _bands("programme", "Programme", "first_contact", 0, series.programme_cuts)
    return found + _bands("after", "After the programme", "last_contact", 1, series.after_cuts)


def _bands(term: str, label: str, anchor: str, first: int, cuts: tuple[int, ...]) -> list[Level]:
    """Return the bands of a period that begins so many days after its anchor."""
    if not cuts:
        return [Level(term, label, anchor, first)]
    starts = (0, *cuts)
    spans = [f"days {a + 1:,} to {b:,}" for a, b in zip(starts, cuts, strict=False)] + [f"day {cuts[-1] + 1:,} on"]
    return [
        Level(f"{term} from day {start + 1}", f"{label}, {span}", anchor, first + start)
        for start, span in zip(starts, spans, strict=True)
    ]


def _ages(series: Series) -> list[Level]:
    ages = series.age_bands
    if not ages:
        return [Level("age", "All ages")]
    ends = [f"{a}" if b == a + 1 else f"{a} to {b - 1}" for a, b in pairwise(ages)]
    labels = [*ends, f"{ages[-1]} and over"]
    return [
        Level(f"age under {ages[0]}", f"Under {ages[0]}"),
        *(Level(f"age {label}", label, "birth", months=12 * age) for age, label in zip(ages, labels, strict=True)),
    ]


def _calendar(series: Series) -> list[Level]:
    days = series.calendar_bands
    if not days:
        return [Level("calendar", "All days")]
    starts = [series.observed_from, *days]
    ends = [day - timedelta(days=1) for day in days] + [series.as_of]
    labels = [f"{start.isoformat()} to {end.isoformat()}" for start, end in zip(starts, ends, strict=True)]
    return [
        Level(f"from {start.isoformat()}", label, "start" if place == 0 else "day", day=start)
        for place, (start, label) in enumerate(zip(starts, labels, strict=True))
    ]


@dataclass(frozen=True)
class Months:
    """Events by calendar month: observed, and expected if the model were right; shape ``(n_months,)``."""

    observed: NDArray[np.float64]
    expected: NDArray[np.float64]


def by_month(series: Series, found: Material, ratios: dict[tuple[int, int, int], float]) -> Months:
    """Return observed and expected events of each month of the observation.

    Parameters
    ----------
    series, found
        The case series and what its steps found.
    ratios
        The fitted ratio to the reference of every combination of period, age and calendar level.
    """
    import pyarrow as pa

    engine = series.people.engine
    rows = [
        {"period": period, "age": age, "calendar": calendar, "ratio": ratio}
        for (period, age, calendar), ratio in ratios.items()
    ]
    kinds = [("period", pa.int32()), ("age", pa.int32()), ("calendar", pa.int32()), ("ratio", pa.float64())]
    given = {name: found.tables[name] for name in ("spans", "cells", "away")}
    given["ratios"] = engine.register("ratios", pa.Table.from_pylist(rows, schema=pa.schema(kinds)))
    changes = engine.run(Step.load(PACKAGE, "case_series_expected.sql"), tables=given).to_pandas()
    events = engine.run(
        Step.load(PACKAGE, "case_series_observed.sql"), tables={"placed": found.tables["placed"]}
    ).to_pandas()
    days = np.arange(np.datetime64(series.observed_from, "D"), np.datetime64(series.as_of, "D") + 2)
    seen, changed = (
        np.bincount(days.searchsorted(table["day"].to_numpy("datetime64[D]")), weights=table[name], minlength=days.size)
        for table, name in ((events, "events"), (changes, "change"))
    )
    month = (days.astype("datetime64[M]") - days[0].astype("datetime64[M]")).astype(np.int64)
    # the last day is the one after the observation, on which only changes lie
    observed, expected = (
        np.asarray(np.bincount(month[:-1], weights=daily[:-1]), dtype=float) for daily in (seen, np.cumsum(changed))
    )
    return Months(observed, expected)
