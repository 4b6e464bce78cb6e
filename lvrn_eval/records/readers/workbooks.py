"""Reading workbooks: which sheet, which row is the header, and what a spreadsheet hides or changes of its cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import Fault, RecordsError, suggestion
from lvrn_eval.records.readers.header import LOOKED_AT, checked_header, header_row
from lvrn_eval.records.readers.landing import Landing, as_is
from lvrn_eval.records.readers.shapes import Cells, how, refused, row_list
from lvrn_eval.records.readers.workbook_parts import Parts, Span, check_archive, damaged, parts_of

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

    from lvrn_eval.records.readers.options import Job

Rows = list[list[Any]]

EXACT = 10**15
"""A spreadsheet keeps fifteen digits of a number and replaces further ones by zeros."""

DAYS = range(3000, 100_000)
"""Numbers taken for days that were never formatted as such: a smaller one is a year, a larger one no day of ours."""


@dataclass(frozen=True)
class Sheet:
    """The chosen sheet: its rows as the reader gave them, from the first cell on, and where its header stands."""

    name: str
    rows: Rows
    spans: tuple[Span, ...]
    parts: Parts
    row: int


def read_workbook(job: Job) -> Cells:
    """Read one sheet of a workbook: a formula is read as the value that was saved with it.

    Raises
    ------
    RecordsError
    """
    check_archive(job)
    from python_calamine import load_workbook

    try:
        with load_workbook(job.path) as book:
            hidden, sheet = _hidden(book), _chosen(book, job)
    except RecordsError:
        raise
    except BaseException as error:  # the reader's own panics are no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise damaged(job) from None
    return _cells(job, sheet, hidden)


def _hidden(book: CalamineWorkbook) -> list[str]:
    from python_calamine import SheetVisibleEnum

    return [sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible]


def _chosen(book: CalamineWorkbook, job: Job) -> Sheet:
    """Return the declared sheet, or the only visible one, or the one that has the columns."""
    from python_calamine import SheetTypeEnum

    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    hidden = _hidden(book)
    if (declared := job.reading.sheet) is not None:
        if declared not in names:
            fault = Fault(job.shown, f"there is no sheet {declared!r}", suggestion(declared, names))
            raise RecordsError("no such sheet", [fault])
        return _sheet(_opened(book, declared, job), job)
    visible = [name for name in names if name not in hidden] or names
    if not visible:
        raise refused("empty file", job.shown, "the workbook has no sheet of cells", "export it again")
    if len(visible) == 1:
        return _sheet(_opened(book, visible[0], job), job)
    fitting = [name for name in visible if _has_columns(_opened(book, name, job)[0], job)]
    if len(fitting) > 1:
        listed = " and ".join(map(repr, fitting))
        fix = "name one with `sheet:`; save the others as files of their own, so that all of them are read"
        raise refused("which sheet", job.shown, f"the sheets {listed} all have the columns", fix)
    return _sheet(_opened(book, fitting[0] if fitting else visible[0], job), job)


def _has_columns(sheet: CalamineSheet, job: Job) -> bool:
    rows = sheet.to_python(skip_empty_area=False, nrows=LOOKED_AT)
    return any(job.wanted.mapped and _names_all(row, job) for row in rows)


def _names_all(row: Sequence[Any], job: Job) -> bool:
    there = {str(cell).strip().casefold() for cell in row}
    return {name.casefold() for name in job.wanted.mapped} <= there


def _opened(book: CalamineWorkbook, name: str, job: Job) -> tuple[CalamineSheet, Parts]:
    """Return a sheet, after a look at how far it reaches: the reader makes room for every cell up to the last."""
    parts = parts_of(job, name)
    return book.get_sheet_by_name(name), parts


def _sheet(opened: tuple[CalamineSheet, Parts], job: Job) -> Sheet:
    sheet, parts = opened
    rows: Rows = sheet.to_python(skip_empty_area=False)
    if not any(cell != "" for row in rows for cell in row):
        raise refused("empty file", job.shown, f"the sheet {sheet.name!r} is empty", "export it again")
    spans = (*(sheet.merged_cell_ranges or ()), *parts.spans)
    top = [[_text(cell).strip() for cell in row] for row in rows[: max(LOOKED_AT, job.reading.header_row or 0)]]
    for span in spans:
        _spread(top, span, range(span[0][0], span[1][0] + 1), range(span[0][1], span[1][1] + 1))
    number = header_row(top, job.wanted, job.reading.header_row, job.shown)
    return Sheet(sheet.name, rows, spans, parts, number)


def _cells(job: Job, sheet: Sheet, hidden: list[str]) -> Cells:
    filled = _fill(sheet.rows, sheet.spans, sheet.row)
    header, places = _header(sheet, job)
    body = sheet.rows[sheet.row :]
    mapped = [(place, name) for place, name in zip(places, header, strict=True) if name in job.wanted.mapped]
    faults = [*_errors(job, sheet, mapped), *_inexact(job, sheet, mapped)]
    found = [f"sheet {sheet.name!r} ({how(job.reading.sheet)})"]
    if sheet.row > 1:
        found.append(f"header in row {sheet.row} ({how(job.reading.header_row)})")
    if others := [name for name in hidden if name != sheet.name]:
        found.append(f"hidden, not read: {', '.join(map(repr, others))}")
    if sheet.name in hidden:
        found.append("the sheet is hidden")
    if filled:
        found.append(f"{filled:,} cell{'s' * (filled > 1)} filled from merged ones")
    columns = []
    for place, name in zip(places, header, strict=True):
        column = [row[place] for row in body]
        if name in job.wanted.days and sheet.parts.epoch is not None:
            column, numbers = _days(column, sheet.parts.epoch)
            if numbers:
                were = "day was a number" if numbers == 1 else "days were numbers"
                found.append(f"{name!r}: {numbers:,} {were}, counted from {sheet.parts.epoch:%d/%m/%Y}")
        columns.append(list(map(_text, column)))
    return _landed(job, header, columns, found, faults, first=sheet.row + 1)


def _landed(
    job: Job, header: list[str], columns: list[list[str]], found: list[str], faults: list[Fault], first: int
) -> Cells:
    """Return the cells in the engine; rows without any value are no rows, but count as rows of the sheet."""
    import pyarrow as pa

    numbers = range(first, first + len(columns[0]))
    there = [any(row) for row in zip(*columns, strict=True)]
    arrays = [pa.array(column, pa.string()) for column in columns]
    table = pa.table([*arrays, pa.array(numbers, pa.int64())], names=[*header, "source_row"])
    landing = Landing(job, as_is(header))
    landing.add(table.filter(pa.array(there, pa.bool_())))
    return Cells(landing.table, tuple(header), "workbook", tuple(found), tuple(faults))


def _header(sheet: Sheet, job: Job) -> tuple[list[str], list[int]]:
    """Return the names of the columns and their places, without columns that hold nothing at all."""
    names = [_text(cell).strip() for cell in sheet.rows[sheet.row - 1]]
    body = sheet.rows[sheet.row :]
    places = [place for place, name in enumerate(names) if name or any(row[place] != "" for row in body)]
    if not any(names):
        places = list(range(len(names)))
    row = "first" if sheet.row == 1 else "header's"
    return checked_header([names[place] for place in places], job.shown, row=row), places


def _fill(rows: Rows, spans: Sequence[Span], header: int) -> int:
    """Give every merged cell of the header, and those below one another further down, the value of the first one.

    Returns the number of cells filled. Cells side by side further down are a heading over columns, no value of each.
    """
    filled = 0
    for span in spans:
        (top, left), (bottom, right) = span
        if top < header:
            filled += _spread(rows, span, range(max(top, header - 1), min(bottom + 1, header)), range(left, right + 1))
        else:
            filled += _spread(rows, span, range(top, bottom + 1), range(left, left + 1))
    return filled


def _spread(rows: Rows, span: Span, down: range, across: range) -> int:
    """Write the first of merged cells into some of the others; return into how many."""
    (top, left), _ = span
    value = rows[top][left] if top < len(rows) and left < len(rows[top]) else ""
    inside = range(down.start, min(down.stop, len(rows)))
    places = [(row, column) for row in inside for column in range(across.start, min(across.stop, len(rows[row])))]
    empty = [(row, column) for row, column in places if rows[row][column] == "" != value]
    for row, column in empty:
        rows[row][column] = value
    return len(empty)


def _errors(job: Job, sheet: Sheet, mapped: list[tuple[int, str]]) -> list[Fault]:
    """Return the columns with cells that hold an error of the spreadsheet, such as #N/A."""
    faults = []
    for place, name in mapped:
        rows = sorted(row + 1 for row, column in sheet.parts.errors if column == place and row >= sheet.row)
        if rows:
            what = f"{len(rows):,} {_cell(rows)} of {name!r} with an error such as #N/A or #REF! "
            fix = "correct the formulas, or replace them by their values"
            faults.append(Fault(job.shown, what + f"({row_list(rows, len(rows))})", fix))
    return faults


