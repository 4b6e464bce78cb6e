"""Do the groups' shares with an event of one cause differ by more than chance? Gray's test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.phrases import p_text
from lvrn_eval.result import Result, Sentence
from lvrn_eval.survival import describe
from lvrn_eval.survival.compare import chi_square_tail
from lvrn_eval.survival.competing import of_and_others, some
from lvrn_eval.survival.inputs import Observed
from lvrn_eval.survival.kernels import gray as kernels
from lvrn_eval.survival.risk_table import observe

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table


def gray_test(
    data: Table | Frame | Result,
    time: str | None = None,
    event: str | None = None,
    by: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    of: int = 1,
    rho: float = 0.0,
) -> Result:
    """Test whether the groups have one common incidence of a cause, among competing events (Gray).

    Parameters
    ----------
    data, time, event, by, weights
        As for ``cumulative_incidence``; there must be at least two groups, and nobody may enter late.
    strata
        A column of strata: people are compared only with people of their own stratum.
    of
        The cause of interest; all other causes compete with it.
    rho
        Times are weighed by (1 - F)^rho, F being the incidence in all groups together; 0 weighs them alike.

    Returns
    -------
    Result
        ``table`` with one row: ``test``, ``statistic`` (chi-square), ``df``, ``p_value``, ``n``, ``n_events`` (of the
        cause). ``parts["groups"]``: ``group``, ``n``, ``n_events``, ``competing``, ``excess`` (weighted events of the
        cause less those expected under one common incidence).

    Raises
    ------
    AnalysisError
        When the data cannot be used (every fault at once, in counts of rows), there is one group only, people enter
        late, nobody has an event of the cause, or the groups cannot be compared.

    Notes
    -----
    The test compares what ``cumulative_incidence`` draws. A log-rank test with competing events censored compares the
    rates of the cause among those still at risk instead; the two can disagree, and answer different questions.

    *Validated against* R cmprsk 2.2-11, ``cuminc`` (tests/survival/test_survival_competing.py).

    References
    ----------
    Gray (1988), Annals of Statistics 16, 1141-1154.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "ended": [1, 1, 2, 2, 1, 0], "site": list("xxyxyy")})
    >>> result = gray_test(frame, time="days", event="ended", by="site")
    >>> round(float(result.table["statistic"].iloc[0]), 4)
    2.4381
    """
    if not 0 <= rho < np.inf:
        raise AnalysisError(f"gray_test: rho must not be negative, not {rho}")
    causes = of_and_others("gray_test", of)
    observed = observe("gray_test", data, time, event, by, None, weights, strata, causes)
    _can_test(observed)
    whole = observed.without_strata() if len(observed.strata) > 1 else observed
    score, covariance = _sums(observed, rho)
    found = _statistic(score, covariance, whole)
    if found is None:
        raise AnalysisError(
            f"gray_test: the groups of by={observed.columns.by!r} cannot all be compared: some were never at risk "
            "together with the others when an event fell",
        )
    statistic, df = found
    n_events = int(observed.counts.causes[:, 0].sum())
    row = {"test": "Gray", "statistic": statistic, "df": df, "p_value": chi_square_tail(statistic, df)}
    row |= {"n": observed.counts.people, "n_events": n_events}
    method = observed.method() | {
        "estimator": "Gray",
        "strata": observed.columns.strata,
        "of": of,
        "competing": "all other causes",
        "rho": rho,
    }
    return Result(
        name="gray_test",
        title=f"Gray's test of {describe.events(observed)}{describe.by_title(observed)}",
        table=pd.DataFrame([row]),
        method=method,
        checks=describe.checks(whole),
        text=(*_sentences(observed, row), *describe.cautions(whole)),
        count_columns=("n", "n_events"),
        parts={"groups": _groups(whole, score, method)},
    )


def _can_test(observed: Observed) -> None:
    if observed.columns.entry is not None:
        raise AnalysisError("gray_test: people enter late, which this test does not allow for; compare with logrank")
    if len(observed.groups) == 1:
        raise AnalysisError(f"gray_test: by={observed.columns.by!r} has one group only; a test needs two or more")
    some("gray_test", observed)


def _sums(observed: Observed, rho: float) -> tuple[Any, Any]:
    """Return score and covariance, strata added up."""
    n_groups = len(observed.groups)
    strata = [
        kernels.compare([observed.counts.of(stratum * n_groups + group) for group in range(n_groups)], rho)
        for stratum in range(len(observed.strata))
    ]
    score, covariance = (sum(part[1:], start=part[0]) for part in zip(*strata, strict=True))
    return score, covariance


def _statistic(score: Any, covariance: Any, whole: Observed) -> tuple[float, int] | None:
    """Return chi-square and degrees of freedom; None when the score of some group does not vary apart."""
    part = np.arange(len(whole.groups) - 1)
    inner = covariance[np.ix_(part, part)]
    if np.linalg.matrix_rank(inner, hermitian=True) < part.size:
        return None
    return float(score[part] @ np.linalg.solve(inner, score[part])), int(part.size)


def _groups(whole: Observed, score: Any, method: dict[str, Any]) -> Result:
    sizes = [
        (label, counts.people, int(counts.causes[:, 0].sum()), int(counts.causes[:, 1].sum()))
        for label, counts in whole.each()
    ]
    table = pd.DataFrame(sizes, columns=["group", "n", "n_events", "competing"]).assign(excess=score)
    title = f"{describe.events(whole)}, and those above what one common incidence expects{describe.by_title(whole)}"
    counted = ("n", "n_events", "competing")
    return Result("gray_test_groups", title[0].upper() + title[1:], table, method, count_columns=counted)


def _sentences(observed: Observed, row: dict[str, Any]) -> Iterator[Sentence]:
    """Yield what was found, and apart from it on how many people."""
    strata = "" if observed.columns.strata is None else f", stratified by {observed.columns.strata}"
    degrees, p = describe.degrees(row["df"]), p_text(row["p_value"])
    yield Sentence(
        f"Gray's test of {describe.events(observed)} in the {len(observed.groups)} groups of "
        f"{describe.by_name(observed)}{strata}: chi-square {row['statistic']:.2f} on {degrees} of freedom, {p}. "
        "It says how easily chance alone would make the shares differ so much, not how much they differ.",
    )
    words, revealed = describe.size(observed.without_groups(), "", observed.counts)
    yield Sentence(f"{words}, in all groups together.", revealed)
