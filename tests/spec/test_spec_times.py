"""The rules from records to time, each as one person's records and the rows they become.

The person starts on 1 January 2024 and the records end on 31 March, which is day 90: January has 31 days, February 29.
"""

import datetime as dt

import pandas as pd
import pytest

from lvrn_eval.survival import time_to_event
from lvrn_eval.survival.proven import proven_reoffending

START, END = "2024-01-01", "2024-03-31"
SUSPECT, ENDED = "recorded suspect event", "end of records"


def frame(rows, columns, dates):
    return pd.DataFrame(list(rows), columns=list(columns)).astype(dict.fromkeys(dates, "datetime64[ns]"))


def followed(*, on=(), custody=None, died=None, moved=None, changes=None, **named):
    """Return the rows of a person with these records: entry, days, event, cause and whatever follows."""
    people = frame(
        [("a", "x", START, died, moved)],
        ("person_id", "site", "last_contact", "died", "moved"),
        ("last_contact", "died", "moved"),
    )
    events = frame(
        [("a", *row) if isinstance(row, tuple) else ("a", row, "suspect") for row in on],
        ("person_id", "on", "kind"),
        ["on"],
    )
    if custody is not None:
        spells = [("a", *spell) for spell in custody]
        named["custody"] = frame(spells, ("person_id", "starts_on", "ends_on"), ("starts_on", "ends_on"))
    if changes is not None:
        named |= {
            "changes": frame([("a", *row) for row in changes], ("person_id", "on", "stage"), ["on"]),
            "by": "stage",
        }
    named |= {"death": "died"} if died else {}
    named |= {"moved": "moved"} if moved else {}
    times = time_to_event(people, events, **({"end": END, "kinds": ["suspect"]} | named))
    rows = times.to_pandas().drop(columns=["person_id", "site"])
    return [tuple(row) for row in rows.itertuples(index=False)], dict(times.left_out)


