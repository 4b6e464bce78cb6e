"""What a mapping says beside the values: reasons, lineage, choices, refusals; programmes taken together."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from mapping_examples import TABLES_OF_TWO, framework_of, made_up, observed, records, values

from lvrn_eval.engine import DuckDBEngine
from lvrn_eval.errors import AnalysisError
from lvrn_eval.framework.mapping import map_outcomes
from lvrn_eval.framework.observations import COLUMNS

TABLES = made_up(n_people=20, n_contacts=60)
COUNTED = {"table": "contacts", "kind": "records"}


def reason(measure, tables=TABLES, programme="champions", **more):
    framework = framework_of(measure, programmes=("champions", "grip"), **more)
    (said,) = map_outcomes(records(tables, programme), framework).unanswered["reason"]
    return said


def test_columns_are_the_same_whatever_is_found() -> None:
    assert tuple(observed(COUNTED, TABLES).table.columns) == COLUMNS
    assert tuple(observed(COUNTED, {}).table.columns) == COLUMNS


@pytest.mark.parametrize(
    ("measure", "more", "wanted"),
    [
        (None, {}, "the framework does not say how it is computed"),
        (None, {"not_measured": "Nobody writes it down."}, "Nobody writes it down."),
        (COUNTED, {"programme": "grip"}, "no records of champions were given"),
        ({**COUNTED, "programmes": ["champions"]}, {"programme": "grip"}, "no records of champions were given"),
        ({**COUNTED, "programmes": ["champions", "grip"]}, {}, "no records of grip were given"),
        ({"table": "scores", "kind": "records"}, {"tables": {}}, "the table `scores` of champions holds no rows"),
        (
            {"table": "contacts", "kind": "records", "per": {
                "one": "person_id", "columns": [{"name": "n", "kind": "records"}],
                "beside": {"table": "custody", "columns": [{"name": "m", "kind": "records"}]}}},
            {}, "the table `custody` of champions holds no rows",
        ),
        (
            {**COUNTED, "where": "minutes > 10000"}, {},
            "the table `contacts` holds no row that satisfies minutes > 10000",
        ),
        (
            {**COUNTED, "period": "calendar_year", "kind": "change", "value": "minutes", "against": "previous_period",
             "where": "\"on\" < date '2023-01-01'"}, {},
            (
                "the table `contacts` has no two periods, one after the other, with a row that satisfies "
                "\"on\" < date '2023-01-01'"
            ),
        ),
    ],
)  # fmt: skip
def test_no_value_without_a_reason(measure, more, wanted) -> None:
    assert reason(measure, **more) == wanted


def test_lineage_names_tables_and_rows() -> None:
    measure = {"table": "contacts", "kind": "distinct", "of": "person_id", "by": ["sex"]}
    table = observed(measure, TABLES).table
    assert set(table["lineage"]) == {"champions.contacts (60 rows)"}
    aged = observed({**measure, "where": "age < 18"}, TABLES).table
    assert aged["lineage"].iloc[0] == "champions.contacts (60 rows); champions.people (20 rows)"


def test_period_and_by_can_be_asked_for() -> None:
    measure = {**COUNTED, "period": "calendar_year", "by": ["site"]}
    found = observed(measure, TABLES, period="all", by=["role"]).table
    assert set(found["level"]) == {"all", "role"}
    assert set(found["period"]) == {"all"}
    assert set(observed(measure, TABLES, by=[]).table["level"]) == {"all"}
    # a column that the table does not have breaks nothing down
    assert set(observed(measure, TABLES, by=["hotspot"]).table["level"]) == {"all"}


def test_nothing_after_the_last_day_is_looked_at() -> None:
    day = TABLES["contacts"]["on"].sort_values().iloc[29]
    wanted = (TABLES["contacts"]["on"] <= day).sum()
    assert observed(COUNTED, TABLES, as_of=day.date()).table["value"].iloc[0] == wanted
    assert observed(COUNTED, TABLES, as_of=day.date().isoformat()).table["value"].iloc[0] == wanted


def test_groups_that_nobody_wrote_down_are_named() -> None:
    contacts = pd.DataFrame(
        {"person_id": ["a", "b"], "on": pd.to_datetime(["2023-01-01"] * 2), "role": ["mentor", None]}
    )
    attended = contacts.assign(attended=[True, None])
    found = values({**COUNTED, "by": ["role", "attended"]}, {"contacts": attended})
    assert {key[:2]: value for key, value in found.items()} == {
        ("all", "all"): 2, ("role", "mentor"): 1, ("role", "not_recorded"): 1,
        ("attended", "yes"): 1, ("attended", "not_recorded"): 1,
    }  # fmt: skip


@pytest.mark.parametrize("own_engine", [True, False])
def test_people_of_several_programmes_count_once(own_engine: bool) -> None:
    measure = {
        "table": "contacts", "kind": "distinct", "of": "person_id", "where": "age < 18",
        "programmes": ["champions", "grip"], "by": ["sex"],
    }  # fmt: skip
    framework = framework_of(measure, programmes=("network", "champions", "grip"))
    given = {}
    for slug, frames in TABLES_OF_TWO.items():
        engine = DuckDBEngine()
        tables = {name: engine.register(name, frame) for name, frame in frames.items()} if own_engine else frames
        given[slug] = records(tables, slug)
    table = map_outcomes(given, framework).table
    # ann is in both, bob in one; cat is of age
    assert dict(zip(table["area"], table["value"], strict=True)) == {"all": 2, "female": 1, "male": 1}
    assert table["lineage"].iloc[0].count("rows") == 4
    # a part of them would look like the whole
    one = map_outcomes([given["grip"]], framework)
    assert (len(one.table), list(one.unanswered["reason"])) == (0, ["no records of champions were given"])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (
            {"period": "year"},
            (
                "there is no period 'year'; known: day, week, month, quarter, calendar_year, financial_year, "
                "school_year, all"
            ),
        ),
        ({"indicators": ["the_on"]}, "the framework has no indicator 'the_on'; did you mean 'the_one'?"),
        ({"conf_level": 95}, "conf_level is 95; it lies between 0 and 1, such as 0.95"),
        ({"as_of": "31/03/2024"}, "as_of is '31/03/2024'; write a day as 2024-03-31"),
        ({"by": ["sit"]}, "nothing can be broken down by 'sit'; did you mean 'site'?"),
    ],
)  # fmt: skip
def test_choices_that_cannot_be(choices, message) -> None:
    with pytest.raises(AnalysisError) as caught:
        observed(COUNTED, TABLES, **choices)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "records are expected, with `programme` and `tables`, not int"),
        ([3], "records are expected, with `programme` and `tables`, not int"),
        (records({}, "champion"), "the framework has no programme 'champion'; did you mean 'champions'?"),
        ([records({}), records({})], "the records of champions are given twice"),
    ],
)
def test_records_that_cannot_be(given, message) -> None:
    with pytest.raises(AnalysisError) as caught:
        map_outcomes(given, framework_of(COUNTED))
    assert str(caught.value) == message


def test_every_column_that_is_lacking_is_told_at_once() -> None:
    contacts = TABLES["contacts"].rename(columns={"attended": "atended"}).drop(columns="person_id")
    with pytest.raises(AnalysisError) as caught:
        observed(
            {**COUNTED, "where": "attended and minutes > 3", "by": ["site"]}, {"contacts": contacts.drop(columns="on")}
        )
    assert (
        str(caught.value)
        == """\
