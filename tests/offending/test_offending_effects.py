"""Effect sizes of a change, against R (tests/reference/r/before_after), published examples, pingouin and by hand."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvrn_eval.offending.counting import Cells
from lvrn_eval.offending.effects import _sentences, _table, effect_sizes
from lvrn_eval.offending.kernels.paired_share import risk_difference_paired
from lvrn_eval.offending.kernels.standardised import (
    Moments,
    hedges_g_av,
    hedges_g_rm,
    hedges_g_z,
    moments,
    small_sample,
)
from lvrn_eval.offending.kernels.walsh import hodges_lehmann, rank_biserial_interval
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.result import ESTIMATE_COLUMNS

R_FOLDER = Path(__file__).parents[1] / "reference" / "r"
R = json.loads((R_FOLDER / "before_after" / "before_after.json").read_text())
EPIL = pd.read_csv(R_FOLDER / "offending" / "epil_prepost.csv")
TERMS = ["risk_difference", "odds_ratio", "median_change", "rank_biserial", "hedges_g_av", "hedges_g_z", "hedges_g_rm"]
CLOSE = {"rel": 1e-8}


def people(before, after, days=100):
    return pd.DataFrame({"before": before, "after": after, "days_before": days, "days_after": days})


def epil(number=59):
    return people(EPIL["base"][:number], EPIL["post"][:number], 56)


def limits(row):
    return [row["estimate"], row["conf_low"], row["conf_high"]]


def test_risk_difference_is_the_example_of_statpsych():
    """statpsych::ci.prop.ps(.05, 12, 4, 26, 6), as its documentation prints it."""
    ours = risk_difference_paired(stopped=4, began=26, n=48, conf_level=0.95)
    assert ours.interval == pytest.approx((0.2548067, 0.6251933), abs=5e-8)
    assert ours.estimate == pytest.approx(22 / 48)


def test_risk_difference_by_hand():
    # 20 people: 6 stopped, 2 began. d = -4/20; variance (8/20 - 0.04) / 20
    ours = risk_difference_paired(6, 2, 20, 0.95)
    assert (ours.estimate, ours.std_error) == pytest.approx((-0.2, math.sqrt(0.36 / 20)))
    # with one more in each and two more in all: d = -4/22, variance (10/22 - (4/22)^2) / 22
    half = 1.959963984540054 * math.sqrt((10 / 22 - (4 / 22) ** 2) / 22)
    assert ours.interval == pytest.approx((-4 / 22 - half, -4 / 22 + half), **CLOSE)
    # 8 changed, 2 or fewer one way: 2 (1 + 8 + 28) / 256
    assert ours.p_value == pytest.approx(74 / 256)


def test_risk_difference_at_the_ends_stays_within_one():
    all_stopped = risk_difference_paired(40, 0, 40, 0.95)
    assert all_stopped.estimate == -1
    assert all_stopped.interval.low == -1
    assert all_stopped.interval.high < 0
    assert math.isnan(risk_difference_paired(0, 0, 0, 0.95).estimate)


@pytest.mark.parametrize(("name", "level"), [("untied_95", 0.95), ("untied_90", 0.9)])
def test_typical_change_without_ties_is_wilcox_test(name, level):
    change = np.array(R["typical"]["untied"])
    estimate, interval = hodges_lehmann(change, np.ones(len(change), np.int64), level)
    assert estimate == R["typical"][name]["estimate"]
    assert list(interval) == R["typical"][name]["interval"]


@pytest.mark.parametrize(
    ("name", "number", "level"), [("epil_95", 59, 0.95), ("epil_99", 59, 0.99), ("epil_12", 12, 0.95)]
)
def test_typical_change_with_ties_is_all_averages_listed(name, number, level):
    row = effect_sizes(epil(number), conf_level=level).row("median_change")
    assert limits(row) == [R["typical"][name]["estimate"], *R["typical"][name]["interval"]]


def test_typical_change_by_hand():
    # changes -3, 0, 0, 2: the ten averages are -3 -1.5 -1.5 -.5 0 0 0 1 1 2
    change, weight = np.array([0, 2, -3]), np.array([2, 1, 1])
    estimate, interval = hodges_lehmann(change, weight, 0.8)
    assert estimate == 0
    # of 16 ways of giving signs to the ranks 1 to 4 one has the sum 0, one the sum 1: P(V <= 0) = 1/16 <= 0.1 < 2/16
    assert interval == (-3, 2)
    assert np.isnan(hodges_lehmann(change, weight, 0.95)[1]).all()


def test_six_people_are_the_fewest_with_a_95_percent_interval():
    # 2 / 2^n is at most 5% from six on
    for n, has in ((5, False), (6, True)):
        _, interval = hodges_lehmann(np.arange(n), np.ones(n, np.int64), 0.95)
        assert np.isfinite(interval).all() == has


def test_the_normal_order_is_that_of_the_exact_one_or_next_to_it():
    change, weight = np.arange(-40, 80), np.ones(120, np.int64)
    exact, normal = (hodges_lehmann(change, weight, 0.95, exact_up_to=most)[1] for most in (500, 0))
    assert normal == pytest.approx(exact, abs=0.5)
    assert normal.low <= exact.low
    assert normal.high >= exact.high


@pytest.mark.parametrize(
    ("name", "number", "level"), [("epil_95", 59, 0.95), ("epil_90", 59, 0.9), ("epil_12", 12, 0.95)]
)
def test_rank_biserial_and_g_z_are_effectsize(name, number, level):
    result = effect_sizes(epil(number), conf_level=level)
    assert limits(result.row("rank_biserial")) == pytest.approx(R["sizes"][name]["rank"], **CLOSE)
    # R stops looking for the noncentrality earlier than we do
    assert limits(result.row("hedges_g_z")) == pytest.approx(R["sizes"][name]["g_z"], rel=2e-4)
    assert limits(result.row("hedges_g_z"))[0] == pytest.approx(R["sizes"][name]["g_z"][0], **CLOSE)


def test_rank_biserial_is_pingouin_s_and_has_no_interval_at_its_ends():
    theirs = pingouin.wilcoxon(EPIL["post"].to_numpy(float), EPIL["base"].to_numpy(float), correction=False)
    assert effect_sizes(epil()).row("rank_biserial")["estimate"] == pytest.approx(theirs["RBC"].iloc[0], **CLOSE)
    assert np.isnan(rank_biserial_interval(-1.0, 12, 0.95)).all()
    assert np.isnan(rank_biserial_interval(math.nan, 0, 0.95)).all()


def test_g_av_is_the_example_of_statpsych():
    """statpsych::ci.stdmean.ps(.05, 110.4, 102.1, 15.3, 14.6, .75, 25), as its documentation prints it."""
    found = Moments(25, 110.4 - 102.1, 14.6**2, 15.3**2, 0.75 * 15.3 * 14.6)
    ours = hedges_g_av(found, 0.95)
    assert (ours.estimate, ours.std_error) == pytest.approx((0.5433457, 0.1609934), abs=5e-8)
    assert ours.interval == pytest.approx((0.2394905, 0.8705732), abs=5e-8)


def test_g_av_is_pingouin_s_paired_d_with_another_correction():
    """pingouin's paired d is d_av; its correction supposes two groups of different people, so d is compared."""
    after, before = EPIL["post"].to_numpy(float), EPIL["base"].to_numpy(float)
    theirs = pingouin.compute_effsize(after, before, paired=True, eftype="cohen")
    ours = hedges_g_av(moments(before, after, np.ones(59)), 0.95)
    assert ours.estimate == pytest.approx(theirs * math.sqrt(57 / 58), **CLOSE)


