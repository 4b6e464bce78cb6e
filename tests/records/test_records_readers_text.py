"""CSV as people send it: delimiter, encoding and header are found and stated, and what is declared wins."""

import csv
import gzip
import io
import re
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records_readers_examples import HEADER, raw, rows

from lvrn_eval.errors import RecordsError
from lvrn_eval.records.readers.files import READERS
from lvrn_eval.records.readers.kinds import OLD
from lvrn_eval.records.readers.kinds import TEXT as ENDINGS
from lvrn_eval.records.readers.options import LARGEST, Reading

ROWS = [["QX-1", "14/02/2008", "Gent", "Zebédee"], ["QX-2", "15/03/2009", "Lady", "Müller £5 – “x”"]]
CELLS = [(2, *ROWS[0]), (3, *ROWS[1])]


def content(rows=ROWS, delimiter=",", ending="\r\n", header=HEADER):
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=ending).writerows([header, *rows])
    return buffer.getvalue()


def put(folder, data, name="people.csv"):
    path = folder / name
    path.write_bytes(data)
    return path


def refused(path, **reading):
    with pytest.raises(RecordsError) as error:
        raw(path, **reading)
    return [(fault.what, fault.fix) for fault in error.value.faults]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "stated"),
    [
        ("utf-8", "encoding utf-8 (found)"),
        ("cp1252", "encoding cp1252 (found)"),
        ("utf-8-sig", "encoding utf-8 (found by its byte order mark)"),
        ("utf-16", "encoding utf-16 (found by its byte order mark)"),
        ("utf-32", "encoding utf-32 (found by its byte order mark)"),
    ],
)
def test_delimiter_and_encoding_are_found_and_stated(tmp_path, delimiter, encoding, stated):
    read = raw(put(tmp_path, content(delimiter=delimiter).encode(encoding)))
    assert rows(read) == CELLS
    assert read.header == tuple(HEADER)
    assert read.read.found == (stated, f"delimiter {delimiter!r} (found)")


def test_what_is_declared_is_stated_as_declared(tmp_path):
    path = put(tmp_path, content(delimiter=";").encode("cp1252"))
    read = raw(path, delimiter=";", encoding="cp1252")
    assert rows(read) == CELLS
    assert read.read.found == ("encoding cp1252 (declared)", "delimiter ';' (declared)")
    assert raw(path, delimiter=",", encoding="cp1252").header == ("Ref;Born;Gender;Surname",)
    # every byte is a letter of Latin-1, so nobody but the declaration can tell it from Windows text
    assert rows(raw(path, encoding="latin-1"), "Surname")[0] == (2, "Zebédee")


def test_a_delimiter_in_quoted_names_and_cells_misleads_nobody(tmp_path):
    header = ["Ref", "Born; or not", "Gender", "Surname"]
    text = content([["a;b;c", "d|e|f", "g\th", "i,j"]], header=header)
    columns = {"person_id": "Ref", "birth_month": "Born; or not"}
    assert rows(raw(put(tmp_path, text.encode()), columns, ("Gender", "Surname"))) == [
        (2, "a;b;c", "d|e|f", "g\th", "i,j")
    ]


def test_one_column_needs_no_delimiter(tmp_path):
    read = raw(put(tmp_path, b"Ref\nQX-1;a\nQX-2|b\n"), {"person_id": "Ref"}, ())
    assert rows(read) == [(2, "QX-1;a"), (3, "QX-2|b")]


def test_two_delimiters_that_do_equally_well_are_refused(tmp_path):
    path = put(tmp_path, b"Ref;a,Born\n1;2,3\n")
    assert refused(path) == [("the delimiter cannot be found: the header can be split at ',' or at ';'",
                              "set `delimiter:`")]  # fmt: skip
    assert raw(path, delimiter=",").header == ("Ref;a", "Born")


LEFT = [["Report of the club"], [], ["Printed on", "1 May"]]


@pytest.mark.parametrize("above", [LEFT, [["sep=,"]], [[], []], [['a note, over\n"two" lines', "x"]]])
@pytest.mark.parametrize("declared", [False, True])
def test_a_header_that_is_not_the_first_row(tmp_path, above, declared):
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([*above, HEADER, ROWS[0], [], ROWS[1]])
    number = len(above) + 1
    path = put(tmp_path, buffer.getvalue().encode())
    read = raw(path, header_row=number) if declared else raw(path)
    assert rows(read) == [(number + 1, *ROWS[0]), (number + 3, *ROWS[1])]
    assert read.read.found[2] == f"header in row {number} ({'declared' if declared else 'found'})"


def test_a_row_cut_off_below_a_late_header_is_told_at_its_line(tmp_path):
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([*LEFT, HEADER, ROWS[0], ["QX-3", "x"]])
    (fault,) = raw(put(tmp_path, buffer.getvalue().encode())).faults
    assert fault.what.endswith("(line 6)")


