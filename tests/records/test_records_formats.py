"""What a good project becomes: the same tables whatever the format, encoding and layout of its files."""

import datetime as dt
import hashlib
import re
import zipfile

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
import xlsxwriter
from records_examples import FILES, KEY, SOURCES, only, read, rows, write

from lvrn_eval.errors import RecordsError
from lvrn_eval.records import TABLES, Records, load_sources, read_records

D = dt.date
HELD = ("people", "referrals", "contacts", "events", "custody")
"""The tables that the example's sources name."""
HEADER = "Ref,Born,Gender,Area,Surname\n"


def shown(table, *columns):
    return [tuple(row[column] for column in columns) for row in rows(table)]


def people(folder, content, sources=SOURCES):
    sources = only("people", sources=sources)
    return shown(read(folder, {"people.csv": content}, sources).people, "source_row", "birth_month", "sex", "district")


EXPECTED = [
    (2, D(2008, 2, 1), "male", "burnley"),
    (3, D(2009, 3, 1), "female", "preston"),
    (4, None, None, None),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("champions")


@pytest.fixture(scope="module")
def records(folder):
    return read(folder)


def test_every_table_as_it_should_be(records):
    assert isinstance(records, Records)
    assert (records.programme, records.data) == ("champions", "synthetic")
    assert (records.extracted_on, records.observed_from) == (D(2024, 3, 31), D(2018, 4, 1))
    assert dict(records.sites) == {"north": "North End", "south": "South End"}
    assert shown(records.people, "source_row", "birth_month", "sex", "district") == EXPECTED
    assert shown(records.referrals, "site", "referred_on", "source") == [
        ("north", D(2023, 1, 17), "police"),
        ("south", D(2023, 1, 18), "education"),
    ]
    assert shown(records.contacts, "site", "on", "role", "attended", "minutes", "staff_id") == [
        ("north", D(2023, 2, 21), "mentor", True, 945, None),
        ("north", D(2023, 2, 22), "coach", False, None, None),
        ("south", D(2023, 2, 23), "mentor", True, 946, None),
    ]
    assert shown(records.events, "on", "kind", "offence", "knife") == [
        (D(2022, 11, 27), "suspect", "Wounding, s.20", True),
        (D(2022, 11, 28), "asb", None, False),
    ]
    assert shown(records.custody, "starts_on", "ends_on") == [
        (D(2022, 12, 24), D(2022, 12, 26)),
        (D(2023, 12, 25), None),
    ]
    for name, spec in TABLES.items():
        table = records.tables[name]
        assert list(table.columns) == [*(c.name for c in spec.columns), "programme", "source_file", "source_row"]
        assert {row["programme"] for row in rows(table)} == ({"champions"} if name in HELD else set())
    assert [row["source_file"] for row in rows(records.contacts)] == [
        "contacts_north.csv", "contacts_north.csv", "contacts_south.csv",
    ]  # fmt: skip


def test_a_persons_rows_meet_in_every_table(records):
    first, second, _ = (row["person_id"] for row in rows(records.people))
    assert shown(records.contacts, "person_id") == [(first,), (first,), (second,)]
    for name in ("referrals", "events", "custody"):
        assert shown(records.tables[name], "person_id") == [(first,), (second,)]


def test_a_records_own_number_becomes_a_running_one(records):
    for table, key in (
        (records.referrals, "referral_id"),
        (records.contacts, "contact_id"),
        (records.events, "event_id"),
    ):
        numbers = [number for (number,) in shown(table, key)]
        assert numbers == sorted(set(numbers))
        assert all(isinstance(number, int) for number in numbers)


def test_nothing_of_the_files_identifiers_is_left(records):
    left = records.engine.query("select table_name from information_schema.tables")
    home = {name: str(records.engine.table(name).to_arrow().to_pylist()) for (name,) in left}
    assert len(home) >= len(TABLES)
    for name, text in home.items():
        assert not re.search(r"QX-|RZ-|CV-|EW-|Zebedee", text), name
    assert not re.search(r"QX-|RZ-|CV-|EW-|Zebedee", repr(records) + str(records.engine.ran))


def test_a_table_that_the_sources_leave_out_is_there_and_empty(tmp_path):
    sources = SOURCES[: SOURCES.index("    events:\n")]
    records = read(tmp_path, sources=sources)
    assert (len(records.events), len(records.custody)) == (0, 0)
    assert list(records.events.columns)[:4] == ["event_id", "person_id", "on", "kind"]
    assert records.events.columns["on"] == "DATE"


def test_lineage_has_every_file_with_its_digest_and_rows(records, folder):
    assert [(read.table, read.file, read.rows, read.encoding) for read in records.lineage] == [
        ("people", "people.csv", 3, "utf-8"),
        ("referrals", "referrals.csv", 2, "utf-8"),
        ("contacts", "contacts_north.csv", 2, "utf-8"),
        ("contacts", "contacts_south.csv", 1, "utf-8"),
        ("events", "events.csv", 2, "utf-8"),
        ("custody", "custody.csv", 2, "utf-8"),
    ]
    for file in records.lineage:
        assert file.sha256 == hashlib.sha256((folder / file.file).read_bytes()).hexdigest()


def test_progress_is_told_table_by_table(tmp_path):
    told = []
    read_records(write(tmp_path), "champions", key=KEY, progress=told.append)
    tables = [f"champions.{name}" for name in HELD]
    assert told == [
        *(f"reading {name}" for name in tables),
        *(f"checking {name}" for name in tables),
    ]


@pytest.mark.parametrize(
    ("encoding", "declared", "ending"),
    [("utf-8", "utf-8", "\n"), ("utf-8", "utf-8", "\r\n"), ("utf-8", "utf-8", "\r"), ("utf-8-sig", "utf-8", "\r\n"),
     ("utf-8-sig", "utf-8-sig", "\n"), ("cp1252", "cp1252", "\r\n"), ("utf-16", "utf-16", "\n"),
     ("utf-16", "utf-16", "\r\n"), ("utf-16-le", "utf-16-le", "\r"), ("utf-16-be", "utf-16-be", "\r\n")],
)  # fmt: skip
def test_encodings_and_line_ends(tmp_path, encoding, declared, ending):
    content = FILES["people.csv"].replace("burnley", "büro €").replace("\n", ending).encode(encoding)
    sources = SOURCES.replace("      files: people.csv\n", f"      files: people.csv\n      encoding: {declared}\n")
    sources = sources.replace(
        "        district: Area\n", "        district: {from: Area, codes: {BÜRO €: burnley, Preston: preston}}\n"
    )
    assert people(tmp_path, content, sources) == EXPECTED


def test_mixed_line_ends_as_in_files_put_together(tmp_path):
    assert (
        people(tmp_path, FILES["people.csv"].replace("Quux\n", "Quux\r\n").replace("Zebedee\n", "Zebedee\r"))
        == EXPECTED
    )


def test_a_last_row_without_a_line_end(tmp_path):
    assert people(tmp_path, FILES["people.csv"].rstrip("\n")) == EXPECTED


def test_letters_over_the_edge_of_a_block(tmp_path):
    # a letter of several bytes and a line end of two, each cut in half by the edge of what is read at once
    first = HEADER + "QX-1,14/02/2008,Gent,burnley,"
    for tail in ("é\r\n", "\r\n"):
        filler = "x" * ((1 << 20) - len(first.encode()) - 1)
        content = first + filler + tail + "QX-8801,15/03/2009,Lady,preston,é\r\nQX-8802,,,,\r\n"
        assert content.encode().find(tail.encode()) == (1 << 20) - 1
        assert [row[0] for row in people(tmp_path, content)] == [2, 3, 4]


def test_blank_lines_and_rows_without_a_value_are_no_rows_but_count_as_rows_of_the_file(tmp_path):
    lines = FILES["people.csv"].splitlines()
    content = "\n".join([lines[0], "", lines[1], ",,,,", "", lines[2], '"","","","",""', lines[3], ",,,,", "", ""])
    assert [row[0] for row in people(tmp_path, content)] == [3, 6, 8]


def test_a_blank_line_over_the_edge_of_a_block(tmp_path):
    cell = "x" * 100_000
    count = ((1 << 20) - len(HEADER)) // len(f"QX-1,,,,{cell}\n")
    content = HEADER + "".join(f"QX-{number},,,,{cell}\n" for number in range(count))
    content += "QX-88,,,," + "x" * ((1 << 20) - len(content) - 10) + "\n\nQX-89,,,,\nQX-90,,,,\n"
    assert content[(1 << 20) - 1 : (1 << 20) + 1] == "\n\n"
    assert [row[0] for row in people(tmp_path, content)][count:] == [count + 2, count + 4, count + 5]


def test_line_breaks_and_delimiters_inside_quotes(tmp_path):
    cell = 'one, ""two""\n\nthree\r\nfour; \\ five'
    content = FILES["events.csv"].replace("Wounding, s.20", cell)
    records = read(tmp_path, {"events.csv": content}, only("people", "events"))
    offence, other = shown(records.events, "offence", "source_row")
    assert offence == ('one, "two"\n\nthree\nfour; \\ five', 2)
    assert other == (None, 3)


HOSTILE = [
    "=cmd|'/c calc'!A1",
    "'; drop table people; --",
    "$value",
    "{{ 1 + 1 }}",
    "<script>alert(1)</script>",
    "nan",
    "NULL",
    "None",
    "true",
    "0123",
    "1e5",
    "2024-13-45",
    "5'11\" tall",
    "\\N",
    "#not a comment",
    "\u202eabc",
    "é" * 5000,
    "\U0001f600",
]


def test_hostile_cells_stay_text(tmp_path):
    content = "Number,Ref,Day,Kind,Offence,Knife\n"
    for number, hostile in enumerate(HOSTILE):
        quoted = '"' + hostile.replace('"', '""') + '"'
        content += f"EW-{number},QX-8801,2022-11-27,suspect,{quoted},\n"
    found = shown(read(tmp_path, {"events.csv": content}, only("people", "events")).events, "offence")
    assert [cell for (cell,) in found] == HOSTILE


def test_quotation_marks_inside_a_cell_that_does_not_begin_with_one(tmp_path):
    content = "Number,Ref,Day,Kind,Offence,Knife\nEW-1,QX-8801,2022-11-27,suspect,5'11\" tall,\n"
    assert shown(read(tmp_path, {"events.csv": content}, only("people", "events")).events, "offence") == [
        ("5'11\" tall",)
    ]


def test_blanks_around_a_cell_are_trimmed(tmp_path):
    content = HEADER
    blanks = ["  ", "\t", "\u00a0", "\u200b", "\ufeff", " \u00a0\t "]
    for number, blank in enumerate(blanks):
        content += f"{blank}QX-{number}{blank},{blank}14/02/2008{blank},{blank}GENT{blank},Burnley,\n"
        content += f'QY-{number},{blank},"{blank}",{blank}N/K{blank},\n'
    found = [row[1:] for row in people(tmp_path, content)]
    assert found == [(D(2008, 2, 1), "male", "burnley"), (None, None, None)] * len(blanks)


def test_the_word_for_missing_is_missing_in_an_id_too_where_it_may_be(tmp_path):
    sources = SOURCES.replace("        minutes: Mins\n", "        minutes: Mins\n        staff_id: Who\n")
    files = {
        "contacts_north.csv": FILES["contacts_north.csv"].replace("Mins\n", "Mins;Who\n").replace("945", "945;W1")
        .replace("Nope;", "Nope;;"),
        "contacts_south.csv": FILES["contacts_south.csv"].replace("Mins\n", "Mins;Who\n").replace("946", "946;W1"),
    }  # fmt: skip
    staff = shown(read(tmp_path, files, only("people", "contacts", sources=sources)).contacts, "staff_id")
    assert staff[1] == (None,)
    assert staff[0] == staff[2] != (None,)


def test_columns_of_several_files_may_stand_in_any_order(tmp_path):
    content = "Mins;Came;Worker;Day;Ref;Number\n946;Yes!;Mentor X;23/02/2023;QX-8802;CV-663\n"
    assert shown(
        read(tmp_path, {"contacts_south.csv": content}, only("people", "contacts")).contacts,
        "site",
        "minutes",
        "source_row",
    ) == [
        ("north", 945, 2),
        ("north", None, 3),
        ("south", 946, 2),
    ]


def test_one_column_may_serve_two(tmp_path):
    sources = SOURCES.replace(
        "        starts_on: In\n        ends_on: Out\n",
        "        starts_on: In\n        ends_on: In\n      ignore: [Out]\n",
    )
    assert shown(
        read(tmp_path, sources=only("people", "custody", sources=sources)).custody, "starts_on", "ends_on"
    ) == [
        (D(2022, 12, 24), D(2022, 12, 24)),
        (D(2023, 12, 25), D(2023, 12, 25)),
    ]


def test_odd_names_of_columns(tmp_path):
    odd = "Da\"y; drop {table} 'x' é"
    quoted = '"' + odd.replace('"', '""') + '"'
    sources = SOURCES.replace("        starts_on: In\n", "        starts_on: 'Da\"y; drop {table} ''x'' é'\n")
    records = read(
        tmp_path,
        {"custody.csv": FILES["custody.csv"].replace("In", quoted, 1)},
        only("people", "custody", sources=sources),
    )
    assert shown(records.custody, "starts_on") == [(D(2022, 12, 24),), (D(2023, 12, 25),)]


def test_several_globs_that_overlap_read_each_file_once(tmp_path):
    sources = SOURCES.replace("files: contacts_*.csv", "files: [contacts_*.csv, contacts_north.csv, '*_south.csv']")
    assert len(read(tmp_path, sources=only("people", "contacts", sources=sources)).contacts) == 3


def test_a_folder_is_no_file_and_an_absolute_path_is_taken(tmp_path):
    (tmp_path / "contacts_x.csv").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "people.csv").write_text(FILES["people.csv"])
    sources = SOURCES.replace("files: people.csv", f"files: '{elsewhere / 'people.csv'}'")
    records = read(tmp_path, {"people.csv": None}, only("people", "contacts", sources=sources))
    assert (len(records.people), len(records.contacts)) == (3, 3)
    assert records.lineage[0].file == "elsewhere/people.csv"


