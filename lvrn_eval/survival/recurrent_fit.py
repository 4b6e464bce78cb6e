"""Fitting the models of recurrent events: stacked rows in, a Result out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import Check, Result, Sentence
from lvrn_eval.survival import model_rows
from lvrn_eval.survival import recurrent_words as words
from lvrn_eval.survival.describe import FEW_EVENTS
from lvrn_eval.survival.inputs import choice, level
from lvrn_eval.survival.kernels import cox
from lvrn_eval.survival.kernels.cluster_score import score_by_person
from lvrn_eval.survival.kernels.residuals import robust_covariance
from lvrn_eval.survival.kernels.tally import Floats, Integers, Numbers
from lvrn_eval.survival.recurrent_rows import RowColumns, Rows, read_rows
from lvrn_eval.survival.terms import Term, columns_of, sized
from lvrn_eval.survival.terms import columns as columns_made

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.engine import Frame, Table

TIES = ("efron", "breslow")


@dataclass(frozen=True)
class Stack:
    """Rows of a stratified Cox model, several to a person; ``entry`` None: from the start."""

    columns: Sequence[Numbers]
    terms: tuple[Term, ...]
    person: Integers
    entry: Floats | None
    time: Floats
    event: NDArray[np.bool_]
    stratum: Integers | None


def read(function: str, data: Table | Frame, formula: str, columns: RowColumns) -> tuple[Rows, Stack]:
    """Check rows and covariates, and put both in order."""
    from lvrn_eval.survival.frames import levels

    rows, frame = read_rows(function, data, columns, columns_of(function, formula))
    listed, values = columns_made(function, frame, formula)
    stratum = None if columns.strata is None else levels(frame[columns.strata])[1]
    if rows.order is not None:
        values = [one[rows.order] for one in values]
        stratum = None if stratum is None else stratum[rows.order]
    if not rows.event.any():
        raise AnalysisError(f"{function}: none of {rows.people} people has an event, so there is nothing to model")
    return rows, Stack(values, listed, rows.person, rows.entry, rows.time, rows.event, stratum)


def ordered(name: str, title: str, rows: Rows, stack: Stack, choices: dict[str, Any]) -> Result:
    """Return the model stratified by order, with the table of orders."""
    if stack.stratum is None:  # pragma: no cover - both callers give one
        raise TypeError("orders need strata")
    orders = _orders(stack, stack.stratum)
    if choices["coefficients"] == "by_order":
        stack = _by_order(stack, stack.stratum)
    made = modelled(name, title, "hazard ratio of recurrent events", rows, stack, choices)
    part = Result(f"{name}_orders", "People and recorded events by order", orders, made.method,
                  count_columns=("people", "events"), shape="counts")  # fmt: skip
    thin = _thin(orders)
    text = (*made.text, *([Sentence(thin.text)] if thin.passed is False else []))
    return replace(made, parts={**made.parts, "orders": part}, checks=(*made.checks, thin), text=text)


def _orders(stack: Stack, stratum: Integers) -> pd.DataFrame:
    """Return how many people were ever at risk of, and had, an event of each order."""
    size = int(stratum.max()) + 1
    same = (stack.person[1:] == stack.person[:-1]) & (stratum[1:] == stratum[:-1])
    people = np.bincount(stratum[np.append(True, ~same)], minlength=size)
    events = np.bincount(stratum[stack.event], minlength=size)
    return pd.DataFrame({"order": np.arange(1, size + 1), "people": people, "events": events})


def _thin(orders: pd.DataFrame) -> Check:
    few = [str(order) for order in orders.loc[orders["events"] < FEW_EVENTS, "order"]]
    if not few:
        return Check("events_per_order", True, f"At least {FEW_EVENTS} recorded events of every order.")
    text = f"Fewer than {FEW_EVENTS} recorded events of order {', '.join(few)}: a smaller max_order leaves them out."
    return Check("events_per_order", False, text)


def _by_order(stack: Stack, stratum: Integers) -> Stack:
    """Return the covariates once for every order, 0 in the rows of the others."""
    listed: list[Term] = []
    columns: list[Numbers] = []
    for order in range(int(stratum.max()) + 1):
        own = stratum == order
        named = [_of_order(term, order + 1) for term in stack.terms]
        listed += sized(named, [one[own] for one in stack.columns], stack.event[own], stack.person[own])
        columns += [np.where(own, one, 0) for one in stack.columns]
    return replace(stack, columns=columns, terms=tuple(listed))


def _of_order(term: Term, order: int) -> Term:
    return replace(term, name=f"{term.name}, event {order}", label=f"{term.label}, event {order}")


def modelled(name: str, title: str, measure: str, rows: Rows, stack: Stack, choices: dict[str, Any]) -> Result:
    """Fit the stacked rows and return the model as a Result.

    Raises
    ------
    AnalysisError
        When a choice is not known, or a term has no estimate.
    """
    level(name, choices["conf_level"])
    choice(name, "ties", choices["ties"], TIES)
    fitted, robust = _fit(name, stack, cast("cox.Ties", choices["ties"]))
    found = words.sizes(rows)
    everyone, events = words.whole(found), int(stack.event.sum())
    by_order = choices.get("coefficients") == "by_order"
    listed = stack.terms if by_order else sized(stack.terms, stack.columns, stack.event, stack.person)
    table_rows = model_rows.term_rows(listed, fitted.beta, robust, conf_level=choices["conf_level"], measure=measure)
    table = model_rows.term_table(table_rows).assign(
        std_error_model=np.sqrt(np.diag(fitted.covariance)),
        n_with_event=[row["n_with_event"] for row in table_rows],
    )
    method = _method(rows.columns, choices) | {"log_likelihood": float(fitted.log_likelihood)}
    tests = model_rows.wald_test(
        f"{name}_tests", fitted.beta, robust, n=everyone.people, n_events=events, method=method
    )
    checks = (*words.checks(rows, found), model_rows.size_checks(everyone.people, events, len(stack.terms))[2])
    return Result(
        name=name,
        title=title,
        table=table,
        method=method,
        checks=checks,
        text=(
            *words.size_sentences(rows.columns, found),
            *model_rows.term_sentences(table_rows, measure.removesuffix(" of recurrent events")),
            *model_rows.cautions(checks),
        ),
        count_columns=("n", "n_events", "n_with_event"),
        parts={"tests": tests},
        figure="forest",
    )


def _fit(function: str, stack: Stack, ties: cox.Ties) -> tuple[cox.Fit, Floats]:
    """Return the fit and the covariance over people.

    Raises
    ------
    AnalysisError
        When a term says nothing of its own, or separates those with events from those without.
    """
    arranged = cox.arrange(stack.columns, stack.time, stack.event, entry=stack.entry, stratum=stack.stratum)
    try:
        fitted = cox.fit(arranged, ties)
    except cox.Singular as error:
        listed = ", ".join(repr(stack.terms[term].name) for term in error.terms)
        raise AnalysisError(
            f"{function}: the same for everyone at risk at each event, or following from the terms before: {listed}; "
            "leave it out",
        ) from None
    if not fitted.converged:
        listed = ", ".join(repr(term.name) for term, gone in zip(stack.terms, fitted.infinite, strict=True) if gone)
        raise AnalysisError(
            f"{function}: no estimate exists for {listed or 'these terms'}: at every event, the person with the event "
            "has the highest (or the lowest) value of those at risk; leave it out or join levels",
        )
    people = int(stack.person.max()) + 1
    scores = score_by_person(arranged, fitted.beta, stack.person, people, ties)
    return fitted, robust_covariance(scores, fitted.covariance)


def _method(columns: RowColumns, choices: Mapping[str, Any]) -> dict[str, Any]:
    named = {part: getattr(columns, part) for part in ("person", "entry", "time", "event", "strata")}
    return named | dict(choices) | {
        "estimator": "Cox model on start-stop rows",
        "variance": "robust: sandwich over people (Lin and Wei)",
        "at_risk": "entry < time <= exit",
        "interval": "Wald",
        "missing": "refused",
    }  # fmt: skip
