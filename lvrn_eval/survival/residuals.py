"""Residuals of a fitted Cox model: for a look at single rows, where they are; never for publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.inputs import choice
from lvrn_eval.survival.kernels import residuals as kernels

if TYPE_CHECKING:
    from lvrn_eval.survival.cox_fit import CoxFit
    from lvrn_eval.survival.kernels.tally import Floats

KINDS = ("martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaled_schoenfeld")


def cox_residuals(fit: CoxFit, kind: str) -> pd.DataFrame:
    """Return residuals of a Cox model.

    Parameters
    ----------
    fit
        From ``fit_cox``, without Firth's penalty.
    kind
        ``"martingale"`` (events recorded less events expected) or ``"deviance"`` (the same made symmetric): one column,
        called so. ``"score"`` or ``"dfbeta"`` (how far leaving the row out would move each coefficient, about; times
        the weight): one column per coefficient. ``"schoenfeld"`` or ``"scaled_schoenfeld"`` (covariates of each event
        less their mean at risk; scaled, an estimate of the coefficient at that time): also ``time`` and ``stratum``,
        one row per event, by stratum and time.

    Returns
    -------
    DataFrame
        With the index of the data. It holds people's rows: not for publication.

    Raises
    ------
    AnalysisError
        When ``kind`` is not known.

    Notes
    -----
    *Validated against* R survival 3.5-3, ``residuals.coxph`` (tests/survival/test_survival_cox_r.py). Rows with weight
    0, which the fit leaves out, have 0.

    Examples
    --------
    >>> from lvrn_eval.survival.cox import fit_cox
    >>> days, event, age = [5, 8, 9, 12, 15, 20], [1, 1, 0, 1, 1, 0], [15, 17, 16, 15, 19, 18]
    >>> frame = pd.DataFrame({"days": days, "event": event, "age": age})
    >>> fit = fit_cox(frame, "age", time="days", event="event")
    >>> [round(float(value), 2) for value in cox_residuals(fit, "martingale")["martingale"]]
    [0.69, 0.74, -0.44, -0.5, 0.44, -0.94]
    """
    choice("cox_residuals", "kind", kind, KINDS)
    if fit.penalty is not None:
        raise AnalysisError(f"cox_residuals: residuals are not known for penalty={fit.penalty!r}; fit without it")
    if kind in {"martingale", "deviance"}:
        return pd.DataFrame({kind: _martingale(fit, kind)}, index=fit.sample.index)
    names = list(fit.sample.design.names)
    if kind in {"score", "dfbeta"}:
        return pd.DataFrame(_score(fit, kind), index=fit.sample.index, columns=names)
    found, rows = kernels.schoenfeld(fit.sample.rows, fit.beta, fit.ties)
    if kind == "scaled_schoenfeld":
        found = found @ fit.model_covariance * len(found) + fit.beta
    table = pd.DataFrame(found, index=fit.sample.index[rows], columns=names)
    strata = np.array(fit.sample.strata, object)
    stratum = strata[np.zeros(len(rows), int) if fit.sample.stratum is None else fit.sample.stratum[rows]]
    return table.assign(time=fit.sample.time[rows], stratum=stratum)


def _martingale(fit: CoxFit, kind: str) -> Floats:
    found = kernels.martingale(fit.sample.rows, fit.beta, fit.ties)
    return found if kind == "martingale" else kernels.deviance(found, fit.sample.event & fit.sample.counted)


def _score(fit: CoxFit, kind: str) -> Floats:
    found = kernels.score(fit.sample.rows, fit.beta, fit.ties)
    if kind == "dfbeta":
        return np.asarray(found @ fit.model_covariance)
    weight = fit.sample.weight
    return found if weight is None else found / np.where(weight > 0, weight, 1.0)[:, None]
