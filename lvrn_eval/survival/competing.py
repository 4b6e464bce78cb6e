"""Competing events: the share of people who had an event of one cause, others having ended the chance of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lvrn_eval.errors import AnalysisError
from lvrn_eval.phrases import people
from lvrn_eval.result import Result, Sentence
from lvrn_eval.survival import curve_parts as parts
from lvrn_eval.survival import describe
from lvrn_eval.survival.inputs import Causes, Observed, choice, level
from lvrn_eval.survival.kernels.interval import SURVIVAL, critical_value
from lvrn_eval.survival.risk_table import observe, stated_codes

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table


def cumulative_incidence(
    data: Table | Frame | Result,
    time: str | None = None,
    event: str | None = None,
    by: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
    of: int = 1,
    conf_level: float = 0.95,
    conf_type: str = "log-log",
    times: Sequence[float] = (),
) -> Result:
    """Estimate the share of people who had an event of one cause by each time (Aalen-Johansen).

    Parameters
    ----------
    data
        One row per person (a table of the project, or a pandas, Polars or Arrow frame), or the result of
        ``risk_table`` with ``causes``, which then says all that ``time`` to ``weights`` would.
    time, by, entry, weights
        Columns, as in ``risk_table``.
    event
        The column that says how observation ended: 0 censored, 1, 2, ... with an event of that cause.
    of
        The cause of interest; all other causes compete with it.
    conf_level
        Level of the pointwise intervals.
    conf_type
        The scale on which the interval is symmetric: ``"log-log"``, ``"log"``, ``"plain"``, ``"logit"`` or
        ``"arcsine"`` of the share itself.
    times
        Times, in the unit of ``time``, at which to state the share.

    Returns
    -------
    Result
        ``table``: ``group``, ``time``, ``at_risk`` (just before that time), ``events`` (of the cause of interest),
        ``competing`` (of all other causes), ``censored``, ``estimate`` (the share with an event of the cause by then),
        ``std_error``, ``conf_low``, ``conf_high``; the first row of each group is time 0. ``parts["at_times"]`` has the
        columns of every table of estimates, and ``time`` and ``at_risk``.

    Raises
    ------
    AnalysisError
        When the data or a choice cannot be used (every fault of the data at once, in counts of rows), or nobody has
        an event of the cause of interest.

    Notes
    -----
    The sum of S(t-) c / Y over event times, S being the share without any event, with the variance that follows from
    multinomial events at each time (Greenwood's, for several causes). A competing event ends the chance of the event
    of interest; it is not a censoring, after which the event might still come. One minus Kaplan-Meier with competing
    events censored would overstate the share. Ties are exact: nobody's time is moved. The incidences of all causes and
    the share without any event add up to 1. Before the first event of the cause the ``plain`` limits are both 0 and
    the others are not defined (NaN), except at time 0.

    *Validated against* R survival 3.5-3, ``survfit`` of a factor, and, with late entry, R etm 1.1.1
    (tests/survival/test_survival_competing.py).

    References
    ----------
    Aalen and Johansen (1978), Scandinavian Journal of Statistics 5, 141-150. Andersen, Borgan, Gill and Keiding (1993),
    Statistical Models Based on Counting Processes, section IV.4.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [3, 5, 5, 8], "ended": [1, 2, 0, 1]})
    >>> result = cumulative_incidence(frame, time="days", event="ended", times=[5])
    >>> [float(share) for share in result.table["estimate"]]
    [0.0, 0.25, 0.25, 0.75]
    >>> print(result.text[1])
    An estimated 25.0% (95% interval 0.9% to 66.5%) had an event of cause 1 by 5 days.
    """
    level("cumulative_incidence", conf_level)
    choice("cumulative_incidence", "conf_type", conf_type, SURVIVAL)
    moments = parts.stated_times("cumulative_incidence", times)
    causes = of_and_others("cumulative_incidence", of)
    observed = observe("cumulative_incidence", data, time, event, by, entry, weights, causes=causes)
    some("cumulative_incidence", observed)
    z = critical_value(conf_level)
    curves = [parts.incidence(label, counts, z, conf_type) for label, counts in observed.each()]
    method = observed.method() | {
        "estimator": "Aalen-Johansen",
        "variance": "Greenwood, multinomial",
        "of": of,
        "competing": "all other causes",
        "conf_level": conf_level,
        "conf_type": conf_type,
        "times": moments,
    }
    what = f"Share with {describe.an_event(observed)}"
    sizes = [describe.size(observed, label, counts) for label, counts in observed.each()]
    return Result(
        name="cumulative_incidence",
        title=f"{what} over time (Aalen-Johansen){describe.by_title(observed)}",
        table=parts.curve_table(observed, curves),
        method=method,
        checks=(*describe.checks(observed), *parts.time_checks(observed, curves, moments)),
        text=(
            *(Sentence(f"{words}.", revealed) for words, revealed in sizes),
            *parts.share_sentences(observed, curves, moments, conf_level),
            *describe.cautions(observed),
        ),
        count_columns=parts.COMPETING_COLUMNS,
        shape="curve",
        parts={"at_times": parts.at_times("cumulative_incidence_at_times", what, curves, moments, method)},
        figure="incidence",
    )


def of_and_others(function: str, of: int) -> Causes:
    """Return the cause of interest and all others together.

    Raises
    ------
    AnalysisError
        When it is no code of a cause.
    """
    try:
        (code,) = stated_codes(function, [of])
    except AnalysisError:
        raise AnalysisError(f"{function}: of must be the code of a cause, a whole number from 1") from None
    return Causes((code,), others=True)


def some(function: str, observed: Observed) -> None:
    """Refuse data in which nobody has the event of interest.

    Raises
    ------
    AnalysisError
    """
    counts, code = observed.counts, observed.causes.codes[0]
    if not counts.causes[:, 0].any():
        raise AnalysisError(
            f"{function}: none of {people(counts.people)} has an event of cause of={code}; "
            "check the codes of the event column",
        )
