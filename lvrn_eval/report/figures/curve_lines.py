"""The lines of a curve result: what is known at every time, group by group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.release.steps import JOINED
from lvrn_eval.report.figures.axis import label_ticks, ticks
from lvrn_eval.report.numbers import MISSING, interval, whole
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.wording import group_name, plain_name, time_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from lvrn_eval.result import Result

SURVIVAL, INCIDENCE = "survival", "cumulative_incidence"

DAYS_PER_MONTH = 365.25 / 12
IN_MONTHS = "months of 30.4 days"


@dataclass(frozen=True)
class Look:
    """How the curves of a kind of result are drawn.

    Parameters
    ----------
    head
        What the curves show, over the chart; ``spoken`` is the same within a sentence.
    share
        Whether the estimate is a share, said as a percentage.
    from_nothing
        Whether curves rise from 0, so that the axis ends where they need it; else it goes from nothing to all.
    marks
        What the upright marks stand for.
    """

    head: str
    spoken: str
    share: bool = True
    from_nothing: bool = False
    marks: str = "Upright marks: follow-up ended with no event recorded."

    def ticks(self, lines: Sequence[CurveLine]) -> list[float]:
        """Return the ticks of the upright axis; an upper limit far above every estimate is cut off."""
        if not self.from_nothing:
            return [0, 0.25, 0.5, 0.75, 1]
        highest = max((float(line.estimate[line.shown].max(initial=0.0)) for line in lines), default=0.0)
        limits = max((float(line.high[np.isfinite(line.high)].max(initial=0.0)) for line in lines), default=0.0)
        top = max(highest, min(limits, 2 * highest))
        found = [tick for tick in ticks(min(top, 1.0) if self.share else top, 5) if tick >= 0]
        return [tick for tick in found if not self.share or tick <= 1]

    def labels(self, values: Sequence[float]) -> list[str]:
        """Return what the ticks say."""
        if not self.share:
            return label_ticks(values)
        return [f"{label}%" for label in label_ticks([100 * value for value in values])]

    def cut(self, lines: Sequence[CurveLine]) -> bool:
        """Say whether any interval goes beyond the chart."""
        top = self.ticks(lines)[-1]
        return self.from_nothing and any(bool((line.high[np.isfinite(line.high)] > top).any()) for line in lines)


NO_EVENT = Look("Share with no event recorded yet", "share with no event recorded yet")
AN_EVENT = Look("Share with an event recorded", "share with an event recorded")


@dataclass(frozen=True)
class CurveLine:
    """One group's curve, ordered by time; every array has a value per row, NaN where hidden or not defined.

    ``label`` is the group's; ``name`` is the same where it stands alone, so that nobody takes ``1`` for a number. Of a
    ``joined`` curve, whose rows leave out what came between them, nobody knows who was at risk but at its rows.
    """

    label: str
    name: str
    time: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    leaving: NDArray[np.float64]
    censored: NDArray[np.float64]
    hidden: NDArray[np.bool_]
    joined: bool = False

    @property
    def known(self) -> bool:
        """Say whether any of the curve may be shown."""
        return bool(np.isfinite(self.estimate).any())

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Which rows have an estimate."""
        return np.isfinite(self.estimate)

    @property
    def under_observation(self) -> tuple[str, str]:
        """Return how many people there were, and at which moment: some curves only begin later."""
        start = self.at_risk_at([0.0])[0]
        if start != "0":
            return start, "at the start"
        most = np.nanmax(self.at_risk, initial=0.0)
        return whole(most), "at most"

    @property
    def last(self) -> float:
        """Return the last time at which the curve is known; 0 when it never is."""
        known = self.time[np.isfinite(self.estimate)]
        return float(known[-1]) if len(known) else 0.0

    def drawn(self) -> slice:
        """Return the rows up to the last that is known: a hidden tail is not drawn on."""
        known = np.flatnonzero(np.isfinite(self.estimate))
        return slice(0, int(known[-1]) + 1 if len(known) else 0)

    def at_risk_at(self, moments: Sequence[float]) -> list[str]:
        """Return how many were at risk just before each moment, as a reader sees it."""
        rows = np.searchsorted(self.time, np.asarray(moments), side="left")
        said = []
        for row, moment in zip(rows, moments, strict=True):
            if self.joined and (row == len(self.time) or self.time[row] != moment):
                said.append(MISSING)
            elif row < len(self.time):
                said.append(whole(self.at_risk[row], hidden=bool(self.hidden[row])))
            elif len(self.time):
                said.append(whole(self.at_risk[-1] - self.leaving[-1], hidden=bool(self.hidden[-1])))
            else:
                said.append(MISSING)
        return said

    def share_at(self, moment: float, *, share: bool = True) -> str:
        """Return the estimate at a moment with its interval, as a reader sees it."""
        row = int(np.searchsorted(self.time, moment, side="right")) - 1
        if row < 0:
            return MISSING
        unknown = bool(np.isnan(self.estimate[row]) and self.hidden[row])
        return interval(self.estimate[row], self.low[row], self.high[row], share=share, hidden=unknown)


