"""Reading one file as it is: every cell as text, with its file and row, and nothing dropped.

A row number is what a person sees in a spreadsheet: the header of a CSV or workbook is row 1. A Parquet file has no
header, so its first row is row 1.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from lvrn_eval.errors import Fault, RecordsError

if TYPE_CHECKING:
    from lvrn_eval.engine import DuckDBEngine, Table
    from lvrn_eval.records.sources import TableSource

CHUNK = 1 << 20
RESERVED = ("source_file", "source_stem", "source_row")
SHOWN_ROWS = 20
"""How many row numbers a message lists."""


_Cells: TypeAlias = "tuple[Table, str, tuple[Fault, ...]]"
"""A file's cells in the engine, how its text was decoded, and what is wrong with its rows."""


@dataclass(frozen=True)
class FileRead:
    """One file as it was read, for lineage: its name, digest, rows, and how its text was decoded."""

    table: str
    file: str
    sha256: str
    rows: int
    encoding: str


@dataclass(frozen=True)
class RawFile:
    """A file in the engine: its cells with their file and row, its header, and what is wrong with its rows."""

    table: Table
    header: tuple[str, ...]
    read: FileRead
    faults: tuple[Fault, ...] = ()


def read_file(engine: DuckDBEngine, path: Path, shown: str, source: TableSource) -> RawFile:
    """Read one file into the engine.

    Parameters
    ----------
    engine
        Where the cells go.
    path, shown
        The file, and the name that messages and lineage use for it.
    source
        How the file is to be read.

    Raises
    ------
    RecordsError
        When the file is empty, is not in its encoding, has no usable header, or has rows of another width. All the
        faults of the file are listed.
    """
    readers = {".parquet": _read_parquet, ".xlsx": _read_workbook, ".xls": _read_workbook, ".ods": _read_workbook}
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except OSError:
        fix = "close it in other programs, and check who may read it"
        raise RecordsError("unreadable file", [Fault(shown, "the file cannot be opened", fix)]) from None
    if empty:
        raise RecordsError("empty file", [Fault(shown, "the file is empty", "export it again")])
    read = readers.get(path.suffix.lower(), _read_csv)
    table, encoding, faults = read(engine, path, shown, source)
    header = tuple(column for column in table.columns if column not in RESERVED)
    rows = len(table)
    if rows == 0 and not faults:
        raise RecordsError("empty file", [Fault(shown, "the file has a header and no rows", "export it again")])
    return RawFile(table, header, FileRead(source.table, shown, _digest(path), rows, encoding), faults)


def row_list(rows: list[int], total: int) -> str:
    """Return ``row 5`` or ``rows 5, 9 and 12 more``."""
    listed = ", ".join(str(row) for row in rows[:SHOWN_ROWS])
    rest = total - min(len(rows), SHOWN_ROWS)
    return f"row{'s' if total > 1 else ''} {listed}{f' and {rest:,} more' if rest else ''}"


def _read_parquet(engine: DuckDBEngine, path: Path, shown: str, source: TableSource) -> _Cells:
    del source
    import duckdb

    made = engine.fresh_name(f"raw_{path.stem}")
    # brackets and stars in a file's own name are no pattern
    exact = _text(re.sub(r"([*?\[])", r"[\1]", str(path)))
    try:
        described = engine.query(f"describe select * from read_parquet({exact})")  # noqa: S608
        _checked_header([str(row[0]) for row in described], shown, (*RESERVED, "file_row_number"))
        engine.query(
            f"create temp view {made} as select * exclude (file_row_number), {_same(shown)} as source_file, "  # noqa: S608
            f"{_same(path.stem)} as source_stem, file_row_number + 1 as source_row "
            f"from read_parquet({exact}, file_row_number = true)",
        )
    except duckdb.Error:
        fault = Fault(shown, "this is not a Parquet file that can be read", "export it again")
        raise RecordsError("unreadable file", [fault]) from None
    return engine.table(made), "parquet", ()


def _read_workbook(engine: DuckDBEngine, path: Path, shown: str, source: TableSource) -> _Cells:
    import pandas as pd

    try:
        book = pd.ExcelFile(path, engine="calamine")
    except Exception as error:  # noqa: BLE001 - the reader raises many kinds; each means the same to the user
        fault = Fault(shown, f"this is not a workbook that can be read ({type(error).__name__})", "save it as .xlsx")
        raise RecordsError("unreadable file", [fault]) from None
    with book:
        names = [str(name) for name in book.sheet_names]
        sheet = source.sheet or names[0]
        if sheet not in names:
            from lvrn_eval.errors import suggestion

            raise RecordsError(
                "no such sheet", [Fault(shown, f"there is no sheet {sheet!r}", suggestion(sheet, names))]
            )
        cells = pd.read_excel(book, sheet_name=sheet, header=None, dtype=str, na_filter=False)
    if cells.empty:
        raise RecordsError("empty file", [Fault(shown, f"the sheet {sheet!r} is empty", "export it again")])
    header = _checked_header([str(name).strip() for name in cells.iloc[0]], shown)
    body = cells.iloc[1:].set_axis(header, axis="columns")
    body = body.assign(source_file=shown, source_stem=path.stem, source_row=range(2, len(body) + 2))
    blank = (body[header] == "").all(axis="columns")
    return engine.register(f"raw_{path.stem}", body[~blank]), "workbook", ()


