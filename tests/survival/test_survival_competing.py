"""Cumulative incidence and Gray's test against R; and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import ESTIMATE_COLUMNS
from lvrn_eval.survival.competing import cumulative_incidence
from lvrn_eval.survival.curves import kaplan_meier
from lvrn_eval.survival.gray import gray_test
from lvrn_eval.survival.risk_table import risk_table

R = Path(__file__).parents[1] / "reference" / "r" / "survival"
TOLERANCE = {"rtol": 1e-8, "atol": 1e-13}
CONF_TYPES = {"log-log": "log-log", "log": "log", "plain": "plain", "logit": "logit", "arcsine": "arcsin"}
GRAY = json.loads((R / "ref_curves.json").read_text())["gray"]


def mgus2():
    return pd.read_csv(R / "mgus2_people.csv")


def at(result, times):
    return result.table.set_index("time").loc[times]


@pytest.mark.parametrize("conf_type", CONF_TYPES)
@pytest.mark.parametrize("of", [1, 2])
def test_mgus2_by_sex(of, conf_type):
    theirs = pd.read_csv(R / "ref_mgus2_by_sex.csv")
    table = cumulative_incidence(mgus2(), "etime", "ev", "sex", of=of, conf_type=conf_type).table
    ours = table[table["time"].gt(0)].reset_index(drop=True)
    theirs = theirs[theirs["time"].gt(0)].reset_index(drop=True)
    assert list(ours["group"]) == list(theirs["group"])
    names = {
        "time": "time",
        "at_risk": "n_risk",
        "events": f"n_{of}",
        "competing": f"n_{3 - of}",
        "censored": "n_censor",
        "estimate": f"cif_{of}",
        "std_error": f"se_{of}",
    }
    for one, other in names.items():
        np.testing.assert_allclose(ours[one], theirs[other], **TOLERANCE)
    for one, other in {"conf_low": "lower", "conf_high": "upper"}.items():
        np.testing.assert_allclose(ours[one], theirs[f"{other}_{of}_{CONF_TYPES[conf_type]}"], **TOLERANCE)


@pytest.mark.parametrize("of", [1, 2])
def test_whole_weights(of):
    theirs = pd.read_csv(R / "ref_mgus2_weighted.csv")
    ours = at(cumulative_incidence(mgus2(), "etime", "ev", weights="copies", of=of), theirs["time"])
    np.testing.assert_array_equal(ours["at_risk"], theirs["n_risk"])
    np.testing.assert_allclose(ours["estimate"], theirs[f"cif_{of}"], **TOLERANCE)
    np.testing.assert_allclose(ours["std_error"], theirs[f"se_{of}"], **TOLERANCE)


@pytest.mark.parametrize("of", [1, 2])
def test_late_entry(of):
    """Against etm; R's survfit has the same shares, and errors of another kind that differ in the third digit."""
    theirs = pd.read_csv(R / "ref_mgus2_late.csv")
    people = mgus2().query("etime > 0")
    result = cumulative_incidence(people, "etime", "ev", entry="late", of=of, times=list(theirs["time"]))
    ours = result.parts["at_times"].table
    np.testing.assert_allclose(ours["estimate"], theirs[f"cif_{of}"], **TOLERANCE)
    np.testing.assert_allclose(ours["std_error"], theirs[f"se_{of}"], **TOLERANCE)
    np.testing.assert_allclose(ours["std_error"], theirs[f"r_se_{of}"], rtol=0.02)


def test_shares_of_all_causes_and_none_add_up_to_1():
    people = mgus2()
    one, two = (cumulative_incidence(people, "etime", "ev", of=of).table["estimate"] for of in (1, 2))
    free = kaplan_meier(people.assign(ev=people["ev"] > 0), "etime", "ev").table["estimate"]
    np.testing.assert_allclose(one + two + free, 1, rtol=1e-12)


