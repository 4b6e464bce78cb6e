"""The share of people with an event over time where other events compete, rising from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.report.figures import survival_curve
from lvrn_eval.report.figures.curve_lines import Look
from lvrn_eval.report.figures.survival_curve import chart, in_sentences
from lvrn_eval.report.wording import clean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lvrn_eval.result import Result

NOTHING = survival_curve.NOTHING


def draw(result: Result) -> Figure:
    """Draw a curve per group, or per group and cause, as for survival; the axis ends where the curves need it."""
    return chart(result, _look(result))


def alt_text(result: Result) -> str:
    """Return the curves in words."""
    return in_sentences(result, _look(result))


def _look(result: Result) -> Look:
    """Name the cause the curves are of, unless they are of several."""
    of = result.method.get("of")
    if "cause" in result.table.columns or of is None:
        return Look(
            "Share with the event, others competing", "share with the event, others competing", from_nothing=True
        )
    words = f"an event of cause {of}" if isinstance(of, int) else clean(of, 40)
    return Look(f"Share with {words}", f"share with {words}, others competing", from_nothing=True)
