"""How every drawing looks, whatever the user's own matplotlib settings are, and how it becomes bytes.

Colours are the Government Analysis Function's palette; each stands out from white by at least 3 to 1, and no drawing
tells things apart by colour alone. Text is drawn as shapes of the font matplotlib ships, so a picture looks the same
everywhere; its words are in the alternative text.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAVY = "#12436D"
TEAL = "#28A197"
PLUM = "#801650"
ORANGE = "#F46A25"
PALETTE = (NAVY, ORANGE, TEAL, PLUM)
"""Colours of up to four groups, in an order that keeps neighbours apart in grey print too."""

INK = "#1F2328"
SOFT = "#565C63"
GREY = "#8B9197"
LINE = "#D5D9DD"
PALE = "#F2F4F6"

WIDTH = 525.0
"""Width of every drawing, points: 700 pixels on a page."""

TEXT, SMALL = 10.0, 9.0
"""Sizes of type, points: 13.3 and 12 pixels at full width."""

SANS, MONO = "DejaVu Sans", "DejaVu Sans Mono"

SETTINGS: Mapping[str, Any] = MappingProxyType(
    {
        "font.family": SANS,
        "font.size": TEXT,
        "text.color": INK,
        # labels come from people's files: a dollar sign is a dollar sign
        "text.parse_math": False,
        # letters as wide as they are measured, in every format
        "text.hinting": "no_hinting",
        "axes.edgecolor": GREY,
        "axes.labelcolor": INK,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.labelsize": TEXT,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.major.size": 3.0,
        "ytick.major.size": 3.0,
        "grid.color": LINE,
        "grid.linewidth": 0.6,
        "hatch.linewidth": 0.7,
        "lines.solid_capstyle": "butt",
        "figure.facecolor": "white",
        "figure.dpi": 96.0,
        "savefig.dpi": 192.0,
        "savefig.facecolor": "white",
        "svg.fonttype": "path",
        "svg.hashsalt": "lvrn-eval",
    },
)


@contextmanager
def themed() -> Iterator[None]:
    """Draw with these settings only, then put back the user's."""
    import matplotlib.style

    with matplotlib.style.context([dict(SETTINGS)], after_reset=True):
        yield


def svg(figure: Figure) -> bytes:
    """Return a drawing as SVG with its title and description: the same drawing gives the same bytes."""
    words = str(figure.get_label())
    title = words.partition(". ")[0].rstrip(".")
    drawn = _saved(figure, "svg", {"Date": None, "Creator": None, "Title": title, "Description": words})
    # matplotlib writes the title as an element and the description only as metadata
    return drawn.replace(b"</title>", f"</title>\n <desc>{escape(words)}</desc>".encode(), 1)


def png(figure: Figure) -> bytes:
    """Return a drawing as PNG, 1,400 pixels wide."""
    return _saved(figure, "png", {"Software": None, "Description": str(figure.get_label())})


def _saved(figure: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    buffer = io.BytesIO()
    with themed():
        figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()
