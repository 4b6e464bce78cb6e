"""From records to time: the rules as a small table, what is refused, and that the answer feeds the estimators."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.cohort import Cohort
from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival import kaplan_meier, risk_table, time_to_event

END = "2024-03-31"


def frame_of(**columns):
    return pd.DataFrame(columns)


def people(**changes):
    frame = frame_of(
        person_id=["a", "b", "c"],
        site=["x", "x", "y"],
        first_contact=pd.to_datetime(["2023-01-01", "2023-06-01", "2023-12-31"]),
        last_contact=pd.to_datetime(["2024-01-01", "2024-03-31", "2024-02-28"]),
        age_band=["10-14", "15-17", "10-14"],
    )
    return frame.assign(**changes)


def events(*rows):
    return frame_of(
        person_id=[row[0] for row in rows],
        on=pd.to_datetime([row[1] for row in rows]),
        kind=[row[2] for row in rows],
    )


def one_person(*rows, **named):
    """Return days and event of a person last seen on 1 January 2024, given their events."""
    named = {"end": END, "kinds": ["suspect"]} | named
    row = time_to_event(people().head(1), events(*rows), **named).to_pandas().iloc[0]
    return int(row["days"]), int(row["event"])


def message(*arguments, **named):
    with pytest.raises(AnalysisError) as refused:
        time_to_event(*arguments, **({"end": END, "kinds": ["suspect"]} | named))
    return str(refused.value)


RULES = [
    ("no event: censored at the end", [], (90, 0)),
    ("the first of several, whatever the order", [("a", "2024-02-10"), ("a", "2024-01-11")], (10, 1)),
    ("the day after the start counts", [("a", "2024-01-02")], (1, 1)),
    ("the start day is left out", [("a", "2024-01-01")], (90, 0)),
    ("the start day is left out, a later one counts", [("a", "2024-01-01"), ("a", "2024-01-05")], (4, 1)),
    ("before the start is left out", [("a", "2023-12-31")], (90, 0)),
    ("the end day counts", [("a", "2024-03-31")], (90, 1)),
    ("after the end is left out", [("a", "2024-04-01")], (90, 0)),
    ("somebody else's event is left out", [("b", "2024-01-11"), ("nobody", "2024-01-11")], (90, 0)),
    ("across the leap day", [("a", "2024-03-01")], (60, 1)),
]


@pytest.mark.parametrize(("rule", "rows", "answer"), RULES, ids=[rule for rule, _, _ in RULES])
def test_rules(rule, rows, answer):
    assert one_person(*((*row, "suspect") for row in rows)) == answer


def test_only_the_kinds_asked_for():
    rows = [("a", "2024-01-05", "victim"), ("a", "2024-01-09", "asb"), ("a", "2024-01-20", "suspect")]
    assert one_person(*rows) == (19, 1)
    assert one_person(*rows, kinds=["asb", "suspect"]) == (8, 1)
    assert one_person(*rows, kinds=["conviction"]) == (90, 0)


def test_from_the_first_contact():
    rows = [("a", "2023-01-01", "suspect"), ("a", "2023-01-31", "suspect")]
    assert one_person(*rows, start="first_contact") == (30, 1)


def test_columns_and_order():
    table = time_to_event(people().iloc[::-1], events(("a", "2024-01-11", "suspect")), end=END, kinds=["suspect"])
    assert list(table.columns) == ["person_id", "site", "entry", "days", "event", "cause"]
    assert table.to_pandas().to_dict("list") == {
        "person_id": ["a", "b", "c"],
        "site": ["x", "x", "y"],
        "entry": [0, 0, 0],
        "days": [10, 0, 32],
        "event": [1, 0, 0],
        "cause": ["recorded suspect event", "end of records", "end of records"],
    }


def test_groups_are_carried_over():
    table = time_to_event(people(), events(), end=END, kinds=["suspect"], by=["site", "age_band"])
    assert list(table.columns) == ["person_id", "site", "entry", "days", "event", "cause", "age_band"]
    assert list(table.to_pandas()["age_band"]) == ["10-14", "15-17", "10-14"]
    assert list(time_to_event(people(), events(), end=END, kinds=["suspect"], by="age_band").columns)[-1] == "age_band"


def test_of_a_cohort_up_to_its_review_date():
    cohort = Cohort(people(), name="Test", as_of=date(2024, 3, 31)).require("Of site x", "site = 'x'")
    table = time_to_event(
        cohort, events(("a", "2024-01-11", "suspect"), ("c", "2024-03-01", "suspect")), kinds=["suspect"]
    )
    assert table.engine is cohort.engine
    assert list(table.to_pandas()["days"]) == [10, 0]
    later = time_to_event(cohort, events(), kinds=["suspect"], end=date(2024, 4, 10))
    assert list(later.to_pandas()["days"]) == [100, 10]


def test_feeds_the_estimators():
    table = time_to_event(people(), events(("a", "2024-01-11", "suspect")), end=END, kinds=["suspect"])
    curve = kaplan_meier(table, time="days", event="event", by="site").table
    # site x: a has the event on day 10, b has 0 days; site y: c is censored on day 32
    assert curve[["group", "time", "at_risk", "events", "censored"]].to_numpy().tolist() == [
        ["x", 0, 2, 0, 1],
        ["x", 10, 1, 1, 0],
        ["y", 0, 1, 0, 0],
        ["y", 32, 1, 0, 1],
    ]


def test_against_plain_pandas():
    random = np.random.default_rng(7)
    n, n_events = 300, 1500
    start = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 400, n), "D")
    cohort = frame_of(person_id=[f"p{i}" for i in range(n)], site="x", first_contact=start, last_contact=start)
    recorded = frame_of(
        person_id=[f"p{i}" for i in random.integers(0, n + 50, n_events)],
        on=pd.Timestamp("2022-09-01") + pd.to_timedelta(random.integers(0, 700, n_events), "D"),
        kind=random.choice(["suspect", "victim", "charge"], n_events),
    )
    ours = time_to_event(cohort, recorded, end=END, kinds=["suspect", "charge"]).to_pandas().set_index("person_id")
    merged = recorded[recorded["kind"] != "victim"].merge(cohort, on="person_id")
    merged = merged[(merged["on"] > merged["last_contact"]) & (merged["on"] <= END)]
    first = merged.groupby("person_id")["on"].min().reindex(cohort["person_id"])
    days = (first.fillna(pd.Timestamp(END)) - cohort.set_index("person_id")["last_contact"]).dt.days
    assert list(ours["days"]) == list(days.loc[ours.index])
    assert list(ours["event"]) == list(first.notna().astype(int).loc[ours.index])


def test_no_events_at_all():
    for nothing in (events(), frame_of(person_id=[], on=[], kind=[]), events().astype(object)):
        assert list(time_to_event(people(), nothing, end=END, kinds=["suspect"]).to_pandas()["event"]) == [0, 0, 0]


def test_dates_as_python_dates_and_numbered_people():
    cohort = people(person_id=[1, 2, 3], last_contact=[date(2024, 1, 1)] * 3)
    recorded = events((1, "2024-01-11", "suspect"), (2, "2024-01-12", "suspect"))
    assert list(time_to_event(cohort, recorded, end=END, kinds=["suspect"]).to_pandas()["days"]) == [10, 11, 90]


def test_times_of_day_are_days():
    recorded = events(("a", "2024-01-01 23:50", "suspect"), ("a", "2024-01-02 00:10", "suspect"))
    assert time_to_event(people(), recorded, end=END, kinds=["suspect"]).to_pandas()["days"].iloc[0] == 1


def test_a_kind_of_ones_own():
    recorded = events(("a", "2024-01-11", "arrest"))
    assert list(time_to_event(people(), recorded, end=END, kinds=["arrest"]).to_pandas()["event"]) == [1, 0, 0]


def test_only_counts_are_looked_at_here():
    engine = DuckDBEngine()
    n = 5_000
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n) % 50, "D")
    cohort = as_table(frame_of(person_id=np.arange(n), site="x", last_contact=start), "people", engine)
    recorded = as_table(frame_of(person_id=np.arange(n), on=start, kind="suspect"), "events", engine)
    risk_table(time_to_event(cohort, recorded, end=END, kinds=["suspect"]), "days", "event")
    assert [step.name for step in engine.ran] == [
        "survival/times_faults", "survival/times_counts", "survival/times", "survival/faults", "survival/counts",
    ]  # fmt: skip
    assert [step.rows for step in engine.ran] == [1, 1, n, 1, 50]
