"""Files of SPSS, Stata and SAS: what R's haven (2.5.1) and GNU PSPP wrote is read as they say it is.

The files stand in tests/reference/r/records/ with the script that made them.
"""

import datetime as dt
import shutil
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from records_readers_examples import raw, rows

from lvrn_eval.errors import RecordsError
from lvrn_eval.records.readers import statistical
from lvrn_eval.records.readers.statistical_days import day_of

MADE = Path(__file__).parents[1] / "reference/r/records"
COLUMNS = {"person_id": "Ref", "birth_month": "Born", "sex": "Gender", "district": "Score", "ethnicity": "Seen"}
ROWS = [
    (1, "QX-1", "2008-02-14", "1", "12.5", "2023-01-17 10:30:15"),
    (2, "QX-2", "2009-03-15", "2", "30", None),
    (3, "QX-3", None, None, None, "2023-02-18 00:00:00"),
    (4, "QX-4", "1999-12-31", None, "-1", "2023-03-19 23:59:59"),
]
LABELLED = [(number, {"1": "Gent", "2": "Lady"}.get(code)) for number, _, _, code, *_ in ROWS]


def read(file, columns=COLUMNS, **reading):
    return raw(MADE / file, columns, (), **reading)


def upper(columns):
    return {name: origin.upper() for name, origin in columns.items()}


def refused(path, columns=COLUMNS, **reading):
    with pytest.raises(RecordsError) as error:
        raw(path, columns, (), **reading)
    return [(fault.what, fault.fix) for fault in error.value.faults]


@pytest.mark.parametrize(
    ("file", "kind", "missing"),
    [
        ("spss.sav", "SPSS UTF-8", (("Gender", 2),)),
        ("spss_plain.sav", "SPSS UTF-8", (("Gender", 2),)),
        ("spss.zsav", "SPSS UTF-8", (("Gender", 2),)),
        ("stata.dta", "Stata UTF-8", (("Gender", 2),)),
        ("stata_12.dta", "Stata UTF-8", (("Gender", 2),)),
        ("sas.sas7bdat", "SAS UTF-8", ()),
        ("sas_8.xpt", "SAS UTF-8", ()),
        ("sas_5.xpt", "SAS UTF-8", ()),
    ],
)
def test_what_haven_wrote(file, kind, missing):
    found = read(file)
    assert rows(found, *COLUMNS.values()) == ROWS
    assert (found.read.encoding, found.read.rows, found.read.user_missing) == (kind, 4, missing)
    assert found.header[:4] == ("Ref", "Born", "Seen", "Score")


def test_what_pspp_wrote_names_columns_in_capitals():
    found = read("spss.por", upper(COLUMNS))
    assert rows(found, *upper(COLUMNS).values()) == ROWS
    # a portable file is read with its maker's missing values as nothing, so nobody can count them
    assert found.read.user_missing == ()


@pytest.mark.parametrize("file", ["spss.sav", "stata.dta"])
def test_labels_instead_of_values(file):
    found = read(file, labels="labels")
    assert rows(found, "Gender") == LABELLED
    assert found.read.user_missing == (("Gender", 2),)
    assert found.read.found[1] == "1 of 5 columns with labelled values, read as their labels"


def test_texts_with_labels_and_missing_values():
    values = read("spss.sav", {"person_id": "Ref", "district": "Area"})
    assert rows(values, "Area") == [(1, "B"), (2, "P"), (3, None), (4, "")]
    assert values.read.user_missing == (("Area", 1),)
    labels = read("spss.sav", {"person_id": "Ref", "district": "Area"}, labels="labels")
    assert rows(labels, "Area") == [(1, "Burnley"), (2, "Preston"), (3, None), (4, "")]


def test_only_mapped_columns_are_read_and_the_header_tells_of_all():
    found = read("spss.sav", {"person_id": "Ref"})
    assert list(found.table.columns) == ["Ref", "source_file", "source_stem", "source_row"]
    assert found.header == ("Ref", "Born", "Seen", "Score", "Gender", "Area")


def test_a_file_without_any_mapped_column_is_read_far_enough_to_be_refused_for_it():
    found = read("spss.sav", {"person_id": "Client"})
    assert (found.header[0], found.read.rows) == ("Ref", 4)


