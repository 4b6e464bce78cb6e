"""Recorded events per person-month before and after an anchor, with who was at risk and how many events below."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.report.figures.axis import label_ticks, ticks
from lvrn_eval.report.figures.canvas import HATCH, MARGIN, Canvas, message
from lvrn_eval.report.figures.lettering import width
from lvrn_eval.report.numbers import MINUS, decimal, explained, interval, percent, whole
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import GREY, INK, NAVY, PLUM, SMALL, SOFT, WIDTH
from lvrn_eval.report.wording import clean, counted, hidden_numbers, people

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from lvrn_eval.result import Result

PLOT, TOP, LINE_HEIGHT = 210.0, 24.0, 15.0
LABELS, RIGHT = 74.0, 16.0
MOST_TICKS = 9
WIDEST = 2.0
"""An upper limit further than so many times the highest rate is cut off."""

STUB = 0.05
"""Height of the mark of a hidden point, as a share of the chart."""

HEAD = "Recorded events per person-month at risk"
NOTHING = "There is no month to draw: the table is empty."
SIDES = ((-1, NAVY, "o"), (1, PLUM, "D"))


@dataclass(frozen=True)
class Months:
    """The rows in order of time: where each begins and ends, months from the anchor, and what is known of it."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    rate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    hidden: NDArray[np.bool_]
    rows: Shown

    @classmethod
    def of(cls, result: Result) -> Months:
        """Return the rows of a result."""
        rows = Shown.of(result)
        rows = rows.where(np.argsort(rows.numbers("time"), kind="stable").tolist())
        time = rows.numbers("time")
        step = float(result.method.get("step") or 1)  # type: ignore[arg-type]
        rate, low, high = (rows.numbers(name) for name in ("rate", "conf_low", "conf_high"))
        start, end = np.where(time < 0, time, time - step), np.where(time < 0, time + step, time)
        return cls(start, end, rate, low, high, rows.hidden("rate"), rows)

    @property
    def middle(self) -> NDArray[np.float64]:
        """The middle of each row."""
        return (self.start + self.end) / 2

    @property
    def top(self) -> float:
        """The highest value the chart must hold."""
        rates = self.rate[np.isfinite(self.rate)]
        highest = float(rates.max(initial=0.0))
        limits = float(self.high[np.isfinite(self.high)].max(initial=0.0))
        return min(limits, WIDEST * highest) if highest else limits

    def levels(self) -> list[float]:
        """Return the ticks of the upright axis."""
        return [tick for tick in ticks(self.top, 5) if tick >= 0]

    def edges(self) -> list[float]:
        """Return the ticks: the anchor, both ends, and as many between as can be told apart."""
        step = self.end[0] - self.start[0]
        n_after = round(self.end[-1] / step)
        apart = next(n for n in range(1, n_after + 1) if n_after % n == 0 and 2 * n_after // n < MOST_TICKS)
        return [float(edge) for edge in np.arange(-n_after, n_after + 1, apart) * step]


def draw(result: Result) -> Figure:
    """Draw a point with its interval for each month, the anchor as a line, people at risk and events aligned below."""
    if result.table.empty:
        return message(NOTHING)
    months = Months.of(result)
    edges = months.edges()
    first, last = edges[0], edges[-1]
    at_risk, events = _at_risk(months, edges), _events(months, edges)
    left, right = MARGIN + LABELS, WIDTH - RIGHT
    foot = TOP + PLOT + 38
    canvas = Canvas(foot + 2 * LINE_HEIGHT, _notes(result, months, [*at_risk, *events]))
    canvas.write(MARGIN, 2, HEAD, size=SMALL, color=SOFT)
    axes = canvas.axes(left, TOP, right, TOP + PLOT)
    _plot(axes, months, edges)

    def place(edge: float) -> float:
        return left + (right - left) * (edge - first) / (last - first)

    name = _anchor(result)
    half = width(name, SMALL, bold=True) / 2
    canvas.write(min(place(0.0), WIDTH - MARGIN - half), TOP - 12, name, size=SMALL, ha="center", bold=True)
    canvas.write((left + right) / 2, TOP + PLOT + 16, _below(result), size=SMALL, color=SOFT, ha="center")
    canvas.write(MARGIN, foot, "At risk", size=SMALL, bold=True)
    canvas.write(MARGIN, foot + LINE_HEIGHT, "Events", size=SMALL, bold=True)
    for edge, text in zip(edges, at_risk, strict=False):
        canvas.write(place(edge), foot, text, size=SMALL, ha="center")
    for low, high, text in zip(edges, edges[1:], events, strict=False):
        canvas.write(place((low + high) / 2), foot + LINE_HEIGHT, text, size=SMALL, ha="center")
    return canvas.figure


def _plot(axes: Axes, months: Months, edges: list[float]) -> None:
    levels = months.levels()
    axes.set(xlim=(months.start[0], months.end[-1]), ylim=(0, levels[-1]))
    axes.set_yticks(levels, label_ticks(levels) if np.isfinite(months.rate).any() else [""] * len(levels))
    axes.set_xticks(edges, [_edge(edge) for edge in edges])
    axes.grid(axis="y")
    axes.axvline(0, color=INK, linewidth=1.3, zorder=2)
    for side, color, marker in SIDES:
        own = np.isfinite(months.rate) & (np.sign(months.middle) == side)
        x, rate = months.middle[own], months.rate[own]
        high = np.minimum(months.high[own], levels[-1])
        axes.vlines(x, months.low[own], high, color=color, linewidth=1.2, alpha=0.55)
        axes.plot(x, rate, linestyle="none", marker=marker, markersize=4.2, color=color, clip_on=False, zorder=3)
        beyond = months.high[own] > levels[-1]
        axes.plot(x[beyond], high[beyond], linestyle="none", marker="^", markersize=4, color=color, clip_on=False)
    for start, end in zip(months.start[months.hidden], months.end[months.hidden], strict=True):
        axes.axvspan(start, end, ymax=STUB, facecolor="white", edgecolor=GREY, hatch=HATCH, linewidth=0, zorder=1)


def _edge(edge: float) -> str:
    """Return a tick: with a true minus sign before the anchor, and a plus after it."""
    return "0" if edge == 0 else f"{MINUS if edge < 0 else '+'}{abs(edge):.0f}"


def _at_risk(months: Months, edges: list[float]) -> list[str]:
    """Return how many people are at risk in the row that begins at each tick."""
    said = months.rows.counts("people")
    begins = {float(start): text for start, text in zip(months.start, said, strict=True)}
    return [begins.get(edge, "") for edge in edges]


def _events(months: Months, edges: list[float]) -> list[str]:
    """Return how many events there are between each two ticks; hidden where one of them is."""
    values, hidden = months.rows.numbers("events"), months.rows.hidden("events")
    found = []
    for low, high in pairwise(edges):
        here = (months.start >= low) & (months.end <= high)
        found.append(whole(float(values[here].sum()), hidden=bool(hidden[here].any())))
    return found


def _anchor(result: Result) -> str:
    name = clean(result.method.get("anchor_name") or "the anchor", 40).removeprefix("the ")
    return f"{name[0].upper()}{name[1:]}"


def _below(result: Result) -> str:
    return f"Months before ({MINUS}) and after (+) {clean(result.method.get('anchor_name') or 'the anchor', 40)}"


def _notes(result: Result, months: Months, said: list[str]) -> list[str]:
    level = result.method.get("conf_level")
    of = f"{percent(level, 0)} interval" if isinstance(level, float) else "interval"
    cut = bool((months.high > months.levels()[-1]).any())
    notes = [
        f"Upright lines: {of} of each point{'; an arrow: it goes on beyond the chart' if cut else ''}.",
        "At risk: people just after the tick. Events: those between two ticks.",
    ]
    if months.hidden.any():
        notes.append("Hatched: hidden. Points with few events are hidden, so those that are shown tend to be high.")
    notes.append(explained(said))
    return notes


def alt_text(result: Result) -> str:
    """Return the picture in words: its highest point, the average of either side, and who was at risk."""
    if result.table.empty:
        return f"Chart of monthly rates. {NOTHING}"
    months = Months.of(result)
    name = clean(result.method.get("anchor_name") or "the anchor", 40)
    span = f"from {-months.start[0]:.0f} months before to {months.end[-1]:.0f} months after {name}"
    said = [f"Chart of recorded events per person-month {span}, with intervals."]
    known = np.isfinite(months.rate)
    if known.any() and not (months.rate[known] > 0).any():
        said.append("No recorded event in what is shown.")
    elif known.any():
        top = int(np.nanargmax(np.where(known, months.rate, -1.0)))
        side = "before" if months.middle[top] < 0 else "after"
        near, far = sorted((abs(months.start[top]), abs(months.end[top])))
        rate = interval(months.rate[top], months.low[top], months.high[top])
        said.append(f"Highest {near:.0f} to {far:.0f} months {side}: {rate}.")
    if known.all() and (months.rate > 0).any():
        means = [decimal(_mean(months, side)) for side in (-1, 1)]
        said.append(f"On average {means[0]} before and {means[1]} after.")
    at_risk = months.rows.counts("people")
    first_after = int(np.argmax(months.start >= 0))
    said.append(
        f"At risk: {people(at_risk[0])} at the beginning, {at_risk[first_after]} just after {name}, {at_risk[-1]} at "
        "the end."
    )
    if hidden := int(months.hidden.sum()):
        said.append(f"{counted(f'{hidden:,}', 'point')} hidden as too small to show.")
    elif numbers := int(months.rows.mask.to_numpy().sum()):
        said.append(hidden_numbers(numbers))
    return " ".join(said)


def _mean(months: Months, side: int) -> float:
    """Return events over person-months of one side."""
    own = np.sign(months.middle) == side
    exposure = float(months.rows.numbers("exposure")[own].sum())
    return float(months.rows.numbers("events")[own].sum()) / exposure if exposure > 0 else float("nan")
