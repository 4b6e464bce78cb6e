"""Columns that no file has: one value for all rows, a rule over others; tables in several blocks; numbers and times."""

import datetime as dt

import pytest
from records_examples import KEY, rows

from lvrn_eval.errors import RecordsError
from lvrn_eval.records import TABLES, read_records
from lvrn_eval.records.constants import wrong_constant
from lvrn_eval.records.quality import quality_report

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
        ("ribble_valley", dt.date(2019, 9, 30), "year", "deprivation_rank", "yearly", 282.0, None, "ranks.csv"),
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
    assert "streets.area_counts[2].period (ranks.csv): 1 row with a code that is not mapped (row 2)" in str(
        refused.value
    )


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


# what rules and constants make

MADE = """\
    training:
      files: t.csv
      columns: {"on": Day, course: {value: x}, attended: Came, setting: Where, completed: {rule: "RULE"}}
"""
ROWS = "Day,Came,Where\n2023-01-01,5,u\n2023-01-02,9000,w\n"
MEND = "correct `rule:` of streets.training.completed, or the rows it reads"
NOT_WHOLE = "with something that is not a whole number"


def quality(folder, tables, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "sources.yaml").write_text(TOP + tables, encoding="utf-8")
    return quality_report(folder / "sources.yaml", "streets", key=KEY)


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("attended - 1", [4, 8999]),
        ("attended - attended", [0, 0]),
        ("case when attended > 10 then 3 end", [None, 3]),
        ("attended / 0", [None, None]),
        ("attended / 1.0", [5, 9000]),
    ],
)
def test_what_a_rule_makes(tmp_path, rule, values):
    table = read(tmp_path, MADE.replace("RULE", rule), t=ROWS).tables["training"]
    assert [value for (value,) in shown(table, "completed")] == values


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("attended / 2", f"1 row {NOT_WHOLE} (row 2)"),
        ("setting", f"2 rows {NOT_WHOLE} (rows 2, 3)"),
        # a number too large for the engine is no reason to quote the row
        ("attended * 9223372036854775807", f"2 rows {NOT_WHOLE} (rows 2, 3)"),
    ],
)
def test_a_rule_that_makes_no_value_of_the_column_is_told_and_not_rounded(tmp_path, rule, what):
    (fault,) = quality(tmp_path, MADE.replace("RULE", rule), t=ROWS).faults
    assert str(fault.fault) == f"streets.training.completed (t.csv): {what}\n    → {MEND}"


def test_two_rules_that_fail_together_are_told_with_the_table(tmp_path):
    tables = MADE.replace("RULE", "attended * 9223372036854775807")
    tables = tables.replace(
        "setting: Where", 'setting: Where, feedback_1: {rule: "attended * 9223372036854775807 + 1"}'
    )
    found = quality(tmp_path, tables, t=ROWS)
    (fault,) = found.faults
    assert str(fault.fault) == (
        "streets.training: a rule fails for some rows: its numbers or days grow too large\n"
        "    → correct `rule:` of feedback_1, completed"
    )
    assert {(column.rows, column.refused) for column in found.columns} == {(2, 2)}


SPELLS = """\
    people:
      files: p.csv
      columns: {person_id: Ref, birth_month: Born}
    custody:
      files: c.csv
      columns: {person_id: Ref, starts_on: {rule: "ends_on - interval 5 day"}, ends_on: Out}
"""


def test_a_day_that_a_rule_makes_is_checked_like_any_other(tmp_path):
    found = quality(
        tmp_path, SPELLS, p="Ref,Born\nA,2001-05-03\nB,2020-01-03\n", c="Ref,Out\nA,2023-01-10\nB,2020-01-05\n"
    )
    assert [(fault.rule, fault.column, fault.first_rows) for fault in found.faults] == [
        ("before_birth", "starts_on", (3,)),
    ]


def test_a_month_of_birth_that_a_rule_makes_has_no_day(tmp_path):
    tables = SPELLS.replace(
        "birth_month: Born", "birth_month: {rule: \"case when sex = 'male' then date '2001-05-17' end\"}"
    )
    tables = tables.replace("{person_id: Ref, birth", "{person_id: Ref, sex: Sex, birth")
    files = {"p": "Ref,Sex\nA,male\nB,female\n", "c": "Ref,Out\nA,2023-01-10\n"}
    assert shown(read(tmp_path, tables, **files).people, "birth_month") == [(dt.date(2001, 5, 1),), (None,)]


