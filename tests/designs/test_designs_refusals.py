"""What a case series refuses, in whole messages, everything at once, and never a person's values."""

import pandas as pd
import pytest

from lvrn_eval.designs import case_series
from lvrn_eval.errors import AnalysisError, RuleError

DAY = pd.Timestamp
ASKED = {"kinds": ["suspect"], "pre_referral": "30 days", "observed_from": "2021-01-01", "as_of": "2023-12-31"}


def people(n=2, **columns):
    frame = pd.DataFrame({"person_id": [f"p{i}" for i in range(n)], "referred_on": DAY("2022-01-01"),
                          "first_contact": DAY("2022-01-10"), "last_contact": DAY("2022-06-30")})  # fmt: skip
    return frame.assign(**columns)


def events(on=("2021-05-01", "2022-03-01"), who=("p0", "p0"), kind="suspect"):
    return pd.DataFrame({"person_id": list(who), "on": pd.to_datetime(list(on)), "kind": kind})


def refused(*arguments, error=AnalysisError, **choices):
    with pytest.raises(error) as caught:
        case_series(*arguments, **(ASKED | choices))
    return str(caught.value)


def test_no_window_before_the_referral_is_refused_with_the_reason():
    assert refused(people(), events(), pre_referral=None) == (
        "the question cannot be answered as asked\n"
        "  pre_referral: is missing: an offence can be the reason for a referral, so the days before it are no fair "
        "part of the baseline\n"
        '      → give them a window of their own, as in pre_referral="90 days", or declare pre_referral="none"'
    )


def test_everything_wrong_with_the_choices_is_told_at_once():
    message = refused(
        people(), events(), kinds="suspect", pre_referral="all", programme_cuts=["30 days", "7 days"],
        after_cuts=["three months"], age_bands=[16, 14], calendar_bands=["2020-01-01"], min_age=0, as_of=None,
        conf_level=95,
    )  # fmt: skip
    assert message == (
        "the question cannot be answered as asked\n"
        "  as_of: was not given\n"
        "      → give the last day the records cover\n"
        "  kinds: is not a list of kinds of event\n"
        '      → name at least one, as in kinds=["suspect"]\n'
        "  min_age: is not an age in years\n"
        "      → write 10, or None to count every day\n"
        "  conf_level: must lie between 0 and 1\n"
        "      → write 0.95 for 95%\n"
        "  pre_referral: 'all' leaves no baseline\n"
        "  programme_cuts: are not lengths from the shortest to the longest\n"
        '      → write ["91 days", "182 days"]\n'
        "  after_cuts: 'three months' is not a window\n"
        '      → write "all" or a number of days, as in "183 days"; months and years differ in length and are not '
        "taken\n"
        "  age_bands: are not whole ages from the youngest to the oldest\n"
        "      → write [14, 16, 18]: a band begins at each"
    )


@pytest.mark.parametrize(
    ("bands", "told"),
    [
        (["soon"], "calendar_bands: are not days"),
        (["2023-01-01", "2022-01-01"], "calendar_bands: are not in order"),
        (["2021-01-01"], "calendar_bands: hold a day that is not after observed_from and up to as_of"),
    ],
)
def test_calendar_bands(bands, told):
    assert told in refused(people(), events(), calendar_bands=bands)


def test_swapped_and_strange_dates():
    assert "observed_from: lies after as_of" in refused(people(), events(), observed_from="2024-06-01")
    assert "as_of: is not a date" in refused(people(), events(), as_of="soon")