# other formats: people and contacts again


def sources_for(suffix, more=""):
    text = SOURCES.replace("people.csv", f"people.{suffix}")
    text = text.replace("files: contacts_*.csv", f"files: contacts_*.{suffix}").replace(
        "    people:\n", f"    people:\n{more}"
    )
    return only("people", "contacts", sources=text)


def frames():
    return {
        name: pd.read_csv(pd.io.common.StringIO(FILES[f"{name}.csv"]), sep=sep, dtype=str, keep_default_na=False)
        for name, sep in (("people", ","), ("contacts_north", ";"), ("contacts_south", ";"))
    }


def read_as(folder, suffix, write_one, more="", text=None):
    write(folder, dict.fromkeys([name for name in FILES if name[:6] in ("people", "contac")]))
    for name, frame in frames().items():
        write_one(folder / f"{name}.{suffix}", frame)
    path = folder / "sources.yaml"
    path.write_text(text or sources_for(suffix, more), encoding="utf-8")
    return read_records(path, "champions", key=KEY)


def same_as_csv(records, first_row=2):
    assert shown(records.people, "source_row", "birth_month", "sex", "district") == [
        (row - 2 + first_row, *rest) for row, *rest in EXPECTED
    ]
    assert shown(records.contacts, "site", "on", "role", "attended", "minutes") == [
        ("north", D(2023, 2, 21), "mentor", True, 945),
        ("north", D(2023, 2, 22), "coach", False, None),
        ("south", D(2023, 2, 23), "mentor", True, 946),
    ]


