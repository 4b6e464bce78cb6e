"""Curves under a fitted Cox model, for people with given covariates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError, Fault
from lvrn_eval.phrases import people
from lvrn_eval.result import Result, Sentence
from lvrn_eval.survival.cox_tables import method
from lvrn_eval.survival.frames import levels
from lvrn_eval.survival.inputs import choice, labels, level, refuse, unknown_columns
from lvrn_eval.survival.kernels.cox_baseline import Baseline, baseline
from lvrn_eval.survival.kernels.interval import HAZARD, SURVIVAL, critical_value, hazard_interval, survival_interval
from lvrn_eval.survival.risk_table import tidy

if TYPE_CHECKING:
    from lvrn_eval.survival.cox_fit import CoxFit
    from lvrn_eval.survival.kernels.tally import Floats, Integers, Numbers

COUNTS = ("at_risk", "events", "censored")


def predict_survival(
    fit: CoxFit,
    newdata: pd.DataFrame,
    conf_level: float = 0.95,
    conf_type: str = "log-log",
) -> Result:
    """Predict the share without the event over time for people with given covariates.

    Parameters
    ----------
    fit
        From ``fit_cox``, without Firth's penalty or with it.
    newdata
        One row per curve, with the columns the formula names (and the strata's column, where there are strata); its
        index names the curves.
    conf_level
        Level of the pointwise intervals.
    conf_type
        The scale on which they are symmetric, as in ``kaplan_meier``.

    Returns
    -------
    Result
        ``table``: ``group`` (the label of the row of ``newdata``), ``time`` (0, then every time of an event),
        ``at_risk``, ``events``, ``censored`` (from that time until the next; of the stratum, whatever their
        covariates), ``estimate``, ``std_error``, ``conf_low``, ``conf_high``.

    Raises
    ------
    AnalysisError
        When ``newdata`` lacks a column, or holds a category or stratum the fit has not seen.

    Notes
    -----
    S(t) = exp(-H0(t) exp(x b)), H0 being Efron's or Breslow's estimate, as the fit treats ties. The variance counts the
    uncertainty of the baseline and of the coefficients (with their robust covariance, where the fit has one).

    *Validated against* R survival 3.5-3, ``survfit.coxph`` (tests/survival/test_survival_cox_r.py).

    References
    ----------
    Therneau and Grambsch (2000), Modeling Survival Data, section 10.2.

    Examples
    --------
    >>> from lvrn_eval.survival.cox import fit_cox
    >>> days, event, age = [5, 8, 9, 12, 15, 20], [1, 1, 0, 1, 1, 0], [15, 17, 16, 15, 19, 18]
    >>> frame = pd.DataFrame({"days": days, "event": event, "age": age})
    >>> fit = fit_cox(frame, "age", time="days", event="event")
    >>> curve = predict_survival(fit, pd.DataFrame({"age": [16]}, index=["aged 16"])).table
    >>> [round(float(share), 2) for share in curve["estimate"]]
    [1.0, 0.83, 0.64, 0.41, 0.07]
    """
    level("predict_survival", conf_level)
    choice("predict_survival", "conf_type", conf_type, SURVIVAL)
    z = critical_value(conf_level)
    curves = []
    for curve in _curves("predict_survival", fit, newdata):
        share = np.exp(-curve.hazard)
        limits = survival_interval(share, curve.error, z, conf_type)
        curves.append(curve.table(share, share * curve.error, limits, start=1.0))
    what = "Predicted share without a recorded event over time (Cox)"
    return _result("predicted_survival", what, fit, curves, conf_level, conf_type)


def predict_hazard(
    fit: CoxFit,
    newdata: pd.DataFrame | None = None,
    conf_level: float = 0.95,
    conf_type: str = "log",
) -> Result:
    """Predict the cumulative hazard over time, for given covariates or the mean of everyone's.

    Parameters
    ----------
    fit
        From ``fit_cox``.
    newdata
        As in ``predict_survival``; None for the baseline: every covariate at its mean, one curve per stratum.
    conf_level, conf_type
        Level of the pointwise intervals, and their scale: ``"log"`` or ``"plain"`` (cut at 0).

    Returns
    -------
    Result
        Columns as in ``predict_survival``; ``estimate`` is the cumulative hazard.

    Raises
    ------
    AnalysisError
        As in ``predict_survival``.

    Notes
    -----
    *Validated against* R survival 3.5-3, ``survfit.coxph`` and ``basehaz`` (tests/survival/test_survival_cox_r.py).
    Unlike there, a covariate that is a category is at the mean of its terms too, which is nobody's.

    Examples
    --------
    >>> from lvrn_eval.survival.cox import fit_cox
    >>> days, event, age = [5, 8, 9, 12, 15, 20], [1, 1, 0, 1, 1, 0], [15, 17, 16, 15, 19, 18]
    >>> frame = pd.DataFrame({"days": days, "event": event, "age": age})
    >>> fit = fit_cox(frame, "age", time="days", event="event")
    >>> [round(float(hazard), 2) for hazard in predict_hazard(fit).table["estimate"]]
    [0.0, 0.13, 0.31, 0.62, 1.89]
    """
    level("predict_hazard", conf_level)
    choice("predict_hazard", "conf_type", conf_type, HAZARD)
    z = critical_value(conf_level)
    curves = []
    for curve in _curves("predict_hazard", fit, newdata):
        limits = hazard_interval(curve.hazard, curve.error, z, conf_type)
        curves.append(curve.table(curve.hazard, curve.error, limits, start=0.0))
    what = "Predicted cumulative hazard of a recorded event over time (Cox)"
    return _result("predicted_hazard", what, fit, curves, conf_level, conf_type)


@dataclass(frozen=True)
class _Stratum:
    """The moments of one stratum: where they stand among all, and how many rows meet them."""

    moments: slice
    time: Numbers
    at_risk: Integers
    events: Integers
    censored: Integers


@dataclass(frozen=True)
class _Curve:
    """A cumulative hazard with its error at every moment of its stratum."""

    label: str
    stratum: _Stratum
    hazard: Floats
    error: Floats

    def table(self, estimate: Floats, error: Floats, limits: tuple[Floats, Floats], start: float) -> pd.DataFrame:
        """Return a row for time 0 and for every moment."""
        at = self.stratum
        return pd.DataFrame(
            {
                "group": self.label,
                "time": np.append(0, at.time),
                **{name: getattr(at, name) for name in COUNTS},
                "estimate": np.append(start, estimate),
                "std_error": np.append(0.0, error),
                "conf_low": np.append(start, limits[0]),
                "conf_high": np.append(start, limits[1]),
            },
        )


@dataclass(frozen=True)
class _Base:
    """The baseline of a fit, and its strata."""

    fit: CoxFit

    @cached_property
    def curve(self) -> Baseline:
        return baseline(self.fit.sample.rows, self.fit.beta, self.fit.ties)

    def stratum(self, code: int) -> _Stratum | None:
        """Return a stratum, or None when nobody in it has the event."""
        sample, rows = self.fit.sample, self.fit.sample.rows
        found = np.flatnonzero(rows.stratum == code)
        if not found.size:
            return None
        part = slice(int(found[0]), int(found[-1]) + 1)
        mine = sample.counted if sample.stratum is None else sample.counted & (sample.stratum == code)
        time = rows.time[part]
        left = np.searchsorted(time, sample.time[mine], side="right")
        came = (
            np.zeros(1, np.int64) if sample.entry is None else np.searchsorted(time, sample.entry[mine], side="right")
        )
        leaving = np.bincount(left, minlength=time.size + 1)
        coming = (
            np.bincount(came, minlength=time.size + 1) if sample.entry is not None else np.zeros(time.size + 1, int)
        )
        # those who leave at a moment or after it, less those who come only later
        ahead = np.cumsum(leaving[::-1])[::-1] - np.cumsum(coming[::-1])[::-1] + coming
        at_risk = np.append(int(mine.sum()) - int(coming[1:].sum()), ahead[1:] - coming[1:])
        events = np.append(0, rows.deaths[part])
        return _Stratum(part, tidy(time.astype(np.float64)), at_risk, events, leaving - events)


def _curves(function: str, fit: CoxFit, newdata: pd.DataFrame | None) -> list[_Curve]:
    base, sample = _Base(fit), fit.sample
    if newdata is None:
        x = np.repeat(sample.rows.mean[None], len(sample.strata), axis=0)
        names, codes = sample.strata, np.arange(len(sample.strata))
    else:
        if len(newdata) == 0:
            raise AnalysisError(f"{function}: newdata has no rows; give one row for each curve")
        x = sample.design.work_out(function, newdata)
        names, codes = labels(newdata.index), _strata(function, fit, newdata)
    whole = {int(code): base.stratum(int(code)) for code in np.unique(codes)}
    curves = []
    for code, stratum in whole.items():
        if stratum is None and newdata is not None:
            what = f"nobody in stratum {sample.strata[code]!r} had a recorded event"
            refuse(function, [Fault("newdata", what, "no curve can be estimated there; leave its rows out")])
        if stratum is None:
            continue
        mine = np.flatnonzero(codes == code)
        hazard, error = base.curve.of(x[mine], fit.beta, fit.covariance)
        curves += [
            (place, _Curve(names[place], stratum, one[stratum.moments], two[stratum.moments]))
            for place, one, two in zip(mine, hazard, error, strict=True)
        ]
    return [curve for _, curve in sorted(curves, key=lambda pair: int(pair[0]))]


def _strata(function: str, fit: CoxFit, newdata: pd.DataFrame) -> Integers:
    """Return the code of every row's stratum."""
    column = fit.sample.columns.strata
    if column is None:
        return np.zeros(len(newdata), np.int64)
    only = type(fit.sample.columns)(time=column, event=column)
    missing = unknown_columns(only, [str(name) for name in newdata.columns])[:1]
    refuse(function, [Fault(f"strata={column!r}", fault.what, fault.fix) for fault in missing])
    found, codes = levels(newdata[column])
    unknown = [name for name in found if name not in fit.sample.strata]
    if unknown or bool(newdata[column].isna().any()):
        what = f"column {column!r} is missing or holds a stratum that the fit has not seen"
        refuse(function, [Fault(f"strata={column!r}", what, f"known: {', '.join(fit.sample.strata)}")])
    return np.array([fit.sample.strata.index(name) for name in found], np.int64)[codes]


def _result(
    name: str,
    what: str,
    fit: CoxFit,
    curves: list[pd.DataFrame],
    conf_level: float,
    conf_type: str,
) -> Result:
    chosen: dict[str, Any] = method(fit) | {"conf_level": conf_level, "conf_type": conf_type}
    sizes = (fit.sample.n, fit.sample.n_events, abs(fit.sample.n - fit.sample.n_with_event))
    return Result(
        name=name,
        title=what,
        table=pd.concat(curves, ignore_index=True),
        method=chosen | {"estimator": f"{chosen['estimator']}, predicted"},
        text=(Sentence(f"{people(sizes[0])}, {sizes[1]} recorded events, behind every curve.", sizes),),
        count_columns=COUNTS,
        shape="curve",
        figure="survival_curve" if name == "predicted_survival" else None,
    )


__all__ = ["predict_hazard", "predict_survival"]