these records cannot be mapped
  champions.contacts: the table has no column 'on', which the_one needs
      → known: contact_id, site, role, minutes
  champions.contacts: the table has no column 'person_id', which the_one needs
      → known: contact_id, site, role, minutes
  champions.contacts: the table has no column 'attended', which the_one needs
      → known: contact_id, site, role, minutes"""
    )


def test_looking_back_needs_a_day() -> None:
    framework = framework_of({**COUNTED, "where": '"on" >= as_of - interval 1 year'})
    with pytest.raises(AnalysisError) as caught:
        map_outcomes(records(TABLES, extracted_on=None), framework)
    assert (
        str(caught.value)
        == """\
these records cannot be mapped
  champions: the_one looks back from `as_of`, but no day is given
      → give `as_of=`"""
    )
    year = TABLES["contacts"]["on"] >= pd.Timestamp("2022-06-30")
    found = (
        map_outcomes(records(TABLES, extracted_on=None), framework, as_of=dt.date(2023, 6, 30)).table["value"].iloc[0]
    )
    assert found == (year & (TABLES["contacts"]["on"] <= pd.Timestamp("2023-06-30"))).sum()


def test_rules_run_as_values_and_not_as_text() -> None:
    # a text that would end the statement finds nothing, and harms nothing
    hostile = "site = '''; drop table contacts; --' or site = 'north'"
    assert (
        observed({**COUNTED, "where": hostile}, TABLES).table["value"].iloc[0]
        == (TABLES["contacts"]["site"] == "north").sum()
    )


def test_progress_names_each_indicator() -> None:
    told = []
    observed(COUNTED, TABLES, progress=told.append)
    assert told == ["the_one"]
