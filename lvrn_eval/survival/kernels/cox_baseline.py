"""The cumulative hazard under a Cox model, and its variance for people with given covariates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lvrn_eval.survival.kernels.cox import Ties, cumulate
from lvrn_eval.survival.kernels.cox_rows import Rows
from lvrn_eval.survival.kernels.residuals import moments
from lvrn_eval.survival.kernels.tally import Floats, Integers, Numbers


@dataclass(frozen=True)
class Baseline:
    """The cumulative hazard of somebody with covariates ``mean``, at every moment, by stratum and time.

    Attributes
    ----------
    time, stratum
        Shape ``(n_moments,)``; ``stratum`` are the codes given to ``arrange``.
    hazard
        The cumulative hazard: Efron's sum of tied steps, or Breslow's.
    variance
        Of ``hazard``, were the coefficients known.
    pull
        Sum of the mean covariates at risk (less ``mean``) times the rise of the hazard, ``(n_terms, n_moments)``.
    mean
        The covariates at which the curve stands, shape ``(n_terms,)``.
    """

    time: Numbers
    stratum: Integers
    hazard: Floats
    variance: Floats
    pull: Floats
    mean: Floats

    def of(self, x: Floats, beta: Floats, covariance: Floats) -> tuple[Floats, Floats]:
        """Return cumulative hazards and their standard errors for covariates ``x``, shape ``(k, n_terms)``.

        Both have shape ``(k, n_moments)``.
        """
        away = x - self.mean
        risk = np.exp(away @ beta)[:, None]
        # how each coefficient moves the curve: (k, n_terms, n_moments)
        lever = away[:, :, None] * self.hazard - self.pull
        spread = np.einsum("kpm,pq,kqm->km", lever, covariance, lever)
        return risk * self.hazard, risk * np.sqrt(self.variance + spread)


def baseline(rows: Rows, beta: Floats, ties: Ties = "efron") -> Baseline:
    """Return the cumulative hazard of somebody whose covariates are the means of all rows given."""
    at = moments(rows, beta, ties)
    hazard, variance, pull = (cumulate(rows, step) for step in (at.hazard, at.variance, at.pull))
    return Baseline(rows.time, rows.stratum, hazard, variance, pull, rows.mean)
