"""How files are to be read: what is declared, what is wanted of them, and the limits that nobody may pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from lvrn_eval.engine import DuckDBEngine
    from lvrn_eval.records.sources import TableSource

Progress: TypeAlias = Callable[[str], None]

FILE_NAME = "$file"
"""Where a column comes from that is the name of the file, without its ending."""

COMPRESSED = ".gz"

LARGEST = 1 << 30
"""Bytes that a compressed file may always grow to; what grows beyond is looked at more closely."""

EXPANSION = 200
"""How many times its size a large compressed file may grow; text grows less, and a bomb about a thousand times."""


@dataclass(frozen=True)
class Reading:
    """How the files of a table are to be read; None means: find it out, and say what was found.

    Parameters
    ----------
    encoding
        What the text of a CSV or statistical file was saved in.
    delimiter
        The character between the cells of a CSV.
    sheet
        The sheet of a workbook.
    header_row
        The row of a CSV or workbook, counted from 1, that names the columns.
    labels
        Whether a labelled value of a statistical file is read as its ``values`` or its ``labels``.
    database
        The name of the environment variable that holds the URL of a PostgreSQL database.
    sql_table
        The table or view of a database, with its schema where it needs one.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    labels: Literal["values", "labels"] = "values"
    database: str | None = None
    sql_table: str | None = None


@dataclass(frozen=True)
class Wanted:
    """The names of a file's columns that the sources mention.

    Parameters
    ----------
    mapped
        Those that are read.
    listed
        Those and the ones to ignore.
    days
        Those of the mapped ones that hold days.
    """

    mapped: frozenset[str]
    listed: frozenset[str]
    days: frozenset[str]

    @classmethod
    def of(cls, source: TableSource) -> Wanted:
        """Return what a table's sources mention."""
        origins = {column.origin: column.name for column in source.columns if column.from_file}
        kinds = {origin: source.canonical.by_name[name].kind for origin, name in origins.items()}
        days = frozenset(origin for origin, kind in kinds.items() if kind in {"date", "month", "time"})
        return cls(frozenset(origins), frozenset(origins) | frozenset(source.ignore), days)

    def named_in(self, header: list[str]) -> int:
        """Return how many of the listed names stand in a row, whatever their case."""
        return len({name.casefold() for name in self.listed} & {name.strip().casefold() for name in header})


@dataclass(frozen=True)
class Job:
    """One file to read.

    Parameters
    ----------
    engine
        Where its cells go.
    path, shown
        The file, and the name that messages and lineage use for it.
    table
        The canonical table it is of.
    reading, wanted
        How it is to be read, and what of it is.
    progress
        Called with a line now and then while a large file is read.
    """

    engine: DuckDBEngine
    path: Path
    shown: str
    table: str
    reading: Reading
    wanted: Wanted
    progress: Progress | None = None

    @property
    def ending(self) -> str:
        """What kind of file the name says it is: ``.csv`` for ``a.CSV.gz`` too."""
        return Path(self.path.name.lower().removesuffix(COMPRESSED)).suffix

    @property
    def stem(self) -> str:
        """The file's name without its endings."""
        if self.path.suffix.lower() == COMPRESSED:
            return Path(self.path.stem).stem
        return self.path.stem

    def tell(self, line: str) -> None:
        """Tell how far the reading is."""
        if self.progress is not None:
            self.progress(line)
