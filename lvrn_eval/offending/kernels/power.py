"""What a Wald test of a log rate ratio can show, from its standard error and how many people gave it."""

from __future__ import annotations

import math

MOST_PEOPLE = 1_000_000
"""A change that would need more people than this cannot be told from none."""


def quantiles(power: float, alpha: float) -> float:
    """Return how many standard errors a two-sided test needs between no change and the truth."""
    from scipy.special import ndtri

    return float(ndtri(1 - alpha / 2) + ndtri(power))


def detectable(std_error: float, power: float, alpha: float) -> tuple[float, float]:
    """Return the largest ratio below 1 and the smallest above it that are found with this power."""
    apart = quantiles(power, alpha) * std_error
    return math.exp(-apart), math.exp(apart)


def needed(ratio: float, std_error: float, n: float, power: float, alpha: float) -> float:
    """Return how many people tell such a ratio from 1, if the variance falls with their number.

    Infinite for a ratio of 1, and NaN without a standard error.
    """
    if not ratio > 0 or math.isnan(std_error):
        return math.nan
    apart = abs(math.log(ratio))
    return n * (quantiles(power, alpha) * std_error / apart) ** 2 if apart > 0 else math.inf


def rounded_up(people: float) -> int | None:
    """Return a number of people to two figures, rounded up; None where they are too many, or not known."""
    if not people <= MOST_PEOPLE:
        return None
    unit: int = 10 ** max(0, math.floor(math.log10(max(people, 1.0))) - 1)
    return math.ceil(people / unit - 1e-9) * unit
