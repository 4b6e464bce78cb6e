"""What two releases of one analysis tell together: the difference of two counts is a count, and it can be few.

Rows are matched by what they say they are about. A count that is shown in both and differs by less than the threshold
tells how many people came or went. A count hidden in one and shown in the other tells what was hidden, unless the table
moved: where the counts shown in both differ by the threshold or more in all, the people are not the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from lvrn_eval.errors import Fault
from lvrn_eval.release.frames import tables_of

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Result

AT_THE_START = 0
"""The time at which a curve tells how many people it is of."""

FIX = "release it with a difference of more people, leave the table out, or say that both may be known"

Key: TypeAlias = tuple[str, ...]


def differencing_faults(new: Sequence[Result], earlier: Sequence[Result], policy: Policy) -> list[Fault]:
    """Return what a release would reveal to somebody who has an earlier one of the same analysis.

    Parameters
    ----------
    new
        The protected results about to be released.
    earlier
        The protected results of one earlier release.
    policy
        The rules of the new release.

    Returns
    -------
    list of Fault
        One for every cell, with its table, its row and its column; none when nothing is revealed.
    """
    if policy.shows_everything:
        return []
    before = {title: table for result in earlier for title, table in tables_of(result)}
    faults: list[Fault] = []
    for title, table in ((title, table) for result in new for title, table in tables_of(result)):
        if title in before:
            faults += _of_table(title, table, before[title], policy)
    return faults


def _of_table(title: str, new: Result, earlier: Result, policy: Policy) -> Iterator[Fault]:
    for column in new.count_columns:
        if column not in earlier.count_columns:
            continue
        now, then = (_cells(one, column) for one in (new, earlier))
        both = [key for key in now if key in then]
        moved = sum(abs(now[key] - then[key]) for key in both if _shown(now[key]) and _shown(then[key]))
        least = max(policy.threshold, policy.base)
        for key in both:
            if what := _told(now[key], then[key], least, moved):
                yield Fault(f"{title}, {column}, {' · '.join(part for part in key if part) or 'all'}", what, FIX)


def _told(now: float, then: float, least: float, moved: float) -> str:
    """Return what a cell of two releases tells; nothing where it tells nothing."""
    if _shown(now) and _shown(then):
        few = 0 < abs(now - then) < least
        return f"the count differs from an earlier release by fewer than {least:g}" if few else ""
    if _shown(now) == _shown(then) or moved >= least:
        return ""
    return (
        "the count is shown here and was hidden in an earlier release of the same people"
        if _shown(now)
        else "the count is hidden here and was shown in an earlier release of the same people"
    )


def _shown(count: float) -> bool:
    return not pd.isna(count)


def _cells(result: Result, column: str) -> Mapping[Key, float]:
    """Return the counts of a column by what their rows are about; NaN where one is hidden.

    A count that does not exist is left out, and so are rows that say nothing of whom they are about, and those of a
    curve but the first, since the times of its steps differ from release to release.
    """
    table = result.table
    if result.shape == "curve":
        table = table[table["time"] == AT_THE_START]
    counts = pd.to_numeric(table[column], errors="coerce").astype("Float64")
    hidden = result.suppressed[column].loc[table.index] if result.suppressed is not None else counts.isna() & False
    kept = counts.notna() | hidden
    names = _keys(result)
    keys = table[names].astype("string").fillna("")
    found: dict[Key, float] = {}
    for place in kept[kept].index:
        key = tuple(str(part) for part in keys.loc[place])
        if not names or any(key):
            found.setdefault(key, float("nan") if pd.isna(counts.loc[place]) else float(counts.loc[place]))
    return found


def _keys(result: Result) -> list[str]:
    """Return the columns that say what a row is about: texts, and numbers that are choices."""
    from lvrn_eval.release.suppress import KEYS

    table = result.table
    numbers = set(table.select_dtypes("number").columns)
    return [
        str(name)
        for name in table.columns
        if name not in result.count_columns and (name not in numbers or name in KEYS)
    ]