RULES = {
    # the start day
    "an event on the start day is left out": ({"on": ["2024-01-01"]}, [(0, 90, 0, ENDED)]),
    "counted, the start day is day 1 and every time a day longer": (
        {"on": ["2024-01-01"], "on_start_day": "count"}, [(0, 1, 1, SUSPECT)]),
    "counted, and nothing happens": ({"on_start_day": "count"}, [(0, 91, 0, ENDED)]),
    # what ends time
    "death censors": ({"died": "2024-01-11", "on": ["2024-01-12"]}, [(0, 10, 0, "death")]),
    "death competes": ({"died": "2024-01-11", "competing": ["death"]}, [(0, 10, 2, "death")]),
    "death on the end day": ({"died": END}, [(0, 90, 0, "death")]),
    "death after the end is not known": ({"died": "2024-04-01", "competing": ["death"]}, [(0, 90, 0, ENDED)]),
    "death on the day of the event comes after it": (
        {"died": "2024-01-11", "on": ["2024-01-11"], "competing": ["death"]}, [(0, 10, 1, SUSPECT)]),
    "death on the start day": ({"died": START, "competing": ["death"]}, [(0, 0, 2, "death")]),
    "moving away censors": ({"moved": "2024-01-31", "on": ["2024-02-01"]}, [(0, 30, 0, "moved away")]),
    "moving away competes": ({"moved": "2024-01-31", "competing": ["moved"]}, [(0, 30, 2, "moved away")]),
    "the first of the two": ({"moved": "2024-01-31", "died": "2024-01-30"}, [(0, 29, 0, "death")]),
    "both on one day: death is said": ({"moved": "2024-01-31", "died": "2024-01-31"}, [(0, 30, 0, "death")]),
    "both on one day: what competes comes first": (
        {"moved": "2024-01-31", "died": "2024-01-31", "competing": ["moved"]}, [(0, 30, 2, "moved away")]),
    "another kind of event competes": (
        {"on": [("2024-01-05", "charge"), "2024-01-09"], "competing": ["charge"]},
        [(0, 4, 2, "recorded event (charge)")]),
    "of two that compete on one day the one named first": (
        {"on": [("2024-01-05", "charge"), ("2024-01-05", "asb")], "competing": ["asb", "charge"]},
        [(0, 4, 2, "recorded event (asb)")]),
    "the third cause": (
        {"on": [("2024-01-05", "charge")], "competing": ["asb", "charge"]}, [(0, 4, 3, "recorded event (charge)")]),
    "several kinds joined in one cause": (
        {"on": [("2024-01-05", "charge")], "died": "2024-02-01",
         "competing": {"something else": ["asb", "charge", "death"]}},
        [(0, 4, 2, "something else")]),
    "several kinds are the event": (
        {"on": [("2024-01-05", "charge")], "kinds": ["suspect", "charge"]},
        [(0, 4, 1, "recorded event (suspect, charge)")]),
    # custody is time not at risk
    "days strictly between reception and release": (
        {"custody": [("2024-01-11", "2024-01-21")]}, [(0, 10, 0, "custody"), (19, 90, 0, ENDED)]),
    "released the next day: no day is lost": ({"custody": [("2024-01-11", "2024-01-12")]}, [(0, 90, 0, ENDED)]),
    "inside at the start": ({"custody": [("2023-12-01", "2024-01-21")]}, [(19, 90, 0, ENDED)]),
    "received on the start day": ({"custody": [("2024-01-01", "2024-01-21")]}, [(19, 90, 0, ENDED)]),
    "released on the start day": ({"custody": [("2023-12-01", "2024-01-01")]}, [(0, 90, 0, ENDED)]),
    "still inside at the end": ({"custody": [("2024-01-11", None)]}, [(0, 10, 0, "custody")]),
    "inside throughout": ({"custody": [("2023-12-01", None)]}, []),
    "spells that share a day are one": (
        {"custody": [("2024-01-11", "2024-01-21"), ("2024-01-21", "2024-01-31")]},
        [(0, 10, 0, "custody"), (29, 90, 0, ENDED)]),
    "out for one night": (
        {"custody": [("2024-01-11", "2024-01-21"), ("2024-01-22", "2024-01-31")]},
        [(0, 10, 0, "custody"), (19, 21, 0, "custody"), (29, 90, 0, ENDED)]),
    "an event on the day of reception counts": (
        {"custody": [("2024-01-11", "2024-01-21")], "on": ["2024-01-11"]}, [(0, 10, 1, SUSPECT)]),
    "an event inside is left out with the day": (
        {"custody": [("2024-01-11", "2024-01-21")], "on": ["2024-01-12", "2024-02-10"]},
        [(0, 10, 0, "custody"), (19, 40, 1, SUSPECT)]),
    "an event on the day of release counts": (
        {"custody": [("2024-01-11", "2024-01-21")], "on": ["2024-01-21"]},
        [(0, 10, 0, "custody"), (19, 20, 1, SUSPECT)]),
    "death inside ends time at the reception": (
        {"custody": [("2024-01-11", "2024-01-21")], "died": "2024-01-15", "competing": ["death"]},
        [(0, 10, 0, "custody")]),
    "a reception competes": (
        {"custody": [("2024-01-11", "2024-01-21")], "on": ["2024-01-25"], "competing": ["custody"]},
        [(0, 10, 2, "reception into custody")]),
    "an event before the reception": (
        {"custody": [("2024-01-11", "2024-01-21")], "on": ["2024-01-05"], "competing": ["custody"]},
        [(0, 4, 1, SUSPECT)]),
    # release
    "time starts at the release": (
        {"start": "release", "custody": [("2024-01-11", "2024-01-21")], "on": ["2024-01-15", "2024-01-25"]},
        [(0, 4, 1, SUSPECT)]),
    "the first release of several, and the next spell is not at risk": (
        {"start": "release", "custody": [("2023-12-01", "2024-01-01"), ("2024-01-11", "2024-01-21")]},
        [(0, 10, 0, "custody"), (19, 90, 0, ENDED)]),
    "the first release from a day on": (
        {"start": "release", "custody": [("2023-12-01", "2024-01-01"), ("2024-01-11", "2024-01-21")],
         "released_from": "2024-01-02"}, [(0, 70, 0, ENDED)]),
    "a transfer is no release": (
        {"start": "release", "custody": [("2023-12-01", "2024-01-01"), ("2024-01-01", "2024-01-21")]},
        [(0, 70, 0, ENDED)]),
    "not released": ({"start": "release", "custody": [("2023-12-01", None)]}, []),
    "released after the end": ({"start": "release", "custody": [("2023-12-01", "2024-04-01")]}, []),
    # events that come again
    "every event ends a row": (
        {"recurrent": True, "on": ["2024-01-11", "2024-02-10"]},
        [(0, 10, 1, SUSPECT, 1), (10, 40, 1, SUSPECT, 2), (40, 90, 0, ENDED, 3)]),
    "two on one day are one": (
        {"recurrent": True, "on": ["2024-01-11", "2024-01-11"]}, [(0, 10, 1, SUSPECT, 1), (10, 90, 0, ENDED, 2)]),
    "the last on the end day": ({"recurrent": True, "on": [END]}, [(0, 90, 1, SUSPECT, 1)]),
    "a gap in custody does not change the order": (
        {"recurrent": True, "on": ["2024-01-11", "2024-01-12", "2024-02-10"],
         "custody": [("2024-01-11", "2024-01-21")]},
        [(0, 10, 1, SUSPECT, 1), (19, 40, 1, SUSPECT, 2), (40, 90, 0, ENDED, 3)]),
    "death ends them": (
        {"recurrent": True, "on": ["2024-01-11", "2024-02-10"], "died": "2024-01-31", "competing": ["death"]},
        [(0, 10, 1, SUSPECT, 1), (10, 30, 2, "death", 2)]),
    # the landmark
    "followed from the landmark": ({"landmark": 30}, [(30, 90, 0, ENDED)]),
    "an event after the landmark": ({"landmark": 30, "on": ["2024-02-10"]}, [(30, 40, 1, SUSPECT)]),
    "an event on the day of the landmark leaves the person out": ({"landmark": 30, "on": ["2024-01-31"]}, []),
    "an event before it does too": ({"landmark": 30, "on": ["2024-01-05", "2024-02-10"]}, []),
    "not where events come again": (
        {"landmark": 30, "recurrent": True, "on": ["2024-01-05", "2024-02-10"]},
        [(30, 40, 1, SUSPECT, 2), (40, 90, 0, ENDED, 3)]),
    "inside on the day of the landmark": (
        {"landmark": 30, "custody": [("2024-01-11", "2024-02-10")]}, [(39, 90, 0, ENDED)]),
    # groups that change
    "the group switches after the day it is known": (
        {"changes": [("2024-01-11", "done")]}, [(0, 10, 0, "continues", "not yet"), (10, 90, 0, ENDED, "done")]),
    "an event on that day belongs to the group before": (
        {"changes": [("2024-01-11", "done")], "on": ["2024-01-11"]}, [(0, 10, 1, SUSPECT, "not yet")]),
    "known on the start day or before": (
        {"changes": [("2023-06-01", "begun"), ("2024-01-01", "half"), ("2024-01-11", "done")]},
        [(0, 10, 0, "continues", "half"), (10, 90, 0, ENDED, "done")]),
    "known on the start day that counts": (
        {"changes": [("2024-01-01", "half")], "on": ["2024-01-01"], "on_start_day": "count"},
        [(0, 1, 1, SUSPECT, "half")]),
    "known inside": (
        {"changes": [("2024-01-15", "done")], "custody": [("2024-01-11", "2024-01-21")]},
        [(0, 10, 0, "custody", "not yet"), (19, 90, 0, ENDED, "done")]),
    "known after the end": ({"changes": [("2024-04-01", "done")]}, [(0, 90, 0, ENDED, "not yet")]),
    "the landmark, and changes after it": (
        {"changes": [("2024-01-11", "begun"), ("2024-02-10", "done")], "landmark": 30},
        [(30, 40, 0, "continues", "begun"), (40, 90, 0, ENDED, "done")]),
    "with events that come again": (
        {"changes": [("2024-01-11", "done")], "recurrent": True, "on": ["2024-01-06", "2024-01-11"]},
        [(0, 5, 1, SUSPECT, 1, "not yet"), (5, 10, 1, SUSPECT, 2, "not yet"), (10, 90, 0, ENDED, 3, "done")]),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_rules(rule):
    records, rows = RULES[rule]
    found, left_out = followed(**records)
    assert found == rows
    assert (sum(left_out.values()) == 1) is (rows == [])


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ({"custody": [("2023-12-01", None)]}, {"no day at risk": 1}),
        ({"start": "release", "custody": [("2023-12-01", None)]}, {"no release in the period": 1}),
        ({"landmark": 30, "on": ["2024-01-05"]}, {"time over by day 30": 1}),
        (
            {"landmark": 30, "custody": [("2024-01-11", None)]},
            {"time over by day 30": 0, "no day at risk after day 30": 1},
        ),
    ],
)
def test_who_is_left_out(records, why):
    assert followed(**records) == ([], why)


