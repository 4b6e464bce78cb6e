"""Each person's counts before and after, from a table or a frame, checked and grouped into distinct cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.cohort.checked_columns import family_of
from lvrn_eval.engine import Frame, Step, Table, as_table
from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.offending.counting import PACKAGE, Cells, grouped

if TYPE_CHECKING:
    from lvrn_eval.offending.kernels.wald import Array

COLUMNS = ("before", "after", "days_before", "days_after")
MOST = 2**53
"""Numbers from here on are not told apart as floating ones; nobody has so many events or days."""

REASONS = {
    "before_missing": ("before", "is missing", "give a count, 0 where there was none"),
    "after_missing": ("after", "is missing", "give a count, 0 where there was none"),
    "before_no_count": ("before", "is no count", "counts are whole numbers from 0 on"),
    "after_no_count": ("after", "is no count", "counts are whole numbers from 0 on"),
    "days_after_missing": ("days_after", "is missing", "give the days at risk, 0 where there was none"),
    "days_before_no_number": ("days_before", "is no number of days", "look for swapped dates"),
    "days_after_no_number": ("days_after", "is no number of days", "look for swapped dates"),
    "before_no_day": ("before", "counts events where there was no day at risk", "count only events on days at risk"),
    "after_no_day": ("after", "counts events where there was no day at risk", "count only events on days at risk"),
}
UNKNOWN_DAYS = Fault(
    "counts.days_before",
    "the days before are unknown",
    "say how far back the records go (observed_from=), or ask for a number of days before",
)


def read_pairs(function: str, counts: Table | Frame, *, conf_level: float = 0.95, days_needed: bool = True) -> Cells:
    """Return the distinct pairs of counts and days, and how many people have each.

    Parameters
    ----------
    function
        Who asks, for the message.
    counts
        One row per person with ``before``, ``after`` (events), ``days_before``, ``days_after`` (days at risk), such as
        ``pre_post_counts`` returns. ``days_before`` may be missing for everybody where it is unknown.
    conf_level
        Checked with the rest, so that everything wrong is told at once.
    days_needed
        Whether the question needs the days before.

    Raises
    ------
    AnalysisError
        Listing everything wrong with the choices and columns, or the rows, as numbers of rows.
    """
    table = as_table(counts, "counts")
    faults = level_faults(conf_level) + _column_faults(table)
    if not faults:
        faults = _row_faults(table, days_needed=days_needed)
    if faults:
        raise AnalysisError(f"{function}: these counts cannot be used", faults)
    return grouped(table.engine.run(Step.load(PACKAGE, "pairs.sql"), tables={"counts": table}))


def level_faults(conf_level: float) -> list[Fault]:
    """Return the fault of a level that is none."""
    if 0 < conf_level < 1:
        return []
    return [Fault("conf_level", "must lie between 0 and 1", "write 0.95 for 95%")]


def floats(cells: Cells) -> tuple[Array, Array, Array, Array, Array]:
    """Return what every kernel takes: ``before, after, days_before, days_after, people``, shape ``(n_cells,)`` each."""
    return (
        cells.before.astype(float),
        cells.after.astype(float),
        cells.days_before,
        cells.days_after,
        cells.people.astype(float),
    )


def _column_faults(table: Table) -> list[Fault]:
    missing = [
        Fault(f"counts.{column}", "there is no such column", suggestion(column, table.columns))
        for column in COLUMNS
        if column not in table.columns
    ]
    wrong = [
        Fault(f"counts.{column}", f"holds {table.columns[column]}, where numbers are needed", "make numbers of it")
        for column in COLUMNS
        if column in table.columns and family_of(table.columns[column]) != "number"
    ]
    return missing + wrong


def _row_faults(table: Table, *, days_needed: bool) -> list[Fault]:
    checked = table.engine.run(Step.load(PACKAGE, "pairs_check.sql"), tables={"counts": table}, values={"most": MOST})
    found: dict[str, int] = checked.to_arrow().to_pylist()[0]
    faults = [
        Fault(f"counts.{column}", f"{what} in {_rows(found[reason])}", fix)
        for reason, (column, what, fix) in REASONS.items()
        if found[reason]
    ]
    unknown, people = found["days_before_missing"], found["people"]
    if unknown and unknown < people:
        fix = "give the days at risk of everybody, or of nobody"
        faults.append(Fault("counts.days_before", f"is missing in {_rows(unknown)} of {people:,}", fix))
    elif unknown and days_needed:
        faults.append(UNKNOWN_DAYS)
    return faults


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
