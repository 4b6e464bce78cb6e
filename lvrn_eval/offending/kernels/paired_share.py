"""The difference of two shares of the same people."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lvrn_eval.offending.kernels.wald import critical_value
from lvrn_eval.offending.proportions import NO_INTERVAL, Interval, exact_half


@dataclass(frozen=True)
class RiskDifference:
    """The share with any event after less that before, its standard error, interval and two-sided p-value."""

    estimate: float
    std_error: float
    interval: Interval
    p_value: float


def risk_difference_paired(stopped: int, began: int, n: int, conf_level: float) -> RiskDifference:
    """Return how much larger the share with any event is after than before.

    Parameters
    ----------
    stopped, began
        People with some before and none after, and the reverse.
    n
        All people.

    Notes
    -----
    The interval is Wald's after one has been added to each of the two numbers and two to all (Bonett and Price), which
    Fagerland and others found to cover about what it says; it is not centred on the estimate, and is cut to -1 and 1.
    The p-value is McNemar's exact one. Bonett, D. G. and Price, R. M. (2012), Journal of Educational and Behavioral
    Statistics 37, 479-488. *Validated against* the example of R's ``statpsych::ci.prop.ps``.
    """
    if n == 0:
        return RiskDifference(math.nan, math.nan, NO_INTERVAL, math.nan)
    estimate, variance = _difference(stopped, began, n)
    centre, adjusted = _difference(stopped + 1, began + 1, n + 2)
    half = critical_value(conf_level) * math.sqrt(adjusted)
    interval = Interval(max(-1.0, centre - half), min(1.0, centre + half))
    return RiskDifference(estimate, math.sqrt(variance), interval, exact_half(began, began + stopped))


def _difference(stopped: int, began: int, n: int) -> tuple[float, float]:
    """Return the difference of shares and its variance."""
    difference = (began - stopped) / n
    return difference, max(0.0, ((began + stopped) / n - difference**2) / n)
