"""Drawings of results, each by the name a Result carries in ``figure``.

A drawing is a matplotlib figure that belongs to nobody's global state, in the project's theme, with its alternative
text as the figure's label. What disclosure control hid is drawn as hidden, never as a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from lvrn_eval.errors import AnalysisError, suggestion
from lvrn_eval.report.figures import (
    balance,
    class_bars,
    coverage,
    event_study,
    flow,
    forest,
    incidence,
    mean_cumulative,
    paired_bars,
    proportional_hazards,
    rates,
    regression_to_mean,
    specification_curve,
    survival_curve,
)
from lvrn_eval.report.theme import themed
from lvrn_eval.report.wording import clean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lvrn_eval.result import Result


class Drawing(NamedTuple):
    """How a kind of result is drawn, and how the drawing is said in words."""

    draw: Callable[[Result], Figure]
    alt_text: Callable[[Result], str]


DRAWINGS: Mapping[str, Drawing] = MappingProxyType(
    {
        module.__name__.rpartition(".")[2]: Drawing(module.draw, module.alt_text)
        for module in (
            balance,
            class_bars,
            coverage,
            event_study,
            flow,
            forest,
            incidence,
            mean_cumulative,
            paired_bars,
            proportional_hazards,
            rates,
            regression_to_mean,
            specification_curve,
            survival_curve,
        )
    },
)
"""Every drawing there is, by name."""

LONGEST_ALT = 1_000


def draw(result: Result) -> Figure:
    """Draw a result.

    Parameters
    ----------
    result
        A result whose ``figure`` names a drawing.

    Returns
    -------
    matplotlib.figure.Figure
        525 points wide, as tall as it needs, its alternative text as its label.

    Raises
    ------
    AnalysisError
        When the result has no drawing, or one that does not exist.
    """
    drawing = _drawing(result)
    with themed():
        figure = drawing.draw(result)
    figure.set_label(alt_text(result))
    return figure


def alt_text(result: Result) -> str:
    """Return the drawing of a result in one to four sentences, made from its numbers.

    Raises
    ------
    AnalysisError
        When the result has no drawing, or one that does not exist.
    """
    return clean(_drawing(result).alt_text(result), LONGEST_ALT).replace('"', "'").replace("`", "'")


def _drawing(result: Result) -> Drawing:
    if result.figure is None:
        raise AnalysisError(f"result {result.name!r} has no drawing; show it as a table")
    if result.figure not in DRAWINGS:
        raise AnalysisError(
            f"result {result.name!r} asks for the drawing {result.figure!r}, which does not exist; "
            f"{suggestion(result.figure, DRAWINGS)}",
        )
    return DRAWINGS[result.figure]
