"""Ages that are hardly right: each bound on both sides, by the days between the month of birth and the date."""

import pytest
from records_quality_examples import report


def people(born):
    return f"Ref,Born,Sex,Area\nA,{born},male,burnley\n"


CONTACTS = "No,Ref,Club,Day,Who,Came,Mins\n1,A,north,{0},mentor,yes,\n"
REFERRALS = "No,Ref,Club,Made,By\n1,A,north,{0},police\n"
EVENTS = "No,Ref,Day,Sort,Knife\n1,A,{0},{1},\n"
CUSTODY = "Ref,In,Out\nA,{0},\n"
SCORES = "Ref,Form,By,Day,When,Age,Total,Q1,Q2\nA,sdq,parent,{0},pre,,,,\n"


@pytest.mark.parametrize(
    ("table", "content", "born", "told"),
    [
        # 5 years of 365.25 days are 1826 days: from 1 February 2008 to 31 January 2013
        ("contacts", CONTACTS.format("2013-01-30"), "2008-02-14", True),
        ("contacts", CONTACTS.format("2013-01-31"), "2008-02-14", False),
        ("referrals", REFERRALS.format("2013-01-30"), "2008-02-14", True),
        ("referrals", REFERRALS.format("2013-01-31"), "2008-02-14", False),
        # 4 years are 1461 days: from 1 February 2018 to 1 February 2022
        ("scores", SCORES.format("2022-01-31"), "2018-02-01", True),
        ("scores", SCORES.format("2022-02-01"), "2018-02-01", False),
        # 10 years are 3652 days: from 1 February 2008 to 31 January 2018
        ("custody", CUSTODY.format("2018-01-30"), "2008-02-29", True),
        ("custody", CUSTODY.format("2018-01-31"), "2008-02-29", False),
        *(("events", EVENTS.format("2018-01-30", kind), "2008-02-14", True)
          for kind in ("suspect", "charge", "non_conviction", "conviction")),
        ("events", EVENTS.format("2018-01-31", "suspect"), "2008-02-14", False),
        # a child may be a victim, or be seen in anti-social behaviour
        *(("events", EVENTS.format("2010-01-30", kind), "2008-02-14", False)
          for kind in ("asb", "victim", "hospital_admission", "other")),
        # 111 years are 40542 days: from 1 January 1905 to 1 January 2016
        ("contacts", CONTACTS.format("2015-12-31"), "1905-01-31", False),
        ("contacts", CONTACTS.format("2016-01-01"), "1905-01-31", True),
        ("events", EVENTS.format("2016-01-01", "victim"), "1905-01-31", True),
        # who was not born yet is an error, not an age; whose birth nobody wrote down has none
        ("contacts", CONTACTS.format("2016-01-01"), "", False),
    ],
)  # fmt: skip
def test_the_bounds_of_ages(tmp_path, table, content, born, told):
    found = report(tmp_path, ["people", table], people=people(born), **{table: content})
    assert [fault.rule for fault in found.faults] == ["implausible_age"] * told


def test_who_was_not_born_yet_is_told_once(tmp_path):
    files = {"people": people("2016-02-01"), "contacts": CONTACTS.format("2016-01-31")}
    assert [fault.rule for fault in report(tmp_path, ["people", "contacts"], **files).faults] == ["before_birth"]