def test_chunks_meet_without_a_seam(tmp_path, monkeypatch):
    monkeypatch.setattr(statistical, "CELLS_AT_ONCE", 6)
    told = []
    frame = pd.DataFrame({"Ref": [f"QX-{n}" for n in range(10)], "Code": [float(n % 3) for n in range(10)]})
    pyreadstat.write_sav(frame, tmp_path / "a.sav", missing_ranges={"Code": [2]})
    found = raw(tmp_path / "a.sav", {"person_id": "Ref", "sex": "Code"}, (), told.append)
    assert rows(found) == [(n + 1, f"QX-{n}", None if n % 3 == 2 else str(n % 3)) for n in range(10)]
    assert found.read.user_missing == (("Code", 3),)
    assert told == [f"reading a.sav: {n} of 10 rows" for n in (3, 6, 9, 10)]


@pytest.mark.parametrize("count", [1, 3, 6])
def test_files_that_do_not_say_how_many_rows_they_have_end_at_the_last(tmp_path, monkeypatch, count):
    monkeypatch.setattr(statistical, "CELLS_AT_ONCE", 3)
    pyreadstat.write_xport(pd.DataFrame({"Ref": [f"QX-{n}" for n in range(count)]}), tmp_path / "a.xpt")
    assert len(rows(raw(tmp_path / "a.xpt", {"person_id": "Ref"}, ()))) == count


def test_letters_for_missing_in_one_chunk_and_numbers_in_another(tmp_path, monkeypatch):
    monkeypatch.setattr(statistical, "CELLS_AT_ONCE", 2)
    frame = pd.DataFrame({"Code": pd.Series([1.0, 2.0, "a", "b", 3.0, "a"], dtype=object)})
    pyreadstat.write_dta(frame, tmp_path / "a.dta", missing_user_values={"Code": ["a", "b"]})
    found = raw(tmp_path / "a.dta", {"person_id": "Code"}, ())
    assert [code for _, code in rows(found)] == ["1", "2", None, None, "3", None]
    assert found.read.user_missing == (("Code", 3),)


@pytest.mark.parametrize("letter", ["A", "Z", "_"])
def test_letters_for_missing_of_sas(tmp_path, letter):
    # R writes none; SAS keeps the letter, each bit turned, in the sixth byte of a number that is none
    none = bytes.fromhex("0000000000d1f87f")
    content = (MADE / "sas.sas7bdat").read_bytes()
    place = content.rindex(none)
    tagged = none[:5] + bytes([0xFF ^ ord(letter)]) + none[6:]
    (tmp_path / "a.sas7bdat").write_bytes(content[:place] + tagged + content[place + 8 :])
    found = raw(tmp_path / "a.sas7bdat", COLUMNS, ())
    assert rows(found, *COLUMNS.values()) == ROWS
    assert found.read.user_missing == (("Gender", 1),)


NUMBERS = {0.0: "0", 30.0: "30", 30.5: "30.5", 0.1: "0.1", 1e14: "100000000000000", -7.0: "-7"}


@pytest.mark.parametrize("ending", ["sav", "dta", "xpt"])
def test_numbers_as_text(tmp_path, ending):
    write = {"sav": pyreadstat.write_sav, "dta": pyreadstat.write_dta, "xpt": pyreadstat.write_xport}[ending]
    write(pd.DataFrame({"Code": list(NUMBERS)}), tmp_path / f"a.{ending}")
    assert [code for _, code in rows(raw(tmp_path / f"a.{ending}", {"sex": "Code"}, ()))] == list(NUMBERS.values())


DAYS = [dt.date(1582, 10, 15), dt.date(1899, 12, 31), dt.date(1959, 12, 31), dt.date(1960, 1, 1), dt.date(2024, 2, 29)]


@pytest.mark.parametrize("form", ["DATE11", "ADATE10", "EDATE10", "SDATE10", "JDATE7", "DATETIME20"])
def test_days_of_spss_count_from_1582(tmp_path, form):
    # 14 October 1582 is day 0 of the Gregorian calendar that SPSS counts in
    seconds = [float((day - dt.date(1582, 10, 14)).days * 86_400) for day in DAYS]
    pyreadstat.write_sav(pd.DataFrame({"Born": seconds}), tmp_path / "a.sav", variable_format={"Born": form})
    clock = " 00:00:00" if form == "DATETIME20" else ""
    read = raw(tmp_path / "a.sav", {"birth_month": "Born"}, ())
    assert [day for _, day in rows(read)] == [f"{day}{clock}" for day in DAYS]


