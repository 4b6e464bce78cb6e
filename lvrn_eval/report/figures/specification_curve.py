"""Every declared combination of choices: ratios from the smallest up with intervals, and what was chosen below."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lvrn_eval.report.figures.axis import label_ratio
from lvrn_eval.report.figures.canvas import HATCH, MARGIN, Canvas, message
from lvrn_eval.report.figures.forest import Effect, Scale
from lvrn_eval.report.figures.lettering import wrap
from lvrn_eval.report.numbers import interval, percent
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import GREY, INK, LINE, NAVY, PALE, PLUM, SMALL, SOFT, WIDTH
from lvrn_eval.report.wording import clean, counted, hidden_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from lvrn_eval.result import Result

PLOT, TOP, LABELS, RIGHT = 190.0, 24.0, 172.0, 6.0
HEADING, ROW, GAP, INDENT = 14.0, 14.0, 7.0, 10.0
LARGEST, SMALLEST = 5.0, 1.2
STUB = 0.06
"""Height of the mark of a hidden ratio, as a share of the chart."""

NAMES = {
    "kinds": "Kinds of event counted",
    "window": "Window",
    "anchors": "Before and after what",
    "washout": "Washout",
    "custody": "Days in custody",
    "incomplete": "Windows cut short",
}
"""What each choice is called beside its dots."""

RULES = {"drop": "left out", "rate": "kept, days they have", "model": "kept in rates"}
"""Rules whose names say little beside a dot."""

NOTHING = "There is no specification to draw: the table is empty."


@dataclass(frozen=True)
class Curve:
    """The rows from the smallest ratio up, those without one last, and the choices that vary."""

    rows: Shown
    varied: tuple[str, ...]

    @classmethod
    def of(cls, result: Result) -> Curve:
        """Return the rows of a result in the order they are drawn."""
        rows = Shown.of(result)
        varied = result.method.get("varied")
        named = [str(name) for name in varied] if isinstance(varied, list) else []
        # those without a ratio sort last; equal ratios keep the order in which they were declared
        order = np.argsort(rows.numbers("estimate"), kind="stable")
        return cls(rows.where(order.tolist()), tuple(name for name in named if name in rows))

    @cached_property
    def numbers(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Estimates, and the ends of their intervals."""
        estimate, low, high = (self.rows.numbers(name) for name in ("estimate", "conf_low", "conf_high"))
        return estimate, low, high

    @property
    def hidden(self) -> NDArray[np.bool_]:
        """Which ratios disclosure control hid."""
        return self.rows.hidden("estimate", "conf_low", "conf_high")

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Which ratios can be drawn."""
        return np.isfinite(self.numbers[0]) & (self.numbers[0] > 0)

    @property
    def away(self) -> NDArray[np.bool_]:
        """Which intervals leave out 1, of at least 30 people."""
        _, low, high = self.numbers
        enough = [text != "True" for text in self.rows.texts("descriptive", "False")]
        found: NDArray[np.bool_] = self.known & ((low > 1) | (high < 1)) & enough
        return found

    @property
    def main(self) -> NDArray[np.bool_]:
        """Which one is the main specification."""
        return np.array([text == "True" for text in self.rows.texts("main")], dtype=bool)

    def said(self, row: int) -> str:
        """Return a ratio as a reader sees it."""
        estimate, low, high = (float(column[row]) for column in self.numbers)
        return interval(estimate, low, high, decimals=2, hidden=bool(self.hidden[row]))

    def chosen(self, row: int) -> str:
        """Return what was chosen for a row, of the choices that vary."""
        return "; ".join(f"{NAMES[name].lower()}: {self.rows.texts(name)[row]}" for name in self.varied)


def draw(result: Result) -> Figure:
    """Draw the ratios over a matrix of dots, a column for each specification, the main one in a band."""
    if result.table.empty:
        return message(NOTHING)
    curve = Curve.of(result)
    levels = {name: list(dict.fromkeys(Shown.of(result).texts(name))) for name in curve.varied}
    tall = sum(HEADING + ROW * len(values) + GAP for values in levels.values())
    left, right, foot = MARGIN + LABELS, WIDTH - RIGHT, TOP + PLOT
    canvas = Canvas(foot + 8 + tall, _notes(curve))
    canvas.write(MARGIN, 2, f"{_head(result)}, from the smallest up", size=SMALL, color=SOFT)
    axes = canvas.axes(left, TOP, right, foot)
    _ratios(axes, curve)
    if levels:
        matrix = canvas.axes(left, foot + 8, right, foot + 8 + tall)
        _matrix(canvas, matrix, curve, levels, foot + 8)
    return canvas.figure


def _head(result: Result) -> str:
    level = result.method.get("conf_level")
    shown = f"{percent(level, 0)} interval" if isinstance(level, float) else "interval"
    return f"Ratio of rates, after over before ({shown})"


def _ratios(axes: Axes, curve: Curve) -> None:
    """Draw a mark with its interval for each ratio, and a stub for each that is hidden."""
    estimate, low, high = curve.numbers
    known, main, away = curve.known, curve.main, curve.away
    ends = zip(estimate[known], low[known], high[known], strict=True)
    effects = [Effect("", "", float(one), float(least), float(most), hidden=False) for one, least, most in ends]
    scale = Scale.of(effects, PLOT, ratios=True)
    bottom, top = scale.edges[0], scale.edges[-1]
    _columns(axes, curve)
    axes.set(yscale="log", ylim=(bottom, top))
    axes.set_yticks(scale.edges, [label_ratio(edge) for edge in scale.edges])
    axes.minorticks_off()
    axes.grid(axis="y")
    axes.axhline(1, color=GREY, linewidth=1.3, zorder=1)
    x, size = np.arange(len(known)), _size(len(known))
    lowest, highest = np.clip(low, bottom, top), np.clip(high, bottom, top)
    for which, color, fill in ((known & away, NAVY, NAVY), (known & ~away, GREY, "white")):
        own = which & ~main
        axes.vlines(x[own], lowest[own], highest[own], color=color, linewidth=max(0.5, size / 4), alpha=0.6)
        axes.plot(x[own], estimate[own], linestyle="none", marker="o", markersize=size, color=color,
                  markerfacecolor=fill, markeredgewidth=max(0.4, size / 6), zorder=3)  # fmt: skip
    own = known & main
    axes.vlines(x[own], lowest[own], highest[own], color=PLUM, linewidth=1.6, zorder=4)
    diamond: dict[str, Any] = {"linestyle": "none", "marker": "D", "color": PLUM, "clip_on": False}
    axes.plot(x[own], estimate[own], markersize=6.5, zorder=5, **diamond)
    for place in x[curve.hidden]:
        style: dict[str, Any] = {"facecolor": "white", "edgecolor": GREY, "hatch": HATCH, "linewidth": 0}
        axes.axvspan(place - 0.5, place + 0.5, ymax=STUB, **style)


def _columns(axes: Axes, curve: Curve) -> None:
    """Give axes a column for each specification, with a band behind the main one."""
    number = len(curve.rows)
    # one specification would stand at the edge
    axes.set_xlim(-0.8, number - 0.2)
    axes.set_xticks([])
    for place in np.flatnonzero(curve.main):
        axes.axvspan(place - 0.5, place + 0.5, color=PALE, zorder=0)


def _size(number: int) -> float:
    """Return the size of a mark, points: columns never run into one another."""
    return min(LARGEST, max(SMALLEST, 0.75 * (WIDTH - LABELS - MARGIN - RIGHT) / number))


def _matrix(canvas: Canvas, axes: Axes, curve: Curve, levels: dict[str, list[str]], top: float) -> None:
    """Draw a dot where a specification made a choice."""
    tall = sum(HEADING + ROW * len(values) + GAP for values in levels.values())
    _columns(axes, curve)
    axes.set_ylim(tall, 0)
    axes.set_axis_off()
    size, x = _size(len(curve.rows)), np.arange(len(curve.rows))
    room, y = LABELS - 8, 0.0
    for name, values in levels.items():
        canvas.write(MARGIN, top + y, wrap(NAMES[name], room, SMALL, bold=True, lines=1)[0], size=SMALL, bold=True)
        y += HEADING
        chosen = curve.rows.texts(name)
        for value in values:
            middle = y + ROW / 2
            label = wrap(RULES.get(value, value), room - INDENT, SMALL, lines=1)[0]
            canvas.write(MARGIN + INDENT, top + middle, label, size=SMALL, middle=True)
            axes.axhline(middle, color=LINE, linewidth=0.5, zorder=0.5)
            own = np.array([text == value for text in chosen], dtype=bool)
            for which, color in ((own & curve.known & ~curve.main, INK), (own & ~curve.known, GREY)):
                axes.plot(x[which], np.full(which.sum(), middle), linestyle="none", marker="o", markersize=size,
                          color=color, markeredgewidth=0)  # fmt: skip
            which = own & curve.main
            axes.plot(x[which], np.full(which.sum(), middle), linestyle="none", marker="D", markersize=5, color=PLUM,
                      clip_on=False)  # fmt: skip
            y += ROW
        y += GAP


def _notes(curve: Curve) -> list[str]:
    marks = (
        "Each column is one specification. Diamond and band: the main one. Filled: the interval leaves out 1. Open: it "
        "does not, or fewer than 30 people inform it."
    )
    notes = [marks, "They share people and events: how many agree is no test."]
    if curve.hidden.any():
        notes.append("Hatched: hidden as too small to show.")
    return notes


def alt_text(result: Result) -> str:
    """Return the curve in words: how many, from where to where, and the main one."""
    if result.table.empty:
        return f"Specification curve. {NOTHING}"
    curve = Curve.of(result)
    rows = np.flatnonzero(curve.known)
    said = [f"Specification curve of {counted(str(len(curve.rows)), 'rate ratio')}, after over before, with intervals."]
    if len(rows):
        ends = [f"{curve.said(row)} ({clean(curve.chosen(row), 160)})" for row in (rows[0], rows[-1])]
        said.append(f"From {ends[0]} to {ends[1]}." if len(rows) > 1 else f"{ends[0]}.")
        said.append(f"{int(curve.away.sum())} of {len(rows)} intervals leave out 1.")
    if (main := curve.main & curve.known).any():
        said.append(f"The main specification: {curve.said(int(np.flatnonzero(main)[0]))}.")
    if missing := int((~curve.known & ~curve.hidden).sum()):
        said.append(f"{counted(str(missing), 'specification')} without a ratio.")
    if hidden := int(curve.hidden.sum()):
        said.append(hidden_numbers(hidden))
    return " ".join(said)
