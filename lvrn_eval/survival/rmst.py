"""Restricted mean survival time: the mean time without an event within a stated limit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import AnalysisError, suggestion
from lvrn_eval.phrases import p_text
from lvrn_eval.result import Result, Sentence
from lvrn_eval.survival import curve_parts as parts
from lvrn_eval.survival import describe
from lvrn_eval.survival.inputs import Observed, level
from lvrn_eval.survival.kernels.interval import critical_value
from lvrn_eval.survival.kernels.restricted import restricted_mean
from lvrn_eval.survival.kernels.tally import Counts
from lvrn_eval.survival.risk_table import observe

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table


def rmst(
    data: Table | Frame | Result,
    time: str | None = None,
    event: str | None = None,
    by: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
    *,
    tau: float,
    conf_level: float = 0.95,
) -> Result:
    """Estimate the mean time without the event within the first ``tau`` (restricted mean survival time).

    Parameters
    ----------
    data
        One row per person (a table of the project, or a pandas, Polars or Arrow frame), or the result of
        ``risk_table``, which then says all that ``time`` to ``weights`` would.
    time, event, by, entry, weights
        Columns, as in ``risk_table``.
    tau
        The limit, in the unit of ``time``. State it before looking at the curves.
    conf_level
        Level of the intervals.

    Returns
    -------
    Result
        ``table`` with the columns of every table of estimates and ``tau``; for each group a row of the term
        ``restricted mean`` (time without the event) and one of ``time lost`` (``tau`` less that). ``n_events`` are
        those by ``tau``.

    Raises
    ------
    AnalysisError
        When the data cannot be used (every fault at once, in counts of rows), or ``tau`` lies beyond the follow-up of
        a group; the message names the largest ``tau`` all groups allow.

    Notes
    -----
    The area under the Kaplan-Meier curve up to ``tau``; its variance is the sum over event times u of (area from u to
    tau)² d / (Y (Y - d)); the interval is normal. A curve that has reached 0 is known for ever.

    *Validated against* R survival 3.5-3, ``print(survfit, rmean = tau)`` (tests/survival/test_survival_rmst.py).

    References
    ----------
    Irwin (1949), Journal of Hygiene 47, 188-189. Royston and Parmar (2013), BMC Medical Research Methodology 13, 152.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [3, 5, 5, 8], "event": [1, 1, 0, 0]})
    >>> result = rmst(frame, time="days", event="event", tau=8)
    >>> float(result.row("restricted mean")["estimate"])
    6.0
    """
    level("rmst", conf_level)
    limit = _stated("rmst", tau)
    observed = observe("rmst", data, time, event, by, entry, weights)
    means = _means("rmst", observed, limit)
    z = critical_value(conf_level)
    rows = [row for one in means for row in one.rows(z)]
    method = _method(observed, limit, conf_level)
    return Result(
        name="rmst",
        title=f"Mean time without a recorded event within {describe.moment(observed, limit)}"
        f"{describe.by_title(observed)}",
        table=parts.estimates_table(rows, conf_level, {"tau": "float64"}),
        method=method,
        checks=describe.checks(observed),
        text=(*_mean_sentences(observed, means, z, conf_level), *describe.cautions(observed)),
        count_columns=("n", "n_events"),
    )


def rmst_difference(
    data: Table | Frame | Result,
    time: str | None = None,
    event: str | None = None,
    by: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
    *,
    tau: float,
    reference: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Compare the groups' mean time without the event within the first ``tau`` with that of one of them.

    Parameters
    ----------
    data, time, event, by, entry, weights, tau, conf_level
        As for ``rmst``; there must be at least two groups.
    reference
        The label of the group the others are compared with; the first, when not given.

    Returns
    -------
    Result
        ``table`` with the columns of every table of estimates, ``reference`` and ``tau``. For every other group a row
        of the terms ``difference`` (of restricted means, group less reference), ``ratio`` (of restricted means) and
        ``ratio of time lost``. ``std_error`` of a ratio is that of its logarithm; ``n`` and ``n_events`` (by ``tau``)
        count both groups. ``parts["groups"]`` has the table of ``rmst``.

    Raises
    ------
    AnalysisError
        As for ``rmst``, and when there is one group only or no group of the label.

    Notes
    -----
    The groups are independent, so variances of the means add up; the intervals of the ratios are normal for their
    logarithms, with variance (SE / mean)² of each (delta method). A ratio with a mean of 0 is not defined (NaN). The
    p-values are of the normal test of no difference. Unlike a hazard ratio, none of this assumes proportional hazards.

    *Validated against* R survival 3.5-3 (tests/survival/test_survival_rmst.py).

    References
    ----------
    Uno and others (2014), Journal of Clinical Oncology 32, 2380-2385.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [1, 2, 3, 4], "event": [1, 0, 1, 0], "site": ["x", "x", "y", "y"]})
    >>> result = rmst_difference(frame, time="days", event="event", by="site", tau=2)
    >>> float(result.row("difference", "y")["estimate"])
    0.5
    """
    level("rmst_difference", conf_level)
    limit = _stated("rmst_difference", tau)
    observed = observe("rmst_difference", data, time, event, by, entry, weights)
    chosen = _reference(observed, reference)
    means = {one.label: one for one in _means("rmst_difference", observed, limit)}
    z = critical_value(conf_level)
    base = means.pop(chosen)
    rows = [row for one in means.values() for row in _compared(one, base, z)]
    method = _method(observed, limit, conf_level) | {"reference": chosen}
    return Result(
        name="rmst_difference",
        title=f"Difference in mean time without a recorded event within {describe.moment(observed, limit)}"
        f"{describe.by_title(observed)}",
        table=parts.estimates_table(rows, conf_level, {"reference": "str", "tau": "float64"}),
        method=method,
        checks=describe.checks(observed),
        text=(*_difference_sentences(observed, rows, conf_level), *describe.cautions(observed)),
        count_columns=("n", "n_events"),
        parts={"groups": _groups(observed, [base, *means.values()], z, method)},
    )


