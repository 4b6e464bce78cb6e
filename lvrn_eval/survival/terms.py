"""A formula's covariates as columns of a matrix, each with the people and events it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.errors import Fault
from lvrn_eval.survival.formula import design, variables_of
from lvrn_eval.survival.inputs import refuse

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from lvrn_eval.survival.kernels.tally import Floats, Integers, Numbers

INTERCEPT = "(intercept)"
ONLY_INTERCEPT = "1"
NEARLY = 1e-10
"""A column of which a smaller share of its squares is left, given the columns before it, follows from them."""


@dataclass(frozen=True)
class Term:
    """One coefficient: what it is called, and how many people and events it rests on.

    ``label`` is for a reader (``site: Burnley``), ``variable`` the part of the formula, ``level`` and ``reference`` of
    a category, else empty. ``n_with_event`` counts people where ``n_events`` counts events. ``of_category`` says that
    the counts are of those the covariate takes in.
    """

    name: str
    label: str
    variable: str
    level: str = ""
    reference: str = ""
    n: int = 0
    n_events: int = 0
    n_with_event: int = 0
    of_category: bool = False


@dataclass(frozen=True)
class Terms:
    """Covariates: a matrix ``x`` of shape ``(n_rows, n_terms)`` in Fortran order, and what its columns are."""

    x: Floats
    terms: tuple[Term, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What each column is called."""
        return tuple(term.name for term in self.terms)


def columns_of(function: str, formula: str) -> tuple[str, ...]:
    """Return the columns of the data that a formula names.

    Raises
    ------
    AnalysisError
        When the formula cannot be read.
    """
    return () if formula == ONLY_INTERCEPT else variables_of(function, formula)


def columns(function: str, frame: pd.DataFrame, formula: str) -> tuple[tuple[Term, ...], list[Numbers]]:
    """Return the terms of a formula, and the column of each, shape ``(n_rows,)``.

    Raises
    ------
    AnalysisError
        When the formula cannot be read, names an unknown column or one with missing values, or leads to columns that
        are the same in every row; all faults of a kind at once.
    """
    described, arrays = design(function, frame, formula)
    listed = tuple(Term(one.name, one.label, one.term, one.level, one.reference) for one in described.columns)
    same = [term.name for term, values in zip(listed, arrays, strict=True) if values.min() == values.max()]
    where = f"formula={formula!r}"
    refuse(function, [Fault(where, f"term {name!r} is the same in every row", "leave it out") for name in same])
    return listed, arrays


def terms(function: str, frame: pd.DataFrame, formula: str, *, intercept: bool = False) -> Terms:
    """Return the covariates of a formula as a matrix.

    Parameters
    ----------
    function
        Who asks, for messages.
    frame
        The data.
    formula
        Right-hand side only, such as ``"fin + age + site"``; ``"1"`` for no covariates where there is an intercept.
    intercept
        Whether a column of ones comes first.

    Raises
    ------
    AnalysisError
        As for ``columns``, and when columns follow from the ones before.
    """
    listed: tuple[Term, ...] = ()
    arrays: list[Numbers] = []
    if not (intercept and formula == ONLY_INTERCEPT):
        listed, arrays = columns(function, frame, formula)
    x = np.empty((len(frame), len(arrays) + intercept), order="F")
    x[:, :intercept] = 1
    for column, values in zip(x.T[intercept:], arrays, strict=True):
        column[:] = values
    follow = _dependent(x[:, int(intercept) :], [term.name for term in listed]) if listed else []
    what = "follows from the terms before it"
    refuse(
        function, [Fault(f"formula={formula!r}", f"term {name!r} {what}", "leave one of them out") for name in follow]
    )
    first = (Term(INTERCEPT, INTERCEPT, INTERCEPT),) if intercept else ()
    return Terms(x, (*first, *listed))


def sized(
    listed: Sequence[Term],
    values: Sequence[Numbers],
    event: NDArray[np.bool_],
    person: Integers | None = None,
) -> tuple[Term, ...]:
    """Return terms with how many people and events they rest on.

    A covariate of two values takes in those with the higher one, and its size is theirs; that of others is everyone's.

    Parameters
    ----------
    listed, values
        The terms, and the column of each, shape ``(n_rows,)``.
    event
        Which rows end with the event.
    person
        Codes of the rows' people; None where every row is a person.
    """
    everyone = np.ones(event.size, bool)
    whole = _counts(everyone, event, person)
    made = []
    for term, own in zip(listed, values, strict=True):
        inside = _inside(own)
        n, n_events, n_with = whole if inside is None else _counts(inside, event, person)
        counted = replace(term, n=n, n_events=n_events, n_with_event=n_with, of_category=inside is not None)
        made.append(counted)
    return tuple(made)


def _counts(rows: NDArray[np.bool_], event: NDArray[np.bool_], person: Integers | None) -> tuple[int, int, int]:
    """Return how many people, events, and people with an event there are in some rows."""
    had = event & rows
    return _people(rows, person), int(had.sum()), _people(had, person)


def _people(rows: NDArray[np.bool_], person: Integers | None) -> int:
    return int(rows.sum()) if person is None else int((np.bincount(person[rows]) > 0).sum())


def _inside(values: Numbers) -> NDArray[np.bool_] | None:
    """Return the rows with the higher of two values; None where there are more, which a few rows mostly settle."""
    low, high = values.min(), values.max()
    if low == high or not all(((part == low) | (part == high)).all() for part in (values[:64], values)):
        return None
    return np.asarray(values == high)


def _dependent(x: Floats, names: Sequence[str]) -> list[str]:
    """Return the columns that are sums of the ones before them (and a constant)."""
    centred = x - x.mean(axis=0)
    scale = np.sqrt((centred**2).sum(axis=0))
    left = (centred.T @ centred) / np.outer(scale, scale)
    found = []
    for term, name in enumerate(names):
        pivot = left[term, term]
        if not pivot > NEARLY:
            found.append(name)
            continue
        left = left - np.outer(left[:, term], left[term]) / pivot
    return found
