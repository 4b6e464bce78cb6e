"""A grid of programmes and outcomes: what is measured, only counted, only claimed, or left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lvrn_eval.report.figures.canvas import MARGIN, Canvas, message
from lvrn_eval.report.figures.lettering import height, wrap
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import GREY, LINE, NAVY, PALE, SMALL, SOFT, WIDTH
from lvrn_eval.report.wording import clean, counted, listed, plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from lvrn_eval.result import Result

LABELS, HEAD, LEGEND = 168.0, 22.0, 22.0
SIDE = 9.0
"""Half the widest mark, points."""

MOST_ROWS, MOST_COLUMNS = 40, 20
A_LINE = 4
"""Outcomes named in one note."""

MARKS = ("measured", "counted only", "claimed", "nothing")
NOTHING = "There is no coverage to draw: the table is empty."


class Grid:
    """The cells of a coverage table by programme and outcome, in the order of the table."""

    def __init__(self, result: Result) -> None:
        rows = Shown.of(result)
        self.cells = {
            (programme, outcome): mark
            for programme, outcome, mark in zip(
                rows.texts("programme"), rows.texts("outcome"), rows.texts("mark"), strict=True
            )
        }
        self.numbers = dict(zip(rows.texts("outcome"), rows.texts("number"), strict=True))
        self.programmes = list(dict.fromkeys(programme for programme, _ in self.cells))
        self.outcomes = list(dict.fromkeys(outcome for _, outcome in self.cells))

    def measured(self, outcome: str) -> bool:
        """Return whether some programme measures an outcome."""
        return any(self.cells.get((each, outcome)) == "measured" for each in self.programmes)

    def measures(self, programme: str) -> bool:
        """Return whether a programme measures some outcome."""
        return any(self.cells.get((programme, each)) == "measured" for each in self.outcomes)


def draw(result: Result) -> Figure:
    """Draw a mark for every programme and outcome; outcomes by number, named under the grid."""
    grid = Grid(result)
    if not grid.cells:
        return message(NOTHING)
    shown, outcomes = grid.programmes[:MOST_ROWS], grid.outcomes[:MOST_COLUMNS]
    labels = [wrap(plain_name(each), LABELS - 10, lines=2) for each in shown]
    talls = [max(20.0, height(len(lines)) + 5) for lines in labels]
    left, step = MARGIN + LABELS, (WIDTH - 2 * MARGIN - LABELS) / len(outcomes)
    canvas = Canvas(HEAD + sum(talls) + LEGEND, _notes(grid))
    for place, outcome in enumerate(outcomes):
        bold = not grid.measured(outcome)
        canvas.write(
            left + step * (place + 0.5), 4, clean(grid.numbers[outcome], 6), size=SMALL, ha="center", bold=bold
        )
    top = HEAD
    for programme, lines, tall in zip(shown, labels, talls, strict=True):
        middle = top + tall / 2
        canvas.rule([MARGIN, WIDTH - MARGIN], [top, top])
        canvas.write_lines(left - 10, middle - height(len(lines)) / 2, lines, ha="right")
        for place, outcome in enumerate(outcomes):
            _mark(canvas, left + step * (place + 0.5), middle, grid.cells.get((programme, outcome), ""), step)
        top += tall
    _legend(canvas, top + LEGEND / 2 + 2)
    return canvas.figure


def _mark(canvas: Canvas, x: float, y: float, mark: str, room: float) -> None:
    """Draw a mark that differs from the others in shape as well as in colour."""
    half = min(SIDE, room / 2 - 2)
    styles: dict[str, dict[str, Any]] = {
        "measured": {"facecolor": NAVY, "edgecolor": NAVY, "linewidth": 0.8},
        "counted only": {"facecolor": PALE, "edgecolor": NAVY, "linewidth": 0.8},
        "claimed": {"facecolor": "white", "edgecolor": GREY, "linewidth": 0.8, "linestyle": (0, (2, 2))},
    }
    if mark not in styles:
        canvas.dot(x, y, 0.9, LINE)
        return
    canvas.box(x - half, y - 5, 2 * half, 10, radius=2, **styles[mark])
    if mark == "counted only":
        canvas.rule([x - half + 2, x + half - 2], [y, y], color=NAVY, lw=1.2)


def _legend(canvas: Canvas, y: float) -> None:
    step = (WIDTH - 2 * MARGIN) / len(MARKS)
    for place, mark in enumerate(MARKS):
        x = MARGIN + step * place
        _mark(canvas, x + SIDE, y, mark, 4 * SIDE)
        canvas.write(x + 2 * SIDE + 5, y, mark, size=SMALL, color=SOFT, middle=True)


def _notes(grid: Grid) -> list[str]:
    outcomes = grid.outcomes[:MOST_COLUMNS]
    names = [f"{clean(grid.numbers[each], 6)} {clean(plain_name(each), 60)}" for each in outcomes]
    # a long note would be cut
    notes = ["; ".join(names[first : first + A_LINE]) for first in range(0, len(names), A_LINE)]
    if any(not grid.measured(each) for each in outcomes):
        notes.append("Bold numbers: outcomes that nobody measures.")
    if len(grid.programmes) > MOST_ROWS or len(grid.outcomes) > MOST_COLUMNS:
        notes.append("Further programmes and outcomes in the table only.")
    return notes


def alt_text(result: Result) -> str:
    """Return the coverage in words: how many of each, and what nobody measures."""
    grid = Grid(result)
    if not grid.cells:
        return f"Grid. {NOTHING}"
    marks = list(grid.cells.values())
    kinds = ", ".join(f"{marks.count(mark)} {mark}" for mark in MARKS)
    size = f"{counted(str(len(grid.programmes)), 'programme')} by {counted(str(len(grid.outcomes)), 'outcome')}"
    said = [f"Grid of {size}: {kinds}."]
    if alone := [each for each in grid.outcomes if not grid.measured(each)]:
        said.append(f"Measured by nobody: {_named(alone)}.")
    if silent := [each for each in grid.programmes if not grid.measures(each)]:
        said.append(f"Measuring no outcome: {_named(silent)}.")
    return " ".join(said)


def _named(slugs: Sequence[str]) -> str:
    return listed([clean(plain_name(slug), 60) for slug in slugs], 5)
