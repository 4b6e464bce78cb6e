"""Kernels against scipy, statsmodels and full enumeration; and where there is nothing to estimate."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from lvrn_eval.offending.conditional import EXACT, PROFILE, rate_ratio_conditional
from lvrn_eval.offending.paired import mcnemar_exact, wilcoxon_signed_rank
from lvrn_eval.offending.proportions import clopper_pearson, exact_half, wilson
from lvrn_eval.offending.rates import garwood, rate_ratio_robust

EVERY_SHARE = [(events, n) for n in (1, 2, 13, 200) for events in {0, 1, n // 2, n - 1, n}]


def ones(values):
    return np.ones(len(values), dtype=np.int64)


@pytest.mark.parametrize(("events", "n"), EVERY_SHARE)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_shares_against_statsmodels(events, n, level):
    ours = clopper_pearson(events, n, level)
    assert ours == pytest.approx(proportion_confint(events, n, 1 - level, "beta"), rel=1e-10)
    assert wilson(events, n, level) == pytest.approx(proportion_confint(events, n, 1 - level, "wilson"), abs=1e-12)
    assert exact_half(events, n) == pytest.approx(stats.binomtest(events, n).pvalue, rel=1e-10)


def test_shares_of_nobody():
    assert all(math.isnan(end) for end in (*wilson(0, 0, 0.95), *clopper_pearson(0, 0, 0.95), exact_half(0, 0)))


@pytest.mark.parametrize(("stopped", "began"), [(8, 1), (1, 8), (5, 5), (0, 4), (4, 0), (60, 45)])
def test_mcnemar_against_statsmodels(stopped, began):
    ours = mcnemar_exact(stopped, began, 0.95)
    assert ours.p_value == pytest.approx(mcnemar([[3, stopped], [began, 2]], exact=True).pvalue, rel=1e-10)
    assert ours.interval.low <= ours.estimate <= ours.interval.high


def test_mcnemar_of_nobody_who_changed():
    ours = mcnemar_exact(0, 0, 0.95)
    assert all(math.isnan(value) for value in (ours.estimate, ours.p_value, ours.std_error_log, *ours.interval))


def enumerated(differences):
    """Return the two-sided permutation p-value over all signings of the midranks of the non-zero differences."""
    changes = np.array([change for change in differences if change])
    ranks = stats.rankdata(np.abs(changes))
    sums = np.array([np.dot(signs, ranks) for signs in itertools.product([0, 1], repeat=len(ranks))])
    seen = ranks[changes > 0].sum()
    return min(1.0, 2 * min((sums <= seen + 1e-9).mean(), (sums >= seen - 1e-9).mean()))


@pytest.mark.parametrize("seed", range(25))
def test_signed_rank_exact_under_ties_is_full_enumeration(seed):
    rng = np.random.default_rng(seed)
    differences = rng.integers(-3, 4, rng.integers(4, 11))
    ours = wilcoxon_signed_rank(differences, ones(differences))
    if (differences != 0).any():
        assert ours.p_value == pytest.approx(enumerated(differences), rel=1e-12)
        assert ours.p_method == "exact permutation"


@pytest.mark.parametrize("n", [5, 20, 50])
def test_signed_rank_without_ties_against_scipy(n):
    rng = np.random.default_rng(n)
    differences = rng.permutation(np.arange(1, n + 1)) * rng.choice([-1, 1], n)
    theirs = stats.wilcoxon(differences, method="exact")
    ours = wilcoxon_signed_rank(differences, ones(differences))
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-10)
    assert min(ours.rank_sum_positive, ours.rank_sum_negative) == theirs.statistic


def test_signed_rank_normal_against_scipy():
    differences = np.random.default_rng(3).integers(-6, 9, 400)
    ours = wilcoxon_signed_rank(differences, ones(differences), exact_up_to=50)
    theirs = stats.wilcoxon(differences, zero_method="wilcox", correction=False, method="asymptotic")
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-10)
    assert ours.p_method == "normal approximation with tie correction"


def test_signed_rank_exact_meets_normal_at_its_limit():
    differences = np.random.default_rng(4).integers(-40, 45, 500)
    exact = wilcoxon_signed_rank(differences, ones(differences))
    normal = wilcoxon_signed_rank(differences, ones(differences), exact_up_to=0)
    assert exact.p_method == "exact permutation"
    assert exact.p_value == pytest.approx(normal.p_value, rel=0.01)


def test_signed_rank_of_no_change():
    ours = wilcoxon_signed_rank(np.array([0, 0]), np.array([5, 3]))
    assert (ours.n, ours.n_zero) == (0, 8)
    assert math.isnan(ours.p_value)
    assert math.isnan(ours.rank_biserial)


def some_people(seed, n=4, most=3):
    """Return before, after, days before, days after and weight of people with unequal ratios of days."""
    rng = np.random.default_rng(seed)
    before, after = rng.integers(0, most, n).astype(float), rng.integers(0, most, n).astype(float)
    return before, after, rng.integers(50, 400, n).astype(float), rng.integers(50, 400, n).astype(float), np.ones(n)


def chances(ratio, before, after, days_before, days_after, people):
    """Return the chance of every total after, by adding up every way it can come about."""
    share = ratio * days_after / (ratio * days_after + days_before)
    totals = (before + after).astype(int)
    found = np.zeros(totals.sum() + 1)
    for ways in itertools.product(*(range(total + 1) for total in totals)):
        found[sum(ways)] += np.prod(stats.binom.pmf(ways, totals, share))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_exact_rate_ratio_against_enumeration(seed):
    given = some_people(seed)
    ours = rate_ratio_conditional(*given, 0.9)
    seen = int(given[1].sum())
    if seen > 0:
        assert chances(ours.interval.low, *given)[seen:].sum() == pytest.approx(0.05, rel=1e-8)
    else:
        assert (ours.estimate, ours.interval.low) == (0, 0)
    if given[0].sum():
        assert chances(ours.interval.high, *given)[: seen + 1].sum() == pytest.approx(0.05, rel=1e-8)
        at_estimate = chances(ours.estimate, *given)
        assert at_estimate @ np.arange(len(at_estimate)) == pytest.approx(seen, abs=1e-9)
    else:
        assert (ours.estimate, ours.interval.high) == (math.inf, math.inf)
    even = chances(1.0, *given)
    assert ours.p_value == pytest.approx(min(1, 2 * min(even[: seen + 1].sum(), even[seen:].sum())), rel=1e-10)


@pytest.mark.parametrize(("before", "after"), [(30, 12), (0, 5), (5, 0), (1, 1), (4000, 4200)])
def test_equal_ratios_of_days_are_one_binomial(before, after):
    ratio = 200 / 350
    ours = rate_ratio_conditional(*(np.array([float(v)]) for v in (before, after, 350, 200, 1)), 0.95)
    test = stats.binomtest(after, before + after, ratio / (1 + ratio))
    interval = test.proportion_ci(0.95, "exact")
    tails = [stats.binomtest(after, before + after, ratio / (1 + ratio), side).pvalue for side in ("less", "greater")]
    assert ours.p_value == pytest.approx(min(1, 2 * min(tails)), rel=1e-10)
    assert ours.interval.low == pytest.approx(interval.low / (1 - interval.low) / ratio, rel=1e-9)
    if before:
        assert ours.interval.high == pytest.approx(interval.high / (1 - interval.high) / ratio, rel=1e-9)
    else:
        assert ours.interval.high == math.inf


def test_nearly_equal_ratios_give_what_equal_ones_give():
    """The general path, on days that differ by a billionth, is the one-binomial path."""
    before, after, days = np.array([20.0, 35.0]), np.array([14.0, 9.0]), np.array([300.0, 300.0])
    equal = rate_ratio_conditional(before, after, days, days, np.ones(2), 0.95)
    nearly = rate_ratio_conditional(before, after, days, days * [1, 1 + 1e-9], np.ones(2), 0.95)
    assert nearly.interval == pytest.approx(equal.interval, rel=1e-7)
    assert nearly.estimate == pytest.approx(equal.estimate, rel=1e-7)
    assert nearly.p_value == pytest.approx(equal.p_value, rel=1e-7)


def test_profile_meets_exact_where_events_are_many():
    given = some_people(8, n=900, most=6)
    exact, profile = (rate_ratio_conditional(*given, 0.95, exact_up_to=most) for most in (10_000, 10))
    assert (exact.method, profile.method) == (EXACT, PROFILE)
    assert profile.estimate == exact.estimate
    assert profile.interval == pytest.approx(exact.interval, rel=2e-3)
    assert profile.p_value == pytest.approx(exact.p_value, rel=0.05)


@pytest.mark.parametrize("side", ["before", "after"])
def test_profile_with_all_events_on_one_side(side):
    before, after, days_before, days_after, people = some_people(9, n=40)
    (before if side == "before" else after)[:] = 0
    ours = rate_ratio_conditional(before, after, days_before, days_after, people, 0.95, exact_up_to=1)
    assert ours.method == PROFILE
    assert math.isnan(ours.std_error_log)
    if side == "after":
        assert (ours.estimate, ours.interval.low) == (0, 0)
        assert 0 < ours.interval.high < 1
    else:
        assert (ours.estimate, ours.interval.high) == (math.inf, math.inf)
        assert 1 < ours.interval.low < math.inf
    assert ours.p_value < 1e-6


def test_tiny_p_values_keep_their_precision():
    """A tail of 1e-60 is worked out, not lost in rounding."""
    before, after = np.array([150.0, 150.0]), np.array([1.0, 2.0])
    ours = rate_ratio_conditional(before, after, np.array([100.0, 101.0]), np.array([100.0, 100.0]), np.ones(2), 0.95)
    shares = np.array([1 / 2, 100 / 201])
    first, second = stats.binom(151, shares[0]), stats.binom(152, shares[1])
    tail = sum(first.pmf(k) * second.cdf(3 - k) for k in range(4))
    assert ours.p_value == pytest.approx(2 * tail, rel=1e-9)
    assert ours.p_value < 1e-60


def test_people_without_a_day_at_risk_tell_the_exact_ratio_nothing():
    given = some_people(5, n=6)
    more = [np.append(values, extra) for values, extra in zip(given, (2, 0, 30, 0, 1), strict=True)]
    assert rate_ratio_conditional(*more, 0.95) == rate_ratio_conditional(*given, 0.95)


def test_weights_are_people():
    given = some_people(6, n=5)
    doubled = (*given[:4], np.full(5, 3.0))
    tripled = [np.tile(values, 3) for values in given]
    for kernel in (rate_ratio_conditional, rate_ratio_robust):
        left, right = kernel(*doubled, 0.95), kernel(*tripled, 0.95)
        assert left.interval == pytest.approx(right.interval, rel=1e-10)
        assert left.p_value == pytest.approx(right.p_value, rel=1e-10)


def test_robust_ratio_against_statsmodels():
    import pandas as pd
    import statsmodels.api as sm

    before, after, days_before, days_after, people = some_people(7, n=60, most=5)
    long = pd.DataFrame(
        {
            "y": np.r_[before, after],
            "period": np.r_[np.zeros(60), np.ones(60)],
            "days": np.r_[days_before, days_after],
            "person": np.r_[np.arange(60), np.arange(60)],
        },
    )
    fit = sm.GEE(
        long["y"],
        sm.add_constant(long[["period"]]),
        long["person"],
        offset=np.log(long["days"]),
        family=sm.families.Poisson(),
    ).fit(ctol=1e-9)
    ours = rate_ratio_robust(before, after, days_before, days_after, people, 0.95)
    assert math.log(ours.estimate) == pytest.approx(fit.params["period"], rel=1e-8)
    assert ours.std_error_log == pytest.approx(fit.bse["period"], rel=1e-8)
    assert ours.p_value == pytest.approx(fit.pvalues["period"], rel=1e-7)
    assert np.log(ours.interval) == pytest.approx(fit.conf_int().loc["period"].to_numpy(), rel=1e-7)


@pytest.mark.parametrize(
    ("before", "after", "days_before", "days_after"),
    [([0], [0], [9], [9]), ([0], [3], [9], [9]), ([3], [0], [9], [9]), ([], [], [], []), ([0], [0], [0], [0])],
)
def test_rates_without_events_are_missing(before, after, days_before, days_after):
    given = [np.array(values, dtype=float) for values in (before, after, days_before, days_after, [1] * len(before))]
    robust, exact = rate_ratio_robust(*given, 0.95), rate_ratio_conditional(*given, 0.95)
    assert math.isnan(robust.estimate)
    assert math.isnan(robust.p_value)
    assert math.isnan(exact.estimate) == (sum(before) + sum(after) == 0)


def test_one_person_has_no_clustering_to_measure():
    ours = rate_ratio_robust(*(np.array([float(v)]) for v in (3, 7, 100, 300, 1)), 0.95)
    assert ours.estimate == pytest.approx(7 / 3 / 3)
    assert all(math.isnan(value) for value in (ours.std_error_log, ours.p_value, *ours.interval))


def test_garwood_against_scipy():
    assert garwood(7, 2.5, 0.9) == pytest.approx(
        (stats.chi2.ppf(0.05, 14) / 5, stats.chi2.ppf(0.95, 16) / 5), rel=1e-10
    )
    assert all(math.isnan(end) for end in (*garwood(0, 0, 0.95), *garwood(0, math.nan, 0.95)))
