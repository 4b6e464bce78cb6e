"""Random draws for a whole block at once: days are numbers since 1970-01-01, people are positions in the block."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

YEAR = 365.25
SPAN = 100_000
"""More days than any date here has, so that ``person * SPAN + day`` sorts by person, then day."""


class Stage(IntEnum):
    """The stages of a block; each has a random stream of its own, so that changing one leaves the others alone."""

    PEOPLE = 0
    CUSTODY = 1
    CONTACTS = 2
    SUSPECTS = 3
    OUTCOMES = 4
    OTHERS = 5
    SPELLING = 6
    NETWORK = 7


def stream(seed: int, block: int, stage: Stage) -> np.random.Generator:
    """Return the random stream of one stage of one block, whatever other blocks are made."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(block, int(stage)))))


def day(on: date) -> int:
    """Return a date as days since 1970-01-01."""
    return on.toordinal() - date(1970, 1, 1).toordinal()


def choose(rng: np.random.Generator, weights: tuple[float, ...], size: int) -> Ints:
    """Draw positions in ``weights`` in proportion to them."""
    shares = np.cumsum(weights)
    return np.searchsorted(shares / shares[-1], rng.random(size), side="right").astype(np.int64)


def whole_days(rng: np.random.Generator, mean: float, size: int) -> Ints:
    """Draw delays from 0 days on: a gamma distribution of shape two, rounded down."""
    return rng.gamma(2.0, mean / 2.0, size).astype(np.int64)


def arrivals(rng: np.random.Generator, first: Ints, last: int, per_year: Floats) -> tuple[Ints, Ints]:
    """Draw a Poisson process per person.

    Parameters
    ----------
    rng
        The stream to draw from.
    first
        Each person's first day, of shape ``(n_people,)``.
    last
        The last day of all.
    per_year
        Each person's rate per year, of shape ``(n_people,)``.

    Returns
    -------
    person, on
        The person and the day of each arrival, by person and not by day.
    """
    days = np.maximum(last - first + 1, 0)
    count = rng.poisson(per_year * days / YEAR)
    person = np.repeat(np.arange(count.size), count)
    on = first[person] + (rng.random(person.size) * days[person]).astype(np.int64)
    return person, on


def along(curve: tuple[tuple[float, float], ...], age: Floats) -> Floats:
    """Return the height of a piecewise linear curve at each age in years."""
    ages, heights = zip(*curve, strict=True)
    return np.asarray(np.interp(age, ages, heights), dtype=np.float64)
