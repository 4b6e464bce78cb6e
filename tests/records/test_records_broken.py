"""One broken file for every rule: the whole message, and no cell of any row in any of them."""

import re

import pandas as pd
import pytest
import xlsxwriter
from records_examples import FILES, KEY, SOURCES, cells, only, read, write

from lvrn_eval.errors import RecordsError
from lvrn_eval.records import read_records
from lvrn_eval.records.readers import row_list

DATES = "%d/%m/%Y or an ISO date, or a day that does not exist"


def refused(folder, files, sources=SOURCES):
    with pytest.raises(RecordsError) as error:
        read(folder, files, sources)
    message = str(error.value)
    told = {cell for cell in cells(folder) if cell in message}
    assert not told, f"the message quotes rows: {told}"
    return message


def told(*faults):
    """Return the message of these faults: where and what, and how to put it right."""
    lines = [f"  {what}\n      → {fix}" for what, fix in faults]
    return "\n".join([f"the records of champions cannot be used: {len(faults)} fault{'s' * (len(faults) > 1)}", *lines])


def changed(file, old, new):
    assert old in FILES[file], (file, old)
    return {file: FILES[file].replace(old, new, 1)}


def table_of(file):
    return re.split(r"[_.]", file)[0]


CORRECT_CODE = "add the code to `codes:` of champions.{0}, or correct the rows"
CORRECT_DATE = "correct the rows, or add the format to `dates:` of champions.{0}"
FILL_IN = "fill them in, or map champions.{0} from another column"
LATE = "correct the rows, or `extracted_on:` when the extract is newer than it says"
ONE_ORDER = "the file mixes date orders: export it again with one, and name it in champions.{0}"
TWO_DAYS = "with a date that can be read as two days, or only with day and month exchanged"
ONE_ROW = "keep one row for each id; two files may hold the same rows"
ADD_PEOPLE = "add the people to champions.people, or export both on the same day"

