"""Risk tables with competing causes, added up across places, and as files."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.compare import logrank
from lvrn_eval.survival.competing import cumulative_incidence
from lvrn_eval.survival.curves import kaplan_meier
from lvrn_eval.survival.pool import pool
from lvrn_eval.survival.risk_file import read_risk_table, write_risk_table
from lvrn_eval.survival.risk_table import risk_table
from lvrn_eval.survival.rmst import rmst

R = Path(__file__).parents[1] / "reference" / "r" / "survival"
COLUMNS = {"time": "etime", "event": "ev", "entry": "late", "weights": "copies"}


def mgus2():
    return pd.read_csv(R / "mgus2_people.csv").query("etime > 0")


def counted(people, by="sex", **more):
    return risk_table(people, **COLUMNS, by=by, causes=(1, 2), **more)


def small(**changes):
    return pd.DataFrame({"days": [1, 2, 3, 4], "event": [1, 0, 1, 0], "site": list("xyxy")}).assign(**changes)


def same(ours, theirs):
    pd.testing.assert_frame_equal(ours.table, theirs.table)
    for part in ("method", "checks", "text", "title", "count_columns", "shape"):
        assert getattr(ours, part) == getattr(theirs, part)


def refusal(function, *arguments, **named):
    with pytest.raises(AnalysisError) as refused:
        function(*arguments, **named)
    return str(refused.value)


def test_causes_have_a_column_each():
    table = counted(mgus2()).table
    assert list(table) == ["group", "time", "at_risk", "entered", "events", "events_1", "events_2", "censored"]
    assert (table["events"] == table["events_1"] + table["events_2"]).all()
    assert counted(mgus2()).count_columns == tuple(table.columns[2:])
    people = mgus2()
    assert table["events_2"].sum() == people.loc[people["ev"] == 2, "copies"].sum()


def test_a_cause_nobody_has_keeps_its_column():
    table = risk_table(small(), "days", "event", causes=[7, 1]).table
    assert list(table["events_7"]) == [0] * 5
    assert list(table["events_1"]) == list(table["events"])


def test_a_table_and_a_frame_are_counted_alike():
    same(counted(as_table(mgus2(), "people", DuckDBEngine())), counted(mgus2()))


def test_an_event_of_no_cause_is_refused():
    text = (
        "risk_table: the data cannot be used as it stands\n"
        "  event='event': not 0, nor a code of causes= in 2 of 4 rows\n"
        "      → name every code that stands for an event, or give these rows 0 for censored"
    )
    people = small(event=[1, 2, 3, 0])
    assert refusal(risk_table, people, "days", "event", causes=(1, 4)) == text
    assert refusal(risk_table, as_table(people, "p", DuckDBEngine()), "days", "event", causes=(1, 4)) == text


@pytest.mark.parametrize("causes", [(), (0, 1), (1, 1), (1.5,), "ab", 3])
def test_codes_of_causes(causes):
    assert refusal(risk_table, small(), "days", "event", causes=causes) == (
        "risk_table: causes must be different whole numbers from 1, such as (1, 2)"
    )


def test_what_does_not_tell_causes_apart_refuses_a_table_that_does():
    for function, named in ((kaplan_meier, {}), (logrank, {}), (rmst, {"tau": 5})):
        assert refusal(function, counted(mgus2()), **named) == (
            f"{function.__name__}: this risk table tells 2 competing causes apart; use cumulative_incidence, or count "
            "people again without causes="
        )
    assert refusal(cumulative_incidence, counted(mgus2()), of=3) == (
        "cumulative_incidence: of=3 is none of the causes of this risk table: 1, 2"
    )


def test_a_table_without_its_causes_is_refused():
    whole = counted(mgus2())
    lacking = replace(whole, table=whole.table.drop(columns="events_2"), count_columns=())
    assert refusal(cumulative_incidence, lacking) == (
        "cumulative_incidence: this risk table lacks the columns events_2"
    )
    wrong = replace(whole, table=whole.table.assign(events_2=0))
    assert refusal(cumulative_incidence, wrong) == (
        "cumulative_incidence: at_risk does not follow from entered, events and censored; has the table been changed?"
    )


@pytest.mark.parametrize("by", ["sex", None])
def test_two_places_add_up_to_both_together(by):
    people = mgus2()
    here, there = people[people["id"] % 2 == 0], people[people["id"] % 2 == 1]
    same(pool([counted(here, by), counted(there, by)]), counted(people, by))


def test_groups_of_different_places_stand_side_by_side():
    here, there = (risk_table(small(site=name), "days", "event", "site") for name in ("here", "there"))
    both = pool([here, there])
    same(both, risk_table(pd.concat([small(site="here"), small(site="there")]), "days", "event", "site"))
    assert len(pool([here]).table) == len(here.table)


def test_tables_counted_differently_are_not_added():
    first = risk_table(small(), "days", "event", "site")
    other = risk_table(small(late=0).rename(columns={"days": "weeks"}), "weeks", "event", "site", "late", causes=(1, 2))
    assert refusal(pool, [first, first, other]) == (
        "pool: the risk tables were not counted alike\n"
        "  table 3: time='weeks', where table 1 has 'days'\n"
        "      → count it again like the first\n"
        "  table 3: entry='late', where table 1 has None\n"
        "      → count it again like the first\n"
        "  table 3: causes=[1, 2], where table 1 has [1]\n"
        "      → count it again like the first"
    )
    assert refusal(pool, []) == "pool: there are no risk tables to add up"
    assert refusal(pool, [kaplan_meier(small(), "days", "event")]) == (
        "pool: expected people or the result of risk_table, not of kaplan_meier"
    )


ODD = ["=1+1", "'quoted'", 'a,"b"\nc', "Ångström # 5", "", "-3", "NA"]


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(lambda: counted(mgus2()), id="causes"),
        pytest.param(lambda: risk_table(small(), "days", "event"), id="one cause"),
        pytest.param(lambda: risk_table(small(days=[0.1, 1 / 3, 1e-7, 1e9]), "days", "event", "site"), id="real times"),
        pytest.param(
            lambda: risk_table(pd.concat([small(site=label) for label in ODD]), "days", "event", "site"), id="labels"
        ),
        pytest.param(lambda: pool([counted(mgus2()), counted(mgus2())]), id="pooled"),
    ],
)
def test_a_file_is_read_back_as_it_was(result, tmp_path):
    file = tmp_path / "risk.csv"
    write_risk_table(result(), file)
    same(read_risk_table(file), result())
    # line ends and a mark of the encoding may change on the way
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    same(read_risk_table(file), result())


def test_what_a_file_looks_like(tmp_path):
    write_risk_table(risk_table(small(site="=x"), "days", "event", "site"), tmp_path / "risk.csv")
    lines = (tmp_path / "risk.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# lvrn-eval risk table 1"
    assert lines[1].startswith("# sha256: ")
    assert lines[2:] == [
        '# time: "days"',
        '# event: "event"',
        '# by: "site"',
        "# entry: null",
        "# weights: null",
        "# causes: null",
        "# zero_weights: 0",
        "group,time,at_risk,entered,events,censored",
        "'=x,0,4,0,0,0",
        "'=x,1,4,0,1,0",
        "'=x,2,3,0,0,1",
        "'=x,3,2,0,1,0",
        "'=x,4,1,0,0,1",
    ]


CHANGED = (
    "read_risk_table: 'risk.csv' was changed after it was written, as spreadsheets do on saving; use the file as it "
    "was written"
)
NO_TABLE = "read_risk_table: 'risk.csv' is no risk table; write one with write_risk_table"


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("\nall,1,4,0,1,0", "\nall,1,4,0,0,1", CHANGED),
        ('# time: "days"', '# time: "weeks"', CHANGED),
        ("\nall,4,1,0,0,1", "", CHANGED),
        ("# sha256: ", "# sha256: 0", CHANGED),
        ("# lvrn-eval risk table 1", "# lvrn-eval risk table 2", NO_TABLE),
        ("# lvrn-eval risk table 1\n", "", NO_TABLE),
    ],
)
def test_a_changed_file_is_refused(before, after, text, tmp_path):
    file = tmp_path / "risk.csv"
    write_risk_table(risk_table(small(), "days", "event"), file)
    whole = file.read_text(encoding="utf-8")
    assert before in whole
    file.write_text(whole.replace(before, after), encoding="utf-8")
    assert refusal(read_risk_table, file) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\nall,1,4,0,1,0", "\nall,1,5,0,1,0"),
        ("\nall,1,4,0,1,0", "\nall,1,4,0,one,0"),
        ("\nall,1,4,0,1,0", "\nall,1,4,0,,0"),
        ("# causes: null", "# causes: [0]"),
        ("# causes: null", "# causes: 1"),
        ("# causes: null", "# cause: null"),
        ("# time: ", "# time: {"),
        ("group,", "site,"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_even_with_its_digest(before, after, tmp_path):
    from hashlib import sha256

    file = tmp_path / "risk.csv"
    write_risk_table(risk_table(small(), "days", "event"), file)
    first, _, rest = file.read_text(encoding="utf-8").split("\n", 2)
    assert before in rest
    rest = rest.replace(before, after)
    file.write_text(f"{first}\n# sha256: {sha256(rest.encode()).hexdigest()}\n{rest}", encoding="utf-8")
    assert refusal(read_risk_table, file) == (
        "read_risk_table: 'risk.csv' has its digest but is no risk table; write it again"
    )


def test_files_that_are_not_there_or_not_text(tmp_path):
    assert refusal(read_risk_table, tmp_path / "risk.csv") == "read_risk_table: there is no file 'risk.csv'"
    (tmp_path / "risk.csv").write_bytes(b"\xff\xfe\x00")
    assert refusal(read_risk_table, tmp_path / "risk.csv") == (
        "read_risk_table: 'risk.csv' is not UTF-8 text; use the file as it was written"
    )
    (tmp_path / "risk.csv").write_bytes(b"")
    assert refusal(read_risk_table, tmp_path / "risk.csv") == NO_TABLE


def test_a_curve_is_not_written(tmp_path):
    assert refusal(write_risk_table, kaplan_meier(small(), "days", "event"), tmp_path / "risk.csv") == (
        "write_risk_table: expected people or the result of risk_table, not of kaplan_meier"
    )
