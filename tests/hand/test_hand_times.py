"""From records to time, worked by hand: each number is worked out beside the assertion."""

import pandas as pd
import pytest

from lvrn_eval.survival import kaplan_meier, risk_table, time_to_event
from lvrn_eval.survival.proven import proven_reoffending


def dated(rows, columns, dates):
    return pd.DataFrame(list(rows), columns=list(columns)).astype(dict.fromkeys(dates, "datetime64[ns]"))


NO_EVENTS = dated([], ("person_id", "on", "kind"), ["on"])


def test_custody_comes_out_of_the_risk_sets():
    """Three people from 1 January; b is inside from the 4th to the 9th, and c has the event on the 6th."""
    people = dated([(p, "x", "2024-01-01") for p in "abc"], ("person_id", "site", "last_contact"), ["last_contact"])
    events = dated([("c", "2024-01-06", "suspect")], ("person_id", "on", "kind"), ["on"])
    custody = dated(
        [("b", "2024-01-04", "2024-01-09")], ("person_id", "starts_on", "ends_on"), ["starts_on", "ends_on"]
    )
    times = time_to_event(people, events, custody=custody, kinds=["suspect"], end="2024-01-11")
    # b is at risk on the day of reception, day 3, and again from the day of release, day 8: entry is day 7
    assert times.to_pandas()[["person_id", "entry", "days", "event"]].to_numpy().tolist() == [
        ["a", 0, 10, 0],
        ["b", 0, 3, 0],
        ["b", 7, 10, 0],
        ["c", 0, 5, 1],
    ]
    table = risk_table(times, "days", "event", entry="entry").table.set_index("time")
    # on day 5 only a and c are out; b comes back after day 7
    assert table["at_risk"].to_dict() == {0: 3, 3: 3, 5: 2, 7: 1, 10: 2}
    # so the share without an event falls to 1/2; it would be 2/3 with b counted on
    share = kaplan_meier(times, "days", "event", entry="entry").table["estimate"].iloc[-1]
    assert share == pytest.approx(1 / 2)
    whole = time_to_event(people, events, kinds=["suspect"], end="2024-01-11")
    assert kaplan_meier(whole, "days", "event").table["estimate"].iloc[-1] == pytest.approx(2 / 3)


def test_immortal_time_made_and_unmade():
    """Six people, 100 days; one event a person, on days 10, 30 and 50 to those who never complete and on day 70 to one
    who completes on day 40. The hazard is the same for all; completing did nothing.
    """
    days = {"a": 10, "b": 30, "c": 50, "d": 70}
    start = pd.Timestamp("2024-01-01")
    people = pd.DataFrame(
        {
            "person_id": list("abcdef"),
            "site": "x",
            "last_contact": start,
            "completed": [False, False, False, True, True, False],
            "completed_on": [
                pd.NaT,
                pd.NaT,
                pd.NaT,
                start + pd.Timedelta(40, "D"),
                start + pd.Timedelta(40, "D"),
                pd.NaT,
            ],
        },
    )
    events = pd.DataFrame({"person_id": list(days), "on": [start + pd.Timedelta(day, "D") for day in days.values()]})
    events["kind"] = "suspect"
    named = {"kinds": ["suspect"], "end": start + pd.Timedelta(100, "D"), "by": "completed"}

    def rates(**more):
        rows = time_to_event(people, events, **named, **more).to_pandas()
        rows["at_risk"] = rows["days"] - rows["entry"]
        total = rows.groupby("completed")[["event", "at_risk"]].sum()
        return {done: (int(row["event"]), int(row["at_risk"])) for done, row in total.iterrows()}

    # as if known from the start: completers 1 event in 70 + 100 days, the others 3 in 10 + 30 + 50 + 100
    naive = rates(known={"completed": "start"})
    assert naive == {False: (3, 190), True: (1, 170)}
    # switched on the day it was known: d and e give their first 40 days to those who have not completed
    changes = people.loc[people["completed"], ["person_id", "completed_on", "completed"]]
    switched = rates(changes=changes.rename(columns={"completed_on": "on"}))
    assert switched == {False: (3, 270), True: (1, 90)}
    # 3/190 against 1/170 is a ratio of 0.37; 3/270 against 1/90 is 1
    assert pytest.approx(0.3725, abs=5e-5) == (1 / 170) / (3 / 190)
    assert pytest.approx(1) == (1 / 90) / (3 / 270)
    # from day 45 on: a and b are gone; c 50 - 45, f 100 - 45; d 70 - 45, e 100 - 45
    assert rates(known={"completed": "completed_on"}, landmark=45) == {False: (1, 60), True: (1, 80)}


