"""Recorded events per person-year before, during and after, each with its interval and the counts behind it."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.report.figures.axis import fitting, label_ticks
from lvrn_eval.report.figures.canvas import MARGIN, Canvas, message
from lvrn_eval.report.figures.lettering import height, width, wrap
from lvrn_eval.report.numbers import HIDDEN, decimal, explained, interval
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import GREY, INK, LINE, NAVY, PLUM, SMALL, SOFT, WIDTH
from lvrn_eval.report.wording import counted, hidden_numbers, listed, period_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lvrn_eval.result import Result

ROW, TOP, FOOT = 32.0, 20.0, 36.0
LABELS = 130.0
YEAR = 365.25
NOTHING = "There is no period to draw: the table is empty."
HEADS = ("Rate (interval)", "Events", "Person-years")
COLORS = {"before": GREY, "during": NAVY, "after": PLUM}
MARKERS = {"before": "o", "during": "s", "after": "D"}


def draw(result: Result) -> Figure:
    """Draw one row per period: a mark at the rate, a line for its interval, and the numbers at the side."""
    rows = Shown.of(result)
    if not len(rows):
        return message(NOTHING)
    said = _said(rows)
    names = [wrap(period_name(name), LABELS - 10, lines=2) for name in rows.texts("period")]
    canvas = Canvas(TOP + ROW * len(rows) + FOOT, [explained(text for row in said for text in row)])
    columns, right = _columns(said)
    left = MARGIN + LABELS
    edges = _scale(rows, right - left)
    _axis(canvas, left, right, edges, TOP + ROW * len(rows))
    for x, head in zip(columns, HEADS, strict=True):
        canvas.write(x, 2, head, size=SMALL, color=SOFT, ha="right")
    for row, lines in enumerate(names):
        middle = TOP + ROW * (row + 0.5)
        canvas.write_lines(left - 8, middle - height(len(lines)) / 2, lines, ha="right")
        _mark(canvas, rows, row, middle, (left, right), edges[-1])
        for x, text in zip(columns, said[row], strict=True):
            canvas.write(x, middle, text, ha="right", middle=True, color=SOFT if text == HIDDEN else INK)
    return canvas.figure


def _said(rows: Shown) -> list[tuple[str, str, str]]:
    """Return what is written at each row: the rate with its interval, the events, the years at risk."""
    rate, low, high = (rows.numbers(column) for column in ("rate", "conf_low", "conf_high"))
    hidden = rows.hidden("rate", "conf_low", "conf_high")
    years = rows.numbers("days_at_risk") / YEAR
    years_hidden = rows.hidden("days_at_risk")
    return [
        (
            interval(rate[row], low[row], high[row], hidden=bool(hidden[row])),
            rows.counts("events")[row],
            decimal(years[row], 1, hidden=bool(years_hidden[row])),
        )
        for row in range(len(rows))
    ]


def _columns(said: list[tuple[str, str, str]]) -> tuple[list[float], float]:
    """Return where each column of numbers ends, and where that leaves the chart's right edge."""
    wide = [max(width(head, SMALL), *(width(row[i]) for row in said)) + 16 for i, head in enumerate(HEADS)]
    ends = [WIDTH - MARGIN - sum(wide[i + 1 :]) for i in range(len(wide))]
    return ends, WIDTH - MARGIN - sum(wide) - 8


def _scale(rows: Shown, room: float) -> list[float]:
    values = np.concatenate([rows.numbers(column) for column in ("rate", "conf_low", "conf_high")])
    return fitting(float(values[np.isfinite(values)].max(initial=0.0)), room, SMALL)


def _axis(canvas: Canvas, left: float, right: float, edges: list[float], foot: float) -> None:
    for edge, label in zip(edges, label_ticks(edges), strict=True):
        x = left + (right - left) * edge / edges[-1]
        canvas.rule([x, x], [TOP, foot], color=GREY if edge == 0 else LINE)
        canvas.write(x, foot + 2, label, size=SMALL, ha="center")
    canvas.write(left, foot + 15, "Recorded events per person-year at risk", size=SMALL, color=SOFT)


def _mark(canvas: Canvas, rows: Shown, row: int, y: float, sides: tuple[float, float], largest: float) -> None:
    """Draw a period's mark and whiskers; an interval without an upper end gets an arrow."""
    left, right = sides
    rate, low, high = (float(rows.numbers(column)[row]) for column in ("rate", "conf_low", "conf_high"))
    name = rows.texts("period")[row]
    color = COLORS.get(name, NAVY)
    if rows.hidden("rate")[row]:
        canvas.hatched(left, y - 7, 34, 14)
        return
    if not isfinite(rate):
        return

    def place(value: float) -> float:
        return left + (right - left) * min(max(value, 0.0), largest) / largest

    if low <= high:
        canvas.rule([place(low), place(high)], [y, y], color=color, lw=1.8)
        for end in (low, high):
            x = place(end)
            ends = [y - 4, y + 4] if isfinite(end) else [y, y]
            canvas.rule([x, x], ends, color=color, lw=1.8, marker="" if isfinite(end) else ">", markersize=7)
    canvas.rule([place(rate)] * 2, [y, y], color=color, marker=MARKERS.get(name, "o"), markersize=7)


def alt_text(result: Result) -> str:
    """Return the rates in words."""
    rows = Shown.of(result)
    if not len(rows):
        return f"Chart of rates. {NOTHING}"
    said = [
        f"{period_name(name).lower()} {rate}, from {counted(events, 'event')} in {years} person-years"
        for name, (rate, events, years) in zip(rows.texts("period"), _said(rows), strict=True)
    ]
    text = f"Chart of recorded events per person-year at risk, with intervals: {listed(said)}."
    hidden = int(rows.mask.to_numpy().sum())
    return f"{text} {hidden_numbers(hidden)}" if hidden else text
