"""Four ways to say what would be expected with no effect, each from the grouped counts alone."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from lvrn_eval.offending.estimates import Row
from lvrn_eval.offending.proportions import NO_INTERVAL, Interval, clopper_pearson
from lvrn_eval.offending.rates import DAYS_PER_YEAR, RateRatio, garwood, rate_ratio_robust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lvrn_eval.offending.kernels.gamma_poisson import Fit
    from lvrn_eval.offending.regression_to_mean_counts import Cells
    from lvrn_eval.offending.regression_to_mean_simulation import Studies

WAYS = ("model", "earlier_window", "simulation", "pool")
MISSING = RateRatio(math.nan, math.nan, NO_INTERVAL, math.nan, "none")
STRETCHES = ("earlier", "before", "washout", "after")


class Way(NamedTuple):
    """What one way says: the recorded ratio, the ratio expected with no effect, and what is left of it."""

    name: str
    people: int
    events: int
    naive: RateRatio
    expected: RateRatio
    left: RateRatio


def ratio_between(cells: Cells, first: str, second: str, conf_level: float) -> RateRatio:
    """Return the rate in the second stretch over that in the first, allowing for some people having many events."""
    events = (getattr(cells, first), getattr(cells, second))
    days = (getattr(cells, f"days_{first}"), getattr(cells, f"days_{second}"))
    return rate_ratio_robust(*events, *days, cells.people, conf_level)


def by_model(cells: Cells, fitted: Fit | None, conf_level: float) -> Way:
    """Return what the empirical Bayes expectation of each person's rate leaves."""
    naive = ratio_between(cells, "raw", "after", conf_level)
    if fitted is None:
        return _way("model", cells, naive, MISSING, MISSING)
    expected = MISSING
    if cells.raw @ cells.people > 0:
        scale = _rate(cells, "raw") * float(cells.days_after @ cells.people)
        expected = _of_interval(fitted.expected / scale, _scaled(fitted.expected_interval, 1 / scale), conf_level)
    method = "profile likelihood of the gamma-Poisson model, given that the rule was met"
    left = RateRatio(fitted.ratio, fitted.std_error_log, fitted.interval, fitted.p_value, method)
    return _way("model", cells, naive, expected, left, against="before")


def by_earlier_window(cells: Cells, conf_level: float) -> Way:
    """Return what is left against the earlier window, among people who met the rule whatever happened in it."""
    chosen = cells.where(cells.met_without_earlier & (cells.days_earlier > 0))
    naive, expected, left = (
        ratio_between(chosen, *pair, conf_level)
        for pair in (("raw", "after"), ("raw", "earlier"), ("earlier", "after"))
    )
    return _way("earlier_window", chosen, naive, expected, left, against="earlier")


def by_simulation(cells: Cells, studies: Studies | None, conf_level: float) -> Way:
    """Return what is left of the recorded change against studies of the same people.

    What is left goes by the before window. The events of the washout are not drawn, so the raw window varies less from
    study to study than it should.
    """
    naive, washed = (ratio_between(cells, stretch, "after", conf_level) for stretch in ("raw", "before"))
    if studies is None or math.isnan(washed.estimate):
        return _way("simulation", cells, naive, MISSING, MISSING)
    expected, varying = _middle(studies.ratios, conf_level), _middle(studies.varying, conf_level)
    if not min(expected.estimate, varying.estimate) > 0:
        # so few events that most studies have none after: there is nothing to divide by
        return _way("simulation", cells, naive, MISSING, MISSING)
    sides = (studies.washed <= washed.estimate, studies.washed >= washed.estimate)
    # the recorded study is one of those that could have been drawn
    p_value = min(1.0, 2 * min((float(side.sum()) + 1) / (len(side) + 1) for side in sides))
    low, high = varying.interval
    interval = Interval(washed.estimate / high, washed.estimate / low if low > 0 else math.inf)
    method = "quantiles of simulated studies in which the rate changes as the model says"
    left = RateRatio(washed.estimate / varying.estimate, math.nan, interval, p_value, method)
    return _way("simulation", cells, naive, expected, left, against="before")


def _middle(values: NDArray[np.float64], conf_level: float) -> RateRatio:
    """Return the median of simulated studies and the limits that hold the stated share of them."""
    tail = (1 - conf_level) / 2
    low, middle, high = (float(value) for value in np.quantile(values, [tail, 0.5, 1 - tail]))
    method = "quantiles of simulated studies in which nothing changes"
    return RateRatio(middle, math.nan, Interval(low, high), math.nan, method)


