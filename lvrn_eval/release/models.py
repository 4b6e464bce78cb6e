"""Categories of models: a ratio tells of the people in its category, and of those it is held against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Result

SIZES = ("n", "n_events", "n_with_event")
REFERENCE = "_reference"
OF_ORDER = r", event (\d+)$"
"""How the terms of one order of recurrent events end; each order has people of its own."""


def of_few_held_against(table: pd.DataFrame, result: Result, policy: Policy) -> pd.Series:
    """Return the rows of variables whose categories are held against few people: every ratio rests on these few.

    Parameters
    ----------
    table
        A row per coefficient.
    result
        What the table belongs to.
    policy
        The rules.
    """
    few = pd.Series(data=False, index=table.index)
    for rows, against in variables(table, result):
        few.loc[rows] |= _few(against, result, policy)
    return few


def variables(table: pd.DataFrame, result: Result) -> Iterator[tuple[pd.Index, dict[str, float]]]:
    """Yield the rows of every variable with categories, and the counts of those they are held against."""
    order = table["term"].astype(str).str.extract(OF_ORDER, expand=False).fillna("")
    for rows in table.groupby([table["group"], order, table["variable"]], sort=False).groups.values():
        against = _against(table, pd.Index(rows), result, str(order.loc[rows[0]]))
        if against:
            yield pd.Index(rows), against


def _against(table: pd.DataFrame, rows: pd.Index, result: Result, order: str) -> dict[str, float]:
    """Return the counts of those the categories of a variable are held against; nothing for a number."""
    own = table.loc[rows]
    if f"n{REFERENCE}" in table.columns:
        first = own.iloc[0]
        named = {name: first[f"{name}{REFERENCE}"] for name in SIZES[:2]}
        return {} if any(pd.isna(value) for value in named.values()) else {n: float(v) for n, v in named.items()}
    names = [name for name in SIZES if name in table.columns]
    whole = {name: _whole(result, name, order) for name in names}
    left = {name: total - float(own[name].sum()) for name, total in whole.items() if total is not None}
    return left if left.get("n", 0) > 0 else {}


def _whole(result: Result, name: str, order: str) -> float | None:
    """Return how many people or events the model has, in all or of one order."""
    if order:
        if "orders" not in result.parts:
            return None
        orders = result.parts["orders"].table
        found = orders.loc[orders["order"].astype(str) == order, "people" if name == "n" else "events"]
        return float(found.iloc[0]) if len(found) else None
    tables = [result.table, *(part.table for part in result.parts.values())]
    sizes = [table[name].max() for table in tables if name in table.columns and len(table)]
    return float(max(sizes)) if sizes else None


def _few(against: dict[str, float], result: Result, policy: Policy) -> bool:
    """Say whether those held against, with the event or without it, are few."""
    if policy.hides(min(against.values())):
        return True
    had = against.get("n_with_event", against.get("n_events", 0.0))
    counts_events = result.method.get("person") is not None and "n_with_event" not in against
    return not counts_events and had <= against["n"] and policy.hides(against["n"] - had)
