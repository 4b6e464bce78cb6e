"""Do the groups' curves differ by more than chance? The log-rank test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import Result, Sentence
from lvrn_eval.survival import describe
from lvrn_eval.survival.inputs import Columns, Observed, read
from lvrn_eval.survival.kernels import logrank as kernels
from lvrn_eval.survival.kernels.tally import Floats

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table


def logrank(
    data: Table | Frame,
    time: str,
    event: str,
    by: str,
    strata: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
) -> Result:
    """Test whether the groups have one common hazard (log-rank).

    Parameters
    ----------
    data, time, event, by, entry, weights
        As for ``risk_table``; ``by`` must have at least two groups.
    strata
        A column of strata: people are compared only with people of their own stratum.

    Returns
    -------
    Result
        ``table`` with one row: ``test``, ``statistic`` (chi-square), ``df``, ``p_value``, ``n``, ``n_events``.
        ``parts["groups"]`` with a row per group: ``group``, ``n``, ``n_events``, ``expected`` (events expected under
        one common hazard).

    Raises
    ------
    AnalysisError
        When the data cannot be used (every fault at once, in counts of rows), there is one group only, no event, or
        the groups were never at risk at the same time.

    Notes
    -----
    Mantel's test: every event time weighs the same; the covariance is hypergeometric, which is exact for ties. Groups
    that were at risk at no event time take no part and cost no degree of freedom.

    *Validated against* R survival 3.5-3, ``survdiff``; with late entry against the score test of
    ``coxph(ties = "exact")`` (tests/survival/test_survival_r.py).

    References
    ----------
    Mantel (1966), Cancer Chemotherapy Reports 50, 163-170.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [1, 2, 3, 4], "event": [1, 1, 1, 1], "site": ["x", "x", "y", "y"]})
    >>> result = logrank(frame, time="days", event="event", by="site")
    >>> round(float(result.table["statistic"].iloc[0]), 4)
    2.8824
    """
    observed = read("logrank", data, Columns(time, event, by, entry, weights, strata))
    whole = observed.without_strata()
    n_people, n_events = observed.counts.people, int(observed.counts.events.sum())
    if len(observed.groups) == 1:
        raise AnalysisError(f"logrank: by={by!r} has one group only; a test needs two or more")
    if n_events == 0:
        raise AnalysisError(f"logrank: none of {n_people} people has the event, so there is nothing to test")
    expected, statistic, df = _test(observed)
    p_value = _chi_square_tail(statistic, df)
    row = {"test": "log-rank", "statistic": statistic, "df": df, "p_value": p_value, "n": n_people}
    method = observed.method() | {"estimator": "log-rank", "strata": strata, "variance": "hypergeometric"}
    return Result(
        name="logrank",
        title=f"Log-rank test of recorded events{describe.by_title(observed)}",
        table=pd.DataFrame([row | {"n_events": n_events}]),
        method=method,
        checks=describe.checks(whole),
        text=(*_sentences(observed, statistic, df, p_value), *describe.cautions(whole)),
        count_columns=("n", "n_events"),
        parts={"groups": _groups(whole, expected, method)},
    )


def _test(observed: Observed) -> tuple[Floats, float, int]:
    """Return the expected events of every group, chi-square and degrees of freedom, strata added up."""
    n_groups = len(observed.groups)
    strata = [
        kernels.compare([observed.counts.of(stratum * n_groups + group) for group in range(n_groups)])
        for stratum in range(len(observed.strata))
    ]
    seen, expected, covariance = (sum(part[1:], start=part[0]) for part in zip(*strata, strict=True))
    found = kernels.statistic(seen, expected, covariance)
    if found is None:
        within = "" if observed.columns.strata is None else " of any stratum"
        raise AnalysisError(
            f"logrank: the groups of by={observed.columns.by!r} cannot all be compared: at the event times{within}, "
            "some were never at risk together with the others, or everyone at risk had the event at once",
        )
    return expected, *found


def _chi_square_tail(statistic: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, statistic))


def _groups(whole: Observed, expected: Floats, method: dict[str, Any]) -> Result:
    sizes = [(label, counts.people, int(counts.events.sum())) for label, counts in whole.each()]
    table = pd.DataFrame(sizes, columns=["group", "n", "n_events"]).assign(expected=expected)
    title = f"Recorded events, and those expected under one common hazard{describe.by_title(whole)}"
    return Result("logrank_groups", title, table, method, count_columns=("n", "n_events"))


def _sentences(observed: Observed, statistic: float, df: int, p_value: float) -> Iterator[Sentence]:
    """Yield what was found, without turning a p-value into a verdict, and apart from it on how many people."""
    p = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"  # noqa: PLR2004 - smaller is not worth printing
    degrees = "1 degree" if df == 1 else f"{df} degrees"
    strata = "" if observed.columns.strata is None else f", stratified by {observed.columns.strata}"
    yield Sentence(
        f"Log-rank test of the {len(observed.groups)} groups of {describe.by_name(observed)}{strata}: chi-square "
        f"{statistic:.2f} on {degrees} of freedom, {p}. "
        "It says how easily chance alone would make the curves differ so much, not how much they differ.",
    )
    n_people, n_events = observed.counts.people, int(observed.counts.events.sum())
    text = f"{describe.people(n_people)}, {n_events} with a recorded event, in all groups together."
    yield Sentence(text, (n_people, n_events, n_people - n_events))
