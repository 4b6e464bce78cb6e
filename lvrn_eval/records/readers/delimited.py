"""Reading CSV: the delimiter and the header are found or declared, DuckDB reads the rows."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lvrn_eval.errors import Fault, RecordsError
from lvrn_eval.records.readers.decoding import as_utf8
from lvrn_eval.records.readers.header import LOOKED_AT, checked_header, header_row
from lvrn_eval.records.readers.shapes import Cells, how, name, refused, row_list, same, text

if TYPE_CHECKING:
    from lvrn_eval.records.readers.options import Job

DELIMITERS = (",", ";", "\t", "|")
HEAD = 1 << 18
"""Characters at the beginning of a file in which its header must end."""

_NOT_CSV = "look for a quotation mark not closed"


@dataclass(frozen=True)
class Layout:
    """Where the cells of a CSV begin and end.

    ``row`` is the header's number among the records, and ``line`` among the lines; both count from 1.
    """

    delimiter: str
    header: tuple[str, ...]
    row: int
    line: int


def read_delimited(job: Job) -> Cells:
    """Read a CSV, strictly: every byte decoded, every row as wide as the header.

    Raises
    ------
    RecordsError
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="lvrn-eval-") as folder:
        plain = Path(folder, "plain.csv")
        decoded = as_utf8(job, plain)
        made, rejected = job.engine.fresh_name(f"raw_{job.stem}"), job.engine.fresh_name("rejected")
        try:
            layout = find_layout(plain, job)
            header = checked_header(list(layout.header), job.shown, row="first" if layout.row == 1 else "header's")
            numbers = _record_numbers(plain, layout) if decoded.gaps and len(header) > 1 else None
            body = plain if layout.line == 1 else _from_line(plain, layout.line)
            cells = _select(body, job, layout, rejected, numbers=numbers is not None)
            job.engine.query(
                f"create temp table {made} as {cells}", {"numbers": numbers} if numbers is not None else None
            )
        except (csv.Error, duckdb.Error):
            # what they say quotes a row
            raise refused("unreadable file", job.shown, "this is not a CSV file that can be read", _NOT_CSV) from None
        bad = job.engine.query(f"select distinct line from {rejected} order by line")  # noqa: S608
    lines = [int(line) + layout.line - 1 for (line,) in bad]
    faults = (_ragged(job.shown, lines, len(header), layout.delimiter),) if lines else ()
    found = [f"encoding {decoded.encoding} ({decoded.known})"]
    found.append(f"delimiter {layout.delimiter!r} ({how(job.reading.delimiter)})")
    if layout.row > 1:
        found.append(f"header in row {layout.row} ({how(job.reading.header_row)})")
    return Cells(job.engine.table(made), tuple(header), decoded.encoding, tuple(found), faults)


def find_layout(plain: Path, job: Job) -> Layout:
    """Return the delimiter and the header of a CSV: the ones under which it names most of the wanted columns.

    Raises
    ------
    RecordsError
        When two delimiters do equally well, or the declared header is not there.
    csv.Error
        When the first row never ends.
    """
    with plain.open(encoding="utf-8-sig", newline="") as stream:
        head = stream.read(HEAD)
    declared = job.reading.delimiter
    layouts, problems = [], []
    for delimiter in [declared] if declared is not None else DELIMITERS:
        try:
            layouts.append(_layout(head, delimiter, job))
        except (csv.Error, RecordsError) as error:
            problems.append(error)
    if problems and not any(job.wanted.named_in(list(layout.header)) for layout in layouts):
        raise problems[0]
    return layouts[0] if declared is not None else _best(layouts, job)


def _best(layouts: list[Layout], job: Job) -> Layout:
    named = [job.wanted.named_in(list(layout.header)) for layout in layouts]
    best = [layout for layout, count in zip(layouts, named, strict=True) if count == max(named)]
    wide = [layout for layout in best if len(layout.header) > 1]
    if len(wide) > 1 and max(named):
        signs = " or at ".join(repr(layout.delimiter) for layout in wide)
        what = f"the delimiter cannot be found: the header can be split at {signs}"
        raise refused("unknown delimiter", job.shown, what, "set `delimiter:`")
    return wide[0] if wide else best[0]


def _layout(head: str, delimiter: str, job: Job) -> Layout:
    """Return the layout under one delimiter."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    ends = [0]
    most = max(LOOKED_AT, job.reading.header_row or 1)
    try:
        for record in reader:
            records.append([cell.strip() for cell in record])
            ends.append(reader.line_num)
            if len(records) == most:
                break
    except csv.Error:
        if not records:
            raise
    row = header_row(records, job.wanted, job.reading.header_row, job.shown)
    return Layout(delimiter, tuple(records[row - 1]) if records else (), row, ends[row - 1] + 1)


def _select(plain: Path, job: Job, layout: Layout, rejected: str, *, numbers: bool) -> str:
    """Return the query that reads a CSV; rows without any value, which spreadsheets leave at the end, are no rows."""
    columns = ", ".join(f"{text(column)}: 'VARCHAR'" for column in layout.header)
    names = ", ".join(name(column) for column in layout.header)
    number = "$numbers[row_number() over ()]" if numbers else f"row_number() over () + {layout.row}"
    return (
        f"select * from (select *, {same(job.shown)} as source_file, {same(job.stem)} as source_stem, "  # noqa: S608
        f"{number} as source_row from read_csv({text(str(plain))}, auto_detect = false, header = true, "
        f"delim = {text(layout.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, null_padding = false, "
        f"store_rejects = true, rejects_table = '{rejected}', rejects_scan = '{rejected}_scan', "
        f"columns = {{{columns}}})) where coalesce({names}) is not null"
    )


def _from_line(plain: Path, line: int) -> Path:
    """Copy a file from a line on, so that what stands above its header is not read."""
    below = plain.with_name("below.csv")
    with plain.open("rb") as source, below.open("wb") as target:
        for _ in range(line - 1):
            source.readline()
        shutil.copyfileobj(source, target)
    return below


def _record_numbers(plain: Path, layout: Layout) -> list[int]:
    """Return the number of every record below the header, counting the blank lines that DuckDB leaves out."""
    with plain.open(encoding="utf-8-sig", newline="") as stream:
        records = enumerate(csv.reader(stream, delimiter=layout.delimiter), start=1)
        return [number for number, cells in records if cells and number > layout.row]


def _ragged(shown: str, lines: list[int], width: int, delimiter: str) -> Fault:
    return Fault(
        shown,
        f"{len(lines):,} line{'s' if len(lines) > 1 else ''} without the {width} columns of the header, or with a "
        f"quotation mark that is not closed ({row_list(lines, len(lines)).replace('row', 'line', 1)})",
        f"check that cells holding {delimiter!r} or quotation marks are quoted, and that no row was cut off",
    )