def by_pool(cells: Cells, pool: Cells, conf_level: float) -> Way:
    """Return what is left against the change, over the same days, of people who were not selected.

    In both groups only people who met the rule whatever happened in the before window are compared, so neither change
    has any of the rule in it.
    """
    ours, theirs = (both.where(both.met_without_before & (both.days_before > 0)) for both in (cells, pool))
    naive = ratio_between(ours, "raw", "after", conf_level)
    washed, change = (ratio_between(ours, *pair, conf_level) for pair in (("raw", "before"), ("before", "after")))
    other = ratio_between(theirs, "before", "after", conf_level)
    expected = _product(washed, other, 1, conf_level)
    return _way("pool", ours, naive, expected, _product(change, other, -1, conf_level), against="before")


def _product(one: RateRatio, other: RateRatio, power: int, conf_level: float) -> RateRatio:
    """Return the first ratio times a power of the other, of different people."""
    from scipy.special import ndtr

    if math.isnan(one.estimate) or math.isnan(other.estimate):
        return MISSING
    estimate, error = one.estimate * other.estimate**power, math.hypot(_spread(one), _spread(other))
    found, half = math.log(estimate), _z(conf_level) * error
    interval = Interval(math.exp(found - half), math.exp(found + half))
    p_value = 2 * float(ndtr(-abs(found) / error)) if error else math.nan
    return RateRatio(estimate, error, interval, p_value, one.method)


def _spread(ratio: RateRatio) -> float:
    """Return the standard error of the logarithm; a known ratio without one does not vary, as where no washout is."""
    return 0.0 if math.isnan(ratio.std_error_log) else ratio.std_error_log


def _z(conf_level: float) -> float:
    from scipy.special import ndtri

    return -float(ndtri((1 - conf_level) / 2))


def _of_interval(estimate: float, interval: Interval, conf_level: float) -> RateRatio:
    error = math.log(interval.high / interval.low) / (2 * _z(conf_level)) if interval.low > 0 else math.nan
    return RateRatio(estimate, error, interval, math.nan, "delta method, of the parameters alone")


def _scaled(interval: Interval, factor: float) -> Interval:
    return Interval(interval.low * factor, interval.high * factor)


def _rate(cells: Cells, stretch: str) -> float:
    return float(getattr(cells, stretch) @ cells.people) / float(getattr(cells, f"days_{stretch}") @ cells.people)


def _way(name: str, cells: Cells, naive: RateRatio, expected: RateRatio, left: RateRatio, against: str = "raw") -> Way:
    """Return a way with the events it rests on: those after, and in the stretch they are held against."""
    return Way(
        name, cells.n, round(float((getattr(cells, against) + cells.after) @ cells.people)), naive, expected, left
    )


def rows_of(ways: list[Way], conf_level: float) -> Iterator[Row]:
    """Yield three rows for each way."""
    for way in ways:
        for term, ratio in (("naive", way.naive), ("expected", way.expected), ("left", way.left)):
            yield Row(
                term, way.name, ratio.estimate, ratio.std_error_log, *ratio.interval, conf_level, ratio.p_value,
                way.people, way.events, "rate ratio", ratio.method,
            )  # fmt: skip


def falling_rows(cells: Cells, studies: Studies | None, conf_level: float) -> Iterator[Row]:
    """Yield the share of people whose count fell, as recorded and as simulated."""
    some = (cells.raw + cells.after) > 0
    n, fell = (round(float(cells.people[rows].sum())) for rows in (some, cells.after < cells.raw))
    share = fell / n if n else math.nan
    error = math.sqrt(share * (1 - share) / n) if n else math.nan
    yield Row(
        "share_falling", "recorded", share, error, *clopper_pearson(fell, n, conf_level), conf_level, math.nan, n, fell,
        "proportion", "Clopper-Pearson",
    )  # fmt: skip
    low, high, middle = math.nan, math.nan, math.nan
    if studies is not None:
        tail = (1 - conf_level) / 2
        low, high = (float(value) for value in np.quantile(studies.falling, [tail, 1 - tail]))
        middle = float(studies.falling.mean())
    yield Row(
        "share_falling", "simulation", middle, math.nan, low, high, conf_level, math.nan, n, fell,
        "simulated share", "quantiles of simulated studies in which nothing changes",
    )  # fmt: skip


def table_of(rows: list[Row]) -> pd.DataFrame:
    """Return the rows as a frame."""
    return pd.DataFrame([asdict(row) for row in rows])


def stretches(cells: Cells, conf_level: float) -> pd.DataFrame:
    """Return events and days at risk in each stretch of days: ``period, people, events, days_at_risk, rate, …``."""
    rows = []
    for name in STRETCHES:
        events, days = (float(getattr(cells, column) @ cells.people) for column in (name, f"days_{name}"))
        years = days / DAYS_PER_YEAR
        people = round(float(cells.people[getattr(cells, f"days_{name}") > 0].sum()))
        rate = events / years if years > 0 else math.nan
        rows.append((name, people, round(events), round(days), rate, *garwood(round(events), years, conf_level)))
    columns = ["period", "people", "events", "days_at_risk", "rate", "conf_low", "conf_high"]
    return pd.DataFrame(rows, columns=columns)
