"""Curves over time with their intervals, censoring marks and, aligned below, how many were still at risk."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from lvrn_eval.report.figures import curve_panels
from lvrn_eval.report.figures.axis import label_ticks, time_ticks
from lvrn_eval.report.figures.canvas import MARGIN, Canvas, message
from lvrn_eval.report.figures.curve_lines import (
    AN_EVENT,
    IN_MONTHS,
    INCIDENCE,
    NO_EVENT,
    CurveLine,
    Look,
    curve_lines,
    hidden_lines,
    horizon,
    is_joined,
    scale,
    unit,
)
from lvrn_eval.report.figures.lettering import height, width, wrap
from lvrn_eval.report.numbers import HIDDEN, decimal, explained, percent
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import PALETTE, SMALL, SOFT, TEXT, WIDTH
from lvrn_eval.report.wording import clean, counted, in_words, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lvrn_eval.result import Choice, Result

STYLES: tuple[str | tuple[int, tuple[float, ...]], ...] = ("-", (0, (5, 2)), (0, (1.2, 1.2)), (0, (6, 2, 1, 2)))
MOST_TOGETHER = 4
MOST_MARKS = 80
PLOT, SAMPLE = 216.0, 26.0
WIDEST_LABEL, RIGHT = 120.0, 24.0
NOTHING = "There is no curve to draw: the table is empty."
AT_STEPS = "Steps are joined, so that none is one person; how many were at risk is known at a step only."
ROUNDED = "Computed from rounded counts, so that no step of a curve is one person."


def draw(result: Result) -> Figure:
    """Draw up to four curves in one chart with their numbers at risk; more become a small chart each."""
    return chart(result, _look(result))


def _look(result: Result) -> Look:
    return AN_EVENT if scale(result) == INCIDENCE else NO_EVENT


def chart(result: Result, look: Look) -> Figure:
    """Draw the curves of a result of any kind."""
    lines = curve_lines(result)
    if not lines:
        return message(NOTHING)
    if len(lines) > MOST_TOGETHER:
        return curve_panels.draw(lines, look, unit(result), _notes(result, lines, look, []))
    return _together(result, lines, look)


def _together(result: Result, lines: list[CurveLine], look: Look) -> Figure:
    # curves of several causes are of the same people, who are counted once
    counted_in = lines[:1] if _same_people(result) else lines
    names = ["Everyone"] if _same_people(result) else [line.name for line in lines]
    labels = [wrap(name, WIDEST_LABEL, SMALL, lines=2) for name in names]
    # numbers at risk stand centred below their ticks, so half of one sticks out at either end
    half = max(width(line.at_risk_at([0.0])[0], SMALL) for line in lines) / 2
    left = MARGIN + max(36.0, 10 + half + max(width(line, SMALL) for label in labels for line in label))
    right = WIDTH - max(RIGHT, half + MARGIN)
    moments = _moments(lines, _steps(result), right - left)
    at_risk = [line.at_risk_at(moments) for line in counted_in]
    key = _key_rows(lines, _by(result))
    top = MARGIN + len(key) * 17 + 20
    foot = top + PLOT + 46
    tall = foot + sum(height(len(label), SMALL) + 3 for label in labels)
    canvas = Canvas(tall, _notes(result, lines, look, [text for row in at_risk for text in row]))
    _key(canvas, key)
    canvas.write(MARGIN, top - 19, look.head, size=SMALL, color=SOFT)
    axes = canvas.axes(left, top, right, top + PLOT)
    plot(axes, lines, moments, look)
    canvas.write((left + right) / 2, top + PLOT + 16, f"Time in {unit(result)}", size=SMALL, color=SOFT, ha="center")
    canvas.write(MARGIN, foot - 15, "At risk", size=SMALL, bold=True)
    limit = axes.get_xlim()[1]
    for label, row in zip(labels, at_risk, strict=True):
        canvas.write_lines(MARGIN, foot, label, size=SMALL)
        for moment, text in zip(moments, row, strict=True):
            canvas.write(left + (right - left) * moment / limit, foot, text, size=SMALL, ha="center")
        foot += height(len(label), SMALL) + 3
    return canvas.figure


def plot(axes: Axes, lines: Sequence[CurveLine], moments: Sequence[float], look: Look) -> None:
    """Draw the curves, their intervals and the marks of censoring."""
    latest = max((float(line.time[-1]) for line in lines if len(line.time)), default=0.0)
    levels = look.ticks(lines)
    axes.set(xlim=(0, max(latest, moments[-1]) or 1.0), ylim=(0, 1.02 * levels[-1]))
    axes.set_yticks(levels, look.labels(levels))
    axes.set_xticks(moments, label_ticks(moments))
    axes.grid(axis="y")
    for line, color, style in zip(lines, PALETTE, STYLES, strict=False):
        rows = line.drawn()
        time, share = line.time[rows], line.estimate[rows]
        axes.fill_between(time, line.low[rows], line.high[rows], step="post", color=color, alpha=0.13, linewidth=0)
        axes.plot(time, share, drawstyle="steps-post", color=color, linestyle=style, linewidth=1.7, clip_on=False)
        ended = (line.censored[rows] > 0) & np.isfinite(share)
        if ended.sum() <= MOST_MARKS:
            marks: dict[str, Any] = {
                "marker": "|",
                "markersize": 5,
                "markeredgewidth": 0.9,
                "color": color,
                "clip_on": False,
            }
            axes.plot(time[ended], share[ended], linestyle="none", **marks)


def _moments(lines: Sequence[CurveLine], of: str, room: float) -> list[float]:
    """Return the times of the ticks, no closer than the numbers at risk below them are wide."""
    latest = max((float(line.time[-1]) for line in lines if len(line.time)), default=0.0)
    moments = time_ticks(latest, of) if latest > 0 else [0.0]
    widest = max(width(text, SMALL) for line in lines for text in line.at_risk_at(moments))
    widest = max(widest, *(width(text, SMALL) for text in label_ticks(moments)))
    apart = room * (moments[1] - moments[0]) / latest if len(moments) > 1 else room
    return moments[:: max(1, ceil((widest + 6) / apart))]


def _same_people(result: Result) -> bool:
    """Say whether the curves are of several causes in one group."""
    return "cause" in result.table.columns and len(Shown.of(result).groups()) == 1


def _steps(result: Result) -> str:
    """Return the unit whose steps a reader knows."""
    return "months" if unit(result) == IN_MONTHS else unit(result)


def _by(result: Result) -> str:
    by = result.method.get("by")
    return f"{in_words(by)}:" if by else ""


def _key_rows(lines: Sequence[CurveLine], by: str) -> list[list[tuple[int | None, str]]]:
    """Return the entries of the key, broken into rows: the line's number, or None for words alone, and its text."""
    if len(lines) == 1 and not by:
        return []
    entries: list[tuple[int | None, str]] = [(None, by)] if by else []
    for number, line in enumerate(lines):
        hidden = f" {HIDDEN}" if not line.known and line.hidden.any() else ""
        entries.append((number, wrap(line.label, WIDTH - 90, lines=1)[0] + hidden))
    rows: list[list[tuple[int | None, str]]] = [[]]
    used = 0.0
    for entry in entries:
        wide = _entry_width(entry)
        if rows[-1] and used + wide > WIDTH - 2 * MARGIN:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += wide
    return rows


