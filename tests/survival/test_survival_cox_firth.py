"""Firth's penalty against the penalised likelihood written out event by event and maximised by scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2

from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.cox import cox, fit_cox
from lvrn_eval.survival.kernels import firth
from lvrn_eval.survival.kernels.cox import arrange


@pytest.fixture(scope="module")
def few():
    """Few events, tied; nobody with the event has ``calm``."""
    rng = np.random.default_rng(7)
    n = 40
    frame = pd.DataFrame({"days": rng.integers(1, 12, n), "event": rng.random(n) < 0.3, "age": rng.normal(18, 3, n)})
    return frame.assign(calm=((~frame["event"]) & (rng.random(n) < 0.4)).astype(int), part=rng.integers(0, 2, n))


def penalised(frame, beta, ties, strata):
    """Log-likelihood plus half the log determinant of the information, by sums over each event's risk set."""
    x = frame[["age", "calm"]].to_numpy(float)
    x = x - x.mean(axis=0)
    part = frame["part"].to_numpy() if strata else np.zeros(len(frame))
    days, event = frame["days"].to_numpy(), frame["event"].to_numpy()
    likelihood, information = 0.0, np.zeros((2, 2))
    for day, where in {(day, one) for day, one, fell in zip(days, part, event, strict=True) if fell}:
        at_risk = (days >= day) & (part == where)
        tied = np.flatnonzero(at_risk & event & (days == day))
        for k, row in enumerate(tied):
            share = np.where(np.isin(np.arange(len(frame)), tied), 1 - k / len(tied), 1.0) if ties == "efron" else 1.0
            weight = at_risk * np.exp(x @ beta) * share
            mean = weight @ x / weight.sum()
            likelihood += x[row] @ beta - np.log(weight.sum())
            information += (x * (weight / weight.sum())[:, None]).T @ x - np.outer(mean, mean)
    return likelihood + np.linalg.slogdet(information)[1] / 2


def greatest(frame, ties, strata, held=None):
    """Return the maximum, with the second coefficient held or free."""
    start = np.zeros(2 if held is None else 1)

    def loss(free):
        return -penalised(frame, free if held is None else np.array([free[0], held]), ties, strata)

    rough = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000})
    return rough.x, -rough.fun


@pytest.mark.parametrize("strata", [None, "part"])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_estimates_and_tests(few, ties, strata):
    result = cox(few, "age + calm", "days", "event", strata=strata, ties=ties, penalty="firth")
    where, best = greatest(few, ties, strata)
    np.testing.assert_allclose(result.table["estimate"], where, rtol=1e-5)
    fit = result.parts["fit"].table.set_index("term")["estimate"]
    assert fit["log-likelihood"] == pytest.approx(best, rel=1e-9)
    assert fit["log-likelihood without terms"] == pytest.approx(penalised(few, np.zeros(2), ties, strata), rel=1e-12)
    _, without = greatest(few, ties, strata, held=0.0)
    assert result.row("calm")["p_value"] == pytest.approx(chi2.sf(2 * (best - without), 1), rel=1e-6)


def test_profile_limits(few):
    result = cox(few, "age + calm", "days", "event", penalty="firth", conf_level=0.9)
    _, best = greatest(few, "efron", strata=False)
    drop = chi2.ppf(0.9, 1) / 2
    row = result.row("calm")
    for limit in (row["conf_low"], row["conf_high"]):
        assert greatest(few, "efron", strata=False, held=limit)[1] == pytest.approx(best - drop, rel=1e-8)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_gradient(few, ties):
    """With late entry, strata and weights."""
    days = few["days"].to_numpy()
    rng = np.random.default_rng(1)
    rows = arrange(
        few[["age", "calm"]].to_numpy(float),
        days,
        few["event"].to_numpy(),
        entry=rng.integers(0, days),
        stratum=few["part"].to_numpy(),
        weight=rng.random(days.size),
    )
    beta, step = np.array([0.1, -0.4]), 1e-5
    found = firth.evaluate(rows, beta, ties).score
    for term in range(2):
        away = np.eye(2)[term] * step
        rise = (
            firth.evaluate(rows, beta + away, ties).log_likelihood
            - firth.evaluate(rows, beta - away, ties).log_likelihood
        )
        assert found[term] == pytest.approx(rise / (2 * step), rel=1e-6)


def test_method_says_so(few):
    method = cox(few, "age + calm", "days", "event", penalty="firth").method
    assert method["penalty"] == "firth"
    assert method["interval"] == "profile of the penalised likelihood"


@pytest.mark.parametrize(("given", "name"), [({"cluster": "part"}, "cluster"), ({"weights": "age"}, "weights")])
def test_no_robust_errors(few, given, name):
    with pytest.raises(AnalysisError) as refused:
        fit_cox(few, "age + calm", "days", "event", penalty="firth", **given)
    assert str(refused.value) == f"cox: penalty='firth' has no robust errors; leave out {name}="
