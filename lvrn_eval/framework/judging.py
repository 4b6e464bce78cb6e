"""Whether a figure agrees with a computed one, given how a report words it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from types import MappingProxyType
from typing import Literal

Qualifier = Literal["exact", "over", "almost", "around", "never_more_than", "rounded_to_thousand"]
"""How a report words a figure."""

NEAR = Decimal("0.10")
"""How far, as a part of the published figure, "almost" and "around" may be off; this library's choice."""

NEAR_HOURS = Decimal(1)
"""How far an hour of the clock may be off where a report says "around"; this library's choice."""

HOUR = "hour of day"
"""The unit of an hour of the clock, in which 23 is one hour from 0."""

NOISE = 9
"""Decimals from which on a computed figure holds only what arithmetic with floating point left there."""

MOST_DIGITS = 400
"""More digits than any finite number of a computer has before its point."""

RULES: Mapping[str, str] = MappingProxyType(
    {
        "exact": "equal when rounded to as many decimals as are published, halves away from zero",
        "over": "beyond the published figure, however far",
        "almost": f"at most {NEAR:.0%} short of the published figure, and not beyond it",
        "around": f"within {NEAR:.0%} of the published figure; within {NEAR_HOURS} hour for hours of the clock",
        "never_more_than": "not beyond the published figure",
        "rounded_to_thousand": "equal when rounded to a thousand, halves away from zero",
    }
)
"""When a figure holds, in words."""


def judge(computed: float, published: float, qualifier: Qualifier, unit: str = "") -> bool:
    """Return whether a published figure, worded as it is, agrees with the computed one.

    Parameters
    ----------
    computed, published
        The two figures.
    qualifier
        How the report words the published one.
    unit
        Its unit; ``hour of day`` goes round the clock.

    Notes
    -----
    "Beyond" is away from zero: a fall of "over 13%", published as -13, holds when the computed change is -14. A figure
    that is not a finite number never holds.

    Examples
    --------
    >>> judge(5148, 5100, "over"), judge(5100, 5100, "over")
    (True, False)
    >>> judge(98.909, 98.9, "exact"), judge(72.45, 72.5, "exact")
    (True, True)
    >>> judge(19_760, 20_000, "almost"), judge(20_001, 20_000, "almost")
    (True, False)
    """
    if not (math.isfinite(computed) and math.isfinite(published)):
        return False
    found, said = written(computed), written(published)
    beyond = (found - said) * (-1 if said < 0 else 1)
    near = NEAR * abs(said)
    if qualifier == "over":
        return beyond > 0
    if qualifier == "never_more_than":
        return beyond <= 0
    if qualifier == "almost":
        return -near <= beyond <= 0
    if qualifier == "around":
        return _apart(found, said, unit) <= (NEAR_HOURS if unit == HOUR else near)
    places = -3 if qualifier == "rounded_to_thousand" else decimals(published)
    return rounded(computed, places) == rounded(published, places)


def written(number: float) -> Decimal:
    """Return a number as it is written, without what arithmetic with floating point left behind."""
    return Decimal(repr(round(float(number), NOISE)))


def rounded(number: float, places: int) -> Decimal:
    """Return a number rounded to decimal places, halves away from zero as spreadsheets do.

    Python's own ``round`` takes halves to the even neighbour, and 72.45 is stored a little above or below: neither is
    what the writer of a report sees.

    Examples
    --------
    >>> rounded(72.45, 1), rounded(12.5, 0), rounded(-0.04, 1) == 0
    (Decimal('72.5'), Decimal('13'), True)
    """
    with localcontext(prec=MOST_DIGITS):
        return written(number).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def decimals(number: float) -> int:
    """Return with how many decimals a number is written.

    Examples
    --------
    >>> decimals(98.9), decimals(2814), decimals(1e-07), decimals(5e3)
    (1, 0, 7, 0)
    """
    exponent = written(number).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _apart(found: Decimal, said: Decimal, unit: str) -> Decimal:
    apart = abs(found - said)
    return min(apart, 24 - apart) if unit == HOUR else apart
