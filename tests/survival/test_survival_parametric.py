"""Parametric models: against R survival 3.5-3, lifelines, and a textbook model; what they say and refuse."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.kernels.location_scale import DISTRIBUTIONS, Times, log_likelihood
from lvrn_eval.survival.parametric import parametric

R = Path(__file__).parents[1] / "reference" / "r" / "models"
REFERENCE = json.loads((R / "ref_parametric.json").read_text())
CLOSE = {"rtol": 1e-8, "atol": 1e-12}
TERMS = "workprg + priors + tserved + felon + alcohol + drugs + black + married + educ + age"
IN_R = {"weibull": "weibull", "exponential": "exponential", "log_normal": "lognormal", "log_logistic": "loglogistic"}


def recid():
    return pd.read_csv(R / "recid.csv").assign(fail=lambda d: 1 - d["cens"])


def late(data):
    return data.assign(entry=np.where(data["age"] % 3 == 0, np.minimum(0.3 * data["durat"], 5), 0))


@pytest.mark.parametrize("distribution", IN_R)
def test_survreg(distribution):
    ours, theirs = parametric(recid(), TERMS, "durat", "fail", distribution), REFERENCE["survreg"][IN_R[distribution]]
    coefficients = [*theirs["coef"].values(), *([] if distribution == "exponential" else [np.log(theirs["scale"])])]
    np.testing.assert_allclose(ours.table["estimate"], coefficients, **CLOSE)
    np.testing.assert_allclose(ours.table["std_error"], theirs["se"], **CLOSE)
    fit = ours.parts["comparison"].table.set_index("distribution").loc[distribution]
    np.testing.assert_allclose(fit[["log_likelihood", "aic"]].astype(float), [theirs["loglik"], theirs["aic"]], **CLOSE)


@pytest.mark.parametrize("distribution", ["weibull", "log_normal", "log_logistic"])
def test_late_entry_against_a_likelihood_written_in_r(distribution):
    """R's general optimiser stops at the seventh digit or so of the coefficients; the maximum itself agrees."""
    ours = parametric(late(recid()), "black + alcohol", "durat", "fail", distribution, entry="entry")
    theirs = REFERENCE["late_entry"][IN_R[distribution]]
    np.testing.assert_allclose(ours.table["estimate"], theirs["par"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ours.table["std_error"], theirs["se"], rtol=1e-4)
    fits = ours.parts["comparison"].table.set_index("distribution")
    np.testing.assert_allclose(fits.loc[distribution, "log_likelihood"], theirs["loglik"], rtol=1e-10)


def test_an_exponential_model_is_events_over_time():
    """Without covariates the mean time is the time at risk over events, its log has the error 1 / sqrt(events)."""
    data = late(recid())
    for entry, start in ((None, 0), ("entry", data["entry"])):
        row = parametric(data, "1", "durat", "fail", "exponential", entry=entry).row("(intercept)")
        assert row["ratio"] == pytest.approx((data["durat"] - start).sum() / data["fail"].sum(), rel=1e-9)
        assert row["std_error"] == pytest.approx(1 / np.sqrt(data["fail"].sum()), rel=1e-9)


def test_estimates_of_a_known_log_normal_model():
    """The data and the model of Wooldridge, Introductory Econometrics, Example 17.4: the log time, censored.

    The numbers are worked out again from the data, not copied from the book; R agrees (``survreg``, above).
    """
    known = {
        "workprg": (-0.063, 0.120), "priors": (-0.137, 0.021), "tserved": (-0.019, 0.003), "felon": (0.444, 0.145),
        "alcohol": (-0.635, 0.144), "drugs": (-0.298, 0.133), "black": (-0.543, 0.117), "married": (0.341, 0.140),
        "educ": (0.023, 0.025), "age": (0.0039, 0.0006), "(intercept)": (4.099, 0.348),
    }  # fmt: skip
    result = parametric(recid(), TERMS, "durat", "fail", "log_normal")
    for term, (estimate, error) in known.items():
        digits = 4 if term == "age" else 3
        assert round(float(result.row(term)["estimate"]), digits) == estimate
        assert round(float(result.row(term)["std_error"]), digits) == error
    assert round(float(result.row("(log scale)")["ratio"]), 3) == 1.810
    # theirs is the likelihood of the log duration; ours of the duration, so each event adds its log
    log_times = np.log(recid().query("fail == 1")["durat"]).sum()
    best = result.parts["comparison"].table.set_index("distribution").loc["log_normal", "log_likelihood"]
    assert round(float(best + log_times), 2) == -1597.06


@pytest.mark.parametrize(
    ("fitter", "distribution", "location"),
    [
        ("WeibullAFTFitter", "weibull", "lambda_"),
        ("LogNormalAFTFitter", "log_normal", "mu_"),
        ("LogLogisticAFTFitter", "log_logistic", "alpha_"),
    ],
)
def test_lifelines_stops_below_our_maximum(fitter, distribution, location):
    """The same model, so nearly the same answer; but a likelihood can only be lower than its maximum."""
    import lifelines

    data = recid()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = getattr(lifelines, fitter)().fit(data[[*TERMS.split(" + "), "durat", "fail"]], "durat", "fail")
    ours = parametric(data, TERMS, "durat", "fail", distribution)
    best = ours.parts["comparison"].table.set_index("distribution").loc[distribution, "log_likelihood"]
    assert 0 <= best - theirs.log_likelihood_ < 1e-3
    mine = ours.table.set_index("term")["estimate"].drop("(log scale)").rename({"(intercept)": "Intercept"})
    apart = (theirs.params_[location][mine.index] / mine - 1).abs().max()
    assert 1e-6 < apart < 1e-2


def test_derivatives_are_those_of_the_likelihood():
    data, step = late(recid()), 1e-6
    x = np.column_stack([np.ones(len(data)), data["black"], data["educ"] / 10])
    seen = Times(x, data["durat"].to_numpy(float), data["fail"].to_numpy(bool), data["entry"].to_numpy(), x[:, :2])
    for kind in DISTRIBUTIONS.values():
        at = np.array([0.2, 0.1, 3.0, -0.4, 0.3, *([] if kind.fixed_scale else [0.2])])
        _, gradient, second = log_likelihood(kind, seen, at)
        moved = [[log_likelihood(kind, seen, at + side * step * unit) for side in (1, -1)] for unit in np.eye(at.size)]
        np.testing.assert_allclose(gradient, [(one[0] - two[0]) / (2 * step) for one, two in moved], rtol=1e-5)
        np.testing.assert_allclose(second, [(one[1] - two[1]) / (2 * step) for one, two in moved], rtol=1e-5, atol=1e-4)


def test_unit_of_time_moves_the_intercept_alone():
    one, other = (
        parametric(recid().assign(durat=lambda d, by=by: d["durat"] * by), "black", "durat", "fail") for by in (1, 30)
    )
    gap = other.table["estimate"] - one.table["estimate"]
    np.testing.assert_allclose(gap, [np.log(30), 0, 0], atol=1e-9)


def test_a_table_gives_the_same_as_a_frame():
    table = as_table(recid(), "people", DuckDBEngine())
    ours, frame = (parametric(data, "black + age", "durat", "fail") for data in (table, recid()))
    pd.testing.assert_frame_equal(ours.table, frame.table)


def test_what_is_said():
    result = parametric(recid().rename(columns={"durat": "months"}), "alcohol + age", "months", "fail")
    assert [sentence.text for sentence in result.text] == [
        "1,445 people, 552 with a recorded event.",
        "alcohol: time ratio 0.62 for 1 more (95% interval 0.48 to 0.80), p < 0.001.",
        "age: time ratio 1.0024 for 1 more (95% interval 1.0013 to 1.0034), p < 0.001.",
        "A time ratio above 1 means a longer time to a recorded event, below 1 a shorter one.",
        "The log-normal distribution fits better (AIC lower by 68.4).",
    ]
    assert result.text[0].counts == (1445, 552, 893)
    assert result.check("distribution").passed is False
    good = parametric(recid(), "alcohol + age", "durat", "fail", "log_normal")
    assert good.check("distribution").text == "No other distribution fits much better (AIC within 10 of the best)."


def test_few_events_are_said():
    result = parametric(recid().head(20), "1", "durat", "fail", "exponential")
    assert [sentence.text for sentence in result.text] == [
        "20 people, 8 with a recorded event.",
        "No covariates: the table describes the one distribution of times.",
        "Fewer than 10 recorded events: too few to conclude anything.",
        "Fewer than 30 people: descriptive only.",
    ]


SIX = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "event": [1, 0, 1, 0, 1, 1], "older": [1, 0, 0, 1, 1, 0]})