def scale(result: Result) -> str:
    """Return what is drawn: the share without an event, or with one."""
    return INCIDENCE if result.method.get("scale") == INCIDENCE else SURVIVAL


def unit(result: Result) -> str:
    """Return the unit of the time axis: ``axis: months`` shows days as months."""
    return IN_MONTHS if _in_months(result.method) else time_unit(result.method)


def _in_months(method: Mapping[str, object]) -> bool:
    return method.get("axis") == "months" and time_unit(method) == "days"


def curve_lines(result: Result) -> list[CurveLine]:
    """Return a line per group, and per cause where there are several, on the scale the result asks for."""
    by = result.method.get("by")
    lines = [line for label, rows in Shown.of(result).groups() for line in _causes(label, by, rows)]
    lines = [replace(line, joined=is_joined(result)) for line in lines] if len(result.table) else []
    starts = [line.estimate[0] for line in lines if len(line.estimate) and np.isfinite(line.estimate[0])]
    # a table of survival starts at 1; asked for incidence, it is turned over
    turned = scale(result) == INCIDENCE and bool(starts) and min(starts) > 0.5  # noqa: PLR2004  # 0 or 1
    lines = [_turned(line) for line in lines] if turned else lines
    if not _in_months(result.method):
        return lines
    return [replace(line, time=line.time / DAYS_PER_MONTH) for line in lines]


def is_joined(result: Result) -> bool:
    """Say whether disclosure control has joined the steps of a curve."""
    return str(result.method.get("rounding", "")).startswith(JOINED)


def _causes(label: str, by: object, rows: Shown) -> list[CurveLine]:
    """Return the lines of a group: one, or one for each cause."""
    if "cause" not in rows:
        return [_line(plain_name(label), group_name(label, by), rows)]
    causes = rows.texts("cause")
    found = []
    for cause in dict.fromkeys(causes):
        words = group_name(cause, "cause")
        words = words[:1].upper() + words[1:]
        named = words if label == "all" else f"{group_name(label, by)}: {words}"
        found.append(_line(named, named, rows.where([one == cause for one in causes])))
    return found


def _line(label: str, name: str, rows: Shown) -> CurveLine:
    time = rows.numbers("time")
    ordered = rows.where(np.argsort(time, kind="stable")[: int(np.isfinite(time).sum())].tolist())
    left = [np.nan_to_num(ordered.numbers(column)) for column in ("events", "competing", "censored")]
    return CurveLine(
        label,
        name,
        ordered.numbers("time"),
        ordered.numbers("estimate"),
        ordered.numbers("conf_low"),
        ordered.numbers("conf_high"),
        ordered.numbers("at_risk"),
        left[0] + left[1] + left[2],
        ordered.numbers("censored"),
        ordered.hidden("at_risk", "events", "competing", "censored", "estimate"),
    )


def _turned(line: CurveLine) -> CurveLine:
    return replace(line, estimate=1 - line.estimate, low=1 - line.high, high=1 - line.low)


def horizon(lines: Sequence[CurveLine]) -> float:
    """Return the last time at which every curve that may be shown is known."""
    return min((line.last for line in lines if line.known), default=0.0)


def hidden_lines(lines: Sequence[CurveLine]) -> list[str]:
    """Return the groups nothing of which may be shown."""
    return [line.name for line in lines if not line.known and line.hidden.any()]