def test_a_header_that_stands_twice_is_refused(tmp_path):
    text = "Page 1\n" + content(ending="\n") + "Page 2\n" + content(ending="\n")
    path = put(tmp_path, text.encode())
    assert refused(path) == [
        ("the columns are named more than once, in rows 2, 6", "set `header_row:` to the row above the first record")
    ]


def test_a_declared_header_that_is_not_there(tmp_path):
    path = put(tmp_path, content().encode())
    assert refused(path, header_row=99) == [
        ("`header_row:` is 99, and the file ends before it", "say which row names the columns")
    ]


@pytest.mark.parametrize("name", ["people.csv.gz", "people.TSV.GZ"])
def test_compressed_text(tmp_path, name):
    delimiter = "\t" if "TSV" in name else ","
    path = put(tmp_path, gzip.compress(content(delimiter=delimiter).encode()), name)
    read = raw(path)
    assert rows(read) == CELLS
    assert read.table.to_arrow()["source_stem"].to_pylist() == ["people"] * 2
    assert read.read.found == ("encoding utf-8 (found)", f"delimiter {delimiter!r} (found)")


def test_compressed_text_in_windows_encoding(tmp_path):
    path = put(tmp_path, gzip.compress(content().encode("cp1252")), "people.csv.gz")
    assert rows(raw(path)) == CELLS


def test_a_compressed_bomb_is_refused_before_it_fills_the_disk(tmp_path, monkeypatch):
    assert LARGEST >= 1 << 30
    monkeypatch.setattr("lvrn_eval.records.readers.decoding.LARGEST", 1 << 20)
    path = put(tmp_path, gzip.compress(content().encode() + b"x" * (1 << 24)), "people.csv.gz")
    assert refused(path) == [
        ("the compressed file grows far beyond what text does", "unpack it, look at it, and send what it holds")
    ]


@pytest.mark.parametrize("letters", ["Zoë Müller-Lüdenscheidt", "naïve café", "£100 – ‘quoted’", "O’Brien", "Øystein"])
def test_windows_text_is_not_mistaken_for_another(tmp_path, letters):
    read = raw(put(tmp_path, content([["a", "b", "c", letters]]).encode("cp1252")))
    assert rows(read, "Surname") == [(2, letters)]
    assert read.read.found[0] == "encoding cp1252 (found)"


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman", "cp437"])
@pytest.mark.parametrize("letters", ["Renée", "café crème"])
def test_text_of_dos_and_old_macs_is_not_taken_for_windows_text(tmp_path, encoding, letters):
    path = put(tmp_path, content([["a", "b", "c", letters]]).encode(encoding))
    assert refused(path) == [
        (
            "the encoding cannot be found: line 2 is neither utf-8 nor likely in cp1252",
            "set `encoding:` to what the file was saved in",
        )
    ]
    assert rows(raw(path, encoding=encoding), "Surname") == [(2, letters)]


def test_windows_text_with_a_strange_letter_over_the_edge_of_a_block(tmp_path):
    head = content([]).encode("cp1252")
    line = b"QX-1,a,b," + b"x" * ((1 << 20) - len(head) - 10)
    for cut in range(4):
        path = put(tmp_path, head + line[: len(line) - cut] + b"caf\xe9 r\x82n\r\n")
        assert refused(path)[0][0].startswith("the encoding cannot be found: line 2 ")


def test_long_cells_are_read_whole(tmp_path):
    cell = "=1+1 é," * 10_000
    assert rows(raw(put(tmp_path, content([["a", cell, "c", "d"]]).encode())), "Born") == [(2, cell)]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff\r", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=30)
@given(st.lists(st.lists(TEXT, min_size=4, max_size=4).filter(lambda r: any(map(str.strip, r))), min_size=1), st.data())
def test_every_cell_survives_whatever_it_holds(tmp_path_factory, cells, data):
    delimiter = data.draw(st.sampled_from(",;\t|"))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([HEADER, *cells])
    path = put(tmp_path_factory.mktemp("text"), buffer.getvalue().encode(encoding))
    # nothing and an empty cell are one: no CSV tells them apart
    assert rows(raw(path)) == [(number, *(cell or None for cell in row)) for number, row in enumerate(cells, start=2)]


def test_the_page_of_formats_lists_every_ending(pytestconfig):
    page = (pytestconfig.rootpath / "docs/reference/file-formats.md").read_text(encoding="utf-8")
    table, _, rest = page.partition("Not read:")
    assert set(re.findall(r"`(\.\w+)`", table)) == {*READERS, *ENDINGS, ".gz"}
    assert set(re.findall(r"`(\.\w+)`", rest.partition("A file whose")[0])) == set(OLD)
    keys = re.findall(r"^\| `(\w+)` \|", rest.partition("## Keys")[2].partition("##")[0], re.MULTILINE)
    assert sorted(keys) == sorted(field.name for field in fields(Reading))
