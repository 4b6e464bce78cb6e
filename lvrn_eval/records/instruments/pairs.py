"""People with a score on two occasions: pairs in the engine, and the small table of cells that comes home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.engine import Step, Table
from lvrn_eval.errors import Fault, RecordsError, suggestion
from lvrn_eval.records.instruments.score import Scored

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGE = "lvrn_eval.records.instruments"


@dataclass(frozen=True)
class Cells:
    """People of one informant grouped by their two scores: arrays of shape ``(n_cells,)``, and nobody's name.

    Parameters
    ----------
    before, after
        Scores, both there.
    people
        How many people have them.
    before_only, after_only
        How many people have a score on one occasion only.
    """

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    people: NDArray[np.int64]
    before_only: int
    after_only: int

    @property
    def n(self) -> int:
        """How many people have both."""
        return int(self.people.sum())


def check_scale(scored: Scored, scale: str | None) -> str:
    """Return the scale meant: the total where none was named.

    Raises
    ------
    RecordsError
        When there is no such scale, or there is no total and none was named.
    """
    known = scored.instrument.scales
    if scale is None:
        if scored.instrument.total is None:
            names = ", ".join(known)
            raise RecordsError(f"{scored.instrument.slug} has no total; name one of its scales: {names}")
        return scored.instrument.total
    if scale not in known:
        raise RecordsError(f"{scored.instrument.slug} has no scale {scale!r}; {suggestion(scale, known)}")
    return scale


def paired(scored: Scored, scale: str, before: str, after: str) -> tuple[Table, int]:
    """Return the pairs, one row per person, informant and scale, and how many have their dates the wrong way round.

    Raises
    ------
    RecordsError
        When the occasions are the same, or somebody has several valid scores on one occasion.
    """
    if before == after:
        raise RecordsError(f"the two occasions are the same ({before!r}); name two, as in before='pre', after='post'")
    engine = scored.table.engine
    values = {"before": before, "after": after}
    pairs = engine.run(Step.load(PACKAGE, "pairs.sql"), tables={"scored": scored.table}, values=values)
    step = Step.load(PACKAGE, "pairs_check.sql")
    found = engine.run(step, tables={"pairs": pairs}, values={"scale": scale}).to_arrow().to_pylist()[0]
    faults = [
        Fault(
            "scores.occasion",
            f"{count:,} {'person has' if count == 1 else 'people have'} more than one valid score at {occasion!r}",
            "keep one questionnaire per person, informant and occasion",
        )
        for occasion, count in ((before, found["repeated_before"]), (after, found["repeated_after"]))
        if count
    ]
    if faults:
        raise RecordsError("these scores cannot be paired", faults)
    return pairs, int(found["backwards"])


def cells_of(pairs: Table, scale: str) -> dict[str, Cells]:
    """Return the cells of each informant."""
    step = Step.load(PACKAGE, "pairs_cells.sql")
    home = pairs.engine.run(step, tables={"pairs": pairs}, values={"scale": scale}).to_pandas()
    return {
        str(informant): _cells(*(rows[name].to_numpy(dtype=float) for name in ("before", "after", "people")))
        for informant, rows in home.groupby("informant", sort=True)
    }


def _cells(before: NDArray[np.float64], after: NDArray[np.float64], people: NDArray[np.float64]) -> Cells:
    has_before, has_after = ~np.isnan(before), ~np.isnan(after)
    both = has_before & has_after
    order = np.lexsort((after[both], before[both]))
    return Cells(
        before[both][order],
        after[both][order],
        people[both][order].astype(np.int64),
        int(people[has_before & ~has_after].sum()),
        int(people[has_after & ~has_before].sum()),
    )
