"""Numbers and findings in words, by rules that hold for every analysis.

A direction is stated only where the interval excludes no change and at least 30 people inform it; otherwise the
sentence says how far the truth could lie either way, and how many people would be needed. The rules follow the manner
of the Ministry of Justice's Data Lab; the words are our own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal

SMALL = 30
"""Under so many people nothing is inferred (the Justice Data Lab's rule)."""

WEAKEST = (
    "Without a comparison group this is the weakest tier of evidence: it cannot separate an effect of the programme "
    "from regression to the mean."
)

TINY = "less than 1%"
"""A change that is not 0, and would round to it."""

Direction = Literal["lower", "higher"]


def direction(low: float, high: float, n: int, *, no_change: float = 1.0) -> Direction | None:
    """Return which way an interval points, where that may be said at all.

    Parameters
    ----------
    low, high
        The interval; NaN where there is none.
    n
        People who inform it.
    no_change
        The value that means no change: 1 for a ratio, 0 for a difference.
    """
    if n < SMALL or math.isnan(low) or math.isnan(high):
        return None
    if high < no_change:
        return "lower"
    return "higher" if low > no_change else None


def ratio_finding(what: str, low: float, high: float, n: int, *, needed: int | None = None) -> str:
    """Return what an interval of a ratio lets one say.

    Parameters
    ----------
    what
        The subject, as ``The recorded rate after``.
    low, high
        The interval of the ratio; NaN where there is none.
    n
        People who inform it.
    needed
        How many people would be needed to tell a change of this size from none, where that was worked out.
    """
    if n < SMALL:
        return (
            f"With {many(n, 'person', 'people')}, fewer than {SMALL}, this is descriptive only: nothing is concluded."
        )
    if math.isnan(low) or math.isnan(high):
        return f"{what} cannot be compared: there is no interval."
    found = direction(low, high, n)
    if found is not None:
        # the smaller change first
        ends = (high, low) if found == "lower" else (low, high)
        return f"{what} was {found} by between {_change(ends[0])} and {_change(ends[1])}."
    most = f"{many(needed, 'person', 'people')} would be needed" if needed else "more people would be needed"
    down = f"lower by {_as_far(low)}" if low < 1 else "no lower"
    up = f"higher {'without a limit' if math.isinf(high) else f'by {_as_far(high)}'}" if high > 1 else "no higher"
    return f"{what} could be {down}, or {up}: {most} to tell which."


def _as_far(ratio: float) -> str:
    change = _change(ratio)
    return change if change == TINY else f"as much as {change}"


def _change(ratio: float) -> str:
    """Return how far a ratio is from 1, in per cent; what is not 0 is never shown as 0, nor what is left as all."""
    if math.isinf(ratio):
        return "more than can be told"
    share = abs(ratio - 1)
    if 0 < share < 0.005:  # noqa: PLR2004 - rounds to 0
        return TINY
    if ratio < 1 and 0.995 <= share < 1:  # noqa: PLR2004 - rounds to 100
        return "over 99%"
    return f"{100 * share:,.0f}%"


def of_kinds(kinds: Sequence[str], number: int = 2) -> str:
    """Return ``recorded suspect events``, or ``recorded suspect event`` for one: what was recorded, and no more."""
    names = listed([NAMES.get(kind, kind.replace("_", " ")) for kind in kinds])
    return f"recorded {names} event{'' if number == 1 else 's'}"


NAMES = {
    "asb": "anti-social behaviour",
    "non_conviction": "non-conviction",
    "hospital_admission": "hospital admission",
}
"""Kinds of event whose names are not their words."""


def listed(items: Sequence[str], link: str = "and") -> str:
    """Return ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {link} {items[-1]}"


def in_words(name: str) -> str:
    """Return ``not recorded`` for ``not_recorded``: names of the project's making are taken apart, all others stay."""
    return name.replace("_", " ") if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", name) else name


def many(number: int, one: str, several: str) -> str:
    """Return ``1 person`` or ``1,204 people``."""
    return f"{number:,} {one if number == 1 else several}"


def people(number: int) -> str:
    """Return ``1 person`` or ``1,204 people``."""
    return many(number, "person", "people")


def decimal(value: float, places: int) -> str:
    """Return a number with so many decimals and thousands separators."""
    return f"{value:,.{places}f}"


def percent(share: float) -> str:
    """Return ``61.5%``; a share that is neither none nor all is never shown as 0% or 100%."""
    if 0 < share < 0.0005:  # noqa: PLR2004 - rounds to 0.0%
        return "under 0.1%"
    if 0.9995 <= share < 1:  # noqa: PLR2004 - rounds to 100.0%
        return "over 99.9%"
    return f"{100 * share:.1f}%"


def level(conf_level: float) -> str:
    """Return ``95%``."""
    return f"{100 * conf_level:g}%"


def with_interval(estimate: str, low: str, high: str, conf_level: float) -> str:
    """Return ``0.71 (95% interval 0.55 to 0.92)``, the one form in sentences."""
    return f"{estimate} ({level(conf_level)} interval {low} to {high})"


def ratio_text(ratio: float) -> str:
    """Return a ratio with two decimals or figures; one that is not 1 is never shown as 1."""
    if math.isinf(ratio):
        return "no upper limit"
    if ratio == 0 or ratio == 1:  # noqa: PLR1714 - a set of floats would say less
        return f"{ratio:.0f}"
    for places in (2, 3, 4):
        text = f"{ratio:,.{places}f}"
        if float(text.replace(",", "")) not in {0.0, 1.0}:
            return text
    return "just under 1" if 0.5 < ratio < 1 else "just over 1" if ratio > 1 else "under 0.0001"  # noqa: PLR2004


def p_text(p_value: float) -> str:
    """Return ``p < 0.001``, ``p = 0.003`` or ``p > 0.999``: never 0.000, and 1.000 only for exactly 1."""
    if math.isnan(p_value):
        return "p not defined"
    if p_value < 0.001:  # noqa: PLR2004
        return "p < 0.001"
    return "p > 0.999" if 0.9995 <= p_value < 1 else f"p = {p_value:.3f}"  # noqa: PLR2004
