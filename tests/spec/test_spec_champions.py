"""The three Champions rules as a table: who is in and who is out, at every boundary.

The review date is 31 March 2024, so "6 to 12 months before" is 31 March 2023 to 30 September 2023, both included:
months are calendar months, and a day that a month lacks becomes its last.
"""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from lvrn_eval.cohort import Cohort, engagement_features

MULTIPLE = ("Multiple engagements with a mentor or coach", "mentor_contacts >= least")
ACTIVE = (
    "Last active 6 to 12 months before",
    "last_contact between as_of - interval 12 month and as_of - interval 6 month",
)
PREVIOUS = ("Previous offence or anti-social behaviour", "prior_events >= 1")

GOOD = [("2023-05-01", "mentor", True), ("2023-06-01", "coach", True)]
BEFORE = [("2023-04-30", "suspect")]

# contacts (day, role, whether attended), events (day, kind), the rule that leaves the person out (None: included)
CASES = {
    "all three met": (GOOD, BEFORE, None),
    # multiple engagements
    "one engagement": (GOOD[:1], BEFORE, MULTIPLE),
    "two on one day": ([GOOD[1], ("2023-06-01", "mentor", True)], BEFORE, MULTIPLE),
    "one of two missed": ([GOOD[0], ("2023-06-01", "coach", False)], BEFORE, MULTIPLE),
    "one of two with a navigator": ([GOOD[0], ("2023-06-01", "navigator", True)], BEFORE, MULTIPLE),
    "one of two with a trainer": ([GOOD[0], ("2023-06-01", "trainer", True)], BEFORE, MULTIPLE),
    "both with one coach": ([("2023-05-01", "coach", True), ("2023-06-01", "coach", True)], BEFORE, None),
    "never met": ([], BEFORE, MULTIPLE),
    # last active
    "last on the first day": (
        [("2023-03-01", "mentor", True), ("2023-03-31", "mentor", True)], [("2023-01-01", "asb")], None),
    "last a day too early": (
        [("2023-03-01", "mentor", True), ("2023-03-30", "mentor", True)], [("2023-01-01", "asb")], ACTIVE),
    "last on the last day": ([*GOOD, ("2023-09-30", "mentor", True)], BEFORE, None),
    "last a day too late": ([*GOOD, ("2023-10-01", "mentor", True)], BEFORE, ACTIVE),
    "last a day too late, missed": ([*GOOD, ("2023-10-01", "mentor", False)], BEFORE, None),
    "last a day too late, with a navigator": ([*GOOD, ("2023-10-01", "navigator", True)], BEFORE, ACTIVE),
    "on the review date": ([*GOOD, ("2024-03-31", "mentor", True)], BEFORE, ACTIVE),
    "after the review date": ([*GOOD, ("2024-04-01", "mentor", True)], BEFORE, None),
    # previous offence or offending behaviour
    "suspect": (GOOD, [("2023-04-30", "suspect")], None),
    "charge": (GOOD, [("2023-04-30", "charge")], None),
    "no conviction": (GOOD, [("2023-04-30", "non_conviction")], None),
    "conviction": (GOOD, [("2023-04-30", "conviction")], None),
    "anti-social behaviour": (GOOD, [("2018-01-01", "asb")], None),
    "victim": (GOOD, [("2023-04-30", "victim")], PREVIOUS),
    "admitted to hospital": (GOOD, [("2023-04-30", "hospital_admission")], PREVIOUS),
    "another kind": (GOOD, [("2023-04-30", "other")], PREVIOUS),
    "nothing": (GOOD, [], PREVIOUS),
    "on the day of the first contact": (GOOD, [("2023-05-01", "suspect")], PREVIOUS),
    "after the first contact": (GOOD, [("2023-05-02", "suspect")], PREVIOUS),
    "before the first that was attended": ([("2023-04-01", "mentor", False), *GOOD], [("2023-04-15", "suspect")], None),
    # the first rule that is not met is the one that counts
    "none of the three met": ([("2023-10-01", "mentor", True)], [], MULTIPLE),
    "neither of the last two met": ([*GOOD, ("2023-10-01", "mentor", True)], [], ACTIVE),
}  # fmt: skip


def records():
    contacts = [(name, "north", *row) for name, (rows, _, _) in CASES.items() for row in rows]
    events = [(name, *row) for name, (_, rows, _) in CASES.items() for row in rows]
    return SimpleNamespace(
        people=pd.DataFrame(
            {
                "person_id": list(CASES),
                "birth_month": pd.Timestamp("2008-01-01"),
                "sex": "x",
                "ethnicity": "x",
                "district": "x",
            },
        ),
        referrals=pd.DataFrame(
            {
                "referral_id": [1],
                "person_id": ["nobody"],
                "site": ["north"],
                "referred_on": pd.Timestamp("2023-01-01"),
                "source": "self",
            },
        ),
        contacts=pd.DataFrame(contacts, columns=["person_id", "site", "on", "role", "attended"]).astype(
            {"on": "datetime64[ns]"}
        ),
        events=pd.DataFrame(events, columns=["person_id", "on", "kind"]).astype({"on": "datetime64[ns]"}),
    )


@pytest.fixture(scope="module")
def cohort():
    features = engagement_features(records(), as_of=dt.date(2024, 3, 31))
    return Cohort(features, name="Champions").require(*MULTIPLE, least=2).require(*ACTIVE).require(*PREVIOUS)


@pytest.fixture(scope="module")
def left_out(cohort):
    rules = [MULTIPLE, ACTIVE, PREVIOUS]
    return {
        row["person_id"]: None if row["failed_at"] is None else rules[row["failed_at"] - 1]
        for row in cohort.decided.to_arrow().to_pylist()
    }


@pytest.mark.parametrize("name", CASES)
def test_who_is_included(left_out, name):
    assert left_out[name] == CASES[name][2]


def test_the_people_are_those_who_are_included(cohort):
    included = {name for name, (_, _, rule) in CASES.items() if rule is None}
    assert set(cohort.people.to_pandas()["person_id"]) == included
    table = cohort.attrition().table
    assert table.loc[table["group"] == "all", "people_left"].iloc[-1] == len(included)


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        ("2024-03-31", "2023-03-31", "2023-09-30"),
        ("2024-03-30", "2023-03-30", "2023-09-30"),
        ("2024-08-31", "2023-08-31", "2024-02-29"),  # 31 February of a leap year
        ("2023-08-31", "2022-08-31", "2023-02-28"),
        ("2024-02-29", "2023-02-28", "2023-08-29"),
        ("2025-02-28", "2024-02-28", "2024-08-28"),
        ("2024-01-01", "2023-01-01", "2023-07-01"),
    ],
)
def test_six_to_twelve_calendar_months(as_of, first, last):
    edges = [pd.Timestamp(first), pd.Timestamp(last)]
    day = pd.Timedelta(days=1)
    people = pd.DataFrame(
        {
            "person_id": ["too early", "first", "last", "too late"],
            "last_contact": [edges[0] - day, *edges, edges[1] + day],
        },
    )
    cohort = Cohort(people, name="x", as_of=as_of).require(*ACTIVE)
    assert set(cohort.people.to_pandas()["person_id"]) == {"first", "last"}
