"""The rules of windows, each as one person's days and what is counted before, during and after.

Rows are read so: what the person's days are, what is asked, then the days at risk and the events before, during and
after. ``render`` writes the same rows as the table of ``docs/explanation/time-at-risk.md``.
"""

from pathlib import Path

import pandas as pd
import pytest

from lvrn_eval.offending import pre_post_counts

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "time-at-risk.md"

# the usual person: referred on 1 March 2024, met from 11 to 20 March, records from 1 January to 31 May 2024
USUAL = {
    "referred": "2024-03-01", "first": "2024-03-11", "last": "2024-03-20", "from": "2024-01-01", "as_of": "2024-05-31",
    "before": "all", "after": "all",
}  # fmt: skip

# rule: (what differs from the usual, days at risk before, during and after, events before, during and after)
RULES = {
    # January 31, February 29 and ten days of March; 11 days of March, 30 of April and 31 of May
    "every day there is": ({}, (70, 10, 72), None),
    "before ends the day before the first contact": ({"on": ["2024-03-10", "2024-03-11"]}, (70, 10, 72), (1, 1, 0)),
    "after begins the day after the last contact": ({"on": ["2024-03-20", "2024-03-21"]}, (70, 10, 72), (0, 1, 1)),
    "the first and last day of the records count": ({"on": ["2024-01-01", "2024-05-31"]}, (70, 10, 72), (1, 0, 1)),
    "a number of days": ({"before": "10 days", "after": "10 days"}, (10, 10, 10), None),
    "the first and last day of a window count": (
        {"before": "10 days", "after": "10 days", "on": ["2024-02-29", "2024-03-01", "2024-03-30", "2024-03-31"]},
        (10, 10, 10), (1, 0, 1)),
    "a leap day is a day": ({"before": "11 days", "after": "1 day", "on": ["2024-02-29"]}, (11, 10, 1), (1, 0, 0)),
    "the leap day is not there in 2023": (
        {"referred": "2023-03-01", "first": "2023-03-01", "last": "2023-03-01", "from": "2023-02-01", "before": "1 day",
         "after": "1 day", "on": ["2023-02-28"]}, (1, 1, 1), (1, 0, 0)),
    # which days the windows hang on
    "before the referral": ({"before_anchor": "referred_on"}, (60, 20, 72), None),
    "the day of the referral is during": (
        {"before_anchor": "referred_on", "on": ["2024-02-29", "2024-03-01"]}, (60, 20, 72), (1, 1, 0)),
    "after the first contact: time in the programme counts as after": (
        {"after_anchor": "first_contact", "on": ["2024-03-11", "2024-03-12"]}, (70, 1, 81), (0, 1, 1)),
    "one anchor for both: its day is during": (
        {"before_anchor": "referred_on", "after_anchor": "referred_on", "on": ["2024-03-01"]}, (60, 1, 91), (0, 1, 0)),
    "met once, on the day of the referral": (
        {"referred": "2024-03-11", "last": "2024-03-11", "before_anchor": "referred_on"}, (70, 1, 81), None),
    "the last contact on the last day: nothing is after": ({"last": "2024-05-31"}, (70, 82, 0), None),
    "a fixed window after the last day is cut": ({"last": "2024-05-31", "after": "10 days"}, None, None),
    # the washout
    "the washout counts nowhere": (
        {"washout": "10 days", "on": ["2024-02-29", "2024-03-01", "2024-03-10"]}, (60, 10, 72), (1, 0, 0)),
    "a fixed window is as long before the washout": (
        {"washout": "10 days", "before": "30 days", "on": ["2024-01-30", "2024-01-31"]}, (30, 10, 72), (1, 0, 0)),
    "a washout longer than the records leaves nothing before": (
        {"washout": "90 days", "on": ["2024-02-01"]}, (0, 10, 72), (0, 0, 0)),
    "a washout longer than the window moves it": (
        {"washout": "30 days", "before": "5 days", "on": ["2024-02-05", "2024-02-10"]}, (5, 10, 72), (1, 0, 0)),
    # as long as after
    "before as long as after": ({"before": "as after", "last": "2024-05-01"}, (30, 52, 30), None),
    "before as long as a fixed window after": ({"before": "as after", "after": "20 days"}, (20, 10, 20), None),
    "as long as what is left of a window after": (
        {"before": "as after", "after": "90 days", "incomplete": "rate", "last": "2024-05-01"}, (30, 52, 30), None),
    "as after, and the records do not reach so far": ({"before": "as after"}, None, None),
    "as after, rated with the days there are": ({"before": "as after", "incomplete": "rate"}, (70, 10, 72), None),
    "as after, before the washout": (
        {"before": "as after", "last": "2024-05-01", "washout": "7 days", "on": ["2024-02-02", "2024-02-03"]},
        (30, 52, 30), (1, 0, 0)),
    # windows that are cut
    "records begin too late: left out": ({"before": "71 days"}, None, None),
    "records begin too late: kept with the days there are": (
        {"before": "71 days", "incomplete": "rate"}, (70, 10, 72), None),
    "for models kept too": ({"before": "71 days", "incomplete": "model"}, (70, 10, 72), None),
    "records begin after the first contact": ({"from": "2024-03-15"}, (0, 10, 72), None),
    # custody
    "days strictly between reception and release": ({"custody": [("2024-02-01", "2024-02-11")]}, (61, 10, 72), None),
    "custody across both anchors": ({"custody": [("2024-03-08", "2024-03-23")]}, (68, 0, 70), None),
    "an event inside is left out with the day": (
        {"custody": [("2024-03-08", "2024-03-23")], "on": ["2024-03-08", "2024-03-09", "2024-03-15", "2024-03-23"]},
        (68, 0, 70), (1, 0, 1)),
    "still inside on the last day": ({"custody": [("2024-05-01", None)]}, (70, 10, 42), None),
    "a fixed window does not grow by custody": (
        {"before": "10 days", "custody": [("2024-03-01", "2024-03-11")]}, (1, 10, 72), None),
    # age
    "of age from the first day of the month": ({"born": "2014-02"}, (39, 10, 72), None),
    "an event under age is left out with the day": (
        {"born": "2014-02", "on": ["2024-01-31", "2024-02-01"]}, (39, 10, 72), (1, 0, 0)),
    "of age within the programme's month": ({"born": "2014-03"}, (10, 10, 72), None),
    "of age after the last contact": ({"born": "2014-05", "on": ["2024-04-30", "2024-05-01"]}, (0, 0, 31), (0, 0, 1)),
    "under age throughout": ({"born": "2015-01"}, (0, 0, 0), None),
    "of age before the records begin": ({"born": "2014-01"}, (70, 10, 72), None),
    "another age": ({"born": "2012-02", "min_age": 12}, (39, 10, 72), None),
    "age not looked at": ({"born": "2014-02", "min_age": None}, (70, 10, 72), None),
    "month of birth unknown": ({"born": None}, (70, 10, 72), None),
    "custody that begins under age": (
        {"born": "2014-02", "custody": [("2024-01-20", "2024-02-11")]}, (29, 10, 72), None),
    "received on the day of coming of age": (
        {"born": "2014-02", "custody": [("2024-02-01", "2024-02-11")]}, (30, 10, 72), None),
    # where the days before are not known
    "nobody said when the records begin": ({"from": None, "on": ["1999-12-31"]}, (None, 10, 72), (1, 0, 0)),
    "then a number of days is taken as whole": ({"from": None, "before": "10 days"}, (10, 10, 72), None),
}  # fmt: skip
CHOICES = ("before", "after", "before_anchor", "after_anchor", "washout", "incomplete", "min_age")