def groups(landmark, **columns):
    people = pd.DataFrame({"person_id": ["a", "b", "c"], "site": "x", "last_contact": pd.Timestamp(START), **columns})
    known = dict.fromkeys(set(columns) - {"known_on"}, "known_on")
    nothing = frame([], ("person_id", "on", "kind"), ["on"])
    times = time_to_event(people, nothing, end=END, kinds=["suspect"], by=list(known), known=known, landmark=landmark)
    return times.to_pandas()[next(iter(known))].tolist()


def test_groups_are_those_known_at_the_landmark():
    known_on = pd.to_datetime(["2024-01-31", "2024-02-01", None])
    assert groups(30, completed=[True, True, False], known_on=known_on) == [True, False, False]
    assert groups(31, completed=[True, True, False], known_on=known_on) == [True, True, False]
    assert groups(30, stage=["x", "y", "z"], known_on=known_on) == ["x", "not by day 30", "not by day 30"]


# offences as (on, kind, proved on) after a start on 15 January 2023, and the day and event they become by an end
PROVEN = {
    "nothing": ([], (365, 0)),
    "proved within the year": ([("2023-02-14", "conviction", "2023-06-01")], (30, 1)),
    "by caution": ([("2023-02-14", "caution", "2023-02-14")], (30, 1)),
    "the last day of the year, proved on the last day": ([("2024-01-15", "conviction", "2024-07-15")], (365, 1)),
    "a day too late to be an offence": ([("2024-01-16", "conviction", "2024-02-01")], (365, 0)),
    "proved a day too late": ([("2023-02-14", "conviction", "2024-07-16")], (365, 0)),
    "a suspect record proves nothing": ([("2023-02-14", "suspect", None)], (365, 0)),
    "a charge proves nothing": ([("2023-02-14", "charge", None), ("2023-03-16", "conviction", "2023-09-01")], (60, 1)),
    "on the start day": ([("2023-01-15", "conviction", "2023-06-01")], (365, 0)),
    "proved before, offended before": ([("2022-12-15", "conviction", "2023-06-01")], (365, 0)),
    "the first that was proved in time": (
        [("2023-02-14", "conviction", "2024-09-01"), ("2023-03-16", "caution", "2023-03-20")], (60, 1)),
}  # fmt: skip