@pytest.mark.parametrize(
    ("named", "text"),
    [
        (
            {"data": SIX.assign(days=[0, 2, 3, -4, 5, 6], event=[1, 2, 0, 0, 0, 0]), "entry": "older"},
            (
                "parametric: the data cannot be used as it stands\n"
                "  time='days': negative in 1 of 6 rows\n"
                "      → time runs from each person's own start; check which date is the start\n"
                "  event='event': neither 0 nor 1 in 1 of 6 rows\n"
                "      → give 1 (or true) for the event and 0 (or false) for censored\n"
                "  entry='older': not before the end of observation in 1 of 6 rows\n"
                "      → entry must be less than time in every row\n"
                "  time='days': 0 in 1 of 6 rows\n"
                "      → the model takes the logarithm of time; give a small time above 0, such as half a day"
            ),
        ),
        (
            {"distribution": "lognormal"},
            "parametric: distribution 'lognormal' is not known; did you mean 'log_normal'?",
        ),
        (
            {"data": SIX.assign(event=0)},
            "parametric: none of 6 people has the event, so there is nothing to model",
        ),
        (
            {"data": SIX.assign(event=SIX["older"])},
            (
                "parametric: no maximum of the Weibull likelihood was found; a level of a factor in which nobody, or "
                "everybody, has the event is the usual cause, or too few events for the terms"
            ),
        ),
    ],
)
def test_refusals(named, text):
    given = {"data": SIX, "formula": "older", "time": "days", "event": "event"} | named
    with pytest.raises(AnalysisError) as refused:
        parametric(**given)
    assert str(refused.value) == text
