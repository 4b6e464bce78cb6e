"""What a curve is made of, and the tables and sentences read off it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.phrases import percent
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence
from lvrn_eval.survival import describe
from lvrn_eval.survival.inputs import Observed
from lvrn_eval.survival.kernels import curve as kernels
from lvrn_eval.survival.kernels.incidence import aalen_johansen
from lvrn_eval.survival.kernels.interval import hazard_interval, probability_interval, survival_interval
from lvrn_eval.survival.kernels.quantile import quantile
from lvrn_eval.survival.kernels.tally import Counts, Floats, Integers
from lvrn_eval.survival.risk_table import group_column, tidy

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNT_COLUMNS = ("at_risk", "events", "censored")
COMPETING_COLUMNS = ("at_risk", "events", "competing", "censored")
ESTIMATES = ("estimate", "std_error", "conf_low", "conf_high")
KINDS = {"term": "str", "group": "str", "n": "int64", "n_events": "int64"}
"""The columns of a table of estimates that are not real numbers."""


@dataclass(frozen=True)
class Curve:
    """One group's curve; every array has a value for each row of ``counts``.

    ``events`` are those the curve is about, and ``ended`` says that nobody without an event is left, so that it stays
    as it is. The limits are those of the formula, so for most kinds not defined before the first event; ``shown``
    closes them at time 0, where the curve is known.
    """

    label: str
    counts: Counts
    estimate: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    events: Integers
    ended: bool

    @property
    def known_until(self) -> float:
        """The last time at which the curve is known; infinite when nobody is left."""
        return math.inf if self.ended else float(self.counts.time[-1])

    def observed_at(self, time: float) -> bool:
        """Say whether the curve is known at a time: someone was observed so long, or nobody is left."""
        return time <= self.known_until

    def at(self, time: float) -> dict[str, float]:
        """Return estimate, error and limits at a time; not a number where the curve is not known."""
        if not self.observed_at(time):
            return dict.fromkeys(ESTIMATES, math.nan)
        row = int(np.searchsorted(self.counts.time, time, side="right")) - 1
        read = self.shown() if time == 0 else vars(self)
        return {column: float(read[column][row]) for column in ESTIMATES}

    def shown(self) -> dict[str, Floats]:
        """Return estimate, error and limits, the limits of time 0 being the estimate when nothing has happened yet."""
        start = (self.counts.time == 0) & (self.events == 0)
        limits = {side: np.where(start, self.estimate, getattr(self, side)) for side in ("conf_low", "conf_high")}
        return {"estimate": self.estimate, "std_error": self.std_error, **limits}

    def events_by(self, time: float) -> int:
        """Return how many had the event at or before a time."""
        return int(self.events[self.counts.time <= time].sum())

    def quantile(self, probability: float) -> dict[str, float]:
        """Return by when a share of the people had the event, with limits."""
        read = {column: getattr(self, column) for column in ("estimate", "conf_low", "conf_high")}
        return {column: quantile(self.counts.time, values, probability) for column, values in read.items()}


def survival(label: str, counts: Counts, z: float, conf_type: str) -> Curve:
    """Return the Kaplan-Meier curve of one group."""
    estimate, log_error = kernels.kaplan_meier(counts.at_risk, counts.events)
    error = np.multiply(estimate, log_error, out=np.full(estimate.size, np.nan), where=estimate > 0)
    limits = survival_interval(estimate, log_error, z, conf_type)
    return Curve(label, counts, estimate, error, *limits, counts.events, bool(estimate[-1] == 0))


def hazard(label: str, counts: Counts, z: float, conf_type: str, variance: str) -> Curve:
    """Return the Nelson-Aalen curve of one group."""
    estimate, error = kernels.nelson_aalen(counts.at_risk, counts.events, variance)
    limits = hazard_interval(estimate, error, z, conf_type)
    return Curve(label, counts, estimate, error, *limits, counts.events, ended=False)


def incidence(label: str, counts: Counts, z: float, conf_type: str) -> Curve:
    """Return the Aalen-Johansen curve of one group, of the first of its causes."""
    estimate, error, free = aalen_johansen(counts.at_risk, counts.events, counts.causes[:, 0])
    limits = probability_interval(estimate, error, z, conf_type)
    return Curve(label, counts, estimate, error, *limits, counts.causes[:, 0], bool(free[-1] == 0))


def curve_table(observed: Observed, curves: Sequence[Curve]) -> pd.DataFrame:
    """Return one row per group and time."""
    counts = observed.counts
    columns: dict[str, Any] = {"group": group_column(observed), "time": tidy(counts.time), "at_risk": counts.at_risk}
    columns["events"] = describe.of_interest(observed, counts)
    if observed.causes.others:
        columns["competing"] = counts.causes[:, 1]
    columns["censored"] = counts.censored
    shown = [one.shown() for one in curves]
    columns |= {name: np.concatenate([one[name] for one in shown]) for name in ESTIMATES}
    return pd.DataFrame(columns)


def at_times(name: str, what: str, curves: Sequence[Curve], moments: Sequence[float], method: dict[str, Any]) -> Result:
    """Return the curves at stated times, as a table of estimates."""
    rows = [
        one.at(time)
        | {
            "term": f"at {time:.15g}",
            "group": one.label,
            "n": one.counts.people,
            "n_events": one.events_by(time),
            "time": time,
            "at_risk": int(one.counts.at_risk_at(np.array([time]))[0]),
        }
        for one, time in product(curves, moments)
    ]
    title = f"{what} at stated times"
    return _estimates(name, title, rows, method, {"time": "float64", "at_risk": "int64"})


def quantiles(curves: Sequence[Curve], shares: Sequence[float], method: dict[str, Any]) -> Result:
    """Return by when stated shares of people had the event, as a table of estimates."""
    rows = [
        one.quantile(share)
        | {
            "term": "median" if share == 0.5 else f"quantile {share:.15g}",  # noqa: PLR2004 - what a median is
            "group": one.label,
            "n": one.counts.people,
            "n_events": int(one.events.sum()),
            "probability": share,
        }
        for one, share in product(curves, shares)
    ]
    title = "Time by which stated shares of people had a recorded event"
    return _estimates("kaplan_meier_quantiles", title, rows, method, {"probability": "float64"})


def _estimates(
    name: str,
    title: str,
    rows: list[dict[str, Any]],
    method: dict[str, Any],
    added: dict[str, str],
) -> Result:
    table = estimates_table(rows, method["conf_level"], added)
    counted = tuple(column for column in ("n", "n_events", "at_risk") if column in table)
    return Result(name=name, title=title, table=table, method=method, count_columns=counted)


def estimates_table(rows: list[dict[str, Any]], conf_level: float, added: dict[str, str]) -> pd.DataFrame:
    """Return rows of estimates as a frame whose columns have their types even when there are none."""
    kinds = dict.fromkeys(ESTIMATE_COLUMNS, "float64") | KINDS | added
    if not rows:
        return empty(tuple(kinds.items()))
    rows = [row | {"conf_level": conf_level} for row in rows]
    values = {column: [row.get(column, math.nan) for row in rows] for column in kinds}
    return pd.DataFrame({column: typed(values[column], kind) for column, kind in kinds.items()})


def typed(values: list[Any], kind: str) -> NDArray[Any]:
    """Return a column of its type, as an array: quicker to make than what pandas makes of the values."""
    return np.array(values, dtype=object if kind == "str" else kind)


def empty(kinds: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return a frame without rows whose columns have their types."""
    return _empty(kinds).copy()


