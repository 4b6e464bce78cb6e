"""Files that cannot be read, one of each kind: how to make it, what is declared of it, and what it is refused for."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyreadstat
import xlsxwriter
from records_readers_examples import HEADER, changed_part, ods

Made = bytes | Callable[[Path], Any]
Told = tuple[str, str]

MADE = Path(__file__).parents[1] / "reference/r/records"
TEXT = b"Ref,Born,Gender,Surname\nQX-1,14/02/2008,Gent,Zebedee\nQX-2,15/03/2009,Lady,Quux\n"
FRAME = pd.DataFrame({"Ref": ["QX-1", "QX-2"], "Born": ["2008-02-14"] * 2, "Gender": "Gent", "Surname": "Zebedee"})


@dataclass(frozen=True)
class Broken:
    """A broken file: its name, its bytes or what writes it, what is declared of it, and what it is refused for."""

    file: str
    made: Made
    faults: tuple[Told, ...]
    reading: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write it."""
        path = folder / self.file
        if isinstance(self.made, bytes):
            path.write_bytes(self.made)
        else:
            self.made(path)
        return path


def book(path: Path, rows: list[list[Any]] | None = None, sheets: tuple[str, ...] = ("Data",)) -> Path:
    made = xlsxwriter.Workbook(path)
    for name in sheets:
        sheet = made.add_worksheet(name)
        for number, row in enumerate(rows if rows is not None else [HEADER, *FRAME.to_numpy().tolist()]):
            for place, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("#"):
                    sheet.write_formula(number, place, "=A1", None, cell)
                else:
                    sheet.write(number, place, cell)
    made.close()
    return path


def part(name: str, old: bytes, new: bytes) -> Callable[[Path], Any]:
    return lambda path: changed_part(book(path), name, lambda xml: xml.replace(old, new))


def cut(write: Callable[[Path], Any], keep: float = 0.6) -> Callable[[Path], Any]:
    def write_and_cut(path: Path) -> None:
        write(path)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * keep)])

    return write_and_cut


def copied(name: str) -> Callable[[Path], Any]:
    return lambda path: path.write_bytes((MADE / name).read_bytes())


def stored(*statements: str) -> Callable[[Path], Any]:
    def write(path: Path) -> None:
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)

    return write


def archive(path: Path, encrypted: bool = False) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("readme.txt", "no workbook")
    if encrypted:
        # the flag that says a part has a password, in the part's own header and in the list at the end
        content = bytearray(path.read_bytes())
        for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            start = content.index(mark) + place
            content[start : start + 2] = struct.pack("<H", 1)
        path.write_bytes(bytes(content))


def locked_ods(path: Path) -> None:
    ods(path, Data=[HEADER, ["QX-1"]])
    changed_part(
        path, "META-INF/manifest.xml", lambda xml: xml.replace(b"/></man", b"><manifest:encryption-data/></x></man")
    )


def bomb(path: Path) -> None:
    """Write a workbook that says of a part that it grows to four thousand million bytes."""
    book(path)
    content = bytearray(path.read_bytes())
    start = content.rindex(b"PK\1\2") + 24
    content[start : start + 4] = struct.pack("<I", 4_000_000_000)
    path.write_bytes(bytes(content))


def in_two_encodings() -> bytes:
    return TEXT + "QX-3,,,Müller\n".encode() + "QX-4,,,Müller\n".encode("cp1252")


