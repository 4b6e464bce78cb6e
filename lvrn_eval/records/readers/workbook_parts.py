"""What a spreadsheet's file says beside its values: the reader of the values tells an error from nothing by no means.

Both kinds of workbook are ZIP archives of XML. Their parts are read here for what python-calamine leaves out: cells
that hold an error (it returns them as empty), the merged cells of OpenDocument, and the day that numbers count from.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError, iterparse

from lvrn_eval.records.readers.options import EXPANSION, LARGEST
from lvrn_eval.records.readers.shapes import refused

if TYPE_CHECKING:
    from lvrn_eval.records.readers.options import Job

BLOCK = 1 << 20
SPARE = 64
"""Bytes of a block looked at again with the next, longer than any mark looked for."""

MANIFEST, CONTENT = "META-INF/manifest.xml", "content.xml"
XLSX_ERROR = re.compile(rb"""\st=["']e["']""")
ERROR_TEXT = re.compile(r"#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!)|Err:\d+")
XLSX_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br=["']([0-9]{1,9})["']""")
XLSX_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]{1,3})[0-9]""")
PLACE = re.compile(r"([A-Z]+)([0-9]+)")

MOST_CELLS = 100_000_000
"""Cells that a sheet may have room for, up to its last row and column."""

LAST_COLUMN = 16_384
"""Columns that a sheet can have."""

Span = tuple[tuple[int, int], tuple[int, int]]
"""The first and the last cell of merged ones, each as row and column counted from 0."""


@dataclass(frozen=True)
class Parts:
    """What a sheet's own file says.

    Parameters
    ----------
    errors
        The row and column, counted from 0, of each cell that holds an error.
    spans
        Merged cells, where the reader of the values does not tell them.
    epoch
        The day that day 0 is, or None when it is not known.
    """

    errors: frozenset[tuple[int, int]]
    spans: tuple[Span, ...] = ()
    epoch: date | None = None


def check_archive(job: Job) -> None:
    """Refuse an archive that is damaged, has a password, declares XML entities, or grows like a bomb.

    Raises
    ------
    RecordsError
    """
    try:
        with zipfile.ZipFile(job.path) as archive:
            grown = sum(part.file_size for part in archive.infolist())
            if grown > max(LARGEST, EXPANSION * job.path.stat().st_size):
                what = "the workbook grows far beyond what a workbook does when it is unpacked"
                raise refused("unreadable file", job.shown, what, "export the sheet as CSV")
            if _has_password(archive):
                raise refused("unreadable file", job.shown, "the workbook has a password", "save it without one")
            damage = archive.testzip()
            if any(_declares_entities(archive, part) for part in archive.namelist()):
                what = "the workbook declares XML entities, which no spreadsheet program writes"
                raise refused("unreadable file", job.shown, what, "open it and save it again")
            if job.ending == ".ods":
                # its reader makes room for all sheets at once
                _ods(archive, None, job)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ParseError, KeyError, ValueError):
        raise damaged(job) from None
    if damage is not None:
        raise damaged(job)


def damaged(job: Job) -> Exception:
    """Return the error of a workbook that cannot be read."""
    what = "this is not a workbook that can be read: it is cut off or damaged"
    return refused("unreadable file", job.shown, what, "save it again as .xlsx")


def _has_password(archive: zipfile.ZipFile) -> bool:
    encrypted = any(part.flag_bits & 1 for part in archive.infolist())
    return encrypted or (MANIFEST in archive.namelist() and b"encryption-data" in archive.read(MANIFEST))


def _declares_entities(archive: zipfile.ZipFile, part: str) -> bool:
    if not part.endswith((".xml", ".rels")):
        return False
    with archive.open(part) as stream:
        return b"<!DOCTYPE" in stream.read(BLOCK)


def parts_of(job: Job, sheet: str) -> Parts:
    """Return what a sheet's own file says.

    Raises
    ------
    RecordsError
    """
    try:
        with zipfile.ZipFile(job.path) as archive:
            return _ods(archive, sheet, job) if job.ending == ".ods" else _xlsx(archive, sheet, job)
    except (zipfile.BadZipFile, zlib.error, ParseError, KeyError, ValueError):
        raise damaged(job) from None


def _xlsx(archive: zipfile.ZipFile, sheet: str, job: Job) -> Parts:
    book = _target(archive, "_rels/.rels", "officeDocument") or "xl/workbook.xml"
    relation, epoch = None, date(1899, 12, 30)
    with archive.open(book) as stream:
        for element in _elements(stream):
            if _local(element) == "workbookPr" and element.get("date1904") in {"1", "true"}:
                epoch = date(1904, 1, 1)
            if _local(element) == "sheet" and element.get("name") == sheet:
                relation = next(value for key, value in element.items() if key.endswith("}id"))
    folder, file = posixpath.split(book)
    part = _target(archive, f"{folder}/_rels/{file}.rels", identifier=relation)
    if part is None:
        raise KeyError(sheet)
    part = part.lstrip("/") if part.startswith("/") else posixpath.normpath(posixpath.join(folder, part))
    _check_extent(*_xlsx_extent(archive, part), job)
    return Parts(frozenset(_xlsx_errors(archive, part)), (), epoch)


def _check_extent(rows: int, columns: int, job: Job) -> None:
    if rows * columns > MOST_CELLS:
        what = f"the sheet reaches to row {rows:,} and column {columns:,}, most of it empty"
        fix = "delete the rows below and the columns beside the records, or export the sheet as CSV"
        raise refused("unreadable file", job.shown, what, fix)


def _xlsx_extent(archive: zipfile.ZipFile, part: str) -> tuple[int, int]:
    """Return the last row and column of a sheet; columns are looked for only when there are many rows."""
    last = 0
    for block in _blocks(archive, part):
        last = max([last, *map(int, XLSX_ROW.findall(block))])
    if last * LAST_COLUMN <= MOST_CELLS:
        return last, 1
    letters = set[bytes]()
    for block in _blocks(archive, part):
        letters.update(XLSX_CELL.findall(block))
    return last, 1 + max((_column(letter.decode()) for letter in letters), default=0)


def _target(archive: zipfile.ZipFile, rels: str, kind: str | None = None, identifier: str | None = None) -> str | None:
    with archive.open(rels) as stream:
        for element in _elements(stream):
            found = element.get("Type", "").endswith(f"/{kind}") if kind else element.get("Id") == identifier
            if _local(element) == "Relationship" and found:
                return element.get("Target", "").lstrip("/") if kind else element.get("Target")
    return None


def _xlsx_errors(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[int, int]]:
    if not _mentions(archive, part, XLSX_ERROR):
        return
    row, column = -1, -1
    with archive.open(part) as stream:
        for element in _elements(stream, starts=("row",), ends=("c", "row")):
            if _local(element) == "row":
                row, column = int(element.get("r") or row + 2) - 1, -1
                continue
            place = PLACE.fullmatch(element.get("r") or "")
            column = _column(place[1]) if place else column + 1
            if element.get("t") == "e":
                yield (int(place[2]) - 1 if place else row), column


def _column(letters: str) -> int:
    """Return the number of a column, counted from 0: A is 0 and AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _ods(archive: zipfile.ZipFile, sheet: str | None, job: Job) -> Parts:
    """Return what one sheet says, or check how far each reaches."""
    errors: set[tuple[int, int]] = set()
    spans: list[Span] = []
    inside, row, last, widest = False, 0, 0, 0
    with archive.open(CONTENT) as stream:
        for element in _elements(stream, starts=("table",), ends=("table-row",)):
            if _local(element) == "table":
                inside, row, last, widest = sheet in {None, _get(element, "name")}, 0, 0, 0
            elif inside:
                width = _ods_row(element, row, errors, spans)
                row += int(_get(element, "number-rows-repeated") or 1)
                last, widest = row if width else last, max(widest, width)
                _check_extent(last, widest, job)
    return Parts(frozenset(errors), tuple(spans))


