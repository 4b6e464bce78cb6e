"""Times whose logarithm has a location and a scale: Weibull, exponential, log-normal and log-logistic.

With z = (log t - x beta) / sigma, the density of t is f(z) / (sigma t) and the share beyond t is S(z). In a split
population a share p, the logistic function of w gamma, ever has the event; the rest never do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lvrn_eval.survival.kernels.tally import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Curve(NamedTuple):
    """A function of z with its first two derivatives, each of the shape of z."""

    value: Floats
    first: Floats
    second: Floats


@dataclass(frozen=True)
class Distribution:
    """The logarithms of a density and of the share beyond, for a standard location and scale."""

    log_density: Callable[[Floats], Curve]
    log_beyond: Callable[[Floats], Curve]
    fixed_scale: bool = False


def _extreme_density(z: Floats) -> Curve:
    grown = np.exp(z)
    return Curve(z - grown, 1 - grown, -grown)


def _extreme_beyond(z: Floats) -> Curve:
    grown = np.exp(z)
    return Curve(-grown, -grown, -grown)


def _normal_density(z: Floats) -> Curve:
    return Curve(-(z**2) / 2 - np.log(2 * np.pi) / 2, -z, np.full_like(z, -1))


def _normal_beyond(z: Floats) -> Curve:
    from scipy.special import log_ndtr

    log_beyond = np.asarray(log_ndtr(-z), np.float64)
    hazard: Floats = np.exp(-(z**2) / 2 - np.log(2 * np.pi) / 2 - log_beyond)
    return Curve(log_beyond, -hazard, -hazard * (hazard - z))


def _logistic_density(z: Floats) -> Curve:
    share = logistic(z)
    return Curve(z - 2 * np.logaddexp(0, z), 1 - 2 * share, -2 * share * (1 - share))


def _logistic_beyond(z: Floats) -> Curve:
    share = logistic(z)
    return Curve(-np.logaddexp(0, z), -share, -share * (1 - share))


def logistic(z: Floats) -> Floats:
    """Return the logistic function, without overflow."""
    small = np.exp(-np.abs(z))
    share: Floats = np.where(z >= 0, 1, small) / (1 + small)
    return share


DISTRIBUTIONS: Mapping[str, Distribution] = MappingProxyType(
    {
        "weibull": Distribution(_extreme_density, _extreme_beyond),
        "exponential": Distribution(_extreme_density, _extreme_beyond, fixed_scale=True),
        "log_normal": Distribution(_normal_density, _normal_beyond),
        "log_logistic": Distribution(_logistic_density, _logistic_beyond),
    },
)


@dataclass(frozen=True)
class Times:
    """What is observed: shape ``(n_people,)`` each, times above 0.

    ``entry`` is 0 for people observed from the start; they add nothing for having come late. ``x`` and ``w`` are the
    covariates of the time and, in a split population, of ever having the event; ``w`` None: everybody does.
    """

    x: Floats
    time: Floats
    event: NDArray[np.bool_]
    entry: Floats | None = None
    w: Floats | None = None

    @property
    def n_time(self) -> int:
        """Number of coefficients of the time."""
        return int(self.x.shape[1])

    @property
    def ever(self) -> Floats:
        """The covariates of ever having the event; none where everybody does."""
        return np.empty((self.time.size, 0)) if self.w is None else self.w

    @property
    def n_ever(self) -> int:
        """Number of coefficients of ever having the event."""
        return int(self.ever.shape[1])


class Parts(NamedTuple):
    """The log-likelihood of each person and its derivatives by z and by a = w gamma."""

    value: Floats
    z: Floats
    zz: Floats
    a: Floats
    aa: Floats
    az: Floats


def log_likelihood(kind: Distribution, seen: Times, parameters: Floats) -> tuple[float, Floats, Floats]:
    """Return the log-likelihood, its gradient and its matrix of second derivatives.

    Parameters
    ----------
    kind
        Of ``DISTRIBUTIONS``.
    seen
        What is observed.
    parameters
        gamma (if there is ``w``), beta, and log sigma (unless the scale is fixed), one after the other.
    """
    gamma, beta, log_scale = split(kind, seen, parameters)
    location, a = seen.x @ beta, None if seen.w is None else seen.w @ gamma
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        z = (np.log(seen.time) - location) / np.exp(log_scale)
        total = _add(seen, _observed(kind, seen.event, z, a), z, log_scale)
        value = total[0] - float(seen.event.sum() * log_scale + np.log(seen.time[seen.event]).sum())
        gradient, second = total[1], total[2]
        gradient[-1] -= seen.event.sum()
        if seen.entry is not None and (late := seen.entry > 0).any():
            part = Times(
                seen.x[late], seen.time[late], seen.event[late], None, None if seen.w is None else seen.w[late]
            )
            z = (np.log(seen.entry[late]) - location[late]) / np.exp(log_scale)
            gone = _add(part, _beyond(kind, z, None if a is None else a[late]), z, log_scale)
            value, gradient, second = value - gone[0], gradient - gone[1], second - gone[2]
    if kind.fixed_scale:
        gradient, second = gradient[:-1], second[:-1, :-1]
    return value, gradient, second


def split(kind: Distribution, seen: Times, parameters: Floats) -> tuple[Floats, Floats, float]:
    """Return gamma, beta and log sigma."""
    cut = seen.n_ever, seen.n_ever + seen.n_time
    return parameters[: cut[0]], parameters[slice(*cut)], 0.0 if kind.fixed_scale else float(parameters[-1])


def _observed(kind: Distribution, event: NDArray[np.bool_], z: Floats, a: Floats | None) -> Parts:
    """Return everybody's part: the density for an event, the share beyond for no event yet."""
    none = np.zeros_like(z)
    density, beyond = kind.log_density(z), _beyond(kind, z, a)
    ever = none if a is None else logistic(-a)
    log_ever = none if a is None else -np.logaddexp(0, -a)
    had = Parts(density.value + log_ever, density.first, density.second, ever, -ever * (1 - ever), none)
    if a is None:
        had = had._replace(aa=none)
    return Parts(*(np.where(event, one, other) for one, other in zip(had, beyond, strict=True)))


