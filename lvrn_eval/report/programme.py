"""What the cells of a programme's page call: its values by period and by place, what they speak to, what is published.

They read protected results alone, as ``lvrn_eval.framework.answers`` made them and disclosure control left them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from lvrn_eval.records.districts import district_name
from lvrn_eval.report.cells import Block
from lvrn_eval.report.numbers import HIDDEN, MISSING, decimal, interval
from lvrn_eval.report.tables import Kind, escape, markdown_table
from lvrn_eval.report.wording import plain_name

if TYPE_CHECKING:
    from lvrn_eval.release import Release
    from lvrn_eval.result import Result

VALUES = {"observations": "count", "shares": "estimate", "rates": "rate", "values": "estimate", "services": "value"}
"""The parts of the observations, each with the column that holds its values."""

NOT_MEASURED = ("counted only", "claimed")
HOPED = {"increase": "more", "decrease": "fewer", "neither": "neither"}
WHOLE = "all"
SO_FAR = ", so far"
MOST = 2
"""Decimals."""

WIDEST = 4
"""How many columns of numbers a table of parts has at most."""


_Key = TypeVar("_Key")


@dataclass(frozen=True)
class Value:
    """One value as a reader sees it; ``over`` says whether its period was over when the records ended."""

    indicator: str
    level: str
    area: str
    period: str
    starts: str
    text: str
    over: bool


def values(release: Release, *, label: str, caption: str) -> Block:
    """Return every value for the whole programme, a row an indicator and a column a period.

    Parameters
    ----------
    release
        Of an analysis that returned ``programme_answers``.
    label, caption
        As in ``cells.table``.
    """
    about = _indicators(release)
    found = [one for one in _values(release) if one.level == WHOLE]
    if not found:
        return Block("Nothing was counted for the whole programme.\n")
    texts, periods = {(one.indicator, one.period): one.text for one in found}, _periods(found)
    rows = [
        (
            _named(about, name),
            HOPED[str(about.loc[name, "direction"])],
            *(texts.get((name, each), "") for each in periods),
        )
        for name in about.index
        if name in {one.indicator for one in found}
    ]
    return _table(["Indicator", "Hoped for", *periods], rows, label, caption, words=2)


def by_period(release: Release, result: str, *, label: str, caption: str) -> Block:
    """Return the values of one result with a row a period, a column an indicator and part.

    Parameters
    ----------
    release, label, caption
        As in ``values``.
    result
        A result of observations, such as those by quarter.
    """
    about, found = _indicators(release), list(_values(release, result))
    texts = {(one.period, one.indicator, one.area): one.text for one in found}
    columns = list(dict.fromkeys((one.indicator, one.area) for one in found))
    heads = {
        (name, area): str(about.loc[name, "name"]) + ("" if area == WHOLE else f", {plain_name(area).lower()}")
        for name, area in columns
    }
    made = []
    for number, part, of in _parts(columns):
        rows = [(escape(period), *(texts.get((period, *key), "") for key in part)) for period in _periods(found)]
        made.append(_table(["Period", *(heads[key] for key in part)], rows, f"{label}-{number}", caption + of, words=1))
    return Block("\n".join(block.markdown for block in made))


def breakdowns(release: Release) -> Block:
    """Return the values of the parts of the programme: a row a part, a column an indicator and period.

    Each way of breaking down (by site, by district) has tables of its own, of at most ``WIDEST`` columns.
    """
    about, found = _indicators(release), [one for one in _values(release) if one.level != WHOLE]
    made = [
        table for level in dict.fromkeys(one.level for one in found)
        for table in _broken_down([one for one in found if one.level == level], level, about)
    ]  # fmt: skip
    return Block("\n".join(made) if made else "Nothing is broken down further.\n")


def _broken_down(found: Sequence[Value], level: str, about: pd.DataFrame) -> Iterator[str]:
    """Yield the tables of one way of breaking down."""
    texts = {(one.area, one.indicator, one.period): one.text for one in found}
    areas = list(dict.fromkeys(one.area for one in found))
    columns = [(name, period) for name in about.index for period in _periods([o for o in found if o.indicator == name])]
    for number, part, of in _parts(columns):
        heads = [plain_name(level), *(f"{_named(about, name, escaped=False)}, {period}" for name, period in part)]
        rows = [
            (escape(district_name(area) or plain_name(area)), *(texts.get((area, *column), "") for column in part))
            for area in areas
        ]
        label = f"tbl-by-{level.replace('_', '-')}-{number}"
        yield _table(heads, rows, label, f"Values by {level.replace('_', ' ')}" + of, words=1).markdown


def _parts(columns: Sequence[_Key]) -> Iterator[tuple[int, Sequence[_Key], str]]:
    """Yield columns as many as a table bears, with its number and the end of its caption."""
    parts = [columns[at : at + WIDEST] for at in range(0, len(columns), WIDEST)]
    for number, part in enumerate(parts, start=1):
        yield number, part, f" ({number} of {len(parts)})." if len(parts) > 1 else "."


def speaks_to(release: Release, *, label: str, caption: str) -> Block:
    """Return which outcomes the programme's indicators speak to, how strongly, and what exactly is counted."""
    table = release.result("indicators").table
    rows = [
        (escape(row.name), escape(f"{row.number} {row.outcome}"), escape(row.strength), escape(row.definition, 600))
        for row in table.itertuples(index=False)
    ]
    return _table(["Indicator", "Outcome", "Strength of the link", "What is counted"], rows, label, caption, words=4)


