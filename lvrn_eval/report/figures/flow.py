"""The flow diagram: who was left after each rule, and who was left out by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lvrn_eval.report.figures.canvas import MARGIN, Canvas, message
from lvrn_eval.report.figures.lettering import height, width, wrap
from lvrn_eval.report.numbers import explained
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import GREY, INK, NAVY, PALE, SMALL, SOFT, TEXT
from lvrn_eval.report.wording import counted, hidden_numbers, listed, people, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from lvrn_eval.result import Result

LEFT, SIDE, BETWEEN = 190.0, 290.0, 37.0
PAD, GAP = 9.0, 12.0
NOTHING = "There is no step to draw: the table is empty."


@dataclass(frozen=True)
class Line:
    """A line of a box: what it says and how it is set."""

    text: str
    size: float = TEXT
    bold: bool = False
    mono: bool = False
    color: str = INK


def draw(result: Result) -> Figure:
    """Draw the flow of the group ``all``: rules from top to bottom, those left out at the side."""
    rows = Shown.of(result).only()
    if not len(rows):
        return message(NOTHING)
    mains = [_main(rows, step) for step in range(len(rows))]
    sides = [_side(rows, step) for step in range(1, len(rows))]
    tall = sum(_tall(lines) for lines in mains) + sum(_tall(lines) + 2 * GAP for lines in sides) + 2 * MARGIN
    said = [line.text for lines in (*mains, *sides) for line in lines]
    canvas = Canvas(tall, [explained(said)])
    top = MARGIN
    for step, main in enumerate(mains):
        last = step == len(mains) - 1 and step > 0
        _box(canvas, MARGIN, top, LEFT, main, filled=last)
        top += _tall(main)
        if not last and sides:
            top = _left_out(canvas, top, sides[step])
    return canvas.figure


def _left_out(canvas: Canvas, top: float, lines: Sequence[Line]) -> float:
    """Draw the arrow down past a side box and the arrow to it; return where the next box starts."""
    bottom = top + _tall(lines) + 2 * GAP
    middle, across = MARGIN + LEFT / 2, (top + bottom) / 2
    side = MARGIN + LEFT + BETWEEN
    arrow = {"arrowstyle": "-|>", "color": GREY, "lw": 1.0, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9}
    canvas.sheet.annotate("", (middle, bottom), (middle, top), arrowprops=arrow)
    canvas.sheet.annotate("", (side, across), (middle, across), arrowprops=arrow)
    _box(canvas, side, top + GAP, SIDE, lines)
    return bottom


def _box(canvas: Canvas, left: float, top: float, wide: float, lines: Sequence[Line], *, filled: bool = False) -> None:
    main = wide == LEFT
    face = NAVY if filled else PALE if main else "white"
    canvas.box(left, top, wide, _tall(lines), facecolor=face, edgecolor=NAVY if main else GREY, linewidth=0.9)
    y = top + PAD
    for line in lines:
        color = "white" if filled else line.color
        x, ha = (left + wide / 2, "center") if main else (left + PAD, "left")
        canvas.write(x, y, line.text, size=line.size, bold=line.bold, mono=line.mono, color=color, ha=ha)
        y += height(1, line.size)


def _tall(lines: Sequence[Line]) -> float:
    return sum(height(1, line.size) for line in lines) + 2 * PAD - 2


def _main(rows: Shown, step: int) -> list[Line]:
    """Return the lines of a box in the main column."""
    left = people(rows.counts("people_left")[step])
    records = counted(rows.counts("records_left")[step], "record")
    label = rows.texts("label")[step] if step == 0 else "Included" if step == len(rows) - 1 else "Remaining"
    words = wrap(label, LEFT - 2 * PAD) if label else []
    return [
        *(Line(line) for line in words),
        Line(left, size=TEXT + 2, bold=True),
        Line(records, size=SMALL, color=SOFT),
    ]


def _side(rows: Shown, step: int) -> list[Line]:
    """Return the lines of the box that says who was left out at a step, and why."""
    removed, unknown = rows.counts("people_removed")[step], rows.counts("people_unknown")[step]
    records = counted(rows.counts("records_removed")[step], "record")
    head = f"{people(removed)} left out"
    lines = [Line(head, bold=True)]
    if width(f"{head}  ({records})", bold=True) < SIDE - 2 * PAD:
        lines = [Line(f"{head} ({records})", bold=True)]
    else:
        lines.append(Line(records, size=SMALL, color=SOFT))
    room = SIDE - 2 * PAD
    lines += [Line(line) for line in wrap(f"Rule: {rows.texts('label')[step]}", room)]
    rule = rows.texts("rule")[step]
    if rule:
        lines += [Line(t, size=SMALL - 0.5, mono=True, color=SOFT) for t in _mono(rule, room)]
    if unknown != "0":
        note = f"of them without a value the rule needs: {unknown}"
        lines += [Line(line, size=SMALL) for line in wrap(note, room, SMALL)]
    return lines


def _mono(rule: str, room: float) -> list[str]:
    return wrap(rule, room, SMALL - 0.5, mono=True, lines=5)


def alt_text(result: Result) -> str:
    """Return the flow in words."""
    rows = Shown.of(result).only()
    if not len(rows):
        return f"Flow diagram. {NOTHING}"
    left, removed, unknown = (rows.counts(f"people_{name}") for name in ("left", "removed", "unknown"))
    steps = len(rows) - 1
    said = [f"Flow diagram of who was included: {people(left[0])} at the start"]
    said[0] += f" and {people(left[-1])} after {counted(str(steps), 'step')}." if steps else "."
    labels = [quoted(label) for label in rows.texts("label")]
    if steps:
        said.append(f"Left out: {listed([f'{removed[k]} by {labels[k]}' for k in range(1, steps + 1)])}.")
    missing = [f"{unknown[k]} at {labels[k]}" for k in range(1, steps + 1) if unknown[k] != "0"]
    if missing:
        said.append(f"Left out for want of a value the rule needs: {listed(missing)}.")
    hidden = int(rows.mask.to_numpy().sum())
    if hidden:
        said.append(hidden_numbers(hidden))
    return " ".join(said)
