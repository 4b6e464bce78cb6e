"""The Fine-Gray model: against R cmprsk 2.2-11 and survival 3.5-3, and what it says and refuses."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.fine_gray import fine_gray
from lvrn_eval.survival.kernels import cox
from lvrn_eval.survival.kernels import fine_gray as kernels

R = Path(__file__).parents[1] / "reference" / "r" / "models"
REFERENCE = json.loads((R / "ref_fine_gray.json").read_text())
LATE = json.loads((R / "ref_fine_gray_late.json").read_text())
CLOSE = {"rtol": 1e-8, "atol": 1e-12}


def mgus2():
    data = pd.read_csv(R / "mgus2_competing.csv").dropna(subset=["mspike"])
    return data.assign(male=(data["sex"] == "M").astype(int))


def tied():
    return pd.read_csv(R / "tied_causes.csv")


DATA = {
    "mgus2": (mgus2, "age + male + mspike", "etime", "ev"),
    "tied": (tied, "a + b", "time", "event"),
}


@pytest.mark.parametrize("of", [1, 2])
@pytest.mark.parametrize("name", DATA)
def test_cmprsk(name, of):
    make, *arguments = DATA[name]
    ours, theirs = fine_gray(make(), *arguments, of=of), REFERENCE[name][f"crr_{of}"]
    np.testing.assert_allclose(ours.table["estimate"], list(theirs["coef"].values()), **CLOSE)
    np.testing.assert_allclose(ours.table["std_error"], list(theirs["se"].values()), **CLOSE)
    np.testing.assert_allclose(ours.method["log_likelihood"], theirs["loglik"], **CLOSE)
    np.testing.assert_allclose(ours.method["null_log_likelihood"], theirs["null"], **CLOSE)


@pytest.mark.parametrize(("of", "ties"), [(1, "efron"), (1, "breslow"), (2, "efron")])
@pytest.mark.parametrize("name", DATA)
def test_survival(name, of, ties):
    make, *arguments = DATA[name]
    ours = fine_gray(make(), *arguments, of=of, convention="survival", ties=ties)
    theirs = REFERENCE[name][f"finegray_{of}_{ties}"]
    np.testing.assert_allclose(ours.table["estimate"], list(theirs["coef"].values()), **CLOSE)
    np.testing.assert_allclose(ours.table["std_error"], list(theirs["se"].values()), **CLOSE)
    np.testing.assert_allclose(ours.table["std_error_model"], list(theirs["naive"].values()), **CLOSE)
    np.testing.assert_allclose(ours.method["log_likelihood"], theirs["loglik"], **CLOSE)
    np.testing.assert_allclose(ours.parts["tests"].table["statistic"], theirs["wald"], **CLOSE)


def late(data, time):
    """Return the people with the entries that models_refs.R gives them."""
    share = np.array([0, 0.15, 0.6])[np.arange(1, len(data) + 1) * 7 % 3]
    return data.assign(enter=np.where(data[time] > 1, np.floor(share * data[time]), 0))


@pytest.mark.parametrize(("of", "ties"), [(1, "efron"), (1, "breslow"), (2, "efron")])
@pytest.mark.parametrize("name", DATA)
def test_late_entry(name, of, ties):
    make, formula, time, event = DATA[name]
    ours = fine_gray(late(make(), time), formula, time, event, entry="enter", of=of, ties=ties)
    theirs = LATE[name][f"finegray_{of}_{ties}"]
    assert ours.method["convention"] == "survival"
    np.testing.assert_allclose(ours.table["estimate"], list(theirs["coef"].values()), **CLOSE)
    np.testing.assert_allclose(ours.table["std_error"], list(theirs["se"].values()), **CLOSE)
    np.testing.assert_allclose(ours.table["std_error_model"], list(theirs["naive"].values()), **CLOSE)
    np.testing.assert_allclose(ours.method["log_likelihood"], theirs["loglik"], **CLOSE)
    np.testing.assert_allclose(ours.parts["tests"].table["statistic"], theirs["wald"], **CLOSE)


def test_entry_at_the_start_changes_nothing():
    given = ("age + mspike", "etime", "ev")
    same = fine_gray(mgus2().assign(enter=0), *given, entry="enter").table
    pd.testing.assert_frame_equal(same, fine_gray(mgus2(), *given, convention="survival").table)


def test_late_entry_is_not_for_the_other_convention():
    with pytest.raises(AnalysisError, match="convention='cmprsk' has no late entry; with entry= it is 'survival'"):
        fine_gray(late(mgus2(), "etime"), "age", "etime", "ev", entry="enter", convention="cmprsk")


def test_a_time_at_which_all_have_just_come_is_refused():
    gap = pd.DataFrame(
        {"enter": [0, 0, 0, 4, 4, 4], "days": [1, 2, 3, 6, 7, 8], "event": [1, 2, 1, 1, 2, 1], "x": range(6)}
    )
    with pytest.raises(AnalysisError) as refused:
        fine_gray(gap, "x", "days", "event", entry="enter")
    assert str(refused.value) == (
        "fine_gray: at some time nobody is under observation but those who have just come, or all who are leave then, "
        "so that nobody can be weighed past it; begin at a later time"
    )


def test_conventions_say_what_they_are():
    one, other = (fine_gray(mgus2(), "age", "etime", "ev", convention=name) for name in ("cmprsk", "survival"))
    assert (one.method["ties"], other.method["ties"]) == ("breslow", "efron")
    assert one.method["censoring_curve"] == "at one time, those with an event still are at risk of being censored"
    assert other.method["censoring_curve"] == "at one time, those with an event have left before any is censored"
    assert one.method["variance"] == "robust, with the error of the censoring curve (Fine and Gray)"
    assert other.method["variance"] == "robust, as if the censoring curve were known"


def test_without_competing_events_it_is_a_cox_model():
    data = mgus2().assign(ev=lambda d: (d["ev"] == 1).astype(int))
    x = np.asfortranarray(data[["age", "mspike"]].to_numpy(float))
    model = cox.fit(cox.arrange(x, data["etime"].to_numpy(), data["ev"].to_numpy(bool)), "efron")
    ours = fine_gray(data, "age + mspike", "etime", "ev", ties="efron")
    np.testing.assert_allclose(ours.table["estimate"], model.beta, rtol=1e-9)
    np.testing.assert_allclose(ours.table["std_error_model"], np.sqrt(np.diag(model.covariance)), rtol=1e-9)
    assert ours.check("competing_events").text == (
        "Nobody has a competing event: this is a Cox model of the one cause."
    )
    assert ours.check("competing_events").passed is False


def test_score_and_information_are_derivatives():
    data = tied()
    setup = kernels.arrange(
        data[["a", "b"]].to_numpy(), data["time"].to_numpy(), data["event"].to_numpy(), 1, "events_leave"
    )
    beta, step = np.array([0.4, -0.3]), 1e-6
    for ties in ("efron", "breslow"):
        _, score, information = kernels.evaluate(setup, beta, ties)
        ahead, behind = (
            [kernels.evaluate(setup, beta + side * step * unit, ties) for unit in np.eye(2)] for side in (1, -1)
        )
        slope = [(one[0] - other[0]) / (2 * step) for one, other in zip(ahead, behind, strict=True)]
        bend = [(one[1] - other[1]) / (2 * step) for one, other in zip(ahead, behind, strict=True)]
        np.testing.assert_allclose(score, slope, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(information, -np.array(bend), rtol=1e-6)
        residuals = kernels.score_residuals(setup, beta, ties, censoring_error=False)
        np.testing.assert_allclose(residuals.sum(axis=0), score, atol=1e-10)
        # what estimating the censoring curve adds is a sum of martingales, so nothing on the whole
        with_error = kernels.score_residuals(setup, beta, ties, censoring_error=True)
        np.testing.assert_allclose(with_error.sum(axis=0), score, atol=1e-10)


def test_order_of_rows_and_kind_of_data_do_not_matter():
    arguments = ("age + C(sex)", "etime", "ev")
    ours = fine_gray(mgus2(), *arguments)
    pd.testing.assert_frame_equal(ours.table, fine_gray(mgus2().sample(frac=1, random_state=3), *arguments).table)
    table = as_table(mgus2(), "people", DuckDBEngine())
    pd.testing.assert_frame_equal(ours.table, fine_gray(table, *arguments).table)


def test_what_is_said():
    result = fine_gray(mgus2(), "age + mspike", "etime", "ev")
    assert [sentence.text for sentence in result.text] == [
        "1,373 people: 115 with the recorded event of interest (cause 1), 854 with a competing one.",
        "age: subdistribution hazard ratio 0.9836 for 1 more (95% interval 0.9724 to 0.9949), p = 0.005.",
        "mspike: subdistribution hazard ratio 2.45 for 1 more (95% interval 1.81 to 3.32), p < 0.001.",
        (
            "A ratio above 1 means that more people come to have this event; it mixes its own rate with how many have "
            "a competing event first."
        ),
    ]
    assert result.text[0].counts == (1373, 115, 854, 404)
    assert {check.name: (check.passed, check.text) for check in result.checks} == {
        "events": (True, "At least 10 recorded events."),
        "people": (True, "At least 30 people."),
        "events_per_term": (True, "At least 10 recorded events per term."),
        "competing_events": (True, "854 of 1,373 people (62.2%) had a competing event first."),
    }
    assert result.parts["causes"].table.to_dict("list") == {
        "cause": ["censored", "1", "2"],
        "people": [404, 115, 854],
    }


SIX = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "event": [1, 2, 1, 0, 1, 2], "older": [1, 0, 0, 1, 1, 0]})


@pytest.mark.parametrize(
    ("named", "text"),
    [
        (
            {"data": SIX.assign(event=[1, 2, 1.5, 0, None, -1])},
            (
                "fine_gray: the data cannot be used as it stands\n"
                "  event='event': missing in 1 of 6 rows\n"
                "      → give 1 where the event was recorded and 0 where it was not\n"
                "  event='event': neither 0 nor a whole number in 2 of 6 rows\n"
                "      → give 0 for censored and 1, 2, … for the causes"
            ),
        ),
        ({"of": 3}, "fine_gray: none of 6 people has the event of=3; causes: 1, 2"),
        ({"convention": "cmprks"}, "fine_gray: convention 'cmprks' is not known; did you mean 'cmprsk'?"),
        ({"ties": "exact"}, "fine_gray: ties 'exact' is not known; known: breslow, efron"),
        (
            {"formula": "older + same", "data": SIX.assign(same=1 - SIX["older"])},
            (
                "fine_gray: the data cannot be used as it stands\n"
                "  formula='older + same': term 'same' follows from the terms before it\n"
                "      → leave one of them out"
            ),
        ),
        (
            {"data": SIX.assign(older=[1, 0, 1, 0, 1, 0])},
            (
                "fine_gray: no estimate exists for the terms 'older': one of them separates those with the event from "
                "those without, or there are more terms than events; leave it out or join levels"
            ),
        ),
    ],
)
def test_refusals(named, text):
    given = {"data": SIX, "formula": "older", "time": "days", "event": "event"} | named
    with pytest.raises(AnalysisError) as refused:
        fine_gray(**given)
    assert str(refused.value) == text
