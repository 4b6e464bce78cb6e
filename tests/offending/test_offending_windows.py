"""Anchors, washout, age, rules about events and incomplete windows: day by day, and every refusal in full."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending.pre_post import pre_post, pre_post_counts
from lvrn_eval.offending.window_table import window_table
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.result import ESTIMATE_COLUMNS

START = date(2023, 11, 15)
COLUMNS = ["before", "during", "after", "days_before", "days_during", "days_after"]
ANCHORS = ["referred_on", "first_contact", "last_contact"]


def day(number):
    return START + timedelta(days=number)


@st.composite
def records(draw):
    """Return people, events, custody and choices within some hundred days around a leap day."""
    as_of = draw(st.integers(60, 100))
    n = draw(st.integers(1, 8))
    people = [sorted(draw(st.tuples(*[st.integers(10, as_of)] * 3))) for _ in range(n)]
    who = st.sampled_from([f"p{i}" for i in range(n)])
    events = draw(st.lists(st.tuples(who, st.integers(0, 110), st.sampled_from([True, False, None])), max_size=60))
    spells = draw(st.lists(st.tuples(who, st.integers(0, 100), st.none() | st.integers(0, 25)), max_size=10))
    # months from November 2013 to April 2014: somebody turns ten before, within or after these days
    born = draw(st.lists(st.none() | st.integers(0, 5), min_size=n, max_size=n))
    first, last = sorted(draw(st.tuples(st.integers(0, 2), st.integers(0, 2))))
    choices = {
        "as_of": as_of,
        "observed_from": draw(st.none() | st.integers(0, 40)),
        "before": draw(st.sampled_from(["all", "as after"]) | st.integers(1, 40).map("{} days".format)),
        "after": draw(st.just("all") | st.integers(1, 40).map("{} days".format)),
        "before_anchor": ANCHORS[first],
        "after_anchor": ANCHORS[last],
        "washout": draw(st.integers(0, 30).map("{} days".format)),
        "incomplete": draw(st.sampled_from(["drop", "rate", "model"])),
        "min_age": draw(st.sampled_from([None, 10, 11])),
        "where": draw(st.sampled_from([None, "knife", "not knife"])),
    }
    return people, events, spells, born, choices


def frames(people, events, spells, born, choices):
    given = pd.DataFrame({"person_id": [f"p{i}" for i in range(len(people))]})
    for place, name in enumerate(ANCHORS):
        given[name] = pd.to_datetime([day(days[place]) for days in people])
    months = [None if month is None else date(2013 + (10 + month) // 12, (10 + month) % 12 + 1, 1) for month in born]
    given["birth_month"] = pd.to_datetime(pd.Series(months, dtype=object))
    dated = pd.DataFrame(
        {"person_id": [who for who, *_ in events], "on": pd.to_datetime([day(on) for _, on, _ in events])}
    )
    dated["kind"], dated["knife"] = "suspect", pd.array([knife for *_, knife in events], dtype="boolean")
    custody = pd.DataFrame(
        {
            "person_id": [who for who, *_ in spells],
            "starts_on": pd.to_datetime([day(start) for _, start, _ in spells]),
            "ends_on": pd.to_datetime([None if n is None else day(start + n) for _, start, n in spells]),
        }
    )
    named = dict(choices) | {
        name: None if choices[name] is None else day(choices[name]) for name in ("as_of", "observed_from")
    }
    return *(frame.astype({"person_id": object}) for frame in (given, dated, custody)), named


def inside(spells, as_of):
    """Return the days strictly inside custody: of a run of days held, all but its first and last."""
    held = set()
    for start, length in spells:
        if start <= as_of:
            held |= set(range(start, (as_of + 1 if length is None else start + length) + 1))
    return {number for number in held if number - 1 in held and number + 1 in held}


def by_hand(people, events, spells, born, choices):
    """Count day by day, person by person."""
    as_of, observed = choices["as_of"], choices["observed_from"]
    length = {
        side: int(choices[side].split()[0]) if choices[side][0].isdigit() else None for side in ("before", "after")
    }
    washout, found = int(choices["washout"].split()[0]), {}
    for i, days in enumerate(people):
        first, last = (days[ANCHORS.index(choices[f"{side}_anchor"])] for side in ("before", "after"))
        closes = min(as_of, last + length["after"]) if length["after"] else as_of
        ends = first - washout
        wanted = closes - last if choices["before"] == "as after" else length["before"]
        opens = -10_000 if wanted is None else ends - wanted
        whole = (wanted is None or observed is None or opens >= observed) and (
            not length["after"] or last + length["after"] <= as_of
        )
        if not whole and choices["incomplete"] == "drop":
            continue
        opens = max(opens, observed if observed is not None else opens)
        away = inside([(start, n) for who, start, n in spells if who == f"p{i}"], as_of)
        if born[i] is not None and choices["min_age"] is not None:
            month = 10 + born[i]
            of_age = date(2013 + month // 12 + choices["min_age"], month % 12 + 1, 1)
            away |= {number for number in range(-10_000, 200) if day(number) < of_age}
            # the day of reception is at risk, unless it is under age
        periods = [set(range(opens, ends)), set(range(first, last + 1)), set(range(last + 1, closes + 1))]
        at_risk = [period - away for period in periods]
        rule = {None: (True, False, None), "knife": (True,), "not knife": (False,)}[choices["where"]]
        mine = [on for who, on, knife in events if who == f"p{i}" and knife in rule]
        unknown = wanted is None and observed is None
        risk = [None if unknown else len(at_risk[0]), len(at_risk[1]), len(at_risk[2])]
        found[f"p{i}"] = [*(sum(on in period for on in mine) for period in at_risk), *risk, whole]
    return found


@settings(max_examples=40)
@given(records())
def test_counting_day_by_day(drawn):
    people, events, custody, named = frames(*drawn)
    table = pre_post_counts(people, events, kinds=["suspect"], custody=custody, **named).to_pandas()
    ours = {
        row["person_id"]: [*(None if pd.isna(row[c]) else int(row[c]) for c in COLUMNS), bool(row["whole"])]
        for _, row in table.iterrows()
    }
    assert ours == by_hand(*drawn)


def test_every_event_is_somewhere():
    people = pd.DataFrame({"person_id": ["a"], "birth_month": pd.to_datetime(["2013-03-01"])})
    for name, on in zip(ANCHORS, ["2023-06-01", "2023-07-01", "2023-09-30"], strict=True):
        people[name] = pd.Timestamp(on)
    # under age; before; inside custody; in the washout twice; during; after; after the records end
    on = [
        "2023-02-27",
        "2023-03-01",
        "2023-04-15",
        "2023-05-02",
        "2023-05-31",
        "2023-06-01",
        "2023-11-01",
        "2024-01-01",
    ]
    events = pd.DataFrame({"person_id": "a", "on": pd.to_datetime(on), "kind": "suspect"})
    custody = pd.DataFrame({"person_id": ["a"], "starts_on": pd.to_datetime(["2023-04-10"]),
                            "ends_on": pd.to_datetime(["2023-04-20"])})  # fmt: skip
    result = pre_post(
        people, events, kinds=["suspect"], before_anchor="referred_on", washout="30 days", custody=custody,
        as_of="2023-12-31", observed_from="2023-01-01",
    )  # fmt: skip
    assert result.parts["exposure"].table["events"].tolist() == [1, 1, 1]
    checks = {
        name: result.check(name).counts for name in ("events_outside_windows", "washout", "events_in_custody", "age")
    }
    assert checks == {
        "events_outside_windows": (1, 8), "washout": (2,), "events_in_custody": (1,), "age": (1, 1, 1, 0),
    }  # fmt: skip
    assert result.check("washout").text == "2 events in the 30 days before the referral counted nowhere."
    assert result.check("age").text == (
        "1 of 1 person had days under the age of 10: they are not at risk, and 1 event on them left out. The month of "
        "birth of everybody is known."
    )
    assert str(result.text[0]).startswith(
        "Of 1 person, 0 had no recorded suspect event in the days before the referral (all on record) or after the "
        "last contact (all on record);"
    )
    assert str(result.text[1]) == (
        "The 30 days before the referral count nowhere, so what may have led to it is not before."
    )
    method = result.method
    assert method["boundaries"] == (
        "before ends the day before the referral, less a washout of 30 days; after begins the day after the last "
        "contact; the days of both, and those between, are neither; observed_from and as_of are included"
    )
    assert (method["washout"], method["before_anchor"]) == ("30 days", "referred_on")


PEOPLE = pd.DataFrame({"person_id": [f"p{i}" for i in range(6)], "site": ["x"] * 3 + ["y"] * 3})
PEOPLE["first_contact"] = pd.Timestamp("2023-03-01")
PEOPLE["last_contact"] = pd.to_datetime(["2023-06-30"] * 4 + ["2023-11-30"] * 2)
PEOPLE["referred_on"] = pd.to_datetime(["2023-02-01"] * 5 + [None])
EVENTS = pd.DataFrame(
    [("p0", "2023-02-10", True, "robbery"), ("p0", "2023-07-04", None, "robbery"), ("p1", "2023-01-09", False, "theft"),
     ("p1", "2023-07-09", True, "theft"), ("p4", "2023-02-09", True, "robbery"), ("p4", "2023-12-09", True, None)],
    columns=["person_id", "on", "knife", "offence"],
).assign(kind="suspect")  # fmt: skip
EVENTS["on"], EVENTS["knife"] = pd.to_datetime(EVENTS["on"]), EVENTS["knife"].astype("boolean")
ASKED = {"kinds": ["suspect"], "as_of": "2023-12-31", "observed_from": "2022-01-01"}


def ask(people=PEOPLE, events=EVENTS, **named):
    return pre_post(people, events, **(ASKED | named))


def test_models_use_everybody_and_counts_whole_windows_only():
    window = {"before": "90 days", "after": "90 days"}
    found = {rule: ask(incomplete=rule, **window) for rule in ("drop", "rate", "model")}
    model = found["model"]
    for name in ("classes", "pairs"):
        pd.testing.assert_frame_equal(model.parts[name].table, found["drop"].parts[name].table)
    pd.testing.assert_frame_equal(model.parts["exposure"].table, found["rate"].parts["exposure"].table)
    of_rates = model.table["measure"] == "rate ratio"
    for rows, other in ((of_rates, "rate"), (~of_rates, "drop")):
        pd.testing.assert_frame_equal(model.table[rows], found[other].table[rows])
    assert (model.row("mcnemar_exact")["n"], model.row("rate_ratio_robust")["n"]) == (4, 6)
    assert model.check("incomplete_windows").text.endswith(
        "were kept with the days they have in the rates, and left out of the classes and paired tests."
    )
    assert "Classes and tests of counts rest on people with whole windows; rates rest on everybody." in [
        str(sentence) for sentence in model.text
    ]
    nobody = ask(incomplete="model", before="90 days", after="300 days")
    assert nobody.parts["classes"].table["people"].tolist() == [0] * 5


@pytest.mark.parametrize(
    ("where", "events", "undecided"),
    [("knife", 4, 1), ("not knife", 1, 1), ("offence = 'robbery'", 3, 1), ("knife and offence = 'robbery'", 2, 2),
     ("coalesce(offence, '') <> 'theft'", 4, 0)],
)  # fmt: skip
def test_events_that_meet_a_rule(where, events, undecided):
    result = ask(where=where)
    assert result.parts["exposure"].table["events"].sum() == events
    check = result.check("where")
    assert check.counts == (events, 6, undecided, 6 - events)
    assert check.passed is (None if undecided else True)
    assert result.method["where"] == where
    assert result.title == f"Recorded suspect events where {where} before and after the programme"
    # a rule does not make other kinds of the events it leaves out
    assert result.check("kinds").counts == ()


def test_a_column_of_people_and_events_is_the_events_in_a_rule():
    assert ask(events=EVENTS.assign(site="elsewhere"), where="site = 'x'").parts["exposure"].table["events"].sum() == 0


def test_time_in_the_programme_counts_as_after():
    result = ask(after_anchor="first_contact")
    assert result.parts["exposure"].table.set_index("period").loc["during", "days_at_risk"] == 6
    assert "After begins the day after the first contact, so time in the programme counts as after." in [
        str(sentence) for sentence in result.text
    ]
    # whoever was referred and never met is in it, from the referral on
    everybody = PEOPLE.drop(columns=["first_contact", "last_contact"]).head(5)
    treated = ask(everybody, before_anchor="referred_on", after_anchor="referred_on")
    assert treated.row("mcnemar_exact")["n"] == 5


def test_groups():
    result = ask(by="site")
    assert result.table["group"].tolist() == ["all"] * 7 + ["x"] * 7 + ["y"] * 7
    classes = result.parts["classes"].table.groupby("group")["people"].sum()
    assert classes.to_dict() == {"all": 6, "x": 3, "y": 3}
    exposure = result.parts["exposure_by_group"].table
    assert exposure.groupby("period", sort=False)["events"].sum().tolist() == (
        result.parts["exposure"].table["events"].tolist()
    )
    assert (result.method["by"], ask().method["by"]) == ("site", None)
    alone = ask(PEOPLE.head(3))
    for column in ("estimate", "conf_low", "conf_high", "n", "n_events"):
        np.testing.assert_array_equal(result.table.loc[result.table["group"] == "x", column], alone.table[column])
    counts = pre_post_counts(PEOPLE, EVENTS, by="site", **ASKED).to_pandas()
    assert counts["group"].value_counts().to_dict() == {"x": 3, "y": 3}
    unknown = ask(PEOPLE.assign(site=None), by="site")
    assert set(unknown.table["group"]) == {"all", "not_recorded"}


def refused(people=PEOPLE, events=EVENTS, **named):
    with pytest.raises(AnalysisError) as caught:
        ask(people, events, **named)
    return str(caught.value)


def test_people_without_the_anchor_are_refused():
    assert refused(before_anchor="referred_on") == (
        "the records do not allow an answer\n"
        "  people.referred_on: missing in 1 row\n"
        '      → leave out people without a referral, as with .require("Referred", "referred_on is not null"), or '
        "choose another anchor"
    )
    late = PEOPLE.head(5).assign(referred_on=pd.Timestamp("2024-02-01"))
    assert refused(late, before_anchor="referred_on", after_anchor="referred_on") == (
        "the records do not allow an answer\n"
        "  people.referred_on: a referral after as_of (2023-12-31) in 5 rows\n"
        "      → move as_of, or leave out later referrals"
    )
    assert "people.referred_on: after last_contact in 5 rows" in refused(late, before_anchor="referred_on")
    assert "people.referred_on: there is no such column" in refused(
        PEOPLE.drop(columns="referred_on"), before_anchor="referred_on"
    )


def test_choices_are_refused_all_at_once():
    assert refused(before_anchor="first_contct", after_anchor="end", washout="a month", min_age=0) == (
        "the question cannot be answered as asked\n"
        "  washout: 'a month' is not a number of days\n"
        '      → write it as "30 days", or "0 days" for none\n'
        "  before_anchor: 'first_contct' is not an anchor\n"
        "      → did you mean 'first_contact'?\n"
        "  after_anchor: 'end' is not an anchor\n"
        "      → known: referred_on, first_contact, last_contact\n"
        "  min_age: is not an age in years\n"
        "      → write 10, or None to count every day"
    )
    assert refused(before_anchor="last_contact", after_anchor="referred_on") == (
        "the question cannot be answered as asked\n"
        "  after_anchor: 'referred_on' comes before before_anchor, 'last_contact', so days would be before and after\n"
        "      → choose one of: last_contact"
    )


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (
            "knive",
            "where: there is no column or parameter 'knive'\n      knive\n      ^^^^^\n      → did you mean 'knife'?",
        ),
        ("offence", "where: is not true or false of an event\n      → compare it with something"),
        ("", "where: this rule is empty"),
        ("knife; drop table events", "where: a rule is one expression, without a semicolon"),
    ],
)
def test_rules_that_cannot_be_used(where, told):
    assert told in refused(where=where)


def test_a_month_of_birth_must_be_a_date():
    assert "people.birth_month: holds VARCHAR, where date is needed" in refused(PEOPLE.assign(birth_month="2005-03"))
    assert ask(PEOPLE.assign(birth_month="2005-03"), min_age=None).method["age"] == "not looked at"
    assert ask(PEOPLE.assign(birth_month=None)).check("age").counts == (0, 6, 0, 6)


def test_behind_the_wall():
    people = pd.concat([PEOPLE.head(3).assign(person_id=lambda f, i=i: f["person_id"] + f"_{i}") for i in range(20)])
    events = pd.concat([EVENTS.head(4).assign(person_id=lambda f, i=i: f["person_id"] + f"_{i}") for i in range(20)])
    people["site"] = ["x"] * 55 + ["y"] * 5
    result = ask(people, events, by="site", where="knife is not null", washout="10 days", after_anchor="first_contact")
    shown = protect(result, POLICIES["strict"])
    small = shown.table[shown.table["group"] == "y"]
    assert small[["n", "n_events", "estimate"]].isna().all(axis=None)
    texts = [str(sentence) for sentence in shown.text]
    assert any("with any recorded suspect event where knife is not null before or after" in text for text in texts)
    assert "The 10 days before the first contact count nowhere, so what may have led to it is not before." in texts
    assert shown.check("washout").text == "Events in the 10 days before the first contact counted nowhere."
    assert shown.check("where").text == (
        "Only events that meet the rule 'knife is not null' were counted; where a value is missing, an event was not."
    )


WINDOWS = ["30 days", ("365 days", "30 days"), "as after", "all"]


def test_several_windows_are_each_that_of_pre_post():
    result = window_table(PEOPLE, EVENTS, windows=WINDOWS, incomplete="rate", **ASKED)
    assert result.table.columns.tolist() == [
        *ESTIMATE_COLUMNS, "measure", "interval", "descriptive", "events_before", "events_after", "before", "after",
    ]  # fmt: skip
    assert result.table["group"].drop_duplicates().tolist() == [
        "30 days", "365 days before, 30 days after", "as after", "all",
    ]  # fmt: skip
    for _, row in result.table.iterrows():
        alone = ask(before=row["before"], after=row["after"], incomplete="rate").row(row["term"])
        for column in ("estimate", "conf_low", "conf_high", "n", "n_events"):
            assert row[column] == alone[column] or (np.isnan(row[column]) and np.isnan(alone[column]))
    # two events in 180 days before, three in as many after; one each of two people, and one after only of a third
    said = str(result.text[0])
    assert said.startswith("Window 30 days: the rate ratio, after against before, is 1.50 (95% interval ")
    assert said.endswith("; of 3 people with any, 0 had fewer after (0.0%).")
    assert result.method["windows"][1] == {"before": "365 days", "after": "30 days"}


def test_windows_are_refused_all_at_once():
    def told(windows, **named):
        with pytest.raises(AnalysisError) as caught:
            window_table(PEOPLE, EVENTS, windows=windows, **(ASKED | named))
        return str(caught.value)

    assert "windows: is not a list of windows" in told("183 days")
    assert "windows: is not a list of windows" in told([])
    assert told(["30 days", 30, ("30 days", "30 days")]) == (
        "the question cannot be answered as asked\n"
        "  windows: one of them is neither a length nor a pair of lengths\n"
        '      → write a length, as "183 days", or a pair, as ("365 days", "183 days")'
    )
    assert "windows: '30 days' stands there twice" in told(["30 days", "30 days"])
    wrong = told(["1 month", "30 days"], washout="x")
    assert "1 month: before: '1 month' is not a window" in wrong
    assert wrong.count("washout: 'x' is not a number of days") == 1
    assert "1 month: washout" not in wrong


def test_windows_behind_the_wall():
    people = pd.concat([PEOPLE.head(3).assign(person_id=lambda f, i=i: f["person_id"] + f"_{i}") for i in range(20)])
    events = pd.concat([EVENTS.head(4).assign(person_id=lambda f, i=i: f["person_id"] + f"_{i}") for i in range(20)])
    shown = protect(window_table(people, events, windows=["5 days", "183 days"], **ASKED), POLICIES["strict"])
    rows = shown.table[shown.table["term"] == "rate_ratio_robust"].set_index("group")
    assert pd.isna(rows.loc["5 days", "estimate"])
    assert rows.loc["183 days", "n"] == 60
    assert str(shown.text[0]) == "Window 5 days: the rate ratio, after against before, is not shown."
    assert str(shown.text[1]).startswith("Window 183 days: the rate ratio, after against before, is ")
