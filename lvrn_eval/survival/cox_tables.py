"""The tables, checks and sentences of a Cox model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.phrases import SMALL, people
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence
from lvrn_eval.survival.concordance import summary
from lvrn_eval.survival.cox_fit import FEW_EVENTS_FOR_A_TERM, CoxFit, chi_square_tail
from lvrn_eval.survival.inputs import ALL
from lvrn_eval.survival.kernels import residuals

if TYPE_CHECKING:
    from lvrn_eval.survival.cox_data import Size
    from lvrn_eval.survival.formula import Column

COUNT_COLUMNS = ("n", "n_events")
REFERENCE_COLUMNS = ("n_reference", "n_events_reference")
"""The counts a category is held against: a ratio tells of them as much as of its own."""


def result(fit: CoxFit) -> Result:
    """Return what may leave: no array of it has a row per person."""
    chosen = method(fit)
    return Result(
        name="cox",
        title=f"Hazard ratios of a recorded event: {fit.sample.design.formula}",
        table=estimates(fit),
        method=chosen,
        checks=tuple(_checks(fit)),
        text=tuple(_sentences(fit)),
        count_columns=(*COUNT_COLUMNS, *REFERENCE_COLUMNS),
        parts={
            "tests": Result(
                "cox_tests", "Tests of all terms together", tests(fit), chosen, count_columns=COUNT_COLUMNS
            ),
            "fit": Result("cox_fit", "How well the model fits", goodness(fit), chosen, count_columns=COUNT_COLUMNS),
            "categories": _categories(fit, chosen),
        },
        figure="forest",
    )


def method(fit: CoxFit) -> dict[str, Any]:
    """Return every choice."""
    named = {part: name for part, name in vars(fit.sample.columns).items() if part != "by"}
    return named | {
        "estimator": "Cox proportional hazards",
        "formula": fit.sample.design.formula,
        "ties": fit.ties,
        "penalty": fit.penalty,
        "std_error": _which_error(fit),
        "interval": "profile of the penalised likelihood" if fit.penalty else "estimate ± z standard errors",
        "conf_level": fit.conf_level,
        "at_risk": "entry < time <= exit",
        "missing": "refused",
        "n_rows": fit.sample.n_rows,
        "evaluations": fit.iterations,
    }


def _which_error(fit: CoxFit) -> str:
    if not fit.robust:
        return "model: inverse information"
    by = "row" if fit.sample.columns.cluster is None else fit.sample.columns.cluster
    return f"robust: sandwich by {by} (Lin and Wei)"


def estimates(fit: CoxFit) -> pd.DataFrame:
    """Return one row per coefficient."""
    error = fit.std_error
    columns = fit.sample.design.columns
    return pd.DataFrame(
        {
            "term": [column.name for column in columns],
            "group": ALL,
            "estimate": fit.beta,
            "std_error": error,
            "conf_low": fit.limits[0],
            "conf_high": fit.limits[1],
            "conf_level": fit.conf_level,
            "p_value": fit.p_value,
            "n": [size.n for size in fit.sample.sizes],
            "n_events": [size.n_events for size in fit.sample.sizes],
            "ratio": np.exp(fit.beta),
            "ratio_low": np.exp(fit.limits[0]),
            "ratio_high": np.exp(fit.limits[1]),
            "statistic": fit.statistic,
            "std_error_model": np.sqrt(np.diag(fit.model_covariance)),
            "variable": [column.term for column in columns],
            "label": [column.label for column in columns],
            "level": [column.level for column in columns],
            "reference": [column.reference for column in columns],
            **_reference_counts(fit),
        },
    )


def _reference_counts(fit: CoxFit) -> dict[str, Any]:
    """Return the people and events each category is held against, missing for numbers."""
    against = [size.outside if size.of_category else None for size in fit.sample.sizes]
    return {
        name: pd.array(
            [pd.NA if size is None else getattr(size, name.removesuffix("_reference")) for size in against],
            dtype="Int64",
        )
        for name in REFERENCE_COLUMNS
    }


def tests(fit: CoxFit) -> pd.DataFrame:
    """Return the tests of no effects at all."""
    df = fit.beta.size
    null, best = fit.log_likelihood
    found = {
        "likelihood ratio": 2 * (best - null),
        "Wald": float(fit.beta @ np.linalg.solve(fit.covariance, fit.beta)),
        "score": fit.score_test,
    }
    if fit.robust:
        found["robust score"] = _robust_score(fit)
    table = pd.DataFrame({"test": list(found), "statistic": list(found.values())})
    return table.assign(df=df, p_value=chi_square_tail(table["statistic"].to_numpy(), df), **_size(fit))


def _robust_score(fit: CoxFit) -> float:
    at_null = residuals.score(fit.sample.rows, np.zeros(fit.beta.size), fit.ties)
    by_person = residuals.by_cluster(at_null, fit.sample.cluster)
    total = by_person.sum(axis=0)
    return float(total @ np.linalg.solve(by_person.T @ by_person, total))


def _size(fit: CoxFit) -> dict[str, int]:
    return {"n": fit.sample.n, "n_events": fit.sample.n_events}


def goodness(fit: CoxFit) -> pd.DataFrame:
    """Return log-likelihoods, Akaike's criterion and the concordance, as a table of estimates."""
    null, best = fit.log_likelihood
    plain = {
        "log-likelihood without terms": null,
        "log-likelihood": best,
        "AIC": 2 * fit.beta.size - 2 * best,
    }
    rows: list[dict[str, Any]] = [{"term": term, "estimate": value} for term, value in plain.items()]
    rows.append({"term": "concordance"} | concordance_row(fit))
    table = pd.DataFrame(rows).reindex(columns=list(ESTIMATE_COLUMNS))
    return table.assign(group=ALL, conf_level=fit.conf_level, **_size(fit))


