"""What kind of file the first bytes are of, whatever its name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.records.readers.options import COMPRESSED
from lvrn_eval.records.readers.shapes import refused

if TYPE_CHECKING:
    from lvrn_eval.records.readers.options import Job

FIRST = 4096
"""Bytes looked at."""

BEGINNINGS = (
    (b"PK\x03\x04", "a workbook or another ZIP archive", (".xlsx", ".xlsm", ".ods")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an old kind, or one with a password", (".xls",)),
    (b"PAR1", "a Parquet file", (".parquet",)),
    (b"$FL2", "an SPSS file", (".sav",)),
    (b"$FL3", "an SPSS file", (".zsav",)),
    (b"%PDF-", "a PDF document", ()),
    (b"SQLite format 3\0", "an SQLite database", ()),
    (b"\x00\x01\x00\x00Standard", "an Access database", ()),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", ()),
    (b"{\\rtf", "a document", ()),
)
"""How files of a kind begin, and the endings of those that are read."""

MARKUP = (b"<html", b"<!doctype html", b"<?xml", b"<table")
"""How web pages begin that programs hand out as spreadsheets."""

OLD = {
    ".xls": "in a workbook of this old kind a cell with an error cannot be told from an empty one",
    ".xlsb": "in a workbook of this kind a cell with an error cannot be told from an empty one",
    ".sas7bcat": "this holds only the labels of a SAS file",
    ".accdb": "Access databases are not read",
    ".mdb": "Access databases are not read",
    ".pdf": "PDF documents are not read",
    ".docx": "documents are not read",
    ".doc": "documents are not read",
    ".json": "JSON is not read",
    ".xml": "XML is not read",
    ".zip": "archives are not read",
    ".rdata": "files of R are not read",
    ".rds": "files of R are not read",
}
LEFTOVERS = {
    "~$": ("this is what a spreadsheet program leaves beside a workbook that is open", "close the workbook there"),
    "._": ("this is what macOS leaves beside a file, not the file", "delete it, or let `files:` not match it"),
}
"""How the names begin of files that programs leave behind, which a glob may match."""

GZIP = b"\x1f\x8b"
TEXT = (".csv", ".tsv", ".tab", ".txt")
IN_GZ = "let its name end in .gz"
SAVE_AS = "save it as .xlsx, or export it as CSV"


def check_kind(job: Job) -> None:
    """Refuse a file that is not of the kind its name says, or of a kind that is not read.

    Raises
    ------
    RecordsError
    """
    for start, (what, fix) in LEFTOVERS.items():
        if job.path.name.startswith(start):
            raise refused("unreadable file", job.shown, what, fix)
    if job.ending in OLD:
        fix = "name the .sas7bdat file instead" if job.ending == ".sas7bcat" else SAVE_AS
        raise refused("unreadable file", job.shown, OLD[job.ending], fix)
    with job.path.open("rb") as stream:
        first = stream.read(FIRST)
    packed = job.path.suffix.lower() == COMPRESSED
    if first.startswith(GZIP) and not packed:
        raise refused("unreadable file", job.shown, "the file is compressed, which its name does not say", IN_GZ)
    if packed and job.ending not in TEXT:
        raise refused("unreadable file", job.shown, "of compressed files only CSV is read", "unpack it")
    if job.ending in {".xlsx", ".xlsm"} and first.startswith(BEGINNINGS[1][0]):
        raise refused("unreadable file", job.shown, "the workbook has a password", "save it without one")
    for beginning, what, endings in BEGINNINGS:
        if first.startswith(beginning) and job.ending not in {*endings, ".zsav" if what == "an SPSS file" else ""}:
            fix = f"let its name end in {' or '.join(endings)}" if endings and endings != (".xls",) else SAVE_AS
            raise refused("unreadable file", job.shown, f"the file is {what}, which its name does not say", fix)
    if first.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(MARKUP) and job.ending != ".dta":
        raise refused("unreadable file", job.shown, "the file is a web page, which its name does not say", SAVE_AS)
