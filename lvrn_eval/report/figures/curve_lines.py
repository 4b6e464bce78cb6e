"""The lines of a curve result: what is known at every time, group by group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.report.numbers import MISSING, interval, whole
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.wording import group_name, plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lvrn_eval.result import Result

SURVIVAL, INCIDENCE = "survival", "cumulative_incidence"


@dataclass(frozen=True)
class CurveLine:
    """One group's curve, ordered by time; every array has a value per row, NaN where hidden or not defined.

    ``label`` is the group's; ``name`` is the same where it stands alone, so that nobody takes ``1`` for a number.
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

    @property
    def known(self) -> bool:
        """Say whether any of the curve may be shown."""
        return bool(np.isfinite(self.estimate).any())

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
        for row in rows:
            if row < len(self.time):
                said.append(whole(self.at_risk[row], hidden=bool(self.hidden[row])))
            elif len(self.time):
                said.append(whole(self.at_risk[-1] - self.leaving[-1], hidden=bool(self.hidden[-1])))
            else:
                said.append(MISSING)
        return said

    def share_at(self, moment: float) -> str:
        """Return the share at a moment with its interval, as a reader sees it."""
        row = int(np.searchsorted(self.time, moment, side="right")) - 1
        if row < 0:
            return MISSING
        unknown = bool(np.isnan(self.estimate[row]) and self.hidden[row])
        return interval(self.estimate[row], self.low[row], self.high[row], share=True, hidden=unknown)


def scale(result: Result) -> str:
    """Return what is drawn: the share without an event, or with one."""
    return INCIDENCE if result.method.get("scale") == INCIDENCE else SURVIVAL


def curve_lines(result: Result) -> list[CurveLine]:
    """Return a line per group in the order of the table, on the scale the result asks for."""
    by = result.method.get("by")
    lines = [_line(label, by, rows) for label, rows in Shown.of(result).groups()] if len(result.table) else []
    starts = [line.estimate[0] for line in lines if len(line.estimate) and np.isfinite(line.estimate[0])]
    # a table of survival starts at 1; asked for incidence, it is turned over
    turned = scale(result) == INCIDENCE and bool(starts) and min(starts) > 0.5  # noqa: PLR2004  # 0 or 1
    return [_turned(line) for line in lines] if turned else lines


def _line(label: str, by: object, rows: Shown) -> CurveLine:
    time = rows.numbers("time")
    ordered = rows.where(np.argsort(time, kind="stable")[: int(np.isfinite(time).sum())].tolist())
    events, censored = ordered.numbers("events"), ordered.numbers("censored")
    return CurveLine(
        plain_name(label),
        group_name(label, by),
        ordered.numbers("time"),
        ordered.numbers("estimate"),
        ordered.numbers("conf_low"),
        ordered.numbers("conf_high"),
        ordered.numbers("at_risk"),
        np.nan_to_num(events) + np.nan_to_num(censored),
        censored,
        ordered.hidden("at_risk", "events", "censored", "estimate"),
    )


def _turned(line: CurveLine) -> CurveLine:
    return replace(line, estimate=1 - line.estimate, low=1 - line.high, high=1 - line.low)


def horizon(lines: Sequence[CurveLine]) -> float:
    """Return the last time at which every curve that may be shown is known."""
    return min((line.last for line in lines if line.known), default=0.0)


def hidden_lines(lines: Sequence[CurveLine]) -> list[str]:
    """Return the groups nothing of which may be shown."""
    return [line.name for line in lines if not line.known and line.hidden.any()]