def _groups(observed: Observed, means: Sequence[_Mean], z: float, method: dict[str, Any]) -> Result:
    """Return the mean of every group; whether a difference may be shown depends on how few are in either."""
    table = parts.estimates_table(
        [row for one in means for row in one.rows(z)], method["conf_level"], {"tau": "float64"}
    )
    title = f"Mean time without a recorded event within {describe.moment(observed, method['tau'])}"
    counts = ("n", "n_events")
    return Result(
        "rmst_difference_groups", f"{title}{describe.by_title(observed)}", table, method, count_columns=counts
    )


@dataclass(frozen=True)
class _Mean:
    """One group's restricted mean."""

    label: str
    counts: Counts
    tau: float
    estimate: float
    std_error: float

    @property
    def lost(self) -> float:
        return self.tau - self.estimate

    @property
    def n_events(self) -> int:
        return int(self.counts.events[self.counts.time <= self.tau].sum())

    def rows(self, z: float) -> Iterator[dict[str, Any]]:
        """Yield the rows of the table: the mean, and the time lost."""
        sizes = {"group": self.label, "n": self.counts.people, "n_events": self.n_events, "tau": self.tau}
        for term, estimate in (("restricted mean", self.estimate), ("time lost", self.lost)):
            yield {"term": term, "std_error": self.std_error} | _normal(estimate, self.std_error, z) | sizes


def _normal(estimate: float, std_error: float, z: float) -> dict[str, float]:
    return {"estimate": estimate, "conf_low": estimate - z * std_error, "conf_high": estimate + z * std_error}


def _means(function: str, observed: Observed, tau: float) -> list[_Mean]:
    """Return every group's restricted mean.

    Raises
    ------
    AnalysisError
        When a group was not observed so long.
    """
    _within(function, observed, tau)
    return [
        _Mean(label, counts, tau, *restricted_mean(counts.time, counts.at_risk, counts.events, tau))
        for label, counts in observed.each()
    ]


def _within(function: str, observed: Observed, tau: float) -> None:
    """Refuse a limit beyond the time up to which every group's curve is known."""
    known = [parts.known_until(counts) for _, counts in observed.each()]
    short = sum(until < tau for until in known)
    if short:
        where = f"of {short} of {len(known)} groups" if observed.columns.by else "there is"
        raise AnalysisError(
            f"{function}: tau={tau:.15g} lies beyond the follow-up {where}; the largest tau that can be used is "
            f"{min(known):.15g}",
        )


