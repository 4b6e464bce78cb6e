"""Horizontal bars of the five classes: how many people, and what share of their group."""

from __future__ import annotations

from math import isfinite, isnan
from typing import TYPE_CHECKING, TypeAlias

from lvrn_eval.report.figures.canvas import MARGIN, Canvas, message
from lvrn_eval.report.figures.lettering import height, wrap
from lvrn_eval.report.numbers import HIDDEN, MISSING, percent, whole
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import GREY, INK, NAVY, ORANGE, PLUM, SMALL, SOFT, WIDTH
from lvrn_eval.report.wording import class_name, hidden_numbers, listed, people, plain_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lvrn_eval.result import Result

BAR, ROW, STUB = 15.0, 25.0, 34.0
LABELS, VALUES, HEAD = 206.0, 98.0, 17.0
MOST_GROUPS = 9
Groups: TypeAlias = list[tuple[str, Shown]]
NOTHING = "There is no class to draw: the table is empty."
UNDER = f"{HIDDEN} under the threshold"
COLORS = {"desisted": PLUM, "reduced": PLUM, "increased": ORANGE, "unchanged": NAVY}


def draw(result: Result) -> Figure:
    """Draw one bar per class, and a heading per group where there are several."""
    groups = _groups(result)
    if not groups:
        return message(NOTHING)
    names = [_wrapped(name) for _, rows in groups for name in rows.texts("class")]
    heads = 18.0 if len(groups) > 1 else 0.0
    tall = sum(max(ROW, height(len(lines)) + 6) for lines in names) + len(groups) * (heads + 6) + MARGIN + HEAD
    canvas = Canvas(tall, _notes(result, groups))
    shares = any("%" in text for _, rows in groups for text in _values(rows))
    unit = "People (share of their group)" if shares and heads else "People (share of all)" if shares else "People"
    canvas.write(MARGIN + LABELS, 0, unit, size=SMALL, color=SOFT)
    top = HEAD
    for group, rows in groups:
        if heads:
            head = wrap(plain_name(group), WIDTH - 2 * MARGIN, bold=True, lines=1)
            canvas.write(MARGIN, top + 2, head[0], bold=True)
        top = _group(canvas, top + heads, rows, _largest(groups)) + 6
    return canvas.figure


def _groups(result: Result) -> Groups:
    """Return the rows to draw: those of ``all`` where there are any, else those of each group, the first nine."""
    groups = Shown.of(result).groups() if len(result.table) else []
    return [(label, rows) for label, rows in groups if label == "all"] or groups[:MOST_GROUPS]


def _largest(groups: Groups) -> float:
    values = [value for _, rows in groups for value in rows.numbers("people")]
    return max((value for value in values if isfinite(value) and value > 0), default=1.0)


def _wrapped(name: str) -> list[str]:
    return wrap(class_name(name), LABELS - 10, lines=3)


def _group(canvas: Canvas, top: float, rows: Shown, largest: float) -> float:
    """Draw the bars of one group and return where the next may start."""
    left, room, start = MARGIN + LABELS, WIDTH - MARGIN - LABELS - VALUES, top
    for name, value, said in zip(rows.texts("class"), rows.numbers("people"), _values(rows), strict=True):
        lines = _wrapped(name)
        tall = max(ROW, height(len(lines)) + 6)
        middle = top + tall / 2
        canvas.write_lines(left - 8, middle - height(len(lines)) / 2, lines, ha="right")
        if said == UNDER:
            canvas.hatched(left, middle - BAR / 2, STUB, BAR)
            end = left + STUB
        else:
            end = left + (room * max(value, 0) / largest if isfinite(value) else 0)
            color = COLORS.get(name, GREY)
            canvas.sheet.barh(middle, end - left, BAR, left=left, color=color, edgecolor=color, linewidth=0.6)
        canvas.write(end + 6, middle, said, middle=True, color=SOFT if said == UNDER else INK)
        top += tall
    canvas.rule([left, left], [start, top], color=GREY)
    return top


def _values(rows: Shown) -> list[str]:
    """Return what stands at each bar: the count, and the share where nothing in the group is hidden or missing."""
    counts = rows.counts("people")
    shares = ["" if isnan(share) else f" ({percent(share)})" for share in rows.shares("people")]
    return [UNDER if c == HIDDEN else f"{c}{share}" for c, share in zip(counts, shares, strict=True)]


def _notes(result: Result, groups: Groups) -> list[str]:
    notes = []
    said = [text for _, rows in groups for text in _values(rows)]
    if UNDER in said:
        notes.append(f"{UNDER}: hidden, because a small number could point to a person; its length means nothing.")
        notes.append("Shares are left out of a group in which a number is hidden.")
    if any(text.startswith(MISSING) for text in said):
        notes.append(f"{MISSING} not available.")
    further = len(Shown.of(result).groups()) - len(groups)
    if further > 0 and groups[0][0] != "all":
        notes.append(f"{further} further groups are in the table only.")
    return notes


def alt_text(result: Result) -> str:
    """Return the bars in words."""
    groups = _groups(result)
    if not groups:
        return f"Bar chart. {NOTHING}"
    said = []
    for group, rows in groups:
        words = [
            f"{class_name(name).partition(':')[0].lower()} {HIDDEN if value == UNDER else value}"
            for name, value in zip(rows.texts("class"), _values(rows), strict=True)
        ]
        total = float(rows.numbers("people").sum())
        of = f", {people(whole(total))}" if isfinite(total) else ""
        said.append(f"{plain_name(group)}{of}: {', '.join(words)}")
    hidden = sum(int(rows.mask["people"].sum()) for _, rows in groups if "people" in rows)
    ending = [hidden_numbers(hidden)] if hidden else []
    return " ".join([f"Bar chart of people by what happened to their recorded events. {listed(said, 3)}.", *ending])
