"""Regression to the mean in plain sentences, from the table alone, so that they can be said again behind the wall."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from lvrn_eval.offending.regression_to_mean_ways import WAYS
from lvrn_eval.phrases import SMALL, WEAKEST, direction, level, listed, of_kinds, percent, ratio_text, with_interval
from lvrn_eval.result import Sentence

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.result import Result

NAMES = {
    "model": "each person's own record before",
    "earlier_window": "the window before that one",
    "simulation": "the same study simulated with nothing changed",
    "pool": "people who were not selected",
}
"""What each way draws on, as it is called in a sentence."""

LIMIT = (
    "All of this takes a person's rate as steady. A crisis that began before the washout, growing older or a change in "
    "what is recorded would look like an effect, or hide one."
)


class Number(NamedTuple):
    """An estimate with its interval; NaN where hidden or missing."""

    estimate: float
    low: float
    high: float
    conf_level: float

    @property
    def ratio(self) -> str:
        """The number as a ratio in a sentence."""
        return with_interval(ratio_text(self.estimate), ratio_text(self.low), ratio_text(self.high), self.conf_level)

    @property
    def known(self) -> bool:
        """Whether there is a number and an interval."""
        return not math.isnan(self.estimate + self.low + self.high)


def sentences(result: Result) -> tuple[Sentence, ...]:
    """Return what a reader may take from the four ways, weakest claim first, the design's limit last."""
    numbers = _numbers(result.table)
    kinds = result.method["kinds"]
    events = of_kinds([str(kind) for kind in kinds] if isinstance(kinds, list) else [str(kinds)])
    enough = result.check("small_sample").passed is True
    texts = [
        _naive(numbers["naive", "model"], events, str(result.method["window"])),
        *_expected(numbers),
        *_left(numbers),
        _verdict(numbers, enough=enough),
        *_falling(numbers, events),
        LIMIT,
        WEAKEST,
    ]
    return tuple(Sentence(text) for text in texts)


def _numbers(table: pd.DataFrame) -> dict[tuple[str, str], Number]:
    columns = ["estimate", "conf_low", "conf_high", "conf_level"]
    values = table[columns].astype("Float64").to_numpy(dtype=float, na_value=math.nan)
    keys = zip(table["term"].astype(str), table["group"].astype(str), strict=True)
    return {key: Number(*(float(value) for value in row)) for key, row in zip(keys, values, strict=True)}


def _naive(number: Number, events: str, window: str) -> str:
    if not number.known:
        return "The recorded change is not shown: too few people or events are behind it."
    return (
        f"The rate of {events} in the {window} after was {number.ratio} times that in the {window} before. By itself "
        "that says nothing about the programme, for people are selected when their record is bad."
    )


def _each(numbers: dict[tuple[str, str], Number], term: str) -> list[str]:
    known = [(way, numbers[term, way]) for way in WAYS if (term, way) in numbers and numbers[term, way].known]
    return [f"{number.ratio} from {NAMES[way]}" for way, number in known]


def _expected(numbers: dict[tuple[str, str], Number]) -> Iterator[str]:
    if said := _each(numbers, "expected"):
        yield f"With no effect at all, the ratio would be expected to be {listed(said)}."


def _left(numbers: dict[tuple[str, str], Number]) -> Iterator[str]:
    if said := _each(numbers, "left"):
        yield f"What is left, recorded over expected, is a ratio of {listed(said)}."


def verdicts(numbers: dict[tuple[str, str], Number]) -> dict[str, str | None]:
    """Return, for every way that says anything, ``lower``, ``higher`` or None where its interval does not tell."""
    left = {way: numbers["left", way] for way in WAYS if ("left", way) in numbers}
    return {way: direction(one.low, one.high, SMALL) for way, one in left.items() if one.known}


def _verdict(numbers: dict[tuple[str, str], Number], *, enough: bool) -> str:
    if not enough:
        return f"With fewer than {SMALL} people this is descriptive only: no conclusion about change is drawn."
    said = verdicts(numbers)
    found = set(said.values())
    ways = "The one way that can be shown" if len(said) == 1 else f"All {len(said)} ways that can be shown"
    if not said:
        return "Whether anything is left of the recorded change cannot be said."
    if found == {None}:
        return (
            f"{ways} agree{'s' if len(said) == 1 else ''}: the recorded change cannot be told from what would be "
            "expected with no effect. More people would be needed to tell them apart."
        )
    if len(found) == 1:
        (which,) = found
        return (
            f"{ways} agree{'s' if len(said) == 1 else ''}: the recorded rate after was {which} than expected with no "
            "effect. Something changed beyond regression to the mean; this design cannot say that it was the programme."
        )
    return (
        "The ways do not agree on whether anything is left, so the recorded change should not be read as more than "
        "regression to the mean."
    )


def _falling(numbers: dict[tuple[str, str], Number], events: str) -> Iterator[str]:
    recorded, simulated = numbers["share_falling", "recorded"], numbers["share_falling", "simulation"]
    if not (recorded.known and simulated.known):
        return
    yield (
        f"Of people with any {events} in these windows, {percent(recorded.estimate)} had fewer after than before. With "
        f"no effect, {percent(simulated.estimate)} would be expected, and between {percent(simulated.low)} and "
        f"{percent(simulated.high)} in {level(simulated.conf_level)} of such studies."
    )
