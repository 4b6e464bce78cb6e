"""Workbooks as people send them: which sheet and row, and what a spreadsheet hides of its cells."""

import datetime as dt

import pytest
import xlsxwriter
from records_readers_examples import HEADER, changed_part, ods, raw, rows

from lvrn_eval.errors import RecordsError

D = dt.date
NAMES = HEADER
GOOD = [NAMES, ["QX-1", D(2008, 2, 14), "Gent", "x"], ["QX-2", D(2009, 3, 15), "Lady", "y"]]
CELLS = [(2, "QX-1", "2008-02-14", "Gent", "x"), (3, "QX-2", "2009-03-15", "Lady", "y")]
FILE = ("sheet 'Data' (found)",)


def book(path, merges=(), options=None, hidden=(), **sheets):
    """Write a workbook; dates are formatted as days, a callable writes itself."""
    made = xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy", **(options or {})})
    for name, cells in sheets.items():
        sheet = made.add_worksheet(name)
        for number, row in enumerate(cells):
            for place, cell in enumerate(row):
                if callable(cell):
                    cell(made, sheet, number, place)
                elif cell not in {"", None}:
                    sheet.write(number, place, cell)
        for first_row, first_column, last_row, last_column, cell in merges:
            sheet.merge_range(first_row, first_column, last_row, last_column, cell)
        if name in hidden:
            sheet.hide()
    made.close()
    return path


def formula(value):
    return lambda _book, sheet, row, column: sheet.write_formula(row, column, "=A1", None, value)


def number(value, form):
    return lambda made, sheet, row, column: sheet.write_number(
        row, column, value, made.add_format({"num_format": form})
    )


def refused(path, **reading):
    with pytest.raises(RecordsError) as error:
        raw(path, **reading)
    return [(fault.what, fault.fix) for fault in error.value.faults]


def faults(read):
    return [(fault.what, fault.fix) for fault in read.faults]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "people.xlsx"


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_the_only_sheet(tmp_path, kind):
    path = tmp_path / f"people.{kind}"
    read = raw(ods(path, Data=GOOD) if kind == "ods" else book(path, Data=GOOD))
    assert rows(read) == CELLS
    assert (read.read.found, read.faults, read.read.encoding) == (FILE, (), "workbook")


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_the_only_sheet_that_has_the_columns(tmp_path, kind):
    path = tmp_path / f"people.{kind}"
    sheets = {"Cover": [["Read me"]], "Data": GOOD, "Codes": [["Ref", "Meaning"], ["1", "one"]]}
    read = raw(ods(path, **sheets) if kind == "ods" else book(path, **sheets))
    assert (rows(read), read.read.found) == (CELLS, FILE)


def test_two_sheets_that_have_the_columns_are_refused_unless_one_is_named(path):
    book(path, January=GOOD, February=GOOD[:2])
    assert refused(path) == [
        (
            "the sheets 'January' and 'February' all have the columns",
            "name one with `sheet:`; save the others as files of their own, so that all of them are read",
        )
    ]
    read = raw(path, sheet="February")
    assert (rows(read), read.read.found) == (CELLS[:1], ("sheet 'February' (declared)",))


def test_hidden_sheets_are_not_read_and_stated(path):
    book(path, hidden=["Old", "Older"], Data=GOOD, Old=GOOD, Older=GOOD)
    assert raw(path).read.found == (*FILE, "hidden, not read: 'Old', 'Older'")
    assert raw(path, sheet="Old").read.found == (
        "sheet 'Old' (declared)",
        "hidden, not read: 'Older'",
        "the sheet is hidden",
    )


@pytest.mark.parametrize("declared", [None, 4])
def test_a_header_below_a_title(path, declared):
    book(path, Data=[["Clients"], [], ["as of", D(2024, 1, 1)], *GOOD])
    read = raw(path, header_row=declared)
    assert rows(read) == [(number + 3, *cells) for number, *cells in CELLS]
    assert read.read.found == (*FILE, f"header in row 4 ({'declared' if declared else 'found'})")


