"""A mark and a line for each estimate: ratios on a logarithmic axis around 1, others on a plain one around 0."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf, isfinite, isnan, log, log10
from typing import TYPE_CHECKING

from lvrn_eval.report.figures.axis import fitting, label_ratio, label_ticks, ratio_ticks
from lvrn_eval.report.figures.canvas import MARGIN, Canvas, message
from lvrn_eval.report.figures.lettering import height, width, wrap
from lvrn_eval.report.numbers import explained, interval, percent
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.theme import GREY, INK, LINE, NAVY, SMALL, SOFT, WIDTH
from lvrn_eval.report.wording import clean, counted, hidden_numbers, listed, plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from lvrn_eval.result import Result

LABELS, TOP, FOOT, ROW, INDENT = 190.0, 20.0, 34.0, 24.0, 10.0
WIDEST = 30.0
"""A whisker that reaches further than so many times the outermost estimate is cut, and ends in an arrow."""

MOST_ROWS = 40
HUNDRED = 100
NOT_EFFECTS = frozenset({"(intercept)", "intercept", "log(scale)", "log_scale", "(log scale)"})
"""Terms of a model that compare nobody with anybody."""

NOTHING = "There is no estimate to draw: the table is empty."


@dataclass(frozen=True)
class Effect:
    """One row: a name, what it is compared with, and an estimate with its limits on the axis."""

    heading: str
    label: str
    estimate: float
    low: float
    high: float
    hidden: bool

    @property
    def said(self) -> str:
        """Return the estimate as a reader sees it."""
        return interval(self.estimate, self.low, self.high, decimals=self.decimals, hidden=self.hidden)

    @property
    def decimals(self) -> int:
        """Return how many decimals show at least two digits of the estimate, and no more than a reader needs."""
        size = abs(self.estimate)
        if not isfinite(size) or size == 0:
            return 2
        return min(max(2, 1 - floor(log10(size))), 6) if size < HUNDRED else 0

    @property
    def name(self) -> str:
        """Return the effect where it stands alone."""
        return f"{self.heading}: {self.label}" if self.heading else self.label

    @property
    def known(self) -> bool:
        """Say whether there is a mark to draw."""
        return not self.hidden and not isnan(self.estimate)


def _ratios(result: Result) -> bool:
    return "ratio" in result.table.columns


def _effects(result: Result) -> list[Effect]:
    """Return the rows in the order of the table, without terms that compare nothing."""
    rows = Shown.of(result)
    terms, groups = rows.texts("term"), rows.texts("group")
    of = ("ratio", "ratio_low", "ratio_high") if _ratios(result) else ("estimate", "conf_low", "conf_high")
    estimate, low, high = (rows.numbers(column) for column in of)
    hidden = rows.hidden(*of, "estimate")
    kept = [row for row, term in enumerate(terms) if not (_ratios(result) and term in NOT_EFFECTS)]
    return [
        Effect(
            *_names(rows, row, terms[row], groups[row]),
            float(estimate[row]),
            float(low[row]),
            float(high[row]),
            bool(hidden[row]),
        )
        for row in kept
    ]


def _names(rows: Shown, row: int, term: str, group: str) -> tuple[str, str]:
    """Return the heading of a row and its own name; levels of one variable share the heading."""
    level, reference = rows.texts("level")[row], rows.texts("reference")[row]
    if level:
        variable = plain_name(rows.texts("variable")[row] or term)
        return (f"{variable} (against {plain_name(reference)})" if reference else variable), plain_name(level)
    label = rows.texts("label")[row] or term
    name = plain_name(label)
    return "", name if group in {"", "all"} else f"{name}: {plain_name(group)}"


def draw(result: Result) -> Figure:
    """Draw a row per estimate, its numbers at the right."""
    effects = _effects(result)
    if not effects:
        return message(NOTHING)
    shown = effects[:MOST_ROWS]
    head = _head(result)
    values = max([width(head, SMALL), *(width(one.said) for one in shown)]) + 10
    left, right = MARGIN + LABELS, WIDTH - MARGIN - values - 8
    scale = Scale.of(shown, right - left, ratios=_ratios(result))
    lines = _lines(shown)
    talls = [max(ROW, height(len(text)) + 6) for _, text in lines]
    canvas = Canvas(TOP + sum(talls) + FOOT, _notes(effects, scale))
    foot = TOP + sum(talls)
    _axis(canvas, scale, (left, right), foot, _measure(result))
    canvas.write(WIDTH - MARGIN, 2, head, size=SMALL, color=SOFT, ha="right")
    top = TOP
    for (one, text), tall in zip(lines, talls, strict=True):
        middle = top + tall / 2
        indent = INDENT if one is not None and one.heading else 0.0
        canvas.write_lines(MARGIN + indent, middle - height(len(text)) / 2, text, bold=one is None)
        if one is not None:
            _mark(canvas, one, middle, scale, (left, right))
            color = SOFT if one.hidden else INK
            canvas.write(WIDTH - MARGIN, middle, one.said, ha="right", middle=True, color=color)
        top += tall
    return canvas.figure


def _lines(effects: Sequence[Effect]) -> list[tuple[Effect | None, list[str]]]:
    """Return the lines of the drawing: headings, which have no estimate, and estimates."""
    lines: list[tuple[Effect | None, list[str]]] = []
    heading = ""
    for one in effects:
        if one.heading and one.heading != heading:
            lines.append((None, wrap(one.heading, LABELS - 10, bold=True, lines=2)))
        heading = one.heading
        room = LABELS - 10 - (INDENT if one.heading else 0)
        lines.append((one, wrap(one.label, room, lines=2)))
    return lines


@dataclass(frozen=True)
class Scale:
    """Where values stand on the axis: ``edges`` are the ticks, from the first to the last of which it reaches."""

    edges: tuple[float, ...]
    ratios: bool

    @classmethod
    def of(cls, effects: Sequence[Effect], room: float, *, ratios: bool) -> Scale:
        """Return the scale that holds every estimate, and every limit that is not too far out."""
        known = [one for one in effects if one.known and (not ratios or one.estimate > 0)]
        points = [one.estimate for one in known if isfinite(one.estimate)] + [1.0 if ratios else 0.0]
        limits = [value for one in known for value in (one.low, one.high) if isfinite(value)]
        if not ratios:
            reach = WIDEST * max(map(abs, points)) or inf
            spread = [*points, *(min(max(value, -reach), reach) for value in limits)]
            return cls(tuple(fitting(max(spread), room, SMALL, smallest=min(spread))), ratios)
        low, high = min(points) / WIDEST, max(points) * WIDEST
        spread = [*points, *(min(max(value, low), high) for value in limits)]
        return cls(tuple(ratio_ticks(min(spread), max(spread), room, SMALL)), ratios)

    def place(self, value: float, sides: tuple[float, float]) -> float:
        """Return where a value stands between the sides; beyond them, at the side."""
        first, last = self.edges[0], self.edges[-1]
        inside = min(max(value, first), last)
        if self.ratios:
            inside, first, last = log(inside), log(first), log(last)
        return sides[0] + (sides[1] - sides[0]) * (inside - first) / (last - first)

    def beyond(self, value: float) -> bool:
        """Say whether a value lies outside the axis."""
        room = 1e-9 * (self.edges[-1] - self.edges[0])
        return not self.edges[0] - room <= value <= self.edges[-1] + room


def _axis(canvas: Canvas, scale: Scale, sides: tuple[float, float], foot: float, measure: str) -> None:
    none = 1.0 if scale.ratios else 0.0
    labels = [label_ratio(edge) for edge in scale.edges] if scale.ratios else label_ticks(scale.edges)
    for edge, label in zip(scale.edges, labels, strict=True):
        x = scale.place(edge, sides)
        canvas.rule([x, x], [TOP, foot], color=LINE, zorder=0.5)
        canvas.write(x, foot + 2, label, size=SMALL, ha="center")
    x = scale.place(none, sides)
    canvas.rule([x, x], [TOP, foot], color=GREY, lw=1.3, zorder=0.6)
    lines = wrap(measure, sides[1] - sides[0] + 40, SMALL, lines=2)
    middle = min(sum(sides) / 2, WIDTH - MARGIN - max(width(line, SMALL) for line in lines) / 2)
    canvas.write_lines(middle, foot + 15, lines[:1], size=SMALL, color=SOFT, ha="center")


def _mark(canvas: Canvas, one: Effect, y: float, scale: Scale, sides: tuple[float, float]) -> None:
    """Draw the mark and its line; what reaches beyond the axis ends in an arrow."""
    if one.hidden:
        # it could lie anywhere
        canvas.hatched(sides[0], y - 4, sides[1] - sides[0], 8)
        return
    if isnan(one.estimate):
        return
    if one.low <= one.high:
        ends = [scale.place(one.low, sides), scale.place(one.high, sides)]
        canvas.rule(ends, [y, y], color=NAVY, lw=1.6)
        for value, x, arrow in ((one.low, ends[0], "<"), (one.high, ends[1], ">")):
            if scale.beyond(value):
                canvas.rule([x], [y], color=NAVY, marker=arrow, markersize=6)
            else:
                canvas.rule([x, x], [y - 3, y + 3], color=NAVY, lw=1.6)
    x = scale.place(one.estimate, sides)
    marker = "s" if not scale.beyond(one.estimate) else ">" if one.estimate > scale.edges[-1] else "<"
    canvas.rule([x], [y], color=NAVY, marker=marker, markersize=6.5)


def _measure(result: Result) -> str:
    """Return what is estimated."""
    if not _ratios(result):
        return "Estimate"
    measures = list(dict.fromkeys(text for text in Shown.of(result).texts("measure") if text))
    effects = [text for text in measures if "ratio" in text]
    if effects:
        return clean(effects[0][0].upper() + effects[0][1:], 80)
    return "Hazard ratio" if "Cox" in str(result.method.get("estimator")) else "Ratio"


def _head(result: Result) -> str:
    level = result.method.get("conf_level")
    kind = "Ratio" if _ratios(result) else "Estimate"
    return f"{kind} ({percent(level, 0)} interval)" if isinstance(level, float) else f"{kind} (interval)"


def _notes(effects: Sequence[Effect], scale: Scale) -> list[str]:
    shown = effects[:MOST_ROWS]
    notes = []
    if scale.ratios:
        notes.append("Equal distances along the axis are equal ratios. Upright line: a ratio of 1, no difference.")
    if any(one.known and one.low <= one.high and (scale.beyond(one.low) or scale.beyond(one.high)) for one in shown):
        notes.append("Arrows: the interval goes on beyond the axis.")
    if further := len(effects) - len(shown):
        notes.append(f"{counted(str(further), 'estimate')} more in the table only.")
    notes.append(explained(one.said for one in shown))
    return notes


def alt_text(result: Result) -> str:
    """Return the estimates in words."""
    effects = _effects(result)
    if not effects:
        return f"Forest plot. {NOTHING}"
    measure = _measure(result)
    kind = f"{measure[0].lower()}{measure[1:]}" if _ratios(result) else "estimate"
    said = [f"Forest plot of {counted(str(len(effects)), kind)}, with intervals."]
    told = [one for one in effects if one.known]
    if told:
        said.append(f"{listed([f'{clean(one.name, 80)} {one.said}' for one in told], 8)}.")
    if _ratios(result):
        away = sum(not one.low <= 1 <= one.high for one in told if one.low <= one.high)
        said.append(f"{away} of {len(told)} intervals leave out 1.")
    if hidden := sum(one.hidden for one in effects):
        said.append(hidden_numbers(hidden))
    return " ".join(said)
