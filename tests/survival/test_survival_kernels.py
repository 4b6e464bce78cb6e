"""The arithmetic alone, where data of a usual size does not reach it."""

from itertools import combinations

import numpy as np
import pytest

from lvrn_eval.survival.kernels.logrank import moments
from lvrn_eval.survival.kernels.quantile import quantile
from lvrn_eval.survival.kernels.tally import distinct, grid, tally


@pytest.mark.parametrize(
    "values",
    [
        np.array([3, 1, 3, 7]),
        np.array([3.0, 1.0, 7.0]),
        np.array([0.1, 0.3, 0.1]),
        np.array([-5, 3, 120], np.int8),
        np.array([0, 2**40, 5]),
        np.array([1e300, 2.0, 1e300]),
        np.array([2.0**60, 2.0**60 + 4096]),
    ],
    ids=str,
)
def test_scales_hold_every_value(values):
    for make in (grid, distinct):
        scale, place = make(values)
        np.testing.assert_array_equal(scale[place], values)
        assert (np.diff(scale) > 0).all()
    np.testing.assert_array_equal(distinct(values)[0], np.unique(values))


@pytest.mark.parametrize("weighted", [False, True])
def test_many_groups_and_times_are_counted_by_sorting(weighted):
    """A thousand people in as many groups at as many times: two million cells, of which a thousand are used."""
    random = np.random.default_rng(1)
    group, time = random.permutation(1000), random.random(1000) + 1
    weight = random.integers(1, 4, 1000) if weighted else None
    counts = tally(group, time, np.ones(1000, bool), 1000, weight=weight)
    end = counts.time > 0
    assert end.sum() == 1000
    order = np.argsort(group)
    np.testing.assert_array_equal(counts.group[end], np.arange(1000))
    np.testing.assert_array_equal(counts.time[end], time[order])
    np.testing.assert_array_equal(counts.events[end], 1 if weight is None else weight[order])
    np.testing.assert_array_equal(counts.at_risk[~end], counts.at_risk[end])


def test_at_risk_between_and_after_the_rows():
    counts = tally(None, np.array([2, 5, 5]), np.array([True, False, True]), 1, entry=np.array([0, 3, 0]))
    # rows at 0, 2, 3 and 5; the late one is at risk after 3 only
    asked = np.array([0, 1, 2, 2.5, 3, 3.5, 5, 6])
    np.testing.assert_array_equal(counts.at_risk_at(asked), [2, 2, 2, 1, 1, 2, 2, 0])


def test_quantile_of_a_limit_that_is_not_defined_everywhere():
    time, limit = np.array([0.0, 1, 2, 3]), np.array([np.nan, np.nan, 0.5, 0.4])
    assert quantile(time, limit, 0.5) == (2 + 3) / 2
    assert quantile(time, limit, 0.4) == 2
    assert np.isnan(quantile(time, limit, 0.9))


def test_quantile_forgives_rounding():
    time = np.array([0.0, 1, 2, 3])
    level = 1 - 0.1 - 0.1 - 0.1 - 0.1 - 0.1  # 0.5000000000000001
    assert level != 0.5
    assert quantile(time, np.array([1, 0.8, level, 0.2]), 0.5) == 2.5


def test_logrank_covariance_is_that_of_drawing_without_replacement():
    """Against the covariance of every way in which 2 events can fall on 3 + 2 + 1 people."""
    people = np.repeat([0, 1, 2], [3, 2, 1])
    draws = np.array([np.bincount(people[list(pair)], minlength=3) for pair in combinations(range(6), 2)])
    observed, expected, excess, covariance = moments(np.array([[3], [2], [1]]), np.array([[1], [1], [0]]))
    np.testing.assert_allclose(excess, observed - expected)
    np.testing.assert_array_equal(observed, [1, 1, 0])
    np.testing.assert_allclose(expected, draws.mean(axis=0))
    np.testing.assert_allclose(covariance, np.cov(draws.T, bias=True))
