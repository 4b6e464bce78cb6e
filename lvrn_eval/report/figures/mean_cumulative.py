"""The mean number of recorded events per person over time, with its interval and how many were at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.report.figures.curve_lines import Look
from lvrn_eval.report.figures.survival_curve import chart, in_sentences

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lvrn_eval.result import Result

LOOK = Look(
    "Mean number of recorded events per person so far",
    "mean number of recorded events per person",
    share=False,
    from_nothing=True,
    marks="Upright marks: somebody's follow-up ended.",
)


def draw(result: Result) -> Figure:
    """Draw a curve per group as for survival; the axis ends where the curves need it."""
    return chart(result, LOOK)


def alt_text(result: Result) -> str:
    """Return the curves in words."""
    return in_sentences(result, LOOK)