def _inexact(job: Job, sheet: Sheet, mapped: list[tuple[int, str]]) -> list[Fault]:
    """Return the columns with numbers too long for a spreadsheet, which are other numbers now."""
    faults = []
    for place, name in mapped:
        cells = enumerate((row[place] for row in sheet.rows[sheet.row :]), start=sheet.row + 1)
        rows = [number for number, cell in cells if type(cell) is float and abs(cell) >= EXACT]
        if rows:
            what = f"{len(rows):,} {_cell(rows)} of {name!r} with a number of more than fifteen digits, which the "
            what += f"spreadsheet has rounded ({row_list(rows, len(rows))})"
            faults.append(Fault(job.shown, what, "format the column as text before its values are entered"))
    return faults


def _cell(rows: list[int]) -> str:
    return "cell" if len(rows) == 1 else "cells"


def _days(column: list[Any], epoch: date) -> tuple[list[Any], int]:
    """Return a column of days with the numbers in it, which were never formatted as days, turned into moments."""
    start = datetime.combine(epoch, time())
    numbers = sum(map(_is_day, column))
    return [start + timedelta(days=cell) if _is_day(cell) else cell for cell in column], numbers


def _is_day(cell: Any) -> bool:
    return type(cell) in {int, float} and int(cell) in DAYS


def _of_float(cell: float) -> str:
    return str(int(cell)) if cell.is_integer() else repr(cell)


def _of_text(cell: str) -> str:
    """Return a text as it is, without the apostrophe that makes a text of a number."""
    return cell[1:] if cell[:1] == "'" and cell[1:2].isdigit() else cell


def _of_moment(cell: datetime) -> str:
    # a day is kept as a fraction, so a full second is rarely exact
    whole = cell.replace(microsecond=0) + timedelta(seconds=round(cell.microsecond / 1e6))
    return whole.date().isoformat() if whole.time() == time() else whole.isoformat(sep=" ")


TEXTS: dict[type, Callable[[Any], str]] = {
    str: _of_text,
    float: _of_float,
    int: str,
    bool: lambda cell: "TRUE" if cell else "FALSE",
    date: date.isoformat,
    datetime: _of_moment,
    time: lambda cell: cell.isoformat("seconds"),
}
"""How a cell of each kind is written as text."""


def _text(cell: Any) -> str:
    write = TEXTS.get(type(cell), str)
    return write(cell)
