"""One table of three columns and one to ignore, for reading files of every kind by hand."""

from __future__ import annotations

import atexit
import zipfile
from datetime import date
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape  # writing, not reading

from lvrn_eval.engine import DuckDBEngine
from lvrn_eval.records.readers import RESERVED, RawFile, Reading, read_database, read_file
from lvrn_eval.records.sources import ColumnSource, TableSource

COLUMNS = {"person_id": "Ref", "birth_month": "Born", "sex": "Gender"}
HEADER = ["Ref", "Born", "Gender", "Surname"]


def source(reading: Reading | None = None, columns: dict[str, str] = COLUMNS, ignore=("Surname",), table="people"):
    """Return the sources of one table, mapped from the given columns."""
    mapped = tuple(ColumnSource(name, origin, {}) for name, origin in columns.items())
    return TableSource("champions", table, ("x",), mapped, ignore, reading or Reading())


@cache
def engine() -> DuckDBEngine:
    """Return one engine for all: a new one takes longer than most files."""
    return DuckDBEngine()


# an engine that is still there when Python ends makes DuckDB complain
atexit.register(engine.cache_clear)


def raw(path: Path, columns: dict[str, str] = COLUMNS, ignore=("Surname",), progress=None, **reading) -> RawFile:
    """Read one file."""
    return read_file(engine(), path, path.name, source(Reading(**reading), columns, ignore), progress)


def raw_database(columns: dict[str, str] = COLUMNS, ignore=("Surname",), **reading) -> RawFile:
    """Read one table of a database."""
    return read_database(engine(), source(Reading(**reading), columns, ignore))


def rows(read: RawFile, *columns: str) -> list[tuple]:
    """Return the rows in their order: the number of each, and its cells (all but lineage when none are named)."""
    names = columns or tuple(name for name in read.table.columns if name not in RESERVED)
    found = read.table.to_arrow().to_pylist()
    return [(row["source_row"], *(row[name] for name in names)) for row in sorted(found, key=lambda r: r["source_row"])]


SPACES = "urn:oasis:names:tc:opendocument:xmlns"
CALCEXT = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"


def ods_cell(cell) -> str:
    """Return a cell of OpenDocument: a day, a number, a text, or XML as it is."""
    if isinstance(cell, str) and cell.startswith("<"):
        return cell
    if isinstance(cell, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
    if isinstance(cell, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
    if cell == "":
        return "<table:table-cell/>"
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'


def ods(path: Path, **sheets: list) -> Path:
    """Write an OpenDocument spreadsheet: no library here does. A row may be XML as it is."""
    tables = ""
    for name, cells in sheets.items():
        lines = (
            row if isinstance(row, str) else f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>"
            for row in cells
        )
        tables += f'<table:table table:name="{name}">{"".join(lines)}</table:table>'
    spaces = " ".join(f'xmlns:{name}="{SPACES}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<office:document-content {spaces} xmlns:calcext="{CALCEXT}" office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{SPACES}:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{kind}"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def changed_part(path: Path, part: str, change) -> Path:
    """Change the bytes of one part of a ZIP archive."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    before, parts[part] = parts[part], change(parts[part])
    assert before != parts[part]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path
