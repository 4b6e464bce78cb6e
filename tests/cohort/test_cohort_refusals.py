"""Cohorts that cannot be selected as asked: each refusal in its whole words."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from lvrn_eval.cohort import Cohort, Features, engagement_features
from lvrn_eval.engine import as_table
from lvrn_eval.errors import AnalysisError, CohortError, LvrnError, RuleError

CANARY = "Zebedee Quux"
PEOPLE = pd.DataFrame({"person_id": ["a", "b"], "site": [CANARY, "y"], "met": [1, 2], "flag": [True, False]})


def made():
    return Cohort(PEOPLE, name="Two people", as_of="2024-03-31")


REFUSED = {
    "no person_id": (
        lambda: Cohort(PEOPLE.rename(columns={"person_id": "personid"}), name="x"),
        CohortError,
        "features: there is no column 'person_id'; did you mean 'personid'?",
    ),
    "nothing like person_id": (
        lambda: Cohort(PEOPLE[["met"]], name="x"),
        CohortError,
        "features: there is no column 'person_id'; known: met",
    ),
    "people twice and unnamed": (
        lambda: Cohort(pd.DataFrame({"person_id": [CANARY, CANARY, "b", None, None, None]}), name="x"),
        CohortError,
        (
            "features: every row must be one person: 3 rows have no person_id and 1 people stand in more than one row; "
            "make them one row each"
        ),
    ),
    "a name of the cohort's own": (
        lambda: Cohort(PEOPLE.assign(Place=1, failed_at=2, undecided=3), name="x"),
        CohortError,
        "features: the name failed_at, place, undecided is used by the cohort itself; rename the column",
    ),
    "no table": (
        lambda: Cohort([1], name="x"),
        AnalysisError,
        "features: expected a table of the project or a pandas, Polars or Arrow frame, not list",
    ),
    "a date in another order": (
        lambda: Cohort(PEOPLE, name="x", as_of="31/03/2024"),
        CohortError,
        "as_of must be a date, as date(2024, 3, 31) or '2024-03-31'",
    ),
    "a second review date": (
        lambda: Cohort(Features(as_table(PEOPLE, "f"), dt.date(2024, 1, 1)), name="x", as_of="2024-03-31"),
        CohortError,
        "cohort 'x': as_of is set by its features, to 2024-01-01; leave it out",
    ),
    "a rule after the sample": (
        lambda: made().sample(1, seed=1).require("Met", "met > 1"),
        CohortError,
        "cohort 'Two people': a rule after .sample() would spoil the sample; put it before",
    ),
    "a label twice": (
        lambda: made().require("Met", "met > 1").require("Met", "met > 2"),
        CohortError,
        "cohort 'Two people': two rules are called 'Met'",
    ),
    "a parameter with the name of a column": (
        lambda: made().require("Met", "met > 1", met=2),
        RuleError,
        "the parameter 'met' has the name of a column; give one of them another name",
    ),
    "a parameter that is not used": (
        lambda: made().require("Met", "met > 1", least=2),
        RuleError,
        "the rule 'Met' does not use the parameter 'least'",
    ),
    "an unknown column": (
        lambda: made().require("Met", "mett > 1"),
        RuleError,
        (
            "this rule cannot be used\n"
            "  rule: there is no column or parameter 'mett'\n"
            "      mett > 1\n"
            "      ^^^^\n"
            "      → did you mean 'met'?"
        ),
    ),
    **{
        f"no condition: {rule}": (
            lambda rule=rule: made().require("Met", rule),
            RuleError,
            "the rule 'Met' is not true or false of a person; compare it with something",
        )
        for rule in ("met", "site", "1", "met + 1", "not met", "flag and met", "as_of - interval 1 month")
    },
    "a sample of a sample": (
        lambda: made().sample(1, seed=1).sample(1, seed=1),
        CohortError,
        "cohort 'Two people' has been sampled once; sample the unsampled cohort instead",
    ),
    **{
        f"a sample of {n!r}": (
            lambda n=n: made().sample(n, seed=1),
            CohortError,
            "a sample takes a whole number of people, at least one",
        )
        for n in (0, -1, 1.5, "4", None)
    },
    "a sample by no column": (
        lambda: made().sample(1, per="sites", seed=1),
        CohortError,
        "cohort 'Two people': there is no column 'sites'; did you mean 'site'?",
    ),
    "what was not sampled": (
        lambda: made().sampling(),
        CohortError,
        "cohort 'Two people': sampling() needs a sample; call .sample(n, per=…, seed=…) first",
    ),
    "the balance of what was not sampled": (
        lambda: made().balance(),
        CohortError,
        "cohort 'Two people': balance() needs a sample; call .sample(n, per=…, seed=…) first",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    act, kind, message = REFUSED[name]
    with pytest.raises(LvrnError) as refused:
        act()
    assert (type(refused.value), str(refused.value)) == (kind, message)


def test_a_flag_is_a_condition_of_its_own():
    assert len(made().require("Flagged", "flag")) == 1
    assert len(made().require("Not flagged", "not flag and met > 0")) == 1


@pytest.mark.parametrize("rule", ["site > 5", "cast(site as date) > as_of", "site + 1 > 2"])
def test_a_rule_that_does_not_suit_the_values_is_refused_without_one(rule):
    with pytest.raises(AnalysisError) as refused:
        len(made().require("Site", rule))
    assert str(refused.value).startswith("step cohort/decided cannot run on these tables: ")
    assert CANARY not in str(refused.value)


def records(**changed):
    frames = {
        "people": pd.DataFrame(
            {
                "person_id": ["a"],
                "birth_month": pd.Timestamp("2008-01-01"),
                "sex": "x",
                "ethnicity": "x",
                "district": "x",
            },
        ),
        "referrals": pd.DataFrame(
            {
                "referral_id": [1],
                "person_id": "a",
                "site": "n",
                "referred_on": pd.Timestamp("2023-01-01"),
                "source": "self",
            },
        ),
        "contacts": pd.DataFrame(
            {"person_id": ["a"], "site": "n", "on": pd.Timestamp("2023-02-01"), "role": "mentor", "attended": True},
        ),
        "events": pd.DataFrame({"person_id": ["a"], "on": pd.Timestamp("2023-01-01"), "kind": "suspect"}),
    }
    return SimpleNamespace(**{name: frame for name, frame in {**frames, **changed}.items() if frame is not None})


FEATURES = {
    "an unknown role": (
        {}, {"roles": ["mentor", "coch"]}, CohortError, "roles: there is no 'coch'; did you mean 'coach'?"),
    "a role in a text": (
        {}, {"roles": "mentor"}, CohortError,
        "roles takes a list with at least one of: mentor, coach, navigator, therapist, trainer, other"),
    "no role": (
        {}, {"roles": []}, CohortError,
        "roles takes a list with at least one of: mentor, coach, navigator, therapist, trainer, other"),
    "an unknown kind": (
        {}, {"event_kinds": ["arrest"]}, CohortError,
        ("event_kinds: there is no 'arrest'; known: suspect, charge, non_conviction, conviction, asb, victim, "
        "hospital_admission, other")),
    "no review date": (
        {}, {"as_of": None}, CohortError, "as_of must be a date, as date(2024, 3, 31) or '2024-03-31'"),
    "a review date that does not exist": (
        {}, {"as_of": "2024-02-30"}, CohortError, "as_of must be a date, as date(2024, 3, 31) or '2024-03-31'"),
    "a person twice": (
        {"people": pd.concat([records().people] * 2)}, {}, CohortError,
        ("people: every row must be one person: 0 rows have no person_id and 1 people stand in more than one row; "
        "make them one row each")),
    "a table that is missing": (
        {"referrals": None}, {}, AnalysisError,
        "referrals: expected a table of the project or a pandas, Polars or Arrow frame, not NoneType"),
    "a table of another engine": (
        {name: lambda name=name: as_table(getattr(records(), name), name) for name in ("people", "events")},
        {},
        AnalysisError,
        ("events: this table lives in another engine than the ones it is used with; bring it over with "
        "engine.take(table) first")),
    "days that are none": (
        {"contacts": records().contacts.assign(on=CANARY)}, {}, AnalysisError,
        ("step cohort/engagement_features cannot run on these tables: some rows hold text that cannot be turned into a "
        "date or a number")),
}  # fmt: skip


@pytest.mark.parametrize("name", FEATURES)
def test_features_that_cannot_be_made(name):
    changed, choices, kind, message = FEATURES[name]
    changed = {name: given() if callable(given) else given for name, given in changed.items()}
    with pytest.raises(LvrnError) as refused:
        engagement_features(records(**changed), **{"as_of": "2024-03-31", **choices})
    assert (type(refused.value), str(refused.value)) == (kind, message)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(AnalysisError, match=r"^step cohort/engagement_features cannot run .* Binder Error: .*\bsex\b"):
        engagement_features(records(people=records().people.drop(columns="sex")), as_of="2024-03-31")


def test_days_as_text_in_iso_order_are_taken():
    frames = records()
    given = records(
        contacts=frames.contacts.assign(on=frames.contacts["on"].dt.strftime("%Y-%m-%d")),
        referrals=frames.referrals.assign(referred_on=["2023-01-01"]),
    )
    made, wanted = (engagement_features(r, as_of="2024-03-31").table.to_pandas() for r in (given, frames))
    pd.testing.assert_frame_equal(made, wanted)


def test_tables_without_rows_or_values_say_nothing_of_anybody():
    people = pd.DataFrame({"person_id": ["a"], "birth_month": None, "sex": None, "ethnicity": None, "district": None})
    frames = {
        name: pd.DataFrame(columns=list(getattr(records(), name))) for name in ("referrals", "contacts", "events")
    }
    (row,) = engagement_features(records(people=people, **frames), as_of="2024-03-31").table.to_arrow().to_pylist()
    assert {name: value for name, value in row.items() if value is not None} == {
        "person_id": "a",
        "site": "not_recorded",
        "mentor_contacts": 0,
        "prior_events": 0,
        "n_records": 0,
    }