@cache
def _empty(kinds: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series([], dtype=kind) for column, kind in kinds})


def known_until(counts: Counts) -> float:
    """Return the last time at which one group's survival is known; infinite when nobody is left without the event."""
    left = counts.at_risk - counts.events
    ended = ((left == 0) & (counts.events > 0)).any()
    return math.inf if ended else float(counts.time[-1])


def size_sentences(observed: Observed, curves: Sequence[Curve], conf_level: float) -> Iterator[Sentence]:
    """Yield for each group how many people and events it has, and its median time."""
    for one in curves:
        words, revealed = describe.size(observed, one.label, one.counts)
        yield Sentence(f"{words}; {_median(observed, one, conf_level)}.", revealed)


def _median(observed: Observed, one: Curve, conf_level: float) -> str:
    found = one.quantile(0.5)
    if math.isnan(found["estimate"]):
        return "the share without one stayed above half for as long as they were observed"
    low, high = (
        "not reached" if math.isnan(found[limit]) else describe.moment(observed, found[limit])
        for limit in ("conf_low", "conf_high")
    )
    by_when = describe.moment(observed, found["estimate"])
    return f"an estimated half had one by {by_when} ({100 * conf_level:g}% interval {low} to {high})"


def share_sentences(
    observed: Observed,
    curves: Sequence[Curve],
    moments: Sequence[float],
    conf_level: float,
) -> Iterator[Sentence]:
    """Yield the share without the event for each group and stated time."""
    for one, time in product(curves, moments):
        start = describe.prefix(observed, one.label)
        when = describe.moment(observed, time)
        if not one.observed_at(time):
            text = f"{start}nobody was observed as long as {when}, so the share then is not known."
            yield Sentence(describe.sentence(observed, text))
            continue
        found, n_events = one.at(time), one.events_by(time)
        interval = "interval not defined"
        if n_events and not math.isnan(found["conf_low"]):
            low, high = percent(found["conf_low"]), percent(found["conf_high"])
            interval = f"{100 * conf_level:g}% interval {low} to {high}"
        share = percent(found["estimate"])
        had = f"had {describe.an_event(observed)}" if observed.causes.others else "had no recorded event"
        text = f"{start}an estimated {share} ({interval}) {had} by {when}."
        n_people = one.counts.people
        yield Sentence(describe.sentence(observed, text), (n_people, n_events, n_people - n_events))