def with_dates(frame):
    columns = {name: frame[name] for name in frame}
    for name in ("Born", "Day"):
        if name in columns:
            columns[name] = pd.to_datetime(frame[name].replace("N/K", None), format="%d/%m/%Y")
    if "Mins" in columns:
        columns["Mins"] = pd.to_numeric(frame["Mins"].replace("", None))
    return pd.DataFrame(columns)


def as_delimited(delimiter, encoding="utf-8", **more):
    return lambda path, frame: frame.to_csv(path, sep=delimiter, encoding=encoding, index=False, **more)


def as_duckdb(path, frame):
    with duckdb.connect(str(path)) as connection:
        connection.register("frame", pa.Table.from_pandas(frame))
        connection.execute(f"create table {path.stem} as select * from frame")  # noqa: S608


def with_codes(frame):
    """Return the frame with its sexes as numbers, one of them declared as missing by the maker of the file."""
    if "Gender" not in frame:
        return with_days(frame), {}
    codes = frame.assign(Gender=[1.0, 2.0, 9.0])
    return with_days(codes), {"variable_value_labels": {"Gender": {1: "Gent", 2: "Lady", 9: "Refused"}}}


def with_days(frame):
    columns = {name: frame[name] for name in frame}
    for name in ("Born", "Day"):
        if name in columns:
            columns[name] = pd.to_datetime(frame[name].replace("N/K", None), format="%d/%m/%Y")
    return pd.DataFrame(columns)


