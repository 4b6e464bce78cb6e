"""How many events a comparison needs, and what effect the events at hand could have shown."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import Result, Sentence
from lvrn_eval.survival.inputs import choice

SIDES = ("two-sided", "one-sided")
REFERENCE = "Schoenfeld (1981), Biometrika 68, 316-319; (1983), Biometrics 39, 499-503"


def required_events(
    hazard_ratio: float,
    allocation: float = 0.5,
    power: float = 0.8,
    alpha: float = 0.05,
    sides: str = "two-sided",
    event_share: float | None = None,
) -> Result:
    """Work out how many recorded events a comparison of two groups needs (Schoenfeld).

    Parameters
    ----------
    hazard_ratio
        The ratio to be found, other than 1.
    allocation
        The share of people in one of the groups, between 0 and 1.
    power
        The chance of finding it, between ``alpha`` and 1.
    alpha
        The chance of finding a difference where there is none.
    sides
        ``"two-sided"`` or ``"one-sided"``.
    event_share
        The share of all people who will have a recorded event while followed, to work out people too.

    Returns
    -------
    Result
        ``table`` with one row: ``hazard_ratio``, ``allocation``, ``power``, ``alpha``, ``events``, ``people`` (missing
        without ``event_share``); both rounded up.

    Raises
    ------
    AnalysisError
        When a number is not within its range.

    Notes
    -----
    (z_alpha + z_power)² / (p (1 - p) (log ratio)²), for the log-rank test or a Cox model with one covariate of two
    values and no others it goes with; hazards must be proportional.

    *Validated against* arithmetic worked by hand (tests/hand/test_hand_power.py).

    References
    ----------
    Schoenfeld (1981), Biometrika 68, 316-319; (1983), Biometrics 39, 499-503.

    Examples
    --------
    >>> int(required_events(hazard_ratio=0.7).table["events"].iloc[0])
    247
    """
    _refuse("required_events", hazard_ratio, allocation, power, alpha, sides)
    if event_share is not None and not 0 < event_share <= 1:
        raise AnalysisError("required_events: event_share must lie above 0 and up to 1, such as 0.3")
    exact = _quantiles(power, alpha, sides) ** 2 / (allocation * (1 - allocation) * math.log(hazard_ratio) ** 2)
    events = _up(exact)
    people = None if event_share is None else _up(exact / event_share)
    row = {
        "hazard_ratio": float(hazard_ratio),
        "allocation": float(allocation),
        "power": float(power),
        "alpha": float(alpha),
        "events": events,
        "people": people,
    }
    table = pd.DataFrame([row]).astype({"people": "Int64"})
    return Result(
        name="required_events",
        title="Recorded events needed to find a hazard ratio",
        table=table,
        method=_method(sides) | {"event_share": event_share},
        text=_needed(row),
        shape="counts",
    )


def detectable_hazard_ratio(
    n_events: int | Result,
    allocation: float = 0.5,
    power: float = 0.8,
    alpha: float = 0.05,
    sides: str = "two-sided",
) -> Result:
    """Work out which hazard ratios the recorded events at hand could have shown (Schoenfeld).

    Parameters
    ----------
    n_events
        How many people had a recorded event; or a risk table or curve of this package, whose events are taken, and
        whose groups, if there are two, give ``allocation``.
    allocation, power, alpha, sides
        As for ``required_events``.

    Returns
    -------
    Result
        ``table`` with one row: ``n_events``, ``allocation``, ``power``, ``alpha``, ``ratio_low`` and ``ratio_high``: a
        ratio at or below the one, or at or above the other, would have been found with this power.

    Raises
    ------
    AnalysisError
        When a number is not within its range, or the result holds no events.

    Notes
    -----
    It says what the design could show, from the number of events alone. It is no statement about the ratio that was
    found, whose interval says all there is to say.

    References
    ----------
    Schoenfeld (1981), Biometrika 68, 316-319.

    Examples
    --------
    >>> result = detectable_hazard_ratio(247)
    >>> round(float(result.table["ratio_low"].iloc[0]), 2)
    0.7
    """
    if isinstance(n_events, Result):
        n_events, allocation = _at_hand(n_events, allocation)
    _refuse("detectable_hazard_ratio", 0.5, allocation, power, alpha, sides)
    if isinstance(n_events, bool) or not isinstance(n_events, int | np.integer) or n_events < 1:
        raise AnalysisError("detectable_hazard_ratio: n_events must be a whole number from 1 on")
    half = _quantiles(power, alpha, sides) / math.sqrt(n_events * allocation * (1 - allocation))
    row = {
        "n_events": int(n_events),
        "allocation": float(allocation),
        "power": float(power),
        "alpha": float(alpha),
        "ratio_low": math.exp(-half),
        "ratio_high": math.exp(half),
    }
    text = (
        f"With {row['n_events']} recorded events, a hazard ratio of {row['ratio_low']:.2f} or below, or of "
        f"{row['ratio_high']:.2f} or above, would be found with a chance of {100 * power:g}%; smaller differences "
        "would more often be missed."
    )
    return Result(
        name="detectable_hazard_ratio",
        title="Hazard ratios that the recorded events at hand could show",
        table=pd.DataFrame([row]),
        method=_method(sides),
        text=(Sentence(text, (int(n_events),)),),
        count_columns=("n_events",),
        shape="counts",
    )


def _quantiles(power: float, alpha: float, sides: str) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - (alpha / 2 if sides == "two-sided" else alpha)) + normal.inv_cdf(power)


def _up(number: float) -> int:
    """Round up, but not on account of the last digits of a sum that is whole."""
    return math.ceil(number - 1e-9)


def _refuse(function: str, hazard_ratio: float, allocation: float, power: float, alpha: float, sides: str) -> None:
    """Refuse numbers out of range.

    Raises
    ------
    AnalysisError
        Naming the first.
    """
    choice(function, "sides", sides, SIDES)
    if not 0 < hazard_ratio < math.inf or hazard_ratio == 1:
        raise AnalysisError(f"{function}: hazard_ratio must be above 0 and other than 1, such as 0.7")
    if not 0 < allocation < 1:
        raise AnalysisError(f"{function}: allocation is the share of people in one group, between 0 and 1")
    if not 0 < alpha < power < 1:
        raise AnalysisError(f"{function}: alpha and power must lie between 0 and 1, and power above alpha")


def _at_hand(result: Result, allocation: float) -> tuple[int, float]:
    """Return the events of a table of counts over time, and the share of people in its first group of two."""
    table = result.table
    if "events" not in table.columns or "at_risk" not in table.columns or "group" not in table.columns:
        raise AnalysisError(
            f"detectable_hazard_ratio: expected a number of events, or a risk table or curve, not {result.name}",
        )
    if result.suppressed is not None:
        raise AnalysisError(
            "detectable_hazard_ratio: this table has been through disclosure control; use the one before it",
        )
    people = table.groupby("group", sort=False)["at_risk"].max()
    if len(people) == 2:  # noqa: PLR2004 - a comparison of two
        allocation = float(people.iloc[0] / people.sum())
    return int(table["events"].sum()), allocation


def _method(sides: str) -> dict[str, Any]:
    return {"estimator": "Schoenfeld's formula", "sides": sides, "reference": REFERENCE}


def _needed(row: dict[str, Any]) -> tuple[Sentence, ...]:
    share = f"{100 * row['allocation']:g}%"
    text = (
        f"To find a hazard ratio of {row['hazard_ratio']:g} with a chance of {100 * row['power']:g}%, {row['events']} "
        f"recorded events are needed, with {share} of people in one group."
    )
    if row["people"] is None:
        return (Sentence(text),)
    return (Sentence(text), Sentence(f"That takes {row['people']} people, if so many of them have one as stated."))
