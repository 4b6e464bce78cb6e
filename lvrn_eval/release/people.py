"""Who is left when those with the event are taken from all: they can be few where the others are many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Result

EVENTS_COUNTED = frozenset(
    {
        "rate ratio", "rank test", "hazard ratio of recurrent events", "mean number of events", "rate difference",
        "median change", "standardised mean change", "harm rate", "harm difference", "harm ratio",
    },
)  # fmt: skip
"""Measures whose ``n_events`` counts events; that of all others counts people among the ``n``."""

OF_A_STRETCH = "fitted"
"""Where effects stand beside the fitted one, the events are everybody's in a stretch of time."""

AT = "at "
"""How the terms of a curve at stated times begin."""


def few_without(table: pd.DataFrame, counts: pd.DataFrame, result: Result, policy: Policy) -> pd.Series:
    """Return the rows in which too few people are without the event, or changed one way, or since the time before."""
    few = pd.Series(data=False, index=table.index)
    for taken, whole, rows in _taken(table, counts, result):
        left = counts[whole] - counts[list(taken)].sum(axis="columns", skipna=False)
        few |= policy.few(left) & rows
    if {"n", "n_events"} <= set(counts.columns) and "n_with_event" not in counts.columns:
        few |= policy.few(_fewer_changed(table, counts))
    return few | _soon_after(table, counts, policy)


def rests(
    table: pd.DataFrame, counts: pd.DataFrame, result: Result, policy: Policy
) -> Iterator[tuple[int, tuple[str, ...], str, float]]:
    """Yield the rows in which few are left when those with the event are taken from all.

    Yields
    ------
    tuple
        The row, the columns that are taken away, the column of all, and how many are left.
    """
    for taken, whole, rows in _taken(table, counts, result):
        left = counts[whole] - counts[list(taken)].sum(axis="columns", skipna=False)
        few = policy.few(left) & rows
        yield from ((int(row), taken, whole, float(left.loc[row])) for row in few.index[few])


def _taken(
    table: pd.DataFrame, counts: pd.DataFrame, result: Result
) -> Iterator[tuple[tuple[str, ...], str, pd.Series]]:
    """Yield which columns count people among those of another, and in which rows they do."""
    everywhere = pd.Series(data=True, index=table.index)
    if {"n", "n_with_event"} <= set(counts.columns):
        yield ("n_with_event",), "n", everywhere
    elif {"n", "n_events"} <= set(counts.columns):
        of_people = ~counts_events(table, counts, result)
        yield ("n_events",), "n", of_people
        if "competing" in counts.columns:
            yield ("n_events", "competing"), "n", of_people
    elif {"order", "people", "events"} <= set(table.columns):
        yield ("events",), "people", everywhere


def counts_events(table: pd.DataFrame, counts: pd.DataFrame, result: Result) -> pd.Series:
    """Say in which rows ``n_events`` counts events, of which one person can have several, or others have some."""
    measure = table["measure"] if "measure" in table.columns else pd.Series("", index=table.index)
    recurrent = result.method.get("person") is not None
    more_events_than_people = (counts["n_events"] > counts["n"]).fillna(value=False).astype(bool)
    of_all = OF_A_STRETCH in table.columns
    return measure.isin(EVENTS_COUNTED) | recurrent | of_all | more_events_than_people


def _fewer_changed(table: pd.DataFrame, counts: pd.DataFrame) -> pd.Series:
    """Return, for matched odds ratios, the smaller of the two counts that make the ratio up; NaN for other rows."""
    if not {"measure", "estimate"} <= set(table.columns):
        return pd.Series(pd.NA, index=table.index, dtype="Float64")
    ratio = pd.to_numeric(table["estimate"], errors="coerce").astype("Float64")
    # r = c / b and b + c = n give the smaller as n min(r, 1) / (1 + r); an infinite ratio means that b is 0
    smaller = counts["n_events"] * ratio.clip(upper=1) / (1 + ratio)
    return smaller.astype("Float64").where(table["measure"] == "odds ratio")


def _soon_after(table: pd.DataFrame, counts: pd.DataFrame, policy: Policy) -> pd.Series:
    """Return the stated times of a curve by which too few more had the event than by the one shown before."""
    few = pd.Series(data=False, index=table.index)
    if not {"term", "group", "time"} <= set(table.columns) or not table["term"].astype(str).str.startswith(AT).all():
        return few
    told = [name for name in ("n_events", "n_with_event") if name in counts.columns]
    for rows in table.sort_values("time", kind="stable").groupby("group", sort=False).groups.values():
        before = dict.fromkeys(told, 0.0)
        for row in rows:
            now = {name: float(counts.loc[row, name]) for name in told}
            if any(policy.hides(now[name] - before[name]) for name in told):
                few.loc[row] = True
            else:
                before = now
    return few


__all__ = ["EVENTS_COUNTED", "OF_A_STRETCH", "counts_events", "few_without", "rests"]
