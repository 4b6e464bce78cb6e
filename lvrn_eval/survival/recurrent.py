"""Models of recurrent events: Andersen-Gill, Prentice-Williams-Peterson and Wei-Lin-Weissfeld."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.inputs import choice
from lvrn_eval.survival.recurrent_fit import Stack, modelled, ordered, read
from lvrn_eval.survival.recurrent_rows import RowColumns, Rows

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.result import Result
    from lvrn_eval.survival.kernels.tally import Floats

TIME_SCALES = ("total", "gap")
COEFFICIENTS = ("common", "by_order")


def andersen_gill(
    data: Table | Frame,
    formula: str,
    person: str,
    entry: str,
    time: str,
    event: str,
    strata: str | None = None,
    ties: str = "efron",
    conf_level: float = 0.95,
) -> Result:
    """Fit a model of the rate of recorded events when people can have several (Andersen and Gill).

    Parameters
    ----------
    data
        Start-stop rows, several to a person: a table of the project, or a pandas, Polars or Arrow frame. A row covers
        entry < t <= time, in any one unit from the person's own start, and ends with an event or without.
    formula
        The covariates, such as ``"age + site"``; they may change from row to row, if known at the row's start.
    person, entry, time
        The columns that say whose row it is, and when it begins and ends.
    event
        The column that says whether the row ends with an event: 1 or true; else 0 or false.
    strata
        A column of strata, each with its own baseline rate.
    ties
        ``"efron"`` or ``"breslow"``.
    conf_level
        Level of the intervals.

    Returns
    -------
    Result
        ``table``, a row per term: the columns of every table of estimates on the log scale (``n`` is people,
        ``n_events`` recorded events, ``std_error`` robust), then ``ratio`` (the rate ratio), ``ratio_low``,
        ``ratio_high``, ``statistic`` (Wald's z), ``measure``, ``variable``, ``label``, ``level``, ``reference`` and
        ``std_error_model`` (as if events were independent) and ``n_with_event`` (people with an event); counts are
        those of the category, for a category, else of all.
        ``parts["tests"]``: the robust Wald test of all terms together: ``test``, ``statistic``, ``df``, ``p_value``,
        ``n``, ``n_events``.

    Raises
    ------
    AnalysisError
        When the data, the formula or a choice cannot be used (every fault at once, in counts of rows or people), there
        is no event, or a term is collinear with others or separates those with events from those without.

    Notes
    -----
    Every event of a person is an event of one rate, whatever came before; the sandwich covariance, summed over people
    (Lin and Wei), allows for a person's events going together. It is a model of the rate, so a hazard that jumps after
    an event is averaged over, unless the formula says so.

    *Validated against* R survival 3.5-3, ``coxph(Surv(start, stop, event) ~ ..., cluster = id)`` on bladder and cgd
    (tests/survival/test_survival_recurrent.py).

    References
    ----------
    Andersen and Gill (1982), Annals of Statistics 10, 1100-1120. Lin, Wei, Yang and Ying (2000), JRSS B 62, 711-730.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"person": [1, 1, 2, 3, 3, 4], "start": [0, 5, 0, 0, 3, 0], "days": [5, 20, 20, 3, 20, 15],
    ...                      "event": [1, 0, 0, 1, 1, 1], "older": [1, 1, 1, 0, 0, 0]})
    >>> result = andersen_gill(rows, "older", "person", "start", "days", "event")
    >>> round(float(result.row("older")["ratio"]), 2)
    0.27
    """
    rows, stack = read("andersen_gill", data, formula, RowColumns(time, event, None, entry, None, strata, person))
    choices = {"ties": ties, "strata": strata, "conf_level": conf_level, "time_scale": "total"}
    return modelled("andersen_gill", "Rate of recorded events (Andersen-Gill)", "rate ratio", rows, stack, choices)


def pwp(
    data: Table | Frame,
    formula: str,
    person: str,
    entry: str,
    time: str,
    event: str,
    time_scale: str,
    max_order: int | None = None,
    coefficients: str = "common",
    ties: str = "efron",
    conf_level: float = 0.95,
) -> Result:
    """Fit a model of the first event, the second after the first, and so on (Prentice, Williams and Peterson).

    Parameters
    ----------
    data, formula, person, entry, time, event, ties, conf_level
        As for ``andersen_gill``. The order of an event is counted from the rows.
    time_scale
        ``"total"``: time from the person's start; ``"gap"``: time since the start or the person's last event.
    max_order
        Leave out events after this one, and the time after it; by default none is left out.
    coefficients
        ``"common"``: one coefficient per term for all orders; ``"by_order"``: one for each order.

    Returns
    -------
    Result
        As for ``andersen_gill``, with hazard ratios; and ``parts["orders"]``: ``order``, ``people`` (ever at risk of an
        event of that order), ``events``. By order, terms are called ``age, event 2``.

    Raises
    ------
    AnalysisError
        As for ``andersen_gill``.

    Notes
    -----
    A Cox model stratified by the order of the event: somebody is at risk of their second only after their first. So it
    compares people who have had equally many events; after the first, groups are no longer alike even where they were
    assigned by lot. Robust covariance over people.

    *Validated against* R survival 3.5-3, ``coxph(... + strata(enum), cluster = id)`` on bladder and cgd
    (tests/survival/test_survival_recurrent.py).

    References
    ----------
    Prentice, Williams and Peterson (1981), Biometrika 68, 373-379.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"person": [1, 1, 2, 3, 3, 4], "start": [0, 5, 0, 0, 3, 0], "days": [5, 20, 20, 3, 20, 15],
    ...                      "event": [1, 0, 0, 1, 1, 1], "older": [1, 1, 1, 0, 0, 0]})
    >>> result = pwp(rows, "older", "person", "start", "days", "event", time_scale="gap", max_order=1)
    >>> result.parts["orders"].table.to_dict("list")
    {'order': [1], 'people': [4], 'events': [3]}
    """
    choice("pwp", "time_scale", time_scale, TIME_SCALES)
    choice("pwp", "coefficients", coefficients, COEFFICIENTS)
    rows, stack = read("pwp", data, formula, RowColumns(time, event, None, entry, person=person))
    order = rows.events_before()
    last = _last_order("pwp", rows, max_order)
    kept = order < last
    origin = _last_event(rows) if time_scale == "gap" else np.zeros(order.size)
    stack = Stack(
        columns=[values[kept] for values in stack.columns],
        terms=stack.terms,
        person=rows.person[kept],
        entry=(rows.entry - origin)[kept],
        time=(rows.time - origin)[kept],
        event=rows.event[kept],
        stratum=order[kept],
    )
    choices = {"ties": ties, "conf_level": conf_level, "time_scale": time_scale, "max_order": max_order}
    title = f"Recorded events in order, {time_scale} time (Prentice-Williams-Peterson)"
    return ordered("pwp", title, rows, stack, choices | {"coefficients": coefficients})


def wlw(
    data: Table | Frame,
    formula: str,
    person: str,
    entry: str,
    time: str,
    event: str,
    max_order: int,
    coefficients: str = "common",
    ties: str = "efron",
    conf_level: float = 0.95,
) -> Result:
    """Fit a model of the time from the start to the first, to the second, ... event (Wei, Lin and Weissfeld).

    Parameters
    ----------
    data, formula, person, entry, time, event, ties, conf_level
        As for ``andersen_gill``.
    max_order
        The last event to model; everybody is at risk of every event up to it from the start.
    coefficients
        ``"common"``: one coefficient per term for all orders; ``"by_order"``: one for each order.

    Returns
    -------
    Result
        As for ``pwp``.

    Raises
    ------
    AnalysisError
        As for ``andersen_gill``.

    Notes
    -----
    One Cox model for the time to each event, stratified by its order, with a robust covariance over people. Somebody
    counts as at risk of a third event before the first, so it keeps the comparison between groups as they started, but
    carries an effect on the first event over to all later ones. Time between a person's rows is not at risk.

    *Validated against* R survival 3.5-3, ``coxph(Surv(stop, event) ~ ... + strata(enum), cluster = id)`` on bladder
    (tests/survival/test_survival_recurrent.py).

    References
    ----------
    Wei, Lin and Weissfeld (1989), Journal of the American Statistical Association 84, 1065-1073.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"person": [1, 1, 2, 3, 3, 4], "start": [0, 5, 0, 0, 3, 0], "days": [5, 20, 20, 3, 20, 15],
    ...                      "event": [1, 0, 0, 1, 1, 1], "older": [1, 1, 1, 0, 0, 0]})
    >>> result = wlw(rows, "older", "person", "start", "days", "event", max_order=2)
    >>> result.parts["orders"].table.to_dict("list")
    {'order': [1, 2], 'people': [4, 4], 'events': [3, 1]}
    """
    choice("wlw", "coefficients", coefficients, COEFFICIENTS)
    rows, one = read("wlw", data, formula, RowColumns(time, event, None, entry, person=person))
    before = rows.events_before()
    last = _last_order("wlw", rows, max_order)
    which = [np.flatnonzero(before <= order) for order in range(last)]
    row, stratum = np.concatenate(which), np.repeat(np.arange(last), [chosen.size for chosen in which])
    stack = Stack(
        columns=[values[row] for values in one.columns],
        terms=one.terms,
        person=rows.person[row],
        entry=rows.entry[row],
        time=rows.time[row],
        event=rows.event[row] & (before[row] == stratum),
        stratum=stratum,
    )
    choices = {"ties": ties, "conf_level": conf_level, "time_scale": "total", "max_order": max_order}
    title = "Recorded events in order, each from the start (Wei-Lin-Weissfeld)"
    return ordered("wlw", title, rows, stack, choices | {"coefficients": coefficients})


def _last_order(function: str, rows: Rows, max_order: int | None) -> int:
    """Return the last event to model.

    Raises
    ------
    AnalysisError
        When it is not a whole number from 1 on, or nobody has so many events.
    """
    most = int(np.bincount(rows.person, rows.event).max())
    if max_order is None:
        return most
    if not isinstance(max_order, int) or isinstance(max_order, bool) or max_order < 1:
        raise AnalysisError(f"{function}: max_order must be a whole number from 1 on")
    if max_order > most:
        raise AnalysisError(f"{function}: nobody has as many events as max_order={max_order}; give a smaller number")
    return max_order


def _last_event(rows: Rows) -> Floats:
    """Return when the person of each row last had an event before it; their start, 0, where they had none."""
    index = np.arange(rows.time.size)
    ended = np.append(-1, np.where(rows.event, index, -1)[:-1])
    latest = np.maximum.accumulate(ended)
    own = latest >= index[rows.first][rows.person]
    return np.where(own, rows.time[latest], 0.0)
