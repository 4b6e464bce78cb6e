"""Which columns of a result a reader sees, what they are called and how they are shown, for every kind of result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from lvrn_eval.errors import ReportError, suggestion
from lvrn_eval.report import numbers
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.tables import LONGEST_VALUE, Format, Kind, code, escape
from lvrn_eval.report.wording import class_name, group_name, heading, period_name, plain_name, time_unit

if TYPE_CHECKING:
    from lvrn_eval.result import Result

SHARES = frozenset({"proportion", "sign test"})
"""Measures that are shares, shown as percentages."""

CURVES_OF_SHARES = frozenset({"Kaplan-Meier", "Aalen-Johansen"})
"""Estimators whose curve is a share of people."""

DAYS_PER_YEAR = 365.25
NAMES = frozenset({"term", "class", "period", "group", "site"})


@dataclass(frozen=True)
class Column:
    """One column of a table as a reader sees it."""

    name: str
    heading: str
    values: Sequence[Any]
    hidden: Sequence[bool]
    kind: Kind | Format = "auto"

    @property
    def empty(self) -> bool:
        """Say whether the column tells nothing: nothing in it, and nothing hidden."""
        return not any(self.hidden) and all(value is None or pd.isna(value) or value == "" for value in self.values)


class Layout(NamedTuple):
    """What ``markdown_table`` is given."""

    frame: pd.DataFrame
    suppressed: pd.DataFrame
    headings: dict[str, str]
    formats: dict[str, Format | Kind]


def layout(result: Result, columns: Sequence[str] | None = None) -> Layout:
    """Return the table of a result as a reader sees it.

    Parameters
    ----------
    result
        Any result.
    columns
        Which columns to show, in this order; by default those that suit the kind of result. ``estimate`` and ``rate``
        bring their interval with them.

    Raises
    ------
    ReportError
        When there is no such column.
    """
    shown = Shown.of(result)
    chosen = [column for column in _builder(result)(result, shown) if not column.empty or not len(shown)]
    if columns is not None:
        raw = {name: _raw(shown, name) for name in map(str, result.table.columns)}
        known = raw | {column.name: column for column in _builder(result)(result, shown)}
        if unknown := [name for name in columns if name not in known]:
            what = "; ".join(f"{name!r}: {suggestion(name, known)}" for name in unknown)
            raise ReportError(f"result {result.name!r} has no such column to show: {what}")
        chosen = [known[name] for name in columns]
    return _put_together(chosen)


def _put_together(columns: Sequence[Column]) -> Layout:
    return Layout(
        pd.DataFrame({column.name: pd.Series(list(column.values), dtype=object) for column in columns}),
        pd.DataFrame({column.name: pd.Series(list(column.hidden), dtype=bool) for column in columns}),
        {column.name: column.heading for column in columns},
        {column.name: column.kind for column in columns},
    )


def _builder(result: Result) -> Callable[[Result, Shown], list[Column]]:
    """Return what lays out a result with these columns."""
    has = set(result.table.columns)
    if result.shape == "curve" and {"time", "at_risk", "estimate"} <= has:
        return _curve
    for needed, build in KNOWN:
        if needed <= has:
            return build
    return lambda _, shown: [_raw(shown, str(name)) for name in shown.table.columns]


# ------------------------------------------------------------------ single columns


def _raw(shown: Shown, name: str, head: str | None = None) -> Column:
    """Return a column as it is, numbers and text each in their usual form."""
    values = shown.table[name]
    hidden = shown.hidden(name).tolist()
    if name == "p_value":
        return Column(name, heading(name), shown.numbers(name).tolist(), hidden, "p_value")
    if pd.api.types.is_bool_dtype(values):
        words = [None if pd.isna(value) else "yes" if value else "no" for value in values]
        return Column(name, head or heading(name), words, hidden, "text")
    if pd.api.types.is_numeric_dtype(values):
        found = shown.numbers(name)
        kind: Kind = "number" if numbers.places_for(found) else "count"
        return Column(name, head or heading(name), found.tolist(), hidden, kind)
    return _named(shown, name, plain_name if name in NAMES else str, head)


def _named(shown: Shown, name: str, words: Callable[[str], str], head: str | None = None) -> Column:
    texts = [None if pd.isna(value) else words(str(value)) for value in shown.table[name]]
    return Column(name, head or heading(name), texts, shown.hidden(name).tolist(), "text")


def _number(shown: Shown, name: str, head: str) -> Column:
    """Return a column of numbers with two decimals."""
    return Column(name, head, shown.numbers(name).tolist(), shown.hidden(name).tolist(), Format("number", 2))


def _group(result: Result, shown: Shown) -> list[Column]:
    """Return the column of groups where there is more than one."""
    if len(set(shown.texts("group"))) < 2:  # noqa: PLR2004
        return []
    return [_named(shown, "group", lambda label: group_name(label, result.method.get("by")))]


def _interval_heading(what: str, shown: Shown) -> str:
    levels = {level for level in shown.numbers("conf_level") if not isnan(level)}
    return f"{what} ({numbers.percent(levels.pop(), 0)} interval)" if len(levels) == 1 else f"{what} (interval)"


# ------------------------------------------------------------------ kinds of results


def _estimates(result: Result, shown: Shown) -> list[Column]:
    """Measures with their interval, each in its own unit, p-value and counts."""
    said = [_estimate(result, shown, row) for row in range(len(shown))]
    hidden = shown.hidden("estimate", "conf_low", "conf_high").tolist()
    head = _interval_heading("Estimate", shown)
    others = ("at_risk", "p_value", "n", "n_events")
    return [
        _term(result, shown),
        *_group(result, shown),
        Column("estimate", head, said, hidden, "ready"),
        *(_raw(shown, name) for name in others if name in shown),
    ]


def _term(result: Result, shown: Shown) -> Column:
    """Return the measures in words; the times and shares of a curve are spelt out."""
    unit = time_unit(result.method)
    times, shares = shown.numbers("time"), shown.numbers("probability")
    words = []
    for term, time, share in zip(shown.texts("term"), times, shares, strict=True):
        if not isnan(share):
            words.append(f"Time by which {numbers.percent(share, 0)} had a recorded event, in {unit}")
        elif not isnan(time):
            words.append(f"At {numbers.decimal(time, 0 if time == int(time) else 1)} {unit}")
        else:
            words.append(plain_name(term))
    return Column("term", heading("term"), words, shown.hidden("term").tolist(), "text")


def _estimate(result: Result, shown: Shown, row: int) -> str:
    """Return one estimate with its interval, as a percentage where it is a share."""
    estimate, low, high = (float(shown.numbers(name)[row]) for name in ("estimate", "conf_low", "conf_high"))
    measure = shown.texts("measure")[row]
    survival = "measure" not in shown and result.method.get("estimator") in CURVES_OF_SHARES and "time" in shown
    if measure in SHARES or survival:
        return numbers.interval(estimate, low, high, share=True)
    if isnan(low) and isnan(high) and shown.texts("interval", "none")[row] == "none":
        return numbers.decimal(estimate, 2)
    whole = all(isnan(value) or value == int(value) for value in (estimate, low, high) if abs(value) != float("inf"))
    return numbers.interval(estimate, low, high, decimals=0 if whole and "probability" in shown else 2)


def _classes(result: Result, shown: Shown) -> list[Column]:
    """People by class, with each one's share of its group where nothing in the group is hidden."""
    labels = shown.texts("group", "all")
    shares, unknown = np.full(len(shown), np.nan), np.zeros(len(shown), dtype=bool)
    for label in dict.fromkeys(labels):
        rows = [row for row, own in enumerate(labels) if own == label]
        some = shown.where(rows)
        shares[rows] = some.shares("people")
        unknown[rows] = some.hidden("people").any()
    columns = [*_group(result, shown), _named(shown, "class", class_name), _raw(shown, "people")]
    if np.isnan(shares).all():
        return columns
    return [*columns, Column("share", "Share of group", shares.tolist(), unknown.tolist(), "percent")]


