"""Records as SPSS files: what is written reads back equal, labels, days and missing values included."""

import datetime as dt
import stat

import pyarrow as pa
import pyreadstat
import pytest
from records_examples import read
from records_readers_examples import raw

from lvrn_eval.engine import DuckDBEngine
from lvrn_eval.errors import RecordsError
from lvrn_eval.records.spss import to_spss
from lvrn_eval.records.spss_file import Variable, write_spss
from lvrn_eval.records.tables import TABLES

LEAVES = (
    "rows of {}, written for SPSS. They are people's records under pseudonyms: the file must not leave the building."
)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return read(tmp_path_factory.mktemp("records"))


def quiet(_line):
    pass


def plain(table, name):
    """Return the rows of a canonical table as plain values, days as days."""
    return [
        (*(row[column.name] for column in TABLES[name].columns), row["programme"])
        for row in table.to_arrow().to_pylist()
    ]


def back(path, name, codes="numbers"):
    """Return the rows of a file as plain values, labels put back into codes."""
    frame, meta = pyreadstat.read_sav(path, user_missing=True, output_format="dict")
    found = []
    for column in TABLES[name].columns:
        values = frame[column.name]
        if column.kind in {"code", "site"} and codes == "numbers":
            listed = column.codes or ("north", "south")
            labels = meta.variable_value_labels[column.name]
            assert [labels[float(n)] for n in range(1, len(listed) + 1)] == list(labels.values())
            values = [None if value is None else listed[int(value) - 1] for value in values]
        if column.kind in {"id", "text", "code", "site"}:
            values = [value or None for value in values]
        if column.kind == "boolean":
            values = [None if value is None else bool(value) for value in values]
        found.append(values)
    return list(zip(*found, frame["programme"], strict=True))


@pytest.mark.parametrize("codes", ["numbers", "texts"])
def test_every_table_reads_back_equal(records, tmp_path, codes):
    told = []
    paths = to_spss(records, tmp_path / "for spss", codes=codes, tell=told.append)
    held = ["people", "referrals", "contacts", "events", "custody"]
    assert [path.name for path in paths] == [f"champions_{name}.sav" for name in held]
    for name, path, line in zip(held, paths, told, strict=True):
        table = records.tables[name]
        assert back(path, name, codes) == plain(table, name)
        assert line == f"{path}: {len(table):,} " + LEAVES.format(name)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_spss_is_told_of_the_columns(records, tmp_path):
    (path,) = to_spss(records.people, tmp_path / "people.sav", missing=["not_recorded"], tell=quiet)
    frame, meta = pyreadstat.read_sav(path, user_missing=True)
    assert list(frame.columns) == [*TABLES["people"].by_name, "programme"]
    assert meta.column_names_to_labels["birth_month"] == "first day of the month of birth; the day is not kept"
    assert meta.variable_value_labels["sex"] == {1: "Female", 2: "Male", 3: "Other", 4: "Not recorded"}
    assert meta.missing_ranges["sex"] == [{"lo": 4, "hi": 4}]
    assert meta.variable_measure["sex"] == "nominal"
    assert meta.original_variable_types["birth_month"] == "EDATE10"
    assert meta.file_label == "a person, one a row"
    assert meta.variable_value_labels["put_forward"] == {0: "No", 1: "Yes"}


def test_labels_are_written_as_people_write_them(records, tmp_path):
    people, *_, events, _ = to_spss(records, tmp_path, tell=quiet)
    districts = pyreadstat.read_sav(people)[1].variable_value_labels["district"]
    assert [districts[n] for n in (1, 12, 16)] == ["Blackburn with Darwen", "South Ribble", "Not recorded"]
    kinds = pyreadstat.read_sav(events)[1].variable_value_labels["kind"]
    assert [kinds[n] for n in (3, 5)] == ["Non conviction", "Anti-social behaviour"]


def test_sites_have_the_names_readers_know(records, tmp_path):
    paths = to_spss(records, tmp_path, missing=["not_recorded"], tell=quiet)
    _, meta = pyreadstat.read_sav(next(path for path in paths if "referrals" in path.name))
    assert meta.variable_value_labels["site"] == {1: "North End", 2: "South End"}


def test_lineage_and_identifiers_stay_here(records, tmp_path):
    for path in to_spss(records, tmp_path, tell=quiet):
        content = path.read_bytes()
        for word in (b"source_file", b".csv", b"QX-", b"RZ-", b"CV-", b"EW-"):
            assert word not in content


