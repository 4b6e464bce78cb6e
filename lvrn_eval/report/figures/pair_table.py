"""A table of bubbles: how many people had how many recorded events before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.report.figures.canvas import MARGIN, Canvas, message
from lvrn_eval.report.figures.lettering import width
from lvrn_eval.report.numbers import HIDDEN, MISSING, whole
from lvrn_eval.report.theme import GREY, LINE, ORANGE, PALE, PLUM, SMALL, SOFT, WIDTH
from lvrn_eval.report.wording import hidden_numbers, listed, people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from lvrn_eval.report.shown import Shown

BANDS = (0, 1, 2, 3, 4, 5, 10, 20, 50, 100)
"""Where a band of counts begins, once some are above ten."""

MOST_SINGLE = 10
OTHERS = "other numbers before and after, together"
NOBODY = "There is nobody to draw."
UNPLACED = f"{HIDDEN} Every number is hidden, because a small number could point to a person."
NUMBER = 14.0
CELL = 40.0
DASH = "\u2013"
LEFT, TOP, FOOT = 44.0, 42.0, 36.0


@dataclass(frozen=True)
class Cells:
    """People by band of events before (first axis) and after (second), each axis as long as it needs.

    ``known`` counts the people that may be shown; ``hidden`` is True where some of a cell's people are hidden;
    ``unknown`` where a number is missing.
    """

    labels: tuple[list[str], list[str]]
    known: NDArray[np.float64]
    hidden: NDArray[np.bool_]
    unknown: NDArray[np.bool_]

    def said(self, before: int, after: int) -> str:
        """Return what a cell says; empty where there is nobody."""
        n = self.known[before, after]
        parts = [whole(n)] if n > 0 else []
        parts += [HIDDEN] if self.hidden[before, after] else [MISSING] if self.unknown[before, after] else []
        return " + ".join(parts)


def cells(rows: Shown) -> Cells:
    """Count people into cells: one per number of events up to ten, bands where there are more."""
    before, after, n = (rows.numbers(column) for column in ("before", "after", "people"))
    placed = np.isfinite(before) & np.isfinite(after) & (before >= 0) & (after >= 0)
    largest = int(max(before[placed].max(initial=0), after[placed].max(initial=0)))
    starts = np.arange(largest + 1) if largest <= MOST_SINGLE else np.array([b for b in BANDS if b <= largest])
    at = tuple(np.searchsorted(starts, values[placed], side="right") - 1 for values in (before, after))
    size = tuple(int(places.max(initial=0)) + 1 for places in at)
    known, hidden, unknown = np.zeros(size), np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    np.add.at(known, at, np.where(np.isfinite(n), n, 0.0)[placed])
    np.logical_or.at(hidden, at, rows.hidden("people")[placed])
    np.logical_or.at(unknown, at, ~np.isfinite(n)[placed])
    labels = _labels(starts, largest)
    return Cells((labels[: size[0]], labels[: size[1]]), known, hidden, unknown)


def _labels(starts: NDArray[np.int64], largest: int) -> list[str]:
    ends = [*(start - 1 for start in starts[1:]), largest if largest <= MOST_SINGLE else None]
    labels = []
    for start, end in zip(starts, ends, strict=True):
        one = end == start or (end is None and start < BANDS[5])
        labels.append(str(start) if one else f"{start}+" if end is None else f"{start}{DASH}{end}")
    return labels


def draw(rows: Shown) -> Figure:
    """Draw the cells, the diagonal of no change shaded, fewer after below it and more after above."""
    table = cells(rows)
    if not any(map(any, (table.known.ravel() > 0, table.hidden.ravel(), table.unknown.ravel()))):
        return message(UNPLACED if rows.mask.to_numpy().any() else NOBODY)
    wide, tall = table.known.shape
    side = min(CELL, (WIDTH - LEFT - MARGIN) / wide)
    canvas = Canvas(TOP + tall * side + FOOT, _notes(rows, table))
    for before in range(wide):
        for after in range(tall):
            _cell(canvas, LEFT + before * side, TOP + (tall - 1 - after) * side, side, table, before, after)
    _frame(canvas, table.labels, side)
    return canvas.figure


def _cell(canvas: Canvas, x: float, y: float, side: float, table: Cells, before: int, after: int) -> None:
    """Draw a bubble, or the stub for a hidden number, with the number below it."""
    from matplotlib.patches import Rectangle

    face = PALE if before == after else "white"
    canvas.sheet.add_patch(Rectangle((x, y), side, side, facecolor=face, edgecolor=LINE, linewidth=0.6))
    n, said = table.known[before, after], table.said(before, after)
    middle, largest = y + (side - NUMBER) / 2 + 1, (side - NUMBER) / 2 - 2
    if n > 0:
        # the area, not the width, says how many
        radius = largest * float(np.sqrt(n / table.known.max()))
        canvas.dot(x + side / 2, middle, radius, _color(before, after))
    elif table.hidden[before, after]:
        canvas.hatched(x + side / 2 - 8, middle - 8, 16, 16)
    if said:
        size = next((size for size in (SMALL, 7.0, 6.0) if width(said, size) <= side - 2), 5.0)
        canvas.write(x + side / 2, y + side - NUMBER / 2 - 1, said, size=size, ha="center", middle=True)


def _color(before: int, after: int) -> str:
    return GREY if before == after else PLUM if after < before else ORANGE


def _frame(canvas: Canvas, labels: tuple[Sequence[str], Sequence[str]], side: float) -> None:
    """Write the bands along both edges, what they are, and the key above."""
    foot = TOP + len(labels[1]) * side
    for place, label in enumerate(labels[0]):
        canvas.write(LEFT + (place + 0.5) * side, foot + 3, label, size=SMALL, ha="center")
    for place, label in enumerate(labels[1]):
        canvas.write(LEFT - 6, foot - (place + 0.5) * side, label, size=SMALL, ha="right", middle=True)
    canvas.write(LEFT, foot + 17, "Events before the first engagement")
    canvas.write(MARGIN, TOP - 18, "Events after the last engagement")
    x = MARGIN
    for color, text in ((PLUM, "Fewer after"), (GREY, "As many after"), (ORANGE, "More after")):
        canvas.dot(x + 5, 9, 5, color)
        canvas.write(x + 15, 9, text, middle=True)
        x += 15 + width(text) + 18
    canvas.write(x, 9, "Number and area: people", size=SMALL, color=SOFT, middle=True)


def _notes(rows: Shown, table: Cells) -> list[str]:
    notes = []
    if any(mark in label for mark in ("+", DASH) for label in (*table.labels[0], *table.labels[1])):
        notes.append("Numbers of events above four are in bands; the shaded diagonal is then the same band.")
    if hidden := _hidden_pairs(rows):
        notes.append(f"{HIDDEN} hidden, because a small number could point to a person: {listed(hidden, 8)}.")
    if table.unknown.any() and any(MISSING in table.said(b, a) for b, a in np.argwhere(table.unknown)):
        notes.append(f"{MISSING} not available.")
    return notes


def _hidden_pairs(rows: Shown) -> list[str]:
    """Return the pairs of numbers whose people are hidden, in words."""
    chosen = rows.where(rows.hidden("before", "after", "people"))
    pairs = zip(chosen.counts("before"), chosen.counts("after"), strict=True)
    return [OTHERS if HIDDEN in pair else "{} before and {} after".format(*pair) for pair in pairs]


def alt_text(rows: Shown) -> str:
    """Return the table in words."""
    before, after, n = (rows.numbers(column) for column in ("before", "after", "people"))
    shown = np.isfinite(before) & np.isfinite(after) & np.isfinite(n)
    fewer, same, more = (whole(n[shown & change].sum()) for change in (after < before, after == before, after > before))
    hidden = _hidden_pairs(rows)
    said = ["Table of bubbles: people by recorded events before and after."]
    if shown.any():
        total = people(whole(n[shown].sum()))
        said.append(f"Of {total} shown, {fewer} had fewer after than before, {same} as many, {more} more.")
    if hidden:
        said.append(f"{hidden_numbers(len(hidden))[:-1]}: {listed(hidden)}.")
    return " ".join(said)
