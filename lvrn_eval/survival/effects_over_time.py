"""How each effect of a Cox model runs over time: an estimate for each stretch of many events, and nobody's residual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import ESTIMATE_COLUMNS, Result, Sentence
from lvrn_eval.survival.cox_tables import COUNT_COLUMNS, method
from lvrn_eval.survival.describe import FEW_EVENTS
from lvrn_eval.survival.inputs import ALL
from lvrn_eval.survival.kernels.cox_zph import change_score
from lvrn_eval.survival.kernels.interval import critical_value
from lvrn_eval.survival.proportional_hazards import test_proportional_hazards

if TYPE_CHECKING:
    from lvrn_eval.survival.cox_fit import CoxFit
    from lvrn_eval.survival.kernels.tally import Floats, Integers

FUNCTION = "effects_over_time"
MOST = 10
MOST_STEPS = 25
CLOSE, NOTHING = 1e-9, 1e-9
"""Steps end when none moves a coefficient by more of its error; a share of the information below this is none."""


def effects_over_time(fit: CoxFit, stretches: int | None = None) -> Result:
    """Estimate each coefficient of a Cox model anew in stretches of time.

    Parameters
    ----------
    fit
        From ``fit_cox``, without Firth's penalty.
    stretches
        Into how many stretches of about equally many events time is cut; by default as many as leave twice
        ``FEW_EVENTS`` events in each, and no more than 10.

    Returns
    -------
    Result
        ``table``: the columns of every table of estimates, a row per coefficient and stretch, on the log scale;
        ``n`` of the category, for a category, else of all, ``n_events`` those of the stretch; then ``time`` (the mean
        time of its events), ``fitted`` (the coefficient of the whole model), ``label``, and ``n_reference``, how many
        people the category is held against, missing for numbers; ``p_value`` is of ``test_proportional_hazards`` for
        the term. Drawn as ``proportional_hazards``.

    Raises
    ------
    AnalysisError
        When a stretch would have fewer than ``FEW_EVENTS`` events, or the model has Firth's penalty.

    Notes
    -----
    The maximum of the partial likelihood of the events of the stretch alone, with model-based intervals. A plot of
    scaled Schoenfeld residuals shows the first step towards it, person by person; here no row is one person. Where a
    stretch tells nothing of a term, as when nobody at risk differs in it, or its likelihood has no maximum, there is no
    estimate.

    *Validated against* R survival 3.5-3 by way of ``fit_cox``, on rows cut at the ends of the stretches
    (tests/survival/test_survival_times_effects.py).

    References
    ----------
    Grambsch and Therneau (1994), Biometrika 81, 515-526.

    Examples
    --------
    >>> from lvrn_eval.survival.cox import fit_cox
    >>> days = list(range(1, 41))
    >>> frame = pd.DataFrame({"days": days, "event": 1, "age": [15 + day * 7 % 11 for day in days]})
    >>> result = effects_over_time(fit_cox(frame, "age", time="days", event="event"))
    >>> result.table["n_events"].to_list()
    [20, 20]
    """
    if fit.penalty is not None:
        raise AnalysisError(f"{FUNCTION}: not known for penalty={fit.penalty!r}; fit without it")
    cut = _stretches(fit, stretches)
    tests = test_proportional_hazards(fit).table.set_index("term")["p_value"]
    rows = [row for number in range(int(cut.max()) + 1) for row in _rows(fit, cut == number, tests)]
    table = pd.DataFrame(rows).sort_values("place", kind="stable").reset_index(drop=True)
    table = table[[*ESTIMATE_COLUMNS, "time", "fitted", "label", "n_reference"]].astype({"n_reference": "Int64"})
    how = {"estimator": "Cox proportional hazards, in each stretch of time alone", "stretches": int(cut.max()) + 1}
    chosen: dict[str, Any] = method(fit) | how
    text = "An effect that stays the same lies within its band around the fitted one at all times."
    return Result(
        name=FUNCTION,
        title="Effects on the hazard of a recorded event, over time",
        table=table,
        method=chosen,
        text=(Sentence(text),),
        count_columns=(*COUNT_COLUMNS, "n_reference"),
        figure="proportional_hazards",
    )


def _stretches(fit: CoxFit, stretches: int | None) -> Integers:
    """Return the number of each moment's stretch; events at one time stay together, whatever their stratum."""
    _, place = np.unique(fit.sample.rows.time, return_inverse=True)
    deaths = np.bincount(place, weights=fit.sample.rows.deaths).astype(np.int64)
    total = int(deaths.sum())
    wanted = min(MOST, max(1, total // (2 * FEW_EVENTS))) if stretches is None else stretches
    before = np.cumsum(deaths) - deaths
    number = np.minimum(before * wanted // total, wanted - 1)
    events = np.bincount(number, weights=deaths, minlength=wanted)
    if events.min() < FEW_EVENTS:
        raise AnalysisError(
            f"{FUNCTION}: a stretch of time would have fewer than {FEW_EVENTS} events; give fewer stretches",
        )
    return np.asarray(number[place], dtype=np.int64)


def _rows(fit: CoxFit, within: Any, tests: pd.Series) -> list[dict[str, Any]]:
    """Return the rows of one stretch."""
    rows = fit.sample.rows
    beta, error = _alone(fit, within.astype(np.float64))
    away = critical_value(fit.conf_level) * error
    deaths = rows.deaths[within]
    common = {"group": ALL, "conf_level": fit.conf_level, "n_events": int(deaths.sum())}
    time = float(rows.time[within] @ deaths / deaths.sum())
    return [
        {
            "term": column.name,
            "estimate": beta[place],
            "std_error": error[place],
            "conf_low": beta[place] - away[place],
            "conf_high": beta[place] + away[place],
            "p_value": float(tests[column.term]),
            "time": time,
            "fitted": fit.beta[place],
            "label": column.label,
            "n": size.n,
            "n_reference": size.outside.n if size.of_category and size.outside is not None else None,
            "place": place,
        }
        | common
        for place, (column, size) in enumerate(zip(fit.sample.design.columns, fit.sample.sizes, strict=True))
    ]


def _alone(fit: CoxFit, within: Floats) -> tuple[Floats, Floats]:
    """Return the coefficients that the events of a stretch alone give, and their errors, by Newton's method.

    Not a number for terms the stretch tells nothing of, and for all when there is no maximum.
    """
    beta, error = fit.beta.copy(), np.full(fit.beta.size, np.nan)
    unknown = np.full(fit.beta.size, np.nan)
    for _ in range(MOST_STEPS):
        found = change_score(fit.sample.rows, beta, fit.ties, within)
        told = np.diag(found.changed) > NOTHING * np.diag(found.information)
        kept = found.changed[np.ix_(told, told)]
        if np.linalg.matrix_rank(kept, hermitian=True) < kept.shape[0]:
            return unknown, unknown
        inverse = np.linalg.inv(kept)
        step = inverse @ found.score[told]
        beta[told] += step
        error[told] = np.sqrt(np.diag(inverse))
        if np.abs(step / error[told]).max(initial=0.0) < CLOSE:
            return np.where(told, beta, np.nan), np.where(told, error, np.nan)
    return unknown, unknown
