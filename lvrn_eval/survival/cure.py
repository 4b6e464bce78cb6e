"""The split-population model of recidivism: some people never have the event, the others have it at some time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.phrases import percent
from lvrn_eval.result import Check, Result, Sentence
from lvrn_eval.survival import model_rows
from lvrn_eval.survival.bring_home import read_people
from lvrn_eval.survival.inputs import Columns, choice, level
from lvrn_eval.survival.kernels.follow_up import insufficient_share
from lvrn_eval.survival.kernels.interval import critical_value
from lvrn_eval.survival.kernels.location_scale import (
    DISTRIBUTIONS,
    Times,
    least_squares,
    log_likelihood,
    logistic,
    split,
)
from lvrn_eval.survival.kernels.newton import climb
from lvrn_eval.survival.kernels.tally import Floats
from lvrn_eval.survival.parametric import (
    NAMES,
    Fitted,
    comparison,
    fit_checks,
    fit_one,
    log_scale,
    observed_times,
    standardised,
    transformed,
)
from lvrn_eval.survival.terms import Term, sized, terms

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table

EVER, WHEN = "ever", "when"
"""The groups of rows: whether the event ever happens, and when."""

CURED = ("weibull", "log_normal", "log_logistic")
SUFFICIENT = 0.05
"""Maller and Zhou's alpha below which follow-up counts as sufficient."""


@dataclass(frozen=True)
class Split:
    """A fitted split population: the distribution, where the climb ended, and what it was fitted to."""

    fitted: Fitted
    observed: Times

    def chances(self) -> Floats:
        """Return everybody's chance of ever having the event."""
        kind = DISTRIBUTIONS[self.fitted.distribution]
        gamma, _, _ = split(kind, self.observed, self.fitted.maximum.at)
        return logistic(self.observed.ever @ gamma)