def test_g_z_interval_holds_the_noncentral_t():
    from scipy.stats import nct

    found = Moments(18, -0.8, 2.0, 1.5, 0.6)
    ours = hedges_g_z(found, 0.95)
    t = found.change / math.sqrt(found.var_change / 18)
    low, high = (limit * math.sqrt(18) / small_sample(17) for limit in ours.interval)
    assert (nct.sf(t, 17, low), nct.cdf(t, 17, high)) == pytest.approx((0.025, 0.025), rel=1e-8)


def test_g_z_interval_of_many_people_is_normal_next_to_the_exact_one():
    exact, normal = (hedges_g_z(Moments(n, -0.05, 1.0, 1.0, 0.5), 0.95).interval for n in (5000, 5001))
    assert normal == pytest.approx(exact, abs=1e-5)


def test_g_rm_by_hand():
    # n 50, mean change 3, sd of changes 5.5, correlation 0.7 of equal variances: sd of one = 5.5 / sqrt(0.6)
    variance = 5.5**2 / 0.6
    found = Moments(50, 3.0, variance, variance, 0.7 * variance)
    ours = hedges_g_rm(found, 0.95)
    d = 3 / math.sqrt(variance)
    factor = small_sample(49)
    assert ours.estimate == pytest.approx(factor * d, **CLOSE)
    assert ours.std_error == pytest.approx(factor * math.sqrt((1 / 50 + d**2 / 100) * 0.6), **CLOSE)
    assert ours.interval.high - ours.interval.low == pytest.approx(2 * 1.959963984540054 * ours.std_error, **CLOSE)


