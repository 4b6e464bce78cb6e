"""First disclosure control: small counts hidden, the others rounded, everything that rests on them likewise.

Hidden means hidden: the value is gone from the table and marked in ``suppressed``; it is never shown as zero or blank.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.release.curves import round_curve
from lvrn_eval.release.nullable import nullable
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy

DIGITS = 3
"""Significant digits of what is neither a count nor a share: enough to read, too few to compute a count from."""

KEYS = frozenset({"group", "term", "step", "time", "before", "after", "wanted", "conf_level", "df"})
"""Columns that say which row it is; they hold no count of people."""

EVENTS_COUNTED = frozenset({"rate ratio", "rank test"})
"""Measures whose ``n_events`` counts events; that of all others counts people among the ``n``."""

WITHHELD = "This sentence is left out: it rests on numbers that may not be shown."


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
        With ``suppressed`` filled in. Shares and their intervals are computed again from the rounded counts; other
        numbers keep three significant digits; curves are rebuilt from counts rounded as they accumulate; sentences
        are written again from what is left, or withheld.
    """
    if policy.threshold <= 0 and policy.base <= 1:
        parts = {name: protect(part, policy) for name, part in result.parts.items()}
        return replace(result, parts=parts, suppressed=_nothing(result.table))
    if result.shape == "curve":
        return round_curve(result, policy)
    table = _hide_sparse(result.table, result.count_columns, policy) if result.shape == "sparse" else result.table
    hidden = _rows_to_hide(table, result, policy)
    table, suppressed = _hide(table, result.count_columns, hidden)
    table = _round(table, result, policy)
    protected = replace(
        result,
        table=table,
        suppressed=suppressed,
        parts={name: protect(part, policy) for name, part in result.parts.items()},
        checks=tuple(_check(check) for check in result.checks),
    )
    return replace(protected, text=_sentences(result, protected))


def _nothing(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(data=False, index=table.index, columns=table.columns)


def _hide_sparse(table: pd.DataFrame, counts: tuple[str, ...], policy: Policy) -> pd.DataFrame:
    """Merge the rows of few people into one that says nothing of who they are."""
    few = (table[list(counts)] < policy.threshold).any(axis="columns")
    if not few.any():
        return table
    merged = {column: table.loc[few, column].sum() if column in counts else pd.NA for column in table.columns}
    kept = nullable(table[~few])
    last = pd.DataFrame([merged]).astype(kept.dtypes.to_dict())
    return pd.concat([kept, last], ignore_index=True)


def _rows_to_hide(table: pd.DataFrame, result: Result, policy: Policy) -> pd.DataFrame:
    """Return, for each count column, the rows whose count must be hidden."""
    counts = table[list(result.count_columns)].apply(pd.to_numeric, errors="coerce")
    hidden: pd.DataFrame = (counts < policy.threshold).fillna(value=False).astype(bool)
    if result.shape == "sparse":
        merged = table.drop(columns=list(result.count_columns)).isna().all(axis="columns")
        hidden = hidden.apply(lambda column: column | merged)
    if result.shape == "estimates" and {"n", "n_events"} <= set(counts.columns):
        # the people without the event can be few where those with it are many
        rest = counts["n"] - counts["n_events"]
        of_people = ~table.get("measure", pd.Series("", index=table.index)).isin(EVENTS_COUNTED)
        few_left = ((rest < policy.threshold) & of_people) | (_fewer_changed(table, counts) < policy.threshold)
        few_left = few_left.fillna(value=False).astype(bool)
        few_left |= hidden.any(axis="columns")
        hidden = hidden.apply(lambda column: column | few_left)
    return hidden


def _fewer_changed(table: pd.DataFrame, counts: pd.DataFrame) -> pd.Series:
    """Return, for matched odds ratios, the smaller of the two counts that make the ratio up; NaN for other rows."""
    ratio = pd.to_numeric(table["estimate"], errors="coerce").astype("Float64")
    matched = table.get("measure", pd.Series("", index=table.index)) == "odds ratio"
    # r = c / b and b + c = n give the smaller as n min(r, 1) / (1 + r); an infinite ratio means that b is 0
    smaller = counts["n_events"] * ratio.clip(upper=1) / (1 + ratio)
    return smaller.where(matched)


def _hide(
    table: pd.DataFrame,
    counts: tuple[str, ...],
    hidden: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the hidden counts out, and every other number of their rows."""
    suppressed = _nothing(table)
    suppressed[list(counts)] = hidden
    any_hidden = hidden.any(axis="columns")
    numbers = [c for c in table.select_dtypes("number").columns if c not in {*counts, *KEYS}]
    for column in numbers:
        suppressed[column] = any_hidden & table[column].notna()
    suppressed &= table.notna()
    masked: pd.DataFrame = nullable(table).mask(suppressed)
    return masked, suppressed


def _round(table: pd.DataFrame, result: Result, policy: Policy) -> pd.DataFrame:
    table = table.copy()
    for column in result.count_columns:
        table[column] = table[column].map(policy.rounded, na_action="ignore").astype("Int64")
    for column in table.select_dtypes("number").columns:
        if column not in {*result.count_columns, *KEYS}:
            table[column] = _significant(table[column])
    if "measure" in table.columns and "interval" in table.columns:
        table = _shares_again(table)
    return table


def _significant(column: pd.Series) -> pd.Series:
    """Return numbers to three significant digits."""
    numbers = column.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.floor(np.log10(np.abs(numbers)))
    finite = np.isfinite(exponent)
    scale = np.power(10.0, DIGITS - 1 - np.where(finite, exponent, 0))
    rounded = np.where(finite, np.round(numbers * scale) / scale, numbers)
    return pd.Series(rounded, index=column.index, dtype="Float64").mask(column.isna())


def _shares_again(table: pd.DataFrame) -> pd.DataFrame:
    """Compute shares and their intervals again from the rounded counts."""
    from lvrn_eval.offending.proportions import clopper_pearson, wilson

    intervals = {"wilson": wilson, "clopper-pearson": clopper_pearson}  # as the rows name them
    shares = table[table["measure"].isin(("proportion", "sign test")) & table["n"].notna() & table["n_events"].notna()]
    for row in shares.itertuples():
        n, events = int(str(row.n)), int(str(row.n_events))
        again = intervals[str(row.interval).casefold()](events, n, float(str(row.conf_level)))
        share = events / n
        table.loc[row.Index, ["estimate", "conf_low", "conf_high"]] = [share, again.low, again.high]
        table.loc[row.Index, "std_error"] = float(np.sqrt(share * (1 - share) / n))
    return table


def _check(check: Check) -> Check:
    """Return a check whose sentence reveals no count."""
    return replace(check, text=check.instead or WITHHELD, statistic=None, counts=()) if check.counts else check


def _sentences(result: Result, protected: Result) -> tuple[Sentence, ...]:
    """Write the sentences again from the protected numbers; withhold those that cannot be."""
    if result.wording is not None:
        return tuple(replace(sentence, counts=()) for sentence in result.wording(protected))
    return tuple(Sentence(WITHHELD) if sentence.counts else sentence for sentence in result.text)
