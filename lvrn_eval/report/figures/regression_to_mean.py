"""The recorded change, the change expected with no effect, and what is left, one block for each way of telling."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from lvrn_eval.report.figures.axis import label_ratio
from lvrn_eval.report.figures.canvas import MARGIN, Canvas, message
from lvrn_eval.report.figures.forest import Effect, Scale
from lvrn_eval.report.figures.lettering import width
from lvrn_eval.report.numbers import explained, percent
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import GREY, INK, LINE, NAVY, PLUM, SMALL, SOFT, WIDTH
from lvrn_eval.report.wording import hidden_numbers, listed, plain_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lvrn_eval.result import Result

LABELS, TOP, FOOT, HEADING, ROW, GAP = 150.0, 20.0, 34.0, 20.0, 20.0, 8.0
INDENT = 10.0

TERMS = {
    "naive": ("Recorded", "o", GREY),
    "expected": ("Expected with no effect", "D", PLUM),
    "left": ("What is left", "s", NAVY),
}
"""What each ratio is called, its mark and its colour; shapes tell them apart without the colours."""

WAYS = {
    "model": "From each person's own record before",
    "earlier_window": "From the window before that one",
    "simulation": "From the same study simulated with nothing changed",
    "pool": "From people who were not selected",
}
NOTHING = "There is no ratio to draw: the table is empty."


def _blocks(result: Result) -> dict[str, dict[str, Effect]]:
    """Return the ratios of every way, by term; what is hidden or unknown is marked so."""
    rows = Shown.of(result)
    numbers = [rows.numbers(column) for column in ("estimate", "conf_low", "conf_high")]
    hidden = rows.hidden("estimate", "conf_low", "conf_high")
    blocks: dict[str, dict[str, Effect]] = {}
    for row, (term, way) in enumerate(zip(rows.texts("term"), rows.texts("group"), strict=True)):
        if term in TERMS:
            heading = WAYS.get(way, plain_name(way))
            estimate, low, high = (float(column[row]) for column in numbers)
            one = Effect(heading, TERMS[term][0], estimate, low, high, bool(hidden[row]))
            blocks.setdefault(way, {})[term] = one
    return blocks


def draw(result: Result) -> Figure:
    """Draw three marks for each way on one axis of ratios, their numbers at the right."""
    blocks = _blocks(result)
    effects = [one for block in blocks.values() for one in block.values()]
    if not effects:
        return message(NOTHING)
    values = max([width(_head(result), SMALL), *(width(one.said) for one in effects)]) + 10
    sides = (MARGIN + LABELS, WIDTH - MARGIN - values - 8)
    scale = Scale.of(effects, sides[1] - sides[0], ratios=True)
    foot = TOP + sum(HEADING + ROW * len(block) + GAP for block in blocks.values())
    canvas = Canvas(foot + FOOT, _notes(effects, scale))
    _axis(canvas, scale, sides, foot)
    canvas.write(WIDTH - MARGIN, 2, _head(result), size=SMALL, color=SOFT, ha="right")
    top = TOP
    for block in blocks.values():
        heading = next(iter(block.values())).heading
        canvas.box(MARGIN, top - 1, WIDTH - 2 * MARGIN, HEADING - 1, radius=0, facecolor="white", edgecolor="none")
        canvas.write(MARGIN, top + HEADING / 2, heading, middle=True, bold=True)
        top += HEADING
        for term, one in block.items():
            _row(canvas, one, term, top + ROW / 2, scale, sides)
            top += ROW
        top += GAP
    return canvas.figure


def _axis(canvas: Canvas, scale: Scale, sides: tuple[float, float], foot: float) -> None:
    for edge in scale.edges:
        x = scale.place(edge, sides)
        canvas.rule([x, x], [TOP, foot], color=LINE, zorder=0.5)
        canvas.write(x, foot + 2, label_ratio(edge), size=SMALL, ha="center")
    x = scale.place(1.0, sides)
    canvas.rule([x, x], [TOP, foot], color=GREY, lw=1.3, zorder=0.6)
    canvas.write(sum(sides) / 2, foot + 15, "Ratio of rates, after over before", size=SMALL, color=SOFT, ha="center")


def _row(canvas: Canvas, one: Effect, term: str, y: float, scale: Scale, sides: tuple[float, float]) -> None:
    name, marker, color = TERMS[term]
    canvas.write(MARGIN + INDENT, y, name, middle=True)
    canvas.write(WIDTH - MARGIN, y, one.said, ha="right", middle=True, color=SOFT if one.hidden else INK)
    if one.hidden:
        # it could lie anywhere
        canvas.hatched(sides[0], y - 4, sides[1] - sides[0], 8)
        return
    if isnan(one.estimate):
        return
    if one.low <= one.high:
        canvas.rule([scale.place(end, sides) for end in (one.low, one.high)], [y, y], color=color, lw=1.6)
        for end, arrow in ((one.low, "<"), (one.high, ">")):
            x = scale.place(end, sides)
            if scale.beyond(end):
                canvas.rule([x], [y], color=color, marker=arrow, markersize=6)
            else:
                canvas.rule([x, x], [y - 3, y + 3], color=color, lw=1.6)
    canvas.rule([scale.place(one.estimate, sides)], [y], color=color, marker=marker, markersize=6.5)


def _head(result: Result) -> str:
    level = result.method.get("conf_level")
    return f"Ratio ({percent(level, 0)} interval)" if isinstance(level, float) else "Ratio (interval)"


def _notes(effects: list[Effect], scale: Scale) -> list[str]:
    notes = ["Upright line: a ratio of 1, no change. What is left is what was recorded over what was expected."]
    if any(one.known and one.low <= one.high and (scale.beyond(one.low) or scale.beyond(one.high)) for one in effects):
        notes.append("Arrows: the interval goes on beyond the axis.")
    return [*notes, explained(one.said for one in effects)]


def alt_text(result: Result) -> str:
    """Return the ratios in words, what is left first."""
    blocks = _blocks(result)
    if not blocks:
        return f"Chart of regression to the mean. {NOTHING}"
    said = ["Chart of the recorded rate ratio, the ratio expected with no effect, and what is left, with intervals."]
    for block in blocks.values():
        told = [f"{one.label.lower()} {one.said}" for one in block.values() if one.known]
        if told:
            said.append(f"{next(iter(block.values())).heading}: {listed(told)}.")
    if hidden := sum(one.hidden for block in blocks.values() for one in block.values()):
        said.append(hidden_numbers(hidden))
    return " ".join(said)