def test_the_correction_is_near_hedges_approximation():
    for df in (10, 30, 100):
        assert small_sample(df) == pytest.approx(1 - 3 / (4 * df - 1), abs=5e-4)
    # gamma(1) / (sqrt(1) gamma(1/2)) for two degrees of freedom
    assert small_sample(2) == pytest.approx(1 / math.sqrt(math.pi))
    assert math.isnan(small_sample(1))


def test_moments_are_those_of_the_people():
    before, after, weight = np.array([2.0, 5.0, 0.0]), np.array([1.0, 5.0, 3.0]), np.array([3.0, 1.0, 2.0])
    many = [np.repeat(values, weight.astype(int)) for values in (before, after)]
    ours = moments(before, after, weight)
    covariance = np.cov(*many)
    assert (ours.var_before, ours.var_after, ours.covariance) == pytest.approx(
        (covariance[0, 0], covariance[1, 1], covariance[0, 1])
    )
    from scipy.stats import ttest_rel

    assert ours.p_value == pytest.approx(ttest_rel(many[1], many[0]).pvalue, **CLOSE)


def test_shape_and_counts():
    result = effect_sizes(people([1, 2, 0, 0, 3], [0, 1, 1, 0, 3]))
    assert result.table.columns.tolist() == [*ESTIMATE_COLUMNS, "measure", "interval", "n_down", "n_up"]
    assert result.table["term"].tolist() == TERMS
    down, up = (result.table.set_index("term")[name] for name in ("n_down", "n_up"))
    assert down[["risk_difference", "odds_ratio", "rank_biserial"]].tolist() == [1, 1, 2]
    assert up[["risk_difference", "odds_ratio", "rank_biserial"]].tolist() == [1, 1, 1]
    assert down.isna().sum() == 4
    assert result.table["n"].tolist() == [5, 5, 5, 3, 5, 5, 5]


def test_fewer_events_after_is_below_no_change_on_every_scale():
    table = effect_sizes(people([2] * 30 + [1] * 20 + [0] * 10, [1] * 30 + [0] * 20 + [0] * 9 + [1])).table
    table = table.set_index("term")["estimate"]
    assert table["odds_ratio"] < 1
    assert (table.drop("odds_ratio") < 0).all()


