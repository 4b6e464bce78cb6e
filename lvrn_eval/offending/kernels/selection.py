"""Kernel for studies in which the programme does nothing: people drawn as the study's rule selects them.

Rates differ between people (gamma), events fall at random (Poisson), the rule asks for at least so many events before.
Nobody is drawn and thrown away: in a gamma-Poisson population the day ``d`` of the ``m``-th event has
``d / (beta + d)`` distributed as beta with parameters ``m`` and ``k``, so the day on which the rule is met is drawn
directly, given that it comes in time; the rest of the person follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Selected:
    """The people of a study, arrays that broadcast to ``(n_studies, n_people)``.

    Parameters
    ----------
    shape, rate
        Of the gamma distribution of rates before selection: ``rate`` is its mean per day.
    needed
        Events the rule asks for in the before window or on the rest of the days before.
    days_before, days_rest, days_after
        Days at risk.
    counted
        The share of the before window's days that the comparison counts.
    held
        Events counted before that are not drawn, such as the one that caused the referral.
    ratio
        By how much the rate after changes in ``changed``.
    """

    shape: Array
    rate: Array
    needed: Array
    days_before: Array
    days_rest: Array
    days_after: Array
    counted: Array
    held: Array
    ratio: float = 1.0


class Counts(NamedTuple):
    """Events of every person of every study, ``(n_studies, n_people)``.

    ``window`` holds those in the before window, ``before`` those that the comparison counts, ``after`` those after if
    nothing changes, and ``changed`` those after if the rate changes by ``ratio``.
    """

    window: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    changed: NDArray[np.int64]


def draw(people: Selected, size: tuple[int, int], rng: np.random.Generator) -> Counts:
    """Draw studies in which nothing changes, and the same people after a change.

    Parameters
    ----------
    people
        Whom the studies are of.
    size
        Number of studies and of people in each.
    rng
        The stream of random numbers.
    """
    k, needed = (np.broadcast_to(values, size) for values in (people.shape, people.needed))
    beta = k / people.rate
    days = np.broadcast_to(people.days_before + people.days_rest, size)
    met = _day_met(k, beta, needed, days, rng)
    rate = rng.gamma(k + needed) / (beta + met)
    history = (needed + rng.poisson(rate * (days - met))).astype(np.int64)
    share = np.divide(people.days_before, days, out=np.zeros(size), where=days > 0)
    window = rng.binomial(history, np.clip(share, 0, 1))
    before = rng.binomial(window, np.broadcast_to(people.counted, size)) + people.held.astype(np.int64)
    after = rate * people.days_after
    return Counts(window, before, rng.poisson(after), rng.poisson(after * people.ratio))


def _day_met(k: Array, beta: Array, needed: Array, days: Array, rng: np.random.Generator) -> Array:
    """Return the day on which the rule was met, given that it was; 0 for people of whom nothing is asked."""
    from scipy.special import betainc, betaincinv

    chance = rng.random(k.shape)
    asked = needed > 0
    m, k, beta, days = needed[asked], k[asked], np.broadcast_to(beta, asked.shape)[asked], days[asked]
    share = betaincinv(m, k, chance[asked] * betainc(m, k, days / (beta + days)))
    met = np.zeros(asked.shape)
    met[asked] = np.minimum(beta * share / (1 - share), days)
    return met
