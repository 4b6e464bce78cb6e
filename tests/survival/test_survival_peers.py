"""Cross-checks, not truth: lifelines and statsmodels on the same data."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.survival import kaplan_meier, logrank, nelson_aalen

R = Path(__file__).parents[1] / "reference" / "r" / "survival"


@pytest.fixture
def lifelines():
    """Lifelines, whose warnings are its own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifelines
        import lifelines.statistics

        yield lifelines


@pytest.fixture
def lung():
    return pd.read_csv(R / "lung.csv").assign(status=lambda d: d["status"] - 1)


def moments(result):
    table = result.table
    return table[(table["events"] > 0) | (table["censored"] > 0)]


def test_kaplan_meier_of_lifelines(lifelines, lung):
    fitted = lifelines.KaplanMeierFitter().fit(lung["time"], lung["status"])
    ours = kaplan_meier(lung, "time", "status").table
    np.testing.assert_allclose(ours["estimate"], fitted.survival_function_["KM_estimate"], rtol=1e-12)
    theirs = fitted.confidence_interval_.to_numpy()[1:]
    defined = ours["conf_low"].notna().to_numpy()[1:]
    np.testing.assert_allclose(ours[["conf_low", "conf_high"]].to_numpy()[1:][defined], theirs[defined], rtol=1e-9)


def test_kaplan_meier_with_late_entry_of_lifelines(lifelines, lung):
    lung["entry"] = np.where(lung["sex"] == 1, 0, np.minimum(lung["age"], lung["time"] - 1))
    fitted = lifelines.KaplanMeierFitter().fit(lung["time"], lung["status"], entry=lung["entry"])
    ours = kaplan_meier(lung, "time", "status", entry="entry").table.set_index("time")["estimate"]
    theirs = fitted.survival_function_["KM_estimate"].reindex(ours.index)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_limits_of_the_cumulative_hazard_of_lifelines(lifelines):
    """Without ties, where lifelines and we add the same steps; its limits are of the log kind."""
    frame = pd.DataFrame({"days": np.arange(1, 31) * 3, "event": np.arange(30) % 3 != 2})
    fitted = lifelines.NelsonAalenFitter().fit(frame["days"], frame["event"])
    ours = nelson_aalen(frame, "days", "event").table[1:]
    np.testing.assert_allclose(ours["estimate"], fitted.cumulative_hazard_["NA_estimate"][1:], rtol=1e-9)
    np.testing.assert_allclose(ours[["conf_low", "conf_high"]], fitted.confidence_interval_[1:], rtol=1e-9)


@pytest.mark.parametrize("by", ["sex", "inst"])
def test_logrank_of_lifelines(lifelines, lung, by):
    lung = lung.dropna(subset=[by])
    theirs = lifelines.statistics.multivariate_logrank_test(lung["time"], lung[by], lung["status"])
    ours = logrank(lung, "time", "status", by).table.iloc[0]
    assert ours["statistic"] == pytest.approx(theirs.test_statistic, rel=1e-9)
    assert ours["p_value"] == pytest.approx(theirs.p_value, rel=1e-9)


def test_kaplan_meier_of_statsmodels(lung):
    from statsmodels.duration.survfunc import SurvfuncRight

    theirs = SurvfuncRight(lung["time"], lung["status"])
    ours = kaplan_meier(lung, "time", "status").table
    ours = ours[ours["events"] > 0]
    np.testing.assert_array_equal(ours["time"], theirs.surv_times)
    np.testing.assert_allclose(ours["estimate"], theirs.surv_prob, rtol=1e-12)
    np.testing.assert_allclose(ours["std_error"], theirs.surv_prob_se, rtol=1e-9)


def test_stratified_logrank_of_statsmodels(lung):
    from statsmodels.duration.survfunc import survdiff

    statistic, p_value = survdiff(lung["time"], lung["status"], lung["sex"], strata=lung["age"] > 65)
    ours = logrank(lung.assign(old=lung["age"] > 65), "time", "status", "sex", strata="old").table.iloc[0]
    assert ours["statistic"] == pytest.approx(float(np.squeeze(statistic)), rel=1e-9)
    assert ours["p_value"] == pytest.approx(float(np.squeeze(p_value)), rel=1e-9)
