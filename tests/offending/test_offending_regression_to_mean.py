"""Regression to the mean from records to sentences: which days count, the rule, the pool, faults, and the wall."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvrn_eval.cohort.cohort import Cohort
from lvrn_eval.cohort.features import Features
from lvrn_eval.engine import as_table
from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending.regression_to_mean import regression_to_mean
from lvrn_eval.offending.regression_to_mean_words import sentences
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.result import Check, Result

FIRST, LAST = pd.Timestamp("2023-06-01"), pd.Timestamp("2023-08-31")
RECORDS = {"as_of": "2024-06-30", "observed_from": "2020-01-01"}
FEW = {"draws": 200, "min_age": None}
STRICT = POLICIES["strict"]


def days(*rows):
    """Events of (person, days before the first contact, or after the last where negative)."""
    frame = pd.DataFrame(rows, columns=["person_id", "back"])
    on = [FIRST - pd.Timedelta(days=back) if back > 0 else LAST + pd.Timedelta(days=-back) for back in frame["back"]]
    return frame.assign(on=on, kind="suspect").drop(columns="back")


def people(*ids):
    return pd.DataFrame({"person_id": list(ids), "first_contact": FIRST, "last_contact": LAST})


def stretches(result):
    return result.parts["stretches"].table.set_index("period")


def study(n=160, seed=5, *, ratio=1.0):
    """People with gamma rates, half of them referred for an event; the rest of those drawn are a pool."""
    rng = np.random.default_rng(seed)
    size = 4 * n
    caused = rng.random(size) < 0.5
    rate = rng.gamma(np.where(caused, 1.8, 0.8), 1.5 / 0.8)
    first = FIRST + pd.to_timedelta(rng.integers(-150, 150, size), unit="D")
    start = pd.Timestamp(RECORDS["observed_from"])
    number = rng.poisson(rate * 4.5)
    person = np.repeat(np.arange(size), number)
    on = start + pd.to_timedelta(rng.integers(0, 1643, len(person)), unit="D")
    kept = (on <= first[person]) | (rng.random(len(person)) < ratio)
    (causes,) = np.nonzero(caused)
    trigger = first[causes] - pd.to_timedelta(rng.integers(1, 30, len(causes)), unit="D")
    events = pd.DataFrame({"person_id": np.append(person[kept], causes), "on": on[kept].append(trigger)})
    events["kind"] = "suspect"
    everybody = pd.DataFrame(
        {"person_id": np.arange(size), "first_contact": first, "last_contact": first + pd.Timedelta(days=60)}
    )
    before = events["on"] < first[events["person_id"]]
    chosen = everybody["person_id"].isin(events.loc[before, "person_id"]) & (everybody.index < 2 * n)
    return everybody[chosen].head(n), events, everybody[everybody.index >= 2 * n][["person_id"]]


@pytest.fixture(scope="module")
def one():
    chosen, events, pool = study()
    return regression_to_mean(chosen, events, kinds=["suspect"], pool=pool, **RECORDS, **FEW)


def test_which_days_belong_to_which_stretch():
    # washout: 1 to 30 days back; before window: 31 to 213; earlier: 214 to 396; after: 1 to 183 days on
    events = days(
        *[("a", back) for back in (1, 30)],
        *[("a", back) for back in (31, 32, 213)],
        *[("a", back) for back in (214, 300, 350, 396)],
        *[("a", back) for back in (397, 1000)],
        *[("a", -on) for on in (1, 2, 100, 182, 183)],
        ("a", -184),
    )
    contact = days(("a", 1)).assign(on=[FIRST])
    meeting = days(("a", 1)).assign(on=[LAST])
    result = regression_to_mean(people("a"), pd.concat([events, contact, meeting]), kinds=["suspect"], **RECORDS, **FEW)
    assert stretches(result)["events"].to_dict() == {"earlier": 4, "before": 3, "washout": 2, "after": 5}
    assert stretches(result)["days_at_risk"].to_dict() == {"earlier": 183, "before": 183, "washout": 30, "after": 183}
    # the raw window is the 183 days up to the contact: the washout and the before window but for its first 30 days
    naive = result.row("naive", "model")
    assert (naive["n"], naive["n_events"]) == (1, 3 + 5)
    assert naive["estimate"] == pytest.approx(5 / 4)
    earlier = result.row("left", "earlier_window")
    assert (earlier["estimate"], earlier["n_events"]) == (pytest.approx(5 / 4), 9)


def test_events_before_the_raw_window_alone():
    """Nothing directly before the contact: there is no ratio as recorded, yet the model has something to go by."""
    events = days(("a", 200), ("a", 205), ("a", -1), ("b", 210), ("b", -7))
    result = regression_to_mean(people("a", "b"), events, kinds=["suspect"], **RECORDS, **FEW)
    assert np.isnan(result.row("naive", "model")["estimate"])
    assert np.isnan(result.row("expected", "model")["estimate"])
    assert result.row("left", "model")["estimate"] > 0
    assert "The recorded change is not shown" in result.text[0].text


def test_windows_cut_by_the_records_count_with_the_days_they_have():
    events = days(("a", 40), ("a", -1))
    cut = {"as_of": LAST + pd.Timedelta(days=50), "observed_from": FIRST - pd.Timedelta(days=100)}
    result = regression_to_mean(people("a"), events, kinds=["suspect"], **cut, **FEW)
    assert stretches(result)["days_at_risk"].to_dict() == {"earlier": 0, "before": 70, "washout": 30, "after": 50}
    assert result.check("windows_cut").counts == (1, 1, 1)
    assert np.isnan(result.row("left", "earlier_window")["estimate"])


def test_days_in_custody_are_not_at_risk_but_their_events_count_for_the_rule():
    # away: 60 to 50 days back, strictly between reception and release, so 9 days
    custody = pd.DataFrame(
        {"person_id": ["a"], "starts_on": FIRST - pd.Timedelta(days=60), "ends_on": FIRST - pd.Timedelta(days=50)}
    )
    events = days(("a", 55), ("a", 100), ("a", -1))
    result = regression_to_mean(
        people("a"), events, kinds=["suspect"], custody=custody, least_before=2, **RECORDS, **FEW
    )
    assert stretches(result).loc["before", ["events", "days_at_risk"]].tolist() == [1, 174]
    assert result.check("custody_given").passed is True


def test_days_under_age_are_not_at_risk():
    # ten on 1 March 2023, so 92 days before the first contact on 1 June: 62 of them before the washout
    child = people("a").assign(birth_month=pd.Timestamp("2013-03-01"))
    choices = {**FEW, "min_age": 10}
    result = regression_to_mean(child, days(("a", 40), ("a", -1)), kinds=["suspect"], **RECORDS, **choices)
    assert stretches(result)["days_at_risk"].tolist() == [0, 62, 30, 183]


def test_people_who_did_not_meet_the_rule_are_a_fault():
    events = days(("a", 40), ("c", 40), ("b", -1)).assign(kind="suspect")
    with pytest.raises(AnalysisError) as error:
        regression_to_mean(people("a", "b", "c"), events, kinds=["suspect"], **RECORDS, **FEW)
    assert str(error.value) == (
        "the records do not allow an answer\n"
        "  least_before: 1 person has fewer than 1 event of its kinds on record before, so this was not the rule\n"
        "      → name every kind of event the rule looked at with rule_kinds=, or state the rule's least with "
        "least_before="
    )
    result = regression_to_mean(people("a", "b", "c"), events, kinds=["suspect"], least_before=0, **RECORDS, **FEW)
    assert result.row("left", "model")["n"] == 3


def test_events_of_other_kinds_can_meet_the_rule():
    events = pd.concat([days(("a", 40), ("a", -1)), days(("b", 40)).assign(kind="asb")])
    result = regression_to_mean(
        people("a", "b"), events, kinds=["suspect"], rule_kinds=["suspect", "asb"], **RECORDS, **FEW
    )
    assert stretches(result).loc["before", "events"] == 1
    # b met the rule elsewhere, a only because of the window
    assert result.check("rule").counts == (1, 2)


def test_every_choice_that_cannot_be_is_told_at_once():
    with pytest.raises(AnalysisError) as error:
        regression_to_mean(
            people("a"), days(("a", 1)), kinds=["suspect"], window="30 days", washout="30 days", least_before=-1,
            rule_kinds=["asb"], draws=1, seed=-1, as_of="2024-06-30",
        )  # fmt: skip
    places = [fault.where for fault in error.value.faults]
    assert places == ["washout", "least_before", "rule_kinds", "draws", "seed", "observed_from"]
    assert "'suspect' is counted, but the rule is not said to have looked at it" in str(error.value)
    with pytest.raises(AnalysisError) as error:
        regression_to_mean(people("a"), days(("a", 1)), kinds=["suspect"], window="all", conf_level=2)
    assert {fault.where for fault in error.value.faults} == {"as_of", "observed_from", "conf_level", "window"}


@pytest.mark.parametrize(
    ("pool", "message"),
    [
        (pd.DataFrame({"person": ["z"]}), "pool.person_id: there is no such column"),
        (pd.DataFrame({"person_id": ["z", "z", None]}), "missing in 1 row"),
        (pd.DataFrame({"person_id": ["a", "z"]}), "1 row of people of the study"),
    ],
)
def test_a_pool_must_be_other_people_once_each(pool, message):
    with pytest.raises(AnalysisError) as error:
        regression_to_mean(people("a"), days(("a", 40)), kinds=["suspect"], pool=pool, **RECORDS, **FEW)
    assert message in str(error.value)


def test_the_pool_takes_the_days_of_the_selected():
    """Two of a pool of three met the rule on the days of the only person there is; one of them only by the window."""
    events = days(("a", 300), ("a", 40), ("a", -9), ("y", 500), ("y", 50), ("y", -3), ("x", 40), ("z", -1))
    pool = pd.DataFrame({"person_id": ["x", "y", "z"]})
    result = regression_to_mean(people("a"), events, kinds=["suspect"], pool=pool, **RECORDS, **FEW)
    assert result.check("pool_given").counts == (2, 1, 3)
    # y: 1 before, 1 after; a: 1 before, 1 after
    assert result.row("left", "pool")["estimate"] == pytest.approx(1)


def test_expected_times_left_is_what_was_recorded(one):
    for way, close in (("model", 0.02), ("earlier_window", 1e-9), ("simulation", 0.06), ("pool", 1e-9)):
        # what is left in the simulation goes by the before window, and not by the raw one
        naive, expected, left = (one.row(term, way)["estimate"] for term in ("naive", "expected", "left"))
        assert naive == pytest.approx(expected * left, rel=close)


def test_four_ways_agree_where_nothing_changes(one):
    assert one.check("ways_agree").passed is True
    assert one.row("naive", "model")["conf_high"] < 1
    for way in ("model", "earlier_window", "simulation", "pool"):
        left = one.row("left", way)
        assert left["conf_low"] < 1 < left["conf_high"]
    assert one.check("steady_before").passed is True
    told = " ".join(sentence.text for sentence in one.text)
    assert "cannot be told from what would be expected with no effect" in told


def test_a_large_change_is_found_by_all(one):
    chosen, events, pool = study(ratio=0.25)
    stop = events["person_id"].isin(chosen["person_id"])
    kept, everything, _ = study()
    pd.testing.assert_frame_equal(kept, chosen)
    mixed = pd.concat([events[stop], everything[~everything["person_id"].isin(chosen["person_id"])]])
    result = regression_to_mean(chosen, mixed, kinds=["suspect"], pool=pool, **RECORDS, **FEW)
    assert (result.table.loc[result.table["term"] == "left", "conf_high"] < 1).all()
    assert result.check("ways_agree").passed is True
    told = [sentence.text for sentence in result.text]
    assert any("was lower than expected with no effect" in text for text in told)
    assert any("this design cannot say that it was the programme" in text for text in told)


def test_the_order_of_rows_changes_nothing(one):
    chosen, events, pool = (frame.sample(frac=1, random_state=3) for frame in study())
    again = regression_to_mean(chosen, events, kinds=["suspect"], pool=pool, **RECORDS, **FEW)
    pd.testing.assert_frame_equal(again.table, one.table, check_exact=True)


def test_another_seed_changes_the_simulation_and_the_pool_alone(one):
    chosen, events, pool = study()
    other = regression_to_mean(chosen, events, kinds=["suspect"], pool=pool, seed=1, **RECORDS, **FEW)
    changed = set(one.table.loc[one.table["estimate"] != other.table["estimate"], "group"])
    assert changed == {"simulation", "pool"}


def test_the_wall(one):
    protected = protect(one, STRICT)
    counts = protected.table[["n", "n_events"]].to_numpy().ravel()
    assert all(int(count) % 5 == 0 for count in counts)
    texts = [sentence.text for sentence in protected.text]
    assert any("With no effect at all" in text for text in texts)
    assert "weakest tier" in texts[-1]
    # nothing that lists a count of people or events is left in a check
    assert all(not re.search(r"\d+ (person|people|events?)\b", check.text) for check in protected.checks[2:])
    assert protected.check("small_sample").text == "At least 30 people."


def test_the_wall_shows_nothing_of_a_few():
    events = days(*[(person, 40) for person in "abcdef"], ("a", 300), ("b", -4))
    result = regression_to_mean(people(*"abcdef"), events, kinds=["suspect"], **RECORDS, **FEW)
    protected = protect(result, STRICT)
    assert protected.table[["estimate", "conf_low", "n", "n_events"]].isna().all(axis=None)
    texts = [sentence.text for sentence in protected.text]
    assert not any(re.search(r"\d\.\d", text) for text in texts)
    assert "With fewer than 30 people this is descriptive only: no conclusion about change is drawn." in texts


def test_a_cohort_brings_its_dates_and_its_records():
    chosen, events, _ = study()
    table = as_table(chosen, "people")
    features = Features(table, as_of=pd.Timestamp(RECORDS["as_of"]).date(),
                        observed_from=pd.Timestamp(RECORDS["observed_from"]).date())  # fmt: skip
    result = regression_to_mean(Cohort(features, name="All"), events, kinds=["suspect"], **FEW)
    assert result.method["observed_from"] == RECORDS["observed_from"]
    assert result.row("left", "model")["n"] == 160


ratio = st.floats(0.05, 20)
interval = st.tuples(ratio, st.floats(1.001, 4), st.floats(1.001, 4))


@given(
    numbers=st.lists(interval, min_size=4, max_size=4),
    known=st.lists(st.booleans(), min_size=4, max_size=4),
    share=st.floats(0, 1),
    enough=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_sentences_never_say_more_than_the_intervals(numbers, known, share, enough):
    rows = []
    for way, (estimate, below, above), there in zip(
        ("model", "earlier_window", "simulation", "pool"), numbers, known, strict=True
    ):
        limits = (estimate, estimate / below, estimate * above) if there else (np.nan,) * 3
        rows += [(term, way, *limits) for term in ("naive", "expected", "left")]
    rows += [("share_falling", way, share, share / 2, (1 + share) / 2) for way in ("recorded", "simulation")]
    table = pd.DataFrame(rows, columns=["term", "group", "estimate", "conf_low", "conf_high"]).assign(conf_level=0.95)
    made = Result("regression_to_mean", "made up", table, {"kinds": ["suspect"], "window": "183 days"},
                  checks=(Check("small_sample", passed=enough, text=""),))  # fmt: skip
    text = " ".join(sentence.text for sentence in sentences(made))
    shown = [limits for limits, there in zip(numbers, known, strict=True) if there]
    sides = {"lower" if e * a < 1 else "higher" if e / b > 1 else None for e, b, a in shown}
    for which in ("lower", "higher"):
        assert (f"was {which} than expected" in text) == (enough and sides == {which})
    assert "reoffen" not in text
    assert not re.search(r"(?<![\d.])0(\.0)?%", text) or share == 0
    assert "weakest tier" in text
