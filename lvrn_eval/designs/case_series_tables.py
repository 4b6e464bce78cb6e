"""The tables of a case series."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from lvrn_eval.designs.case_series_fit import VARIABLES, Model, Term
from lvrn_eval.result import ESTIMATE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lvrn_eval.designs.case_series_fit import Size

ALL = "all"
MEASURE = "rate ratio"
COUNTS = ("n", "n_events", "n_with_event", "n_reference", "n_events_reference")
EXTRA = (
    "ratio", "ratio_low", "ratio_high", "statistic", "std_error_model", "std_error_robust", "measure", "variable",
    "label", "level", "reference", "n_with_event", "n_reference", "n_events_reference",
)  # fmt: skip


def rows(model: Model, *, conf_level: float, robust: bool) -> list[dict[str, Any]]:
    """Return a row per period and band that is compared with a reference."""
    return [_row(model, term, conf_level, robust=robust) for term in model.terms]


def _row(model: Model, term: Term, conf_level: float, *, robust: bool) -> dict[str, Any]:
    from scipy.special import ndtr, ndtri

    estimate, of_model, of_people = log_ratio(model, term)
    error = of_people if robust else of_model
    half = -float(ndtri((1 - conf_level) / 2)) * error
    z = estimate / error if error > 0 else math.nan
    return {
        "term": term.level.term, "group": ALL, "estimate": estimate, "std_error": error,
        "conf_low": estimate - half, "conf_high": estimate + half, "conf_level": conf_level,
        "p_value": 2 * float(ndtr(-abs(z))), "n": term.size.n, "n_events": term.size.n_events,
        "ratio": math.exp(estimate), "ratio_low": math.exp(estimate - half), "ratio_high": math.exp(estimate + half),
        "statistic": z, "std_error_model": of_model, "std_error_robust": of_people, "measure": MEASURE,
        "variable": VARIABLES[term.factor], "label": term.level.label, "level": term.level.label,
        "reference": term.reference.label, "n_with_event": term.size.n_with_event, "n_reference": term.against.n,
        "n_events_reference": term.against.n_events,
    }  # fmt: skip


def log_ratio(model: Model, term: Term) -> tuple[float, float, float]:
    """Return a term's log ratio with its model-based and its robust error; minus infinity where no event was there."""
    if term.place is None:
        return (-math.inf if term.size.n else math.nan), math.nan, math.nan
    of_model, of_people = (math.sqrt(at[term.place, term.place]) for at in (model.fit.covariance, model.fit.robust))
    return float(model.fit.beta[term.place]), of_model, of_people


def estimates(found: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the rows as a frame."""
    return pd.DataFrame(found, columns=[*ESTIMATE_COLUMNS, *EXTRA])


def categories(model: Model) -> pd.DataFrame:
    """Return people, events and days at risk in every period and band, references included."""
    return pd.DataFrame(_categories(model), columns=["variable", "category", "n", "n_events", "days_at_risk"])


def _categories(model: Model) -> Iterator[dict[str, Any]]:
    factor = None
    for term in model.terms:
        if term.factor != factor:
            factor = term.factor
            yield _category(factor, term.reference.label, term.against)
        yield _category(factor, term.level.label, term.size)


def _category(factor: str, label: str, size: Size) -> dict[str, Any]:
    return {
        "variable": VARIABLES[factor], "category": label, "n": size.n, "n_events": size.n_events,
        "days_at_risk": size.days,
    }  # fmt: skip