def test_sentences():
    texts = [s.text for s in effect_sizes(people([1] * 30 + [0] * 40 + [2] * 50, [0] * 30 + [1] * 40 + [1] * 50)).text]
    assert texts[0].startswith(
        "The share of people with any recorded event changed by +8.3 (95% interval -5.4 to +21.8)"
    )
    assert texts[1] == "The typical change (Hodges-Lehmann) was 0 (95% interval -1.0 to 0) events."
    assert texts[2] == (
        "Whether the share of people with any recorded event rose or fell is not settled: more people would be needed."
    )
    fell = [s.text for s in effect_sizes(people([2] * 40 + [1] * 10, [0] * 40 + [1] * 10)).text]
    assert fell[2] == (
        "The share of people with any recorded event was lower after than before: the interval excludes no change."
    )
    assert "weakest tier" in fell[-1]


def test_windows_of_unequal_length_are_told():
    counts = people([2, 3], [1, 1]).assign(days_before=1000)
    assert effect_sizes(counts).check("windows_equal").passed is False
    # the days before are no part of these estimates, so they may be unknown
    unknown = effect_sizes(counts.assign(days_before=np.nan))
    assert unknown.row("median_change")["estimate"] == -1.5


def test_the_wall_hides_what_tells_few_changes():
    shown = protect(effect_sizes(epil()), POLICIES["strict"])
    rows = shown.table.set_index("term")["estimate"]
    # one person stopped and none began
    assert rows[["risk_difference", "odds_ratio"]].isna().all()
    assert rows.notna().sum() == 5
    assert shown.text[0].text.endswith("is not shown: too few changed.")
    everybody_fell = protect(effect_sizes(people([2, 3] * 30, [1, 1] * 30)), POLICIES["strict"])
    assert everybody_fell.table.set_index("term")["estimate"].isna()["rank_biserial"]


@pytest.mark.parametrize(
    ("before", "after"),
    [([0] * 40, [0] * 40), ([3], [1]), ([2] * 40, [1] * 40), ([2] * 40, [0] * 40), ([3_000_000, 0], [0, 9]), ([], [])],
)
def test_extremes_give_a_result(before, after):
    result = effect_sizes(people(before, after).astype("int64"))
    assert result.table["term"].tolist() == TERMS
    text = " ".join(s.text for s in result.text)
    assert "nan" not in text
    if len(before) < 30:
        assert "descriptive only" in text or "says nothing" in text
    protect(result, POLICIES["strict"])


def sizes(before, after):
    """The table and the sentences without an engine, which would be slow so many times."""
    nothing = np.zeros(len(before), np.int64)
    counts = (np.array(before), np.array(after), nothing + 90.0, nothing + 90.0, nothing + 1, nothing, nothing, nothing)
    table = _table(Cells(*counts), 0.95)
    return table.set_index("term"), [s.text for s in _sentences(table, len(before), enough=len(before) >= 30)]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_sizes_agree_with_their_intervals_and_turn_with_the_windows(pairs):
    (table, texts), (turned, _) = (
        sizes(*sides) for sides in (zip(*pairs, strict=True), zip(*[p[::-1] for p in pairs], strict=True))
    )
    for term, row in table.drop("odds_ratio").iterrows():
        assert row["estimate"] == pytest.approx(-turned["estimate"][term], abs=1e-9, nan_ok=True)
        assert row["conf_low"] == pytest.approx(-turned["conf_high"][term], abs=1e-6, nan_ok=True)
        # Bonett and Price's interval is drawn in, so the estimate can lie outside where everybody changed
        if term != "risk_difference" and not math.isnan(row["conf_low"]):
            assert row["conf_low"] - 1e-9 <= row["estimate"] <= row["conf_high"] + 1e-9
    share = table.loc["risk_difference"]
    settled = len(pairs) >= 30 and (share["conf_low"] > 0 or share["conf_high"] < 0)
    assert any(text.startswith("The share of people with any recorded event was") for text in texts) == settled