def test_one_cause_only_is_1_less_kaplan_meier():
    people = mgus2().assign(ev=lambda d: (d["ev"] > 0).astype(int))
    incidence = cumulative_incidence(people, "etime", "ev", "sex").table
    survival = kaplan_meier(people, "etime", "ev", "sex").table
    np.testing.assert_allclose(incidence["estimate"], 1 - survival["estimate"], rtol=1e-9, atol=1e-12)
    defined = survival["std_error"].notna()
    np.testing.assert_allclose(incidence["std_error"][defined], survival["std_error"][defined], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("of", [1, 2])
def test_from_a_table_and_from_a_risk_table(of):
    people = mgus2().query("etime > 0")
    columns = {"time": "etime", "event": "ev", "by": "sex", "entry": "late", "weights": "copies"}
    direct = cumulative_incidence(people, **columns, of=of, times=[60])
    table = as_table(people, "people", DuckDBEngine())
    for source in (table, people):
        counted = cumulative_incidence(risk_table(source, **columns, causes=(1, 2)), of=of, times=[60])
        pd.testing.assert_frame_equal(counted.table, direct.table)
        assert counted.text == direct.text
        assert counted.checks == direct.checks
        assert counted.method == direct.method
    pd.testing.assert_frame_equal(cumulative_incidence(table, **columns, of=of).table, direct.table)


def test_causes_with_gaps_and_large_codes():
    people = mgus2()
    direct = cumulative_incidence(people, "etime", "ev", of=1).table
    for codes in ({1: 3, 2: 7}, {1: 1000, 2: 5}, {1: 2, 2: 1}):
        recoded = people.assign(ev=people["ev"].replace(codes))
        for source in (recoded, recoded.assign(ev=recoded["ev"].astype(float)), as_table(recoded, "p", DuckDBEngine())):
            pd.testing.assert_frame_equal(cumulative_incidence(source, "etime", "ev", of=codes[1]).table, direct)


@pytest.mark.parametrize("of", [1, 2])
@pytest.mark.parametrize(
    ("name", "by", "more"),
    [
        ("sex", "sex", {}),
        ("age4", "age4", {}),
        ("sex_rho1", "sex", {"rho": 1}),
        ("sex_strata_age72", "sex", {"strata": "old"}),
        ("sex_copies", "sex", {"weights": "copies"}),
    ],
)
def test_gray(name, by, more, of):
    people = mgus2().assign(age4=lambda d: pd.cut(d["age"], [0, 60, 70, 80, 200]), old=lambda d: d["age"] > 72)
    result = gray_test(people, "etime", "ev", by, of=of, **more)
    row = result.table.iloc[0]
    assert row["statistic"] == pytest.approx(GRAY[name]["statistic"][of - 1], rel=1e-8)
    assert row["df"] == GRAY[name]["df"][of - 1]
    assert row["p_value"] == pytest.approx(GRAY[name]["p"][of - 1], rel=1e-8, abs=1e-15)
    groups = result.parts["groups"].table
    assert groups["n_events"].sum() == row["n_events"]
    assert groups["n"].sum() == row["n"]
    assert groups["excess"].sum() == pytest.approx(0, abs=1e-9)


def test_gray_from_a_risk_table():
    counted = risk_table(mgus2(), "etime", "ev", "sex", causes=(1, 2))
    ours, direct = gray_test(counted, of=2), gray_test(mgus2(), "etime", "ev", "sex", of=2)
    pd.testing.assert_frame_equal(ours.table, direct.table)
    assert ours.text == direct.text


def six():
    return pd.DataFrame({"days": range(1, 7), "ended": [1, 1, 2, 2, 1, 0], "site": list("xxyxyy")})


def test_gray_of_six_people_and_its_sentences():
    result = gray_test(six(), "days", "ended", "site")
    assert result.table["statistic"][0] == pytest.approx(GRAY["six_people"]["statistic"][0], rel=1e-8)
    assert [sentence.text for sentence in result.text] == [
        (
            "Gray's test of events of cause 1 in the 2 groups of site: chi-square 2.44 on 1 degree of freedom, "
            "p = 0.118. It says how easily chance alone would make the shares differ so much, not how much they differ."
        ),
        "6 people, 3 with an event of cause 1, 2 with a competing event, in all groups together.",
        "Fewer than 10 events of cause 1 in 2 of 2 groups (site x, site y): too few to conclude anything.",
        "Fewer than 30 people in 2 of 2 groups (site x, site y): descriptive only.",
    ]
    assert [sentence.counts for sentence in result.text] == [(), (6, 3, 3, 2, 1), (), ()]
    assert result.title == "Gray's test of events of cause 1, by site"


def test_incidence_worked_by_hand():
    """S before each day 1, 5/6, 4/6, 3/6, 2/6; cause 1 falls on days 1, 2 and 5: 1/6, 1/6, and 2/6 * 1/2 = 1/6."""
    result = cumulative_incidence(six(), "days", "ended", times=[0, 4, 6, 9])
    assert list(result.table["estimate"]) == pytest.approx([0, 1 / 6, 2 / 6, 2 / 6, 2 / 6, 3 / 6, 3 / 6])
    # without censoring before day 5 the error is binomial: sqrt(p (1 - p) / 6)
    assert result.table["std_error"][4] == pytest.approx(np.sqrt(2 / 6 * 4 / 6 / 6))
    assert list(result.parts["at_times"].table) == [*ESTIMATE_COLUMNS, "time", "at_risk"]
    assert [sentence.text for sentence in result.text] == [
        "6 people, 3 with an event of cause 1, 2 with a competing event.",
        "An estimated 0.0% (interval not defined) had an event of cause 1 by 0 days.",
        "An estimated 33.3% (95% interval 4.6% to 67.6%) had an event of cause 1 by 4 days.",
        "An estimated 50.0% (95% interval 11.1% to 80.4%) had an event of cause 1 by 6 days.",
        "Nobody was observed as long as 9 days, so the share then is not known.",
        "Fewer than 10 events of cause 1: too few to conclude anything.",
        "Fewer than 30 people: descriptive only.",
    ]
    assert result.text[0].counts == (6, 3, 3, 2, 1)
    assert result.title == "Share with an event of cause 1 over time (Aalen-Johansen)"


def test_shape_of_the_table():
    result = cumulative_incidence(six(), "days", "ended", "site")
    assert list(result.table) == [
        "group", "time", "at_risk", "events", "competing", "censored", "estimate", "std_error", "conf_low", "conf_high",
    ]  # fmt: skip
    assert (result.shape, result.count_columns) == ("curve", ("at_risk", "events", "competing", "censored"))
    first = result.table.groupby("group").head(1)
    assert first[["time", "estimate", "std_error", "conf_low", "conf_high"]].eq(0).all(axis=None)
    assert dict(result.method) == {
        "time": "days",
        "event": "ended",
        "by": "site",
        "entry": None,
        "weights": None,
        "at_risk": "entry < time <= exit",
        "ties": "at one time events come first, then censorings, then entries",
        "missing": "refused",
        "estimator": "Aalen-Johansen",
        "variance": "Greenwood, multinomial",
        "of": 1,
        "competing": "all other causes",
        "conf_level": 0.95,
        "conf_type": "log-log",
        "times": [],
    }


def test_a_group_in_which_everyone_had_some_event_is_known_for_ever():
    people = six().assign(ended=[1, 1, 2, 2, 1, 2])
    row = cumulative_incidence(people, "days", "ended", times=[99]).parts["at_times"].row("at 99")
    assert row["estimate"] == pytest.approx(0.5)


@pytest.fixture(params=["frame", "table"])
def given(request):
    return (lambda f: f) if request.param == "frame" else (lambda f: as_table(f, "people", DuckDBEngine()))


@pytest.mark.parametrize(
    ("changes", "named", "text"),
    [
        (
            {"ended": [1, 1.5, -1, 2, None, 0]},
            {},
            (
                "cumulative_incidence: the data cannot be used as it stands\n"
                "  event='ended': missing in 1 of 6 rows\n"
                "      → give 1 where the event was recorded and 0 where it was not\n"
                "  event='ended': not a whole number from 0 in 2 of 6 rows\n"
                "      → give 0 for censored and 1, 2, ... for what ended the observation"
            ),
        ),
        (
            {"ended": [2, 2, 2, 0, 0, 0]},
            {},
            "cumulative_incidence: none of 6 people has an event of cause of=1; check the codes of the event column",
        ),
        ({}, {"of": 0}, "cumulative_incidence: of must be the code of a cause, a whole number from 1"),
        ({}, {"of": "death"}, "cumulative_incidence: of must be the code of a cause, a whole number from 1"),
        ({}, {"conf_type": "logg"}, "cumulative_incidence: conf_type 'logg' is not known; did you mean 'log'?"),
    ],
)
def test_refused(changes, named, text, given):
    with pytest.raises(AnalysisError) as refused:
        cumulative_incidence(given(six().assign(**changes)), "days", "ended", **named)
    assert str(refused.value) == text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"by": None}, "gray_test: by=None has one group only; a test needs two or more"),
        ({"rho": -1}, "gray_test: rho must not be negative, not -1"),
        ({"of": 3}, "gray_test: none of 6 people has an event of cause of=3; check the codes of the event column"),
    ],
)
def test_gray_refuses(arguments, text):
    with pytest.raises(AnalysisError) as refused:
        gray_test(six(), **({"time": "days", "event": "ended", "by": "site"} | arguments))
    assert str(refused.value) == text


def test_gray_refuses_late_entry():
    counted = risk_table(six().assign(entry=0), "days", "ended", "site", "entry", causes=(1, 2))
    with pytest.raises(AnalysisError) as refused:
        gray_test(counted)
    assert str(refused.value) == (
        "gray_test: people enter late, which this test does not allow for; compare with logrank"
    )


def test_gray_refuses_a_group_nobody_is_in_when_events_fall():
    frame = pd.DataFrame({"days": [0, 0, 3, 4], "ended": [0, 0, 1, 2], "site": list("xxyy")})
    with pytest.raises(AnalysisError) as refused:
        gray_test(frame, "days", "ended", "site")
    assert str(refused.value) == (
        "gray_test: the groups of by='site' cannot all be compared: some were never at risk together with the others "
        "when an event fell"
    )