def _beyond(kind: Distribution, z: Floats, a: Floats | None) -> Parts:
    """Return the logarithm of the share without the event, and its derivatives.

    In a split population it is log(1 - p + p S). With r, the chance of yet having it, p S over that sum, the
    derivatives are r - p by a, r times that of log S by z, and those of r, whose log odds are a + log S.
    """
    beyond = kind.log_beyond(z)
    none = np.zeros_like(z)
    if a is None:
        return Parts(beyond.value, beyond.first, beyond.second, none, none, none)
    p, r = logistic(a), logistic(a + beyond.value)
    value = -np.logaddexp(0, a) + np.logaddexp(0, a + beyond.value)
    unsure = r * (1 - r)
    return Parts(
        value,
        r * beyond.first,
        r * beyond.second + unsure * beyond.first**2,
        r - p,
        unsure - p * (1 - p),
        unsure * beyond.first,
    )


def _add(seen: Times, parts: Parts, z: Floats, log_scale: float) -> tuple[float, Floats, Floats]:
    """Add up over people: the sum, its gradient and second derivatives by gamma, beta and log sigma."""
    scale = np.exp(log_scale)
    x, by_scale = seen.x, -z * parts.z
    gradient = [x.T @ (-parts.z / scale), [by_scale.sum()]]
    blocks = [
        [(x.T * (parts.zz / scale**2)) @ x, (x.T @ ((parts.z + z * parts.zz) / scale))[:, None]],
        [np.empty((1, 0)), np.array([[(z * parts.z + z**2 * parts.zz).sum()]])],
    ]
    blocks[1][0] = blocks[0][1].T
    if seen.w is not None:
        w = seen.w
        mixed = [(w.T * (-parts.az / scale)) @ x, (w.T @ (-parts.az * z))[:, None]]
        blocks = [[(w.T * parts.aa) @ w, *mixed], *([one.T, *row] for one, row in zip(mixed, blocks, strict=True))]
        gradient = [w.T @ parts.a, *gradient]
    return float(parts.value.sum()), np.concatenate(gradient), np.block(blocks)


def least_squares(kind: Distribution, seen: Times) -> Floats:
    """Return a place to start from, without gamma: the logarithms of the times, seen as if all were events."""
    times = np.log(seen.time)
    beta = np.asarray(np.linalg.lstsq(seen.x, times, rcond=None)[0], np.float64)
    spread = float(np.std(times - seen.x @ beta)) or 1.0
    return beta if kind.fixed_scale else np.append(beta, np.log(spread))
