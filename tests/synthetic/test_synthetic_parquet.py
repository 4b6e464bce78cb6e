"""Streaming to Parquet: typed, the same bytes, block by block."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lvrn_eval.errors import RecordsError
from lvrn_eval.records.synthetic import Assumptions, parquet_sources, population, synthesise
from lvrn_eval.records.synthetic.parquet import COLUMNS

PEOPLE = 20_500


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return synthesise(tmp_path_factory.mktemp("once") / "new" / "folder", people=PEOPLE)


def test_the_bytes_are_the_same_every_time(files, tmp_path):
    again = synthesise(tmp_path, people=PEOPLE)
    assert list(again) == list(files) == list(COLUMNS)
    for name, file in files.items():
        assert again[name].read_bytes() == file.read_bytes()


def test_the_files_hold_the_population_typed(files):
    kinds = {
        "id": pa.string(),
        "key": pa.string(),
        "site": pa.string(),
        "code": pa.string(),
        "text": pa.string(),
        "boolean": pa.bool_(),
    }
    kinds |= {"date": pa.date32(), "month": pa.date32(), "integer": pa.int32()}
    made = population(PEOPLE)
    for name, file in files.items():
        schema = pq.read_schema(file)
        assert list(schema.types) == [kinds[column.kind] for column in COLUMNS[name]]
        assert schema.metadata is None
        assert pq.read_table(file).equals(made[name].cast(schema))


def test_a_row_group_is_a_block(files):
    people = pq.ParquetFile(files["people"]).metadata
    assert [people.row_group(number).num_rows for number in range(people.num_row_groups)] == [20_000, 500]


def test_progress_is_told(tmp_path):
    told = []
    synthesise(tmp_path, people=20_001, progress=told.append)
    assert told == ["20,000 of 20,001 people", "20,001 of 20,001 people"]


def test_a_table_without_rows_is_still_written(tmp_path):
    files = synthesise(tmp_path, people=1, assumptions=Assumptions(never_met=1.0))
    assert pq.read_metadata(files["contacts"]).num_rows == 0


def test_nothing_is_written_when_refused(tmp_path):
    with pytest.raises(RecordsError):
        synthesise(tmp_path / "none", people=0)
    assert not (tmp_path / "none").exists()


def test_the_sources_name_every_file_and_column(files):
    from ruamel.yaml import YAML

    sources = YAML(typ="safe").load(parquet_sources("data/"))
    assert sources["data"] == "synthetic"
    assert len(sources["sites"]) == 9
    for name, table in sources["programmes"]["champions"].items():
        assert table["files"] == f"data/{name}.parquet"
        assert list(table["columns"]) == [column.name for column in COLUMNS[name]]
        assert list(table["columns"].values()) == pq.read_schema(files[name]).names
    assert YAML(typ="safe").load(parquet_sources())["programmes"]["champions"]["events"]["files"] == "events.parquet"