def _pairs(_: Result, shown: Shown) -> list[Column]:
    return [_raw(shown, name) for name in ("before", "after", "people")]


def _exposure(_: Result, shown: Shown) -> list[Column]:
    """Events and time at risk by period, and the rate with its interval."""
    triples = zip(*(shown.numbers(name) for name in ("rate", "conf_low", "conf_high")), strict=True)
    said = [numbers.interval(*triple) for triple in triples]
    years = (shown.numbers("days_at_risk") / DAYS_PER_YEAR).tolist()
    hidden = shown.hidden("rate", "conf_low", "conf_high").tolist()
    return [
        _named(shown, "period", period_name),
        _raw(shown, "people"),
        _raw(shown, "events"),
        Column(
            "years_at_risk", "Person-years at risk", years, shown.hidden("days_at_risk").tolist(), Format("number", 1)
        ),
        Column("rate", _interval_heading(heading("rate"), shown), said, hidden, "ready"),
    ]


def _attrition(result: Result, shown: Shown) -> list[Column]:
    """Rules as they ran, with the people and records they removed and left."""
    pairs = zip(shown.texts("label"), shown.texts("rule", longest=LONGEST_VALUE), strict=True)
    said = [f"{escape(label)} {code(rule, LONGEST_VALUE) if rule else ''}".strip() for label, rule in pairs]
    counts = ["people_removed", "people_unknown", "people_left", "records_removed", "records_left"]
    if not shown.numbers("people_unknown").any() and not shown.hidden("people_unknown").any():
        counts.remove("people_unknown")
    return [
        *_group(result, shown),
        Column("label", "Rule, and as it ran", said, shown.hidden("label", "rule").tolist(), "marked"),
        *(_raw(shown, name) for name in counts if name in shown),
    ]


