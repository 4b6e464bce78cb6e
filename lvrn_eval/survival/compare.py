"""Do the groups' curves differ by more than chance? The log-rank test and its family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.phrases import p_text, people
from lvrn_eval.result import Result, Sentence
from lvrn_eval.survival import curve_parts as parts
from lvrn_eval.survival import describe
from lvrn_eval.survival.inputs import Observed, choice
from lvrn_eval.survival.kernels import logrank as kernels
from lvrn_eval.survival.kernels.adjust import holm
from lvrn_eval.survival.kernels.tally import Floats
from lvrn_eval.survival.risk_table import observe

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table

NAMES = {
    "log-rank": "log-rank",
    "gehan": "Gehan-Breslow (Wilcoxon)",
    "tarone-ware": "Tarone-Ware",
    "peto": "Peto-Peto",
    "fleming-harrington": "Fleming-Harrington",
}
"""What each test is called for a reader."""


def logrank(
    data: Table | Frame | Result,
    time: str | None = None,
    event: str | None = None,
    by: str | None = None,
    strata: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
    test: str = "log-rank",
    rho: float = 1.0,
    gamma: float = 0.0,
    scores: Sequence[float] = (),
    pairwise: bool = False,
) -> Result:
    """Test whether the groups have one common hazard (log-rank, and tests that weigh early or late times more).

    Parameters
    ----------
    data
        One row per person (a table of the project, or a pandas, Polars or Arrow frame), or the result of
        ``risk_table`` by groups, which then says all that ``time`` to ``weights`` would.
    time, event, by, entry, weights
        As for ``risk_table``; there must be at least two groups.
    strata
        A column of strata: people are compared only with people of their own stratum.
    test
        How event times are weighed: ``"log-rank"`` (alike), ``"gehan"`` (by the number at risk), ``"tarone-ware"`` (by
        its square root), ``"peto"`` (by the share still without an event), or ``"fleming-harrington"`` (by S^rho
        (1 - S)^gamma, S being the share just before).
    rho, gamma
        The powers of ``"fleming-harrington"``: rho weighs early times, gamma late ones.
    scores
        A number for each group, in their order, to test for a trend over them; without it no trend is tested.
    pairwise
        Whether to compare every two groups too, their p-values adjusted for their number by Holm's rule.

    Returns
    -------
    Result
        ``table`` with one row: ``test``, ``statistic`` (chi-square), ``df``, ``p_value``, ``n``, ``n_events``.
        ``parts["groups"]``: ``group``, ``n``, ``n_events``, ``expected`` (events expected under one common hazard),
        ``excess`` (weighted events less those expected). ``parts["trend"]``: the columns of ``table``, with one row
        when ``scores`` are given and none otherwise. ``parts["pairs"]``: ``group``, ``other``, the columns of
        ``table`` and ``p_adjusted``, with a row for every pair when ``pairwise``.

    Raises
    ------
    AnalysisError
        When the data cannot be used (every fault at once, in counts of rows), there is one group only, no event, or
        the groups were never at risk at the same time.

    Notes
    -----
    Mantel's test and its weighted relatives; the covariance is hypergeometric, which is exact for ties. Weights are
    worked out within each stratum, from all its groups; Peto's S takes 1 - d / (Y + 1) at every time. Groups that were
    at risk at no event time take no part and cost no degree of freedom. Each pair is tested on its own people alone.
    Choose the weights before looking at the curves.

    *Validated against* R survival 3.5-3, ``survdiff``; with late entry against the score test of
    ``coxph(ties = "exact")``; other weights and the trend against R survMisc 0.5.6, ``comp``
    (tests/survival/test_survival_r.py, test_survival_compare.py).

    References
    ----------
    Mantel (1966), Cancer Chemotherapy Reports 50, 163-170. Klein and Moeschberger (2003), Survival Analysis, chapter 7.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [1, 2, 3, 4], "event": [1, 1, 1, 1], "site": ["x", "x", "y", "y"]})
    >>> result = logrank(frame, time="days", event="event", by="site")
    >>> round(float(result.table["statistic"].iloc[0]), 4)
    2.8824
    """
    choice("logrank", "test", test, NAMES)
    weigh = _weigh(test, rho, gamma)
    observed = observe("logrank", data, time, event, by, entry, weights, strata)
    values = _scores(observed, scores)
    _can_test(observed)
    whole = observed.without_strata() if len(observed.strata) > 1 else observed
    sums = _Sums.of(observed, weigh)
    found = kernels.statistic(sums.excess, sums.covariance, sums.expected)
    if found is None:
        raise AnalysisError(_not_comparable(observed))
    row = _row(test, *found, observed.counts.people, int(observed.counts.events.sum()))
    method = observed.method() | {
        "estimator": test,
        "strata": observed.columns.strata,
        "variance": "hypergeometric",
        "rho": rho if test == "fleming-harrington" else None,
        "gamma": gamma if test == "fleming-harrington" else None,
        "scores": [float(score) for score in values],
        "pairwise": "Holm" if pairwise else None,
    }
    trend = _trend(observed, sums, values, test, method)
    pairs = _pairs(observed, whole, weigh, test, method, asked=pairwise)
    return Result(
        name="logrank",
        title=f"{_title(test)} test of recorded events{describe.by_title(observed)}",
        table=pd.DataFrame([row]),
        method=method,
        checks=describe.checks(whole),
        text=(*_sentences(observed, test, row, trend.table), *describe.cautions(whole)),
        count_columns=("n", "n_events"),
        parts={"groups": _groups(whole, sums, method), "trend": trend, "pairs": pairs},
    )


class _Sums(NamedTuple):
    """Observed and expected events, weighted excess and its covariance, strata added up."""

    seen: Floats
    expected: Floats
    excess: Floats
    covariance: Floats

    @classmethod
    def of(cls, observed: Observed, weigh: kernels.Weigh, groups: Sequence[int] | None = None) -> _Sums:
        """Add up the strata, of all groups or those with the codes given."""
        n_groups = len(observed.groups)
        codes = range(n_groups) if groups is None else groups
        strata = [
            kernels.compare([observed.counts.of(stratum * n_groups + code) for code in codes], weigh)
            for stratum in range(len(observed.strata))
        ]
        return cls(*(sum(part[1:], start=part[0]) for part in zip(*strata, strict=True)))


def _weigh(test: str, rho: float, gamma: float) -> kernels.Weigh:
    if test != "fleming-harrington":
        return kernels.WEIGHTS[test]
    if not (0 <= rho < np.inf and 0 <= gamma < np.inf):
        raise AnalysisError(f"logrank: rho and gamma must not be negative, not {rho} and {gamma}")
    return kernels.fleming_harrington(rho, gamma)


def _scores(observed: Observed, scores: Sequence[float]) -> Floats:
    try:
        values = np.array([float(score) for score in scores])
    except (TypeError, ValueError):
        raise AnalysisError("logrank: scores takes a list of numbers, one for each group") from None
    if values.size and (values.size != len(observed.groups) or np.unique(values).size == 1):
        raise AnalysisError(
            f"logrank: scores must be {len(observed.groups)} numbers, not all the same: one for each group, in this "
            f"order: {', '.join(observed.groups)}",
        )
    if not np.isfinite(values).all():
        raise AnalysisError("logrank: scores must be finite numbers")
    return values


def _can_test(observed: Observed) -> None:
    if len(observed.groups) == 1:
        raise AnalysisError(f"logrank: by={observed.columns.by!r} has one group only; a test needs two or more")
    if not observed.counts.events.any():
        n_people = observed.counts.people
        raise AnalysisError(f"logrank: none of {n_people} people has the event, so there is nothing to test")


def _not_comparable(observed: Observed) -> str:
    within = "" if observed.columns.strata is None else " of any stratum"
    return (
        f"logrank: the groups of by={observed.columns.by!r} cannot all be compared: at the event times{within}, "
        "some were never at risk together with the others, or everyone at risk had the event at once"
    )


def chi_square_tail(statistic: float, df: int) -> float:
    """Return the p-value of a chi-square statistic."""
    from scipy.special import chdtrc

    return float(chdtrc(df, statistic))


def _row(test: str, statistic: float, df: int, n: int, n_events: int) -> dict[str, Any]:
    p_value = chi_square_tail(statistic, df) if df else np.nan
    return {"test": test, "statistic": statistic, "df": df, "p_value": p_value, "n": n, "n_events": n_events}


TEST_KINDS = {
    "test": "str",
    "statistic": "float64",
    "df": "int64",
    "p_value": "float64",
    "n": "int64",
    "n_events": "int64",
}


def typed(rows: list[dict[str, Any]], kinds: dict[str, str]) -> pd.DataFrame:
    """Return rows as a frame whose columns have their types even when there are none."""
    if not rows:
        return parts.empty(tuple(kinds.items()))
    return pd.DataFrame({name: parts.typed([row[name] for row in rows], kind) for name, kind in kinds.items()})


def _groups(whole: Observed, sums: _Sums, method: dict[str, Any]) -> Result:
    sizes = [(label, counts.people, int(counts.events.sum())) for label, counts in whole.each()]
    group, n, n_events = (list(column) for column in zip(*sizes, strict=True))
    columns = {"group": parts.typed(group, "str"), "n": n, "n_events": n_events}
    table = pd.DataFrame(columns | {"expected": sums.expected, "excess": sums.excess})
    title = f"Recorded events, and those expected under one common hazard{describe.by_title(whole)}"
    return Result("logrank_groups", title, table, method, count_columns=("n", "n_events"))


def _trend(observed: Observed, sums: _Sums, scores: Floats, test: str, method: dict[str, Any]) -> Result:
    rows = []
    if scores.size:
        found = kernels.trend(sums.excess, sums.covariance, scores)
        if found is None:
            raise AnalysisError(_not_comparable(observed))
        rows.append(_row(f"{test}, trend", found**2, 1, observed.counts.people, int(observed.counts.events.sum())))
    title = f"{_title(test)} test for a trend of recorded events{describe.by_title(observed)}"
    return Result("logrank_trend", title, typed(rows, TEST_KINDS), method, count_columns=("n", "n_events"))


def _pairs(
    observed: Observed,
    whole: Observed,
    weigh: kernels.Weigh,
    test: str,
    method: dict[str, Any],
    *,
    asked: bool,
) -> Result:
    sizes = [(counts.people, int(counts.events.sum())) for _, counts in whole.each()]
    rows = []
    for pair in combinations(range(len(observed.groups)), 2) if asked else ():
        n_people, n_events = (sum(sizes[code][part] for code in pair) for part in (0, 1))
        found = _pair(observed, weigh, pair) if n_events else None
        group, other = (observed.groups[code] for code in pair)
        rows.append(_row(test, *(found or (np.nan, 0)), n_people, n_events) | {"group": group, "other": other})
    adjusted = holm(np.array([row["p_value"] for row in rows], float))
    rows = [row | {"p_adjusted": p_value} for row, p_value in zip(rows, adjusted, strict=True)]
    table = typed(rows, {"group": "str", "other": "str"} | TEST_KINDS | {"p_adjusted": "float64"})
    title = f"{_title(test)} test of recorded events, every two groups{describe.by_title(observed)}"
    return Result("logrank_pairs", title, table, method, count_columns=("n", "n_events"))


def _pair(observed: Observed, weigh: kernels.Weigh, pair: Sequence[int]) -> tuple[float, int] | None:
    """Return the test of two groups; None when they were never at risk together, or it does not vary."""
    sums = _Sums.of(observed, weigh, pair)
    return kernels.statistic(sums.excess, sums.covariance, sums.expected)


def _title(test: str) -> str:
    return NAMES[test][0].upper() + NAMES[test][1:]


def _sentences(observed: Observed, test: str, row: dict[str, Any], trend: pd.DataFrame) -> Iterator[Sentence]:
    """Yield what was found, without turning a p-value into a verdict, and apart from it on how many people."""
    strata = "" if observed.columns.strata is None else f", stratified by {observed.columns.strata}"
    yield Sentence(
        f"{_title(test)} test of the {len(observed.groups)} groups of {describe.by_name(observed)}{strata}: chi-square "
        f"{row['statistic']:.2f} on {describe.degrees(row['df'])} of freedom, {p_text(row['p_value'])}. "
        "It says how easily chance alone would make the curves differ so much, not how much they differ.",
    )
    for statistic, p_value in zip(trend["statistic"], trend["p_value"], strict=True):
        yield Sentence(
            f"Test for a trend over the groups' scores: chi-square {statistic:.2f} on 1 degree of freedom, "
            f"{p_text(p_value)}.",
        )
    n_people, n_events = row["n"], row["n_events"]
    text = f"{people(n_people)}, {n_events} with a recorded event, in all groups together."
    yield Sentence(text, (n_people, n_events, n_people - n_events))
