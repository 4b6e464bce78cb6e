"""The table, checks and sentences of a model: one row per term, on the log scale and as a ratio."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.phrases import SMALL, p_text, people
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence
from lvrn_eval.survival.describe import FEW_EVENTS
from lvrn_eval.survival.inputs import ALL
from lvrn_eval.survival.kernels.interval import critical_value
from lvrn_eval.survival.kernels.tally import Floats
from lvrn_eval.survival.terms import Term

if TYPE_CHECKING:
    from collections.abc import Mapping

RATIOS = ("ratio", "ratio_low", "ratio_high", "statistic")
DESCRIBED = ("measure", "variable", "label", "level", "reference")
TEXTS = ("term", "group", *DESCRIBED)
COUNTS = ("n", "n_events")
EVENTS_PER_TERM = 10
"""With fewer, coefficients are unreliable: Peduzzi and others (1995), Journal of Clinical Epidemiology 48, 1503-10."""


def term_rows(
    terms: Sequence[Term],
    beta: Floats,
    covariance: Floats,
    *,
    conf_level: float,
    measure: str,
    group: str = ALL,
) -> list[dict[str, Any]]:
    """Return one row per term: coefficient, error, Wald interval and test, and the same as a ratio."""
    z, errors = critical_value(conf_level), np.sqrt(np.diag(covariance))
    common = {"group": group, "conf_level": conf_level, "measure": measure}
    return [
        common
        | vars(term)
        | {"term": term.name, "estimate": float(b), "std_error": float(se)}
        | _limits(float(b), float(se), z)
        for term, b, se in zip(terms, beta, errors, strict=True)
    ]


def _limits(b: float, se: float, z: float) -> dict[str, float]:
    low, high, statistic = b - z * se, b + z * se, b / se if se > 0 else math.nan
    return {
        "conf_low": low,
        "conf_high": high,
        "statistic": statistic,
        "p_value": math.erfc(abs(statistic) / math.sqrt(2)),
        "ratio": _exp(b),
        "ratio_low": _exp(low),
        "ratio_high": _exp(high),
    }


def _exp(value: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.exp(value))


def term_table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows of terms as a frame: the columns of every table of estimates, then ratios and what a term is."""
    columns = [*ESTIMATE_COLUMNS, *RATIOS, *DESCRIBED]
    kinds = {name: "str" if name in TEXTS else "int64" if name in COUNTS else "float64" for name in columns}
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=kind) for name, kind in kinds.items()})


def wald_test(
    name: str,
    beta: Floats,
    covariance: Floats,
    *,
    n: int,
    n_events: int,
    method: dict[str, Any],
) -> Result:
    """Return the robust Wald test of all terms together; other tests would take what goes together for independent."""
    from scipy.special import chdtrc

    statistic, df = float(beta @ np.linalg.solve(covariance, beta)), beta.size
    row = {"test": "robust Wald", "statistic": statistic, "df": df, "p_value": float(chdtrc(df, statistic))}
    table = pd.DataFrame([row | {"n": n, "n_events": n_events}])
    return Result(name, "Test of all terms together", table, method, count_columns=("n", "n_events"))


def size_checks(n: int, n_events: int, n_terms: int) -> tuple[Check, ...]:
    """Look for too few people, events, or events per term; how few is not said, so that it can be published."""
    per_term = f"Fewer than {EVENTS_PER_TERM} recorded events per term: coefficients and intervals are unreliable."
    return (
        _at_least("events", n_events, FEW_EVENTS, "recorded events", "too few to conclude anything"),
        _at_least("people", n, SMALL, "people", "descriptive only"),
        Check("events_per_term", False, per_term)
        if n_events < EVENTS_PER_TERM * n_terms
        else Check("events_per_term", True, f"At least {EVENTS_PER_TERM} recorded events per term."),
    )


def _at_least(name: str, found: int, least: int, what: str, verdict: str) -> Check:
    if found < least:
        return Check(name, False, f"Fewer than {least} {what}: {verdict}.")
    return Check(name, True, f"At least {least} {what}.")


def cautions(checks: Iterable[Check]) -> Iterator[Sentence]:
    """Yield a sentence for each check that failed."""
    yield from (Sentence(check.text, check.counts) for check in checks if check.passed is False)


def size_sentence(n: int, n_events: int) -> Sentence:
    """Return how many people and how many with an event there are."""
    return Sentence(f"{people(n)}, {n_events} with a recorded event.", (n, n_events, n - n_events))


def term_sentences(rows: Iterable[Mapping[str, Any]], what: str) -> Iterator[Sentence]:
    """Yield for each term its ratio with interval; ``what`` is such as ``hazard ratio``.

    What is said of a category reveals something of the people in it, what is said of all others of nobody.
    """
    for row in rows:
        digits = 2 if row["ratio_high"] - row["ratio_low"] >= NARROW else 4
        value, low, high = (ratio(row[name], digits) for name in ("ratio", "ratio_low", "ratio_high"))
        interval = f"{100 * row['conf_level']:g}% interval {low} to {high}"
        against = f", against {row['reference']}" if row["reference"] else ""
        unit = "" if row["level"] else " for 1 more"
        text = f"{row['label']}{against}: {what} {value}{unit} ({interval}), {p_text(row['p_value'])}."
        counts = (row["n"], row["n_events"], row["n_with_event"], row["n"] - row["n_with_event"])
        yield Sentence(text, counts if row["of_category"] else ())


NARROW = 0.05
"""An interval of a ratio narrower than this needs more than two decimals, as for the age in days."""


def ratio(value: float, digits: int = 2) -> str:
    """Return a ratio as a reader wants it: some decimals, or three digits when it is small or large."""
    return f"{value:.{digits}f}" if 0.1 <= value < 100 else f"{value:.3g}"  # noqa: PLR2004 - where decimals serve
