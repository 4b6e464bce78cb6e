"""Rate ratios of the whole group: estimating equations with a variance robust to clustering by person.

With one rate before and one after, each rate has an estimating equation of its own, so neither needs iteration over a
matrix, and a person's influence on the log rate ratio is the difference of two terms.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lvrn_eval.offending.kernels.wald import compares, no_ratio, wald_ratio

if TYPE_CHECKING:
    from lvrn_eval.offending.kernels.wald import Array
    from lvrn_eval.offending.rates import RateRatio

CORRECTED = "t on the log scale, robust to clustering by person, Mancl-DeRouen"
NEGATIVE_BINOMIAL = "Wald on the log scale, negative-binomial weights, robust to clustering by person"

SEARCHED = (-12.0, 7.0)
"""Where the logarithm of the dispersion is looked for: from next to none to a thousand times the mean."""


def rate_ratio_corrected(
    before: Array, after: Array, days_before: Array, days_after: Array, people: Array, conf_level: float
) -> RateRatio:
    """Return the Poisson rate ratio with a robust variance corrected for few people.

    Parameters
    ----------
    before, after
        Events of one person in each cell, shape ``(n_cells,)``.
    days_before, days_after
        Days at risk of that person.
    people
        How many people the cell stands for.
    conf_level
        Level of the interval, from the t distribution with one degree of freedom less than there are people.

    Notes
    -----
    A person pulls the estimate towards its own counts, so its residual is too small by one less its leverage: here its
    share of all days at risk of the period. Mancl and DeRouen divide by that before squaring. One person with all the
    days of a period leaves no residual and no interval. Mancl, L. A. and DeRouen, T. A. (2001), Biometrics 57,
    126-134. *Validated against* statsmodels ``GEE`` (``cov_type="bias_reduced"``).
    """
    if not compares(before, after, days_before, days_after, people):
        return no_ratio(CORRECTED)
    influence, log_ratio = np.zeros(len(people)), 0.0
    for events, days, sign in ((after, days_after, 1), (before, days_before, -1)):
        total, leverage = float(events @ people), days / float(days @ people)
        log_ratio += sign * (math.log(total) - math.log(float(days @ people)))
        with np.errstate(divide="ignore", invalid="ignore"):
            influence += sign * (events / total - leverage) / (1 - leverage)
    n = float(people[(days_before > 0) | (days_after > 0)].sum())
    return wald_ratio(log_ratio, float(influence**2 @ people), conf_level, CORRECTED, df=n - 1)


def rate_ratio_negative_binomial(
    before: Array, after: Array, days_before: Array, days_after: Array, people: Array, conf_level: float
) -> tuple[RateRatio, float]:
    """Return the rate ratio of a negative-binomial estimating equation, and the dispersion it was weighted with.

    Parameters
    ----------
    before, after, days_before, days_after, people, conf_level
        As in ``rate_ratio_corrected``.

    Returns
    -------
    RateRatio
        From independence as working correlation and a variance robust to clustering by person.
    float
        The dispersion alpha of the variance ``mu + alpha mu**2``: the maximum-likelihood one, both periods of a person
        taken as independent; 0 where counts vary no more than Poisson's.

    Notes
    -----
    Long windows weigh less than their days, as the counts of one person hang together. Where everybody has the same
    days the estimate and variance are Poisson's. The rates at a given alpha are fitted by statsmodels' ``GLM``.
    *Validated against* statsmodels ``GEE`` with the same alpha, and R's ``MASS::glm.nb``.
    """
    if not compares(before, after, days_before, days_after, people):
        return no_ratio(NEGATIVE_BINOMIAL), math.nan
    y, days = np.concatenate([before, after]), np.concatenate([days_before, days_after])
    later, weight = np.repeat([0.0, 1.0], len(people)), np.tile(people, 2)
    told = days > 0
    log_rates, alpha = _fit(y[told], later[told], days[told], weight[told])
    influence = np.zeros(len(people))
    for events, exposure, log_rate, sign in zip(
        (after, before), (days_after, days_before), log_rates[::-1], (1, -1), strict=True
    ):
        mean = exposure * math.exp(log_rate)
        weighted = 1 / (1 + alpha * mean)
        influence += sign * (events - mean) * weighted / float((mean * weighted) @ people)
    log_ratio = log_rates[1] - log_rates[0]
    return wald_ratio(log_ratio, float(influence**2 @ people), conf_level, NEGATIVE_BINOMIAL), alpha


def _fit(y: Array, later: Array, days: Array, weight: Array) -> tuple[tuple[float, float], float]:
    """Return the log rates before and after, and the dispersion, by maximum likelihood."""
    from scipy.optimize import minimize_scalar
    from statsmodels.genmod.families import NegativeBinomial
    from statsmodels.genmod.generalized_linear_model import GLM

    design = np.column_stack([1 - later, later])
    rates = (design.T @ (y * weight)) / (design.T @ (days * weight))
    mean = days * (design @ rates)
    # the slope of the likelihood at no dispersion: counts that vary no more than Poisson's have none
    if float(weight @ ((y - mean) ** 2 - y)) <= 0:
        return (math.log(rates[0]), math.log(rates[1])), 0.0

    def fitted(log_alpha: float) -> Any:
        family = NegativeBinomial(alpha=math.exp(log_alpha))
        model = GLM(y, design, family=family, offset=np.log(days), freq_weights=weight)
        return model.fit(start_params=np.log(rates), tol=1e-13, maxiter=200)

    found = minimize_scalar(
        lambda log_alpha: -fitted(log_alpha).llf, bounds=SEARCHED, method="bounded", options={"xatol": 1e-9}
    ).x
    before, after = fitted(found).params
    return (float(before), float(after)), math.exp(found)
