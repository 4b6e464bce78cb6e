"""Columns that no file has: one value for all rows, a rule over others; tables in several blocks; numbers and times."""

import datetime as dt

import pytest
from records_examples import KEY, rows

from lvrn_eval.errors import RecordsError
from lvrn_eval.records import read_records

TOP = """\
version: 1
data: synthetic
extracted_on: 2024-03-31
observed_from: 2018-04-01
pseudonym_key: KEY
sites: {north: North End}
programmes:
  streets:
"""


def read(folder, tables, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "sources.yaml").write_text(TOP + tables, encoding="utf-8")
    return read_records(folder / "sources.yaml", "streets", key=KEY)


def shown(table, *columns):
    return [tuple(row[column] for column in columns) for row in rows(table)]


AREAS = """\
    area_counts:
      - files: asb.csv
        columns:
          area: {from: District, codes: {B'pool: blackpool, Blackpool: blackpool}}
          period_start: Month
          period: {value: month}
          measure: {value: asb}
          count: Number
          population: {value: 141100}
      - files: ranks.csv
        columns:
          area: Area
          period_start: {value: 2019-09-30}
          period: {rule: "case when category = 'yearly' then 'year' else 'month' end"}
          measure: {value: deprivation_rank}
          category: Kind
          count: Rank
"""
ASB = "District,Month,Number\nB'pool,2023-01-01,12\nblackpool ,2023-02-01,7.5\n"
RANKS = "Area,Kind,Rank\nRibble Valley,yearly,282\n"


def test_blocks_of_one_table_with_values_and_rules(tmp_path):
    records = read(tmp_path, AREAS, asb=ASB, ranks=RANKS)
    columns = ("area", "period_start", "period", "measure", "category", "count", "population", "source_file")
    assert shown(records.tables["area_counts"], *columns) == [
        ("blackpool", dt.date(2023, 1, 1), "month", "asb", None, 12.0, 141100.0, "asb.csv"),
        ("blackpool", dt.date(2023, 2, 1), "month", "asb", None, 7.5, 141100.0, "asb.csv"),
        ("Ribble Valley", dt.date(2019, 9, 30), "year", "deprivation_rank", "yearly", 282.0, None, "ranks.csv"),
    ]
    assert shown(records.tables["area_counts"], "source_row") == [(2,), (3,), (2,)]


def test_what_is_wrong_in_any_block_is_told_with_its_file(tmp_path):
    with pytest.raises(RecordsError) as refused:
        read(
            tmp_path, AREAS, asb=ASB.replace("7.5", "inf").replace("B'pool", "Blckpool"), ranks=RANKS.replace("282", "")
        )
    assert str(refused.value) == (
        "the records of streets cannot be used: 3 faults\n"
        "  streets.area_counts[1].area (asb.csv): 1 row with a code that is not mapped (row 2)\n"
        "      → add the code to `codes:` of streets.area_counts[1].area, or correct the rows\n"
        "  streets.area_counts[2].count (ranks.csv): 1 row without a value, which is required (row 2)\n"
        "      → fill them in, or map streets.area_counts[2].count from another column\n"
        "  streets.area_counts[1].count (asb.csv): 1 row with something that is not a number (row 3)\n"
        "      → correct the rows"
    )


def test_a_rule_that_makes_an_unknown_code(tmp_path):
    with pytest.raises(RecordsError) as refused:
        read(tmp_path, AREAS.replace("else 'month'", "else 'monthly'"), asb=ASB, ranks=RANKS.replace("yearly", "?"))
    assert "streets.area_counts[2].period (ranks.csv): 1 row with a code that is not mapped (row 2)" in str(refused.value)


COLUMNS = ("starts_at", "ends_at", "officers")
PATROLS = """\
    patrols:
      files: patrols.csv
      dates: "%d/%m/%Y %H:%M"
      columns: {hotspot: Place, starts_at: From, ends_at: To, officers: Officers, patrol_id: Number}
"""


def test_times_of_day_are_kept(tmp_path):
    text = (
        "Number,Place,From,To,Officers\nA1,Talbot Rd,01/02/2023 18:00,02/02/2023 02:15,2\n"
        "A2,x,2023-02-03 18:00,2023-02-03T19:30:00,1\n"
    )
    records = read(tmp_path, PATROLS, patrols=text)
    told = [(*(time.isoformat() for time in times), n) for *times, n in shown(records.tables["patrols"], *COLUMNS)]
    assert told == [
        ("2023-02-01T18:00:00", "2023-02-02T02:15:00", 2),
        ("2023-02-03T18:00:00", "2023-02-03T19:30:00", 1),
    ]


def test_a_patrol_that_ends_before_it_began(tmp_path):
    text = "Number,Place,From,To,Officers\nA1,x,01/02/2023 18:00,01/02/2023 02:15,2\n"
    with pytest.raises(RecordsError) as refused:
        read(tmp_path, PATROLS, patrols=text)
    assert "streets.patrols.ends_at (patrols.csv): 1 row with an end before the start (row 2)" in str(refused.value)


def test_a_number_of_its_own_where_the_file_has_none(tmp_path):
    tables = """\
    outputs:
      - {files: a.csv, columns: {"on": Day, measure: {value: arrests}, value: N, unit: {value: arrests}}}
      - {files: b.csv, columns: {"on": Day, measure: {value: warrants}, value: N, unit: {value: warrants}}}
"""
    table = read(tmp_path, tables, a="Day,N\n2023-01-01,3\n2023-01-02,4\n", b="Day,N\n2023-01-01,5\n").tables["outputs"]
    numbers = [number for (number,) in shown(table, "output_id")]
    assert len(set(numbers)) == len(numbers) == 3


def test_people_who_attended_get_pseudonyms_without_a_table_of_people(tmp_path):
    tables = """\
    training:
      files: t.csv
      columns: {attendee_id: Staff, "on": Day, course: {value: awareness}, attended: {value: 1}}
"""
    table = read(tmp_path, tables, t="Staff,Day\nS-9,2023-01-01\nS-9,2023-02-01\n").tables["training"]
    (first,), (second,) = shown(table, "attendee_id")
    assert first == second
    assert "S-9" not in first