def cure(
    data: Table | Frame,
    formula_cure: str,
    formula_time: str,
    time: str,
    event: str,
    distribution: str = "log_normal",
    entry: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Fit a split-population (mixture cure) model: who ever has a recorded event, and when those who do have it.

    Parameters
    ----------
    data
        One row per person: a table of the project, or a pandas, Polars or Arrow frame.
    formula_cure, formula_time
        The covariates of ever having the event, and of the time to it, such as ``"age + site"``; ``"1"`` for none.
    time, event
        The columns with the time at which observation ends (above 0, in any one unit from each person's own start),
        and whether it ends with the event: 1 or true; else 0 or false.
    distribution
        Of the time: ``"log_normal"``, ``"weibull"`` or ``"log_logistic"``.
    entry
        A column with the time at which observation began (left truncation); without it, everyone is observed from the
        start.
    conf_level
        Level of the intervals.

    Returns
    -------
    Result
        ``table``, a row per term: ``group`` is ``"ever"`` (log odds of ever having the event, ``ratio`` an odds ratio)
        or ``"when"`` (log time among those who have it, ``ratio`` a time ratio), the last ``(log scale)``; the columns
        of every table of estimates, then ``ratio``, ``ratio_low``, ``ratio_high``, ``statistic``, ``measure``,
        ``variable``, ``label``, ``level``, ``reference``; ``n`` and ``n_events`` are those of the category, for a
        category, else of all.
        ``parts["share"]``: the estimated share who ever have the event, on average over the people.
        ``parts["comparison"]``: a row per distribution, with and without a split: ``distribution``, ``split``,
        ``parameters``, ``log_likelihood``, ``aic``, ``converged``, ``n``, ``n_events``.

    Raises
    ------
    AnalysisError
        When the data, a formula or a choice cannot be used (every fault at once, in counts of rows), there is no
        event, or no maximum of the likelihood was found.

    Notes
    -----
    The share without the event is S*(t) = 1 - p + p S(t): p, the chance of ever having it, is logistic in the first
    covariates, and the log of the time has a location linear in the second (as in ``parametric``). Maximum likelihood
    by Newton's method from several starts, errors from the observed information. How many never have the event is an
    extrapolation: only the shape of S tells somebody who never will from somebody who has not yet, so look at
    ``follow_up_sufficient`` (Maller and Zhou), at how the share moves between distributions, and never read it as
    "cured" or "desisted": no recorded event is no recorded event.

    *Validated against* an independent likelihood maximised in R 4.2.2 (``optim``), and lifelines 0.30.3
    ``MixtureCureFitter`` without covariates (tests/survival/test_survival_cure.py).

    References
    ----------
    Schmidt and Witte (1989), Journal of Econometrics 40, 141-159. Chung, Schmidt and Witte (1991), Journal of
    Quantitative Criminology 7, 59-98. Maller and Zhou (1996), Survival Analysis with Long-Term Survivors, Wiley.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [1, 2, 3, 4, 5, 30, 30, 30, 30, 30], "event": [1] * 5 + [0] * 5})
    >>> result = cure(frame, "1", "1", time="days", event="event", distribution="log_logistic")
    >>> round(float(result.parts["share"].row("share who ever have the event")["estimate"]), 2)
    0.5
    """
    level("cure", conf_level)
    choice("cure", "distribution", distribution, CURED)
    columns = Columns(time, event, entry=entry)
    seen = read_people("cure", data, columns, [formula_cure, formula_time], log_time=True)
    ever = terms("cure", seen.frame, formula_cure, intercept=True)
    when = terms("cure", seen.frame, formula_time, intercept=True)
    observed = observed_times("cure", seen, when.x, ever.x)
    fits = {name: _fit(name, observed) for name in CURED}
    chosen = Split(fits[distribution], observed)
    _refuse_failed(chosen.fitted)
    plain = {name: _plain(name, observed) for name in CURED}
    n, n_events = observed.time.size, int(observed.event.sum())
    counts = {"conf_level": conf_level, "n": n, "n_events": n_events}
    first, second = (sized(made.terms, list(made.x.T), observed.event) for made in (ever, when))
    rows = _rows(chosen, first, (*second, log_scale(n, n_events)), conf_level)
    method = _method(columns, formula_cure, formula_time, distribution) | {"conf_level": conf_level}
    share = _share(chosen, counts, method)
    checks = (
        *model_rows.size_checks(n, n_events, len(ever.names) + len(when.names) - 2),
        *_checks(chosen, fits, plain),
    )
    return Result(
        name="cure",
        title=f"Who ever has a recorded event, and when (split population, {NAMES[distribution]})",
        table=model_rows.term_table(rows),
        method=method,
        checks=checks,
        text=(
            model_rows.size_sentence(n, n_events),
            *_share_sentences(share),
            *_term_sentences(rows),
            *model_rows.cautions(checks),
        ),
        count_columns=("n", "n_events"),
        parts={"share": share, "comparison": _comparison(fits, plain, n, n_events, method)},
        figure="forest",
    )


def _refuse_failed(fitted: Fitted) -> None:
    """Refuse a split without a maximum.

    Raises
    ------
    AnalysisError
        With the likely causes.
    """
    if not fitted.maximum.converged:
        raise AnalysisError(
            f"cure: no maximum of the {NAMES[fitted.distribution]} likelihood with a split was found: nothing in these "
            "times suggests people who never have the event (use parametric), or in a level of a factor nobody, or "
            "everybody, has it",
        )


def _plain(name: str, observed: Times) -> Fitted:
    """Fit the same times without a split."""
    return fit_one(name, Times(observed.x, observed.time, observed.event, observed.entry))


def _fit(name: str, observed: Times) -> Fitted:
    """Climb from several starts, and keep the highest maximum."""
    kind = DISTRIBUTIONS[name]
    x, back_x = standardised(observed.x)
    w, back_w = standardised(observed.ever)
    times = Times(x, observed.time, observed.event, observed.entry, w)
    tops = [climb(lambda at: log_likelihood(kind, times, at), start) for start in _starts(name, times)]
    good = [top for top in tops if top.converged]
    top = max(good or tops, key=lambda one: one.value)
    turn = np.eye(top.at.size)
    ever, both = back_w.shape[0], back_w.shape[0] + back_x.shape[0]
    turn[:ever, :ever], turn[ever:both, ever:both] = back_w, back_x
    return Fitted(name, transformed(top, turn))


def _starts(name: str, times: Times) -> Iterator[Floats]:
    """Yield places to start from: those without an event never have it, half of them do, nearly all do."""
    kind = DISTRIBUTIONS[name]
    had = times.event
    only = Times(times.x[had], times.time[had], np.ones(int(had.sum()), bool))
    share = float(had.mean())
    for ever, seen in ((share, only), ((1 + share) / 2, only), (0.95, times)):
        gamma = np.zeros(times.n_ever)
        gamma[0] = math.log(min(max(ever, 0.01), 0.99) / (1 - min(max(ever, 0.01), 0.99)))
        yield np.concatenate([gamma, least_squares(kind, seen)])


def _rows(
    chosen: Split,
    ever: Sequence[Term],
    when: Sequence[Term],
    conf_level: float,
) -> list[dict[str, Any]]:
    at, covariance, cut = chosen.fitted.maximum.at, chosen.fitted.maximum.covariance, len(ever)
    return [
        *model_rows.term_rows(
            ever, at[:cut], covariance[:cut, :cut], measure="odds ratio of ever", group=EVER, conf_level=conf_level
        ),
        *model_rows.term_rows(
            when, at[cut:], covariance[cut:, cut:], measure="time ratio", group=WHEN, conf_level=conf_level
        ),
    ]


def _share(chosen: Split, counts: Mapping[str, Any], method: dict[str, Any]) -> Result:
    """Return the average chance of ever having the event; its interval is symmetric in its log odds."""
    chances, w = chosen.chances(), chosen.observed.ever
    share = float(chances.mean())
    slope = (chances * (1 - chances)) @ w / chances.size
    covariance = chosen.fitted.maximum.covariance[: slope.size, : slope.size]
    error = math.sqrt(float(slope @ covariance @ slope))
    half = critical_value(counts["conf_level"]) * error / (share * (1 - share))
    odds = share / (1 - share)
    low, high = (odds * math.exp(side) / (1 + odds * math.exp(side)) for side in (-half, half))
    row = {"term": "share who ever have the event", "group": "all", "estimate": share, "std_error": error, **counts}
    table = model_rows.term_table([row | {"conf_low": low, "conf_high": high, "measure": "share"}])
    title = "Estimated share of people who ever have a recorded event"
    return Result("cure_share", title, table, method, count_columns=("n", "n_events"))


def _checks(chosen: Split, fits: Mapping[str, Fitted], plain: Mapping[str, Fitted]) -> Iterator[Check]:
    name = chosen.fitted.distribution
    yield _long_enough(chosen.observed)
    gap = plain[name].aic - chosen.fitted.aic
    text = f"The {NAMES[name]} distribution fits {'better' if gap > 0 else 'no better'} with a split than without one "
    yield Check("split_fits_better", gap > 0, f"{text}(AIC {abs(gap):.1f} {'lower' if gap > 0 else 'higher'}).", gap)
    yield from fit_checks(fits, name)


def _long_enough(observed: Times) -> Check:
    """Report whether the curve had levelled off before follow-up ended."""
    alpha = insufficient_share(observed.time, observed.event)
    if alpha < SUFFICIENT:
        text = f"Follow-up counts as long enough to see a level stretch (Maller and Zhou's alpha {alpha:.3f})."
        return Check("follow_up_sufficient", True, text, alpha)
    text = (
        f"Follow-up was too short to see a level stretch (Maller and Zhou's alpha {alpha:.3f}): the share who never "
        "have the event rests on the shape of the distribution alone."
    )
    return Check("follow_up_sufficient", False, text, alpha)


def _comparison(
    fits: Mapping[str, Fitted],
    plain: Mapping[str, Fitted],
    n: int,
    n_events: int,
    method: dict[str, Any],
) -> Result:
    both = [comparison("cure_comparison", one.values(), n, n_events, method) for one in (fits, plain)]
    tables = [one.table.assign(split=flag) for one, flag in zip(both, (True, False), strict=True)]
    table = pd.concat(tables, ignore_index=True)
    table.insert(1, "split", table.pop("split"))
    title = "How well the distributions fit, with and without a split (lower AIC is better)"
    return Result("cure_comparison", title, table, method, count_columns=("n", "n_events"))


def _method(columns: Columns, formula_cure: str, formula_time: str, distribution: str) -> dict[str, Any]:
    return {
        "estimator": "split-population (mixture cure) model, maximum likelihood",
        "distribution": distribution,
        "formula_cure": formula_cure,
        "formula_time": formula_time,
        "time": columns.time,
        "event": columns.event,
        "entry": columns.entry,
        "variance": "inverse of the observed information",
        "interval": "Wald",
        "missing": "refused",
    }


def _share_sentences(share: Result) -> Iterator[Sentence]:
    row = share.row("share who ever have the event")
    interval = f"{100 * row['conf_level']:g}% interval {percent(row['conf_low'])} to {percent(row['conf_high'])}"
    n, n_events = int(row["n"]), int(row["n_events"])
    yield Sentence(
        f"An estimated {percent(row['estimate'])} ({interval}) of people would ever have a recorded event, were they "
        "followed for ever; this goes beyond what was observed and rests on the model.",
        (n, n_events, n - n_events),
    )


def _term_sentences(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sentence]:
    for group, what in ((EVER, "odds ratio of ever having a recorded event"), (WHEN, "time ratio among those who do")):
        effects = [row for row in rows if row["group"] == group and not row["term"].startswith("(")]
        yield from model_rows.term_sentences(effects, what)
