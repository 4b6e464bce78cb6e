"""What adds up: a hidden count must not be the one thing missing from a sum that somebody knows.

Every block of rows that together make up a whole (the classes of all people, the sites of a programme, the categories
of a variable) is taken to have a total that is known exactly. So in every block nothing is hidden, or at least two
counts are that together come to the largest count that is hidden: then each may still be anything that is hidden.
Where that would leave nothing to show, two or more that come to a third of the threshold are enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Result

ALL = "all"
AXES = ("class", "area", "site", "category", "answer", "band", "cause", "scores", "order")
"""Columns whose values, the other keys being equal, divide people or events among them."""

BLOCK_KEYS = (
    "programme", "indicator", "outcomes", "level", "area", "term", "group", "step", "time", "tau", "probability",
    "variable", "period", "period_start", "scale", "item", "class", "site", "category", "answer", "band", "cause",
    "scores", "reference", "order",
)  # fmt: skip
TOGETHER = (("reached", "shortfall"),)
"""Counts that add up to a number everybody knows, row by row: one hidden alone could be worked out."""

RESTING = (("people_removed", "records_removed"), ("people_left", "records_left"))
"""Counts of people, and counts of what these people did: few people hide both."""

WHOLE_ROW = frozenset({"n", "n_people", "people"})
"""When these people are few, every other count of the row is about the few."""

PASSES = 20
ENOUGH_OF = 3


def hide_more(table: pd.DataFrame, hidden: pd.DataFrame, result: Result, policy: Policy) -> pd.DataFrame:
    """Return ``hidden`` with what else must be hidden so that nothing can be worked out from a sum.

    Parameters
    ----------
    table
        The table before anything is hidden.
    hidden
        For each count column, the rows whose count is hidden.
    result
        What the table belongs to.
    policy
        The rules.
    """
    counts = table[list(hidden.columns)].apply(pd.to_numeric, errors="coerce").astype("Float64")
    blocks = list(_blocks(table, counts, result))
    rowwise = result.shape == "estimates" or "n" in hidden.columns
    hidden = hidden.copy()
    for _ in range(PASSES):
        before = hidden.copy()
        hidden = _follow(hidden, rowwise=rowwise)
        hidden = _last_steps(table, hidden)
        for rows in blocks:
            _fill(counts, hidden, rows, policy.threshold, rowwise=rowwise)
        if hidden.equals(before):
            break
    return hidden


def or_rows(hidden: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """Hide every count of these rows."""
    return pd.DataFrame({name: column | rows for name, column in hidden.items()}, index=hidden.index)


def _follow(hidden: pd.DataFrame, *, rowwise: bool) -> pd.DataFrame:
    """Hide what rests on the same people, or follows from a number everybody knows, within each row."""
    hidden = hidden.copy()
    if rowwise:
        whole = hidden.any(axis="columns")
        return or_rows(hidden, whole)
    for people in WHOLE_ROW & set(hidden.columns):
        hidden = or_rows(hidden, hidden[people])
    for one, other in (*TOGETHER, *RESTING):
        if {one, other} <= set(hidden.columns):
            hidden[other] |= hidden[one]
    for one, other in TOGETHER:
        if {one, other} <= set(hidden.columns):
            hidden[one] |= hidden[other]
    return hidden


def _last_steps(table: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    """Hide how many a step removed where few are left: those before it, less those removed, are those left."""
    for what in ("people", "records"):
        left, removed = f"{what}_left", f"{what}_removed"
        if {left, removed} <= set(hidden.columns) and "step" in table.columns:
            hidden[removed] |= hidden[left] & (table["step"] > 0)
    return hidden


def _blocks(table: pd.DataFrame, counts: pd.DataFrame, result: Result) -> Iterator[pd.Index]:
    """Yield the rows of every block that makes up a whole; published figures are a choice, and make up none."""
    if "published" in table.columns:
        return
    axes = [axis for axis in AXES if axis in table.columns and result.shape == "counts"]
    if "group" in table.columns and _divides(table, result):
        axes.append("group")
    if "period_start" in table.columns and result.shape == "counts":
        axes.append("period_start")
    keys = table[[name for name in BLOCK_KEYS if name in table.columns]].astype(str)
    if "outcomes" in table.columns and "group" in table.columns:
        keys["level"] = table["group"].astype(str).str.partition(": ")[0]
    for axis in axes:
        parts = keys[table[axis].notna() & (table[axis].astype(str) != ALL)]
        others = [name for name in keys.columns if name != axis]
        yield from _grouped(parts, others)
    if result.shape == "estimates" and {"n", "n_events", "term"} <= set(table.columns):
        yield from _of_terms(keys, counts)


def _divides(table: pd.DataFrame, result: Result) -> bool:
    """Say whether the groups divide people among them, as sites do; informants, who answer about them, do not."""
    group = table["group"].astype(str)
    return bool(result.method.get("by") is not None or "selected" in table.columns or (group == ALL).any())


def _grouped(parts: pd.DataFrame, others: list[str]) -> Iterator[pd.Index]:
    if not others:
        groups = [parts.index] if len(parts) else []
    else:
        groups = [pd.Index(rows) for rows in parts.groupby(others, sort=False).groups.values()]
    yield from (rows for rows in groups if len(rows) > 1)


def _of_terms(keys: pd.DataFrame, counts: pd.DataFrame) -> Iterator[pd.Index]:
    """Yield the shares that divide the same people: their events add up to them."""
    others = [name for name in keys.columns if name != "term"]
    sized = keys.assign(n=counts["n"], events=counts["n_events"]).dropna(subset=["n", "events"])
    for rows in _grouped(sized, [*others, "n"]):
        if sized.loc[rows, "events"].sum() == sized.loc[rows[0], "n"]:
            yield rows


def _fill(counts: pd.DataFrame, hidden: pd.DataFrame, rows: pd.Index, threshold: int, *, rowwise: bool) -> None:
    """Hide the smallest counts of a block until what is hidden could be anybody's."""
    for column in hidden.columns:
        known = counts.loc[rows, column].dropna()
        extra = more(known.to_numpy(dtype=float), hidden.loc[known.index, column].to_numpy(dtype=bool), threshold)
        hidden.loc[known.index[extra], list(hidden.columns) if rowwise else [column]] = True


def more(counts: Any, hidden: Any, threshold: int) -> Any:
    """Return which counts of a whole must be hidden besides those that are.

    Parameters
    ----------
    counts, hidden
        Arrays of shape ``(n_parts,)``: the counts that make up the whole, and which are hidden.
    threshold
        The smallest count that is shown; what is hidden must come to one less together.
    """
    extra = np.zeros(len(counts), bool)
    for place in np.argsort(counts, kind="stable"):
        gone = hidden | extra
        if not gone.any() or (gone.sum() > 1 and counts[gone].sum() >= threshold - 1):
            break
        extra[place] |= not gone[place]
    nothing_left = bool((hidden | extra).all())
    if nothing_left and hidden.sum() > 1 and counts[hidden].sum() >= threshold // ENOUGH_OF:
        return np.zeros(len(counts), bool)
    return extra
