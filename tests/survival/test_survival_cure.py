"""Split-population models: against a likelihood written in R, lifelines, and the published analyses of recid."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.cure import cure
from lvrn_eval.survival.kernels import cox
from lvrn_eval.survival.kernels.follow_up import insufficient_share
from lvrn_eval.survival.parametric import parametric

R = Path(__file__).parents[1] / "reference" / "r" / "models"
REFERENCE = json.loads((R / "ref_parametric.json").read_text())
IN_R = {"weibull": "weibull", "log_normal": "lognormal", "log_logistic": "loglogistic"}
TERMS = "workprg + priors + tserved + felon + alcohol + drugs + black + married + educ + age"


def recid():
    return pd.read_csv(R / "recid.csv").assign(fail=lambda d: 1 - d["cens"])


def late(data):
    return data.assign(entry=np.where(data["age"] % 3 == 0, np.minimum(0.3 * data["durat"], 5), 0))


@pytest.mark.parametrize("distribution", IN_R)
@pytest.mark.parametrize(
    ("name", "formulas", "entry"),
    [
        ("cure", ("1", "1"), None),
        ("cure_terms", ("black + alcohol", "black + alcohol"), None),
        ("cure_late_entry", ("black + alcohol", "1"), "entry"),
    ],
)
def test_a_likelihood_written_in_r(name, formulas, entry, distribution):
    """R's general optimiser stops at the seventh digit or so of the coefficients; the maximum itself agrees."""
    ours, theirs = (
        cure(late(recid()), *formulas, "durat", "fail", distribution, entry=entry),
        REFERENCE[name][IN_R[distribution]],
    )
    fits = ours.parts["comparison"].table.query("split").set_index("distribution")
    np.testing.assert_allclose(fits.loc[distribution, "log_likelihood"], theirs["loglik"], rtol=1e-9)
    np.testing.assert_allclose(ours.table["estimate"], theirs["par"], rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(ours.table["std_error"], theirs["se"], rtol=2e-3)


def test_lifelines():
    """lifelines' mixture has the share who never have the event, and a Weibull of scale lambda and shape rho."""
    from lifelines import MixtureCureFitter, WeibullFitter

    data = recid()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = MixtureCureFitter(base_fitter=WeibullFitter()).fit(data["durat"], data["fail"])
    ours = cure(data, "1", "1", "durat", "fail", "weibull")
    share = ours.parts["share"].row("share who ever have the event")
    assert share["estimate"] == pytest.approx(1 - theirs.cured_fraction_, rel=1e-4)
    assert share["std_error"] == pytest.approx(theirs.summary.loc["cured_fraction_", "se(coef)"], rel=1e-3)
    assert ours.row("(intercept)", "when")["ratio"] == pytest.approx(theirs.lambda_, rel=1e-4)
    assert 1 / ours.row("(log scale)")["ratio"] == pytest.approx(theirs.rho_, rel=1e-4)
    best = ours.parts["comparison"].table.query("split and distribution == 'weibull'")["log_likelihood"].iloc[0]
    assert 0 <= best - theirs.log_likelihood_ < 1e-4


def test_recid_as_it_has_been_read():
    """One set of releases, four models: who ever returns, and when, beside one time for all and one hazard for all.

    Chung, Schmidt and Witte (1991, Journal of Quantitative Criminology 7, 59-98) work through these releases, and
    Schmidt and Witte (1989, Journal of Econometrics 40, 141-159) let both the chance of ever returning and the time
    depend on the person. Their tables are not reproduced here; what is held is how these models must stand to each
    other.
    """
    data = recid()
    split = cure(data, TERMS, TERMS, "durat", "fail", "log_normal")
    aic = split.parts["comparison"].table.set_index(["distribution", "split"])["aic"]
    assert aic["log_normal", False] < aic["weibull", False]
    assert aic["log_normal", True] < aic["log_normal", False] - 10
    assert aic["log_normal", True] < aic["weibull", True] < aic["weibull", False]
    # all models say the same of whose records show a return sooner, or at all
    names = TERMS.split(" + ")
    arranged = cox.arrange(
        np.asfortranarray(data[names].to_numpy(float)), data["durat"].to_numpy(), data["fail"].to_numpy(bool)
    )
    hazard = pd.Series(cox.fit(arranged).beta, names)
    times = parametric(data, TERMS, "durat", "fail", "weibull").table.set_index("term")["estimate"]
    ever = split.table.query("group == 'ever'").set_index("term")["estimate"]
    clear = ["priors", "tserved", "felon", "alcohol", "drugs", "black", "age"]
    assert (np.sign(hazard[clear]) == -np.sign(times[clear])).all()
    assert (np.sign(hazard[clear]) == np.sign(ever[clear])).all()
    # a Weibull model has proportional hazards: - beta / sigma is close to Cox's coefficient, from the same data
    scale = parametric(data, TERMS, "durat", "fail", "weibull").row("(log scale)")["ratio"]
    np.testing.assert_allclose(-times[clear] / scale, hazard[clear], rtol=0.1)


def test_follow_up():
    """Last event at 6, last observation at 10: the events after 2 are recent, three of eight people."""
    time, event = np.array([1.0, 2, 3, 5, 6, 8, 9, 10]), np.array([1, 1, 1, 1, 1, 0, 0, 0], bool)
    assert insufficient_share(time, event) == pytest.approx((1 - 3 / 8) ** 8)
    assert insufficient_share(time, ~event) == 1.0  # the last observation is an event


def test_what_is_said():
    result = cure(recid(), "black", "1", "durat", "fail", "weibull")
    assert [sentence.text for sentence in result.text] == [
        "1,445 people, 552 with a recorded event.",
        (
            "An estimated 39.7% (95% interval 37.0% to 42.4%) of people would ever have a recorded event, were they "
            "followed for ever; this goes beyond what was observed and rests on the model."
        ),
        "black: odds ratio of ever having a recorded event 1.67 for 1 more (95% interval 1.34 to 2.08), p < 0.001.",
        (
            "Follow-up was too short to see a level stretch (Maller and Zhou's alpha 0.135): the share who never have "
            "the event rests on the shape of the distribution alone."
        ),
        "The log-normal distribution fits better (AIC lower by 12.8).",
    ]
    assert {check.name: (check.passed, check.text) for check in result.checks if check.name != "people"} == {
        "events": (True, "At least 10 recorded events."),
        "events_per_term": (True, "At least 10 recorded events per term."),
        "follow_up_sufficient": (False, result.text[3].text),
        "split_fits_better": (
            True,
            "The Weibull distribution fits better with a split than without one (AIC 127.7 lower).",
        ),
        "distribution": (False, "The log-normal distribution fits better (AIC lower by 12.8)."),
    }


def plateau(n=400):
    """Half have the event, at the quantiles of an exponential time of mean 2; all are followed to 30."""
    times = -2 * np.log1p(-(np.arange(n // 2) + 0.5) / (n // 2))
    return pd.DataFrame({"months": np.append(times, np.full(n // 2, 30.0)), "event": np.repeat([1, 0], n // 2)})


def test_a_level_stretch_is_seen():
    result = cure(plateau(), "1", "1", "months", "event", "weibull")
    assert result.parts["share"].table["estimate"].iloc[0] == pytest.approx(0.5, abs=1e-3)
    assert result.row("(intercept)", "when")["ratio"] == pytest.approx(2, rel=0.02)
    assert result.check("follow_up_sufficient").text == (
        "Follow-up counts as long enough to see a level stretch (Maller and Zhou's alpha 0.000)."
    )


def test_when_everybody_has_the_event():
    """Nobody is left without an event, so the share runs to its boundary."""
    data = plateau().query("event == 1")
    with pytest.raises(AnalysisError) as refused:
        cure(data, "1", "1", "months", "event", "weibull")
    assert str(refused.value) == (
        "cure: no maximum of the Weibull likelihood with a split was found: nothing in these times suggests people who "
        "never have the event (use parametric), or in a level of a factor nobody, or everybody, has it"
    )


@pytest.mark.parametrize(
    ("named", "text"),
    [
        (
            {"distribution": "exponential"},
            "cure: distribution 'exponential' is not known; known: weibull, log_normal, log_logistic",
        ),
        (
            {"formula_cure": "blak"},
            (
                "cure: the data cannot be used as it stands\n"
                "  formula='blak': the data has no column 'blak'\n"
                "      → did you mean 'black'?"
            ),
        ),
    ],
)
def test_refusals(named, text):
    given = {"formula_cure": "1", "formula_time": "1", "time": "durat", "event": "fail"} | named
    with pytest.raises(AnalysisError) as refused:
        cure(recid(), **given)
    assert str(refused.value) == text