def _stated(function: str, tau: float) -> float:
    try:
        limit = float(tau)
    except (TypeError, ValueError):
        limit = math.nan
    if not 0 < limit < math.inf:
        raise AnalysisError(f"{function}: tau must be a number above 0, in the unit of time=")
    return limit


def _reference(observed: Observed, reference: str | None) -> str:
    if len(observed.groups) == 1:
        raise AnalysisError(f"rmst_difference: by={observed.columns.by!r} has one group only; a comparison needs two")
    if reference is not None and reference not in observed.groups:
        hint = suggestion(reference, observed.groups)
        raise AnalysisError(f"rmst_difference: reference={reference!r} is no group of the data; {hint}")
    return observed.groups[0] if reference is None else reference


def _method(observed: Observed, tau: float, conf_level: float) -> dict[str, Any]:
    return observed.method() | {
        "estimator": "restricted mean survival time",
        "variance": "area beyond each event, Greenwood",
        "tau": tau,
        "conf_level": conf_level,
        "conf_type": "normal",
    }


def _compared(one: _Mean, base: _Mean, z: float) -> Iterator[dict[str, Any]]:
    """Yield the rows of one group beside the reference."""
    sizes: dict[str, Any] = {"n": one.counts.people + base.counts.people, "n_events": one.n_events + base.n_events}
    sizes |= {"group": one.label, "reference": base.label, "tau": one.tau}
    error = math.hypot(one.std_error, base.std_error)
    difference = one.estimate - base.estimate
    yield {"term": "difference"} | _tested(difference, error) | _normal(difference, error, z) | sizes
    for term, mine, theirs in (("ratio", one.estimate, base.estimate), ("ratio of time lost", one.lost, base.lost)):
        if not (mine > 0 and theirs > 0):
            yield {"term": term} | sizes
            continue
        error = math.hypot(one.std_error / mine, base.std_error / theirs)
        log = math.log(mine / theirs)
        limits = {name: math.exp(value) for name, value in _normal(log, error, z).items()}
        yield {"term": term} | _tested(log, error) | limits | sizes


def _tested(estimate: float, std_error: float) -> dict[str, float]:
    """Return the standard error and the p-value of no difference; none where nothing varies."""
    p_value = math.erfc(abs(estimate) / std_error / math.sqrt(2)) if std_error > 0 else math.nan
    return {"std_error": std_error, "p_value": p_value}


def _mean_sentences(observed: Observed, means: Sequence[_Mean], z: float, conf_level: float) -> Iterator[Sentence]:
    for one in means:
        limits = _normal(one.estimate, one.std_error, z)
        within, low, high = (
            describe.moment(observed, value, 1) for value in (one.estimate, limits["conf_low"], limits["conf_high"])
        )
        start, limit = describe.prefix(observed, one.label), describe.moment(observed, one.tau)
        text = (
            f"{start}of the first {limit}, people spent an estimated {within} without a recorded event on average "
            f"({100 * conf_level:g}% interval {low} to {high})."
        )
        n_people = one.counts.people
        yield Sentence(describe.sentence(observed, text), (n_people, one.n_events, n_people - one.n_events))


def _difference_sentences(observed: Observed, rows: list[dict[str, Any]], conf_level: float) -> Iterator[Sentence]:
    for row in rows:
        if row["term"] != "difference":
            continue
        p = "" if math.isnan(row["p_value"]) else f", {p_text(row['p_value'])}"
        size, limit = describe.moment(observed, abs(row["estimate"]), 1), describe.moment(observed, row["tau"])
        text = (
            f"{describe.prefix(observed, row['group'])}of the first {limit}, people spent on average {size} "
            f"{'more' if row['estimate'] >= 0 else 'less'} without a recorded event than in {row['reference']} "
            f"(difference {row['estimate']:.1f}, {100 * conf_level:g}% interval {row['conf_low']:.1f} to "
            f"{row['conf_high']:.1f}{p})."
        )
        yield Sentence(text, (row["n"], row["n_events"], row["n"] - row["n_events"]))
