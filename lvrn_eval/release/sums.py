"""What adds up: a hidden count must not be the one thing missing from a sum that somebody knows.

Every block of rows that together make up a whole (the classes of all people, the sites of a programme, the categories
of a variable) is taken to have a total that is known exactly, unless that total is hidden too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import pandas as pd

from lvrn_eval.release.models import variables
from lvrn_eval.release.people import rests

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.release.primary import Draft
    from lvrn_eval.result import Result

ALL = "all"
ALL_OF = "all_"
"""How a label such as ``all_ages`` begins: those beside it are each among these, and may overlap one another."""

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

WHOLE_ROW = ("n", "n_people", "people")
"""When these people are few, every other count of the row is about the few."""

Place: TypeAlias = tuple[int, str]
"""A row's position and a count column."""


class Sum(NamedTuple):
    """Counts that add up to another.

    Parameters
    ----------
    parts
        Where the parts stand.
    whole
        Where the whole stands; None when it has no place in the table.
    unshown
        A further part that is never shown, such as those without the event; None for none.
    """

    parts: tuple[Place, ...]
    whole: Place | None = None
    unshown: float | None = None


def sums(draft: Draft, policy: Policy) -> Iterator[Sum]:
    """Yield what adds up within a table."""
    counts = draft.counts.reset_index(drop=True)
    table = draft.table.reset_index(drop=True)
    if draft.result.shape == "sparse":
        return
    if {"term", "variable"} <= set(table.columns):
        yield from _of_models(table, draft.result)
    else:
        for rows, columns, everybody in _blocks(table, counts, draft.result):
            for column in columns:
                known = [int(row) for row in counts.loc[rows, column].dropna().index]
                if everybody is None:
                    yield Sum(tuple((row, column) for row in known))
                elif everybody in known:
                    yield from _among(counts[column], known, everybody, policy)
    yield from _of_steps(table, counts)
    for one, other in TOGETHER:
        if {one, other} <= set(counts.columns):
            yield from (Sum(((row, one), (row, other))) for row in range(len(counts)))
    for row, parts, whole, rest in rests(table, counts, draft.result, policy):
        yield Sum(tuple((row, part) for part in parts), (row, whole), rest)


def follows(columns: list[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of count columns of which the second is hidden in every row in which the first is."""
    for people in WHOLE_ROW:
        if people in columns:
            yield from ((people, other) for other in columns if other != people)
    for one, other in (*RESTING, *TOGETHER, *((other, one) for one, other in TOGETHER)):
        if {one, other} <= set(columns):
            yield one, other


def _of_steps(table: pd.DataFrame, counts: pd.DataFrame) -> Iterator[Sum]:
    """Yield that those before a step are those it removes and those it leaves."""
    if not {"step", "group"} <= set(table.columns):
        return
    for what in ("people", "records"):
        left, removed = f"{what}_left", f"{what}_removed"
        if not {left, removed} <= set(counts.columns):
            continue
        for rows in table.sort_values("step", kind="stable").groupby("group", sort=False).groups.values():
            for before, row in pairwise(rows):
                if counts.loc[before, left] == counts.loc[row, removed] + counts.loc[row, left]:
                    yield Sum(((int(row), removed), (int(row), left)), (int(before), left))


def _of_models(table: pd.DataFrame, result: Result) -> Iterator[Sum]:
    """Yield that the categories of a variable and those they are held against are all the people of the model."""
    for rows, against in variables(table, result):
        for name, value in against.items():
            parts = tuple((int(row), name) for row in rows)
            column = f"{name}_reference"
            if column in result.count_columns:
                yield Sum((*parts, (int(rows[0]), column)))
            else:
                yield Sum(parts, None, value)


def _among(counts: pd.Series, rows: list[int], whole: int, policy: Policy) -> Iterator[Sum]:
    """Yield the counts that leave few of the whole: these few are shown nowhere, and must not be worked out."""
    for row in rows:
        rest = float(counts[whole] - counts[row])
        if row != whole and policy.hides(rest):
            yield Sum(((row, str(counts.name)),), (whole, str(counts.name)), rest)


def _blocks(
    table: pd.DataFrame, counts: pd.DataFrame, result: Result
) -> Iterator[tuple[pd.Index, list[str], int | None]]:
    """Yield the rows of every block that makes up a whole, its columns, and the row of the whole where it has one.

    Published figures make up none.
    """
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
        for rows in _grouped(parts, others):
            wholes = [int(row) for row in rows if str(table.loc[row, axis]).startswith(ALL_OF)]
            yield rows, list(counts.columns), wholes[0] if wholes else None
    if result.shape == "estimates" and {"n", "n_events", "term"} <= set(table.columns):
        yield from ((rows, ["n_events"], None) for rows in _of_terms(keys, counts))


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