def time_checks(observed: Observed, curves: Sequence[Curve], moments: Sequence[float]) -> Iterator[Check]:
    """Yield whether the stated times were observed, and whether late entry emptied a group too soon."""
    late = [(one, time) for one, time in product(curves, moments) if not one.observed_at(time)]
    if moments and not late:
        yield Check("times_observed", True, "Every group was observed as long as the stated times.")
    elif late:
        listed = "; ".join(f"{describe.prefix(observed, one.label)}{describe.moment(observed, at)}" for one, at in late)
        yield Check("times_observed", False, f"Nobody was observed so long: {listed}.")
    for one in curves:
        left = one.counts.at_risk - one.counts.events
        emptied = (left == 0) & (one.counts.events > 0) & (one.counts.time < one.counts.time[-1])
        if emptied.any():
            at = describe.moment(observed, float(one.counts.time[emptied][0]))
            text = (
                f"{describe.prefix(observed, one.label)}everyone at risk had the event by {at}, before others entered."
            )
            few = int(one.counts.at_risk[emptied][0])
            yield Check("risk_set_emptied", False, describe.sentence(observed, text), counts=(few,))


def stated_times(function: str, times: Sequence[float]) -> list[float]:
    """Return the times asked for.

    Raises
    ------
    AnalysisError
        When any is negative, not finite or asked for twice.
    """
    asked = _listed(function, "times", times)
    if len(set(asked)) < len(asked) or not all(0 <= time < math.inf for time in asked):
        raise AnalysisError(f"{function}: times must be different numbers, not negative, in the unit of time=")
    return asked


def stated_shares(function: str, shares: Sequence[float]) -> list[float]:
    """Return the shares asked for.

    Raises
    ------
    AnalysisError
        When any is not between 0 and 1 or asked for twice.
    """
    asked = _listed(function, "quantiles", shares)
    if len(set(asked)) < len(asked) or not all(0 < share < 1 for share in asked):
        raise AnalysisError(f"{function}: quantiles must be different shares between 0 and 1, such as 0.5")
    return asked


def _listed(function: str, name: str, values: Sequence[float]) -> list[float]:
    try:
        return [float(value) for value in values]
    except (TypeError, ValueError):
        raise AnalysisError(f"{function}: {name} takes a list of numbers") from None
