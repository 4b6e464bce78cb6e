"""What must stay true of times whatever the records: held against a count of every single day."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.survival import time_to_event

LAST = 30
DAY_0 = dt.date(2024, 1, 1)
NOTHING = 99
some = settings(max_examples=12)


def on(day):
    return None if day is None else DAY_0 + dt.timedelta(days=day)


days = st.integers(-5, LAST + 3)
person = st.fixed_dictionaries(
    {
        "start": st.integers(0, LAST),
        "died": st.none() | st.integers(0, LAST + 3),
        "events": st.lists(st.tuples(days, st.sampled_from(["suspect", "charge", "asb"])), max_size=6),
        "custody": st.lists(st.tuples(days, st.none() | st.integers(0, 12)), max_size=3),
        "changes": st.dictionaries(days, st.sampled_from(["p", "q"]), max_size=3),
    },
)
choices = st.fixed_dictionaries(
    {
        "recurrent": st.booleans(),
        "landmark": st.none() | st.integers(1, 12),
        "on_start_day": st.sampled_from(["leave_out", "count"]),
        "inside": st.booleans(),
        "switching": st.booleans(),
    },
)


def days_inside(custody):
    """Return the days strictly between reception and release, spells that share a day being one."""
    merged = []
    for received, released in sorted((day, LAST + 1 if length is None else day + length) for day, length in custody):
        if received > LAST:
            continue
        if merged and received <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], released)
        else:
            merged.append([received, released])
    return {day for received, released in merged for day in range(received + 1, released)}


def by_day(one, asked):
    """Return what happened on each day at risk: {day: (event, group)}, looking at one day after another."""
    shift = 1 if asked["on_start_day"] == "count" else 0
    start = one["start"]
    away = days_inside(one["custody"]) if asked["inside"] else set()
    died = one["died"] if one["died"] is not None and start <= one["died"] <= LAST else NOTHING
    found, before = {}, 0
    for day in range(start + 1 - shift, LAST + 1):
        clock = day - start + shift
        known = [changed for changed in one["changes"] if changed < day or changed <= start]
        group = one["changes"][max(known)] if known else "not yet"
        kinds = {kind for when, kind in one["events"] if when == day} if day not in away else set()
        ended = 1 if "suspect" in kinds else 2 if "charge" in kinds else 3 if day == died else 0
        if day > died:
            break
        if day not in away and clock > (asked["landmark"] or 0):
            found[clock] = (ended, group if asked["switching"] else "", before + 1 if asked["recurrent"] else 0)
        if ended == 1:
            before += 1
        if day == died or "charge" in kinds or (ended == 1 and not asked["recurrent"]):
            break
    return found


def tables(people):
    named = {f"p{number}": one for number, one in enumerate(people)}
    frames = {
        "people": [
            (name, "x", on(one["start"]), on(max(one["start"], one["died"])) if one["died"] is not None else None)
            for name, one in named.items()
        ],
        "events": [(name, on(day), kind) for name, one in named.items() for day, kind in one["events"]],
        "custody": [
            (name, on(day), None if length is None else on(day + length))
            for name, one in named.items()
            for day, length in one["custody"]
        ],
        "changes": [(name, on(day), group) for name, one in named.items() for day, group in one["changes"].items()],
    }
    columns = {
        "people": {"person_id": "object", "site": "object", "last_contact": "datetime64[ns]", "died": "datetime64[ns]"},
        "events": {"person_id": "object", "on": "datetime64[ns]", "kind": "object"},
        "custody": {"person_id": "object", "starts_on": "datetime64[ns]", "ends_on": "datetime64[ns]"},
        "changes": {"person_id": "object", "on": "datetime64[ns]", "group": "object"},
    }
    return {
        name: pd.DataFrame(rows, columns=list(columns[name])).astype(columns[name]) for name, rows in frames.items()
    }


@pytest.fixture(scope="module")
def engine():
    return DuckDBEngine()


def ours(engine, people, asked):
    made = {name: as_table(frame, name, engine) for name, frame in tables(people).items()}
    named = {name: asked[name] for name in ("recurrent", "landmark", "on_start_day")}
    named |= {"custody": made["custody"]} if asked["inside"] else {}
    named |= {"changes": made["changes"], "by": "group"} if asked["switching"] else {}
    return time_to_event(
        made["people"],
        made["events"],
        kinds=["suspect"],
        competing=["charge", "death"],
        death="died",
        end=on(LAST),
        **named,
    )


def normal(one):
    """Return a person whose death, if any, is not before the start, and who is not told of twice."""
    died = None if one["died"] is None else max(one["died"], one["start"])
    return one | {"died": died}


@some
@given(st.lists(person, min_size=1, max_size=6), choices)
def test_rows_are_the_days(engine, people, asked):
    people = [normal(one) for one in people]
    times = ours(engine, people, asked)
    rows = times.to_pandas()
    for number, one in enumerate(people):
        expected = by_day(one, asked)
        mine = rows[rows["person_id"] == f"p{number}"]
        found = {
            day: (row.event if day == row.days else 0, getattr(row, "group", ""), getattr(row, "order", 0))
            for row in mine.itertuples()
            for day in range(row.entry + 1, row.days + 1)
        }
        assert found == expected
    assert times.account().table["people"].iloc[0] == len(people)


@some
@given(st.lists(person, min_size=1, max_size=6), choices, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(engine, people, asked, random):
    people = [normal(one) for one in people]
    shuffled = {
        name: frame.sample(frac=1, random_state=random.randrange(2**31)) for name, frame in tables(people).items()
    }
    named = {name: asked[name] for name in ("recurrent", "landmark", "on_start_day")}
    more = {"custody": shuffled["custody"]} if asked["inside"] else {}
    again = time_to_event(
        shuffled["people"],
        shuffled["events"],
        kinds=["suspect"],
        competing=["charge", "death"],
        death="died",
        end=on(LAST),
        **named,
        **more,
    )
    first = ours(engine, people, asked | {"switching": False})
    pd.testing.assert_frame_equal(first.to_pandas(), again.to_pandas())