def _entry_width(entry: tuple[int | None, str]) -> float:
    number, text = entry
    return width(text, TEXT) + (8 if number is None else SAMPLE + 24)


def _key(canvas: Canvas, rows: Sequence[Sequence[tuple[int | None, str]]]) -> None:
    for row, entries in enumerate(rows):
        x, y = MARGIN, MARGIN + 17 * row + 6
        for number, text in entries:
            start = x
            if number is not None:
                style: dict[str, Any] = {"color": PALETTE[number], "linestyle": STYLES[number], "lw": 2.0}
                canvas.rule([x, x + SAMPLE], [y, y], **style)
                start += SAMPLE + 6
            canvas.write(start, y, text, middle=True)
            x += _entry_width((number, text))


def _notes(result: Result, lines: Sequence[CurveLine], look: Look, said: list[str]) -> list[str]:
    notes = []
    level = result.method.get("conf_level")
    if any(np.isfinite(line.low).any() for line in lines):
        cut = " It goes on beyond the chart where it is cut off." if look.cut(lines) else ""
        notes.append(f"Shaded: {_level(level)}interval at each time.{cut}")
    marked = [int((line.censored > 0).sum()) for line in lines]
    if len(lines) <= MOST_TOGETHER and any(0 < n <= MOST_MARKS for n in marked):
        notes[-1:] = [" ".join([*notes[-1:], look.marks])]
    if result.method.get("rounding"):
        notes.append(AT_STEPS if is_joined(result) else ROUNDED)
    if hidden := hidden_lines(lines):
        notes.append(f"{HIDDEN} hidden as a whole, because a small number could point to a person: {listed(hidden)}.")
    elif Shown.of(result).mask.to_numpy().any():
        notes.append(
            f"{HIDDEN} hidden, because a small number could point to a person; a curve stops where it is hidden."
        )
    if note := explained(text for text in said if text != HIDDEN):
        notes.append(note)
    return notes


def _level(level: Choice) -> str:
    return f"{percent(level, 0)} " if isinstance(level, float) else ""


def alt_text(result: Result) -> str:
    """Return the curves in words: the share of each group at the last time all of them are known."""
    return in_sentences(result, _look(result))


def in_sentences(result: Result, look: Look) -> str:
    """Return the curves of a result of any kind in words."""
    lines = curve_lines(result)
    if not lines:
        return f"Curve. {NOTHING}"
    known, end = [line for line in lines if line.known], horizon(lines)
    at = decimal(end, 1) if unit(result) == IN_MONTHS else label_ticks([end])[0]
    moment = f"{_steps(result).removesuffix('s')} {at}"
    said = [f"{counted(str(len(lines)), 'curve')} over time of the {look.spoken}."]
    if known:
        names = [f"{clean(line.name, 60)}: " if len(lines) > 1 else "" for line in known]
        starts = [" at risk ".join(line.under_observation) for line in known]
        shares = [
            f"{name}{line.share_at(end, share=look.share)} of {start}"
            for name, line, start in zip(names, known, starts, strict=True)
        ]
        said.append(f"By {moment}, with intervals: {listed(shares, 5)}.")
    if hidden := hidden_lines(lines):
        said.append(f"Hidden as too small to show: {listed([clean(label, 60) for label in hidden])}.")
    elif Shown.of(result).mask.to_numpy().any():
        said.append("Parts of the curves are hidden as too small to show.")
    return " ".join(said)
