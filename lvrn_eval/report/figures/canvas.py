"""The sheet every drawing is made on, measured in points from its top left corner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lvrn_eval.report.figures.lettering import drawable, height, wrap
from lvrn_eval.report.theme import GREY, INK, LINE, MONO, SANS, SMALL, SOFT, TEXT, WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

HATCH = "/////"
MARGIN = 4.0

HALF_CAPITAL, BASELINE = 0.365, 1.0
"""Half the height of a capital, and how far below the top of a line its letters stand, over the size of the type."""


class Canvas:
    """A figure with one invisible sheet over the whole of it, and room for axes.

    Parameters
    ----------
    tall
        Height of the drawing, points.
    notes
        Small lines of text under the drawing; their height is added.
    """

    def __init__(self, tall: float, notes: Sequence[str] = ()) -> None:
        from matplotlib.figure import Figure

        lines = [line for note in notes if note for line in wrap(note, WIDTH - 2 * MARGIN, SMALL, lines=6)]
        self.tall = tall + (height(len(lines), SMALL) + 10 if lines else 0)
        self.figure: Figure = Figure(figsize=(WIDTH / 72, self.tall / 72))
        self.sheet: Axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0), zorder=-1)
        self.sheet.set(xlim=(0, WIDTH), ylim=(self.tall, 0))
        self.sheet.set_axis_off()
        for number, line in enumerate(lines):
            self.write(MARGIN, tall + 6 + height(number, SMALL), line, size=SMALL, color=SOFT)

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = TEXT,
        color: str = INK,
        ha: str = "left",
        middle: bool = False,
        mono: bool = False,
        bold: bool = False,
        **more: Any,
    ) -> Text:
        """Write one line in the line's height below ``y``, or across ``y``; nothing in it is taken for mathematics."""
        return self.sheet.text(
            x,
            y + size * (HALF_CAPITAL if middle else BASELINE),
            drawable(text, mono=mono),
            fontsize=size,
            color=color,
            ha=ha,
            va="baseline",
            family=MONO if mono else SANS,
            weight="bold" if bold else "normal",
            parse_math=False,
            **more,
        )

    def write_lines(self, x: float, y: float, lines: Sequence[str], *, size: float = TEXT, **more: Any) -> float:
        """Write lines below one another and return where the next would start."""
        for number, line in enumerate(lines):
            self.write(x, y + height(number, size), line, size=size, **more)
        return y + height(len(lines), size)

    def axes(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """Return axes between these edges, points from the left and from the top."""
        box = (left / WIDTH, 1 - bottom / self.tall, (right - left) / WIDTH, (bottom - top) / self.tall)
        return self.figure.add_axes(box)

    def rule(
        self, xs: Sequence[float], ys: Sequence[float], *, color: str = LINE, lw: float = 0.8, **more: Any
    ) -> None:
        """Draw a line through the points."""
        self.sheet.plot(xs, ys, color=color, lw=lw, **more)

    def box(self, left: float, top: float, wide: float, tall: float, *, radius: float = 3.0, **style: Any) -> None:
        """Draw a box with round corners."""
        from matplotlib.patches import FancyBboxPatch

        shape = f"round,pad=0,rounding_size={radius}"
        self.sheet.add_patch(FancyBboxPatch((left, top), wide, tall, boxstyle=shape, **style))

    def dot(self, x: float, y: float, radius: float, color: str) -> None:
        """Draw a filled circle."""
        from matplotlib.patches import Circle

        self.sheet.add_patch(Circle((x, y), radius, facecolor=color, edgecolor="none"))

    def hatched(self, left: float, top: float, wide: float, tall: float) -> None:
        """Draw the stub that stands for a hidden value."""
        from matplotlib.patches import Rectangle

        style: dict[str, Any] = {"facecolor": "white", "edgecolor": GREY, "hatch": HATCH, "linewidth": 0.8}
        self.sheet.add_patch(Rectangle((left, top), wide, tall, zorder=2.5, **style))


def message(text: str) -> Figure:
    """Return a small drawing that only says why there is nothing to draw."""
    lines = wrap(text, WIDTH - 40)
    canvas = Canvas(height(len(lines)) + 28)
    canvas.box(MARGIN, 4, WIDTH - 2 * MARGIN, height(len(lines)) + 20, facecolor="white", edgecolor=LINE)
    canvas.write_lines(20, 14, lines, color=SOFT)
    return canvas.figure
