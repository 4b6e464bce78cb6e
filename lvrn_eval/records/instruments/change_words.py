"""A change of scores in plain sentences, from its numbers or from what disclosure control left of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from lvrn_eval.phrases import SMALL, WEAKEST, level, people, percent
from lvrn_eval.result import Sentence

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.result import Choice, Result

Rows: TypeAlias = "dict[str, dict[str, float]]"

DESCRIPTIVE = "this is descriptive only: no conclusion about change is drawn."


def sentences(table: pd.DataFrame, method: Mapping[str, Choice]) -> tuple[Sentence, ...]:
    """Return what a reader may take from the estimates, each sentence with the counts it reveals."""
    told: list[Sentence] = []
    for group, part in table.groupby("group", sort=False):
        rows = _numbers(part)
        n = int(rows["mean_change"]["n"])
        if n == 0:
            told.append(Sentence(f"Nobody has a valid score on both occasions ({group}).", (0,)))
            continue
        told.append(_means(str(group), people(n), rows, method, (n,)))
        told += _reliable(rows, "")
        if n < SMALL:
            told.append(Sentence(f"With {people(n)}, fewer than {SMALL}, {DESCRIPTIVE}", (n,)))
    return (*told, Sentence(WEAKEST)) if told else (Sentence("Nobody has a valid score on either occasion.", (0,)),)


def restate(result: Result) -> tuple[Sentence, ...]:
    """Return the sentences again; counts are rounded by now, and called "about"."""
    told: list[Sentence] = []
    for group, part in result.table.groupby("group", sort=False):
        rows = _numbers(part)
        n = rows["mean_change"]["n"]
        if math.isnan(n):
            told.append(Sentence(f"Too few people have both scores to show how they changed ({group})."))
            continue
        told.append(_means(str(group), f"about {int(n):,} people", rows, result.method, ()))
        told += [Sentence(found.text) for found in _reliable(rows, "about ")]
        if result.check(f"small_sample_{group}").passed is False:
            told.append(Sentence(f"With fewer than {SMALL} people {DESCRIPTIVE}"))
    return (*told, Sentence(WEAKEST))


def _numbers(table: pd.DataFrame) -> Rows:
    """Return the numbers of each term; what is hidden or missing is NaN."""
    columns = ["estimate", "conf_low", "conf_high", "conf_level", "n", "n_events"]
    values = table[columns].astype("Float64").to_numpy(dtype=float, na_value=math.nan)
    return {str(term): dict(zip(columns, row, strict=True)) for term, row in zip(table["term"], values, strict=True)}


def _means(group: str, whom: str, rows: Rows, method: Mapping[str, Choice], counts: tuple[int, ...]) -> Sentence:
    moved = rows["mean_change"]
    text = (
        f"{method['instrument']}, {method['scale']} ({group}): for {whom} the mean score was "
        f"{rows['mean_before']['estimate']:.1f} before and {rows['mean_after']['estimate']:.1f} after"
    )
    if not math.isnan(moved["conf_low"]):
        text += (
            f", a change of {moved['estimate']:+.1f} ({level(moved['conf_level'])} interval "
            f"{moved['conf_low']:+.1f} to {moved['conf_high']:+.1f})"
        )
    return Sentence(f"{text}; higher is {method['higher_is']}.", counts)


def _reliable(rows: Rows, about: str) -> Iterator[Sentence]:
    for term, way in (("share_reliably_improved", "better"), ("share_reliably_deteriorated", "worse")):
        row = rows.get(term)
        if row is None or math.isnan(row["estimate"]):
            continue
        n, events = int(row["n"]), int(row["n_events"])
        low, high = (percent(row[name]) for name in ("conf_low", "conf_high"))
        text = (
            f"Of {about}{n:,}, {about}{events:,} changed reliably for the {way}: {percent(row['estimate'])} "
            f"({level(row['conf_level'])} interval {low} to {high})."
        )
        yield Sentence(text, (n, events, n - events))
