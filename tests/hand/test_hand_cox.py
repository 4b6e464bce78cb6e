"""Cox models small enough to be worked out by hand; theta is the hazard ratio, exp(estimate)."""

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.survival.concordance import concordance
from lvrn_eval.survival.cox import cox, fit_cox
from lvrn_eval.survival.predict import predict_survival
from lvrn_eval.survival.residuals import cox_residuals


@pytest.fixture
def four():
    """One after another, without ties: x = 1, 0, 1, 0."""
    return pd.DataFrame({"days": [1, 2, 3, 4], "event": 1, "x": [1.0, 0.0, 1.0, 0.0]})


@pytest.fixture
def tied():
    """Two events at once, with x = 1 and 0; a third person, x = 1, goes on."""
    return pd.DataFrame({"days": [1, 1, 2], "event": [1, 1, 0], "x": [1.0, 0.0, 1.0]})


def test_without_ties(four):
    # L = theta/(2 theta + 2) . 1/(theta + 2) . theta/(theta + 1) . 1
    # d log L / d log theta = 2 - 2 theta/(theta + 1) - theta/(theta + 2) = 0  =>  theta^2 - theta - 4 = 0
    theta = (1 + np.sqrt(17)) / 2
    row = cox(four, "x", "days", "event").row("x")
    assert row["ratio"] == pytest.approx(theta, rel=1e-12)
    # information: the variance of x among those at risk, at each event: p (1 - p) with p = share of risk with x = 1
    shares = np.array([2 * theta / (2 * theta + 2), theta / (theta + 2), theta / (theta + 1)])
    assert row["std_error"] == pytest.approx(1 / np.sqrt((shares * (1 - shares)).sum()), rel=1e-9)


def test_curve_without_ties(four):
    # at day 1 the risks add up to 2 theta + 2, at day 2 to theta + 2
    theta = (1 + np.sqrt(17)) / 2
    curve = predict_survival(
        fit_cox(four, "x", "days", "event"), pd.DataFrame({"x": [0.0, 1.0]}, index=["no", "yes"])
    ).table
    hazard = 1 / (2 * theta + 2) + 1 / (theta + 2)
    shares = curve[curve["time"] == 2].set_index("group")["estimate"]
    assert shares["no"] == pytest.approx(np.exp(-hazard), rel=1e-12)
    assert shares["yes"] == pytest.approx(np.exp(-hazard * theta), rel=1e-12)


def test_efron(tied):
    # L = theta . 1 / [(2 theta + 1) (2 theta + 1 - (theta + 1)/2)]; score 1/(2 theta + 1) - 3 theta/(3 theta + 1) = 0
    assert cox(tied, "x", "days", "event").row("x")["ratio"] == pytest.approx(1 / np.sqrt(6), rel=1e-12)


def test_breslow(tied):
    # L = theta . 1 / (2 theta + 1)^2; score 1 - 4 theta/(2 theta + 1) = 0
    assert cox(tied, "x", "days", "event", ties="breslow").row("x")["ratio"] == pytest.approx(1 / 2, rel=1e-12)


def test_martingale_residuals_of_breslow(tied):
    # theta = 1/2: the hazard at day 1 rises by 2 / (1/2 + 1 + 1/2) = 1 for x = 0, and by 1/2 for x = 1
    fit = fit_cox(tied, "x", "days", "event", ties="breslow")
    np.testing.assert_allclose(cox_residuals(fit, "martingale")["martingale"], [1 - 1 / 2, 1 - 1, -1 / 2], atol=1e-12)


def test_firth():
    # one event, x = 1, while another person, x = 0, goes on: L = theta/(theta + 1) rises for ever.
    # With half the log of the information theta/(theta + 1)^2: 1.5 log theta - 2 log(theta + 1), greatest at theta = 3
    frame = pd.DataFrame({"days": [1, 2], "event": [1, 0], "x": [1.0, 0.0]})
    result = cox(frame, "x", "days", "event", penalty="firth")
    assert result.row("x")["ratio"] == pytest.approx(3, rel=1e-9)
    # against theta = 1: 2 (1.5 log 3 - 2 log 4 + 2 log 2)
    assert result.row("x")["statistic"] == pytest.approx(np.sqrt(2 * (1.5 * np.log(3) - 2 * np.log(2))), rel=1e-9)


def test_late_entry():
    # the third person comes at day 1 and is not at risk then: L = theta/(theta + 1) . 1/(1 + theta),
    # the two factors being day 1 (x = 1 of {1, 0}) and day 2 (x = 0 of {0, 1}); theta = 1
    frame = pd.DataFrame({"from": [0, 0, 1], "days": [1, 2, 3], "event": [1, 1, 0], "x": [1.0, 0.0, 1.0]})
    assert cox(frame, "x", "days", "event", entry="from").row("x")["ratio"] == pytest.approx(1, rel=1e-12)


def test_robust_error(four):
    # influence of a row = score residual / information; the sandwich is the sum of their squares
    fit = fit_cox(four.assign(id=range(4)), "x", "days", "event", cluster="id")
    theta = (1 + np.sqrt(17)) / 2
    p = np.array([2 * theta / (2 * theta + 2), theta / (theta + 2), theta / (theta + 1)])
    h = np.array([1 / (2 * theta + 2), 1 / (theta + 2), 1 / (theta + 1)])
    own = np.array([1 - p[0], 0 - p[1], 1 - p[2], 0])
    # each row less its risk times (x - mean) times the hazard, while at risk; at the last event only x = 0 is left
    x, risk = np.array([1, 0, 1, 0]), np.array([theta, 1, theta, 1])
    expected = [risk[i] * sum((x[i] - p[k]) * h[k] for k in range(min(i + 1, 3))) for i in range(4)]
    influence = (own - np.array(expected)) / (p * (1 - p)).sum()
    assert fit.std_error[0] == pytest.approx(np.sqrt((influence**2).sum()), rel=1e-9)


def test_concordance():
    # comparable: day 5 with 8, 9, 12; day 8 with 9, 12. Only 5 with 8 is the wrong way round: 4 of 5
    frame = pd.DataFrame({"days": [5, 8, 9, 12], "event": [1, 1, 0, 1], "score": [3, 4, 2, 1]})
    row = concordance(frame, "days", "event", "score").table.iloc[0]
    assert row["estimate"] == pytest.approx(4 / 5)
    # concordant less discordant pairs of each row, less 3/5 of its pairs, over 2 . 5:
    # 1 - 9/5, 1 - 9/5, 2 - 6/5, 2 - 6/5
    assert row["std_error"] == pytest.approx(np.sqrt(4 * (4 / 5) ** 2) / 10)