def _read_csv(engine: DuckDBEngine, path: Path, shown: str, source: TableSource) -> _Cells:
    import duckdb

    with tempfile.TemporaryDirectory(prefix="lvrn-eval-") as folder:
        plain = Path(folder, "plain.csv")
        gaps = _as_utf8(path, plain, shown, source.encoding)
        try:
            header = _checked_header(_first_record(plain, source.delimiter), shown)
            made, rejected = engine.fresh_name(f"raw_{path.stem}"), engine.fresh_name("rejected")
            numbers = _record_numbers(plain, source.delimiter) if gaps and len(header) > 1 else None
            cells = _select_csv(plain, shown, path.stem, header, source, rejected, numbers)
            engine.query(f"create temp table {made} as {cells}", {"numbers": numbers} if numbers else None)
        except (csv.Error, duckdb.Error):
            # what they say quotes a row
            fault = Fault(shown, "this is not a CSV file that can be read", "look for a quotation mark not closed")
            raise RecordsError("unreadable file", [fault]) from None
        bad = engine.query(f"select distinct line from {rejected} order by line")  # noqa: S608
    lines = [int(line) for (line,) in bad]
    faults = (_ragged(shown, lines, len(header), source.delimiter),) if lines else ()
    return engine.table(made), source.encoding, faults


def _select_csv(
    plain: Path, shown: str, stem: str, header: list[str], source: TableSource, rejected: str, numbers: list[int] | None
) -> str:
    """Return the query that reads a CSV; rows without any value, which spreadsheets leave at the end, are no rows."""
    from lvrn_eval.engine import quoted

    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in header)
    names = ", ".join(quoted(name).sql(dialect="duckdb") for name in header)
    number = "$numbers[row_number() over ()]" if numbers else "row_number() over () + 1"
    return (
        f"select * from (select *, {_same(shown)} as source_file, {_same(stem)} as source_stem, "  # noqa: S608
        f"{number} as source_row from read_csv({_text(str(plain))}, auto_detect = false, header = true, "
        f"delim = {_text(source.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, null_padding = false, "
        f"store_rejects = true, rejects_table = '{rejected}', rejects_scan = '{rejected}_scan', "
        f"columns = {{{columns}}})) where coalesce({names}) is not null"
    )


def _first_record(plain: Path, delimiter: str) -> list[str]:
    with plain.open(encoding="utf-8-sig", newline="") as text:
        return [name.strip() for name in next(csv.reader(text, delimiter=delimiter, strict=True), [])]


def _record_numbers(plain: Path, delimiter: str) -> list[int]:
    """Return the number of every record below the header, counting the blank lines that DuckDB leaves out."""
    with plain.open(encoding="utf-8-sig", newline="") as text:
        records = enumerate(csv.reader(text, delimiter=delimiter), start=1)
        return [number for number, cells in records if cells][1:]


def _ragged(shown: str, lines: list[int], width: int, delimiter: str) -> Fault:
    return Fault(
        shown,
        f"{len(lines):,} line{'s' if len(lines) > 1 else ''} without the {width} columns of the header, or with a "
        f"quotation mark that is not closed ({row_list(lines, len(lines)).replace('row', 'line', 1)})",
        f"check that cells holding {delimiter!r} or quotation marks are quoted, and that no row was cut off",
    )


def _as_utf8(path: Path, plain: Path, shown: str, encoding: str) -> bool:
    """Copy the file as UTF-8 with one kind of line end; return whether blank lines stand between its rows.

    Every byte is decoded strictly.
    """
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors="strict"), translate=True)
    line, gaps, ending = 1, False, ""
    with path.open("rb") as source, plain.open("w", encoding="utf-8", newline="") as target:
        for chunk in chain(iter(partial(source.read, CHUNK), b""), [b""]):
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                text = error.object[: error.start].decode(encoding, errors="replace") + "\0"
            except UnicodeError:
                text = "\0"
            before, unusable, _ = text.partition("\0")
            line += before.count("\n")
            if unusable:
                raise RecordsError("wrong encoding", [_undecodable(shown, encoding, line)])
            target.write(text)
            body = (ending + text).rstrip("\n")
            gaps = gaps or "\n\n" in body
            ending = (ending + text)[len(body) :]
    return gaps


def _undecodable(shown: str, encoding: str, line: int) -> Fault:
    return Fault(
        shown,
        f"the file is not {encoding} text: line {line} holds bytes that it cannot hold",
        "set `encoding:` to what the file was saved in (often cp1252 for Windows, utf-16 for 'Unicode text')",
    )


def _checked_header(names: list[str], shown: str, reserved: tuple[str, ...] = RESERVED) -> list[str]:
    """Return the header's names, which must all be there, differ, and not be ours.

    A message gives the places of names, not the names: in a file without a header they would be somebody's data.
    """
    if not any(names):
        raise RecordsError("unusable header", [Fault(shown, "the first row is blank", "begin with the header")])
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


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _text(value: str) -> str:
    """Return a value as an SQL text literal, for table functions that take no parameters."""
    from lvrn_eval.engine import literal

    return literal(value).sql(dialect="duckdb")


def _same(value: str) -> str:
    """Return a value that every row of a file has, as SQL text."""
    from lvrn_eval.engine import repeated

    return repeated(value).sql(dialect="duckdb")