def test_a_header_that_stands_twice(path):
    book(path, Data=[["Page 1"], *GOOD, *GOOD])
    assert refused(path) == [
        ("the columns are named more than once, in rows 2, 5", "set `header_row:` to the row above the first record")
    ]
    assert refused(path, header_row=9) == [
        ("`header_row:` is 9, and the file ends before it", "say which row names the columns")
    ]


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_merged_cells_of_a_header_over_two_rows(tmp_path, kind):
    path = tmp_path / f"people.{kind}"
    if kind == "xlsx":
        merges = [(1, 0, 2, 0, "Ref"), (1, 1, 1, 2, "Person"), (1, 3, 2, 3, "Surname")]
        book(path, merges, Data=[["Clients"], [], ["", "Born", "Gender"], *GOOD[1:]])
    else:
        tall, wide = (f'<table:table-cell table:number-{way}-spanned="2" office:value-type="string"><text:p>{{}}'
                      "</text:p></table:table-cell>" for way in ("rows", "columns"))  # fmt: skip
        covered = "<table:covered-table-cell/>"
        ods(path, Data=[["Clients"], [tall.format("Ref"), wide.format("Person"), covered, tall.format("Surname")],
                        [covered, "Born", "Gender", covered], *GOOD[1:]])  # fmt: skip
    read = raw(path)
    assert rows(read) == [(number + 2, *cells) for number, *cells in CELLS]
    assert read.read.found == (*FILE, "header in row 3 (found)", "2 cells filled from merged ones")


def test_merged_cells_below_one_another_are_the_value_of_each(path):
    book(path, [(1, 2, 2, 2, "Gent")], Data=[NAMES, ["QX-1"], ["QX-2"], ["QX-3"]])
    read = raw(path)
    assert rows(read, "Gender") == [(2, "Gent"), (3, "Gent"), (4, "")]
    assert read.read.found == (*FILE, "1 cell filled from merged ones")


def test_merged_cells_side_by_side_are_a_heading(path):
    book(path, [(1, 0, 1, 3, "North End")], Data=[NAMES, [], ["QX-1"]])
    assert rows(raw(path)) == [(2, "North End", "", "", ""), (3, "QX-1", "", "", "")]


@pytest.mark.parametrize(("system", "day"), [(False, "2008-02-14"), (True, "2012-02-15")])
def test_days_that_were_never_formatted_as_days(path, system, day):
    # 39,492 days after 30 December 1899, and after 1 January 1904: 1,462 days later
    assert D.fromisoformat(day) == D(1904 if system else 1899, 1 if system else 12, 1 if system else 30) + dt.timedelta(
        days=39_492
    )
    cells = [NAMES, ["QX-1", 39_492, 39_492], ["QX-2", 39_492.75], ["QX-3", D(2008, 2, 14)]]
    read = raw(book(path, options={"date_1904": system}, Data=cells))
    assert rows(read, "Born", "Gender") == [(2, day, "39492"), (3, f"{day} 18:00:00", ""), (4, "2008-02-14", "")]
    epoch = "01/01/1904" if system else "30/12/1899"
    assert read.read.found == (*FILE, f"'Born': 2 days were numbers, counted from {epoch}")


@pytest.mark.parametrize("cell", [2008, 20080214, 14022008, 140208, -5, 0, 39492.5e6])
def test_numbers_that_are_no_days_stay_numbers(path, cell):
    shown = str(int(cell))
    assert rows(raw(book(path, Data=[NAMES, ["QX-1", cell]])), "Born") == [(2, shown)]


def test_what_a_cell_of_each_kind_is_as_text(path):
    moment = dt.datetime(2008, 2, 14, 10, 30, 14, 600_000)  # noqa: DTZ001 - workbooks know no time zones
    cells = {
        "30": 30,
        "30.5": 30.5,
        "0.1": 0.1,
        "-7": -7,
        "TRUE": True,
        "2008-02-14 10:30:15": moment,
        "07:12:00": number(0.3, "hh:mm"),
        "1 day, 12:00:00": number(1.5, "[h]:mm"),
        "945": "945",
        "00123": "00123",
        "0123": "'0123",
        "'tis": "'tis",
        "=1+1": lambda _b, sheet, row, column: sheet.write_string(row, column, "=1+1"),
        "kept": formula("kept"),
        "12": formula(12),
        "two\nlines": "two\nlines",
        "a\rb": "a\rb",
        "é €": "é €",
    }
    read = raw(book(path, Data=[NAMES, *(["x", "", cell] for cell in cells.values())]))
    assert [cell for _, cell in rows(read, "Gender")] == list(cells)


def test_a_cell_as_long_as_a_spreadsheet_takes(path):
    assert rows(raw(book(path, Data=[NAMES, ["a", "", "x" * 32_767]])), "Gender") == [(2, "x" * 32_767)]


ERRORS = ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]


def test_cells_with_an_error_are_faults_and_not_empty(path):
    cells = [["Ref", "Surname", "Born", "Gender"], *([f"QX-{e}", formula(e), "", formula(e)] for e in ERRORS)]
    read = raw(book(path, Data=[["title"], *cells]))
    assert faults(read) == [
        (
            "7 cells of 'Gender' with an error such as #N/A or #REF! (rows 3, 4, 5, 6, 7, 8, 9)",
            "correct the formulas, or replace them by their values",
        )
    ]
    read = raw(book(path, Data=[NAMES, ["QX-1", "", formula("#N/A")]]))
    assert faults(read)[0][0] == "1 cell of 'Gender' with an error such as #N/A or #REF! (row 2)"


