"""Whether effects stay the same over time: each coefficient along time with its band, beside the one fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.report.figures.axis import fitting, label_ticks, time_ticks
from lvrn_eval.report.figures.canvas import MARGIN, Canvas, message
from lvrn_eval.report.figures.lettering import height, wrap
from lvrn_eval.report.numbers import HIDDEN, decimal, explained, p_value, percent
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import GREY, NAVY, PLUM, SMALL, SOFT, WIDTH
from lvrn_eval.report.wording import clean, counted, hidden_numbers, listed, plain_name, time_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from lvrn_eval.result import Result

COLUMNS = 2
LEFT, BETWEEN, TITLE, PLOT, FOOT, TOP = 40.0, 42.0, 36.0, 110.0, 26.0, 20.0
MOST = 12
HEAD = "Effect on the log hazard, over time"
NOTHING = "There is no effect over time to draw: the table is empty."


@dataclass(frozen=True)
class Path:
    """One term's coefficient along time: never a person's residual, only what stands for many of them."""

    name: str
    time: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    fitted: float
    p_value: float
    hidden: int

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Which points may be drawn."""
        return np.isfinite(self.estimate) & np.isfinite(self.time)

    @property
    def tested(self) -> str:
        """Return the test beside the name, where there is one."""
        return "" if np.isnan(self.p_value) else f"test of change: p {_sign(self.p_value)}{p_value(self.p_value)}"


def _sign(value: float) -> str:
    return "" if p_value(value).startswith("<") else "= "


def _paths(result: Result) -> list[Path]:
    rows = Shown.of(result)
    terms = rows.texts("term")
    return [_path(term, rows.where([one == term for one in terms])) for term in dict.fromkeys(terms)]


def _path(term: str, rows: Shown) -> Path:
    order = np.argsort(rows.numbers("time"), kind="stable").tolist()
    ordered = rows.where(order)
    return Path(
        name=plain_name(ordered.texts("label")[0] or term),
        time=ordered.numbers("time"),
        estimate=ordered.numbers("estimate"),
        low=ordered.numbers("conf_low"),
        high=ordered.numbers("conf_high"),
        fitted=_first(ordered.numbers("fitted")),
        p_value=_first(ordered.numbers("p_value")),
        hidden=int(ordered.hidden("estimate").sum()),
    )


def _first(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(known[0]) if known.size else float("nan")


def draw(result: Result) -> Figure:
    """Draw a small chart per term: the effect along time with its band, and the fitted effect as a level line."""
    paths = _paths(result)
    if not paths:
        return message(NOTHING)
    shown = paths[:MOST]
    wide = (WIDTH - LEFT - MARGIN - 10 - (COLUMNS - 1) * BETWEEN) / COLUMNS
    panel = TITLE + PLOT + FOOT
    canvas = Canvas(TOP + -(-len(shown) // COLUMNS) * panel, _notes(result, paths))
    canvas.write(MARGIN, 2, HEAD, size=SMALL, color=SOFT)
    for number, path in enumerate(shown):
        left, top = LEFT + (number % COLUMNS) * (wide + BETWEEN), TOP + number // COLUMNS * panel
        title = wrap(path.name, wide, SMALL, bold=True, lines=1)
        lines = 2 if path.tested else 1
        y = canvas.write_lines(left, top + TITLE - 5 - height(lines, SMALL), title, size=SMALL, bold=True)
        canvas.write(left, y, path.tested, size=SMALL, color=SOFT)
        _panel(canvas.axes(left, top + TITLE, left + wide, top + TITLE + PLOT), path, time_unit(result.method), wide)
    return canvas.figure


def _panel(axes: Axes, path: Path, of: str, wide: float) -> None:
    kept = path.shown
    time, low, high = path.time[kept], path.low[kept], path.high[kept]
    latest = float(time[-1]) if time.size else 1.0
    levels = _levels(path)
    moments = _apart(time_ticks(latest, of) if latest > 0 else [0.0], wide, latest)
    axes.set(xlim=(0, latest or 1.0), ylim=(levels[0], levels[-1]))
    axes.set_yticks(levels, label_ticks(levels))
    axes.set_xticks(moments, label_ticks(moments))
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    if np.isfinite(path.fitted):
        axes.axhline(path.fitted, color=PLUM, linewidth=1.3, linestyle=(0, (5, 2)))
    axes.fill_between(time, low, high, color=NAVY, alpha=0.15, linewidth=0)
    axes.plot(time, path.estimate[kept], color=NAVY, linewidth=1.6, marker="o", markersize=3.2)
    if not time.size:
        axes.text(0.5, 0.5, HIDDEN if path.hidden else "", transform=axes.transAxes, ha="center")


def _levels(path: Path) -> list[float]:
    """Return the ticks of the upright axis: all of the effect and its band, the fitted effect and 0."""
    seen = [path.estimate[path.shown], path.low[path.shown], path.high[path.shown], [path.fitted, 0.0]]
    values = np.concatenate([np.asarray(part, dtype=float) for part in seen])
    values = values[np.isfinite(values)]
    return fitting(float(values.max()), PLOT * 3, SMALL, smallest=float(values.min()))


def _apart(moments: Sequence[float], wide: float, latest: float) -> list[float]:
    """Return ticks no closer than their labels are wide."""
    if len(moments) <= 1:
        return list(moments)
    apart = wide * (moments[1] - moments[0]) / latest
    return list(moments[:: max(1, int(np.ceil(34 / apart)))])


def _notes(result: Result, paths: Sequence[Path]) -> list[str]:
    level = result.method.get("conf_level")
    band = f"{percent(level, 0)} interval" if isinstance(level, float) else "interval"
    of = time_unit(result.method)
    said = f"Each dot stands for many events, never for one person. Shaded: {band}. Broken line: the effect as fitted, "
    notes = [f"{said}the same at all times. Time in {of}; 0 is no effect."]
    if sum(path.hidden for path in paths):
        notes.append(explained([HIDDEN]))
    if further := len(paths) - MOST:
        notes += [f"{counted(str(further), 'term')} more in the table only."] if further > 0 else []
    return notes


def alt_text(result: Result) -> str:
    """Return the paths in words: where each effect starts and ends, and the one that was fitted."""
    paths = _paths(result)
    if not paths:
        return f"Charts of effects over time. {NOTHING}"
    said = [f"{counted(str(len(paths)), 'chart')} of an effect on the log hazard over time, with intervals."]
    told = [_told(path) for path in paths if path.shown.any()]
    if told:
        said.append(f"{listed(told, 5)}.")
    if hidden := sum(path.hidden for path in paths):
        said.append(hidden_numbers(hidden))
    return " ".join(said)


def _told(path: Path) -> str:
    known = path.estimate[path.shown]
    fitted = "" if np.isnan(path.fitted) else f", fitted {decimal(path.fitted)}"
    tested = f", {path.tested}" if path.tested else ""
    return f"{clean(path.name, 60)}: from {decimal(known[0])} to {decimal(known[-1])}{fitted}{tested}"