def claims(release: Release, *, label: str, caption: str) -> Block:
    """Return, for each programme, the outcomes that it only counts around, or claims, and does not measure."""
    table, names = release.result("coverage").table, _names(release)
    rows = []
    for name, own in table.groupby("programme", sort=False):
        marked = {mark: own.loc[own["mark"] == mark, "outcome"] for mark in NOT_MEASURED}
        if any(len(outcomes) for outcomes in marked.values()):
            listed = ("; ".join(names[outcome] for outcome in outcomes) or "none" for outcomes in marked.values())
            rows.append((escape(names[str(name)]), *(escape(text, 600) for text in listed)))
    return _table(
        ["Programme", "Counted around, not measured", "Claimed, nothing counted"], rows, label, caption, words=3
    )


def published(release: Release, *, label: str, caption: str) -> Block:
    """Return published figures beside what records give, and whether each holds."""
    result, names = release.result("headlines"), _names(release)
    rows = [
        (
            escape(names[row["programme"]]),
            escape(f"{row['about']} ({row['unit']})"),
            escape(f"{row['qualifier'].replace('_', ' ')} {_shown(row['published'])}"),
            _hidden_or(result, at, "computed", _shown(row["computed"])),
            _hidden_or(result, at, "holds", _verdict(row["holds"])),
        )
        for at, row in enumerate(result.table.to_dict("records"))
    ]
    heads = ["Programme", "Figure", "Published", "Computed", "Holds"]
    return _table(heads, rows, label, caption, words=3)


def open_questions(release: Release) -> Block:
    """Return what the report leaves open about its figures, and why some cannot be computed."""
    table = release.result("headlines").table
    said = [
        f"- **{escape(row['about'])}** (page {row['page']}). {escape(_noted(row), 600)}"
        for row in table.to_dict("records")
        if row["leaves_open"] or row["reason"]
    ]
    return Block("\n".join(said or ["The report leaves nothing open."]) + "\n")


def _noted(row: Mapping[Hashable, Any]) -> str:
    """Return what a figure's row leaves open and why it cannot be computed, each as a sentence."""
    notes = dict.fromkeys(str(note) for note in (row["leaves_open"], row["reason"]) if note)
    return ". ".join(f"{note[0].upper()}{note[1:]}" for note in notes) + "."


def _shown(value: Any) -> str:
    number = _number(value)
    return MISSING if math.isnan(number) else decimal(number, 0 if number.is_integer() else 1)


def _verdict(holds: Any) -> str:
    return MISSING if pd.isna(holds) else "yes" if holds else "no"


def _hidden_or(result: Result, at: int, column: str, text: str) -> str:
    return HIDDEN if result.suppressed is not None and bool(result.suppressed[column].iloc[at]) else text


def summary(release: Release) -> Block:
    """Return what the programme is, and for each indicator its value in the newest period that was over."""
    about = _indicators(release)
    newest: dict[str, Value] = {}
    for one in _values(release):
        if one.level == WHOLE and (one.over, one.starts) >= _age(newest.get(one.indicator)):
            newest[one.indicator] = one
    said = [f"- {_named(about, name)}: {escape(newest[name].text)} ({newest[name].period})" for name in about.index
            if name in newest]  # fmt: skip
    return Block(f"{escape(_facts(release)['about'], 600)}\n\n" + "\n".join(said) + "\n")


def _age(one: Value | None) -> tuple[bool, str]:
    return (False, "") if one is None else (one.over, one.starts)


def _facts(release: Release) -> dict[str, str]:
    table = release.result("programme").table
    return dict(zip(table["what"], table["text"], strict=True))


