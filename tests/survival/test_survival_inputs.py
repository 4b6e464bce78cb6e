"""What is refused, with the whole message; what is accepted; and that a table and a frame are treated alike."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sqlglot

from lvrn_eval.engine import DuckDBEngine, Step, Table, as_table
from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival import kaplan_meier, logrank, nelson_aalen, risk_table


def people(n=6, **changes):
    frame = pd.DataFrame({"days": np.arange(1, n + 1), "event": [1, 0] * (n // 2), "site": ["x", "y"] * (n // 2)})
    return frame.assign(**changes)


def message(function, *arguments, **named):
    with pytest.raises(AnalysisError) as refused:
        function(*arguments, **named)
    return str(refused.value)


@pytest.fixture(scope="module")
def engine():
    return DuckDBEngine()


@pytest.fixture(params=["frame", "table"])
def given(request, engine):
    """Hand the frame over as it is, or as a table of the project."""
    return (lambda frame: frame) if request.param == "frame" else (lambda frame: as_table(frame, "people", engine))


def test_unknown_columns(given):
    assert message(risk_table, given(people()), "day", "evnt", by="force") == (
        "risk_table: the data cannot be used as it stands\n"
        "  time='day': the data has no such column\n"
        "      → did you mean 'days'?\n"
        "  event='evnt': the data has no such column\n"
        "      → did you mean 'event'?\n"
        "  by='force': the data has no such column\n"
        "      → known: days, event, site"
    )


def test_every_fault_of_the_values_at_once(given):
    frame = people(
        n=8,
        days=[-1, None, 3, 4, 5, 6, np.inf, 8],
        event=[0, 1, 2, None, 1, 1, 0, 0],
        site=["x", None, "y", "y", None, "x", "x", "y"],
        entry=[0, 0, 0, 4, -2, None, 0, 9],
        copies=[1, 1, -1, 1.5, None, 1, 1, 1],
    )
    text = message(kaplan_meier, given(frame), "days", "event", "site", "entry", "copies")
    assert text == (
        "kaplan_meier: the data cannot be used as it stands\n"
        "  time='days': missing or not finite in 2 of 8 rows\n"
        "      → leave these rows out and say so, or find their end dates\n"
        "  time='days': negative in 1 of 8 rows\n"
        "      → time runs from each person's own start; check which date is the start\n"
        "  event='event': missing in 1 of 8 rows\n"
        "      → give 1 where the event was recorded and 0 where it was not\n"
        "  event='event': neither 0 nor 1 in 1 of 8 rows\n"
        "      → give 1 (or true) for the event and 0 (or false) for censored\n"
        "  by='site': missing in 2 of 8 rows\n"
        "      → give these people a group of their own, such as 'not recorded'\n"
        "  entry='entry': missing or not finite in 1 of 8 rows\n"
        "      → give 0 for people observed from the start\n"
        "  entry='entry': negative in 1 of 8 rows\n"
        "      → observation cannot begin before time 0; give 0 for these people\n"
        "  entry='entry': not before the end of observation in 2 of 8 rows\n"
        "      → entry must be less than time in every row\n"
        "  weights='copies': missing or not finite in 1 of 8 rows\n"
        "      → give 0 for people who are to count for nothing\n"
        "  weights='copies': negative in 1 of 8 rows\n"
        "      → a weight says how many people a row stands for\n"
        "  weights='copies': not a whole number in 1 of 8 rows\n"
        "      → a weight counts the people a row stands for; sampling or propensity weights need another variance"
    )


def test_missing_strata(given):
    frame = people(force=["a", None, "a", "b", "b", None])
    assert message(logrank, given(frame), "days", "event", "site", "force") == (
        "logrank: the data cannot be used as it stands\n"
        "  strata='force': missing in 2 of 6 rows\n"
        "      → give these people a stratum of their own, such as 'not recorded'"
    )


def test_columns_of_the_wrong_kind(given):
    frame = people(
        days=list("abcdef"),
        event=pd.Timestamp("2024-01-01"),
        entry=pd.Timedelta(days=1),
        copies=[True, False] * 3,
    )
    assert message(nelson_aalen, given(frame), "days", "event", entry="entry", weights="copies") == (
        "nelson_aalen: the data cannot be used as it stands\n"
        "  time='days': this column does not hold numbers\n"
        "      → give whole days, or another unit, as numbers\n"
        "  event='event': this column does not hold numbers, or true and false\n"
        "      → give 1 where the event was recorded and 0 where it was not\n"
        "  entry='entry': this column does not hold numbers\n"
        "      → give whole days, or another unit, as numbers\n"
        "  weights='copies': this column does not hold numbers\n"
        "      → give 0 for people who are to count for nothing"
    )


def test_a_wrong_column_does_not_hide_the_faults_of_the_others(given):
    frame = people(days=list("abcdef"), event=[0, 1, 2, 0, 1, 5], entry=[0, 0, -1, 0, 0, 0])
    text = message(risk_table, given(frame), "days", "event", entry="entry")
    assert "event='event': neither 0 nor 1 in 2 of 6 rows" in text
    assert "entry='entry': negative in 1 of 6 rows" in text
    assert "not before" not in text


def test_no_rows(given):
    assert message(risk_table, given(people().head(0)), "days", "event") == (
        "risk_table: the data cannot be used as it stands\n"
        "  data: there are no rows\n"
        "      → check the steps that select people"
    )


def test_all_weights_0(given):
    assert message(risk_table, given(people(copies=0)), "days", "event", weights="copies") == (
        "risk_table: the data cannot be used as it stands\n"
        "  weights='copies': 0 in all 6 rows\n"
        "      → give someone a weight above 0"
    )


def test_two_columns_of_one_name():
    frame = pd.concat([people(), people()[["days"]]], axis=1)
    assert message(risk_table, frame, "days", "event") == (
        "risk_table: the data cannot be used as it stands\n"
        "  time='days': 2 columns have this name\n"
        "      → rename all but one"
    )


def test_two_groups_that_read_the_same():
    frame = people(site=[1, "1", 1, "1", 2, 2])
    assert message(risk_table, frame, "days", "event", "site") == (
        "1 groups read the same as another, such as the number 1 and the text '1'; "
        "make the column all text or all numbers"
    )


def test_not_a_table():
    assert message(risk_table, [1, 2], "days", "event") == (
        "risk_table: expected a table of the project or a pandas, Polars or Arrow frame, not list"
    )


@pytest.mark.parametrize("secret", ["Burnley", "4711"])
def test_messages_hold_no_values(secret, given):
    frame = people(days=[-4711, 1, 2, 3, 4, 5], event=[4711, 0, 1, 0, 1, 0], site=["Burnley", None, "x", "x", "x", "x"])
    assert secret not in message(kaplan_meier, given(frame), "days", "event", "site")


@pytest.mark.parametrize(
    ("named", "text"),
    [
        ({"conf_level": 95}, "kaplan_meier: conf_level must lie between 0 and 1, such as 0.95, not 95"),
        ({"conf_type": "loglog"}, "kaplan_meier: conf_type 'loglog' is not known; did you mean 'log-log'?"),
        ({"times": [-1]}, "kaplan_meier: times must be different numbers, not negative, in the unit of time="),
        ({"times": [3, 3.0]}, "kaplan_meier: times must be different numbers, not negative, in the unit of time="),
        ({"times": 52}, "kaplan_meier: times takes a list of numbers"),
        ({"quantiles": [0.5, 1]}, "kaplan_meier: quantiles must be different shares between 0 and 1, such as 0.5"),
        ({"quantiles": ["half"]}, "kaplan_meier: quantiles takes a list of numbers"),
        ({"time": None}, "kaplan_meier: say which columns of the data to use: time="),
    ],
)
def test_choices(named, text):
    assert message(kaplan_meier, people(), **({"time": "days", "event": "event"} | named)) == text


def test_choices_of_the_cumulative_hazard():
    text = message(nelson_aalen, people(), "days", "event", conf_type="log-log")
    assert text == "nelson_aalen: conf_type 'log-log' is not known; did you mean 'log'?"


def test_a_risk_table_brings_its_own_columns():
    counted = risk_table(people(), "days", "event")
    assert message(kaplan_meier, counted, "days", by="site") == (
        "kaplan_meier: a risk table holds its own columns; leave out time, by"
    )


def test_a_result_that_is_not_a_risk_table():
    curve = kaplan_meier(people(), "days", "event")
    assert message(kaplan_meier, curve) == (
        "kaplan_meier: expected people or the result of risk_table, not of kaplan_meier"
    )


def test_a_risk_table_that_was_changed_or_hidden():
    counted = risk_table(people(), "days", "event")
    changed = replace(counted, table=counted.table.assign(at_risk=lambda d: d["at_risk"] + 1))
    assert message(kaplan_meier, changed) == (
        "kaplan_meier: at_risk does not follow from entered, events and censored; has the table been changed?"
    )
    hidden = replace(counted, suppressed=counted.table.isna())
    assert message(kaplan_meier, hidden) == (
        "kaplan_meier: this risk table has been through disclosure control; use the one before it"
    )


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"site": "x"}, "logrank: by='site' has one group only; a test needs two or more"),
        ({"event": 0}, "logrank: none of 6 people has the event, so there is nothing to test"),
    ],
)
def test_nothing_to_test(changes, text):
    assert message(logrank, people(**changes), "days", "event", "site") == text


def test_nobody_to_compare_with():
    apart = people(site=list("xxxyyy"), entry=[0, 0, 0, 3, 3, 3], event=1)
    assert message(logrank, apart, "days", "event", "site", entry="entry") == (
        "logrank: the groups of by='site' cannot all be compared: at the event times, some were never at risk "
        "together with the others, or everyone at risk had the event at once"
    )
    assert message(logrank, people(force=["x", "y"] * 3), "days", "event", "site", "force") == (
        "logrank: the groups of by='site' cannot all be compared: at the event times of any stratum, some were "
        "never at risk together with the others, or everyone at risk had the event at once"
    )


@pytest.mark.parametrize(
    "event",
    [
        pytest.param([True, False] * 3, id="true and false"),
        pytest.param([1.0, 0.0] * 3, id="real"),
        pytest.param(pd.array([True, False] * 3, "boolean"), id="nullable truth"),
        pytest.param(pd.array([1, 0] * 3, "Int8"), id="nullable whole"),
        pytest.param(np.array([1, 0] * 3, object), id="objects"),
        pytest.param(np.array([True, False] * 3, object), id="truth as objects"),
        pytest.param(np.array([1, 0] * 3, np.uint8), id="unsigned"),
    ],
)
def test_events_may_be_numbers_or_truth(event, given):
    expected = risk_table(people(), "days", "event").table
    pd.testing.assert_frame_equal(risk_table(given(people(event=event)), "days", "event").table, expected)


@pytest.mark.parametrize("kind", ["int8", "uint16", "float32", "Int64", "Float64", object, "float64"])
def test_times_of_any_number_type(kind, given):
    frame = people(days=people()["days"].astype(kind))
    pd.testing.assert_frame_equal(
        risk_table(given(frame), "days", "event").table,
        risk_table(people(), "days", "event").table,
    )


@pytest.mark.parametrize(
    ("groups", "labels"),
    [
        (["b", "a"] * 3, ["a", "b"]),
        ([10, 9] * 3, ["9", "10"]),
        ([-1, 3] * 3, ["-1", "3"]),
        ([1.0, 2.5] * 3, ["1", "2.5"]),
        ([True, False] * 3, ["false", "true"]),
        (list(pd.to_datetime(["2024-03-01", "2023-03-01"])) * 3, ["2023-03-01", "2024-03-01"]),
        (np.array([7, 250], np.uint8).tolist() * 3, ["7", "250"]),
    ],
)
def test_groups_are_in_order_of_their_values(groups, labels, given):
    table = risk_table(given(people(site=groups)), "days", "event", "site").table
    assert list(table["group"].unique()) == labels


def test_categories_keep_their_order_and_empty_ones_are_left_out():
    site = pd.Categorical(["low", "high"] * 3, categories=["none", "low", "high"], ordered=True)
    table = risk_table(people(site=site), "days", "event", "site").table
    assert list(table["group"].unique()) == ["low", "high"]


def test_groups_of_mixed_kinds_are_in_order_of_their_text():
    table = risk_table(people(site=["b", 1, "a", "b", 1, "a"]), "days", "event", "site").table
    assert list(table["group"].unique()) == ["1", "a", "b"]


def test_times_far_apart_and_huge(given):
    frame = people(days=[1, 10**6, 10**9, 10**12, 2**53, 5])
    ours = risk_table(given(frame), "days", "event").table
    assert list(ours["time"]) == sorted([0, *frame["days"]])


class OtherFrame:
    """A frame that only offers the Arrow C stream, as Polars does."""

    def __init__(self, arrow):
        self.arrow = arrow

    def __arrow_c_stream__(self, requested_schema=None):
        return self.arrow.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("make", [lambda arrow: arrow, OtherFrame], ids=["arrow", "stream"])
def test_other_frames(make):
    pd.testing.assert_frame_equal(
        kaplan_meier(make(pa.Table.from_pandas(people())), "days", "event", "site").table,
        kaplan_meier(people(), "days", "event", "site").table,
    )


def test_column_names_may_hold_anything(given):
    frame = people().rename(columns={"days": 'time "to" event', "event": "select", "site": "group by"})
    table = risk_table(given(frame), 'time "to" event', "select", "group by").table
    assert table["events"].sum() == 3


def test_only_counts_leave_the_engine():
    """Fifty thousand people, at most 30 days in 2 groups: what comes home is as small as that."""
    n = 50_000
    frame = pd.DataFrame({"days": np.arange(n) % 30, "event": np.arange(n) % 3 == 0, "site": np.arange(n) % 2})
    own = DuckDBEngine()
    table = as_table(frame, "people", own)
    risk_table(table, "days", "event", "site")
    assert [(step.name, step.rows) for step in own.ran] == [("survival/faults", 1), ("survival/counts", 30)]


@pytest.mark.parametrize("dialect", ["postgres", "spark"])
@pytest.mark.parametrize("file", ["counts.sql", "faults.sql", "times.sql", "times_faults.sql", "times_no_events.sql"])
def test_steps_can_be_said_in_other_dialects(file, dialect):
    statement = Step.load("lvrn_eval.survival", file).statement
    sql = statement.sql(dialect=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert sqlglot.parse_one(sql, read=dialect)


def test_rows_of_one_person_are_not_taken_for_people():
    class StartStop(Table):
        start_stop = True

    engine = DuckDBEngine()
    frame = pd.DataFrame({"person_id": ["a", "a"], "entry": [0, 5], "days": [3, 9], "event": [0, 1]})
    table = engine.register("times", frame)
    rows = StartStop(engine, table.name, table.columns)
    with pytest.raises(AnalysisError) as refused:
        kaplan_meier(rows, time="days", event="event")
    assert str(refused.value) == (
        "kaplan_meier: a person has several rows here, each from `entry` to `days`; without entry= every row would "
        'count as a person: give entry="entry"'
    )
    assert kaplan_meier(rows, time="days", event="event", entry="entry").table["at_risk"].max() == 1
