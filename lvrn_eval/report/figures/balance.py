"""A dot for each feature: how far those selected are from all who were eligible, in standard deviations."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan
from typing import TYPE_CHECKING

from lvrn_eval.report.figures.axis import fitting, label_ticks
from lvrn_eval.report.figures.canvas import MARGIN, Canvas, message
from lvrn_eval.report.figures.lettering import height, wrap
from lvrn_eval.report.numbers import decimal, explained
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import GREY, LINE, NAVY, ORANGE, PALE, SMALL, SOFT, WIDTH
from lvrn_eval.report.wording import clean, counted, hidden_numbers, listed, plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from lvrn_eval.result import Result

LARGE = 0.1
"""Differences beyond this are usually called imbalance (Austin 2009, Statistics in Medicine 28)."""

MOST_ROWS = 40
MOST_HIDDEN = 4
"""More hidden features than these are counted in a note, as long rows of nothing help nobody."""

LABELS, VALUE, TOP, FOOT = 200.0, 66.0, 20.0, 36.0
HEAD = "Selected minus eligible, in standard deviations of the eligible"
NOTHING = "There is no feature to draw: the table is empty."


@dataclass(frozen=True)
class Feature:
    """One row: what differs, by how much, with its interval where there is one."""

    label: str
    estimate: float
    low: float
    high: float
    hidden: bool

    @property
    def large(self) -> bool:
        """Say whether the difference lies outside the band."""
        return abs(self.estimate) > LARGE + 1e-9

    @property
    def said(self) -> str:
        """Return the difference as a reader sees it."""
        return decimal(self.estimate, 2, hidden=self.hidden)


def _features(result: Result) -> list[Feature]:
    """Return the rows, the largest difference first, those without one last."""
    rows = Shown.of(result)
    numbers = (rows.numbers(column) for column in ("estimate", "conf_low", "conf_high"))
    labels = map(_label, rows.texts("term"), rows.texts("group"))
    hidden = (bool(value) for value in rows.hidden("estimate"))
    features = [Feature(*row) for row in zip(labels, *numbers, hidden, strict=True)]
    return sorted(features, key=lambda one: -1.0 if isnan(one.estimate) else abs(one.estimate), reverse=True)


def _label(term: str, level: str) -> str:
    return plain_name(term) if level in {"", "all"} else f"{plain_name(term)}: {plain_name(level)}"


def draw(result: Result) -> Figure:
    """Draw a dot per feature, outside the band of 0.1 either way in another shape and colour."""
    features = _features(result)
    if not features:
        return message(NOTHING)
    shown = _drawn(features)
    if not shown:
        return message(hidden_numbers(len(features)))
    labels = [wrap(feature.label, LABELS - 10, lines=2) for feature in shown]
    talls = [max(22.0, height(len(lines)) + 6) for lines in labels]
    left, right = MARGIN + LABELS, WIDTH - MARGIN - VALUE
    edges = _edges(shown, right - left)
    canvas = Canvas(TOP + sum(talls) + FOOT, _notes(features))
    _axis(canvas, edges, (left, right), TOP + sum(talls))
    top = TOP
    for feature, lines, tall in zip(shown, labels, talls, strict=True):
        middle = top + tall / 2
        canvas.write_lines(left - 8, middle - height(len(lines)) / 2, lines, ha="right")
        _mark(canvas, feature, middle, edges, (left, right))
        canvas.write(WIDTH - MARGIN, middle, feature.said, ha="right", middle=True, bold=feature.large)
        top += tall
    return canvas.figure


def _drawn(features: Sequence[Feature]) -> list[Feature]:
    """Return the features that get a row."""
    seen = [one for one in features if not one.hidden]
    few_hidden = len(features) - len(seen) <= MOST_HIDDEN
    return list(features[:MOST_ROWS]) if few_hidden else seen[:MOST_ROWS]


def _edges(features: Sequence[Feature], room: float) -> list[float]:
    """Return the ticks of an axis with 0 in its middle."""
    values = [abs(value) for one in features for value in (one.estimate, one.low, one.high) if isfinite(value)]
    furthest = max([2.5 * LARGE, *values])
    return fitting(furthest, room, SMALL, smallest=-furthest)


def _axis(canvas: Canvas, edges: Sequence[float], sides: tuple[float, float], foot: float) -> None:
    inner = [_place(value, edges, sides) for value in (-LARGE, LARGE)]
    canvas.box(
        inner[0], TOP, inner[1] - inner[0], foot - TOP, radius=0.01, facecolor=PALE, edgecolor="none", zorder=0.5
    )
    for x in inner:
        canvas.rule([x, x], [TOP, foot], color=GREY, lw=0.7, linestyle=(0, (3, 2)))
    for edge, label in zip(edges, label_ticks(edges), strict=True):
        x = _place(edge, edges, sides)
        canvas.rule([x, x], [TOP, foot], color=GREY if edge == 0 else LINE)
        canvas.write(x, foot + 2, label, size=SMALL, ha="center")
    canvas.write(sum(inner) / 2, 4, "within 0.1", size=SMALL, color=SOFT, ha="center")
    canvas.write(WIDTH - MARGIN, 4, "Difference", size=SMALL, color=SOFT, ha="right")
    canvas.write(WIDTH - MARGIN, foot + 15, HEAD, size=SMALL, color=SOFT, ha="right")


def _place(value: float, edges: Sequence[float], sides: tuple[float, float]) -> float:
    share = (min(max(value, edges[0]), edges[-1]) - edges[0]) / (edges[-1] - edges[0])
    return sides[0] + (sides[1] - sides[0]) * share


def _mark(canvas: Canvas, one: Feature, y: float, edges: Sequence[float], sides: tuple[float, float]) -> None:
    color = ORANGE if one.large else NAVY
    if one.hidden:
        # it could lie anywhere
        canvas.hatched(sides[0], y - 4, sides[1] - sides[0], 8)
        return
    if isnan(one.estimate):
        return
    if one.low <= one.high:
        canvas.rule([_place(one.low, edges, sides), _place(one.high, edges, sides)], [y, y], color=color, lw=1.4)
    marker = "D" if one.large else "o"
    if not isfinite(one.estimate):
        marker = ">" if one.estimate > 0 else "<"
    canvas.rule([_place(one.estimate, edges, sides)] * 2, [y, y], color=color, marker=marker, markersize=6.5)


def _notes(features: Sequence[Feature]) -> list[str]:
    drawn = _drawn(features)
    notes = []
    if any(one.large for one in drawn):
        notes.append("Diamonds and bold numbers: a difference of more than 0.1 standard deviations.")
    left_out = [one for one in features if one not in drawn]
    if hidden := sum(one.hidden for one in left_out):
        notes.append(hidden_numbers(hidden))
    if further := len(left_out) - hidden:
        notes.append(f"{counted(str(further), 'feature')} with smaller differences in the table only.")
    notes.append(explained(one.said for one in drawn))
    return notes


def alt_text(result: Result) -> str:
    """Return the differences in words, the largest first."""
    features = _features(result)
    if not features:
        return f"Dot plot. {NOTHING}"
    told = [one for one in features if not isnan(one.estimate)]
    large = sum(one.large for one in told)
    many = counted(str(len(features)), "feature")
    said = [f"Dot plot of how the selected differ from the eligible in {many}, in standard deviations."]
    if told:
        said.append(f"{large} of {len(told)} differ by more than 0.1.")
        said.append(f"Largest first: {listed([f'{clean(one.label, 80)} {one.said}' for one in told], 5)}.")
    if hidden := sum(one.hidden for one in features):
        said.append(hidden_numbers(hidden))
    return " ".join(said)
