"""Reading one file, whatever its kind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lvrn_eval.records.readers.delimited import read_delimited
from lvrn_eval.records.readers.kinds import check_kind
from lvrn_eval.records.readers.options import Job, Progress, Wanted
from lvrn_eval.records.readers.parquet import read_parquet
from lvrn_eval.records.readers.shapes import Cells, FileRead, RawFile, refused
from lvrn_eval.records.readers.statistical import STATISTICAL, read_statistical
from lvrn_eval.records.readers.stored import read_stored
from lvrn_eval.records.readers.workbooks import read_workbook

if TYPE_CHECKING:
    from lvrn_eval.engine import DuckDBEngine
    from lvrn_eval.records.sources import TableSource

READERS: dict[str, Callable[[Job], Cells]] = {
    ".parquet": read_parquet,
    ".xlsx": read_workbook,
    ".xlsm": read_workbook,
    ".ods": read_workbook,
    ".duckdb": read_stored,
    **dict.fromkeys(STATISTICAL, read_statistical),
}
"""The reader of each ending; every other file is read as CSV."""


def read_file(
    engine: DuckDBEngine, path: Path, shown: str, source: TableSource, progress: Progress | None = None
) -> RawFile:
    """Read one file into the engine.

    Parameters
    ----------
    engine
        Where the cells go.
    path, shown
        The file, and the name that messages and lineage use for it.
    source
        How the file is to be read.
    progress
        Called with a line now and then while a large file is read.

    Raises
    ------
    RecordsError
        When the file is empty, is not of its kind or encoding, has no usable header, or has rows of another width. All
        the faults of the file are listed.
    """
    job = Job(engine, path, shown, source.table, source.reading, Wanted.of(source), progress)
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except OSError:
        fix = "close it in other programs, and check who may read it"
        raise refused("unreadable file", shown, "the file cannot be opened", fix) from None
    if empty:
        raise refused("empty file", shown, "the file is empty", "export it again")
    check_kind(job)
    cells = READERS.get(job.ending, read_delimited)(job)
    rows = len(cells.table)
    if rows == 0 and not cells.faults:
        raise refused("empty file", shown, "the file has a header and no rows", "export it again")
    read = FileRead(source.table, shown, digest(path), rows, cells.encoding, cells.found, cells.user_missing)
    return RawFile(cells.table, cells.header, read, cells.faults)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