def test_our_own_reader_reads_it_back(records, tmp_path):
    (path,) = to_spss(records.people, tmp_path / "people.sav", codes="texts", tell=quiet)
    columns = {"person_id": "person_id", "birth_month": "birth_month", "sex": "sex", "district": "district"}
    found = raw(path, columns, ("ethnicity", "programme", "put_forward"))
    expected = records.people.to_arrow().to_pylist()
    for row, was in zip(found.table.to_arrow().to_pylist(), expected, strict=True):
        day = None if was["birth_month"] is None else was["birth_month"].isoformat()
        assert (row["person_id"], row["birth_month"]) == (was["person_id"], day)
        assert (row["sex"] or None, row["district"] or None) == (was["sex"], was["district"])


def spss(folder, columns, variables, size=3):
    table = pa.table(columns)
    path = folder / "a.sav"
    count = write_spss(path, variables, table.to_batches(max_chunksize=size), "rows")
    assert count == len(table)
    return path


@pytest.mark.parametrize("width", [1, 7, 8, 9, 254, 255, 256, 257, 504, 505, 511, 765, 2000])
def test_texts_of_every_width_in_several_chunks(tmp_path, width):
    texts = ["a" * width, "b" * (width - 1), None, "", "cd"[: width // 2], "z" * width, "y" * width]
    variables = [Variable("t", "text", "nominal", width), Variable("n", "number", "scale", form="F8.2")]
    numbers = [1.5, None, -3.0, 0.0, 1e15, 2.0, None]
    path = spss(tmp_path, {"t": texts, "n": numbers}, variables)
    frame, meta = pyreadstat.read_sav(path, output_format="dict")
    assert list(frame["t"]) == [text or "" for text in texts]
    assert list(frame["n"]) == numbers
    assert meta.number_rows == 7


def test_letters_of_several_bytes(tmp_path):
    texts = ["Zoë", "Łódź", "日本", "😀"]
    path = spss(tmp_path, {"t": texts}, [Variable("t", "é", "nominal", 7)])
    frame, meta = pyreadstat.read_sav(path, output_format="dict")
    assert (list(frame["t"]), meta.column_names_to_labels) == (texts, {"t": "é"})


def test_a_table_that_is_not_canonical(tmp_path):
    table = DuckDBEngine().register("other", pa.table({"a": [1]}))
    with pytest.raises(RecordsError) as error:
        to_spss(table, tmp_path / "a.sav", tell=quiet)
    assert str(error.value) == "no canonical table has these columns: a"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codes": "labels"}, "`codes` is one of numbers, texts; not 'labels'"),
        ({"missing": ["not_recordd"]}, "there is no code 'not_recordd'; did you mean 'not_recorded'?"),
        (
            {"codes": "texts", "missing": ["not_recorded"]},
            "sex: SPSS takes no text of more than eight bytes as missing; write codes as numbers",
        ),
    ],
)
def test_choices_that_cannot_be(records, tmp_path, change, message):
    with pytest.raises(RecordsError) as error:
        to_spss(records.people, tmp_path / "a.sav", tell=quiet, **change)
    assert str(error.value) == message
    with pytest.raises(RecordsError, match=r"^a\.csv: an SPSS file ends in \.sav$"):
        to_spss(records.people, tmp_path / "a.csv", tell=quiet)


def test_dates_of_spss_are_seconds_from_1582(records, tmp_path):
    (path,) = to_spss(records.custody, tmp_path / "custody.sav", tell=quiet)
    days = pyreadstat.read_sav(path, disable_datetime_conversion=True, output_format="dict")[0]["starts_on"]
    first = dt.date(2022, 12, 24)
    assert days[0] == (first - dt.date(1582, 10, 14)).days * 86_400


def test_a_file_that_is_there_is_replaced_and_no_longer_readable_by_others(records, tmp_path):
    path = tmp_path / "people.sav"
    path.write_bytes(b"x" * 100_000)
    path.chmod(0o644)
    to_spss(records.people, path, tell=quiet)
    assert back(path, "people") == plain(records.people, "people")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_by_default_it_is_printed_where_the_file_is(records, tmp_path, capsys):
    to_spss(records.people, tmp_path / "people.sav")
    assert capsys.readouterr().out == f"{tmp_path / 'people.sav'}: 3 " + LEAVES.format("people") + "\n"


def test_a_text_that_does_not_fit_is_refused_and_not_cut(tmp_path):
    with pytest.raises(ValueError, match=r"^a text is longer than the 6 bytes of its variable$"):
        spss(tmp_path, {"t": ["Łódź"]}, [Variable("t", "", "nominal", 6)])
