"""Resampling and exchange of windows, against SciPy and R on the same draws, enumeration and by hand."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending.bootstrap import bootstrap, bootstrap_rates, bootstrap_totals
from lvrn_eval.offending.kernels.resampling import Resampled
from lvrn_eval.offending.kernels.sign_flip import DRAWN, EXACT, contributions, sign_flip
from lvrn_eval.offending.permutation import exchange_test
from lvrn_eval.release import POLICIES, protect

R_FOLDER = Path(__file__).parents[1] / "reference" / "r"
R = json.loads((R_FOLDER / "before_after" / "before_after.json").read_text())["boot"]
DAYS = json.loads((R_FOLDER / "offending" / "epil_offending.json").read_text())
EPIL = pd.read_csv(R_FOLDER / "offending" / "epil_prepost.csv")
COLUMNS = np.column_stack([EPIL["base"], EPIL["post"], DAYS["days_before"], DAYS["days_after"]]).astype(float)
CLOSE = {"rel": 1e-8}


def log_ratio(totals):
    before, after, days_before, days_after = totals.T
    return np.log(after / days_after) - np.log(before / days_before)


def people(before, after, days_before=100, days_after=100):
    return pd.DataFrame({"before": before, "after": after, "days_before": days_before, "days_after": days_after})


def epil():
    return people(EPIL["base"], EPIL["post"], 56, 56)


def left_out():
    return log_ratio(COLUMNS.sum(axis=0) - COLUMNS)


def test_acceleration_and_limits_are_boot_ci_s_on_the_same_draws():
    ours = Resampled(R["estimate"], np.array(R["draws"]), left_out(), np.ones(59))
    assert ours.acceleration == pytest.approx(R["acceleration"], **CLOSE)
    assert ours.std_error == pytest.approx(R["std_error"], **CLOSE)
    # boot.ci counts draws from (n + 1) p, we from 1 + (n - 1) p: the same draw, or the next
    places = np.searchsorted(np.sort(R["draws"]), [ours.bca(0.95), R["bca"]])
    assert np.abs(places[0] - places[1]).max() <= 1


def test_limits_are_scipy_s_on_the_same_draws():
    def statistic(before, after, days_before, days_after, axis=-1):
        return log_ratio(np.stack([x.sum(axis=axis) for x in (before, after, days_before, days_after)], axis=-1))

    data = tuple(COLUMNS.T)
    choices = {"paired": True, "vectorized": True, "confidence_level": 0.9}
    drawn = scipy.stats.bootstrap(data, statistic, n_resamples=499, rng=np.random.default_rng(5), **choices)
    ours = Resampled(statistic(*data), drawn.bootstrap_distribution, left_out(), np.ones(59))
    for method, limits in (("BCa", ours.bca(0.9)), ("percentile", ours.percentile(0.9))):
        again = scipy.stats.bootstrap(data, statistic, n_resamples=0, bootstrap_result=drawn, method=method, **choices)
        assert list(limits) == pytest.approx(list(again.confidence_interval), **CLOSE)
    assert ours.std_error == pytest.approx(drawn.standard_error, **CLOSE)


def test_the_acceleration_of_cells_is_that_of_their_people():
    weight = np.array([1, 3, 2, 5, 4])
    cells = COLUMNS[:5]
    alone = np.repeat(cells, weight, axis=0)
    by_cell, by_person = (
        bootstrap_totals(many, rows, {"r": log_ratio}, draws=100, seed=1)["r"]
        for many, rows in ((weight, cells), (np.ones(15, int), alone))
    )
    assert by_cell.estimate == pytest.approx(by_person.estimate, **CLOSE)
    assert by_cell.acceleration == pytest.approx(by_person.acceleration, **CLOSE)
    # a mean's acceleration is its skewness over 6 root n
    mean = bootstrap(weight, lambda w: w @ cells[:, 0] / w.sum(axis=1), draws=100, seed=1)
    assert mean.acceleration == pytest.approx(scipy.stats.skew(alone[:, 0]) / (6 * math.sqrt(15)), **CLOSE)


@pytest.mark.parametrize("weight", [[400, 300, 500], [1] * 40])
def test_draws_are_of_everybody_and_have_the_right_spread(weight):
    """Few cells are drawn at once, many one by one: either way a draw has everybody, and shares vary as they should."""
    weight, seen = np.array(weight), []

    def statistic(weights):
        seen.append(weights)
        return weights[:, 0] / weights.sum(axis=1)

    drawn = bootstrap(weight, statistic, draws=4000, seed=8)
    n, share = weight.sum(), weight[0] / weight.sum()
    assert (np.concatenate(seen[:-2]).sum(axis=1) == n).all()
    assert drawn.draws.mean() == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / n / 4000))
    assert drawn.std_error == pytest.approx(math.sqrt(share * (1 - share) / n), rel=0.05)


def test_totals_and_weights_are_one_and_blocks_change_nothing(monkeypatch):
    functions = {"ratio": log_ratio, "before": lambda totals: totals[:, 0]}
    whole = bootstrap_totals(np.ones(59, int), COLUMNS, functions, draws=150, seed=3)
    assert list(whole) == ["ratio", "before"]
    monkeypatch.setattr("lvrn_eval.offending.kernels.resampling.BLOCK", 59 * 7)
    parts = bootstrap(np.ones(59, int), lambda weights: log_ratio(weights @ COLUMNS), draws=150, seed=3)
    assert whole["ratio"].draws == pytest.approx(parts.draws, **CLOSE)
    assert whole["ratio"].left_out == pytest.approx(parts.left_out, **CLOSE)
    other = bootstrap(np.ones(59, int), lambda weights: log_ratio(weights @ COLUMNS), draws=150, seed=4)
    assert not np.isclose(parts.draws, other.draws).any()


def test_undefined_draws_are_left_out_and_many_leave_no_interval():
    few, many = np.linspace(0, 1, 100), np.linspace(0, 1, 100)
    few[:4], many[:6] = np.nan, -np.inf
    one, other = (Resampled(0.5, draws, np.array([0.4, 0.7]), np.ones(2)) for draws in (few, many))
    assert (one.undefined, other.undefined) == (4, 6)
    assert one.percentile(0.5) == pytest.approx(np.quantile(few[4:], [0.25, 0.75]))
    assert np.isnan([*other.percentile(0.5), *other.bca(0.5), other.std_error]).all()


def test_an_estimate_beyond_every_draw_has_no_bca_interval():
    assert np.isnan(Resampled(2.0, np.linspace(0, 1, 100), np.array([1.0, 2.0]), np.ones(2)).bca(0.95)).all()


def test_rates_of_epil():
    result = bootstrap_rates(people(*COLUMNS.T), draws=2000, seed=11)
    ratio, difference = result.row("rate_ratio"), result.row("rate_difference")
    assert math.log(ratio["estimate"]) == pytest.approx(R["estimate"], **CLOSE)
    # other draws than R's: as near as two thousand allow
    assert ratio["std_error"] == pytest.approx(R["std_error"], rel=0.1)
    assert np.log([ratio["conf_low"], ratio["conf_high"]]) == pytest.approx(R["bca"], abs=0.05)
    before, after, days_before, days_after = COLUMNS.sum(axis=0)
    assert difference["estimate"] == pytest.approx(365.25 * (after / days_after - before / days_before), **CLOSE)
    assert (result.method["draws"], result.method["seed"], result.method["interval"]) == (2000, 11, "bca")


def test_a_seed_gives_the_same_answer_whatever_the_order_of_rows():
    one, other = (bootstrap_rates(frame, draws=200) for frame in (epil(), epil().sample(frac=1, random_state=1)))
    pd.testing.assert_frame_equal(one.table, other.table)
    assert not bootstrap_rates(epil(), draws=200, seed=1).table.equals(one.table)
    assert not bootstrap_rates(epil(), draws=200, interval="percentile").table.equals(one.table)


def test_choices_that_are_none_are_refused_together():
    with pytest.raises(AnalysisError) as caught:
        bootstrap_rates(epil(), draws=10, seed=-1, interval="bcaa")
    for part in (
        "draws: must be a whole number from 100 on",
        "seed: must be a whole number",
        "'bcaa' is not an interval",
    ):
        assert part in str(caught.value)
    with pytest.raises(AnalysisError, match="draws: must be a whole number"):
        exchange_test(epil(), draws=True)


def flipped(scores, people_each):
    """Every way of giving signs, person by person."""
    each = np.repeat(np.abs(scores), people_each)
    sums = np.array([np.dot(signs, each) for signs in itertools.product((-1, 1), repeat=len(each))])
    return float((np.abs(sums) >= abs(np.dot(scores, people_each)) - 1e-9).mean())


@pytest.mark.parametrize("scores", [[0.5, -1.5, 2.0, 0.0], [0.31, -1.7, 0.31, 2.9], [1.0, -1.0, 1.0, -1.0]])
def test_all_signs_are_all_signs(scores):
    scores, weight = np.array(scores), np.array([3, 2, 1, 4])
    found = sign_flip(scores, weight, draws=100, seed=1)
    assert found.method == EXACT
    assert found.p_value == pytest.approx(flipped(scores, weight), **CLOSE)


def test_all_signs_are_scipy_s():
    before, after = EPIL["base"].to_numpy(float)[:10], EPIL["post"].to_numpy(float)[:10]
    theirs = scipy.stats.permutation_test(
        (after, before), lambda x, y, axis: (x - y).mean(axis=axis), permutation_type="samples", vectorized=True
    )
    days = np.full(10, 56.0)
    ours = sign_flip(contributions(before, after, days, days), np.ones(10), draws=100, seed=1)
    assert ours.method == EXACT
    assert ours.p_value == pytest.approx(theirs.pvalue, **CLOSE)


def test_drawn_signs_are_near_all_of_them_and_never_nothing():
    scores, weight = COLUMNS[:, 1] - COLUMNS[:, 0], np.ones(59)
    exact = sign_flip(scores, weight, draws=100, seed=1)
    drawn = sign_flip(scores, weight, draws=20_000, seed=1, sums_up_to=1)
    assert (exact.method, drawn.method) == (EXACT, DRAWN)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=4 * 0.5 / math.sqrt(20_000))
    assert sign_flip(np.ones(1), np.array([60.0]), draws=999, seed=1, sums_up_to=1).p_value == pytest.approx(0.001)


def test_thousands_who_changed_alike_are_no_trouble():
    # 3,000 coins: 1,550 or more heads, or tails
    found = sign_flip(np.array([1.0, -1.0]), np.array([1550.0, 1450.0]), draws=100, seed=1)
    assert found.method == EXACT
    assert found.p_value == pytest.approx(2 * scipy.stats.binom.sf(1549, 3000, 0.5), **CLOSE)


def test_a_contribution_by_hand():
    # 4 before in 100 days and 3 after in 300: of 7 events three quarters are expected after
    assert contributions(*(np.array([x]) for x in (4.0, 3.0, 100.0, 300.0))) == pytest.approx([3 - 7 * 0.75])
    assert contributions(*(np.array([x]) for x in (4.0, 0.0, 100.0, 0.0))) == pytest.approx([0])


def test_exchange_of_windows():
    result = exchange_test(people([2, 4, 1, 0], [1, 2, 0, 0]))
    row = result.row("exchange_test")
    # contributions -1/2, -1, -1/2: of 8 ways two are as far from 0
    assert (row["estimate"], row["p_value"], row["n"], row["n_events"]) == (-2, 0.25, 3, 10)
    assert result.check("windows_exchangeable").passed
    assert "descriptive only" in result.text[1].text
    unequal = exchange_test(people([2, 4], [1, 2], 100, 90))
    assert unequal.check("windows_exchangeable").passed is False


def test_sentences_and_the_wall():
    texts = [s.text for s in exchange_test(epil()).text]
    assert texts[0].startswith("There were 53.0 more recorded events after than each person's own total would give if")
    assert "comes about by chance with p = 0.6" in texts[0]
    shown = protect(exchange_test(people([1] * 96, [1] * 4 + [0] * 92)), POLICIES["strict"])
    assert shown.table["estimate"].isna().all()
    assert shown.text[0].text == "Whether before and after could change places cannot be said, or is not shown."
    bootstrapped = protect(bootstrap_rates(epil(), draws=200), POLICIES["strict"])
    assert bootstrapped.text[0].text.startswith("Drawing people again, the rate per person-year at risk after was 1.06")
    assert "59" not in " ".join(s.text for s in bootstrapped.text)


@pytest.mark.parametrize(
    ("before", "after"),
    [([0] * 40, [0] * 40), ([3], [1]), ([2] * 40, [1] * 40), ([2] * 40, [0] * 40), ([3_000_000, 0], [0, 9]), ([], [])],
)
@pytest.mark.parametrize("function", [bootstrap_rates, exchange_test])
def test_extremes_give_a_result_and_no_false_certainty(function, before, after):
    result = function(people(before, after).astype("int64"), draws=100)
    texts = [s.text for s in result.text]
    assert not any("nan" in text or "p = 0.000" in text for text in texts)
    # people who are all alike leave nothing to draw
    if function is bootstrap_rates:
        assert result.table["conf_low"].isna().iloc[0] or len(set(zip(before, after, strict=True))) > 1
    if len(before) < 30:
        assert any("descriptive only" in text or "says nothing" in text for text in texts)
    protect(result, POLICIES["strict"])
