"""What the results about paired counts share: their rows as numbers, and what an interval lets one say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from lvrn_eval.phrases import SMALL, direction, many, ratio_finding
from lvrn_eval.result import Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.offending.counting import Cells
    from lvrn_eval.offending.estimates import Row

Numbers: TypeAlias = "dict[str, dict[str, float]]"

NUMBERS = ("estimate", "std_error", "conf_low", "conf_high", "conf_level", "p_value", "n", "n_events")
FEW = f"With fewer than {SMALL} people this is descriptive only: nothing is concluded."


def table_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Return rows of estimates as a frame."""
    return pd.DataFrame([asdict(row) for row in rows])


SIDES = ("events_before", "events_after")
"""Counts beside a ratio, as the ratio and the events of both sides together would tell either."""


def with_sides(table: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """Return rows about rates with all events of either side."""
    return table.assign(events_before=int(cells.total(cells.before)), events_after=int(cells.total(cells.after)))


def numbers(table: pd.DataFrame) -> Numbers:
    """Return the numbers of each term; what is hidden or missing is NaN."""
    values = table[list(NUMBERS)].astype("Float64").to_numpy(dtype=float, na_value=math.nan)
    return {str(term): dict(zip(NUMBERS, row, strict=True)) for term, row in zip(table["term"], values, strict=True)}


def enough(result: Result) -> bool:
    """Say whether there are enough people to conclude anything: behind the wall only the check still knows."""
    return result.check("small_sample").passed is True


def of_ratio(what: str, limits: Sequence[float], n: int | None, *, enough: bool, needed: int | None = None) -> Sentence:
    """Return what several intervals of one ratio let one say together: what the widest does.

    Parameters
    ----------
    what
        The subject, as ``The recorded rate after``.
    limits
        All lower and upper limits; NaN where there is none.
    n
        People; None behind the wall.
    enough
        Whether there are enough of them to conclude anything.
    needed
        How many people would tell a change of this size from none, where that is known.
    """
    if not enough:
        return few(n)
    known = not any(math.isnan(limit) for limit in limits)
    low, high = (min(limits), max(limits)) if known else (math.nan, math.nan)
    return Sentence(ratio_finding(what, low, high, SMALL, needed=needed))


def of_difference(what: str, row: dict[str, float]) -> Sentence:
    """Return what the interval of one difference lets one say; for enough people only.

    Parameters
    ----------
    what
        The subject, as ``the share of people with any recorded event``.
    row
        Its numbers.
    """
    found = direction(row["conf_low"], row["conf_high"], SMALL, no_change=0)
    if found is not None:
        start = f"{what[0].upper()}{what[1:]}"
        return Sentence(f"{start} was {found} after than before: the interval excludes no change.")
    return Sentence(f"Whether {what} rose or fell is not settled: more people would be needed.")


def few(n: int | None) -> Sentence:
    """Return the sentence that stands where a conclusion would; ``n`` is None behind the wall."""
    if n is None:
        return Sentence(FEW)
    text = f"With {many(n, 'person', 'people')}, fewer than {SMALL}, this is descriptive only: nothing is concluded."
    return Sentence(text, (n,))