def judged(rows, end, **named):
    people = frame([("a", "x", "2023-01-15")], ("person_id", "site", "sentenced_on"), ["sentenced_on"])
    events = frame([("a", *row) for row in rows], ("person_id", "on", "kind", "proved_on"), ["on", "proved_on"])
    return proven_reoffending(people, events, start="sentenced_on", end=end, **named)


@pytest.mark.parametrize("rule", PROVEN)
def test_proven_reoffending(rule):
    rows, answer = PROVEN[rule]
    times = judged(rows, "2024-07-15")
    assert times.to_pandas()[["entry", "days", "event"]].to_numpy().tolist() == [[0, *answer]]
    assert times.to_pandas()["cause"][0] == ("proven reoffence" if answer[1] else "12 months over")
    # a day earlier nobody can be judged, whatever is known already
    young = judged(rows, "2024-07-14")
    assert len(young) == 0
    assert dict(young.left_out) == {"not yet mature": 1}
    assert young.account().table.to_numpy().tolist() == [
        ["all", "people given", 1], ["all", "not yet mature", 1], ["all", "followed", 0],
    ]  # fmt: skip


def test_other_months_and_the_end_of_a_month():
    """A month after 31 January is the last day of February."""
    people = frame([("a", "x", "2023-01-31")], ("person_id", "site", "sentenced_on"), ["sentenced_on"])
    events = frame(
        [("a", "2023-02-28", "caution", "2023-02-28")], ("person_id", "on", "kind", "proved_on"), ["on", "proved_on"]
    )
    named = {"start": "sentenced_on", "months": 1, "proof_months": 0}
    assert list(proven_reoffending(people, events, end=dt.date(2023, 2, 28), **named).to_pandas()["days"]) == [28]
    assert len(proven_reoffending(people, events, end=dt.date(2023, 2, 27), **named)) == 0
