"""The model of a case series: which rows and terms inform it, and what is wrong, by name, where it cannot be fitted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.designs.case_series_cells import BASELINE, Cells, Level, Material
from lvrn_eval.designs.kernels.conditional_poisson import DependentError, Fit, Segments, SeparatedError, fit
from lvrn_eval.errors import AnalysisError

if TYPE_CHECKING:
    from numpy.typing import NDArray

VARIABLES = {"period": "period", "age": "age", "calendar": "calendar_time", "probe": "end_of_observation"}
"""The factors, and the variable each is called in a table."""


@dataclass(frozen=True)
class Size:
    """People with a day at risk in a level, the events there, people with one there, and their days."""

    n: int
    n_events: int
    n_with_event: int
    days: int


@dataclass(frozen=True)
class Term:
    """A level that is compared with the reference of its factor; ``place`` is its coefficient, None where it has none.

    ``why`` says why it has none.
    """

    factor: str
    code: int
    level: Level
    reference: Level
    size: Size
    against: Size
    place: int | None
    why: str = ""


@dataclass(frozen=True)
class Model:
    """A fitted case series.

    Parameters
    ----------
    terms
        Every level but the references.
    fit
        What the kernel found.
    rows
        The rows it was fitted to.
    cells
        The informative people's rows, cells joined that the model does not tell apart.
    references
        The code of each factor's reference.
    """

    terms: tuple[Term, ...]
    fit: Fit
    rows: Segments
    cells: Cells
    references: dict[str, int]

    @property
    def people(self) -> int:
        """How many people inform the model."""
        return _people(self.cells)

    @property
    def events(self) -> int:
        """How many events these people have."""
        return int(self.cells.events @ self.cells.people)

    @property
    def ratios(self) -> dict[tuple[int, int, int], float]:
        """The ratio to the references of every combination of period, age and calendar level; 0 without an event."""
        own = {(term.factor, term.code): self._ratio(term) for term in self.terms}
        codes = [[0, *(term.code for term in self.terms if term.factor == f)] for f in ("period", "age", "calendar")]
        for factor, found in zip(("period", "age", "calendar"), codes, strict=True):
            found[0] = self.references[factor]
        return {
            (p, a, c): math.prod(own.get(key, 1.0) for key in (("period", p), ("age", a), ("calendar", c)))
            for p, a, c in product(*codes)
        }

    def _ratio(self, term: Term) -> float:
        return 0.0 if term.place is None else math.exp(self.fit.beta[term.place])


def model(found: Material, *, probe: bool = False) -> Model:
    """Fit the case series.

    Parameters
    ----------
    found
        What the steps found.
    probe
        Whether the end of observation is a level of its own.

    Raises
    ------
    AnalysisError
        When nobody informs it, or the terms have no estimates: by name, and why.
    """
    factors = [f for f in VARIABLES if len(found.levels[f]) > 1 and (f != "probe" or probe)]
    cells = _informative(_joined(found.cells, factors))
    if not cells.number.size:
        raise AnalysisError(
            "case_series: nobody has an event and days at risk in more than one period or band, so there is nothing "
            "to compare within people"
        )
    references = {f: _reference(cells, f, found.levels[f]) if f in factors else 0 for f in VARIABLES}
    eventful = {f: _eventful(cells, f, len(found.levels[f])) for f in factors}
    if "period" in factors and not eventful["period"][0]:
        raise AnalysisError(
            f"case_series: none of {_people(cells):,} informative people has an event in the {BASELINE}, so every "
            "ratio to it would be infinite; begin observed_from earlier, or make the window before the referral shorter"
        )
    kept = np.ones(cells.number.size, dtype=bool)
    for factor in factors:
        kept &= eventful[factor][getattr(cells, factor)]
    fitted = cells.where(kept)
    named = [(f, code) for f in factors for code in np.flatnonzero(eventful[f]).tolist() if code != references[f]]
    rows = _segments(fitted, named)
    made = _fitted(rows, [found.levels[f][code] for f, code in named])
    places = {(f, code): place for place, (f, code) in enumerate(named)}
    sizes = {(f, code): _size(cells, f, code) for f in factors for code in range(len(found.levels[f]))}
    terms = tuple(
        _term(f, code, found.levels[f], references[f], sizes, places.get((f, code)))
        for f in factors
        for code in range(len(found.levels[f]))
        if code != references[f]
    )
    return Model(terms, made, rows, cells, references)


def _joined(cells: Cells, factors: Sequence[str]) -> Cells:
    """Return the rows with those of a person joined that the factors do not tell apart; other factors become 0."""
    codes = {f: getattr(cells, f) if f in factors else np.zeros_like(cells.number) for f in VARIABLES}
    key = cells.number
    for code in codes.values():
        key = key * (int(code.max(initial=0)) + 1) + code
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    days, events = (np.bincount(place, weights=of).astype(np.int64) for of in (cells.days, cells.events))
    kept = {name: code[first] for name, code in codes.items()}
    return Cells(number=cells.number[first], people=cells.people[first], days=days, events=events, **kept)


def _first(cells: Cells) -> NDArray[np.int64]:
    """Return the first row of each person; rows are in the order of people."""
    return np.flatnonzero(np.diff(cells.number, prepend=-1))


def _informative(cells: Cells) -> Cells:
    """Return the rows of people with an event and more than one row."""
    if not cells.number.size:
        return cells
    first = _first(cells)
    rows = np.diff(np.append(first, cells.number.size))
    return cells.where(np.repeat((rows > 1) & (np.add.reduceat(cells.events, first) > 0), rows))


def _people(cells: Cells, rows: NDArray[np.bool_] | slice = slice(None)) -> int:
    """Return how many people have one of the rows."""
    number, people = cells.number[rows], cells.people[rows]
    return int(people[np.diff(number, prepend=-1) != 0].sum())


def _eventful(cells: Cells, factor: str, n_levels: int) -> NDArray[np.bool_]:
    """Say of every level whether anybody has an event in it."""
    return np.bincount(getattr(cells, factor), weights=cells.events, minlength=n_levels) > 0


def _reference(cells: Cells, factor: str, levels: Sequence[Level]) -> int:
    """Return what the levels are held against: the baseline; of bands the first with the most events."""
    if factor in {"period", "probe"}:
        return 0
    return int(np.bincount(getattr(cells, factor), weights=cells.events * cells.people, minlength=len(levels)).argmax())


def _segments(cells: Cells, named: Sequence[tuple[str, int]]) -> Segments:
    first = _first(cells)
    x = np.zeros((cells.number.size, len(named)))
    for place, (factor, code) in enumerate(named):
        x[:, place] = getattr(cells, factor) == code
    weight = cells.people[first].astype(float)
    return Segments(first, x, cells.days.astype(float), cells.events.astype(float), weight)


def _fitted(rows: Segments, levels: Sequence[Level]) -> Fit:
    def listed(terms: tuple[int, ...]) -> str:
        return ", ".join(repr(levels[term].term) for term in terms)

    try:
        return fit(rows)
    except DependentError as error:
        raise AnalysisError(
            f"case_series: within people, these say nothing that the terms before them do not: {listed(error.terms)}; "
            "leave out or join bands"
        ) from None
    except SeparatedError as error:
        raise AnalysisError(
            f"case_series: no estimate exists for {listed(error.terms)}: whenever people with days there have an "
            "event, it falls there (or never does); leave out or join bands"
        ) from None


def _size(cells: Cells, factor: str, code: int) -> Size:
    here = getattr(cells, factor) == code
    return Size(
        _people(cells, here),
        int(cells.events[here] @ cells.people[here]),
        _people(cells, here & (cells.events > 0)),
        int(cells.days[here] @ cells.people[here]),
    )


def _term(
    factor: str,
    code: int,
    levels: Sequence[Level],
    reference: int,
    sizes: Mapping[tuple[str, int], Size],
    place: int | None,
) -> Term:
    size = sizes[factor, code]
    why = "" if place is not None else "nobody who informs the model has a day at risk there"
    if place is None and size.n:
        why = "no event was recorded there, so the ratio is 0 and no interval can be given"
    return Term(factor, code, levels[code], levels[reference], size, sizes[factor, reference], place, why)
