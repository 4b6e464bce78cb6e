"""Intervals for a mean and for a share, as the rows of a table of estimates have them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lvrn_eval.result import Choice


class Mean(NamedTuple):
    """A mean with its standard error, interval and the p-value of being 0; NaN where it cannot be had."""

    estimate: float
    std_error: float
    low: float
    high: float
    p_value: float


def mean_of(values: NDArray[np.float64], people: NDArray[np.int64], conf_level: float) -> Mean:
    """Return the mean over people of a value that some of them share.

    Parameters
    ----------
    values, people
        Arrays of shape ``(n_cells,)``: a value, and how many people have it.
    conf_level
        Such as 0.95.
    """
    n = int(people.sum())
    if n == 0:
        return Mean(*(math.nan,) * 5)
    mean = float(values @ people / n)
    if n == 1:
        return Mean(mean, *(math.nan,) * 4)
    variance = float(((values - mean) ** 2) @ people / (n - 1))
    return t_interval(mean, math.sqrt(variance), n, conf_level)


def t_interval(mean: float, sd: float, n: int, conf_level: float) -> Mean:
    """Return the interval of Student's t for a mean of ``n`` values with standard deviation ``sd``."""
    from scipy.special import stdtr, stdtrit

    if n < 2 or not math.isfinite(sd):  # noqa: PLR2004 - one value has no spread
        return Mean(mean, *(math.nan,) * 4)
    error = sd / math.sqrt(n)
    half = float(stdtrit(n - 1, (1 + conf_level) / 2)) * error
    p_value = 2 * float(stdtr(n - 1, -abs(mean) / error)) if error > 0 else math.nan
    return Mean(mean, error, mean - half, mean + half, p_value)


def mean_row(
    term: str, group: str, mean: Mean, n: int, conf_level: float, *, tested: bool = False
) -> dict[str, Choice]:
    """Return a mean as a row of estimates; it has no events."""
    return {
        "term": term, "group": group, "estimate": mean.estimate, "std_error": mean.std_error, "conf_low": mean.low,
        "conf_high": mean.high, "conf_level": conf_level, "p_value": mean.p_value if tested else math.nan, "n": n,
        "n_events": None, "measure": "mean", "interval": "Student's t",
    }  # fmt: skip


def share_row(term: str, group: str, events: int, n: int, conf_level: float) -> dict[str, Choice]:
    """Return a share as a row of estimates, with Wilson's interval."""
    from scipy.stats import binomtest

    share, low, high = math.nan, math.nan, math.nan
    if n:
        share = events / n
        interval = binomtest(events, n).proportion_ci(conf_level, method="wilson")
        low, high = float(interval.low), float(interval.high)
    return {
        "term": term, "group": group, "estimate": share,
        "std_error": math.sqrt(share * (1 - share) / n) if n else math.nan, "conf_low": low, "conf_high": high,
        "conf_level": conf_level, "p_value": math.nan, "n": n, "n_events": events, "measure": "proportion",
        "interval": "Wilson",
    }  # fmt: skip


def check_level(conf_level: float) -> None:
    """Refuse a level that is none.

    Raises
    ------
    AnalysisError
        When it is not between 0 and 1.
    """
    from lvrn_eval.errors import AnalysisError

    if not 0 < conf_level < 1:
        raise AnalysisError("conf_level must lie between 0 and 1; write 0.95 for 95%")
