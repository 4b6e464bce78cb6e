"""Observed and expected events of k groups under one common hazard."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import numpy as np

from lvrn_eval.survival.kernels.tally import Counts, Floats, Integers

Weigh = Callable[[Integers, Integers], Floats]
"""From those at risk and those with the event, over all groups at each event time, to the weight of each."""


def alike(at_risk: Integers, events: Integers) -> Floats:  # noqa: ARG001 - the times weigh the same whatever happened
    """Every event time weighs the same (log-rank)."""
    return np.ones(at_risk.size)


def by_people(at_risk: Integers, events: Integers) -> Floats:  # noqa: ARG001 - as above
    """Weigh by the number at risk (Gehan, Breslow)."""
    return at_risk.astype(np.float64)


def by_root(at_risk: Integers, events: Integers) -> Floats:  # noqa: ARG001 - as above
    """Weigh by the square root of the number at risk (Tarone and Ware)."""
    return np.sqrt(at_risk)


def by_survival(at_risk: Integers, events: Integers) -> Floats:
    """Weigh by the product of 1 - d / (Y + 1) up to and with each time (Peto and Peto)."""
    return (1 - events / (at_risk + 1)).cumprod()


WEIGHTS: MappingProxyType[str, Weigh] = MappingProxyType(
    {"log-rank": alike, "gehan": by_people, "tarone-ware": by_root, "peto": by_survival},
)


def fleming_harrington(rho: float, gamma: float) -> Weigh:
    """Return the weights S^rho (1 - S)^gamma, S being the Kaplan-Meier curve of all groups just before each time."""

    def weigh(at_risk: Integers, events: Integers) -> Floats:
        survival = np.append(1.0, (1 - events / at_risk).cumprod()[:-1])
        return np.asarray(survival**rho * (1 - survival) ** gamma)

    return weigh


def compare(groups: list[Counts], weigh: Weigh = alike) -> tuple[Floats, Floats, Floats, Floats]:
    """Return what ``moments`` does of one stratum's groups."""
    return moments(*at_events(groups), weigh)


def at_events(groups: list[Counts]) -> tuple[Integers, Integers]:
    """Return at risk and events of every group, shape ``(k, n_times)``, at the times anyone has the event."""
    times = np.unique(np.concatenate([one.time[one.events > 0] for one in groups]))
    at_risk = np.stack([one.at_risk_at(times) for one in groups])
    events = np.zeros(at_risk.shape, np.int64)
    for row, one in zip(events, groups, strict=True):
        fell = one.events > 0
        row[np.searchsorted(times, one.time[fell])] = one.events[fell]
    return at_risk, events


def moments(
    at_risk: Integers,
    events: Integers,
    weigh: Weigh = alike,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return observed (k,), expected (k,), weighted excess (k,) and its covariance (k, k) from ``(k, n_times)`` counts.

    At each time the events fall on the groups as a sample without replacement from those at risk: mean d Y_i / Y,
    covariance d (Y - d) / (Y - 1) times Y_i / Y (1 if i = j, less Y_j / Y). Times with one person at risk add none.
    """
    everyone, fell = at_risk.sum(axis=0), events.sum(axis=0)
    weight = weigh(everyone, fell)
    share = at_risk / everyone
    spread = np.where(everyone > 1, fell * (everyone - fell) / np.maximum(everyone - 1, 1), 0.0) * weight**2
    covariance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    excess = (weight * (events - share * fell)).sum(axis=1)
    return events.sum(axis=1).astype(float), (share * fell).sum(axis=1), excess, covariance


def statistic(excess: Floats, covariance: Floats, taking_part: Floats) -> tuple[float, int] | None:
    """Return chi-square and degrees of freedom; None when the groups were never at risk together.

    A group that nobody expected an event of (``taking_part`` is 0), having been at risk at no event, takes no part,
    as in R.
    """
    part = np.flatnonzero(taking_part > 0)[1:]
    inner = covariance[np.ix_(part, part)]
    if part.size == 0 or np.linalg.matrix_rank(inner, hermitian=True) < part.size:
        return None
    return float(excess[part] @ np.linalg.solve(inner, excess[part])), int(part.size)


def trend(excess: Floats, covariance: Floats, scores: Floats) -> float | None:
    """Return the normal statistic of a trend over the groups' scores; None when it does not vary."""
    spread = float(scores @ covariance @ scores)
    scale = float(scores**2 @ np.diag(covariance))
    return None if spread <= np.finfo(float).eps * scale else float(scores @ excess / np.sqrt(spread))
