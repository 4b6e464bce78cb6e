"""Curves over time from the risk table: the share without an event, and the cumulative hazard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lvrn_eval.result import Result, Sentence
from lvrn_eval.survival import bands, describe
from lvrn_eval.survival import curve_parts as parts
from lvrn_eval.survival.inputs import choice, level
from lvrn_eval.survival.kernels.curve import HAZARD_VARIANCES
from lvrn_eval.survival.kernels.interval import HAZARD, SURVIVAL, critical_value
from lvrn_eval.survival.risk_table import observe

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table


def kaplan_meier(
    data: Table | Frame | Result,
    time: str | None = None,
    event: str | None = None,
    by: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
    conf_type: str = "log-log",
    times: Sequence[float] = (),
    quantiles: Sequence[float] = (0.25, 0.5, 0.75),
    band: str | None = None,
    band_between: Sequence[float] | None = None,
) -> Result:
    """Estimate the share of people still without the event over time (Kaplan-Meier).

    Parameters
    ----------
    data
        One row per person (a table of the project, or a pandas, Polars or Arrow frame), or the result of
        ``risk_table``, which then says all that ``time`` to ``weights`` would.
    time, event, by, entry, weights
        Columns, as in ``risk_table``.
    conf_level
        Level of the pointwise intervals.
    conf_type
        The scale on which the interval is symmetric: ``"log-log"``, ``"log"``, ``"plain"``, ``"logit"`` or
        ``"arcsine"``.
    times
        Times, in the unit of ``time``, at which to state the share.
    quantiles
        Shares of people, between 0 and 1, for which to state the time by which so many had the event.
    band
        Limits that hold the whole curve at once with ``conf_level``, as a part: ``"equal-precision"`` (proportional to
        the pointwise intervals) or ``"hall-wellner"``, on the scale of ``conf_type``; without it the part has no rows.
    band_between
        Two times between which the band must hold; from the first event to the last that leaves someone, when not
        given.

    Returns
    -------
    Result
        ``table``: ``group``, ``time``, ``at_risk`` (just before that time), ``events``, ``censored``, ``estimate`` (the
        share without the event just after it), ``std_error``, ``conf_low``, ``conf_high``; the first row of each group
        is time 0. ``parts["quantiles"]`` and ``parts["at_times"]`` have the columns of every table of estimates; the
        first adds ``probability``, the second ``time`` and ``at_risk``. ``parts["band"]`` has the columns of ``table``,
        with limits that are simultaneous.

    Raises
    ------
    AnalysisError
        When the data or a choice cannot be used; every fault of the data at once, in counts of rows.

    Notes
    -----
    The product-limit estimate with Greenwood's variance. Ties, who is at risk, and equal times are as in
    ``risk_table``. Where nobody is left without the event the estimate is 0, and its error and limits are not defined
    (NaN); before the first event the ``plain`` and ``log`` limits are both 1 and the others are not defined, except at
    time 0. These are the conventions of R. A quantile is the first time at which the curve has fallen to 1 - p, or the
    middle of the stretch when it is level at exactly that height; its limits are the same reading of the limits of the
    curve (Brookmeyer and Crowley). Beyond a group's last time the share is unknown, unless the curve has reached 0.

    The critical values of the bands are exact for many people: of the Hall-Wellner band, those of published tables; of
    the equal-precision band, where the tables hold Nair's approximation, up to some hundredths apart.

    *Validated against* R survival 3.5-3, ``survfit`` and ``quantile`` (tests/survival/test_survival_r.py); bands
    against R km.ci 0.5-6 and, for equal precision, a finite-difference solution
    (tests/survival/test_survival_curves.py).

    References
    ----------
    Kaplan and Meier (1958), JASA 53, 457-481. Brookmeyer and Crowley (1982), Biometrics 38, 29-41.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [3, 5, 5, 8], "event": [1, 1, 0, 0]})
    >>> result = kaplan_meier(frame, time="days", event="event", times=[5])
    >>> [float(share) for share in result.table["estimate"]]
    [1.0, 0.75, 0.5, 0.5]
    >>> print(result.text[1])
    An estimated 50.0% (95% interval 5.8% to 84.5%) had no recorded event by 5 days.
    """
    level("kaplan_meier", conf_level)
    choice("kaplan_meier", "conf_type", conf_type, SURVIVAL)
    moments = parts.stated_times("kaplan_meier", times)
    shares = parts.stated_shares("kaplan_meier", quantiles)
    between = bands.stated("kaplan_meier", band, band_between)
    observed = observe("kaplan_meier", data, time, event, by, entry, weights)
    z = critical_value(conf_level)
    curves = [parts.survival(label, counts, z, conf_type) for label, counts in observed.each()]
    method = observed.method() | {
        "estimator": "Kaplan-Meier",
        "variance": "Greenwood",
        "conf_level": conf_level,
        "conf_type": conf_type,
        "times": moments,
        "quantiles": shares,
        "band": band,
        "band_between": None if between is None else list(between),
    }
    table = parts.curve_table(observed, curves)
    what = "Share without a recorded event"
    return Result(
        name="kaplan_meier",
        title=f"{what} over time (Kaplan-Meier){describe.by_title(observed)}",
        table=table,
        method=method,
        checks=(*describe.checks(observed), *parts.time_checks(observed, curves, moments)),
        text=(
            *parts.size_sentences(observed, curves, conf_level),
            *parts.share_sentences(observed, curves, moments, conf_level),
            *describe.cautions(observed),
        ),
        count_columns=parts.COUNT_COLUMNS,
        shape="curve",
        parts={
            "quantiles": parts.quantiles(curves, shares, method),
            "at_times": parts.at_times("kaplan_meier_at_times", what, curves, moments, method),
            "band": bands.band_part(table, curves, band, between, method),
        },
        figure="survival_curve",
    )


def nelson_aalen(
    data: Table | Frame | Result,
    time: str | None = None,
    event: str | None = None,
    by: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
    conf_type: str = "log",
    times: Sequence[float] = (),
    variance: str = "aalen",
) -> Result:
    """Estimate the cumulative hazard of the event over time (Nelson-Aalen).

    Parameters
    ----------
    data, time, event, by, entry, weights
        As for ``kaplan_meier``.
    conf_level
        Level of the pointwise intervals.
    conf_type
        The scale on which the interval is symmetric: ``"log"`` or ``"plain"`` (cut at 0).
    times
        Times, in the unit of ``time``, at which to state the cumulative hazard.
    variance
        ``"aalen"``, the sum of d / Y², or ``"greenwood"``, the sum of d (Y - d) / Y³, which is smaller under ties.

    Returns
    -------
    Result
        ``table``: ``group``, ``time``, ``at_risk``, ``events``, ``censored``, ``estimate``, ``std_error``,
        ``conf_low``, ``conf_high``; the first row of each group is time 0. ``parts["at_times"]`` as for
        ``kaplan_meier``.

    Raises
    ------
    AnalysisError
        When the data or a choice cannot be used; every fault of the data at once, in counts of rows.

    Notes
    -----
    The sum of d / Y over event times. Ties and who is at risk are as in
    ``risk_table``; at tied events d / Y is added once. Before the first event the ``log`` limits are not defined
    (NaN), except at time 0.

    *Validated against* R survival 3.5-3, ``survfit`` (``cumhaz``, ``std.chaz``), and lifelines for the ``log`` limits
    (tests/survival/test_survival_r.py, test_survival_peers.py).

    References
    ----------
    Aalen (1978), Annals of Statistics 6, 701-726.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [3, 5, 5, 8], "event": [1, 1, 0, 0]})
    >>> [round(float(hazard), 3) for hazard in nelson_aalen(frame, time="days", event="event").table["estimate"]]
    [0.0, 0.25, 0.583, 0.583]
    """
    level("nelson_aalen", conf_level)
    choice("nelson_aalen", "conf_type", conf_type, HAZARD)
    choice("nelson_aalen", "variance", variance, HAZARD_VARIANCES)
    moments = parts.stated_times("nelson_aalen", times)
    observed = observe("nelson_aalen", data, time, event, by, entry, weights)
    z = critical_value(conf_level)
    curves = [parts.hazard(label, counts, z, conf_type, variance) for label, counts in observed.each()]
    method = observed.method() | {
        "estimator": "Nelson-Aalen",
        "variance": variance,
        "conf_level": conf_level,
        "conf_type": conf_type,
        "times": moments,
    }
    sizes = [describe.size(observed, one.label, one.counts) for one in curves]
    return Result(
        name="nelson_aalen",
        title=f"Cumulative hazard of a recorded event over time (Nelson-Aalen){describe.by_title(observed)}",
        table=parts.curve_table(observed, curves),
        method=method,
        checks=(*describe.checks(observed), *parts.time_checks(observed, curves, moments)),
        text=(*(Sentence(f"{words}.", revealed) for words, revealed in sizes), *describe.cautions(observed)),
        count_columns=parts.COUNT_COLUMNS,
        shape="curve",
        parts={"at_times": parts.at_times("nelson_aalen_at_times", "Cumulative hazard", curves, moments, method)},
    )
