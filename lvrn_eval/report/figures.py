"""Drawings of results."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lvrn_eval.result import Result


def draw(result: Result) -> Figure:
    """Draw a result."""
    raise ValueError(result.figure)
