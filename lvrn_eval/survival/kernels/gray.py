"""Gray's test: whether the incidences of a cause differ between groups."""

from __future__ import annotations

import numpy as np

from lvrn_eval.survival.kernels.tally import Counts, Floats, Integers


def compare(groups: list[Counts], rho: float) -> tuple[Floats, Floats]:
    """Return score (k,) and covariance (k, k) of one stratum's groups; the cause of interest is the first.

    Parameters
    ----------
    groups
        The counts of every group; nobody enters late.
    rho
        Times are weighed by (1 - F)^rho, F being the incidence of all groups together.
    """
    times = np.unique(np.concatenate([one.time[one.events > 0] for one in groups]))
    at_risk = np.stack([one.at_risk_at(times) for one in groups])
    causes = np.stack([_at(one, times) for one in groups])
    return moments(at_risk, causes[..., 0], causes[..., 1:].sum(axis=-1), rho)


def _at(one: Counts, times: Floats) -> Integers:
    """Return a group's events by cause at ``times``, shape ``(n_times, n_causes)``."""
    fell = one.events > 0
    causes = np.zeros((times.size, one.causes.shape[1]), np.int64)
    causes[np.searchsorted(times, one.time[fell])] = one.causes[fell]
    return causes


def moments(at_risk: Integers, cause: Integers, other: Integers, rho: float) -> tuple[Floats, Floats]:
    """Return score and covariance from counts of the shape ``(k, n_times)`` at times with events.

    Notes
    -----
    Group i stands for R_i = Y_i (1 - F_i(t-)) / S_i(t-) people at risk of the subdistribution, and the score is the sum
    of its weighted events of the cause less the share R_i / R of everybody's. To first order the score is a sum of
    what every group's own events of both kinds add; each addend is a product of a factor that is known at the time
    and an innovation of the group's, whose variance is that of drawing without replacement (Gray 1988, section 3).
    """
    safe = np.maximum(at_risk, 1).astype(np.float64)
    share = np.where(at_risk > 0, (safe - cause - other) / safe, 1.0).cumprod(axis=1)
    share_before = _before(share, 1.0)
    incidence = np.cumsum(share_before * cause / safe, axis=1)
    there = at_risk > 0
    # people at risk of any event, as if no one had been censored, and so the pooled incidence
    whole = np.divide(at_risk, share_before, out=np.zeros(safe.shape), where=there & (share_before > 0))
    in_view, fell = whole.sum(axis=0), cause.sum(axis=0)
    pooled = np.cumsum(fell / in_view)
    free_before = 1 - _before(pooled, 0.0)
    weight = free_before**rho
    of_cause = whole * (1 - _before(incidence, 0.0))
    expected = fell * of_cause / of_cause.sum(axis=0)
    score = (weight * (cause - expected)).sum(axis=1)

    k = at_risk.shape[0]
    shares = whole / in_view
    drift = weight * (np.eye(k)[:, :, None] * whole[None] - shares[:, None] * whole[None])
    path = np.cumsum(drift * (fell / (in_view * free_before)), axis=2)
    ahead = path[:, :, -1:] - path
    beyond = np.divide(1 - pooled, share, out=np.zeros(safe.shape), where=share > 0)

    kept = np.where(share > 0, 1 - beyond, 1.0)
    spread = np.divide(share_before * fell, in_view * safe, out=np.zeros(safe.shape), where=there & (fell > 0))
    spread *= _without_replacement(fell, in_view * share_before)
    factor = drift + kept * ahead
    covariance: Floats = np.einsum("ikt,jkt,kt->ij", factor, factor, spread)

    competing = np.where(share > 0, share_before**2 * other / safe**2, 0.0) * _without_replacement(other, safe)
    covariance += np.einsum("ikt,jkt,kt->ij", ahead, ahead, beyond**2 * competing)
    return score, covariance


def _before(values: Floats, start: float) -> Floats:
    """Return the values just before each time."""
    first = np.full((*values.shape[:-1], 1), start)
    return np.concatenate([first, values[..., :-1]], axis=-1)


def _without_replacement(fell: Integers, people: Floats) -> Floats:
    """Return by how much drawing ``fell`` of ``people`` at once varies less than one at a time."""
    return 1 - np.where(fell > 1, (fell - 1) / np.where(people > 1, people - 1, 1.0), 0.0)
