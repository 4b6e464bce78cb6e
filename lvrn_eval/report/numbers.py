"""Numbers as a reader sees them: one form for each kind, everywhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

HIDDEN = "[c]"
MISSING = "[x]"
UNBOUNDED = "∞"
MINUS = "\u2212"

SHORTHAND: Mapping[str, str] = MappingProxyType(
    {
        HIDDEN: "hidden, because a small number could point to a person",
        MISSING: "not available",
        UNBOUNDED: "without limit",
    },
)
"""What each sign stands for; a table explains those it uses."""

SMALLEST_P = 0.001


def whole(value: float, *, hidden: bool = False) -> str:
    """Return a count with thousands separators."""
    return decimal(value, 0, hidden=hidden)


def decimal(value: float, decimals: int = 2, *, hidden: bool = False) -> str:
    """Return a number with so many decimals, a true minus sign, and the signs for hidden and not available."""
    if hidden:
        return HIDDEN
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return UNBOUNDED if value > 0 else f"{MINUS}{UNBOUNDED}"
    text = f"{abs(value):,.{decimals}f}"
    zero = not text.strip("0.,")
    return f"{MINUS}{text}" if value < 0 and not zero else text


def percent(share: float, decimals: int = 1, *, hidden: bool = False) -> str:
    """Return a share as a percentage: ``0.615`` → ``61.5%``."""
    text = decimal(100 * share, decimals, hidden=hidden)
    return text if text in SHORTHAND else f"{text}%"


def p_value(value: float, *, hidden: bool = False) -> str:
    """Return a p-value with three decimals, or ``< 0.001``."""
    return f"< {SMALLEST_P}" if not hidden and value < SMALLEST_P else decimal(value, 3, hidden=hidden)


def interval(
    estimate: float,
    low: float,
    high: float,
    *,
    share: bool = False,
    decimals: int | None = None,
    hidden: bool = False,
) -> str:
    """Return an estimate with its interval in the one form used everywhere: ``61.5% (35.5 to 82.3)``."""
    if hidden:
        return HIDDEN
    scale = 100 if share else 1
    places = decimals if decimals is not None else 1 if share else 2
    shown = percent(estimate, places) if share else decimal(estimate, places)
    if math.isnan(low) and math.isnan(high):
        return shown if shown == MISSING else f"{shown} ({MISSING})"
    return f"{shown} ({decimal(scale * low, places)} to {decimal(scale * high, places)})"


def places_for(values: Iterable[float]) -> int:
    """Return how many decimals a column of numbers needs: none for whole numbers, else by its largest value."""
    finite = [abs(value) for value in values if math.isfinite(value)]
    if all(value == int(value) for value in finite):
        return 0
    largest = max(finite)
    return next((places for bound, places in ((0.1, 4), (1, 3), (100, 2), (10_000, 1)) if largest < bound), 0)


def explained(texts: Iterable[str]) -> str:
    """Return one line explaining the signs that occur in the texts; empty when none does."""
    together = "\n".join(texts)
    found = [sign for sign in SHORTHAND if sign in together]
    return " ".join(f"{sign} {SHORTHAND[sign]}." for sign in found)