def counted(**differs):
    """Return days at risk and events of one person, or None where the person is left out."""
    asked = USUAL | differs
    days = {"referred_on": asked["referred"], "first_contact": asked["first"], "last_contact": asked["last"]}
    people = pd.DataFrame({"person_id": ["a"], **{name: [pd.Timestamp(day)] for name, day in days.items()}})
    if "born" in asked:
        people["birth_month"] = pd.to_datetime([asked["born"]])
    on = pd.to_datetime(asked.get("on", []))
    events = pd.DataFrame(
        {"person_id": pd.Series("a", index=range(len(on)), dtype=object), "on": on, "kind": "suspect"}
    )
    custody = None
    if "custody" in asked:
        starts, ends = (pd.to_datetime(list(days)) for days in zip(*asked["custody"], strict=True))
        custody = pd.DataFrame({"person_id": "a", "starts_on": starts, "ends_on": ends})
    choices = {name: asked[name] for name in CHOICES if name in asked}
    table = pre_post_counts(
        people, events, kinds=["suspect"], as_of=asked["as_of"], observed_from=asked["from"], custody=custody, **choices
    )
    rows = table.to_arrow().to_pylist()
    if not rows:
        return None, None
    (row,) = rows
    periods = ("before", "during", "after")
    return tuple(row[f"days_{period}"] for period in periods), tuple(row[period] for period in periods)


@pytest.mark.parametrize("rule", RULES)
def test_rules(rule):
    differs, days, events = RULES[rule]
    found, recorded = counted(**differs)
    assert found == days
    if events is not None:
        assert recorded == events
    elif days is not None:
        assert recorded == (0, 0, 0)


def render():
    """Return the rules as a table of a page."""
    lines = ["| Rule | Asked, or given | Days at risk | Events |", "|---|---|---|---|"]
    for rule, (differs, days, events) in RULES.items():
        said = "; ".join(f"{name}: {_said(value)}" for name, value in differs.items())
        lines.append(f"| {rule[0].upper()}{rule[1:]} | {said} | {_three(days)} | {_three(events) if events else ''} |")
    return "\n".join(lines)


def _said(value):
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    if isinstance(value, tuple):
        return " to ".join(day or "no release" for day in value)
    return "not known" if value is None else str(value)


def _three(numbers):
    if numbers is None:
        return "left out"
    return ", ".join("not known" if number is None else str(number) for number in numbers)


def test_the_page_holds_the_rules():
    assert render() in PAGE.read_text(encoding="utf-8")