def _sampling(result: Result, shown: Shown) -> list[Column]:
    return [
        *_group(result, shown),
        *(_raw(shown, n) for n in ("wanted", "eligible", "reached", "shortfall") if n in shown),
    ]


def _balance(_: Result, shown: Shown) -> list[Column]:
    """Features and levels, their mean or share on both sides, and the standardised difference."""
    labels = zip(shown.texts("term"), shown.texts("group"), strict=True)
    names = [plain_name(t) if level in {"", "all"} else f"{plain_name(t)}: {plain_name(level)}" for t, level in labels]
    return [
        Column("term", "Feature", names, shown.hidden("term").tolist(), "text"),
        _number(shown, "selected", "Mean or share, selected"),
        _number(shown, "eligible", "Mean or share, eligible"),
        _number(shown, "estimate", "Difference in standard deviations"),
        _raw(shown, "n"),
    ]


def _test(result: Result, shown: Shown) -> list[Column]:
    others = ("df", "p_value", "n", "n_events")
    return [
        _named(shown, "test", plain_name),
        *_group(result, shown),
        _number(shown, "statistic", heading("statistic")),
        *(_raw(shown, name) for name in others if name in shown),
    ]


def _term_tests(_: Result, shown: Shown) -> list[Column]:
    others = ("df", "p_value", "n", "n_events")
    return [
        _named(shown, "term", plain_name),
        _number(shown, "statistic", heading("statistic")),
        *(_raw(shown, name) for name in others if name in shown),
    ]