def left_open(release: Release) -> Block:
    """Return what the sources of the programme and its indicators leave open."""
    facts, table = _facts(release), release.result("indicators").table
    notes = [(facts["name"], facts["left open by the source"])] if "left open by the source" in facts else []
    notes += [(name, note) for name, note in zip(table["name"], table["source_note"], strict=True) if note]
    notes += [
        (name, f"Not measured: {why}") for name, why in zip(table["name"], table["not_measured"], strict=True) if why
    ]
    said = [f"- **{escape(name)}.** {escape(note, 600)}" for name, note in dict.fromkeys(notes)]
    return Block("\n".join(said or ["The sources leave nothing open."]) + "\n")


def _names(release: Release) -> dict[str, str]:
    """Return what the programmes and outcomes of the framework are called, by slug."""
    table = release.result("names").table
    return dict(zip(table["slug"], table["name"], strict=True))


def _indicators(release: Release) -> pd.DataFrame:
    return release.result("indicators").table.drop_duplicates("indicator").set_index("indicator")


def _named(about: pd.DataFrame, indicator: str, *, escaped: bool = True) -> str:
    """Return an indicator's name with its unit."""
    text = f"{about.loc[indicator, 'name']} ({about.loc[indicator, 'unit']})"
    return escape(text) if escaped else text


def _values(release: Release, result: str = "observations") -> Iterator[Value]:
    """Yield every value of every part of a result, in the order released."""
    end = _facts(release).get("records end", "")
    whole = release.result(result)
    for name, column in VALUES.items():
        part = whole if name == "observations" else whole.parts.get(name)
        if part is not None and len(part.table):
            yield from _of_part(part, column, end)


def _of_part(part: Result, column: str, end: str) -> Iterator[Value]:
    table, marks = part.table, part.suppressed
    numbers = pd.to_numeric(table[column], errors="coerce").astype("Float64")
    places = numbers.groupby(table["indicator" if "indicator" in table.columns else "term"]).transform(_places)
    for at, row in enumerate(table.to_dict("records")):
        hidden = bool(marks[column].iloc[at]) if marks is not None else False
        text = _text(row, column, hidden=hidden, places=int(places.iloc[at]))
        name, ends = str(row.get("indicator", row.get("term"))), str(row["period_end"])
        starts = None if pd.isna(row["period_start"]) else str(row["period_start"])
        over = not end or ends <= end
        period = period_name(starts, ends) + ("" if over else SO_FAR)
        yield Value(name, *_place(row), period, starts or "", text, over)


def _places(column: pd.Series) -> int:
    """Return the fewest decimals, up to two, that show the values of an indicator as they are."""
    found = column.dropna().astype(float)
    return next((places for places in (0, 1) if (found.round(places) == found.round(MOST)).all()), MOST)


def _place(row: Mapping[Hashable, Any]) -> tuple[str, str]:
    if "level" in row:
        return str(row["level"]), str(row["area"])
    level, colon, area = str(row["group"]).partition(": ")
    return (level, area) if colon else (WHOLE, WHOLE)


def _text(row: Mapping[Hashable, Any], column: str, *, hidden: bool, places: int) -> str:
    if hidden:
        return HIDDEN
    value, low, high = (_number(row.get(name)) for name in (column, "conf_low", "conf_high"))
    if math.isnan(value):
        return MISSING
    share = row.get("measure") == "proportion"
    if math.isnan(low) and math.isnan(high):
        return decimal(value, places)
    return interval(value, low, high, share=share, decimals=None if share else places)


def _number(value: Any) -> float:
    return math.nan if value is None or pd.isna(value) else float(str(value))


def period_name(starts: str | None, ends: str) -> str:
    """Return a period in words: ``2023``, ``April 2023 to March 2024``, ``to 31 March 2024``."""
    last = dt.date.fromisoformat(ends)
    if starts is None:
        return f"to {last.day} {last:%B %Y}"
    first = dt.date.fromisoformat(starts)
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return f"{first.year}"
    if first.year == last.year:
        return f"{first:%B %Y}" if first.month == last.month else f"{first:%B} to {last:%B %Y}"
    return f"{first:%B %Y} to {last:%B %Y}"


def _periods(found: Sequence[Value]) -> list[str]:
    """Return the periods there are, the earliest first."""
    return list(dict.fromkeys(one.period for one in sorted(found, key=lambda one: (one.starts or "9", one.period))))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], label: str, caption: str, *, words: int) -> Block:
    """Return a table whose first columns are Markdown, and the others numbers already in their form."""
    names = [f"column_{at}" for at in range(len(heads))]
    frame = pd.DataFrame([list(row) for row in rows], columns=names, dtype=object)
    formats: dict[str, Kind] = {name: "marked" if at < words else "ready" for at, name in enumerate(names)}
    headings = dict(zip(names, heads, strict=True))
    return Block(markdown_table(frame, headings=headings, caption=caption, label=label, formats=formats))