CELLS = {
    # required values
    "person without an id": (
        "people.csv", "QX-8801,", ",",
        "champions.people.person_id (people.csv): 1 row without a value, which is required (row 2)",
        FILL_IN.format("people.person_id"),
    ),
    "contact without a day": (
        "contacts_north.csv", "22/02/2023", "",
        "champions.contacts.on (contacts_north.csv): 1 row without a value, which is required (row 3)",
        FILL_IN.format("contacts.on"),
    ),
    # codes
    "a code that is not mapped": (
        "people.csv", "lady ", "Ladyship",
        "champions.people.sex (people.csv): 1 row with a code that is not mapped (row 3)",
        CORRECT_CODE.format("people.sex"),
    ),
    "a code of ours that the mapping does not list": (
        "people.csv", "lady ", "female",
        "champions.people.sex (people.csv): 1 row with a code that is not mapped (row 3)",
        CORRECT_CODE.format("people.sex"),
    ),
    "a code of ours misspelt": (
        "people.csv", "burnley", "burnly",
        "champions.people.district (people.csv): 1 row with a code that is not mapped (row 2)",
        CORRECT_CODE.format("people.district"),
    ),
    "an unknown site": (
        "referrals.csv", "Nth!", "Ntth!",
        "champions.referrals.site (referrals.csv): 1 row with a code that is not mapped (row 2)",
        CORRECT_CODE.format("referrals.site"),
    ),
    "an unknown truth": (
        "events.csv", ",yes", ",perhaps",
        "champions.events.knife (events.csv): 1 row with a code that is not mapped (row 2)",
        CORRECT_CODE.format("events.knife"),
    ),
    # dates
    "no date at all": (
        "contacts_north.csv", "22/02/2023", "soon after",
        f"champions.contacts.on (contacts_north.csv): 1 row with a date that cannot be read as {DATES} (row 3)",
        CORRECT_DATE.format("contacts"),
    ),
    "a day that does not exist": (
        "contacts_north.csv", "22/02/2023", "29/02/2023",
        f"champions.contacts.on (contacts_north.csv): 1 row with a date that cannot be read as {DATES} (row 3)",
        CORRECT_DATE.format("contacts"),
    ),
    "day and month exchanged": (
        "contacts_north.csv", "22/02/2023", "02/22/2023",
        f"champions.contacts.on (contacts_north.csv): 1 row {TWO_DAYS} (row 3)",
        ONE_ORDER.format("contacts"),
    ),
    "a two-digit year": (
        "contacts_north.csv", "QX-8801;22/02/2023", "QX-8803;22/02/23",
        "champions.contacts.on (contacts_north.csv): 1 row with a date after the extract or before 1900 (row 3)",
        LATE,
    ),
    "a day after the extract": (
        "contacts_north.csv", "22/02/2023", "01/04/2024",
        "champions.contacts.on (contacts_north.csv): 1 row with a date after the extract or before 1900 (row 3)",
        LATE,
    ),
    "a release planned for after the extract": (
        "custody.csv", "2022-12-26", "2024-12-26",
        "champions.custody.ends_on (custody.csv): 1 row with a date after the extract or before 1900 (row 2)",
        LATE,
    ),
    "born before anyone alive": (
        "people.csv", "14/02/2008", "31/12/1899",
        "champions.people.birth_month (people.csv): 1 row with a date after the extract or before 1900 (row 2)",
        LATE,
    ),
    "a date where two formats are declared and neither reads it": (
        "referrals.csv", "17/01/2023", "17 January",
        ("champions.referrals.referred_on (referrals.csv): 1 row with a date that cannot be read as %d/%m/%Y or "
        "%d-%b-%Y or an ISO date, or a day that does not exist (row 2)"),
        CORRECT_DATE.format("referrals"),
    ),
    "the number a spreadsheet has for a day": (
        "contacts_north.csv", "22/02/2023", "44979",
        f"champions.contacts.on (contacts_north.csv): 1 row with a date that cannot be read as {DATES} (row 3)",
        CORRECT_DATE.format("contacts"),
    ),
    "a day with a time zone": (
        "events.csv", "2022-11-27", "2022-11-27T10:00:00Z",
        ("champions.events.on (events.csv): 1 row with a date that cannot be read as an ISO date, or a day that does "
        "not exist (row 2)"),
        CORRECT_DATE.format("events"),
    ),
    # order of days
    "met before birth": (
        "contacts_north.csv", "22/02/2023", "31/01/2008",
        "champions.contacts.on (contacts_north.csv): 1 row dated before the person was born (row 3)",
        "correct this date, or the date of birth",
    ),
    "referred before birth": (
        "referrals.csv", "17/01/2023", "17/01/2007",
        "champions.referrals.referred_on (referrals.csv): 1 row dated before the person was born (row 2)",
        "correct this date, or the date of birth",
    ),
    "recorded before birth": (
        "events.csv", "2022-11-27", "2007-11-27",
        "champions.events.on (events.csv): 1 row dated before the person was born (row 2)",
        "correct this date, or the date of birth",
    ),
    "in custody before birth": (
        "custody.csv", "2022-12-24", "2007-12-24",
        "champions.custody.starts_on (custody.csv): 1 row dated before the person was born (row 2)",
        "correct this date, or the date of birth",
    ),
    "released before received": (
        "custody.csv", "2022-12-26", "2022-12-23",
        "champions.custody.ends_on (custody.csv): 1 row with an end before the start (row 2)",
        "correct one of the two dates",
    ),
    # numbers
    "half a minute": (
        "contacts_north.csv", "945", "945.5",
        "champions.contacts.minutes (contacts_north.csv): 1 row with something that is not a whole number (row 2)",
        "correct the rows",
    ),
    "minutes in words": (
        "contacts_north.csv", "945", "an hour",
        "champions.contacts.minutes (contacts_north.csv): 1 row with something that is not a whole number (row 2)",
        "correct the rows",
    ),
    "a longer day than there is": (
        "contacts_north.csv", "945", "1441",
        "champions.contacts.minutes (contacts_north.csv): 1 row with a value outside 0 to 1440 (row 2)",
        "correct the rows",
    ),
    "less than no time": (
        "contacts_north.csv", "945", "-15",
        "champions.contacts.minutes (contacts_north.csv): 1 row with a value outside 0 to 1440 (row 2)",
        "correct the rows",
    ),
    # ids
    "a person twice": (
        "people.csv", "QX-8803", "QX-8802",
        "champions.people.person_id (people.csv): 2 rows with an id that another row has too (rows 3, 4)",
        ONE_ROW,
    ),
    "an event twice": (
        "events.csv", "EW-552", " EW-551 ",
        "champions.events.event_id (events.csv): 2 rows with an id that another row has too (rows 2, 3)",
        ONE_ROW,
    ),
    "somebody who is not in people": (
        "custody.csv", "QX-8802", "QX-8899",
        "champions.custody.person_id (custody.csv): 1 row for a person who is not in champions.people (row 3)",
        ADD_PEOPLE,
    ),
    "an id in another case": (
        "custody.csv", "QX-8802", "qx-8802",
        "champions.custody.person_id (custody.csv): 1 row for a person who is not in champions.people (row 3)",
        ADD_PEOPLE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_that_cannot_be(tmp_path, name):
    file, old, new, what, fix = CELLS[name]
    sources = only("people", table_of(file))
    assert refused(tmp_path, changed(file, old, new), sources) == told((what, fix))


def test_an_id_in_two_files_is_told_of_both(tmp_path):
    files = changed("contacts_south.csv", "CV-663", "CV-662")
    assert refused(tmp_path, files, only("people", "contacts")) == told(
        *(
            (f"champions.contacts.contact_id ({file}): 1 row with an id that another row has too (row {row})", ONE_ROW)
            for file, row in (("contacts_north.csv", 3), ("contacts_south.csv", 2))
        ),
    )


@pytest.mark.parametrize("declared", [["%d/%m/%Y", "%m/%d/%Y"], ["%m/%d/%Y", "%d/%m/%Y"]], ids=["uk first", "us first"])
def test_where_two_orders_are_declared_only_a_day_that_both_read_alike_is_read(tmp_path, declared):
    sources = only("people").replace('dates: "%d/%m/%Y"', f"dates: {declared}")
    content = "Ref,Born,Gender,Area,Surname\n" + "".join(
        f"QX-{number},{day},,,\n"
        for number, day in enumerate(["14/02/2008", "02/14/2008", "02/02/2008", "03/02/2008", "2008-02-03", "some day"])
    )
    assert refused(tmp_path, {"people.csv": content}, sources) == told(
        (f"champions.people.birth_month (people.csv): 1 row {TWO_DAYS} (row 5)", ONE_ORDER.format("people")),
        (
            (
                f"champions.people.birth_month (people.csv): 1 row with a date that cannot be read as "
                f"{' or '.join(declared)} or an ISO date, or a day that does not exist (row 7)"
            ),
            CORRECT_DATE.format("people"),
        ),
    )


CLOSED = "check that cells holding ',' or quotation marks are quoted, and that no row was cut off"
RAGGED = "1 line without the 5 columns of the header, or with a quotation mark that is not closed"
ENCODING = "set `encoding:` to what the file was saved in (often cp1252 for Windows, utf-16 for 'Unicode text')"
SAVED_IN = "set `encoding:` to what the file was saved in"
NO_HEADER = (
    "champions.people (people.csv): the first row names none of the columns that are mapped",
    "check that the file begins with its header, and what `delimiter:` or `sheet:` says",
)
HEADER = "Ref,Born,Gender,Area,Surname\n"
QUOTES = ("people.csv: this is not a CSV file that can be read", "look for a quotation mark not closed")

WHOLE = {
    "an empty file": (b"", ("people.csv: the file is empty", "export it again")),
    "nothing but a line end": (b"\n", ("people.csv: the first row is blank", "begin with the header")),
    "nothing but a byte order mark": (
        b"\xef\xbb\xbf",
        ("people.csv: the first row is blank", "begin with the header"),
    ),
    "a blank first row above a header that lacks a column": (
        "\n" + FILES["people.csv"].replace("Area", "Ward"),
        ("people.csv: the first row is blank", "begin with the header"),
    ),
    "a header and no rows": (HEADER, ("people.csv: the file has a header and no rows", "export it again")),
    "a header and rows without a value": (
        HEADER + ",,,,\n\n",
        ("people.csv: the file has a header and no rows", "export it again"),
    ),
    "a row cut off": (
        FILES["people.csv"] + "QX-8804,01/02/2008\nQX-8805,,,,\n",
        (f"people.csv: {RAGGED} (line 5)", CLOSED),
    ),
    "a row too long": (
        FILES["people.csv"] + "QX-8804,01/02/2008,,,Smith,Jones\n",
        (f"people.csv: {RAGGED} (line 5)", CLOSED),
    ),
    "a blank among the lines and a row cut off": (
        FILES["people.csv"] + "\nQX-8804,01/02/2008\n",
        (f"people.csv: {RAGGED} (line 6)", CLOSED),
    ),
    "a quotation mark not closed": (
        HEADER + 'QX-8801,,,,"Zebedee\nQX-8802,,,,\n',
        (f"people.csv: {RAGGED} (line 2)", CLOSED),
    ),
    "text after a quotation mark": (
        HEADER + 'QX-8801,,,,"Zebedee" junior\nQX-8802,,,,\n',
        (f"people.csv: {RAGGED} (line 2)", CLOSED),
    ),
    "a quotation mark not closed in the header": (HEADER.replace("Area", '"Area') + "QX-8801,,,,Zebedee\n", QUOTES),
    "a quotation mark not closed in the header of a long file": (
        HEADER.replace("Area", '"Area') + "QX-8801,,,,Zebedee\n" * 20_000,
        QUOTES,
    ),
    "one name twice": (
        HEADER.replace("Area", "born") + "QX-8801,,,,\n",
        (
            "people.csv: the header has a name more than once, whatever its case, in columns 2, 4",
            "rename them",
        ),
    ),
    "a column without a name": (
        "Ref,Born,,Area,Surname,\nQX-8801,,,,,\n",
        ("people.csv: the header has no name in column 3, 6", "name every column"),
    ),
    "a name of ours": (
        HEADER.replace("Area", "Source_Row") + "QX-8801,,,,\n",
        ("people.csv: the header uses the reserved name source_row", "rename the column"),
    ),
    "a column too many": (
        HEADER.replace("\n", ",Shoe size\n") + "QX-8801,,,,,\n",
        (
            "champions.people (people.csv): the file has a column 'Shoe size' that is neither mapped nor ignored",
            "map it, or list it under `ignore:`",
        ),
    ),
    "a column to ignore that is not there": (
        HEADER.replace(",Surname", "") + "QX-8801,,,\n",
        ("champions.people (people.csv): the file has no column 'Surname'", "known: Ref, Born, Gender, Area"),
    ),
    "a column in another case": (
        HEADER.replace("Area", "area") + "QX-8801,,,,\n",
        ("champions.people (people.csv): the file has no column 'Area'", "did you mean 'area'?"),
        (
            "champions.people (people.csv): the file has a column 'area' that is neither mapped nor ignored",
            "map it, or list it under `ignore:`",
        ),
    ),
    "no header": ("QX-8801,QX-01,Gent,burnley,Zebedee\n" * 2, NO_HEADER),
    "no header, and two cells alike": (
        "QX-8801,burnley,Gent,Burnley,Zebedee\n" * 2,
        (
            "people.csv: the header has a name more than once, whatever its case, in columns 2, 4",
            "rename them",
        ),
    ),
    "another delimiter": (FILES["people.csv"].replace(",", "^"), NO_HEADER),
    "rows drawn into the header by quotation marks": (
        'Ref,Born,Gender,Area,"Surname\nQX-8801,14/02/2008,Gent,Burnley,Zebedee"\nQX-8802,,,,\n',
        ("champions.people (people.csv): the file has no column 'Surname'", "known: Ref, Born, Gender, Area"),
        (
            "champions.people (people.csv): the file has a column (number 5) that is neither mapped nor ignored",
            "map it, or list it under `ignore:`",
        ),
    ),
    "another encoding": (
        FILES["people.csv"].replace("Quux", "Quüx").encode("mac_roman"),
        ("people.csv: the encoding cannot be found: line 3 is neither utf-8 nor likely in cp1252", SAVED_IN),
    ),
    "another encoding far down": (
        (HEADER + "QX-8801,,,,Zebedee\n" * 200_000).encode() + b"QX-8802,,,,\x81\n",
        ("people.csv: the encoding cannot be found: line 200002 is neither utf-8 nor likely in cp1252", SAVED_IN),
    ),
    "a letter cut in half at the end": (
        FILES["people.csv"].encode() + b"QX-8804,,,,\xc3",
        ("people.csv: the encoding cannot be found: line 5 is neither utf-8 nor likely in cp1252", SAVED_IN),
    ),
    "a zero byte": (
        FILES["people.csv"].replace("Quux", "Qu\0ux"),
        ("people.csv: the file is not text: line 3 holds a zero byte", "export it again"),
    ),
    "Unicode text without its mark": (
        FILES["people.csv"].encode("utf-16-le"),
        (
            "people.csv: the encoding cannot be found: this may be utf-16-le text without a byte order mark",
            "set `encoding:`, perhaps to utf-16-le",
        ),
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_cannot_be_read(tmp_path, name):
    content, *faults = WHOLE[name]
    assert refused(tmp_path, {"people.csv": content}, only("people")) == told(*faults)


@pytest.mark.parametrize(
    ("encoding", "content", "line"),
    [
        ("utf-16", FILES["people.csv"].encode(), 1),
        ("utf-16", FILES["people.csv"].encode("utf-16")[:-1], 4),
        ("utf-16", FILES["people.csv"].replace("Quux", "Q\ud800x").encode("utf-16", "surrogatepass"), 3),
        ("cp1252", FILES["people.csv"].encode("utf-16-le"), 1),
        ("utf-8", FILES["people.csv"].replace("Quux", "Qüux").encode("cp1252"), 3),
        ("cp1252", FILES["people.csv"].replace("Quux", "Q\x81x").encode("latin-1"), 3),
        ("ascii", FILES["people.csv"].replace("Quux", "Qüux").encode(), 3),
    ],
)
def test_a_file_that_is_not_in_the_encoding_it_is_said_to_be(tmp_path, encoding, content, line):
    sources = only("people").replace("files: people.csv", f"files: people.csv\n      encoding: {encoding}")
    assert refused(tmp_path, {"people.csv": content}, sources) == told(
        (f"people.csv: the file is not {encoding} text: line {line} holds bytes that it cannot hold", ENCODING),
    )


def test_a_line_longer_than_any_reader_takes(tmp_path):
    content = FILES["people.csv"] + "QX-8804,,,," + "Zebedee" * 500_000 + "\n"
    assert refused(tmp_path, {"people.csv": content}, only("people")) == told(
        (f"people.csv: {RAGGED} (line 5)", CLOSED),
    )


def test_a_file_that_cannot_be_opened(tmp_path, monkeypatch):
    path = write(tmp_path, sources=only("people"))
    opened = type(path).open

    def locked(self, *arguments, **named):
        if self.name == "people.csv":
            raise PermissionError(13, "in use", str(self))
        return opened(self, *arguments, **named)

    monkeypatch.setattr(type(path), "open", locked)
    with pytest.raises(RecordsError) as error:
        read_records(path, "champions", key=KEY)
    assert str(error.value) == told(
        ("people.csv: the file cannot be opened", "close it in other programs, and check who may read it"),
    )


def test_no_file_for_a_glob(tmp_path):
    sources = only("people").replace(
        "files: people.csv", "files: [people.csv, 'peple*.csv', sub/*.csv, 'people[1].csv']"
    )
    assert refused(tmp_path, {}, sources) == told(
        *(
            (f"champions.people: no file matches {pattern!r}", "globs are relative to sources.yaml")
            for pattern in ("peple*.csv", "sub/*.csv", "people[1].csv")
        ),
    )


# workbooks and Parquet


def workbook(path, rows, sheet="Data"):
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet(sheet)
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()


NAMES = HEADER.strip().split(",")
BOOKS = {
    "no sheet of that name": (
        [NAMES, ["QX-8801"]], "Dta",
        ("people.xlsx: there is no sheet 'Dta'", "did you mean 'Data'?"),
    ),
    "an empty sheet": ([], None, ("people.xlsx: the sheet 'Data' is empty", "export it again")),
    "a header alone": ([NAMES], None, ("people.xlsx: the file has a header and no rows", "export it again")),
    "a title above a header that lacks a column": (
        [["Clients of the club"], [*NAMES[:4], "Name"], ["QX-8801"]], None,
        ("people.xlsx: the header has no name in column 2, 3, 4, 5", "name every column"),
    ),
    "a blank row above a header that lacks a column": (
        [[], [*NAMES[:4], "Name"], ["QX-8801"]], None,
        ("people.xlsx: the first row is blank", "begin with the header"),
    ),
    "cells beside the header": (
        [NAMES, ["QX-8801", "", "", "", "Zebedee", "and a note"]], None,
        ("people.xlsx: the header has no name in column 6", "name every column"),
    ),
    "no header": (
        [["QX-8801", "QX-1", "Gent", "burnley", "Zebedee"]] * 2, None,
        (
            "champions.people (people.xlsx): the first row names none of the columns that are mapped",
            "check that the file begins with its header, and what `delimiter:` or `sheet:` says",
        ),
    ),
    "a day written as one number": (
        [NAMES, ["QX-8801", 20080214]], None,
        (
            f"champions.people.birth_month (people.xlsx): 1 row with a date that cannot be read as {DATES} (row 2)",
            CORRECT_DATE.format("people"),
        ),
    ),
    "a bad cell below a blank row": (
        [NAMES, [], ["QX-8801", "", "Gentlewoman"]], None,
        (
            "champions.people.sex (people.xlsx): 1 row with a code that is not mapped (row 3)",
            CORRECT_CODE.format("people.sex"),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_that_cannot_be_read(tmp_path, name):
    given, sheet, *faults = BOOKS[name]
    sources = only("people").replace("people.csv", "people.xlsx" + (f"\n      sheet: {sheet}" if sheet else ""))
    workbook(tmp_path / "people.xlsx", given)
    assert refused(tmp_path, {"people.csv": None}, sources) == told(*faults)


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_what_is_no_workbook(tmp_path, suffix):
    (tmp_path / f"people.{suffix}").write_text(FILES["people.csv"])
    sources = only("people").replace("people.csv", f"people.{suffix}")
    assert refused(tmp_path, {}, sources) == told(
        (
            f"people.{suffix}: this is not a workbook that can be read: it is cut off or damaged",
            "save it again as .xlsx",
        ),
    )


PARQUET = pd.DataFrame(
    {"Ref": ["QX-8801"], "Born": ["14/02/2008"], "Gender": "Gent", "Area": "burnley", "Surname": "Q"}
)
PARQUETS = {
    "no Parquet": (
        b"QX-8801 Zebedee",
        ("people.parquet: this is not a Parquet file that can be read", "export it again"),
    ),
    "no rows": (PARQUET.iloc[:0], ("people.parquet: the file has a header and no rows", "export it again")),
    "a name of ours": (
        PARQUET.assign(source_file="x"),
        ("people.parquet: the header uses the reserved name source_file", "rename the column"),
    ),
    "a name of DuckDB's": (
        PARQUET.assign(file_row_number=1),
        ("people.parquet: the header uses the reserved name file_row_number", "rename the column"),
    ),
    "a column too many": (
        PARQUET.assign(Shoe=1),
        (
            "champions.people (people.parquet): the file has a column 'Shoe' that is neither mapped nor ignored",
            "map it, or list it under `ignore:`",
        ),
    ),
    "times of a time zone": (
        PARQUET.assign(Born=pd.to_datetime(["2008-02-14"]).tz_localize("UTC")),
        (
            f"champions.people.birth_month (people.parquet): 1 row with a date that cannot be read as {DATES} (row 1)",
            CORRECT_DATE.format("people"),
        ),
    ),
}


@pytest.mark.parametrize("name", PARQUETS)
def test_a_parquet_file_that_cannot_be_read(tmp_path, name):
    content, *faults = PARQUETS[name]
    if isinstance(content, bytes):
        (tmp_path / "people.parquet").write_bytes(content)
    else:
        content.to_parquet(tmp_path / "people.parquet", index=False)
    sources = only("people").replace("people.csv", "people.parquet")
    assert refused(tmp_path, {"people.csv": None}, sources) == told(*faults)


# all at once


def test_all_faults_of_all_tables_at_once_and_no_cell_of_any_row(tmp_path):
    files = {
        "people.csv": FILES["people.csv"] + "QX-8801,31/04/2008,Gentry,burnly,Smith\n,,,,Jones\n",
        "referrals.csv": FILES["referrals.csv"].replace("QX-8802", "QX-8877").replace("police", "polis"),
        "contacts_north.csv": FILES["contacts_north.csv"] + "CV-664;QX-8801\n",
        "events.csv": FILES["events.csv"].replace("2022-11-27", "2025-11-27").replace("suspect", "suspct"),
        "custody.csv": FILES["custody.csv"].replace("Out", "Until", 1),
    }
    message = refused(tmp_path, files)
    assert message == told(
        (
            (
                "contacts_north.csv: 1 line without the 6 columns of the header, or with a quotation mark that is not "
                "closed (line 4)"
            ),
            CLOSED.replace("','", "';'"),
        ),
        ("champions.custody (custody.csv): the file has no column 'Out'", "known: Ref, In, Until"),
        (
            "champions.custody (custody.csv): the file has a column 'Until' that is neither mapped nor ignored",
            "map it, or list it under `ignore:`",
        ),
        ("champions.people.person_id (people.csv): 2 rows with an id that another row has too (rows 2, 5)", ONE_ROW),
        (
            "champions.people.person_id (people.csv): 1 row without a value, which is required (row 6)",
            FILL_IN.format("people.person_id"),
        ),
        (
            f"champions.people.birth_month (people.csv): 1 row with a date that cannot be read as {DATES} (row 5)",
            CORRECT_DATE.format("people"),
        ),
        (
            "champions.people.sex (people.csv): 1 row with a code that is not mapped (row 5)",
            CORRECT_CODE.format("people.sex"),
        ),
        (
            "champions.people.district (people.csv): 1 row with a code that is not mapped (row 5)",
            CORRECT_CODE.format("people.district"),
        ),
        (
            "champions.referrals.person_id (referrals.csv): 1 row for a person who is not in champions.people (row 3)",
            ADD_PEOPLE,
        ),
        (
            "champions.referrals.source (referrals.csv): 1 row with a code that is not mapped (row 2)",
            CORRECT_CODE.format("referrals.source"),
        ),
        ("champions.events.on (events.csv): 1 row with a date after the extract or before 1900 (row 2)", LATE),
        (
            "champions.events.kind (events.csv): 1 row with a code that is not mapped (row 2)",
            CORRECT_CODE.format("events.kind"),
        ),
    )


def test_where_people_cannot_be_read_nobody_is_called_unknown(tmp_path):
    message = refused(tmp_path, {"people.csv": b""}, only("people", "custody"))
    assert message == told(("people.csv: the file is empty", "export it again"))


def test_the_first_twenty_rows_of_many_are_listed(tmp_path):
    content = HEADER + "".join(f"QX-{10_000 + number},,Gentry,,\n" for number in range(1_300))
    assert refused(tmp_path, {"people.csv": content}, only("people")) == told(
        (
            (
                "champions.people.sex (people.csv): 1,300 rows with a code that is not mapped "
                f"(rows {', '.join(str(row) for row in range(2, 22))} and 1,280 more)"
            ),
            CORRECT_CODE.format("people.sex"),
        ),
    )


def test_ragged_lines_are_counted_and_the_first_listed(tmp_path):
    content = HEADER + "QX-8801,,,,\n" + "QX-8802,,\n" * 25
    assert refused(tmp_path, {"people.csv": content}, only("people")) == told(
        (
            (
                "people.csv: 25 lines without the 5 columns of the header, or with a quotation mark that is not closed "
                f"(lines {', '.join(str(row) for row in range(3, 23))} and 5 more)"
            ),
            CLOSED,
        ),
    )


@pytest.mark.parametrize(
    ("listed", "total", "text"),
    [
        ([5], 1, "row 5"),
        ([5, 9], 2, "rows 5, 9"),
        (list(range(20)), 1_021, f"rows {str([*range(20)])[1:-1]} and 1,001 more"),
    ],
)
def test_how_rows_are_listed(listed, total, text):
    assert row_list(listed, total) == text
