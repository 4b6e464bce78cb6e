"""Before and after, person by person: a pair of bars each, or for a larger group a table of bubbles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.report.figures import pair_table
from lvrn_eval.report.figures.canvas import MARGIN, Canvas, message
from lvrn_eval.report.figures.lettering import width
from lvrn_eval.report.numbers import whole
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import GREY, INK, PLUM, SMALL, SOFT, WIDTH
from lvrn_eval.report.wording import counted, people

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from lvrn_eval.result import Result

MOST_PEOPLE = 60
TALLEST, KEY, ABOVE, FOOT = 120.0, 14.0, 24.0, 22.0
WIDEST_BAR = 13.0
NOTHING = "There is nobody to draw: the table is empty."


def draw(result: Result) -> Figure:
    """Draw a pair of bars per person where all can be told and they are few, else a table of bubbles."""
    rows = Shown.of(result)
    if not len(rows):
        return message(NOTHING)
    everyone = _everyone(rows)
    return pair_table.draw(rows) if everyone is None else _bars(everyone)


def _everyone(rows: Shown) -> NDArray[np.int64] | None:
    """Return each person's counts before and after, shape (n_people, 2), most before first.

    None when a number is hidden or missing, since the bars of the rest would mislead, or when there are too many.
    """
    counts = np.column_stack([rows.numbers(column) for column in ("before", "after", "people")])
    if not np.isfinite(counts).all() or not 0 < counts[:, 2].sum() <= MOST_PEOPLE:
        return None
    whole_counts = counts.astype(np.int64)
    each = np.repeat(whole_counts[:, :2], np.maximum(whole_counts[:, 2], 0), axis=0)
    return each[np.lexsort((-each[:, 1], -each[:, 0]))]


def _bars(everyone: NDArray[np.int64]) -> Figure:
    """Draw the pairs in as many rows as the width of their numbers asks for, all to one scale."""
    most = max(int(everyone.max()), 1)
    slot = max(2 * (width(whole(most), SMALL) + 3) + 6, 20.0)
    n_rows = -(-len(everyone) // int((WIDTH - 2 * MARGIN) // slot))
    per_row = -(-len(everyone) // n_rows)
    slot = min((WIDTH - 2 * MARGIN) / per_row, max(slot, 46.0))
    rows = [everyone[start : start + per_row] for start in range(0, len(everyone), per_row)]
    scale = TALLEST / most
    canvas = Canvas(KEY + sum(row.max() * scale + ABOVE for row in rows) + FOOT)
    _key(canvas)
    foot = KEY
    for row in rows:
        foot += float(row.max()) * scale + ABOVE
        for place, pair in enumerate(row):
            _pair(canvas, MARGIN + slot * (place + 0.5), foot, scale, pair, slot)
        canvas.rule([MARGIN, MARGIN + slot * len(row)], [foot, foot], color=GREY)
    said = f"One pair of bars for each person ({people(str(len(everyone)))}), most events before first"
    canvas.write(MARGIN, foot + 7, said, size=SMALL, color=SOFT)
    return canvas.figure


def _pair(canvas: Canvas, x: float, foot: float, scale: float, pair: NDArray[np.int64], slot: float) -> None:
    wide = min((slot - 6) / 2, WIDEST_BAR)
    apart = max(wide, width(whole(pair.max()), SMALL) + 3)
    for side, color in ((0, GREY), (1, PLUM)):
        tall = float(pair[side]) * scale
        canvas.sheet.bar(x + (side - 0.5) * wide, -tall, wide - 1, bottom=foot, color=color, linewidth=0)
        ink = INK if pair[side] else SOFT
        canvas.write(x + (side - 0.5) * apart, foot - tall - 11, whole(pair[side]), size=SMALL, color=ink, ha="center")


def _key(canvas: Canvas) -> None:
    """Say which bar is which, above the bars."""
    x = MARGIN
    for color, text in ((GREY, "Events before the first engagement"), (PLUM, "Events after the last engagement")):
        canvas.box(x, 3, 10, 10, radius=1, facecolor=color, edgecolor=color)
        canvas.write(x + 15, 8, text, middle=True)
        x += 15 + width(text) + 20


def alt_text(result: Result) -> str:
    """Return the pairs in words."""
    rows = Shown.of(result)
    if not len(rows):
        return f"Bar chart. {NOTHING}"
    everyone = _everyone(rows)
    if everyone is None:
        return pair_table.alt_text(rows)
    before, after = everyone[:, 0], everyone[:, 1]
    fewer, same, more = (int(n) for n in ((after < before).sum(), (after == before).sum(), (after > before).sum()))
    return (
        f"Bar chart of recorded events before and after, one pair of bars per person, {people(str(len(everyone)))}. "
        f"Fewer after than before: {fewer}; as many: {same}; more: {more}. "
        f"In all {counted(whole(before.sum()), 'event')} before and {whole(after.sum())} after."
    )
