"""What reading a file gives, whatever kind of file it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lvrn_eval.errors import Fault, RecordsError

if TYPE_CHECKING:
    from lvrn_eval.engine import Table

RESERVED = ("source_file", "source_stem", "source_row")
SHOWN_ROWS = 20
"""How many row numbers a message lists."""


@dataclass(frozen=True)
class FileRead:
    """One file as it was read, for lineage.

    Parameters
    ----------
    table, file
        The canonical table, and the file's name.
    sha256
        The digest of its bytes; of a database's table, of its rows in any order.
    rows
        How many rows were read.
    encoding
        How its text was decoded, or what kind of file it is.
    found
        What had to be known to read it, each with how it is known: ``delimiter ';' (found)``.
    user_missing
        For each column of a statistical file, how many values its maker declared as missing. They are read as missing.
    """

    table: str
    file: str
    sha256: str
    rows: int
    encoding: str
    found: tuple[str, ...] = ()
    user_missing: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class RawFile:
    """A file in the engine: its cells with their file and row, its header, and what is wrong with its rows."""

    table: Table
    header: tuple[str, ...]
    read: FileRead
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Cells:
    """What a reader of one kind of file returns; see ``FileRead`` and ``RawFile``."""

    table: Table
    header: tuple[str, ...]
    encoding: str
    found: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    user_missing: tuple[tuple[str, int], ...] = ()


def row_list(rows: list[int], total: int) -> str:
    """Return ``row 5`` or ``rows 5, 9 and 12 more``."""
    listed = ", ".join(str(row) for row in rows[:SHOWN_ROWS])
    rest = total - min(len(rows), SHOWN_ROWS)
    return f"row{'s' if total > 1 else ''} {listed}{f' and {rest:,} more' if rest else ''}"


def refused(summary: str, where: str, what: str, fix: str) -> RecordsError:
    """Return the error of a file with one fault."""
    return RecordsError(summary, [Fault(where, what, fix)])


def how(declared: object) -> str:
    """Return whether something was declared or found."""
    return "found" if declared is None else "declared"


def text(value: str) -> str:
    """Return a value as an SQL text literal, for table functions that take no parameters."""
    from lvrn_eval.engine import literal

    return literal(value).sql(dialect="duckdb")


def same(value: str) -> str:
    """Return a value that every row of a file has, as SQL text."""
    from lvrn_eval.engine import repeated

    return repeated(value).sql(dialect="duckdb")


def name(column: str) -> str:
    """Return a column's name as SQL text."""
    from lvrn_eval.engine import quoted

    return quoted(column).sql(dialect="duckdb")
