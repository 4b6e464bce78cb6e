"""The row that names the columns: which one it is, and whether it can be used."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lvrn_eval.errors import Fault, RecordsError
from lvrn_eval.records.readers.shapes import RESERVED, refused, row_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lvrn_eval.records.readers.options import Wanted

LOOKED_AT = 50
"""How many rows are looked at for a header that is not the first."""


def header_row(rows: Sequence[Sequence[str]], wanted: Wanted, declared: int | None, shown: str) -> int:
    """Return the number of the row that names the columns, counted from 1.

    When it is not declared, it is the first row, unless that names none of the columns and exactly one other row names
    all of them.

    Raises
    ------
    RecordsError
        When it is declared and there is no such row, or when several rows could be it.
    """
    if declared is not None:
        if declared > len(rows):
            raise refused(
                "unusable header",
                shown,
                f"`header_row:` is {declared}, and the file ends before it",
                "say which row names the columns",
            )
        return declared
    if not rows or wanted.named_in(list(rows[0])):
        return 1
    listed = len({column.casefold() for column in wanted.listed})
    full = [number for number, row in enumerate(rows, start=1) if listed and wanted.named_in(list(row)) == listed]
    if len(full) > 1:
        what = f"the columns are named more than once, in {row_list(full, len(full))}"
        raise refused("unusable header", shown, what, "set `header_row:` to the row above the first record")
    return full[0] if full else 1


def checked_header(names: list[str], shown: str, reserved: tuple[str, ...] = RESERVED, row: str = "first") -> list[str]:
    """Return the header's names, which must all be there, differ, and not be ours.

    A message gives the places of names, not the names: in a file without a header they would be somebody's data.
    """
    if not any(names):
        raise RecordsError("unusable header", [Fault(shown, f"the {row} row is blank", "begin with the header")])
    problems = []
    if blank := [str(place) for place, name in enumerate(names, start=1) if not name]:
        problems.append(Fault(shown, f"the header has no name in column {', '.join(blank)}", "name every column"))
    folded = [name.casefold() for name in names]
    counted = Counter(name for name in folded if name)
    if repeated := [str(place) for place, name in enumerate(folded, start=1) if counted[name] > 1]:
        what = f"the header has a name more than once, whatever its case, in columns {', '.join(repeated)}"
        problems.append(Fault(shown, what, "rename them"))
    if ours := sorted(set(reserved) & set(folded)):
        problems.append(Fault(shown, f"the header uses the reserved name {', '.join(ours)}", "rename the column"))
    if problems:
        raise RecordsError("unusable header", problems)
    return names
