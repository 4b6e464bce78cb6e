"""Categories of models: a ratio tells of the people in its category, and of those it is held against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.release.sums import more

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Result

SIZES = ("n", "n_events", "n_with_event")
REFERENCE = "_reference"
OF_ORDER = r", event (\d+)$"
"""How the terms of one order of recurrent events end; each order has people of its own."""


def hide_categories(table: pd.DataFrame, hidden: pd.DataFrame, result: Result, policy: Policy) -> pd.DataFrame:
    """Return ``hidden`` with the categories from which, or against which, a few people could be counted.

    The people of a variable's categories and of the one they are held against are all the people of the model. Where
    those held against are few, every ratio of the variable rests on them and is hidden. Where a category is hidden and
    those held against are shown, another is hidden too, if the rest would give it away.

    Parameters
    ----------
    table, hidden, result, policy
        As in ``sums.hide_more``; the table has a row per coefficient.
    """
    hidden = hidden.copy()
    for rows, against in _variables(table, result):
        shown_against = f"n{REFERENCE}" in hidden.columns
        if _few(against, result, policy):
            hidden.loc[rows] = True
            continue
        gone = hidden.loc[rows].any(axis="columns").to_numpy(dtype=bool)
        if not gone.any() or not shown_against:
            continue
        extra = np.zeros(len(rows) + 1, bool)
        for name, value in against.items():
            counts = np.append(table.loc[rows, name].to_numpy(dtype=float), value)
            extra |= more(counts, np.append(gone, False) | extra, policy.threshold)
        hidden.loc[rows[extra[:-1]]] = True
        if extra[-1]:
            hidden.loc[rows, [name for name in hidden.columns if name.endswith(REFERENCE)]] = True
    return hidden


def _variables(table: pd.DataFrame, result: Result) -> Iterator[tuple[pd.Index, dict[str, float]]]:
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
