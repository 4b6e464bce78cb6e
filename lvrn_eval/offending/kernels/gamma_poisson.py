"""Kernel for the change beyond chance among people who were selected for their record: gamma-Poisson, truncated.

Each person has a rate of their own, drawn from a gamma distribution, and events fall at random at that rate. People are
in the study because they met a rule: at least so many events before. ``needed`` says how many of those must lie on the
days the model looks at, after what is known from elsewhere (events in the washout, of other kinds, in custody). The
likelihood of a person is that of the counts before and after *given that the rule was met*, so nothing is left of the
selection but what the model gets wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.offending.kernels.newton import maximise, slopes
from lvrn_eval.offending.proportions import NO_INTERVAL, Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Bounds = tuple[Array, Array]

SHAPES = (0.02, 1_000.0)
"""Shapes of the gamma distribution that are told apart; beyond the last, rates are as good as equal."""

RATES = (-6.0, 4.0)
RATIOS = (-8.0, 8.0)
"""How far the logarithms of rates (from the pooled one) and of the ratio may go."""

MOST_NEEDED = 3
"""People of whom the rule asks so many events or more are one kind."""

AT_END = 1e-3
"""A shape no further than this from the end, on the scale of logarithms, lies there."""


@dataclass(frozen=True)
class Histories:
    """What the model looks at, arrays of shape ``(n_cells,)``.

    Parameters
    ----------
    needed
        Events that had to lie in the before window or on the rest of the days before, for the rule to be met.
    before, after
        Events of one person.
    days_before, days_after, days_rest
        Days at risk of that person; ``days_rest`` are those the rule looks at beside the before window.
    people
        How many people the cell stands for.
    """

    needed: Array
    before: Array
    after: Array
    days_before: Array
    days_after: Array
    days_rest: Array
    people: Array

    @cached_property
    def kinds(self) -> NDArray[np.intp]:
        """The place of each cell's ``needed`` among those there are: people of one kind share a mean rate."""
        found: NDArray[np.intp] = np.unique(np.minimum(self.needed, MOST_NEEDED), return_inverse=True)[1]
        return found

    @cached_property
    def arrangements(self) -> Array:
        """The part of each person's log-likelihood that no parameter is in."""
        from scipy.special import gammaln, xlogy

        days = xlogy(self.before, self.days_before) + xlogy(self.after, self.days_after)
        found: Array = days - gammaln(self.before + 1) - gammaln(self.after + 1)
        return found


@dataclass(frozen=True)
class Fit:
    """The model as fitted.

    Parameters
    ----------
    ratio, std_error_log, interval, p_value
        Rate after over rate expected with no effect; the interval and p-value come from the profile likelihood.
    expected, expected_interval
        Events expected after with no effect, given those before; the interval is of the parameters alone.
    log_rates, log_shape
        Mean rate per day of the kinds of people before selection, and the shape of the gamma distribution.
    covariance
        Of ``log_rates`` and ``log_shape``; NaN where the likelihood has no curvature.
    at_boundary
        Whether the shape lies at the end of what can be told apart.
    """

    ratio: float
    std_error_log: float
    interval: Interval
    p_value: float
    expected: float
    expected_interval: Interval
    log_rates: Array
    log_shape: float
    covariance: Array
    at_boundary: bool


def log_likelihood(histories: Histories, log_ratio: float, log_rates: Array, log_shape: float) -> float:
    """Return the logarithm of the likelihood of the counts before and after, given that everybody met the rule.

    Notes
    -----
    With rate parameter ``beta`` and shape ``k``, counts ``b`` in ``s`` days and ``a`` in ``t`` days are negative
    multinomial; given them, the count on the ``o`` other days is negative binomial with shape ``k + b + a``. So the
    chance of the counts and of meeting the rule, and that of meeting it at all, have closed forms through the
    incomplete beta function.
    """
    from scipy.special import betainc, gammaln

    k = math.exp(log_shape)
    beta = k / np.exp(log_rates)[histories.kinds]
    b, a, s = histories.before, histories.after, histories.days_before
    t, o = math.exp(log_ratio) * histories.days_after, histories.days_rest
    each = gammaln(k + b + a) - gammaln(k) + a * log_ratio + k * np.log(beta) - (k + b + a) * np.log(beta + s + t)
    each += histories.arrangements
    still = histories.needed - b
    some = still > 0
    each[some] += np.log(betainc(still[some], (k + b + a)[some], (o / (beta + s + t + o))[some]))
    asked = histories.needed > 0
    each[asked] -= np.log(betainc(histories.needed[asked], k, ((s + o) / (beta + s + o))[asked]))
    return float(each @ histories.people)


def expected_after(histories: Histories, log_rates: Array, log_shape: float) -> float:
    """Return the events expected after with no effect: each person's rate given the count before and the rule.

    Notes
    -----
    Without a rule it is the empirical Bayes estimate ``t (k + b) / (beta + s)``; where the rest of the rule must be
    met on the other days, that raises it.
    """
    from scipy.special import betainc

    k = math.exp(log_shape)
    beta = k / np.exp(log_rates)[histories.kinds]
    rest = beta + histories.days_before
    rate = (k + histories.before) / rest
    still = histories.needed - histories.before
    some = still > 0
    shape, share = (k + histories.before)[some], (histories.days_rest / (rest + histories.days_rest))[some]
    rate[some] *= betainc(still[some], shape + 1, share) / betainc(still[some], shape, share)
    return float((rate * histories.days_after) @ histories.people)


