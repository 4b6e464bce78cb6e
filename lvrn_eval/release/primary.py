"""What is hidden for being few, before anything is hidden to protect it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.release.dominance import dominated
from lvrn_eval.release.models import of_few_held_against
from lvrn_eval.release.nullable import nullable
from lvrn_eval.release.people import few_without

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Result


@dataclass(eq=False)
class Draft:
    """A table on its way through the wall.

    Parameters
    ----------
    title
        The table's name, with those of what it is a part of: ``pre_post.classes``.
    result
        What the analysis returned.
    table
        Its table, with rows of few people merged where rows are there only because of people.
    primary
        For each count column, the rows whose count is hidden for being few.
    hidden
        The same with what is hidden to protect those.
    """

    title: str
    result: Result
    table: pd.DataFrame
    primary: pd.DataFrame
    hidden: pd.DataFrame

    @property
    def rowwise(self) -> bool:
        """Whether all counts of a row are hidden together."""
        return self.result.shape in {"estimates", "sparse"} or "n" in self.hidden.columns

    @property
    def counts(self) -> pd.DataFrame:
        """The count columns as numbers."""
        return _counts(self.table, self.result)


def draft(title: str, result: Result, policy: Policy) -> Draft:
    """Return a table with what must be hidden for being few."""
    table = _merge_few(result.table, result.count_columns, policy) if result.shape == "sparse" else result.table
    primary = _few(table, result, policy)
    if {"term", "variable"} <= set(table.columns):
        primary = or_rows(primary, of_few_held_against(table, result, policy))
    primary = or_rows(primary, dominated(table, policy))
    return Draft(title, result, table, primary, primary.copy())


def or_rows(hidden: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """Hide every count of these rows."""
    return pd.DataFrame({name: column | rows for name, column in hidden.items()}, index=hidden.index)


def _counts(table: pd.DataFrame, result: Result) -> pd.DataFrame:
    counts: pd.DataFrame = table[list(result.count_columns)].apply(pd.to_numeric, errors="coerce").astype("Float64")
    return counts


def _few(table: pd.DataFrame, result: Result, policy: Policy) -> pd.DataFrame:
    """Return, for each count column, the rows whose count must be hidden."""
    counts = _counts(table, result)
    hidden: pd.DataFrame = policy.few(counts)
    if result.shape == "sparse":
        merged = table.drop(columns=list(result.count_columns)).isna().all(axis="columns")
        return or_rows(hidden, merged)
    if result.shape == "estimates" or "n" in counts.columns:
        return or_rows(hidden, hidden.any(axis="columns") | few_without(table, counts, result, policy))
    if {"order", "people", "events"} <= set(table.columns):
        return or_rows(hidden, policy.few(counts["people"] - counts["events"]))
    return hidden


def _merge_few(table: pd.DataFrame, counts: tuple[str, ...], policy: Policy) -> pd.DataFrame:
    """Merge the rows of few people into one that says nothing of who they are."""
    few = policy.few(table[list(counts)]).any(axis="columns").to_numpy(dtype=bool)
    for column in counts:
        few |= _enough_to_merge(table[column].to_numpy(dtype=float), few, policy)
    if not few.any():
        return table
    merged = {column: table.loc[few, column].sum() if column in counts else pd.NA for column in table.columns}
    kept = nullable(table[~few])
    last = pd.DataFrame([merged]).astype(kept.dtypes.to_dict())
    return pd.concat([kept, last], ignore_index=True)


def _enough_to_merge(counts: NDArray[np.float64], few: NDArray[np.bool_], policy: Policy) -> NDArray[np.bool_]:
    """Return the rows to merge besides the few, smallest first, until any of them could be any hidden count."""
    extra = np.zeros(len(counts), bool)
    for place in np.argsort(counts, kind="stable"):
        gone = few | extra
        if not gone.any() or (gone.sum() > 1 and counts[gone].sum() > policy.spread):
            break
        extra[place] |= not gone[place]
    return extra
