"""The sentences of a before/after comparison again, from what disclosure control left of its numbers.

Counts are rounded by then, so they are called "about"; what is hidden is said to be hidden.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from lvrn_eval.offending.sentences import what_is_counted
from lvrn_eval.phrases import SMALL, WEAKEST, level, listed, percent, ratio_text, with_interval
from lvrn_eval.result import Sentence

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.result import Result

Rows: TypeAlias = "dict[str, dict[str, float]]"

CLASSES = {
    "none_recorded": "had none before or after",
    "desisted": "had some before and none after",
    "reduced": "had fewer after",
    "unchanged": "had as many after",
    "increased": "had more after",
}


def restate(result: Result) -> tuple[Sentence, ...]:
    """Return what a reader may take from a protected comparison, weakest claim first, the design's limit last."""
    rows = _numbers(result.table)
    kinds, where, notes = (result.method[name] for name in ("kinds", "where", "notes"))
    named = [str(kind) for kind in kinds] if isinstance(kinds, list) else [str(kinds)]
    event = what_is_counted(named, None if where is None else str(where), 1)
    classes = result.parts["classes"].table
    texts = [
        *_classes(classes[classes["group"] == "all"], event),
        *(map(str, notes) if isinstance(notes, list) else ()),
        *_share(rows, "share_falling", f"with any {event} before or after", "had fewer after than before"),
        *_share(rows, "share_desisted", f"with a {event} before", "had none after"),
        *_ratio(rows),
        _direction(rows, enough=result.check("small_sample").passed is True),
        WEAKEST,
    ]
    return tuple(Sentence(text) for text in texts)


def _numbers(table: pd.DataFrame) -> Rows:
    """Return the numbers of each term about everybody; what is hidden or missing is NaN."""
    table = table[table["group"] == "all"]
    columns = ["estimate", "conf_low", "conf_high", "conf_level", "n", "n_events"]
    values = table[columns].astype("Float64").to_numpy(dtype=float, na_value=math.nan)
    return {str(term): dict(zip(columns, row, strict=True)) for term, row in zip(table["term"], values, strict=True)}


def _classes(table: pd.DataFrame, event: str) -> Iterator[str]:
    shown = table[table["people"].notna()]
    said = [
        f"about {int(people):,} {CLASSES[name]}" for name, people in zip(shown["class"], shown["people"], strict=True)
    ]
    hidden = len(table) - len(shown)
    if said:
        verb = "is" if hidden == 1 else "are"
        rest = f"; {hidden} of the five classes {verb} too small to show" if hidden else ""
        yield f"Counting every {event}, {listed(said)}{rest}."
    else:
        yield "How many people had more, fewer or no events after cannot be shown: each class is too small."


def _share(rows: Rows, term: str, whom: str, what: str) -> Iterator[str]:
    row = rows[term]
    if math.isnan(row["estimate"]):
        yield f"The share of people {whom} who {what} is not shown: too few people are in it, or out of it."
        return
    share, low, high = (percent(row[name]) for name in ("estimate", "conf_low", "conf_high"))
    yield (
        f"Of about {int(row['n']):,} people {whom}, about {int(row['n_events']):,} {what}: "
        f"{with_interval(share, low, high, row['conf_level'])}."
    )


def _ratio(rows: Rows) -> Iterator[str]:
    row = rows["rate_ratio_robust"]
    if math.isnan(row["conf_low"]):
        yield "A rate ratio is not shown: too few people or events are behind it, or the days before are unknown."
        return
    ratio, low, high = (ratio_text(row[name]) for name in ("estimate", "conf_low", "conf_high"))
    interval = f"{level(row['conf_level'])} interval {low} to {high}"
    yield (
        f"The rate per person-year at risk after was {ratio} times the rate before ({interval}, allowing for some "
        "people having many)."
    )


def _direction(rows: Rows, *, enough: bool) -> str:
    exact, robust = rows["rate_ratio_exact"], rows["rate_ratio_robust"]
    if not enough:
        return f"With fewer than {SMALL} people this is descriptive only: no conclusion about change is drawn."
    limits = [row[name] for row in (exact, robust) for name in ("conf_low", "conf_high")]
    if any(math.isnan(limit) for limit in limits):
        return "Whether the recorded rate rose or fell cannot be said."
    if max(limits) < 1 or min(limits) > 1:
        found = "lower" if max(limits) < 1 else "higher"
        return f"The recorded rate was {found} after than before: both intervals exclude no change."
    return "These intervals do not settle whether the recorded rate rose or fell: more people would be needed."