def test_cells_with_an_error_where_the_file_leaves_out_their_places(path):
    # the standard lets a writer leave out the place of a cell, which follows from its order
    book(path, Data=[NAMES, ["QX-1", "a", "b", "c"], ["QX-2", formula("#N/A"), formula("#N/A")]])

    def without_places(sheet):
        import re

        return re.sub(rb' r="[A-Z]+[0-9]+"', b"", re.sub(rb'<row r="[0-9]+"', b"<row", sheet))

    changed_part(path, "xl/worksheets/sheet1.xml", without_places)
    assert [what for what, _ in faults(raw(path))] == [
        f"1 cell of {name!r} with an error such as #N/A or #REF! (row 3)" for name in ("Born", "Gender")
    ]


def test_an_error_of_another_sheet_is_none_of_ours(path):
    book(path, Data=GOOD, Other=[[formula("#N/A")] * 4] * 4)
    assert faults(raw(path)) == []


ODS_ERROR = (
    '<table:table-cell table:formula="of:=[.F2]/[.E2]" office:value-type="string" office:string-value="" '
    'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
)
ODS_OLD_ERROR = (
    '<table:table-cell office:value-type="float" office:value="0"><text:p>Err:502</text:p></table:table-cell>'
)


@pytest.mark.parametrize("cell", [ODS_ERROR, ODS_OLD_ERROR])
def test_cells_of_open_document_with_an_error_behind_repeated_ones(tmp_path, cell):
    blank = '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
    repeated = '<table:table-cell table:number-columns-repeated="2"/>'
    cells = [NAMES, blank, ["QX-1", repeated], ["QX-2", "", cell, "x"], ["QX-3", "", cell]]
    read = raw(ods(tmp_path / "people.ods", Other=[[cell]], Data=cells))
    assert [number for number, *_ in rows(read)] == [5, 6, 7]
    assert [what for what, _ in faults(read)] == ["2 cells of 'Gender' with an error such as #N/A or #REF! (rows 6, 7)"]


def test_numbers_a_spreadsheet_has_rounded_are_faults(path):
    read = raw(book(path, Data=[NAMES, [1234567890123456, "", 12], [123456789012345], ["1234567890123456789"]]))
    assert faults(read) == [
        (
            "1 cell of 'Ref' with a number of more than fifteen digits, which the spreadsheet has rounded (row 2)",
            "format the column as text before its values are entered",
        )
    ]
    assert rows(read, "Ref")[1:] == [(3, "123456789012345"), (4, "1234567890123456789")]


def test_formatted_columns_without_anything_are_no_columns(path):
    cells = [[*row, "", " "] for row in GOOD]
    book(path, Data=[*cells[:1], *([*row[:4], "", ""] for row in cells[1:])])
    changed_part(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<c r="F1"', b'<c r="H1"'))
    assert raw(path).header == tuple(NAMES)


def test_a_workbook_of_another_program_with_absolute_parts(path):
    book(path, Data=GOOD)
    changed_part(
        path, "xl/_rels/workbook.xml.rels", lambda xml: xml.replace(b'Target="worksheets', b'Target="/xl/worksheets')
    )
    assert rows(raw(path)) == CELLS


FAR = "delete the rows below and the columns beside the records, or export the sheet as CSV"


def test_a_cell_far_out_is_refused_before_room_is_made_for_it(path, tmp_path):
    book(path, Data=[*GOOD, ["far"]])

    def far_out(sheet):
        return sheet.replace(b'"A4"', b'"XFD1048576"').replace(b'<row r="4"', b'<row r="1048576"')

    changed_part(path, "xl/worksheets/sheet1.xml", far_out)
    assert refused(path) == [("the sheet reaches to row 1,048,576 and column 16,384, most of it empty", FAR)]
    cell = '<table:table-cell table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-cell></table:table-row>'
    assert refused(ods(tmp_path / "people.ods", Data=[*GOOD, row])) == [
        ("the sheet reaches to row 1,048,579 and column 16,384, most of it empty", FAR)
    ]


def test_what_programs_fill_the_end_of_a_sheet_with_is_nothing(path, tmp_path):
    filler = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'  # noqa: E501
    assert rows(raw(ods(tmp_path / "people.ods", Data=[*GOOD, filler]))) == CELLS
    book(path, Data=[*GOOD, ["far"]])
    changed_part(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'"A4"', b'"D60000"').replace(b'<row r="4"', b'<row r="60000"'),
    )
    assert [number for number, *_ in rows(raw(path))] == [2, 3, 60_000]
