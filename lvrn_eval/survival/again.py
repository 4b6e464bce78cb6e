"""Curves worked out again from other counts, for disclosure control: with every choice of the first time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import Result
from lvrn_eval.survival.competing import cumulative_incidence
from lvrn_eval.survival.curves import kaplan_meier, nelson_aalen
from lvrn_eval.survival.risk_table import PARTS, as_result, reopen

if TYPE_CHECKING:
    import pandas as pd

CHOICES: Mapping[str, tuple[Callable[..., Result], tuple[str, ...]]] = MappingProxyType(
    {
        "Kaplan-Meier": (
            kaplan_meier,
            ("conf_level", "conf_type", "times", "quantiles", "band", "band_between"),
        ),
        "Nelson-Aalen": (nelson_aalen, ("conf_level", "conf_type", "times", "variance")),
        "Aalen-Johansen": (cumulative_incidence, ("conf_level", "conf_type", "times", "of")),
    },
)
"""Every curve by its estimator, with what makes it and the choices in its method that it takes.

A curve may be renamed, as an analysis does that draws several; its method still says what it is.
"""

EVENT_COLUMNS = ("events", "competing")


def event_columns(result: Result) -> tuple[str, ...]:
    """Return the columns of a curve that count events of different kinds, so that each is rounded by itself."""
    return tuple(column for column in EVENT_COLUMNS if column in result.table.columns)


def can_be_made(result: Result) -> bool:
    """Say whether a result is a curve that follows from a risk table."""
    return result.method.get("estimator") in CHOICES


def again(result: Result, counts: pd.DataFrame) -> Result:
    """Return a curve, or a risk table, made from other counts with the choices of the first time.

    Parameters
    ----------
    result
        A curve of this package, or a risk table.
    counts
        ``group``, ``time``, ``at_risk``, ``entered``, ``censored`` and the event columns of ``result.table``.

    Raises
    ------
    AnalysisError
        When the result is no curve that can be made again.
    """
    if result.name == "risk_table":
        told = [column for column in map(str, counts) if column.startswith("events_")]
        whole = counts.assign(events=counts[told].sum(axis="columns")) if told else counts
        return as_result(reopen("again", replace(result, table=whole[list(result.table.columns)], suppressed=None)))
    if not can_be_made(result):
        raise AnalysisError(
            f"the curve {result.name!r} cannot be made again: its estimator is none of {', '.join(CHOICES)}"
        )
    make, names = CHOICES[str(result.method["estimator"])]
    chosen: dict[str, Any] = {name: result.method[name] for name in names if result.method.get(name) is not None}
    return make(_risk_table(result, counts), **chosen)


def _risk_table(result: Result, counts: pd.DataFrame) -> Result:
    """Return the counts as a risk table; competing events are those of the cause after the one of interest."""
    method: dict[str, Any] = {part: result.method[part] for part in PARTS}
    of = result.method.get("of")
    if of is None:
        return Result("risk_table", result.title, counts, method)
    other = int(str(of)) + 1
    apart = {f"events_{of}": counts["events"], f"events_{other}": counts["competing"]}
    table = counts.assign(**apart, events=counts["events"] + counts["competing"])
    return Result("risk_table", result.title, table, method | {"causes": [of, other]})
