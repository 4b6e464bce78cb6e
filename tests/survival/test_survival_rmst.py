"""Restricted means against R and published numbers; and what is refused."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import ESTIMATE_COLUMNS
from lvrn_eval.survival.risk_table import risk_table
from lvrn_eval.survival.rmst import rmst, rmst_difference

R = Path(__file__).parents[1] / "reference" / "r" / "survival"
REFERENCE = json.loads((R / "ref_curves.json").read_text())["rmst"]


def frozen(name):
    return pd.read_csv(R / name)


def lung():
    return frozen("lung.csv").assign(status=lambda d: d["status"] - 1)


CASES = {
    "rossi_fin_52": (lambda: frozen("rossi_people.csv"), {"time": "week", "event": "arrest", "by": "fin"}, 52),
    "rossi_fin_40": (lambda: frozen("rossi_people.csv"), {"time": "week", "event": "arrest", "by": "fin"}, 40),
    "veteran_trt_200": (lambda: frozen("veteran.csv"), {"time": "time", "event": "status", "by": "trt"}, 200),
    "lung_sex_500": (lung, {"time": "time", "event": "status", "by": "sex"}, 500),
    "heart_transplant_300": (
        lambda: frozen("heart.csv"),
        {"time": "stop", "event": "event", "by": "transplant", "entry": "start"},
        300,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_means(name):
    people, columns, tau = CASES[name]
    table = rmst(people(), **columns, tau=tau).table
    means, lost = table[table["term"] == "restricted mean"], table[table["term"] == "time lost"]
    assert list(means["estimate"]) == pytest.approx(REFERENCE[name]["mean"], rel=1e-8)
    assert list(means["std_error"]) == pytest.approx(REFERENCE[name]["se"], rel=1e-8)
    assert list(lost["estimate"]) == pytest.approx([tau - mean for mean in REFERENCE[name]["mean"]], rel=1e-8)
    assert list(lost["std_error"]) == pytest.approx(REFERENCE[name]["se"], rel=1e-8)


@pytest.mark.parametrize("name", CASES)
def test_differences_follow_from_the_means(name):
    people, columns, tau = CASES[name]
    (base, mean), (base_error, error) = REFERENCE[name]["mean"], REFERENCE[name]["se"]
    result = rmst_difference(people(), **columns, tau=tau)
    row = result.row("difference")
    assert row["estimate"] == pytest.approx(mean - base, rel=1e-7)
    assert row["std_error"] == pytest.approx(math.hypot(error, base_error), rel=1e-8)
    ratio = result.row("ratio")
    log_error = math.hypot(error / mean, base_error / base)
    assert ratio["estimate"] == pytest.approx(mean / base, rel=1e-8)
    assert ratio["conf_high"] == pytest.approx(mean / base * math.exp(1.959963984540054 * log_error), rel=1e-8)
    assert result.row("ratio of time lost")["estimate"] == pytest.approx((tau - mean) / (tau - base), rel=1e-8)


def test_published_primary_biliary_cirrhosis():
    """The data and the 10 years of survRM2's vignette (Uno and others), which states the difference of -0.137 years.

    The means and their errors are those R's ``print(survfit, rmean = 10)`` shows; the rest follows from them.
    """
    people = frozen("pbc_people.csv")
    table = rmst(people, "years", "died", "trt", tau=10).table
    means = table[table["term"] == "restricted mean"]
    assert [round(value, 3) for value in means["estimate"]] == [7.283, 7.146]
    assert [round(value, 3) for value in means["std_error"]] == [0.295, 0.283]
    compared = rmst_difference(people, "years", "died", "trt", tau=10)
    columns = ["estimate", "conf_low", "conf_high", "p_value"]
    printed = {
        "difference": [-0.137, -0.939, 0.665, 0.738],
        "ratio": [0.981, 0.878, 1.096, 0.738],
        "ratio of time lost": [1.050, 0.787, 1.402, 0.738],
    }
    for term, numbers in printed.items():
        assert [round(compared.row(term)[column], 3) for column in columns] == numbers


def four():
    return pd.DataFrame({"days": [1, 2, 3, 4], "event": [1, 0, 1, 0], "site": ["x", "x", "y", "y"]})


def test_by_hand():
    """S is 1 to day 1, 3/4 to day 3, 3/8 to day 4: area 1 + 2 * 3/4 + 3/8 = 2.875.

    Variance: beyond day 1 lies 1.875, beyond day 3 0.375: 1.875² / (4 * 3) + 0.375² / (2 * 1) = 0.36328125.
    """
    row = rmst(four(), "days", "event", tau=4).row("restricted mean")
    assert row["estimate"] == pytest.approx(2.875)
    assert row["std_error"] == pytest.approx(math.sqrt(0.36328125))
    assert (row["n"], row["n_events"], row["tau"]) == (4, 2, 4)


def test_before_any_event_nothing_is_lost():
    result = rmst(four(), "days", "event", tau=0.5)
    assert list(result.table["estimate"]) == [0.5, 0]
    assert list(result.table["std_error"]) == [0, 0]
    row = rmst_difference(four(), "days", "event", "site", tau=0.5).row("ratio of time lost")
    assert row[["estimate", "std_error", "conf_low", "p_value"]].isna().all()


def test_a_curve_at_0_is_known_beyond_its_last_time():
    people = pd.DataFrame({"days": [1, 2], "event": [1, 1]})
    assert rmst(people, "days", "event", tau=10).row("restricted mean")["estimate"] == 1.5


def test_shape_and_method():
    result = rmst(four(), "days", "event", "site", tau=2)
    assert list(result.table) == [*ESTIMATE_COLUMNS, "tau"]
    assert list(result.table["term"]) == ["restricted mean", "time lost"] * 2
    assert result.count_columns == ("n", "n_events")
    assert result.method["tau"] == 2
    compared = rmst_difference(four(), "days", "event", "site", tau=2, reference="y")
    assert list(compared.table) == [*ESTIMATE_COLUMNS, "reference", "tau"]
    assert compared.row("difference", "x")["estimate"] == pytest.approx(-0.5)
    assert set(compared.table["reference"]) == {"y"}


def test_from_a_risk_table():
    counted = risk_table(lung(), "time", "status", "sex")
    for function in (rmst, rmst_difference):
        ours, direct = function(counted, tau=500), function(lung(), "time", "status", "sex", tau=500)
        pd.testing.assert_frame_equal(ours.table, direct.table)
        assert ours.text == direct.text


def test_sentences():
    people = frozen("rossi_people.csv").rename(columns={"week": "weeks"})
    told = rmst(people, "weeks", "arrest", "fin", tau=52).text
    assert [sentence.text for sentence in told] == [
        (
            "fin no: of the first 52 weeks, people spent an estimated 44.8 weeks without a recorded event on average "
            "(95% interval 43.0 weeks to 46.6 weeks)."
        ),
        (
            "fin yes: of the first 52 weeks, people spent an estimated 46.9 weeks without a recorded event on average "
            "(95% interval 45.3 weeks to 48.4 weeks)."
        ),
    ]
    assert told[0].counts == (216, 66, 150)
    compared = rmst_difference(people, "weeks", "arrest", "fin", tau=52).text
    assert [sentence.text for sentence in compared] == [
        (
            "fin yes: of the first 52 weeks, people spent on average 2.0 weeks more without a recorded event than in "
            "no (difference 2.0, 95% interval -0.3 to 4.4, p = 0.092)."
        ),
    ]
    assert compared[0].counts == (432, 114, 318)
    turned = rmst_difference(people, "weeks", "arrest", "fin", tau=52, reference="yes").text
    assert "2.0 weeks less without a recorded event than in yes (difference -2.0, " in turned[0].text


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        (rmst, {"tau": 5}, "rmst: tau=5 lies beyond the follow-up there is; the largest tau that can be used is 4"),
        (
            rmst,
            {"tau": 3, "by": "site"},
            "rmst: tau=3 lies beyond the follow-up of 1 of 2 groups; the largest tau that can be used is 2",
        ),
        (rmst, {"tau": 0}, "rmst: tau must be a number above 0, in the unit of time="),
        (rmst, {"tau": "a year"}, "rmst: tau must be a number above 0, in the unit of time="),
        (rmst, {"tau": math.inf}, "rmst: tau must be a number above 0, in the unit of time="),
        (rmst, {"tau": 2, "conf_level": 2}, "rmst: conf_level must lie between 0 and 1, such as 0.95, not 2"),
        (rmst_difference, {"tau": 2}, "rmst_difference: by=None has one group only; a comparison needs two"),
        (
            rmst_difference,
            {"tau": 2, "by": "site", "reference": "X"},
            "rmst_difference: reference='X' is no group of the data; did you mean 'x'?",
        ),
    ],
)
def test_refused(function, arguments, text):
    with pytest.raises(AnalysisError) as refused:
        function(four(), "days", "event", **arguments)
    assert str(refused.value) == text
