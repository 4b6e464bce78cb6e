"""First disclosure control: small counts hidden, the others rounded, everything that rests on them likewise.

Hidden means hidden: the value is gone from the table and marked in ``suppressed``; it is never shown as zero or blank.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.release.digits import shown_digits, shown_method
from lvrn_eval.release.models import REFERENCE, hide_categories
from lvrn_eval.release.nullable import nullable
from lvrn_eval.release.people import OF_A_STRETCH, few_without
from lvrn_eval.release.sums import hide_more, more, or_rows
from lvrn_eval.release.together import hide_across
from lvrn_eval.release.words import WITHHELD, shown_checks, shown_sentences
from lvrn_eval.release.worked_out import from_shown

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Result

__all__ = ["WITHHELD", "protect"]

KEYS = frozenset(
    {
        "group", "term", "step", "time", "before", "after", "wanted", "conf_level", "df", "tau", "probability", "order",
        "answer", "page", "published", "number", "power", "alpha", "allocation", "hazard_ratio", "parameters",
    },
)  # fmt: skip
"""Columns that say which row it is, or what was chosen or published before; they hold no count of people."""

VERDICTS = frozenset({"holds"})
"""Columns that are no number, and would give a hidden one away."""


def protect(result: Result, policy: Policy) -> Result:
    """Return the result as it may leave the building.

    Parameters
    ----------
    result
        What an analysis returned.
    policy
        The rules. The policy ``open`` changes nothing.

    Returns
    -------
    Result
        With ``suppressed`` filled in. Where a hidden count could be worked out from the others of a whole, others are
        hidden with it. Shares and their intervals are computed again from the rounded counts; other numbers keep three
        significant digits; curves are rebuilt from counts rounded as they accumulate; sentences are written again from
        what is left, or withheld.

    Raises
    ------
    ReleaseError
        When a curve cannot be protected, and no times were stated at which it could be shown instead.
    """
    if policy.threshold <= 0 and policy.base <= 1:
        parts = {name: protect(part, policy) for name, part in result.parts.items()}
        return replace(result, parts=parts, suppressed=_nothing(result.table))
    if result.shape == "curve":
        from lvrn_eval.release.curves import protect_curve

        return protect_curve(result, policy)
    return protect_table(result, policy)


def protect_table(result: Result, policy: Policy) -> Result:
    """Return a result whose rows are estimates or counts as it may leave the building, with its parts."""
    table = _hide_sparse(result.table, result.count_columns, policy) if result.shape == "sparse" else result.table
    hidden = _counts_to_hide(table, result, policy)
    if {"term", "variable"} <= set(table.columns):
        hidden = hide_categories(table, hidden, result, policy)
    elif result.shape != "sparse":
        hidden = hide_more(table, hidden, result, policy)
    table, suppressed = _hide(table, hidden)
    table = from_shown(_round(table, result, policy), result, policy)
    protected = replace(
        result,
        table=table,
        suppressed=suppressed,
        method=shown_method(result.method, policy),
        parts={name: protect(part, policy) for name, part in result.parts.items()},
    )
    protected = hide_across(protected)
    protected = replace(protected, checks=shown_checks(result, protected))
    return replace(protected, text=shown_sentences(result, protected))


def _nothing(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(data=False, index=table.index, columns=table.columns)


def _hide_sparse(table: pd.DataFrame, counts: tuple[str, ...], policy: Policy) -> pd.DataFrame:
    """Merge the rows of few people into one that says nothing of who they are."""
    few = (table[list(counts)] < policy.threshold).any(axis="columns")
    for column in counts:
        few |= more(table[column].to_numpy(dtype=float), few.to_numpy(dtype=bool), policy.threshold)
    if not few.any():
        return table
    merged = {column: table.loc[few, column].sum() if column in counts else pd.NA for column in table.columns}
    kept = nullable(table[~few])
    last = pd.DataFrame([merged]).astype(kept.dtypes.to_dict())
    return pd.concat([kept, last], ignore_index=True)


def _counts_to_hide(table: pd.DataFrame, result: Result, policy: Policy) -> pd.DataFrame:
    """Return, for each count column, the rows whose count must be hidden."""
    counts = table[list(result.count_columns)].apply(pd.to_numeric, errors="coerce")
    hidden: pd.DataFrame = (counts < policy.threshold).fillna(value=False).astype(bool)
    if result.shape == "sparse":
        merged = table.drop(columns=list(result.count_columns)).isna().all(axis="columns")
        return or_rows(hidden, merged)
    if result.shape == "estimates" or "n" in counts.columns:
        few = hidden.any(axis="columns") | few_without(table, counts, result, policy)
        hidden = or_rows(hidden, few)
    elif {"order", "people", "events"} <= set(table.columns):
        few = (counts["people"] - counts["events"] < policy.threshold).fillna(value=False).astype(bool)
        hidden = or_rows(hidden, few)
    return hidden


def _hide(table: pd.DataFrame, hidden: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the hidden counts out, and every other number of their rows."""
    suppressed = _nothing(table)
    counts = list(hidden.columns)
    suppressed[counts] = hidden
    # those a category is held against can be hidden to protect another; the ratio itself does not tell of them
    any_hidden = hidden[[name for name in counts if not name.endswith(REFERENCE)]].any(axis="columns")
    numbers = [c for c in table.select_dtypes("number").columns if c not in {*counts, *KEYS}]
    for column in [*numbers, *(c for c in table.columns if c in VERDICTS)]:
        suppressed[column] = any_hidden
    suppressed = (suppressed & table.notna()).astype(bool)
    masked: pd.DataFrame = nullable(table).mask(suppressed)
    return masked, suppressed


def _round(table: pd.DataFrame, result: Result, policy: Policy) -> pd.DataFrame:
    # the mean time of some events, to the last digit, would tell how many there are
    keys = KEYS - {"time"} if OF_A_STRETCH in table.columns else KEYS
    table = shown_digits(table, frozenset(result.count_columns) | keys)
    for column in result.count_columns:
        table[column] = table[column].map(policy.rounded, na_action="ignore").astype("Int64")
    return table
