"""What time to event refuses: every fault with its whole message, all at once, in counts and without a value."""

from types import SimpleNamespace

import pandas as pd
import pytest

from lvrn_eval.cohort import Cohort, engagement_features
from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival import time_to_event
from lvrn_eval.survival.proven import proven_reoffending

END = "2024-03-31"
RECORDS = "time_to_event: these records cannot be turned into times\n"
ASKED = "time_to_event: what is asked is not possible\n"
IMMORTAL = (
    "until then nobody in it could have had the event, so the group looks safe whatever was done (immortal time); "
    "give landmark= in days, or changes= with the day on which each person's group was known"
)
TOO_LATE = (
    "people are followed from that day, so it must be known by then; make the group again from what was known by then, "
    "take a later landmark, or give changes="
)


def days(*values):
    return pd.to_datetime(list(values))


def people(**changes):
    frame = pd.DataFrame(
        {
            "person_id": ["a", "b", "c"],
            "site": ["x", "x", "y"],
            "first_contact": days("2023-01-01", "2023-06-01", "2023-12-31"),
            "last_contact": days("2024-01-01", "2024-03-31", "2024-02-28"),
            "age_band": ["10-14", "15-17", "10-14"],
        },
    )
    return frame.assign(**changes)


def events(*rows):
    columns = zip(*rows, strict=True) if rows else ([], [], [])
    return pd.DataFrame(dict(zip(("person_id", "on", "kind"), map(list, columns), strict=True))).astype(
        {"on": "datetime64[ns]"}
    )


def spells(*rows):
    frame = pd.DataFrame(list(rows), columns=["person_id", "starts_on", "ends_on"])
    return frame.astype({"starts_on": "datetime64[ns]", "ends_on": "datetime64[ns]"})


def changes(*rows, column="completed"):
    return pd.DataFrame(list(rows), columns=["person_id", "on", column]).astype({"on": "datetime64[ns]"})


def message(*arguments, function=time_to_event, **named):
    with pytest.raises(AnalysisError) as refused:
        function(*arguments, **({"end": END, "kinds": ["suspect"]} | named))
    return str(refused.value)


ONE = events(("a", "2024-01-11", "suspect"))