@pytest.mark.parametrize(
    ("form", "count", "day"),
    [("%td", 17_576, "2008-02-14"), ("%d", -1, "1959-12-31"), ("%tdDD/NN/CCYY", 0, "1960-01-01"),
     ("%-td", 366, "1961-01-01"), ("%tm", 577, "2008-02-01"), ("%tc", 1_518_604_215_000, "2008-02-14 10:30:15"),
     ("%tw", 2_500, "2500"), ("%tC", 1_518_604_215_000, "1518604215000"), ("%9.0g", 17_576, "17576")],
)  # fmt: skip
def test_days_of_stata_count_from_1960(tmp_path, form, count, day):
    frame = pd.DataFrame({"Born": [float(count)]})
    pyreadstat.write_dta(frame, tmp_path / "a.dta", variable_format={"Born": form})
    assert rows(raw(tmp_path / "a.dta", {"birth_month": "Born"}, ())) == [(1, day)]


@pytest.mark.parametrize(
    ("form", "count", "day"),
    [("DATE9", 17_576, "2008-02-14"), ("DDMMYY10", -1, "1959-12-31"), ("E8601DA", 0, "1960-01-01"),
     ("DATETIME20", 1_518_604_215, "2008-02-14 10:30:15"), ("BEST12", 17_576, "17576")],
)  # fmt: skip
def test_days_of_sas_count_from_1960(tmp_path, form, count, day):
    frame = pd.DataFrame({"Born": [float(count)]})
    pyreadstat.write_xport(frame, tmp_path / "a.xpt", variable_format={"Born": form})
    assert rows(raw(tmp_path / "a.xpt", {"birth_month": "Born"}, ())) == [(1, day)]


def test_a_format_that_is_not_known_is_no_day():
    assert [day_of(program, "TIME8", "x") for program in ("SPSS", "Stata", "SAS")] == [None] * 3


def test_a_day_that_no_calendar_has_stays_a_number(tmp_path):
    pyreadstat.write_sav(pd.DataFrame({"Born": [1e17, 0.0]}), tmp_path / "a.sav", variable_format={"Born": "DATE11"})
    assert rows(raw(tmp_path / "a.sav", {"birth_month": "Born"}, ())) == [(1, "1e+17"), (2, "1582-10-14")]


ENCODED = "set `encoding:` to what the file was saved in, often cp1252"


def in_windows_text(path):
    """Write an SPSS file whose text is in Windows encoding, though it says UTF-8 of itself."""
    pyreadstat.write_sav(pd.DataFrame({"Ref": ["Zoe~", "x"]}), path)
    path.write_bytes(path.read_bytes().replace(b"Zoe~", b"Zo\xeb~"))
    return path


def test_an_encoding_that_is_wrong_is_refused_and_may_be_declared(tmp_path):
    path = in_windows_text(tmp_path / "a.sav")
    assert refused(path, {"person_id": "Ref"}) == [
        ("the text of the file is not in the encoding that the file itself says", ENCODED)
    ]
    assert refused(path, {"person_id": "Ref"}, encoding="utf-8") == [
        ("the text of the file is not in the encoding that `encoding:` says", ENCODED)
    ]
    found = raw(path, {"person_id": "Ref"}, (), encoding="cp1252")
    assert rows(found) == [(1, "Zoë~"), (2, "x")]
    assert found.read.found[0].endswith("(declared)")


@pytest.mark.parametrize("file", sorted(path.name for path in MADE.glob("s*.*") if path.suffix != ".txt"))
def test_a_file_cut_off_anywhere_is_refused_or_loses_no_row(tmp_path, file):
    content = (MADE / file).read_bytes()
    path = tmp_path / file
    columns = upper(COLUMNS) if file.endswith(".por") else COLUMNS
    whole = rows(raw(shutil.copy(MADE / file, path), columns, ()))
    cuts = range(1, len(content), max(1, len(content) // 12))
    for cut in cuts:
        path.write_bytes(content[:cut])
        # records of a transport file are not counted anywhere, so a cut between two of them cannot be seen
        if path.suffix == ".xpt" and cut % 80 == 0:
            continue
        try:
            assert rows(raw(path, columns, ())) == whole
        except RecordsError as error:
            (fault,) = error.faults
            assert fault.what.endswith("file that can be read: it is cut off or damaged")