def _ratios(result: Result, shown: Shown) -> list[Column]:
    """Terms of a model with their ratio and its interval, and the people and events of a category's own."""
    triples = zip(*(shown.numbers(name) for name in ("ratio", "ratio_low", "ratio_high")), strict=True)
    said = [numbers.interval(*triple, decimals=2) for triple in triples]
    hidden = shown.hidden("ratio", "ratio_low", "ratio_high").tolist()
    labels = shown.texts("label") if "label" in shown else shown.texts("term")
    parts = zip(labels, *(shown.texts(name, "") for name in ("variable", "level", "reference")), strict=True)
    names = [_effect(*each) for each in parts]
    return [
        Column("term", heading("term"), names, shown.hidden("term").tolist(), "text"),
        *_group(result, shown),
        Column("ratio", _interval_heading("Ratio", shown), said, hidden, "ready"),
        *(_raw(shown, name) for name in ("p_value", "n", "n_events") if name in shown),
    ]


def _effect(label: str, variable: str, level: str, reference: str) -> str:
    """Return what a term compares, as the figure of the same terms says it."""
    if not level:
        return plain_name(label)
    against = f" (against {plain_name(reference)})" if reference else ""
    return f"{plain_name(variable or label)}: {plain_name(level)}{against}"


def _curve(result: Result, _: Shown) -> list[Column]:
    """A curve at the times of its figure's ticks: how many at risk, and the share with its interval."""
    from lvrn_eval.report.figures.axis import label_ticks, time_ticks
    from lvrn_eval.report.figures.curve_lines import INCIDENCE, curve_lines, scale

    lines = curve_lines(result)
    latest = max((float(line.time[-1]) for line in lines if len(line.time)), default=0.0)
    moments = time_ticks(latest, time_unit(result.method)) if latest > 0 else [0.0]
    rows = [
        (line, moment, label) for line in lines for moment, label in zip(moments, label_ticks(moments), strict=True)
    ]
    nothing = [False] * len(rows)
    head = "Share with an event recorded" if scale(result) == INCIDENCE else "Share with no event recorded yet"
    level = result.method.get("conf_level")
    interval = f"{numbers.percent(level, 0)} interval" if isinstance(level, float) else "interval"
    columns = [
        Column("time", f"Time in {time_unit(result.method)}", [label for *_, label in rows], nothing, "ready"),
        Column("at_risk", "At risk", [line.at_risk_at([moment])[0] for line, moment, _ in rows], nothing, "ready"),
        Column(
            "estimate", f"{head} ({interval})", [line.share_at(moment) for line, moment, _ in rows], nothing, "ready"
        ),
    ]
    groups = [line.name for line, *_ in rows]
    return [*([Column("group", heading("group"), groups, nothing, "text")] if len(lines) > 1 else []), *columns]


def _event_study(_: Result, shown: Shown) -> list[Column]:
    """Events and person-months at risk by month from the anchor, and the rate with its interval."""
    triples = zip(*(shown.numbers(name) for name in ("rate", "conf_low", "conf_high")), strict=True)
    said = [numbers.interval(*triple, decimals=3) for triple in triples]
    hidden = shown.hidden("rate", "conf_low", "conf_high").tolist()
    return [
        _raw(shown, "time", "Month"),
        _raw(shown, "people"),
        _raw(shown, "events"),
        _raw(shown, "exposure", "Person-months at risk"),
        Column("rate", _interval_heading("Events per person-month", shown), said, hidden, "ready"),
    ]


KNOWN: tuple[tuple[frozenset[str], Callable[[Result, Shown], list[Column]]], ...] = (
    (frozenset({"label", "rule", "people_left"}), _attrition),
    (frozenset({"class", "people"}), _classes),
    (frozenset({"before", "after", "people"}), _pairs),
    (frozenset({"period", "rate"}), _exposure),
    (frozenset({"time", "exposure", "rate"}), _event_study),
    (frozenset({"wanted", "reached"}), _sampling),
    (frozenset({"term", "selected", "eligible"}), _balance),
    (frozenset({"test", "statistic"}), _test),
    (frozenset({"term", "ratio", "ratio_low", "ratio_high"}), _ratios),
    (frozenset({"term", "statistic", "df"}), _term_tests),
    (frozenset({"term", "estimate"}), _estimates),
)
"""The columns that tell a kind of result, and what lays it out."""
