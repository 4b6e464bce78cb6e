"""Observed and expected events of k groups under one common hazard."""

from __future__ import annotations

import numpy as np

from lvrn_eval.survival.kernels.tally import Counts, Floats, Integers


def compare(groups: list[Counts]) -> tuple[Floats, Floats, Floats]:
    """Return observed (k,), expected (k,) and the hypergeometric covariance (k, k) of one stratum's groups."""
    times = np.unique(np.concatenate([one.time[one.events > 0] for one in groups]))
    at_risk = np.stack([one.at_risk_at(times) for one in groups])
    events = np.stack([_events_at(one, times) for one in groups])
    return moments(at_risk, events)


def _events_at(one: Counts, times: Floats) -> Integers:
    there = np.isin(times, one.time[one.events > 0])
    events = np.zeros(times.size, np.int64)
    events[there] = one.events[one.events > 0]
    return events


def moments(at_risk: Integers, events: Integers) -> tuple[Floats, Floats, Floats]:
    """Return observed, expected and covariance from counts of the shape ``(k, n_times)`` at times with events.

    At each time the events fall on the groups as a sample without replacement from those at risk: mean d Y_i / Y,
    covariance d (Y - d) / (Y - 1) times Y_i / Y (1 if i = j, less Y_j / Y). Times with one person at risk add none.
    """
    everyone, fell = at_risk.sum(axis=0), events.sum(axis=0)
    share = at_risk / everyone
    spread = np.where(everyone > 1, fell * (everyone - fell) / np.maximum(everyone - 1, 1), 0.0)
    covariance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    return events.sum(axis=1).astype(float), (share * fell).sum(axis=1), covariance


def statistic(observed: Floats, expected: Floats, covariance: Floats) -> tuple[float, int] | None:
    """Return chi-square and degrees of freedom; None when the groups were never at risk together.

    A group that nobody expected an event of, having been at risk at no event, takes no part, as in R.
    """
    part = np.flatnonzero(expected > 0)[1:]
    inner = covariance[np.ix_(part, part)]
    if part.size == 0 or np.linalg.matrix_rank(inner, hermitian=True) < part.size:
        return None
    excess = (observed - expected)[part]
    return float(excess @ np.linalg.solve(inner, excess)), int(part.size)