def fit(histories: Histories, conf_level: float) -> Fit | None:
    """Fit the model by maximum likelihood.

    Parameters
    ----------
    histories
        Everybody, in cells.
    conf_level
        Level of the intervals.

    Returns
    -------
    Fit or None
        None where nobody has an event before, or a day after: then nothing can be expected.

    Notes
    -----
    People for whom events elsewhere (such as the one that caused the referral) met the rule, and people for whom they
    did not, or in part, are kinds with means of their own and one shape: whoever is referred for an event tends to have
    a higher rate. Validated against R's ``optim`` on a likelihood written with ``dnbinom`` and ``pnbinom``, R's
    ``integrate``, and exact probabilities (tests/offending/test_offending_regression_model.py).
    """
    from scipy.stats import chi2

    if not histories.before @ histories.people > 0 or not histories.days_after @ histories.people > 0:
        return None
    nothing_after = not histories.after @ histories.people > 0
    log_ratio, best, nuisance = _best(histories)
    fall = chi2.ppf(conf_level, 1) / 2
    profile = partial(_profile, histories, start=nuisance)
    interval = Interval(
        0.0 if nothing_after else _edge(profile, log_ratio, best - fall, RATIOS[0]),
        _edge(profile, log_ratio, best - fall, RATIOS[1]),
    )
    p_value = float(chi2.sf(max(0.0, 2 * (best - profile(0.0))), 1))
    covariance = _covariance(histories, log_ratio, nuisance)
    rates, shape = nuisance[:-1], float(nuisance[-1])
    expected = expected_after(histories, rates, shape)
    ends = np.log(SHAPES)
    return Fit(
        0.0 if nothing_after else math.exp(log_ratio),
        math.nan if nothing_after else float(np.sqrt(covariance[0, 0])),
        interval,
        p_value,
        expected,
        _expected_interval(histories, nuisance, covariance[1:, 1:], expected, conf_level),
        rates,
        shape,
        covariance[1:, 1:],
        bool(shape - ends[0] < AT_END or ends[1] - shape < AT_END),
    )


def _nuisance(histories: Histories) -> tuple[Array, Bounds]:
    """Return where rates and shape start, and their bounds."""
    pooled = math.log(float(histories.before @ histories.people) / float(histories.days_before @ histories.people))
    n_rates = int(histories.kinds.max()) + 1
    start, low, high = (np.append(np.full(n_rates, pooled + move), 0.0) for move in (0.0, *RATES))
    low[-1], high[-1] = np.log(SHAPES)
    return start, (low, high)


def _best(histories: Histories) -> tuple[float, float, Array]:
    """Return the log ratio and all else at which the likelihood is greatest, with its logarithm there between them."""
    start, (low, high) = _nuisance(histories)
    bounds = np.append(RATIOS[0], low), np.append(RATIOS[1], high)
    found, best = maximise(
        lambda x: log_likelihood(histories, float(x[0]), x[1:-1], float(x[-1])), np.append(0.0, start), bounds
    )
    return float(found[0]), best, found[1:]


def _profile(histories: Histories, log_ratio: float, *, start: Array) -> float:
    """Return the log-likelihood of a ratio, all else at its best."""
    _, bounds = _nuisance(histories)
    return maximise(lambda x: log_likelihood(histories, log_ratio, x[:-1], float(x[-1])), start, bounds)[1]


def _edge(profile: Callable[[float], float], log_ratio: float, level: float, far: float) -> float:
    """Return the ratio between the estimate and ``far`` at which the profile falls to ``level``."""
    from scipy.optimize import brentq

    if profile(far) >= level:
        return 0.0 if far < 0 else math.inf
    # doubling steps first: far out the likelihood is steep, and costly to walk
    step, inner = math.copysign(0.25, far), log_ratio
    while abs(outer := inner + step) < abs(far) and profile(outer) >= level:
        step, inner = 2 * step, outer
    return math.exp(brentq(lambda x: profile(x) - level, inner, max(min(outer, RATIOS[1]), RATIOS[0]), xtol=1e-8))


def _covariance(histories: Histories, log_ratio: float, nuisance: Array) -> Array:
    """Return the inverse of the observed information of all parameters; NaN where there is none."""
    _, hessian = slopes(
        lambda x: log_likelihood(histories, float(x[0]), x[1:-1], float(x[-1])), np.append(log_ratio, nuisance)
    )
    definite = bool(np.linalg.eigvalsh(-hessian).min() > 0)
    return np.asarray(np.linalg.inv(-hessian), dtype=float) if definite else np.full(hessian.shape, np.nan)


def _expected_interval(histories: Histories, at: Array, covariance: Array, expected: float, level: float) -> Interval:
    """Return the interval of the expected events by the delta method, on the scale of logarithms."""
    from scipy.special import ndtri

    slope, _ = slopes(lambda x: math.log(expected_after(histories, x[:-1], float(x[-1]))), at)
    variance = float(slope @ covariance @ slope)
    if not variance >= 0:
        return NO_INTERVAL
    half = -float(ndtri((1 - level) / 2)) * math.sqrt(variance)
    return Interval(expected * math.exp(-half), expected * math.exp(half))
