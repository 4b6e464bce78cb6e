"""The intervals at their edges, beside statsmodels and scipy."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from lvrn_eval.framework.intervals import count_ratio, poisson, student, wilson

EVENTS = np.array([0.0, 1.0, 7.0, 20.0, 999.0])


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_wilson(level: float) -> None:
    found = wilson(EVENTS, np.full(5, 999.0), level)
    low, high = proportion_confint(EVENTS, 999.0, alpha=1 - level, method="wilson")
    assert found.low == pytest.approx(low, rel=1e-8, abs=1e-15)
    assert found.high == pytest.approx(high, rel=1e-8)
    assert (found.low[0], found.high[-1]) == (0.0, 1.0)
    nothing = wilson(np.array([0.0, 3.0]), np.array([0.0, 2.0]), level)
    assert np.isnan(nothing).all()


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_poisson(level: float) -> None:
    tail = (1 - level) / 2
    found = poisson(EVENTS, level)
    assert found.low[1:] == pytest.approx(stats.chi2.ppf(tail, 2 * EVENTS[1:]) / 2, rel=1e-8)
    assert found.high == pytest.approx(stats.chi2.ppf(1 - tail, 2 * EVENTS + 2) / 2, rel=1e-8)
    assert found.low[0] == 0
    assert np.isnan(poisson(np.array([2.5, -1.0, np.nan]), level)).all()


def test_student() -> None:
    values = np.array([3.0, 5.0, 10.0])
    found = student(np.array([6.0, 6.0]), np.array([values.std(ddof=1), np.nan]), np.array([3.0, 1.0]), 0.9)
    wanted = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    assert (found.low[0], found.high[0]) == pytest.approx((wanted.low, wanted.high), rel=1e-8)
    assert np.isnan([found.low[1], found.high[1]]).all()


@pytest.mark.parametrize(("after", "before"), [(0, 5), (5, 0), (7, 12), (400, 380)])
def test_count_ratio(after: int, before: int) -> None:
    found = count_ratio(np.array([float(after)]), np.array([float(before)]), 0.95)
    share = stats.binomtest(after, after + before).proportion_ci(0.95, "exact")
    assert found.low[0] == pytest.approx(share.low / (1 - share.low), rel=1e-8)
    assert found.high[0] == (np.inf if before == 0 else pytest.approx(share.high / (1 - share.high), rel=1e-8))
    assert np.isnan(count_ratio(np.array([0.0]), np.array([0.0]), 0.95)).all()
