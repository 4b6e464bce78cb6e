"""Disclosure control: small counts hidden, the others rounded, everything that rests on them likewise.

Hidden means hidden: the value is gone from the table and marked in ``suppressed``; it is never shown as zero or blank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.release.digits import FEWER_DIGITS, shown_digits, shown_method, significant
from lvrn_eval.release.extremes import QUANTILES, of_few_on_one_side, single_values
from lvrn_eval.release.models import REFERENCE
from lvrn_eval.release.nullable import nullable
from lvrn_eval.release.people import OF_A_STRETCH
from lvrn_eval.release.primary import Draft, draft
from lvrn_eval.release.quotes import QUOTE, protect_quotes
from lvrn_eval.release.together import hide_across
from lvrn_eval.release.words import WITHHELD, shown_checks, shown_sentences
from lvrn_eval.release.worked_out import from_shown

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Result

__all__ = ["WITHHELD", "protect", "protect_all"]

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
        The rules. The policies ``open`` and ``internal`` change nothing.

    Returns
    -------
    Result
        With ``suppressed`` filled in. Where a hidden count could be worked out from others, the least of them are
        hidden with it. Shares and their intervals are computed again from the rounded counts; other numbers keep three
        significant digits; curves are rebuilt from counts rounded as they accumulate; sentences are written again from
        what is left, or withheld.

    Raises
    ------
    ReleaseError
        When a curve cannot be protected, and no times were stated at which it could be shown instead; or a quotation
        has no consent or was approved by nobody.
    """
    return protect_all([result], policy)[0]


def protect_all(results: Sequence[Result], policy: Policy) -> list[Result]:
    """Return the results of a release as they may leave the building together.

    Parameters
    ----------
    results
        Everything that is released at once: what one table shows is held against what any other hides.
    policy
        The rules.

    Raises
    ------
    ReleaseError
        As ``protect`` raises.
    """
    drafts = hidden_together(results, policy)
    return [_protected(result, drafts, policy) for result in results]


def hidden_together(results: Sequence[Result], policy: Policy) -> Mapping[Result, Draft]:
    """Return, for every table in which counts are hidden cell by cell, what is hidden, all tables considered."""
    if policy.shows_everything:
        return {}
    drafts = {table: draft(title, table, policy) for one in results for title, table in _cell_by_cell(one)}
    _hide_secondary(list(drafts.values()), policy)
    return drafts


def protect_table(result: Result, policy: Policy) -> Result:
    """Return a result whose rows are estimates or counts as it may leave the building, with its parts."""
    return _finished(result, hidden_together([result], policy), policy)


def _cell_by_cell(result: Result, prefix: str = "") -> Iterator[tuple[str, Result]]:
    """Yield the tables that are no curves and no parts of one, with their names."""
    if result.shape == "curve" or QUOTE in result.table.columns:
        return
    yield f"{prefix}{result.name}", result
    for part in result.parts.values():
        yield from _cell_by_cell(part, f"{prefix}{result.name}.")


def _hide_secondary(drafts: Sequence[Draft], policy: Policy) -> None:
    """Hide in every draft what protects what is hidden in any."""
    if policy.spread <= 0:
        return
    from lvrn_eval.release.cover import hide_least
    from lvrn_eval.release.ledger import ledger

    book = ledger(drafts, policy)
    gone = hide_least(book, policy)
    for (number, row, column), unit in book.unit_of.items():
        if gone[unit] and column:
            one = drafts[number]
            one.hidden.loc[one.hidden.index[row], column] = True


def _protected(result: Result, drafts: Mapping[Result, Draft], policy: Policy) -> Result:
    if QUOTE in result.table.columns:
        return protect_quotes(result)
    if policy.shows_everything:
        parts = {name: _protected(part, drafts, policy) for name, part in result.parts.items()}
        return replace(result, parts=parts, suppressed=_nothing(result.table))
    if result.shape == "curve":
        from lvrn_eval.release.curves import protect_curve

        return protect_curve(result, policy)
    return _finished(result, drafts, policy)


def _finished(result: Result, drafts: Mapping[Result, Draft], policy: Policy) -> Result:
    """Return a result with what its draft hides taken out, and all that rests on it worked out or written again."""
    table, suppressed = _hide(drafts[result], policy)
    table = from_shown(_round(table, result, policy), result, policy)
    protected = replace(
        result,
        table=table,
        suppressed=suppressed,
        method=shown_method(result.method, policy),
        parts={name: _protected(part, drafts, policy) for name, part in result.parts.items()},
    )
    protected = hide_across(protected)
    protected = replace(protected, checks=shown_checks(result, protected))
    return replace(protected, text=shown_sentences(result, protected))


def _nothing(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(data=False, index=table.index, columns=table.columns)


def _hide(one: Draft, policy: Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the hidden counts out, and every other number of their rows or of rows that rest on too few."""
    table, hidden = one.table, one.hidden
    suppressed = _nothing(table)
    counts = list(hidden.columns)
    suppressed[counts] = hidden
    # those a category is held against can be hidden to protect another; the ratio itself does not tell of them
    own = [name for name in counts if not name.endswith(REFERENCE)]
    resting = hidden[own].any(axis="columns") | policy.few_for_rates(one.counts[own]).any(axis="columns")
    resting |= of_few_on_one_side(table, policy)
    numbers = [c for c in table.select_dtypes("number").columns if c not in {*counts, *KEYS}]
    for column in [*numbers, *(c for c in table.columns if c in VERDICTS)]:
        suppressed[column] = resting
    for column, rows in single_values(table, policy).items():
        suppressed[column] |= rows
    suppressed = (suppressed & table.notna()).astype(bool)
    masked: pd.DataFrame = nullable(table).mask(suppressed)
    return masked, suppressed


def _round(table: pd.DataFrame, result: Result, policy: Policy) -> pd.DataFrame:
    # the mean time of some events, to the last digit, would tell how many there are
    keys = KEYS - {"time"} if OF_A_STRETCH in table.columns else KEYS
    table = shown_digits(table, frozenset(result.count_columns) | keys)
    for column in QUANTILES.keys() & set(table.columns):
        table[column] = significant(table[column], FEWER_DIGITS)
    for column in result.count_columns:
        table[column] = table[column].map(policy.rounded, na_action="ignore").astype("Int64")
    return table
