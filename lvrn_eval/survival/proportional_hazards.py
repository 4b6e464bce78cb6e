"""Whether hazard ratios stay the same over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.phrases import p_text
from lvrn_eval.result import Check, Result, Sentence
from lvrn_eval.survival.cox_fit import CoxFit, chi_square_tail
from lvrn_eval.survival.cox_tables import COUNT_COLUMNS, method
from lvrn_eval.survival.describe import degrees
from lvrn_eval.survival.inputs import choice
from lvrn_eval.survival.kernels.cox_zph import change_score
from lvrn_eval.survival.kernels.tally import distinct

if TYPE_CHECKING:
    from lvrn_eval.survival.kernels.tally import Floats

TRANSFORMS = ("km", "rank", "identity", "log")
TOGETHER = "all terms"
CAUTION = 0.05


def test_proportional_hazards(fit: CoxFit, transform: str = "km") -> Result:  # noqa: PT028 - not a test of pytest
    """Test whether hazard ratios change with time.

    Parameters
    ----------
    fit
        From ``fit_cox``, without Firth's penalty.
    transform
        The function of time with which they might change: ``"km"`` (1 less the Kaplan-Meier curve just before),
        ``"rank"``, ``"identity"`` or ``"log"``.

    Returns
    -------
    Result
        ``table``: ``term`` (the parts of the formula, then ``all terms``), ``statistic`` (chi-square), ``df``,
        ``p_value``, ``n``, ``n_events``.

    Raises
    ------
    AnalysisError
        When ``transform`` is not known or cannot be taken of the times.

    Notes
    -----
    The score test of adding each term times the function of time, as in R from survival 3.0 on (before, and in
    lifelines, an approximation takes the place of the information at each time). ``km`` and ``rank`` are taken of all
    rows, strata together and unweighted, as there.

    *Validated against* R survival 3.5-3, ``cox.zph`` (tests/survival/test_survival_cox_r.py).

    References
    ----------
    Grambsch and Therneau (1994), Biometrika 81, 515-526.

    Examples
    --------
    >>> from lvrn_eval.survival.cox import fit_cox
    >>> days, event, age = [5, 8, 9, 12, 15, 20], [1, 1, 0, 1, 1, 0], [15, 17, 16, 15, 19, 18]
    >>> frame = pd.DataFrame({"days": days, "event": event, "age": age})
    >>> fit = fit_cox(frame, "age", time="days", event="event")
    >>> test_proportional_hazards(fit).table["term"].to_list()
    ['age', 'all terms']
    """
    function = "test_proportional_hazards"
    choice(function, "transform", transform, TRANSFORMS)
    if fit.penalty is not None:
        raise AnalysisError(f"{function}: the test is not known for penalty={fit.penalty!r}; fit without it")
    rows = fit.sample.rows
    time = _transformed(fit, transform)
    found = change_score(rows, fit.beta, fit.ties, time - time @ rows.deaths / rows.deaths.sum())
    terms = fit.sample.design.terms | {TOGETHER: tuple(range(rows.n_terms))}
    table = pd.DataFrame(
        [{"term": term, "statistic": found.test(places), "df": len(places)} for term, places in terms.items()],
    )
    pairs = zip(table["statistic"], table["df"], strict=True)
    p_values = [float(chi_square_tail(float(statistic), int(df))) for statistic, df in pairs]
    table = table.assign(p_value=p_values, n=fit.sample.n, n_events=fit.sample.n_events)
    chosen: dict[str, Any] = method(fit) | {"estimator": "score test of change with time", "transform": transform}
    return Result(
        name="proportional_hazards",
        title="Tests of hazard ratios that stay the same over time",
        table=table,
        method=chosen,
        checks=(_check(table),),
        text=tuple(Sentence(_words(row)) for row in table.itertuples()),
        count_columns=COUNT_COLUMNS,
    )


# pytest would take an imported function of this name for a test
test_proportional_hazards.__test__ = False  # type: ignore[attr-defined]


def _transformed(fit: CoxFit, transform: str) -> Floats:
    """Return the function of time at every moment."""
    sample, time = fit.sample, fit.sample.rows.time.astype(np.float64)
    if transform == "identity":
        return time
    if transform == "log":
        if time.min() <= 0:
            raise AnalysisError("test_proportional_hazards: events at time 0 have no logarithm; use another transform")
        return np.log(time)
    times, place = distinct(sample.time)
    leaving = np.bincount(place)
    if transform == "rank":
        middle = np.cumsum(leaving) - (leaving - 1) / 2
        return np.asarray(middle[np.searchsorted(times, time)])
    at_risk = np.cumsum(leaving[::-1])[::-1].astype(np.float64)
    if sample.entry is not None:
        # those who come at a time or later are not at risk at it
        known = np.bincount(np.searchsorted(times, sample.entry, side="right"), minlength=times.size + 1)
        at_risk -= np.cumsum(known[::-1])[::-1][1:]
    events = np.bincount(place[sample.event], minlength=times.size)
    curve = np.cumprod(1 - np.divide(events, at_risk, out=np.zeros(times.size), where=events > 0))
    return np.asarray(1 - np.append(1.0, curve)[np.searchsorted(times, time)])


def _check(table: pd.DataFrame) -> Check:
    whole = table.iloc[-1]
    kept = bool(whole["p_value"] >= CAUTION)
    verdict = "Little sign" if kept else "Signs"
    text = f"{verdict} that hazard ratios change with time ({p_text(whole['p_value'])}, all terms together)."
    return Check("proportional_hazards", kept, text, float(whole["statistic"]), float(whole["p_value"]))


def _words(row: Any) -> str:
    name = row.term[0].upper() + row.term[1:] if row.term == TOGETHER else row.term
    return f"{name}: chi-square {row.statistic:.2f} on {degrees(row.df)} of freedom, {p_text(row.p_value)}."
