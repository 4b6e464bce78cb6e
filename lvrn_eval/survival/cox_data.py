"""What a Cox model is fitted to: checked columns, the formula's covariates, and rows in the kernels' order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import Fault
from lvrn_eval.survival.bring_home import home, row_faults
from lvrn_eval.survival.formula import Design, design, variables_of
from lvrn_eval.survival.frames import levels, numbers
from lvrn_eval.survival.inputs import ALL, Columns, refuse
from lvrn_eval.survival.kernels.cox_rows import Rows, arrange
from lvrn_eval.survival.kernels.tally import Floats, Integers, Numbers, distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.engine import Frame, Table

NUMERIC = ("time", "event", "entry", "weights")


@dataclass(frozen=True)
class CoxColumns(Columns):
    """Which column plays which part; ``cluster`` says which rows belong together, mostly whose they are."""

    cluster: str | None = None


@dataclass(frozen=True)
class Size:
    """How many people and events a coefficient rests on.

    Attributes
    ----------
    n, n_events
        Of the people a category takes in, or of all.
    of_category
        Whether the covariate has two values, and so takes people in or leaves them out.
    outside
        The size of those left out; of a level of a category, of those in the reference.
    low, high
        The two values.
    """

    n: int
    n_events: int
    of_category: bool
    outside: Size | None = None
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, eq=False, repr=False)
class Sample:
    """Rows of people as a Cox model takes them; every array has the shape ``(n_rows,)`` and the data's order.

    Attributes
    ----------
    columns, design
        What was read.
    time, event, entry, weight
        ``entry`` and ``weight`` are None where no column was named.
    stratum, strata
        Codes and labels of strata; None and one label where there are none.
    cluster
        Codes from 0 of the clusters, None where there are none.
    rows
        The same in the kernels' order, with the covariates.
    sizes
        The people and events behind each coefficient.
    index
        Of the data's frame.
    """

    columns: CoxColumns
    design: Design
    time: Numbers
    event: NDArray[np.bool_]
    entry: Numbers | None
    weight: Floats | None
    stratum: Integers | None
    strata: tuple[str, ...]
    cluster: Integers | None
    rows: Rows
    sizes: tuple[Size, ...]
    index: pd.Index

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return int(self.time.size)

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """Which rows count: those with a weight above 0."""
        return np.ones(self.n_rows, bool) if self.weight is None else self.weight > 0

    @cached_property
    def n(self) -> int:
        """How many people there are: clusters, or rows where there are none."""
        return n_people(self.cluster, self.counted)

    @cached_property
    def n_events(self) -> int:
        """How many rows end with the event."""
        return int((self.event & self.counted).sum())

    @cached_property
    def n_with_event(self) -> int:
        """How many people have the event at least once."""
        return n_people(self.cluster, self.event & self.counted)


def n_people(cluster: Integers | None, rows: NDArray[np.bool_]) -> int:
    """Return how many people have at least one of the rows."""
    if cluster is None:
        return int(rows.sum())
    return int((np.bincount(cluster[rows]) > 0).sum())


def read(function: str, data: Table | Frame, columns: CoxColumns, formula: str) -> Sample:
    """Check columns and formula and bring them into the kernels' order.

    Raises
    ------
    AnalysisError
        When a column is unknown or holds what it may not, or the formula cannot be used; all faults of a kind at once.
    """
    frame = home(function, data, columns, variables_of(function, formula))
    arrays = {part: numbers(frame[name], part) for part, name in columns.given().items() if part in NUMERIC}
    refuse(function, faults(frame, columns, arrays))
    described, covariates = design(function, frame, formula)
    known: dict[str, Any] = {part: array for part, array in arrays.items() if array is not None}
    event = known["event"].astype(bool)
    weight = known["weights"].astype(np.float64) if "weights" in known else None
    strata, stratum = levels(frame[columns.strata]) if columns.strata else ((ALL,), None)
    cluster = codes(frame[columns.cluster]) if columns.cluster else None
    counted = event if weight is None else event & (weight > 0)
    refuse(function, _too_little(columns, described, counted))
    sizes = _sizes(described, covariates, event, cluster, weight)
    entry = known.get("entry")
    rows = arrange(covariates, known["time"], event, entry=entry, stratum=stratum, weight=weight)
    return Sample(
        columns=columns,
        design=described,
        time=known["time"],
        event=event,
        entry=entry,
        weight=weight,
        stratum=stratum,
        strata=strata,
        cluster=cluster,
        rows=rows,
        sizes=sizes,
        index=frame.index,
    )


def codes(values: pd.Series) -> Integers:
    """Return a code for every cluster; which code is whose does not matter."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu":
        return distinct(values.to_numpy())[1]
    return pd.factorize(values)[0].astype(np.int64)


def faults(frame: pd.DataFrame, columns: CoxColumns, arrays: dict[str, Numbers | None]) -> Iterator[Fault]:
    """Yield what is wrong with single rows, in counts."""
    yield from row_faults(frame, columns, arrays)
    if columns.cluster is not None and (missing := int(frame[columns.cluster].isna().sum())):
        what = f"missing in {missing} of {len(frame)} rows"
        yield Fault(
            f"cluster={columns.cluster!r}", what, "say whose row it is; a row of its own needs a value of its own"
        )
    weights = arrays.get("weights")
    if weights is not None and weights.size and not (weights != 0).any():
        yield Fault(f"weights={columns.weights!r}", f"0 in all {len(frame)} rows", "give someone a weight above 0")


def _too_little(columns: CoxColumns, described: Design, event: NDArray[np.bool_]) -> Iterator[Fault]:
    """Yield a fault where there are too few events for any answer."""
    n_events, n_terms = int(event.sum()), len(described.columns)
    if n_events == 0:
        yield Fault(
            f"event={columns.event!r}", f"no event in {event.size} rows", "nothing can be estimated without events"
        )
    elif n_terms > n_events:
        what = f"{n_terms} terms for {n_events} recorded events"
        yield Fault(f"formula={described.formula!r}", what, "leave terms out, or merge categories")


def _sizes(
    described: Design,
    covariates: list[Numbers],
    event: NDArray[np.bool_],
    cluster: Integers | None,
    weight: Floats | None,
) -> tuple[Size, ...]:
    """Count the people and events behind every coefficient."""
    counted = np.ones(event.size, bool) if weight is None else weight > 0

    def size(inside: NDArray[np.bool_], **more: Any) -> Size:
        inside = inside & counted
        return Size(n_people(cluster, inside), int((event & inside).sum()), of_category=bool(more), **more)

    references = {
        term: size(~np.any([covariates[place] != 0 for place in places], axis=0))
        for term, places in described.terms.items()
        if described.columns[places[0]].level
    }
    found = []
    for column, values in zip(described.columns, covariates, strict=True):
        low, high = values.min(), values.max()
        if low < high and _two_valued(values, low, high):
            outside = references.get(column.term) if column.level else size(values == low)
            found.append(size(values == high, outside=outside, low=float(low), high=float(high)))
        else:
            found.append(size(counted))
    return tuple(found)


def _two_valued(values: Numbers, low: Any, high: Any) -> bool:
    """Say whether there are no values but these; a first look at a few rows settles most."""
    return all(bool(((part == low) | (part == high)).all()) for part in (values[:64], values))
