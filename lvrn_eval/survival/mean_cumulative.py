"""How many recorded events a person has on average by each time, when they can have several."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence
from lvrn_eval.survival import recurrent_words as words
from lvrn_eval.survival.curve_parts import stated_times
from lvrn_eval.survival.inputs import choice, level
from lvrn_eval.survival.kernels import mean_cumulative as kernels
from lvrn_eval.survival.kernels.interval import HAZARD, critical_value, hazard_interval
from lvrn_eval.survival.kernels.tally import Floats, Integers
from lvrn_eval.survival.recurrent_rows import RowColumns, Rows, read_rows
from lvrn_eval.survival.risk_table import tidy

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table

COUNT_COLUMNS = ("at_risk", "events", "censored")
MEASURE = "mean number of events"


@dataclass(frozen=True)
class Group:
    """One group's curve with its limits, and when its people's follow-up ended without an event."""

    size: words.Size
    curve: kernels.MeanCurve
    censored: Integers
    first_events: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats

    def row(self, time: float) -> int | None:
        """Return the row of the curve at a time; None when nobody was observed so long."""
        if time > self.curve.time[-1]:
            return None
        return int(np.searchsorted(self.curve.time, time, side="right")) - 1


def mean_cumulative(
    data: Table | Frame,
    person: str,
    entry: str,
    time: str,
    event: str,
    by: str | None = None,
    conf_level: float = 0.95,
    conf_type: str = "log",
    times: Sequence[float] = (),
) -> Result:
    """Estimate the mean number of recorded events per person by each time (mean cumulative function).

    Parameters
    ----------
    data
        Start-stop rows, several to a person: a table of the project, or a pandas, Polars or Arrow frame. A row covers
        entry < t <= time, in any one unit from the person's own start.
    person, entry, time
        The columns that say whose row it is, and when it begins and ends.
    event
        The column that says whether the row ends with an event: 1 or true; else 0 or false.
    by
        A column of groups, the same in all rows of a person.
    conf_level
        Level of the pointwise intervals.
    conf_type
        The scale on which the interval is symmetric: ``"log"`` or ``"plain"`` (cut at 0).
    times
        Times, in the unit of ``time``, at which to state the mean, and the differences between groups.

    Returns
    -------
    Result
        ``table``: ``group``, ``time``, ``at_risk`` (people at risk just before that time), ``events``, ``censored``
        (people whose follow-up ended then without an event), ``estimate`` (the mean number of events so far),
        ``std_error``, ``conf_low``, ``conf_high``; the first row of each group is time 0.
        ``parts["at_times"]``, and with ``by`` also ``parts["differences"]`` (every group less the first), have the
        columns of every table of estimates, ``n`` being people and ``n_events`` the events by that time, and add
        ``time``, ``measure`` and ``n_with_event`` (people with an event by then). With ``by``,
        ``parts["test"]`` has one row: ``test``, ``statistic`` (chi-square), ``df``, ``p_value``, ``n``, ``n_events``.

    Raises
    ------
    AnalysisError
        When the data or a choice cannot be used; every fault of the data at once, in counts of rows or people.

    Notes
    -----
    The sum of d / Y over event times (Nelson), with Lawless and Nadeau's robust variance, which lets events of the
    same person go together. It assumes that when somebody is observed says nothing about their rate of events: deaths
    and custody must be handled as what they are (custody as time not at risk; where many die, their rate after death
    is 0 and this mean overstates). A time of several rows' ends counts all events at it once. The limits of ``log``
    are not defined (NaN) before the first event. The test is the robust (pseudo-) score test of equal mean functions,
    every event weighing the same.

    *Validated against* R survival 3.5-3, ``survfit(..., id=)`` (``cumhaz``, ``std.chaz``) and the robust score test of
    ``coxph(ties = "breslow", cluster = )`` on bladder and cgd (tests/survival/test_survival_mcf.py).

    References
    ----------
    Lawless and Nadeau (1995), Technometrics 37, 158-168. Cook and Lawless (2007), The Statistical Analysis of
    Recurrent Events, Springer.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"person": ["a", "a", "b"], "start": [0, 10, 0], "days": [10, 30, 20], "event": [1, 1, 0]})
    >>> result = mean_cumulative(rows, "person", "start", "days", "event")
    >>> [float(mean) for mean in result.table["estimate"]]
    [0.0, 0.5, 0.5, 1.5]
    """
    level("mean_cumulative", conf_level)
    choice("mean_cumulative", "conf_type", conf_type, HAZARD)
    moments = stated_times("mean_cumulative", times)
    columns = RowColumns(time, event, by, entry, person=person)
    rows, _ = read_rows("mean_cumulative", data, columns)
    found = words.sizes(rows)
    z = critical_value(conf_level)
    groups = [_group(own, size, z, conf_type) for own, size in zip(rows.split(), found, strict=True)]
    method = _method(columns) | {"conf_level": conf_level, "conf_type": conf_type, "times": moments}
    parts = {"at_times": _at_times(groups, moments, method)}
    if by is not None and len(groups) > 1:
        parts |= {"differences": _differences(groups, moments, method, z), "test": _test(rows, found, method)}
    return Result(
        name="mean_cumulative",
        title=f"Mean number of recorded events per person over time{_by_title(columns)}",
        table=_table(rows, groups),
        method=method,
        checks=(*words.checks(rows, found), *_time_checks(columns, groups, moments)),
        text=(
            *words.size_sentences(columns, found),
            *_mean_sentences(columns, groups, parts["at_times"]),
            *(_difference_sentences(columns, parts["differences"]) if "differences" in parts else ()),
            *words.cautions(columns, found),
        ),
        count_columns=COUNT_COLUMNS,
        shape="curve",
        parts=parts,
        figure="mean_cumulative",
    )


def _method(columns: RowColumns) -> dict[str, Any]:
    named: dict[str, Any] = {part: column for part, column in vars(columns).items() if part != "strata"}
    return named | {
        "estimator": "mean cumulative function (Nelson)",
        "variance": "robust: Lawless and Nadeau",
        "at_risk": "entry < time <= exit",
        "ties": "at one time events come first, then ends of follow-up, then entries",
        "missing": "refused",
    }


def _by_title(columns: RowColumns) -> str:
    return "" if columns.by is None else f", by {columns.by.replace('_', ' ')}"


def _group(own: Rows, size: words.Size, z: float, conf_type: str) -> Group:
    curve = kernels.mean_cumulative(own.person, own.entry, own.time, own.event)
    error = np.sqrt(curve.variance)
    low, high = hazard_interval(curve.estimate, error, z, conf_type)
    left = np.searchsorted(curve.time, own.time[own.last & ~own.event])
    # at time 0 the mean is known to be 0
    low[0] = high[0] = 0.0
    first = np.sort(own.time[own.event & (own.events_before() == 0)])
    return Group(size, curve, np.bincount(left, minlength=curve.time.size), first, error, low, high)


def _table(rows: Rows, groups: Sequence[Group]) -> pd.DataFrame:
    sizes = [one.curve.time.size for one in groups]
    columns: dict[str, Any] = {"group": np.repeat(np.array(rows.groups, object), sizes)}
    columns["time"] = tidy(np.concatenate([one.curve.time for one in groups]))
    for name in ("at_risk", "events"):
        columns[name] = np.concatenate([getattr(one.curve, name) for one in groups])
    columns["censored"] = np.concatenate([one.censored for one in groups])
    columns["estimate"] = np.concatenate([one.curve.estimate for one in groups])
    for name in ("std_error", "conf_low", "conf_high"):
        columns[name] = np.concatenate([getattr(one, name) for one in groups])
    return pd.DataFrame(columns)


def _at_times(groups: Sequence[Group], moments: Sequence[float], method: dict[str, Any]) -> Result:
    listed = []
    for one, time in product(groups, moments):
        values = {"term": f"at {time:.15g}", "group": one.size.label, "n": one.size.people, "time": time}
        row = one.row(time)
        values |= _events_by(one, time=time)
        if row is not None:
            values["estimate"] = float(one.curve.estimate[row])
            values |= {name: float(getattr(one, name)[row]) for name in ("std_error", "conf_low", "conf_high")}
        listed.append(values)
    return estimates("mean_cumulative_at_times", "Mean number of recorded events at stated times", listed, method)


def _events_by(*groups: Group, time: float) -> dict[str, int]:
    """Return how many events groups had by a time, and how many people."""
    events = sum(int(one.curve.events[one.curve.time <= time].sum()) for one in groups)
    people = sum(int(np.searchsorted(one.first_events, time, side="right")) for one in groups)
    return {"n_events": events, "n_with_event": people}


def _differences(groups: Sequence[Group], moments: Sequence[float], method: dict[str, Any], z: float) -> Result:
    """Return every group's mean less the first's at each time; people of different groups are independent."""
    first, listed = groups[0], []
    for one, time in product(groups[1:], moments):
        rows = one.row(time), first.row(time)
        values = {
            "term": f"at {time:.15g}",
            "group": f"{one.size.label} less {first.size.label}",
            "n": one.size.people + first.size.people,
            "time": time,
        } | _events_by(one, first, time=time)
        if rows[0] is not None and rows[1] is not None:
            gap = float(one.curve.estimate[rows[0]] - first.curve.estimate[rows[1]])
            error = math.sqrt(one.curve.variance[rows[0]] + first.curve.variance[rows[1]])
            values |= {"estimate": gap, "std_error": error, "conf_low": gap - z * error, "conf_high": gap + z * error}
            values["p_value"] = math.erfc(abs(gap / error) / math.sqrt(2)) if error > 0 else math.nan
        listed.append(values)
    title = "Difference in the mean number of recorded events at stated times"
    return estimates("mean_cumulative_differences", title, listed, method)


def estimates(name: str, title: str, listed: Sequence[dict[str, Any]], method: dict[str, Any]) -> Result:
    """Return rows of mean numbers as a table of estimates."""
    kinds = dict.fromkeys(ESTIMATE_COLUMNS, "float64") | {"term": "str", "group": "str", "n": "int64"}
    kinds |= {"n_events": "int64", "time": "float64", "measure": "str", "n_with_event": "int64"}
    common = {"conf_level": method["conf_level"], "measure": MEASURE}
    table = {
        column: pd.Series([(row | common).get(column, math.nan) for row in listed], dtype=kind)
        for column, kind in kinds.items()
    }
    return Result(name, title, pd.DataFrame(table), method, count_columns=("n", "n_events", "n_with_event"))


def _test(rows: Rows, found: Sequence[words.Size], method: dict[str, Any]) -> Result:
    from scipy.special import chdtrc

    all_in = words.whole(found)
    tested = kernels.score_test(rows.person, rows.entry, rows.time, rows.event, rows.group, len(rows.groups))
    statistic, df = tested if tested is not None else (math.nan, len(rows.groups) - 1)
    row = {"test": "robust score", "statistic": statistic, "df": df, "p_value": float(chdtrc(df, statistic))}
    table = pd.DataFrame([row | {"n": all_in.people, "n_events": all_in.events}])
    title = "Test of equal mean numbers of recorded events"
    return Result("mean_cumulative_test", title, table, method, count_columns=("n", "n_events"))


def _time_checks(columns: RowColumns, groups: Sequence[Group], moments: Sequence[float]) -> Iterator[Check]:
    """Yield whether the stated times were observed, and whether there was always somebody at risk."""
    late = [(one, time) for one, time in product(groups, moments) if one.row(time) is None]
    if moments and not late:
        yield Check("times_observed", True, "Every group was observed as long as the stated times.")
    elif late:
        listed = "; ".join(f"{words.prefix(columns, one.size.label)}{words.moment(columns, at)}" for one, at in late)
        yield Check("times_observed", False, f"Nobody was observed so long: {listed}.")
    empty = [one.size.label for one in groups if (one.curve.at_risk[1:] == 0).any()]
    if empty:  # pragma: no cover - a row's end is always somebody at risk
        yield Check("someone_at_risk", False, f"At some times nobody was at risk: {', '.join(empty)}.")


def _mean_sentences(
    columns: RowColumns,
    groups: Sequence[Group],
    at_times: Result,
) -> Iterator[Sentence]:
    """Yield the mean of each group at each stated time."""
    by_label = {one.size.label: one.size for one in groups}
    for row in at_times.table.to_dict("records"):
        start, when = words.prefix(columns, row["group"]), words.moment(columns, row["time"])
        if math.isnan(row["estimate"]):
            text = f"{start}nobody was observed as long as {when}, so the mean then is not known."
            yield Sentence(text if start else text[0].upper() + text[1:])
            continue
        per_person = f"{row['estimate']:.2f} recorded events per person by {when}{interval(row)}."
        text = f"{start}an estimated {per_person}" if start else f"An estimated {per_person}"
        yield Sentence(text, (by_label[row["group"]].people, int(row["n_events"]), int(row["n_with_event"])))


def _difference_sentences(columns: RowColumns, differences: Result) -> Iterator[Sentence]:
    for row in differences.table.to_dict("records"):
        if math.isnan(row["estimate"]):
            continue
        one, other = row["group"].split(" less ", 1)
        side = "more" if row["estimate"] >= 0 else "fewer"
        text = (
            f"By {words.moment(columns, row['time'])}, {words.group_name(columns, one)} had an estimated "
            f"{abs(row['estimate']):.2f} {side} recorded events per person than {words.group_name(columns, other)} "
            f"(difference {row['estimate']:.2f}{interval(row).replace(' (', ', ', 1)}."
        )
        yield Sentence(text, (int(row["n"]), int(row["n_events"]), int(row["n_with_event"])))


def interval(row: Mapping[Any, Any]) -> str:
    """Return the interval of a row of estimates in words, in brackets."""
    if math.isnan(row["conf_low"]):
        return " (interval not defined)"
    return f" ({100 * row['conf_level']:g}% interval {row['conf_low']:.2f} to {row['conf_high']:.2f})"
