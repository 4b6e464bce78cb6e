"""More than four curves: a small chart each, the others in grey behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.report.figures.axis import label_ticks, time_ticks
from lvrn_eval.report.figures.canvas import MARGIN, Canvas
from lvrn_eval.report.figures.lettering import height, wrap
from lvrn_eval.report.numbers import HIDDEN
from lvrn_eval.report.theme import LINE, NAVY, SMALL, SOFT, WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lvrn_eval.report.figures.curve_lines import CurveLine, Look

COLUMNS = 3
LEFT, BETWEEN = 38.0, 24.0
TITLE, PLOT, FOOT = 42.0, 88.0, 24.0
TOP = 20.0


def draw(lines: Sequence[CurveLine], look: Look, of: str, notes: Sequence[str]) -> Figure:
    """Draw a chart per group in rows of three, all to one scale, with how many were at risk at the start."""
    n_rows = -(-len(lines) // COLUMNS)
    wide = (WIDTH - LEFT - MARGIN - 14 - (COLUMNS - 1) * BETWEEN) / COLUMNS
    panel = TITLE + PLOT + FOOT
    explained = f"Grey: the other groups. Time in {of}."
    canvas = Canvas(TOP + n_rows * panel, [explained, *notes])
    canvas.write(MARGIN, 2, look.head, size=SMALL, color=SOFT)
    for number, line in enumerate(lines):
        left, top = LEFT + (number % COLUMNS) * (wide + BETWEEN), TOP + number // COLUMNS * panel
        _title(canvas, left, top, line, wide)
        axes = canvas.axes(left, top + TITLE, left + wide, top + TITLE + PLOT)
        _panel(axes, lines, line, look, of, first=number % COLUMNS == 0)
    return canvas.figure


def _title(canvas: Canvas, left: float, top: float, line: CurveLine, wide: float) -> None:
    lines = wrap(line.name, wide, SMALL, bold=True, lines=2)
    y = canvas.write_lines(left, top + TITLE - 4 - height(len(lines) + 1, SMALL), lines, size=SMALL, bold=True)
    canvas.write(left, y, " at risk ".join(line.under_observation), size=SMALL, color=SOFT)


def _panel(axes: Axes, lines: Sequence[CurveLine], chosen: CurveLine, look: Look, of: str, *, first: bool) -> None:
    latest = max((float(line.time[-1]) for line in lines if len(line.time)), default=0.0) or 1.0
    moments = time_ticks(latest, of.partition(" ")[0])
    moments = moments[:: max(1, len(moments) // 2)]
    levels = look.ticks(lines)[::2]
    axes.set(xlim=(0, latest), ylim=(0, 1.02 * look.ticks(lines)[-1]))
    axes.set_yticks(levels, look.labels(levels) if first else [""] * len(levels))
    axes.set_xticks(moments, label_ticks(moments))
    axes.grid(axis="y")
    for line in lines:
        if line is not chosen:
            rows = line.drawn()
            axes.plot(line.time[rows], line.estimate[rows], drawstyle="steps-post", color=LINE, linewidth=0.9)
    rows = chosen.drawn()
    time, low, high = chosen.time[rows], chosen.low[rows], chosen.high[rows]
    axes.fill_between(time, low, high, step="post", color=NAVY, alpha=0.13, linewidth=0)
    axes.plot(time, chosen.estimate[rows], drawstyle="steps-post", color=NAVY, linewidth=1.7, clip_on=False)
    if not chosen.known:
        axes.text(0.5, 0.5, HIDDEN if chosen.hidden.any() else "", transform=axes.transAxes, ha="center")