def concordance_row(fit: CoxFit) -> dict[str, float]:
    """Return the concordance with its error, of clusters where there are any."""
    found, cluster = fit.pairs, fit.sample.cluster
    of_rows = None if cluster is None else cluster[fit.sample.rows.order]
    return summary(found.concordance, found.influence(), of_rows, fit.conf_level)


def _categories(fit: CoxFit, chosen: dict[str, Any]) -> Result:
    """Return how many people and events each category behind a coefficient has, its reference included."""
    rows: list[dict[str, Any]] = []
    for places in fit.sample.design.terms.values():
        last = None
        for column, size in ((fit.sample.design.columns[place], fit.sample.sizes[place]) for place in places):
            if not size.of_category or size.outside is None:
                continue
            low, high = (f"{value:.15g}" for value in (size.low, size.high))
            rows.append(_category(column.term if column.level else column.name, column.level or high, size))
            last = _category(rows[-1]["variable"], column.reference or low, size.outside)
            if not column.level:
                rows.append(last)
                last = None
        rows += [last] if last else []
    table = pd.DataFrame(rows, columns=["variable", "category", *COUNT_COLUMNS])
    title = "People and recorded events by category"
    return Result("cox_categories", title, table, chosen, count_columns=COUNT_COLUMNS, shape="counts")


def _category(variable: str, name: str, size: Size) -> dict[str, Any]:
    return {"variable": variable, "category": name, "n": size.n, "n_events": size.n_events}


def _checks(fit: CoxFit) -> Iterator[Check]:
    """Yield what was looked at before the ratios are believed."""
    sample, n_terms = fit.sample, fit.beta.size
    per_term = sample.n_events / n_terms
    enough = per_term >= FEW_EVENTS_FOR_A_TERM
    least = f"{FEW_EVENTS_FOR_A_TERM} recorded events for each term"
    verdict = f"At least {least}." if enough else f"Fewer than {least}: estimates and intervals may be far off."
    yield Check("events_per_term", bool(enough), verdict)
    many = sample.n >= SMALL
    text = f"At least {SMALL} people." if many else f"Fewer than {SMALL} people: descriptive only."
    yield Check("people", bool(many), text)
    yield Check("converged", True, "The likelihood reached its maximum.")
    idle = int(sample.counted.sum()) - sample.rows.n_kept
    text = f"{idle} rows are never at risk at an event, and tell nothing: they left before the first, or between two."
    yield Check("never_at_risk", None, text, float(idle), counts=(idle,))
    if sample.weight is not None and (none := int((sample.weight == 0).sum())):
        text = f"Rows with weight 0, which count for nobody: {none}."
        yield Check("zero_weights", None, text, float(none), counts=(none,))


def _sentences(fit: CoxFit) -> Iterator[Sentence]:
    """Yield what was found, and what it rests on."""
    n, n_events = fit.sample.n, fit.sample.n_events
    rest = abs(n - fit.sample.n_with_event)
    yield Sentence(f"{people(n)}, {n_events} recorded events.", (n, n_events, rest))
    table = estimates(fit)
    for column, size, row in zip(fit.sample.design.columns, fit.sample.sizes, table.itertuples(), strict=True):
        yield Sentence(_ratio(fit, column, row), _revealed(size))
    yield Sentence(
        "Each hazard ratio is taken to be the same at all times, the other terms being equal; whether that is so, "
        "test_proportional_hazards looks at.",
    )
    for check in _checks(fit):
        if check.passed is False:
            yield Sentence(check.text)


def _revealed(size: Size) -> tuple[int, ...]:
    """Return the counts a ratio tells of: none for a number's, both sides' for a category's."""
    if not size.of_category or size.outside is None:
        return ()
    return (size.n, size.n_events, size.outside.n, size.outside.n_events)


def _ratio(fit: CoxFit, column: Column, row: Any) -> str:
    against = f", against {column.reference}" if column.reference else ""
    unit = "" if column.level else " for 1 more"
    p = "p < 0.001" if row.p_value < 0.001 else f"p = {row.p_value:.3f}"  # noqa: PLR2004 - smaller is not worth printing
    return (
        f"{column.label}{against}: hazard ratio {row.ratio:.2f}{unit} ({100 * fit.conf_level:.15g}% interval "
        f"{row.ratio_low:.2f} to {row.ratio_high:.2f}), {p}."
    )