def test_recurrent_rows():
    """One person, events on days 10 and 25, inside from day 12 to day 20, to day 40."""
    people = dated([("a", "x", "2024-01-01")], ("person_id", "site", "last_contact"), ["last_contact"])
    events = dated(
        [("a", "2024-01-11", "suspect"), ("a", "2024-01-26", "suspect")], ("person_id", "on", "kind"), ["on"]
    )
    custody = dated(
        [("a", "2024-01-13", "2024-01-21")], ("person_id", "starts_on", "ends_on"), ["starts_on", "ends_on"]
    )
    named = {"kinds": ["suspect"], "end": "2024-02-10", "custody": custody, "recurrent": True}
    rows = time_to_event(people, events, **named).to_pandas()
    # 40 days less the 7 strictly between 12 and 20: 10 + 2 + (25 - 19) + (40 - 25) = 33
    assert rows[["entry", "days", "event", "order"]].to_numpy().tolist() == [
        [0, 10, 1, 1],
        [10, 12, 0, 2],
        [19, 25, 1, 2],
        [25, 40, 0, 3],
    ]
    assert (rows["days"] - rows["entry"]).sum() == 33


def test_account_adds_up():
    """Five released people: one not yet mature, one who reoffended, one not proved in time, one free, one never out."""
    people = pd.DataFrame({"person_id": list("abcde"), "site": "x"})
    custody = dated(
        [(p, "2021-01-01", day) for p, day in zip("abcde", ["2022-12-31", *["2022-03-01"] * 3, None], strict=True)],
        ("person_id", "starts_on", "ends_on"),
        ["starts_on", "ends_on"],
    )
    events = dated(
        [("b", "2022-05-01", "conviction", "2022-08-01"), ("c", "2022-05-01", "conviction", "2023-09-02")],
        ("person_id", "on", "kind", "proved_on"),
        ["on", "proved_on"],
    )
    # 18 months after 1 March 2022 is 1 September 2023; after 31 December 2022 it is 30 June 2024
    times = proven_reoffending(people, events, custody=custody, end="2024-03-31")
    account = times.account()
    assert account.table[["what", "people"]].to_numpy().tolist() == [
        ["people given", 5],
        ["no release in the period", 1],
        ["not yet mature", 1],
        ["followed", 3],
        ["ended: proven reoffence", 1],
        ["ended: 12 months over", 2],
    ]
    # 31 days of March, 30 of April, and one
    assert times.to_pandas()[["person_id", "days", "event"]].to_numpy().tolist() == [
        ["b", 61, 1],
        ["c", 365, 0],
        ["d", 365, 0],
    ]
    assert [str(sentence) for sentence in account.text] == [
        "3 of 5 people were followed.",
        "Not followed, no release in the period: 1.",
        "Not followed, not yet mature: 1.",
    ]
    assert [sentence.counts for sentence in account.text] == [(3, 5, 2), (1,), (1,)]
    maturity = account.check("maturity")
    assert (maturity.passed, maturity.text) == (
        False,
        "Not yet mature, as 18 months are not over: 1 of 4 people, left out.",
    )
    assert maturity.instead == "People whose 18 months are not over, if there were any, were left out."


def test_what_the_checks_say():
    people = dated([(p, "x", "2024-01-01") for p in "ab"], ("person_id", "site", "last_contact"), ["last_contact"])
    people["band"] = "y"
    # a: the start day, twice inside, once out; b: one that is not asked for
    events = dated(
        [("a", day, "suspect") for day in ("2024-01-01", "2024-01-05", "2024-01-06", "2024-01-20")]
        + [("b", "2024-01-01", "asb")],
        ("person_id", "on", "kind"),
        ["on"],
    )
    custody = dated(
        [("a", "2024-01-04", "2024-01-09")], ("person_id", "starts_on", "ends_on"), ["starts_on", "ends_on"]
    )
    named = {"kinds": ["suspect"], "end": "2024-01-31"}
    times = time_to_event(people, events, custody=custody, by="band", **named)
    assert {check.name: (check.passed, check.text) for check in times.checks} == {
        "events_on_start_day": (None, "Events on the start day: 1, left out."),
        "events_in_custody": (None, "Events on days in custody: 2, left out with the day."),
        "groups_known": (None, "Taken as known at the start, as nobody said when they were known: band."),
    }
    plain = time_to_event(people, events, on_start_day="count", **named)
    assert {check.name: (check.passed, check.text) for check in plain.checks} == {
        "events_on_start_day": (None, "Events on the start day: 1, counted, as day 1."),
        "custody_given": (False, "No custody records were given: days in custody count as at risk."),
    }
    assert [check.instead for check in plain.checks] == ["Events on the start day were counted, as day 1.", ""]


def test_method_says_every_choice():
    people = dated(
        [("a", "x", "2024-01-01", None)], ("person_id", "site", "last_contact", "died"), ["last_contact", "died"]
    )
    times = time_to_event(people, NO_EVENTS, kinds=["suspect"], end="2024-01-31", death="died", competing=["death"])
    assert dict(times.method) == {
        "start": "last_contact",
        "end": "2024-01-31",
        "kinds": ["suspect"],
        "causes": {"0": "censored", "1": "recorded suspect event", "2": "death"},
        "competing": {"death": ["death"]},
        "clock": "days since the start on the calendar; day 1 is the day after the start",
        "custody": "no records",
        "death": "died",
        "moved": None,
        "recurrent": False,
        "landmark": None,
        "on_start_day": "leave_out",
        "by": [],
        "known": {},
        "changes": [],
        "released_from": None,
        "same_day": "the event comes before what competes, in the order given, and that before censoring",
    }
    assert times.start_stop is False