def gz(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed:
        packed.write(content)
    return buffer.getvalue()


OTHER = "save it as .xlsx, or export it as CSV"
SAVED_IN = "set `encoding:` to what the file was saved in"
DECLARE = "set `encoding:` to what the file was saved in (often cp1252 for Windows, utf-16 for 'Unicode text')"
BOOK = ("this is not a workbook that can be read: it is cut off or damaged", "save it again as .xlsx")
QUOTED = ("this is not a CSV file that can be read", "look for a quotation mark not closed")
PACKED = ("the compressed file is cut off or damaged", "copy or export it again")
AGAIN = "copy or export it again"
RAGGED = "check that cells holding ',' or quotation marks are quoted, and that no row was cut off"
STORED = (
    "this is not a DuckDB file that can be read: it is damaged, in use, or of a newer version",
    "close it in other programs, or export the table as Parquet",
)
WINDOWS = "the encoding cannot be found: line {} is neither utf-8 nor likely in cp1252"


def damaged(program: str) -> Told:
    article = "an" if program == "SPSS" else "a"
    return (f"this is not {article} {program} file that can be read: it is cut off or damaged", AGAIN)


BROKEN: dict[str, Broken] = {
    # text
    "an empty file": Broken("people.csv", b"", (("the file is empty", "export it again"),)),
    "an empty workbook file": Broken("people.xlsx", b"", (("the file is empty", "export it again"),)),
    "compressed nothing": Broken("people.csv.gz", gz(b""), (("the file is empty", "export it again"),)),
    "compressed text cut off": Broken("people.csv.gz", gz(TEXT * 50)[:-9], (PACKED,)),
    "compressed text damaged": Broken("people.csv.gz", gz(TEXT)[:20] + b"\0\0\0" + gz(TEXT)[23:], (PACKED,)),
    "text named as compressed": Broken("people.csv.gz", TEXT, (PACKED,)),
    "compressed text named as text": Broken(
        "people.csv", gz(TEXT), (("the file is compressed, which its name does not say", "let its name end in .gz"),)
    ),
    "a compressed workbook": Broken(
        "people.xlsx.gz", gz(b"PK\3\4"), (("of compressed files only CSV is read", "unpack it"),)
    ),
    "two encodings in one file": Broken("people.csv", in_two_encodings(), ((WINDOWS.format(4), SAVED_IN),)),
    "text of DOS": Broken("people.csv", TEXT + "QX-3,,,Renée\n".encode("cp850"), ((WINDOWS.format(4), SAVED_IN),)),
    "a byte that Windows text does not have": Broken(
        "people.csv", TEXT + b"QX-3,,,\x90\n", ((WINDOWS.format(4), SAVED_IN),)
    ),
    "Unicode text without its mark": Broken(
        "people.csv",
        TEXT.decode().encode("utf-16-be"),
        (
            (
                "the encoding cannot be found: this may be utf-16-be text without a byte order mark",
                "set `encoding:`, perhaps to utf-16-be",
            ),
        ),
    ),
    "the mark of another encoding than declared": Broken(
        "people.csv",
        TEXT.decode().encode("utf-16"),
        (
            (
                "the file begins with the byte order mark of utf-16, and `encoding:` says utf-8",
                "set `encoding: utf-16`, or leave it out",
            ),
        ),
        {"encoding": "utf-8"},
    ),
    "another encoding than declared": Broken(
        "people.csv",
        TEXT + "QX-3,,,Müller\n".encode("cp1252"),
        (("the file is not utf-8 text: line 4 holds bytes that it cannot hold", DECLARE),),
        {"encoding": "utf-8"},
    ),
    "a zero byte": Broken(
        "people.csv",
        TEXT.replace(b"Quux", b"Qu\0x"),
        (("the file is not text: line 3 holds a zero byte", "export it again"),),
    ),
    "a quotation mark not closed in the header": Broken("people.csv", TEXT.replace(b"Born", b'"Born'), (QUOTED,)),
    "a quotation mark not closed in a row": Broken(
        "people.csv",
        TEXT.replace(b"Gent,Zebedee", b'"Gent,Zebedee'),
        (
            (
                "1 line without the 4 columns of the header, or with a quotation mark that is not closed (line 2)",
                RAGGED,
            ),
        ),
    ),
    "rows of other widths": Broken(
        "people.csv",
        TEXT + b"QX-3\nQX-4,,,,x\n",
        (
            (
                "2 lines without the 4 columns of the header, or with a quotation mark that is not closed (lines 4, 5)",
                RAGGED,
            ),
        ),
    ),
    "a name twice and one left out": Broken(
        "people.csv",
        TEXT.replace(b"Born,Gender", b"REF,"),
        (
            ("the header has no name in column 3", "name every column"),
            ("the header has a name more than once, whatever its case, in columns 1, 2", "rename them"),
        ),
    ),
    "two delimiters that do equally well": Broken(
        "people.csv",
        b"Ref;a,Born\n1;2,3\n",
        (("the delimiter cannot be found: the header can be split at ',' or at ';'", "set `delimiter:`"),),
    ),
    "a header that stands twice": Broken(
        "people.csv",
        b"Page 1\n" + TEXT + b"Page 2\n" + TEXT,
        (
            (
                "the columns are named more than once, in rows 2, 6",
                "set `header_row:` to the row above the first record",
            ),
        ),
    ),
    "a declared header below the end": Broken(
        "people.csv",
        TEXT,
        (("`header_row:` is 40, and the file ends before it", "say which row names the columns"),),
        {"header_row": 40},
    ),
    "a declared header that is blank": Broken(
        "people.csv", b"\n\n" + TEXT, (("the header's row is blank", "begin with the header"),), {"header_row": 2}
    ),
    "a header and no rows": Broken(
        "people.tsv", b"Ref\tBorn\tGender\tSurname\n", (("the file has a header and no rows", "export it again"),)
    ),
    # files that are not what their names say
    "a workbook named as CSV": Broken(
        "people.csv",
        book,
        (
            (
                "the file is a workbook or another ZIP archive, which its name does not say",
                "let its name end in .xlsx or .xlsm or .ods",
            ),
        ),
    ),
    "an SPSS file named as CSV": Broken(
        "people.csv",
        copied("spss.sav"),
        (("the file is an SPSS file, which its name does not say", "let its name end in .sav"),),
    ),
    "a Parquet file named as CSV": Broken(
        "people.csv",
        FRAME.to_parquet,
        (("the file is a Parquet file, which its name does not say", "let its name end in .parquet"),),
    ),
    "a PDF document named as CSV": Broken(
        "people.csv", b"%PDF-1.7\n", (("the file is a PDF document, which its name does not say", OTHER),)
    ),
    "an SQLite database named as DuckDB's": Broken(
        "people.duckdb",
        b"SQLite format 3\0" + bytes(4080),
        (("the file is an SQLite database, which its name does not say", OTHER),),
    ),
    "a web page named as CSV": Broken(
        "people.csv", b"<html><table>", (("the file is a web page, which its name does not say", OTHER),)
    ),
    "a workbook of the old kind": Broken(
        "people.xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        (("in a workbook of this old kind a cell with an error cannot be told from an empty one", OTHER),),
    ),
    "a workbook of the old kind named as a new one": Broken(
        "people.ods",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        (("the file is a document of an old kind, or one with a password, which its name does not say", OTHER),),
    ),
    "the lock of an open workbook": Broken(
        "~$people.xlsx",
        b"\x05ann",
        (
            (
                "this is what a spreadsheet program leaves beside a workbook that is open",
                "close the workbook there",
            ),
        ),
    ),
    "what macOS leaves beside a file": Broken(
        "._people.csv",
        b"\0\x05\x16\x07",
        (
            (
                "this is what macOS leaves beside a file, not the file",
                "delete it, or let `files:` not match it",
            ),
        ),
    ),
    "an Access database": Broken("people.accdb", b"x", (("Access databases are not read", OTHER),)),
    "the labels of a SAS file alone": Broken(
        "people.sas7bcat", b"x", (("this holds only the labels of a SAS file", "name the .sas7bdat file instead"),)
    ),
    # workbooks
    "text named as a workbook": Broken("people.xlsx", TEXT, (BOOK,)),
    "an archive that is no workbook": Broken("people.xlsx", archive, (BOOK,)),
    "a workbook cut off": Broken("people.xlsx", cut(book), (BOOK,)),
    "a workbook whose sheet is gone": Broken(
        "people.xlsx", part("xl/workbook.xml", b'r:id="rId1"', b'r:id="rId99"'), (BOOK,)
    ),
    "a workbook whose sheet is cut off": Broken(
        "people.xlsx", part("xl/worksheets/sheet1.xml", b"</sheetData>", b""), (BOOK,)
    ),
    "a workbook with a password": Broken(
        "people.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        (("the workbook has a password", "save it without one"),),
    ),
    "an archive with a password": Broken(
        "people.xlsx",
        lambda path: archive(path, encrypted=True),
        (("the workbook has a password", "save it without one"),),
    ),
    "an OpenDocument spreadsheet with a password": Broken(
        "people.ods", locked_ods, (("the workbook has a password", "save it without one"),)
    ),
    "a workbook that declares entities": Broken(
        "people.xlsx",
        part("xl/workbook.xml", b"<workbook", b'<!DOCTYPE lolz [<!ENTITY lol "lol">]><workbook'),
        (("the workbook declares XML entities, which no spreadsheet program writes", "open it and save it again"),),
    ),
    "a workbook that grows like a bomb": Broken(
        "people.xlsx",
        bomb,
        (
            (
                "the workbook grows far beyond what a workbook does when it is unpacked",
                "export the sheet as CSV",
            ),
        ),
    ),
    "an OpenDocument spreadsheet cut off": Broken(
        "people.ods", cut(lambda path: ods(path, Data=[HEADER, ["QX-1"]])), (BOOK,)
    ),
    "an OpenDocument spreadsheet whose content is cut off": Broken(
        "people.ods",
        lambda path: changed_part(ods(path, Data=[HEADER, ["QX-1"]]), "content.xml", lambda xml: xml[:-40]),
        (BOOK,),
    ),
    "a sheet that is not there": Broken(
        "people.xlsx", book, (("there is no sheet 'Date'", "did you mean 'Data'?"),), {"sheet": "Date"}
    ),
    "a sheet without a cell": Broken(
        "people.xlsx", lambda path: book(path, []), (("the sheet 'Data' is empty", "export it again"),)
    ),
    "two sheets of records": Broken(
        "people.xlsx",
        lambda path: book(path, sheets=("May", "June")),
        (
            (
                "the sheets 'May' and 'June' all have the columns",
                "name one with `sheet:`; save the others as files of their own, so that all of them are read",
            ),
        ),
    ),
    "a formula that failed": Broken(
        "people.xlsx",
        lambda path: book(path, [HEADER, ["QX-1", "#REF!", "Gent"]]),
        (
            (
                "1 cell of 'Born' with an error such as #N/A or #REF! (row 2)",
                "correct the formulas, or replace them by their values",
            ),
        ),
    ),
    "a number that a spreadsheet rounded": Broken(
        "people.xlsx",
        lambda path: book(path, [HEADER, [1234567890123456789, "", "Gent"]]),
        (
            (
                "1 cell of 'Ref' with a number of more than fifteen digits, which the spreadsheet has rounded (row 2)",
                "format the column as text before its values are entered",
            ),
        ),
    ),
    # statistical files, Parquet, databases
    "text named as an SPSS file": Broken("people.sav", TEXT, (damaged("SPSS"),)),
    "an SPSS file cut off": Broken("people.sav", cut(copied("spss.sav"), 0.95), (damaged("SPSS"),)),
    "a compressed SPSS file cut off": Broken("people.zsav", cut(copied("spss.zsav"), 0.95), (damaged("SPSS"),)),
    "a portable SPSS file cut off": Broken("people.por", cut(copied("spss.por"), 0.8), (damaged("SPSS"),)),
    "a Stata file cut off": Broken("people.dta", cut(copied("stata.dta"), 0.99), (damaged("Stata"),)),
    "an old Stata file cut off": Broken("people.dta", cut(copied("stata_12.dta"), 0.9), (damaged("Stata"),)),
    "a SAS file cut off": Broken("people.sas7bdat", cut(copied("sas.sas7bdat")), (damaged("SAS"),)),
    "a SAS transport file cut off": Broken("people.xpt", cut(copied("sas_8.xpt"), 0.99), (damaged("SAS"),)),
    "an SPSS file in another encoding than it says": Broken(
        "people.sav",
        lambda path: (
            pyreadstat.write_sav(FRAME.assign(Surname="Zoe~"), path),
            path.write_bytes(path.read_bytes().replace(b"Zoe~", b"Zo\xeb~")),
        ),
        (
            (
                "the text of the file is not in the encoding that the file itself says",
                "set `encoding:` to what the file was saved in, often cp1252",
            ),
        ),
        {"columns": {"person_id": "Surname"}},
    ),
    "an SPSS file without a row": Broken(
        "people.sav",
        lambda path: pyreadstat.write_sav(FRAME.iloc[:0], path),
        (("the file has a header and no rows", "export it again"),),
    ),
    "text named as Parquet": Broken(
        "people.parquet", TEXT, (("this is not a Parquet file that can be read", "export it again"),)
    ),
    "a Parquet file cut off": Broken(
        "people.parquet",
        cut(FRAME.to_parquet),
        (("this is not a Parquet file that can be read", "export it again"),),
    ),
    "text named as a DuckDB file": Broken("people.duckdb", TEXT, (STORED,)),
    "a DuckDB file cut off": Broken("people.duckdb", cut(stored("create table people (a int)"), 0.3), (STORED,)),
    "a DuckDB file of two tables": Broken(
        "people.duckdb",
        stored("create table one (a int)", "create table two (a int)"),
        (("the file has 2 tables", "name one with `sql_table:`; known: one, two"),),
    ),
}