CHOICES = {
    "a start that is nothing": (
        {"start": "last_contct"},
        RECORDS + "  start='last_contct': neither an anchor nor a column of the people\n"
        "      → did you mean 'last_contact'?",
    ),
    "a start whose column is missing": (
        {"start": "referral"},
        RECORDS + "  people.referred_on: there is no such column\n"
        "      → known: person_id, site, first_contact, last_contact, age_band",
    ),
    "a start that holds no dates": (
        {"start": "age_band"},
        RECORDS + "  people.age_band: this column does not hold dates\n      → convert it, as with pandas.to_datetime",
    ),
    "release without custody": (
        {"start": "release", "released_from": "2020-01-01"},
        ASKED + "  start='release': there are no custody records\n      → give custody=, with a row per spell",
    ),
    "a day of release without release": (
        {"released_from": "soon"},
        ASKED + "  released_from: not a date\n      → write it as date(2024, 3, 31) or '2024-03-31'",
    ),
    "released_from for another start": (
        {"released_from": "2020-01-01"},
        ASKED + "  released_from: time does not start at a release\n      → leave it out, or give start='release'",
    ),
    "one kind, not listed": (
        {"kinds": "suspect"},
        ASKED + '  kinds: not a list of names, with at least one\n      → write it as ["suspect"]',
    ),
    "no kinds": (
        {"kinds": []},
        ASKED + '  kinds: not a list of names, with at least one\n      → write it as ["suspect"]',
    ),
    "no groups": (
        {"by": []},
        ASKED + '  by: not a list of names, with at least one\n      → write it as ["suspect"]',
    ),
    "an end in words": (
        {"end": "31/03/2024"},
        ASKED + "  end: not a date\n      → write it as date(2024, 3, 31) or '2024-03-31'",
    ),
    "an end that is a number": (
        {"end": 20240331},
        ASKED + "  end: not a date\n      → write it as date(2024, 3, 31) or '2024-03-31'",
    ),
    "no end": (
        {"end": None},
        ASKED + "  end: not given\n"
        "      → say up to which day events are known, as end='2024-03-31', or give the cohort as_of",
    ),
    "a landmark of no days, and a rule nobody knows": (
        {"landmark": 0, "on_start_day": "counts"},
        ASKED + "  landmark: not a whole number of days above 0\n      → write it as landmark=90\n"
        "  on_start_day='counts': no such rule\n      → did you mean 'count'?",
    ),
    "what competes is not given": (
        {"competing": ["death", "moved", "custody"]},
        ASKED + "  competing='death': death= is not given\n      → give death=, the people's column of dates\n"
        "  competing='moved': moved= is not given\n      → give moved=, the people's column of dates\n"
        "  competing='custody': custody= is not given\n      → give custody=, its records",
    ),
    "a kind that is two causes, under one name": (
        {"competing": {"recorded suspect event": ["charge"], "x": ["suspect"]}},
        ASKED + "  competing='suspect': stands for more than one cause\n"
        "      → name every kind once, in kinds or in competing\n"
        "  competing='recorded suspect event': two causes have this name\n      → call one of them something else",
    ),
    "death as a kind": (
        {"kinds": ["suspect", "death"]},
        ASKED + "  kinds='death': not a kind of recorded event\n      → name it in competing",
    ),
    "a day for no group": (
        {"known": {"age_bnd": "start"}, "by": "age_band"},
        ASKED + "  known='age_bnd': not one of the groups\n      → name it in by; did you mean 'age_band'?",
    ),
    "changes of no group": (
        {"changes": changes()},
        ASKED + "  changes: no group changes\n      → name the columns that it holds in by",
    ),
    "groups called as the answer's columns": (
        {"by": ["days", "order"]},
        ASKED + "  by='days': the answer has a column of that name already\n      → rename the group's column\n"
        "  by='order': the answer has a column of that name already\n      → rename the group's column",
    ),
    "unknown kinds": (
        {"kinds": ["suspects", "suspect"], "competing": ["deth"]},
        RECORDS + "  kinds='suspects': there is no such kind of event\n      → did you mean 'suspect'?\n"
        "  competing='deth': there is no such kind of event\n      → did you mean 'death'?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CHOICES)
def test_choices(case):
    named, text = CHOICES[case]
    assert message(people(), ONE, **named) == text


def test_missing_columns():
    text = message(
        people().drop(columns="site"),
        events().drop(columns="kind"),
        start="first_contact",
        by=["age_bnd", "group"],
        known={"group": "grouped_on"},
        custody=spells().drop(columns="ends_on"),
        changes=changes(column="grp").drop(columns="on"),
        death="died",
    )
    assert text == (
        RECORDS + "  people.site: there is no such column\n"
        "      → known: person_id, first_contact, last_contact, age_band\n"
        "  people.died: there is no such column\n"
        "      → known: person_id, first_contact, last_contact, age_band\n"
        "  people.age_bnd: there is no such column\n"
        "      → did you mean 'age_band'?\n"
        "  people.group: there is no such column\n"
        "      → known: person_id, first_contact, last_contact, age_band\n"
        "  events.kind: there is no such column\n"
        "      → known: person_id, on\n"
        "  custody.ends_on: there is no such column\n"
        "      → known: person_id, starts_on\n"
        "  changes.on: there is no such column\n"
        "      → known: person_id, grp\n"
        "  changes.grp: not one of the groups\n"
        "      → name it in by; did you mean 'group'?\n"
        "  known='grouped_on': the people have no such column\n"
        "      → known: person_id, first_contact, last_contact, age_band"
    )


def test_rows_that_cannot_be_used():
    cohort = people(
        person_id=["a", "a", None],
        last_contact=days("2024-04-01", None, "2024-01-01"),
        died=days("2024-04-05", None, "2023-12-31"),
        moved=days(None, None, "2023-12-30"),
    )
    recorded = events(
        ("a", None, "suspect"), (None, "2024-01-01", "suspect"), ("a", "2024-01-01", None), ("a", None, "asb")
    )
    inside = spells(("a", "2024-02-01", "2024-01-01"), (None, None, "2024-01-01"))
    known = changes(
        (None, "2024-01-01", True), ("a", None, None), ("a", "2024-02-01", True), ("a", "2024-02-01", False)
    )
    named = {"death": "died", "moved": "moved", "custody": inside, "changes": known, "by": "completed"}
    assert message(cohort, recorded, **named) == (
        RECORDS + "  people.person_id: missing for 1 of 3 people\n"
        "      → give everyone a pseudonym\n"
        "  people.person_id: 1 rows repeat a person\n"
        "      → make it one row per person\n"
        "  people.last_contact: missing for 1 of 3 people\n"
        "      → leave out people without a start\n"
        "  people.last_contact: after the end (2024-03-31) for 1 of 3 people\n"
        "      → leave these people out by a rule, or follow everyone to a later end\n"
        "  people.died: before the start for 1 of 3 people\n"
        "      → look for swapped dates, or leave these people out by a rule\n"
        "  people.moved: before the start for 1 of 3 people\n"
        "      → leave these people out by a rule: their events are recorded elsewhere\n"
        "  events.kind: missing in 1 of 4 events\n"
        "      → name the kind of every event\n"
        "  events.on: missing in 1 of 4 events of these kinds\n"
        "      → find their dates\n"
        "  events.person_id: missing in 1 of 4 events of these kinds\n"
        "      → say whose they are\n"
        "  custody.person_id: missing in 1 row\n"
        "      → name the person of every spell\n"
        "  custody.starts_on: missing in 1 row\n"
        "      → date every reception\n"
        "  custody.ends_on: before starts_on in 1 row\n"
        "      → look for swapped dates\n"
        "  changes.person_id: missing in 1 of 4 changes\n"
        "      → say whose they are\n"
        "  changes.on: missing in 1 of 4 changes\n"
        "      → say on which day each group was known\n"
        "  changes: no group in 1 of 4 changes\n"
        "      → give every change every group\n"
        "  changes: 1 of them on a day that has another of the same person\n"
        "      → keep one a day"
    )


def test_columns_of_the_wrong_kind():
    cohort = people(last_contact=["1/2/2024"] * 3, died=["no"] * 3)
    recorded = pd.DataFrame({"person_id": [1], "on": ["soon"], "kind": [3]})
    inside = pd.DataFrame({"person_id": ["a"], "starts_on": ["then"], "ends_on": ["now"]})
    assert message(cohort, recorded, death="died", custody=inside) == (
        RECORDS + "  people.last_contact: this column does not hold dates\n"
        "      → convert it, as with pandas.to_datetime\n"
        "  people.died: this column does not hold dates\n"
        "      → convert it, as with pandas.to_datetime\n"
        "  events.on: this column does not hold dates\n"
        "      → convert it, as with pandas.to_datetime\n"
        "  custody.starts_on: this column does not hold dates\n"
        "      → convert it, as with pandas.to_datetime\n"
        "  custody.ends_on: this column does not hold dates\n"
        "      → convert it, as with pandas.to_datetime\n"
        "  person_id: numbers in one of people and events, and not in the other\n"
        "      → give both the same type, such as text\n"
        "  events.kind: this column holds numbers\n"
        "      → give names, such as suspect"
    )


def test_missing_dates_have_no_type():
    assert message(people(last_contact=None), ONE) == (
        RECORDS + "  people.last_contact: this column does not hold dates\n"
        "      → convert it, as with pandas.to_datetime"
    )


def test_nobody():
    text = RECORDS + "  people: there is nobody to follow\n      → check the rules that select people"
    assert message(people().head(0), ONE) == text


def test_changes_to_a_number():
    known = changes(("a", "2024-01-05", 3), column="sessions")
    assert message(people(), ONE, by="sessions", changes=known) == (
        RECORDS + "  changes.sessions: this column holds neither text nor true and false\n      → name the groups"
    )


def test_in_custody_on_the_first_day_where_custody_competes():
    inside = spells(("a", "2023-12-01", "2024-02-01"), ("b", "2024-03-31", None), ("c", "2024-01-01", "2024-02-28"))
    assert message(people(), ONE, custody=inside, competing=["custody"]) == (
        RECORDS + "  custody: 2 of 3 people are in custody on their first day\n"
        '      → nobody can be received twice; follow them from start="release", or leave custody out of competing'
    )


LATE = people(
    completed=[True, True, False], completed_on=days("2024-02-01", "2024-03-31", None), engaged_weeks=[1, 2, 3]
)

IMMORTAL_CASES = {
    "by its name": (
        {"by": "completed"},
        "  by='completed': by its name known only after the start, and nobody said when\n"
        "      → say when, as known={'completed': 'the column of its dates'} or {'completed': 'start'}; " + IMMORTAL,
    ),
    "by its name, in two of several words": (
        {"by": ["age_band", "engaged_weeks"], "landmark": 30},
        "  by='engaged_weeks': by its name known only after the start, and nobody said when\n"
        "      → say when, as known={'engaged_weeks': 'the column of its dates'} or {'engaged_weeks': 'start'}; "
        + IMMORTAL,
    ),
    "by its date; on the start day is in time": (
        {"by": "completed", "known": {"completed": "completed_on"}},
        "  by='completed': known only after the start for 2 of 3 people\n      → " + IMMORTAL,
    ),
    "a number that is not known by the landmark": (
        {"by": "engaged_weeks", "known": {"engaged_weeks": "completed_on"}, "landmark": 30},
        "  by='engaged_weeks': known only after day 30 for 2 of 3 people\n      → " + TOO_LATE,
    ),
    "true, and nobody knows since when": (
        {"by": "kept", "known": {"kept": "completed_on"}, "landmark": 30},
        (
            "  by='kept': true without the day it was known, for 1 of 3 people\n"
            "      → find the days, or leave these people out by a rule"
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", IMMORTAL_CASES)
def test_groups_that_are_known_only_later(case):
    named, text = IMMORTAL_CASES[case]
    assert message(LATE.assign(kept=[True, False, True]), ONE, **named) == RECORDS + text


def records():
    contact = {"site": "x", "role": "mentor", "attended": True}
    rows = [("a", "2023-05-01"), ("a", "2023-07-01"), ("b", "2023-06-01")]
    who = {"birth_month": days("2008-01-01")[0], "sex": "f", "ethnicity": "x", "district": "x"}
    referred = {"referral_id": [1, 2], "person_id": ["a", "b"], "referred_on": days("2023-04-01", "2023-06-01")}
    return SimpleNamespace(
        people=pd.DataFrame({"person_id": ["a", "b"]}).assign(**who),
        referrals=pd.DataFrame(referred).assign(site="x", source="police"),
        contacts=pd.DataFrame([{"person_id": who, "on": pd.Timestamp(day), **contact} for who, day in rows]),
        events=events(("a", "2023-04-15", "suspect"), ("a", "2023-06-01", "suspect")),
    )


def test_features_are_held_against_the_day_they_are_known():
    held = records()
    cohort = Cohort(engagement_features(held, as_of=END), name="All")
    text = message(
        cohort, held.events, start="referral", by=["site", "mentor_contacts", "prior_events", "sex", "n_records"]
    )
    assert text == (
        RECORDS + f"  by='site': known only after the start for 1 of 2 people\n      → {IMMORTAL}\n"
        f"  by='mentor_contacts': known only after the start for 1 of 2 people\n      → {IMMORTAL}\n"
        f"  by='prior_events': known only after the start for 1 of 2 people\n      → {IMMORTAL}\n"
        f"  by='n_records': known only after the start for 2 of 2 people\n      → {IMMORTAL}"
    )
    at_last = time_to_event(
        cohort, held.events, kinds=["suspect"], by=["site", "mentor_contacts", "prior_events", "sex"]
    )
    assert list(at_last.to_pandas()["mentor_contacts"]) == [2, 1]
    assert "groups_known" not in [check.name for check in at_last.checks]
    declared = time_to_event(
        cohort, held.events, start="referral", kinds=["suspect"], by="site", known={"site": "start"}
    )
    assert list(declared.to_pandas()["days"]) == [14, 304]


PROVEN = "proven_reoffending: "


def proven_message(recorded, **named):
    return message(
        people(), recorded, function=proven_reoffending, **({"kinds": ["conviction"], "start": "last_contact"} | named)
    )


def test_what_is_no_proof():
    text = proven_message(ONE, kinds=["suspect", "conviction", "asb"], months=0, proof_months=1.5)
    assert text == (
        PROVEN + "what is asked is not possible\n"
        "  kinds='suspect': not proof: it is a recorded suspect event, and nothing has been found against the person\n"
        "      → use time_to_event for the first recorded suspect event\n"
        "  kinds='asb': not proof that the person offended\n"
        "      → proof is conviction or caution; use time_to_event for others\n"
        "  months: not a whole number of months, at least 1\n"
        "      → write it as months=12\n"
        "  proof_months: not a whole number of months, at least 0\n"
        "      → write it as proof_months=6"
    )
    assert proven_message(ONE, kinds="conviction") == (
        PROVEN + "what is asked is not possible\n"
        "  kinds: not a list of names, with at least one\n"
        '      → write it as ["conviction", "caution"]'
    )


def test_no_day_of_proof():
    assert proven_message(ONE, start="referral") == (
        PROVEN + "these records cannot be turned into times\n"
        "  people.referred_on: there is no such column\n"
        "      → known: person_id, site, first_contact, last_contact, age_band\n"
        "  events.proved_on: there is no such column\n"
        "      → add the day of each conviction or caution as proved_on, and let on be the day of the offence; without "
        "it nobody can tell what was proved in time"
    )


def test_days_of_proof_that_cannot_be():
    recorded = events(*(("a", "2024-01-11", kind) for kind in ("conviction", "conviction", "suspect")))
    recorded["proved_on"] = days(None, "2024-01-10", None)
    assert proven_message(recorded) == (
        PROVEN + "these records cannot be turned into times\n"
        "  events.proved_on: missing in 1 of 2 proofs\n"
        "      → find the days, or leave these records out and say so\n"
        "  events.proved_on: before the offence in 1 of 2 proofs\n"
        "      → look for swapped dates: on is the day of the offence"
    )
    assert proven_message(recorded.assign(proved_on="soon")) == (
        PROVEN + "these records cannot be turned into times\n"
        "  events.proved_on: this column does not hold dates\n"
        "      → convert it, as with pandas.to_datetime"
    )


def test_messages_hold_no_values():
    text = message(
        people(last_contact=["Accrington"] * 3),
        pd.DataFrame({"person_id": ["a"], "on": ["Padiham"], "kind": ["Colne"]}),
    )
    assert not any(name in text for name in ("Accrington", "Padiham", "Colne"))
    assert "Colne" not in message(people(), events(("a", "2024-01-11", "Colne")), kinds=["Coln"])