def as_sav(path, frame):
    codes, labels = with_codes(frame)
    pyreadstat.write_sav(codes, path, missing_ranges={"Gender": [9]} if labels else None, **labels)


def as_dta(path, frame):
    codes, labels = with_codes(frame)
    if labels:
        codes["Gender"] = pd.Series([1.0, 2.0, "a"], dtype=object)
        labels = {"variable_value_labels": {"Gender": {1: "Gent", 2: "Lady"}}, "missing_user_values": {"Gender": ["a"]}}
    pyreadstat.write_dta(codes, path, **labels)


LABELS = "      labels: labels\n"
FORMATS = {
    "tsv": (as_delimited("\t"), "", 2),
    "txt": (as_delimited("|", "cp1252"), "", 2),
    "csv.gz": (as_delimited(",", "utf-16", compression="gzip"), "", 2),
    "duckdb": (as_duckdb, "", 1),
    "sav": (as_sav, LABELS, 1),
    "dta": (as_dta, LABELS, 1),
    "xpt": (lambda path, frame: pyreadstat.write_xport(with_days(frame), path), "", 1),
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_tables(tmp_path, suffix):
    write_one, more, first_row = FORMATS[suffix]
    text = sources_for(suffix, more).replace('      delimiter: ";"\n', "")
    records = read_as(tmp_path, suffix, write_one, text=text)
    same_as_csv(records, first_row)
    people = records.lineage[0]
    assert people.sha256 == hashlib.sha256((tmp_path / f"people.{suffix}").read_bytes()).hexdigest()
    assert people.user_missing == ((("Gender", 1),) if more else ())


def test_parquet_of_text(tmp_path):
    records = read_as(tmp_path, "parquet", lambda path, frame: frame.to_parquet(path, index=False))
    same_as_csv(records, first_row=1)
    assert {file.encoding for file in records.lineage if file.table == "people"} == {"parquet"}


def test_parquet_with_types(tmp_path):
    same_as_csv(read_as(tmp_path, "parquet", lambda path, frame: with_dates(frame).to_parquet(path, index=False)), 1)


def test_parquet_with_true_dates_numbers_and_booleans(tmp_path):
    sources = (
        only("people", "events", "custody")
        .replace("events.csv", "events.parquet")
        .replace("custody.csv", "custody.parquet")
    )
    write(tmp_path, {"events.csv": None, "custody.csv": None}, sources)
    refs = ["QX-8801", "QX-8802"]
    pq.write_table(
        pa.table(
            {"Number": [1, 2], "Ref": refs, "Day": [D(2022, 11, 27), D(2022, 11, 28)], "Kind": ["suspect", "asb"],
             "Offence": ["x", None], "Knife": [True, None]},
        ),
        tmp_path / "events.parquet",
    )  # fmt: skip
    pq.write_table(
        pa.table({"Ref": refs, "In": [D(2022, 12, 24)] * 2, "Out": pa.array([None, D(2022, 12, 26)], pa.date32())}),
        tmp_path / "custody.parquet",
    )
    records = read_records(tmp_path / "sources.yaml", "champions", key=KEY)
    assert shown(records.events, "on", "knife") == [(D(2022, 11, 27), True), (D(2022, 11, 28), None)]
    assert shown(records.custody, "ends_on") == [(None,), (D(2022, 12, 26),)]


def test_parquet_with_a_true_date_of_birth(tmp_path):
    write(tmp_path, {"people.csv": None}, only("people").replace("people.csv", "people.parquet"))
    frame = frames()["people"].assign(Born=[D(2008, 2, 14), D(2009, 3, 15), None])
    frame.to_parquet(tmp_path / "people.parquet", index=False)
    records = read_records(tmp_path / "sources.yaml", "champions", key=KEY)
    assert shown(records.people, "birth_month") == [(D(2008, 2, 1),), (D(2009, 3, 1),), (None,)]


def test_a_file_whose_own_name_looks_like_a_pattern(tmp_path):
    sources = only("people").replace("people.csv", "people*.parquet")
    write(tmp_path, {"people.csv": None}, sources)
    frames()["people"].to_parquet(tmp_path / "people [1]?.parquet", index=False)
    frames()["people"].assign(Ref=["a", "b", "c"]).to_parquet(tmp_path / "people 1x.parquet", index=False)
    records = read_records(tmp_path / "sources.yaml", "champions", key=KEY)
    assert [row["source_file"] for row in rows(records.people)] == ["people 1x.parquet"] * 3 + [
        "people [1]?.parquet"
    ] * 3


def workbook(path, rows, *, sheets=("Cover", "Data"), fill=None):
    book = xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"})
    for name in sheets:
        sheet = book.add_worksheet(name)
        if name == (fill or sheets[-1]):
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if cell is not None and cell != "":
                        sheet.write(number, place, cell)
        else:
            sheet.write(0, 0, "Read me")
    book.close()


def test_workbook_of_text_behind_a_cover(tmp_path):
    def write_one(path, frame):
        workbook(path, [list(frame), *frame.to_numpy().tolist()])

    sources = sources_for("xlsx", "      sheet: Data\n").replace(
        "    contacts:\n", "    contacts:\n      sheet: Data\n"
    )
    write(tmp_path, dict.fromkeys([name for name in FILES if name[:6] in ("people", "contac")]), sources)
    for name, frame in frames().items():
        write_one(tmp_path / f"{name}.xlsx", frame)
    same_as_csv(read_records(tmp_path / "sources.yaml", "champions", key=KEY))


def test_workbook_with_true_dates_and_numbers(tmp_path):
    def write_one(path, frame):
        typed = with_dates(frame).astype(object)
        cells = typed.where(typed.notna(), None).to_numpy().tolist()
        cells = [[cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell for cell in row] for row in cells]
        workbook(path, [list(frame), *cells], sheets=("Data",))

    same_as_csv(read_as(tmp_path, "xlsx", write_one))


def people_book(folder, rows, **more):
    write(folder, {"people.csv": None}, only("people").replace("people.csv", "people.xlsx"))
    workbook(folder / "people.xlsx", [["Ref", "Born", "Gender", "Area", "Surname"], *rows], sheets=("Data",), **more)
    records = read_records(folder / "sources.yaml", "champions", key=KEY)
    return shown(records.people, "source_row", "birth_month", "sex", "district")


def test_workbook_rows_keep_their_numbers_over_blank_ones(tmp_path):
    found = people_book(
        tmp_path,
        [[], ["QX-8801", D(2008, 2, 14), "Gent", "burnley"], [], [], ["QX-8802", dt.datetime(2009, 3, 15, 10, 30)]],  # noqa: DTZ001
    )
    assert found == [(3, D(2008, 2, 1), "male", "burnley"), (6, D(2009, 3, 1), None, None)]


def test_numbers_as_ids_in_a_workbook_meet_those_of_a_csv(tmp_path):
    events = "Number,Ref,Day,Kind,Offence,Knife\n1,12345678901,2022-11-27,asb,,\n"
    sources = only("people", "events").replace("people.csv", "people.xlsx")
    write(tmp_path, {"people.csv": None, "events.csv": events}, sources)
    workbook(tmp_path / "people.xlsx", [["Ref", "Born", "Gender", "Area", "Surname"], [12345678901]], sheets=("Data",))
    records = read_records(tmp_path / "sources.yaml", "champions", key=KEY)
    assert shown(records.events, "person_id") == shown(records.people, "person_id")


def test_one_column_of_a_workbook_and_of_a_csv_with_blank_rows(tmp_path):
    only = SOURCES[: SOURCES.index("      dates:")] + "      columns: {person_id: Ref}\n"
    for suffix in ("csv", "xlsx"):
        if suffix == "csv":
            (tmp_path / "people.csv").write_text("Ref\nQX-1\n\nQX-2\n\n\nQX-3\n")
        else:
            workbook(tmp_path / "people.xlsx", [["Ref"], ["QX-1"], [], ["QX-2"], [], [], ["QX-3"]], sheets=("Data",))
        path = tmp_path / "sources.yaml"
        path.write_text(only.replace("people.csv", f"people.{suffix}"))
        assert shown(read_records(path, "champions", key=KEY).people, "source_row") == [(2,), (4,), (7,)]


def test_open_document_spreadsheet(tmp_path):
    # no library here writes one: this is the smallest that the format allows
    cells = [["Ref", "Born", "Gender", "Area", "Surname"], ["QX-8801", D(2008, 2, 14), "Gent", "burnley", "x"]]

    def cell_xml(cell):
        day = f'value-type="date" office:date-value="{cell}"' if isinstance(cell, D) else 'value-type="string"'
        return f"<table:table-cell office:{day}><text:p>{cell}</text:p></table:table-cell>"

    body = "".join(f"<table:table-row>{''.join(map(cell_xml, row))}</table:table-row>" for row in cells)
    names = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{name}="{names}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<office:document-content {spaces} office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Data">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    with zipfile.ZipFile(tmp_path / "people.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    only = SOURCES[: SOURCES.index("    referrals:\n")].replace("people.csv", "people.ods")
    (tmp_path / "sources.yaml").write_text(only)
    records = read_records(tmp_path / "sources.yaml", "champions", key=KEY)
    assert shown(records.people, "source_row", "birth_month", "sex", "district") == EXPECTED[:1]


def test_sources_may_be_given_read_or_as_a_path(tmp_path):
    path = write(tmp_path, sources=only("people"))
    for given in (path, str(path), load_sources(path)):
        assert len(read_records(given, "champions", key=KEY).people) == 3


def test_a_programme_that_is_not_there(tmp_path):
    with pytest.raises(RecordsError) as refused:
        read_records(write(tmp_path), "champion", key=KEY)
    assert str(refused.value) == "sources.yaml has no programme 'champion'; did you mean 'champions'?"


def test_the_same_files_give_the_same_tables(records, tmp_path):
    first, second = records, read(tmp_path)
    for name in TABLES:
        assert rows(first.tables[name]) == rows(second.tables[name])