def _ods_row(element: Element, row: int, errors: set[tuple[int, int]], spans: list[Span]) -> int:
    """Note the cells of a row that hold an error or are merged; return the column of the last with a value."""
    column = width = 0
    for cell in element:
        if _local(cell) not in {"table-cell", "covered-table-cell"}:
            continue
        if _get(cell, "value-type", "calcext") == "error" or ERROR_TEXT.fullmatch("".join(cell.itertext()).strip()):
            errors.add((row, column))
        down, across = (int(_get(cell, f"number-{what}-spanned") or 1) for what in ("rows", "columns"))
        if down > 1 or across > 1:
            spans.append(((row, column), (row + down - 1, column + across - 1)))
        column += int(_get(cell, "number-columns-repeated") or 1)
        if _get(cell, "value-type", "office") or len(cell):
            width = column
    return width


def _mentions(archive: zipfile.ZipFile, part: str, mark: re.Pattern[bytes]) -> bool:
    """Return whether a mark stands in a part, without keeping the part."""
    return any(mark.search(block) for block in _blocks(archive, part))


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Return a part in blocks, each with the end of the one before, so that no mark is cut in two."""
    before = b""
    with archive.open(part) as stream:
        while block := stream.read(BLOCK):
            yield before + block
            before = block[-SPARE:]


def _elements(
    stream: IO[bytes], starts: tuple[str, ...] = (), ends: tuple[str, ...] | None = None
) -> Iterator[Element]:
    """Return elements as they begin or end, by their local names; what was returned at its end is forgotten."""
    for event, element in iterparse(stream, events=("start", "end")):  # noqa: S314 - documents that declare entities are refused before
        if event == "start" and _local(element) in starts:
            yield element
        elif event == "end" and (ends is None or _local(element) in ends):
            if _local(element) not in starts:
                yield element
            element.clear()


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _get(element: Element, name: str, space: str = "table") -> str | None:
    """Return an attribute of OpenDocument, whose names all have a namespace."""
    return next((value for key, value in element.items() if key.endswith(f"{space}:1.0}}{name}")), None)