def test_columns_that_are_missing_or_of_another_kind():
    message = refused(people().drop(columns="referred_on"), events().drop(columns="kind"), age_bands=[16])
    assert message == (
        "the records do not allow an answer\n"
        "  people.referred_on: there is no such column\n"
        "      → known: person_id, first_contact, last_contact\n"
        "  people.birth_month: there is no such column\n"
        "      → known: person_id, first_contact, last_contact\n"
        "  events.kind: there is no such column\n"
        "      → known: person_id, on"
    )
    message = refused(people(first_contact="2022-01-10"), events(who=(1, 2)), kinds=["suspect"])
    assert message == (
        "the records do not allow an answer\n"
        "  people.first_contact: holds VARCHAR, where date is needed\n"
        "      → make dates of it before, as with pandas.to_datetime(..., dayfirst=True), without a time zone\n"
        "  events.person_id: holds BIGINT, where text is needed\n"
        "      → give people, events and custody ids of one type"
    )


def test_rows_that_cannot_be_placed():
    broken = events(on=("2021-05-01", None), who=("p0", None), kind=["suspect", None])
    born = people(birth_month=[DAY("2006-03-01"), pd.NaT])
    message = refused(born, broken, age_bands=[16], kinds=["suspects"])
    assert message == (
        "the records do not allow an answer\n"
        "  events.person_id: missing in 1 row\n"
        "      → name the person of every event\n"
        "  events.on: missing in 1 row\n"
        "      → leave out events without a date, and say so\n"
        "  events.kind: missing in 1 row\n"
        "      → say what kind of event each is\n"
        "  people.birth_month: not known in 1 row\n"
        "      → leave these people out, or leave out age_bands\n"
        "  kinds: 'suspects' is not a kind of event\n"
        "      → did you mean 'suspect'?"
    )


def test_people_and_custody_that_cannot_be():
    custody = pd.DataFrame({"person_id": ["p0"], "starts_on": DAY("2022-02-01"), "ends_on": DAY("2022-01-01")})
    message = refused(people(last_contact=DAY("2022-01-01")), events(), custody=custody)
    assert "people.first_contact: after last_contact in 2 rows" in message
    assert "custody.ends_on: before starts_on in 1 row" in message


def test_a_rule_that_is_none():
    assert "where: the rule is not true or false of an event" in refused(
        people(), events(), where="kind", error=RuleError
    )
    assert "there is no column" in refused(people(), events(), where="offense = 'x'", error=RuleError)


def test_nobody_to_compare():
    nobody = (
        "case_series: nobody has an event and days at risk in more than one period or band, so there is nothing to "
        "compare within people"
    )
    assert refused(people(), events(who=("x", "y"))) == nobody
    assert refused(people(), events()[:0]) == nobody


def test_no_event_in_the_baseline():
    assert refused(people(), events(on=("2022-03-01", "2022-07-01"))) == (
        "case_series: none of 1 informative people has an event in the baseline, so every ratio to it would be "
        "infinite; begin observed_from earlier, or make the window before the referral shorter"
    )


def test_bands_that_are_periods_are_named():
    # everybody is first met on one day, on which a band begins as well
    first = events(on=("2021-05-01", "2022-03-01", "2023-02-01", "2021-06-01"), who=("p0", "p0", "p0", "p1"))
    assert refused(people(), first, pre_referral="none", calendar_bands=["2022-01-10"]) == (
        "case_series: within people, these say nothing that the terms before them do not: 'from 2022-01-10'; leave "
        "out or join bands"
    )


def test_a_band_that_takes_every_event_is_named():
    # p1 is in the programme throughout and has events in 2022 only; p0 has days of 2022 only where nobody has an event
    two = people(
        first_contact=[DAY("2021-06-01"), DAY("2021-01-01")], last_contact=[DAY("2021-12-31"), DAY("2022-12-31")]
    )
    on = ("2021-05-01", "2021-07-01", "2022-02-01", "2022-05-01", "2022-08-01")
    asked = {"pre_referral": "none", "calendar_bands": ["2022-01-01"], "as_of": "2022-12-31"}
    assert refused(two, events(on=on, who=("p0", "p0", "p1", "p1", "p1")), **asked) == (
        "case_series: no estimate exists for 'from 2021-01-01': whenever people with days there have an event, it "
        "falls there (or never does); leave out or join bands"
    )
