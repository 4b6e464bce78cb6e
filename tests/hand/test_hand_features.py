"""What the Champions rules look at, worked out by hand for six people; each choice is tried each way."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from lvrn_eval.cohort import engagement_features

D = dt.date


def frame(columns, *rows):
    made = pd.DataFrame(rows, columns=columns.split())
    return made.assign(
        **{name: pd.to_datetime(made[name]) for name in ("on", "referred_on", "birth_month") if name in made}
    )


RECORDS = SimpleNamespace(
    people=frame(
        "person_id birth_month sex ethnicity district",
        ("ann", "2008-02-01", "female", "white", "burnley"),
        ("bob", "2010-12-01", "male", "asian", "preston"),
        ("cat", None, "female", None, None),
        ("dan", "2009-05-01", "male", "white", "wyre"),
        ("eve", "2007-01-01", "female", "black", "pendle"),
        ("fay", "2007-01-01", "female", "black", "pendle"),
    ),
    referrals=frame(
        "referral_id person_id site referred_on source",
        (1, "ann", "north", "2023-04-10", "police"),
        (2, "ann", "south", "2023-04-01", "education"),  # the first by its day, not by its number
        (4, "cat", "south", "2023-01-05", "self"),
        (3, "cat", "north", "2023-01-05", "health"),  # the first of that day, by its number
        (5, "bob", "south", "2023-07-01", "prison"),
        (6, "eve", "south", "2024-01-01", "police"),  # after the review date 2023-12-31, before 2024-03-31
    ),
    contacts=frame(
        "person_id site on role attended",
        ("ann", "north", "2023-05-01", "mentor", True),
        ("ann", "north", "2023-05-01", "coach", True),  # a second engagement on one day
        ("ann", "south", "2023-06-01", "navigator", True),  # met, but no mentor or coach
        ("ann", "north", "2023-07-01", "mentor", False),  # missed
        ("bob", "south", "2023-08-01", "mentor", True),
        ("bob", "north", "2023-08-01", "coach", True),  # two sites on the last day
        ("bob", "south", "2023-07-15", "mentor", True),
        ("cat", "south", "2023-02-01", "mentor", False),  # never came
        ("eve", "south", "2023-12-31", "mentor", True),
        ("eve", "north", "2024-01-01", "mentor", True),
        ("fay", "north", "2023-03-01", "trainer", True),  # met somebody, but no mentor or coach
    ),
    events=frame(
        "person_id on kind",
        ("ann", "2020-01-01", "asb"),
        ("ann", "2023-03-01", "victim"),
        ("ann", "2023-04-30", "suspect"),
        ("ann", "2023-05-01", "suspect"),  # on the day of the first contact: not before it
        ("ann", "2023-05-02", "charge"),
        ("bob", "2023-07-14", "conviction"),
        ("bob", "2023-07-14", "non_conviction"),  # a second record of one day counts too
        ("cat", "2023-01-31", "suspect"),
        ("eve", "2023-12-30", "hospital_admission"),
    ),
)


def features(**choices):
    table = engagement_features(RECORDS, **{"as_of": "2024-03-31", **choices}).table
    return {row.pop("person_id"): row for row in table.to_arrow().to_pylist()}


def column(name, **choices):
    return {person: row[name] for person, row in features(**choices).items()}


def test_everybody_by_default():
    found = features()
    ages = {person: row.pop("age_at_referral") for person, row in found.items()}
    # ann: February 2008 to April 2023 is 15 years and 2 months; bob: December 2010 to July 2023, 12 years and 7 months;
    # eve: January 2007 to January 2024; cat's birth and dan's and fay's referral are not known
    assert ages == {
        "ann": pytest.approx(15 + 2 / 12), "bob": pytest.approx(12 + 7 / 12), "cat": None, "dan": None,
        "eve": pytest.approx(17), "fay": None,
    }  # fmt: skip
    names = [
        "site",
        "sex",
        "ethnicity",
        "district",
        "referral_source",
        "referred_on",
        "first_contact",
        "last_contact",
        "mentor_contacts",
        "prior_events",
        "n_records",
    ]
    met = [
        # ann: the last she met was at south; 1 May counts once; 2 qualifying records before 1 May; 4 rows
        ("ann", "south", "female", "white", "burnley", "education", D(2023, 4, 1),
         D(2023, 5, 1), D(2023, 6, 1), 1, 2, 4),
        # bob: both sites on the last day, so north; 15 July and 1 August; 2 records on one earlier day
        ("bob", "north", "male", "asian", "preston", "prison", D(2023, 7, 1), D(2023, 7, 15), D(2023, 8, 1), 2, 2, 3),
        # cat: never met, so the site of the first referral, and nothing is before a contact that never was
        ("cat", "north", "female", None, None, "health", D(2023, 1, 5), None, None, 0, 0, 1),
        ("dan", "not_recorded", "male", "white", "wyre", None, None, None, None, 0, 0, 0),
        ("eve", "north", "female", "black", "pendle", "police", D(2024, 1, 1), D(2023, 12, 31), D(2024, 1, 1), 2, 0, 2),
        ("fay", "north", "female", "black", "pendle", None, None, D(2023, 3, 1), D(2023, 3, 1), 0, 0, 1),
    ]  # fmt: skip
    born = {person: row.pop("birth_month") for person, row in found.items()}
    assert born == {
        "ann": D(2008, 2, 1), "bob": D(2010, 12, 1), "cat": None, "dan": D(2009, 5, 1), "eve": D(2007, 1, 1),
        "fay": D(2007, 1, 1),
    }  # fmt: skip
    assert found == {person: dict(zip(names, row, strict=True)) for person, *row in met}


def test_columns_come_in_this_order():
    assert list(engagement_features(RECORDS, as_of="2024-03-31").table.columns) == [
        "person_id", "site", "birth_month", "sex", "ethnicity", "district", "referral_source", "referred_on",
        "age_at_referral", "first_contact", "last_contact", "mentor_contacts", "prior_events", "n_records",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("attended_only", "distinct_dates", "expected"),
    [
        # ann: 1 May twice and, missed, 1 July; bob: 15 July and 1 August twice; cat: 1 February missed; eve: twice
        (True, True, {"ann": 1, "bob": 2, "cat": 0, "dan": 0, "eve": 2, "fay": 0}),
        (True, False, {"ann": 2, "bob": 3, "cat": 0, "dan": 0, "eve": 2, "fay": 0}),
        (False, True, {"ann": 2, "bob": 2, "cat": 1, "dan": 0, "eve": 2, "fay": 0}),
        (False, False, {"ann": 3, "bob": 3, "cat": 1, "dan": 0, "eve": 2, "fay": 0}),
    ],
)
def test_what_counts_as_an_engagement(attended_only, distinct_dates, expected):
    choices = {"attended_only": attended_only, "distinct_dates": distinct_dates}
    assert column("mentor_contacts", **choices) == expected


def test_missed_engagements_move_the_last_contact_and_its_site():
    row = features(attended_only=False)["ann"]
    assert (row["last_contact"], row["site"]) == (D(2023, 7, 1), "north")
    row = features(attended_only=False)["cat"]
    # and what came before the missed one is then prior: 31 January before 1 February
    assert (row["first_contact"], row["site"], row["prior_events"]) == (D(2023, 2, 1), "south", 1)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["mentor"], {"ann": 1, "bob": 2, "cat": 0, "dan": 0, "eve": 2, "fay": 0}),
        (["coach"], {"ann": 1, "bob": 1, "cat": 0, "dan": 0, "eve": 0, "fay": 0}),
        (["navigator", "trainer"], {"ann": 1, "bob": 0, "cat": 0, "dan": 0, "eve": 0, "fay": 1}),
        (["mentor", "coach", "navigator"], {"ann": 2, "bob": 2, "cat": 0, "dan": 0, "eve": 2, "fay": 0}),
    ],
)
def test_whose_engagements_count(roles, expected):
    assert column("mentor_contacts", roles=roles) == expected
    # the first and last contact are with anyone
    assert column("last_contact", roles=roles)["ann"] == D(2023, 6, 1)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["suspect"], {"ann": 1, "bob": 0}),
        (["asb", "victim"], {"ann": 2, "bob": 0}),
        (["conviction"], {"ann": 0, "bob": 1}),
        (["suspect", "charge", "non_conviction", "conviction", "asb", "victim"], {"ann": 3, "bob": 2}),
        (["hospital_admission"], {"ann": 0, "bob": 0, "eve": 1}),
    ],
)
def test_which_events_qualify(kinds, expected):
    found = column("prior_events", event_kinds=kinds)
    assert {person: found[person] for person in expected} == expected


@pytest.mark.parametrize(
    ("as_of", "person", "expected"),
    [
        # the review day itself is looked at, the day after it is not
        ("2023-12-31", "eve", ("south", None, D(2023, 12, 31), D(2023, 12, 31), 1)),
        ("2024-01-01", "eve", ("north", D(2024, 1, 1), D(2023, 12, 31), D(2024, 1, 1), 2)),
        ("2023-12-30", "eve", ("not_recorded", None, None, None, 0)),
        ("2023-05-01", "ann", ("north", D(2023, 4, 1), D(2023, 5, 1), D(2023, 5, 1), 1)),
        ("2023-04-30", "ann", ("south", D(2023, 4, 1), None, None, 0)),
        ("2023-04-09", "ann", ("south", D(2023, 4, 1), None, None, 0)),
        ("2023-03-31", "ann", ("not_recorded", None, None, None, 0)),
    ],
)
def test_nothing_after_the_review_date_is_looked_at(as_of, person, expected):
    row = features(as_of=as_of)[person]
    names = ("site", "referred_on", "first_contact", "last_contact", "mentor_contacts")
    assert tuple(row[name] for name in names) == expected


def test_rows_are_counted_whatever_their_day():
    assert column("n_records", as_of="2000-01-01") == {"ann": 4, "bob": 3, "cat": 1, "dan": 0, "eve": 2, "fay": 1}


@pytest.mark.parametrize(
    ("born", "referred", "years"),
    [
        ("2008-02-01", "2023-02-28", 15),
        ("2008-02-01", "2023-01-31", 14 + 11 / 12),
        ("2008-03-01", "2023-02-28", 14 + 11 / 12),
        ("2012-02-01", "2024-02-29", 12),
    ],
)
def test_age_is_told_by_months(born, referred, years):
    records = SimpleNamespace(
        **{
            **vars(RECORDS),
            "people": RECORDS.people.assign(birth_month=pd.Timestamp(born)),
            "referrals": RECORDS.referrals.assign(referred_on=pd.Timestamp(referred)),
        },
    )
    table = engagement_features(records, as_of="2024-03-31").table.to_pandas().set_index("person_id")
    assert table.loc["ann", "age_at_referral"] == pytest.approx(years)


def test_every_choice_is_on_record():
    made = engagement_features(RECORDS, as_of=D(2023, 12, 31), roles=["mentor"], attended_only=False)
    assert dict(made.method) == {
        "as_of": "2023-12-31",
        "roles": ["mentor"],
        "attended_only": False,
        "distinct_dates": True,
        "event_kinds": ["suspect", "charge", "non_conviction", "conviction", "asb"],
        "site_of_a_person": "last engagement; alphabetically first on a tie; else first referral",
    }
    assert (made.as_of, made.observed_from, made.sites) == (D(2023, 12, 31), None, ())