OUTPUT = """\
    outputs:
      files: o.csv
      columns: {"on": {value: ON}, measure: {value: MEASURE}, value: {value: N}, unit: U}
"""


def test_a_value_is_a_text_whatever_it_looks_like(tmp_path):
    tables = OUTPUT.replace("ON", "2023-01-01").replace("MEASURE", '"\'; drop table people; --"').replace("N}", "1e3}")
    table = read(tmp_path, tables, o="U\nitems\n").tables["outputs"]
    assert shown(table, "on", "measure", "value") == [(dt.date(2023, 1, 1), "'; drop table people; --", 1000.0)]


def test_rows_that_two_blocks_read_of_one_file_are_not_called_the_same(tmp_path):
    block = '      - {files: o.csv, columns: {"on": Day, measure: {value: M}, value: N, unit: {value: x}}}\n'
    tables = "    outputs:\n" + block.replace("M}", "sent}") + block.replace("M}", "due}")
    assert quality(tmp_path, tables, o="Day,N\n2023-01-01,4\n2023-02-01,4\n").faults == ()


def test_rows_that_two_blocks_hold_alike_are_told_in_both(tmp_path):
    tables = """\
    outputs:
      - {files: a.csv, columns: {"on": Day, measure: M, value: N, unit: {value: x}}}
      - {files: b.csv, columns: {value: N, unit: U, "on": Day, measure: {value: sent}}}
"""
    found = quality(tmp_path, tables, a="Day,M,N\n2023-01-01,sent,4\n", b="Day,N,U\n2023-02-01,4,x\n2023-01-01,4,x\n")
    assert [(fault.where, fault.rule, fault.first_rows) for fault in found.faults] == [
        ("streets.outputs[1] (a.csv)", "duplicate_rows", (2,)),
        ("streets.outputs[2] (b.csv)", "duplicate_rows", (3,)),
    ]


def test_rows_that_are_one_thing_counted_may_be_alike(tmp_path):
    tables = (
        '    outputs: {files: o.csv, columns: {"on": Day, measure: {value: m}, value: {value: 1}, unit: {value: x}}}\n'
    )
    assert quality(tmp_path, tables, o="Day\n2023-01-01\n2023-01-01\n").faults == ()


def test_people_who_attended_once_are_not_told_twice(tmp_path):
    tables = """\
    training:
      files: t.csv
      columns: {attendee_id: Staff, "on": Day, course: {value: x}, attended: {value: 1}}
"""
    (fault,) = quality(tmp_path, tables, t="Staff,Day\nS-1,2023-01-01\nS-2,2023-01-01\nS-1,2023-01-01\n").faults
    assert (fault.rule, fault.first_rows) == ("duplicate_rows", (2, 4))


@pytest.mark.parametrize(
    ("column", "value", "wrong"),
    [
        ("contacts.on", "2023-02-29", "on is a day, as 2024-03-31"),
        ("contacts.on", "31/12/2023", "on is a day, as 2024-03-31"),
        ("contacts.on", "2023-12-31", ""),
        ("people.birth_month", "soon", "birth_month is a day, as 2024-03-31"),
        ("patrols.starts_at", "2023-12-31 18:00", ""),
        ("patrols.starts_at", "18:00", "starts_at is a day, as 2024-03-31"),
        ("contacts.attended", "perhaps", "attended is true or false"),
        ("contacts.attended", "TRUE", ""),
        ("contacts.minutes", "an hour", "minutes is a whole number"),
        ("contacts.minutes", "7.5", "minutes is a whole number"),
        ("contacts.minutes", "1441", "minutes lies between 0 and 1440"),
        ("contacts.minutes", "45.0", ""),
        ("outputs.value", "many", "value is a number"),
        ("outputs.value", "inf", "value is a number"),
        ("outputs.value", "-7.5", ""),
        ("outputs.unit", "anything", ""),
    ],
)
def test_a_value_that_the_column_cannot_hold(column, value, wrong):
    table, _, name = column.partition(".")
    assert wrong_constant(TABLES[table].by_name[name], value) == wrong
