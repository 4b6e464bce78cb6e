"""Writing a frame as the kinds of file that programmes send, with the same bytes every time."""

from __future__ import annotations

import gzip
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    import pandas as pd

WRITTEN = datetime(2024, 4, 2, 9, 0)  # noqa: DTZ001 - files hold the time of the clock on the wall
"""When every file says that it was made; the clock's own time would change its bytes."""

SPACE = "urn:oasis:names:tc:opendocument:xmlns"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def text(
    path: Path, frame: pd.DataFrame, *, encoding: str = "utf-8", delimiter: str = ",", above: Sequence[str] = ()
) -> Path:
    """Write a CSV or TSV, with lines above its header where there are any; a name ending in ``.gz`` is compressed."""
    body = frame.to_csv(index=False, sep=delimiter, lineterminator="\r\n")
    content = "".join(f"{line}\r\n" for line in above) + body
    raw = content.encode(encoding)
    # without a fixed time, the bytes would change with the clock
    path.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)
    return path


def workbook(path: Path, sheet: str, frame: pd.DataFrame, *, title: Sequence[str] = ()) -> Path:
    """Write an XLSX with true dates, its header below merged title cells where there is a title."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "dd/mm/yyyy"}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": WRITTEN})
        page = book.add_worksheet(sheet)
        for number, line in enumerate(title):
            page.merge_range(number, 0, number, max(len(frame.columns) - 1, 1), line)
        first = len(title) + 1 if title else 0
        for position, name in enumerate(frame.columns):
            page.write(first, position, name)
            page.write_column(first + 1, position, cells(frame[name]))
    return path


def opendocument(path: Path, sheet: str, frame: pd.DataFrame) -> Path:
    """Write an ODS, as LibreOffice saves one."""
    header = [list(frame.columns)]
    columns = [cells(frame[name]) for name in frame.columns]
    lines = [*header, *(list(row) for row in zip(*columns, strict=True))]
    rows = "".join(f"<table:table-row>{''.join(map(_cell, line))}</table:table-row>" for line in lines)
    spaces = " ".join(f'xmlns:{name}="{SPACE}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="{escape(sheet)}">{rows}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{SPACE}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/></manifest:manifest>'
    )
    parts = {"mimetype": ODS, "content.xml": content, "META-INF/manifest.xml": manifest}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            kept = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, WRITTEN.timetuple()[:6]), part, compress_type=kept)
    return path


def _cell(value: Any) -> str:
    if value == "":
        return "<table:table-cell/>"
    if isinstance(value, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'


def spss(
    path: Path,
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, Mapping[Any, str]] | None = None,
    missing: Mapping[str, Sequence[Any]] | None = None,
) -> Path:
    """Write a ``.sav`` with value labels and the values its maker declared missing."""
    import pyreadstat

    pyreadstat.write_sav(
        frame,
        str(path),
        variable_value_labels={name: dict(pairs) for name, pairs in (labels or {}).items()},
        missing_ranges={name: list(values) for name, values in (missing or {}).items()},
    )
    # the header holds the day and the time of writing, at bytes 92 to 108
    raw = bytearray(path.read_bytes())
    raw[92:109] = WRITTEN.strftime("%d %b %y%H:%M:%S").encode("ascii")
    path.write_bytes(raw)
    return path


def stata(path: Path, frame: pd.DataFrame) -> Path:
    """Write a ``.dta`` of Stata 14."""
    frame.to_stata(path, write_index=False, version=118, time_stamp=WRITTEN)
    return path


def sas_transport(path: Path, frame: pd.DataFrame) -> Path:
    """Write an ``.xpt`` of SAS, version 8."""
    import pyreadstat

    pyreadstat.write_xport(frame, str(path), table_name="COUNTS", file_format_version=8)
    # times such as 23NOV26:03:37:48 stand in the header
    stamp = WRITTEN.strftime("%d%b%y:%H:%M:%S").upper().encode("ascii")
    path.write_bytes(re.sub(rb"\d\d[A-Z]{3}\d\d:\d\d:\d\d:\d\d", stamp, path.read_bytes()))
    return path


def parquet(path: Path, frame: pd.DataFrame) -> Path:
    """Write a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, store_schema=False)
    return path


def cells(column: pd.Series) -> list[Any]:
    """Return a column's cells as Python values: days as dates, what is missing as empty text."""
    import pandas as pd

    values = column.astype(object).where(column.notna(), "")
    if pd.api.types.is_datetime64_any_dtype(column):
        return [value.date() if value != "" else "" for value in values]
    return list(values)
