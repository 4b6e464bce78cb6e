"""Pointwise intervals of a survival curve and of a cumulative hazard."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from types import MappingProxyType

import numpy as np

from lvrn_eval.survival.kernels.tally import Floats

Limits = tuple[Floats, Floats]


def critical_value(conf_level: float) -> float:
    """Return the two-sided critical value of the normal distribution."""
    return NormalDist().inv_cdf((1 + conf_level) / 2)


def plain(survival: Floats, half: Floats) -> Limits:
    """S plus or minus z SE(S), cut to [0, 1]; ``half`` is z times the standard error of log S."""
    return np.maximum(survival * (1 - half), 0), np.minimum(survival * (1 + half), 1)


def log(survival: Floats, half: Floats) -> Limits:
    """Symmetric in log S, the upper limit cut to 1."""
    return survival * np.exp(-half), np.minimum(survival * np.exp(half), 1)


def log_log(survival: Floats, half: Floats) -> Limits:
    """Symmetric in log(-log S), so always within (0, 1)."""
    log_survival = np.log(survival)
    power = half / log_survival
    return np.exp(log_survival * np.exp(-power)), np.exp(log_survival * np.exp(power))


def logit(survival: Floats, half: Floats) -> Limits:
    """Symmetric in log(S / (1 - S)), so always within (0, 1)."""
    odds = survival / (1 - survival)
    factor = np.exp(half / (1 - survival))
    return odds / (odds + factor), odds / (odds + 1 / factor)


def arcsine(survival: Floats, half: Floats) -> Limits:
    """Symmetric in arcsin(sqrt(S)), the angle cut to a quarter turn."""
    angle = np.arcsin(np.sqrt(survival))
    turn = half / 2 * np.sqrt(survival / (1 - survival))
    return np.sin(np.maximum(angle - turn, 0)) ** 2, np.sin(np.minimum(angle + turn, np.pi / 2)) ** 2


SURVIVAL: MappingProxyType[str, Callable[[Floats, Floats], Limits]] = MappingProxyType(
    {"log-log": log_log, "log": log, "plain": plain, "logit": logit, "arcsine": arcsine},
)
HAZARD = ("log", "plain")


def survival_interval(survival: Floats, log_std_error: Floats, z: float, kind: str) -> Limits:
    """Return lower and upper limits of S, each of the shape of ``survival``.

    Before the first event, where S is 1, ``plain`` and ``log`` give 1 to 1 and the others are not defined; where S is
    0 none is. Not defined is NaN.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        low, high = SURVIVAL[kind](survival, z * log_std_error)
    undefined = survival == 0 if kind in ("plain", "log") else (survival == 0) | (survival == 1)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def probability_interval(share: Floats, std_error: Floats, z: float, kind: str) -> Limits:
    """Return lower and upper limits of a rising share, such as a cumulative incidence.

    Before the first event, where it is 0, ``plain`` gives 0 to 0; the others are not defined (NaN), nor is any but
    ``plain`` and ``log`` where it is 1.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = survival_interval(share, std_error / share, z, kind)
    if kind == "plain":
        return np.where(share == 0, 0.0, low), np.where(share == 0, 0.0, high)
    return low, high


def hazard_interval(hazard: Floats, std_error: Floats, z: float, kind: str) -> Limits:
    """Return lower and upper limits of a cumulative hazard; before the first event ``log`` is not defined (NaN)."""
    if kind == "plain":
        return np.maximum(hazard - z * std_error, 0), hazard + z * std_error
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(z * std_error / hazard)
        return hazard / factor, hazard * factor
