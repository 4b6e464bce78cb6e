"""Lettering: how wide words are, and where a line of them breaks."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from lvrn_eval.report.theme import MONO, SANS, TEXT
from lvrn_eval.report.wording import clean

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties
    from matplotlib.ft2font import FT2Font

LEADING = 1.32
"""Height of a line over the size of its type."""

NO_GLYPH = "\ufffd"


@lru_cache(maxsize=4096)
def width(text: str, size: float = TEXT, *, mono: bool = False, bold: bool = False) -> float:
    """Return the width of one line, points."""
    from matplotlib.textpath import text_to_path

    return float(text_to_path.get_text_width_height_descent(text, _properties(size, mono, bold), ismath=False)[0])


def drawable(text: object, *, mono: bool = False) -> str:
    """Return text as one line that the font can draw; a character it lacks becomes a replacement character."""
    font = _font(mono)
    return "".join(c if font.get_char_index(ord(c)) else NO_GLYPH for c in clean(text))


def wrap(
    text: str,
    room: float,
    size: float = TEXT,
    *,
    mono: bool = False,
    bold: bool = False,
    lines: int = 4,
) -> list[str]:
    """Break text into at most so many lines no wider than ``room`` points; what does not fit ends in an ellipsis."""

    def fits(candidate: str) -> bool:
        return width(candidate, size, mono=mono, bold=bold) <= room

    broken = _broken(drawable(text, mono=mono), fits, lines + 1)
    if len(broken) <= lines:
        return broken
    last = broken[lines - 1]
    kept = last[: _longest(last, lambda start: fits(f"{start.rstrip()}…"))].rstrip()
    return [*broken[: lines - 1], f"{kept}…"]


def _broken(text: str, fits: Callable[[str], bool], most: int) -> list[str]:
    """Return lines that fit, no more than asked: at blanks where there are any, else where they must."""
    lines: list[str] = []
    left = text
    while left and len(lines) < most:
        end = max(_longest(left, fits), 1)
        if end < len(left):
            blank = left.rfind(" ", 0, end + 1)
            end = blank if blank > 0 else end
        lines.append(left[:end])
        left = left[end:].lstrip()
    return lines or [""]


def _longest(text: str, fits: Callable[[str], bool]) -> int:
    """Return the length of the longest beginning that fits, by halving."""
    if fits(text):
        return len(text)
    return bisect(range(1, len(text) + 1), False, key=lambda end: not fits(text[:end]))


def height(lines: int, size: float = TEXT) -> float:
    """Return the height of so many lines, points."""
    return lines * size * LEADING


@cache
def _properties(size: float, mono: bool, bold: bool) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family=MONO if mono else SANS, size=size, weight="bold" if bold else "normal")


def _font(mono: bool) -> FT2Font:
    from matplotlib.font_manager import findfont, get_font

    return get_font(findfont(_properties(TEXT, mono, False)))
