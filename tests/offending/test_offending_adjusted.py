"""Adjusted p-values against R's p.adjust and statsmodels' multipletests, and the Wald test by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offending_families_people import R

from lvrn_eval.offending.adjusted import adjusted, all_equal


def numbers(values):
    return np.array([math.nan if value is None else value for value in values], dtype=float)


@pytest.mark.parametrize(("method", "answer"), [("holm", "holm"), ("benjamini-hochberg", "bh")])
def test_r(method, answer):
    found = adjusted(numbers(R["p"]), method)
    np.testing.assert_allclose(found, numbers(R[answer]), rtol=1e-12)


def test_holm_and_benjamini_hochberg_by_hand():
    # in order 0.01, 0.02, 0.04: times 3, 2 and 1, none smaller than the one before; times 3/1, 3/2 and 3/3
    p = np.array([0.04, 0.01, 0.02])
    np.testing.assert_allclose(adjusted(p, "holm"), [0.04, 0.03, 0.04])
    np.testing.assert_allclose(adjusted(p, "benjamini-hochberg"), [0.04, 0.03, 0.03])
    np.testing.assert_array_equal(adjusted(p, "none"), p)
    assert adjusted(np.array([]), "holm").size == 0


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_statsmodels(values):
    from statsmodels.stats.multitest import multipletests

    for ours, theirs in (("holm", "holm"), ("benjamini-hochberg", "fdr_bh")):
        np.testing.assert_allclose(
            adjusted(np.array(values), ours), multipletests(values, method=theirs)[1], atol=1e-14
        )


def test_equal_ratios_by_hand():
    # estimates 0 and 1 with variances 1 and 3: the difference 1 has variance 4, so the statistic is 1/4
    wald = all_equal(np.array([0.0, 1.0]), np.array([1.0, 3.0]))
    assert (wald.statistic, wald.df) == (pytest.approx(0.25), 1)
    assert wald.p_value == pytest.approx(math.erfc(math.sqrt(0.25 / 2)))
    assert all_equal(np.array([2.0, 2.0, 2.0]), np.array([1.0, 2.0, 5.0])).statistic == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("estimates", [[], [1.0], [1.0, math.nan], [1.0, math.inf]])
def test_one_group_differs_from_nothing(estimates):
    wald = all_equal(np.array(estimates), np.ones(len(estimates)))
    assert (math.isnan(wald.statistic), wald.df, math.isnan(wald.p_value)) == (True, 0, True)
