"""Where lifelines and statsmodels answer otherwise, and who is right: what the pages about differences state.

Each test fails when a peer changes its mind, so that the page can be put right.
"""

import inspect
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival import (
    cox,
    cumulative_incidence,
    fit_cox,
    logrank,
    nelson_aalen,
    rmst,
    test_proportional_hazards,
)

COX = Path(__file__).parents[1] / "reference" / "r" / "cox"
TERMS = "fin + age + race + wexp + mar + paro + prio"
proportional_hazards = test_proportional_hazards
proportional_hazards.__test__ = False
del test_proportional_hazards


@pytest.fixture
def lifelines():
    """Lifelines, whose warnings are its own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifelines
        import lifelines.datasets
        import lifelines.statistics
        import lifelines.utils

        yield lifelines


@pytest.fixture
def rossi():
    return pd.read_csv(COX / "rossi.csv")


def seven(lifelines):
    """Return Rossi with its seven columns as numbers, as lifelines ships it."""
    return lifelines.datasets.load_rossi()


def test_proportional_hazards_of_lifelines_is_not_that_of_r(lifelines):
    data = seven(lifelines)
    fitted = lifelines.CoxPHFitter().fit(data, "week", "arrest")
    theirs = lifelines.statistics.proportional_hazard_test(fitted, data, time_transform="km").summary
    ours = proportional_hazards(fit_cox(data, TERMS, "week", "arrest"), transform="km").table.set_index("term")
    assert theirs.loc["age", "test_statistic"] == pytest.approx(11.03, abs=0.005)
    assert ours.loc["age", "statistic"] == pytest.approx(5.97, abs=0.005)
    assert (theirs.loc["age", "p"], ours.loc["age", "p_value"]) == pytest.approx((0.0009, 0.0145), abs=5e-5)


def test_cluster_errors_of_lifelines_under_ties(lifelines):
    """Coefficients agree; the errors, from residuals that do not split ties as Efron's rule does, are off."""
    data = seven(lifelines).assign(cluster=lambda d: d.index // 4)
    fitted = lifelines.CoxPHFitter().fit(
        data, "week", "arrest", cluster_col="cluster", fit_options={"precision": 1e-12}
    )
    ours = cox(data, TERMS, "week", "arrest", cluster="cluster").table.set_index("term")
    np.testing.assert_allclose(fitted.params_, ours["estimate"][fitted.params_.index], rtol=1e-6)
    apart = (fitted.standard_errors_ / ours["std_error"] - 1).abs().max()
    assert 0.01 < apart < 0.1
    # without ties nothing is left of it
    untied = data.assign(week=data["week"] + np.linspace(0, 0.5, len(data)))
    fitted = lifelines.CoxPHFitter().fit(
        untied, "week", "arrest", cluster_col="cluster", fit_options={"precision": 1e-12}
    )
    ours = cox(untied, TERMS, "week", "arrest", cluster="cluster").table.set_index("term")
    np.testing.assert_allclose(fitted.standard_errors_, ours["std_error"][fitted.params_.index], rtol=1e-5)


def test_variance_of_lifelines_restricted_mean_is_that_of_one_persons_time(lifelines):
    """On waltons to day 50: the error it suggests is the spread of single times, and does not shrink with people."""
    data = lifelines.datasets.load_waltons()
    curve = lifelines.KaplanMeierFitter().fit(data["T"], data["E"])
    mean, variance = lifelines.utils.restricted_mean_survival_time(curve, t=50, return_variance=True)
    row = rmst(data, "T", "E", tau=50).row("restricted mean")
    assert mean == pytest.approx(row["estimate"], rel=1e-9)
    twice = pd.concat([data, data])
    curve = lifelines.KaplanMeierFitter().fit(twice["T"], twice["E"])
    assert lifelines.utils.restricted_mean_survival_time(curve, t=50, return_variance=True)[1] == pytest.approx(
        variance
    )
    again = rmst(twice, "T", "E", tau=50).row("restricted mean")
    assert again["std_error"] == pytest.approx(row["std_error"] / np.sqrt(2))
    assert variance / row["std_error"] ** 2 > 30


def test_lifelines_has_no_test_of_restricted_means(lifelines):
    test = lifelines.statistics.difference_of_restricted_mean_survival_time_test
    assert inspect.getsource(test).rstrip().endswith("(model1, model2, t):\n    pass")


def test_lifelines_jitters_tied_times_of_competing_events(lifelines):
    people = pd.DataFrame({"days": [1, 1, 2, 2, 3, 3], "cause": [1, 2, 1, 0, 2, 1]})
    curves = []
    for seed in (1, 2):
        fitter = lifelines.AalenJohansenFitter(calculate_variance=False, seed=seed)
        curves.append(fitter.fit(people["days"], people["cause"], event_of_interest=1).cumulative_density_)
    assert not np.array_equal(curves[0].index, curves[1].index)
    ours = [cumulative_incidence(people, "days", "cause").table for _ in range(2)]
    pd.testing.assert_frame_equal(*ours)
    # by hand: 1/6, + 4/6 * 1/4, + 4/6 * 2/4 ... = 1/6 + 1/6 + (4/6 * 3/4) * 1/2
    assert ours[0]["estimate"].tolist() == pytest.approx([0, 1 / 6, 1 / 3, 1 / 3 + 1 / 4])


def test_lifelines_takes_tied_events_one_by_one_in_the_cumulative_hazard(lifelines):
    """Of four people two have the event on day 1: 2/4 here and in R; 1/4 + 1/3 there."""
    people = pd.DataFrame({"days": [1, 1, 2, 3], "event": [1, 1, 0, 0]})
    theirs = lifelines.NelsonAalenFitter(nelson_aalen_smoothing=False).fit(people["days"], people["event"])
    asked = lifelines.NelsonAalenFitter().fit(people["days"], people["event"])
    ours = nelson_aalen(people, "days", "event").table.set_index("time")["estimate"]
    assert ours[1] == 2 / 4
    assert asked.cumulative_hazard_.loc[1].item() == pytest.approx(1 / 4 + 1 / 3)
    assert theirs.cumulative_hazard_.loc[1].item() == pytest.approx(2 / 4)


def test_lifelines_tests_take_any_number_for_an_event(lifelines):
    """Durations in the place of events give a p-value there, and a refusal here."""
    people = pd.DataFrame({"days": [3, 5, 6, 8], "site": ["x", "x", "y", "y"]})
    theirs = lifelines.statistics.multivariate_logrank_test(people["days"], people["site"], people["days"])
    assert 0 <= theirs.p_value <= 1
    with pytest.raises(AnalysisError, match="neither 0 nor 1 in 4 of 4 rows"):
        logrank(people, "days", "days", "site")


def test_statsmodels_counts_a_row_at_risk_at_the_time_it_begins():
    """A late row that begins at the time of an event is at risk of it there; not here, and not in R."""
    from statsmodels.duration.hazard_regression import PHReg

    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"start": np.repeat([0, 2], 20), "x": rng.normal(size=40)})
    rows["stop"] = rows["start"] + rng.integers(1, 5, 40)
    rows["event"] = 1
    moved = rows.assign(start=rows["start"] + 0.5 * (rows["start"] > 0))

    def theirs(data):
        model = PHReg(data["stop"], data[["x"]], status=data["event"], entry=data["start"], ties="efron")
        return float(model.fit().params[0])

    def ours(data):
        return float(cox(data, "x", "stop", "event", entry="start").table["estimate"].iloc[0])

    assert ours(rows) == pytest.approx(ours(moved), rel=1e-9)
    assert theirs(moved) == pytest.approx(ours(moved), rel=1e-5)
    assert abs(theirs(rows) - ours(rows)) > 1e-3
