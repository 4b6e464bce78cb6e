"""Times whose whole distribution is given by a few numbers: Weibull, exponential, log-normal, log-logistic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import Check, Result, Sentence
from lvrn_eval.survival import model_rows
from lvrn_eval.survival.bring_home import People, read_people
from lvrn_eval.survival.inputs import ALL, Columns, choice, level
from lvrn_eval.survival.kernels.location_scale import DISTRIBUTIONS, Times, least_squares, log_likelihood
from lvrn_eval.survival.kernels.newton import Maximum, climb
from lvrn_eval.survival.kernels.tally import Floats
from lvrn_eval.survival.terms import INTERCEPT, Term, sized, terms

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table

LOG_SCALE = "(log scale)"
NAMES: Mapping[str, str] = {
    "weibull": "Weibull",
    "exponential": "exponential",
    "log_normal": "log-normal",
    "log_logistic": "log-logistic",
}


@dataclass(frozen=True)
class Fitted:
    """One distribution's fit: its name, where the climb ended, and how many parameters were free."""

    distribution: str
    maximum: Maximum

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2 * (self.maximum.at.size - self.maximum.value)


def parametric(
    data: Table | Frame,
    formula: str,
    time: str,
    event: str,
    distribution: str = "weibull",
    entry: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Fit an accelerated failure time model: covariates stretch or shrink the time to a recorded event.

    Parameters
    ----------
    data
        One row per person: a table of the project, or a pandas, Polars or Arrow frame.
    formula
        The covariates, such as ``"age + site"``; ``"1"`` for none.
    time, event
        The columns with the time at which observation ends (above 0, in any one unit from each person's own start),
        and whether it ends with the event: 1 or true; else 0 or false.
    distribution
        ``"weibull"``, ``"exponential"``, ``"log_normal"`` or ``"log_logistic"``.
    entry
        A column with the time at which observation began (left truncation); without it, everyone is observed from the
        start.
    conf_level
        Level of the intervals.

    Returns
    -------
    Result
        ``table``, a row per term and last ``(log scale)`` (not for the exponential): the columns of every table of
        estimates on the scale of the log time, then ``ratio`` (the time ratio), ``ratio_low``, ``ratio_high``,
        ``statistic`` (Wald's z), ``measure``, ``variable``, ``label``, ``level``, ``reference``; ``n`` and ``n_events``
        are those of the category, for a category, else of all. ``parts["comparison"]`` has a row for every distribution
        on the same data and terms: ``distribution``, ``parameters``, ``log_likelihood``, ``aic``, ``converged``, ``n``,
        ``n_events``.

    Raises
    ------
    AnalysisError
        When the data, formula or a choice cannot be used (every fault at once, in counts of rows), there is no event,
        or no maximum of the likelihood was found.

    Notes
    -----
    log T = x beta + sigma e, with e of the smallest extreme value (Weibull; exponential with sigma = 1), normal or
    logistic distribution; maximum likelihood, errors from the observed information. A time ratio above 1 means longer
    until the event. For the Weibull, the hazard ratio is the time ratio to the power of -1 / sigma. Late entry is
    conditioned on. All distributions stand for the same times, so their AIC can be compared with one another, but not
    with that of a Cox model. Newton's method with exact second derivatives takes the likelihood to its maximum; general
    optimisers stop earlier (lifelines 0.30.3 on recid: log-logistic coefficients up to 5e-3 away).

    *Validated against* R survival 3.5-3, ``survreg``; with late entry against an independent likelihood in R, and
    against lifelines 0.30.3 (tests/survival/test_survival_parametric.py).

    References
    ----------
    Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd edition, Wiley, chapter 3.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [2, 4, 6, 8], "event": [1, 1, 1, 0]})
    >>> result = parametric(frame, "1", time="days", event="event", distribution="exponential")
    >>> round(float(result.row("(intercept)")["ratio"]), 3)
    6.667
    """
    level("parametric", conf_level)
    choice("parametric", "distribution", distribution, DISTRIBUTIONS)
    columns = Columns(time, event, entry=entry)
    seen = read_people("parametric", data, columns, [formula], log_time=True)
    made = terms("parametric", seen.frame, formula, intercept=True)
    observed = observed_times("parametric", seen, made.x)
    found = fit_all(observed)
    best = found[distribution]
    refuse_failed("parametric", best)
    n, n_events = observed.time.size, int(observed.event.sum())
    scale = () if DISTRIBUTIONS[distribution].fixed_scale else (log_scale(n, n_events),)
    listed = (*sized(made.terms, list(made.x.T), observed.event), *scale)
    rows = model_rows.term_rows(
        listed,
        best.maximum.at,
        best.maximum.covariance,
        conf_level=conf_level,
        measure="time ratio",
    )
    method = _method(columns, formula, distribution) | {"conf_level": conf_level}
    checks = (*model_rows.size_checks(n, n_events, made.x.shape[1] - 1), *fit_checks(found, distribution))
    effects = [row for row in rows if row["term"] not in {INTERCEPT, LOG_SCALE}]
    return Result(
        name="parametric",
        title=f"Time to a recorded event ({NAMES[distribution]} model)",
        table=model_rows.term_table(rows),
        method=method,
        checks=checks,
        text=(
            model_rows.size_sentence(n, n_events),
            *model_rows.term_sentences(effects, "time ratio"),
            _reading(effects),
            *model_rows.cautions(checks),
        ),
        count_columns=("n", "n_events"),
        parts={"comparison": comparison("parametric_comparison", found.values(), n, n_events, method)},
        figure="forest",
    )


def log_scale(n: int, n_events: int) -> Term:
    """Return the term of the spread of the log times, which rests on everyone."""
    return Term(LOG_SCALE, LOG_SCALE, LOG_SCALE, n=n, n_events=n_events)


def observed_times(function: str, seen: People, x: Floats, w: Floats | None = None) -> Times:
    """Return what the likelihood needs.

    Raises
    ------
    AnalysisError
        When nobody has the event.
    """
    if not seen.event.any():
        raise AnalysisError(f"{function}: none of {seen.time.size} people has the event, so there is nothing to model")
    return Times(x, seen.time, seen.event.astype(bool), seen.entry, w)


def fit_all(observed: Times) -> dict[str, Fitted]:
    """Fit every distribution to the same times and covariates."""
    return {name: fit_one(name, observed) for name in DISTRIBUTIONS}


def fit_one(name: str, observed: Times) -> Fitted:
    """Climb from the least squares of the log times; covariates are standardised on the way, which is exact."""
    kind = DISTRIBUTIONS[name]
    scaled, back = standardised(observed.x)
    times = Times(scaled, observed.time, observed.event, observed.entry)
    top = climb(lambda at: log_likelihood(kind, times, at), least_squares(kind, times))
    turn = np.eye(top.at.size)
    turn[: back.shape[0], : back.shape[0]] = back
    return Fitted(name, transformed(top, turn))


def standardised(x: Floats) -> tuple[Floats, Floats]:
    """Return covariates with mean 0 and spread 1 (the first, of ones, as it is), and what brings coefficients back."""
    mean, spread = x[:, 1:].mean(axis=0), x[:, 1:].std(axis=0)
    scaled = np.column_stack([x[:, :1], (x[:, 1:] - mean) / spread])
    back = np.diag(np.append(1.0, 1 / spread))
    back[0, 1:] = -mean / spread
    return scaled, back


def transformed(top: Maximum, turn: Floats) -> Maximum:
    """Return a maximum in parameters ``turn @ at``."""
    undo = np.linalg.inv(turn)
    information: Floats = undo.T @ top.information @ undo
    return Maximum(top.value, turn @ top.at, information, top.iterations, top.converged)


def refuse_failed(function: str, fitted: Fitted) -> None:
    """Refuse a fit without a maximum.

    Raises
    ------
    AnalysisError
        With the likely causes.
    """
    if not fitted.maximum.converged:
        raise AnalysisError(
            f"{function}: no maximum of the {NAMES[fitted.distribution]} likelihood was found; a level of a factor in "
            "which nobody, or everybody, has the event is the usual cause, or too few events for the terms",
        )


def fit_checks(found: Mapping[str, Fitted], chosen: str) -> Iterator[Check]:
    """Yield whether the chosen distribution fits as well as any."""
    done = {name: fit for name, fit in found.items() if fit.maximum.converged}
    best = min(done.values(), key=lambda fit: fit.aic)
    gap = done[chosen].aic - best.aic
    if gap <= MUCH_WORSE:
        text = f"No other distribution fits much better (AIC within {MUCH_WORSE} of the best)."
        yield Check("distribution", True, text, gap)
    else:
        better = f"The {NAMES[best.distribution]} distribution fits better (AIC lower by {gap:.1f})."
        yield Check("distribution", False, better, gap)


MUCH_WORSE = 10
"""Burnham and Anderson (2004), Sociological Methods and Research 33, 261-304: essentially no support beyond it."""


def comparison(name: str, fits: Any, n: int, n_events: int, method: dict[str, Any]) -> Result:
    """Return the fits of the distributions side by side."""
    rows = [
        {
            "distribution": fit.distribution,
            "parameters": fit.maximum.at.size,
            "log_likelihood": fit.maximum.value,
            "aic": fit.aic,
            "converged": fit.maximum.converged,
            "n": n,
            "n_events": n_events,
        }
        for fit in fits
    ]
    title = "How well the distributions fit (lower AIC is better)"
    return Result(name, title, pd.DataFrame(rows), method, count_columns=("n", "n_events"))


def _method(columns: Columns, formula: str, distribution: str) -> dict[str, Any]:
    return {
        "estimator": "accelerated failure time model, maximum likelihood",
        "distribution": distribution,
        "formula": formula,
        "time": columns.time,
        "event": columns.event,
        "entry": columns.entry,
        "variance": "inverse of the observed information",
        "interval": "Wald",
        "missing": "refused",
        "groups": ALL,
    }


def _reading(effects: list[dict[str, Any]]) -> Sentence:
    if not effects:
        return Sentence("No covariates: the table describes the one distribution of times.")
    return Sentence("A time ratio above 1 means a longer time to a recorded event, below 1 a shorter one.")
