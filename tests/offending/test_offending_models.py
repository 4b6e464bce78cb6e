"""Six models of one rate ratio, against R (tests/reference/r/before_after), statsmodels and by hand."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.genmod.families import NegativeBinomial, Poisson
from statsmodels.genmod.generalized_estimating_equations import GEE

from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending import pre_post_counts
from lvrn_eval.offending.conditional import rate_ratio_conditional
from lvrn_eval.offending.counting import Cells
from lvrn_eval.offending.kernels import within
from lvrn_eval.offending.kernels.marginal import rate_ratio_corrected, rate_ratio_negative_binomial
from lvrn_eval.offending.models import TERMS, _fits, _rows, _sentences, rate_ratios
from lvrn_eval.offending.paired_words import table_of, with_sides
from lvrn_eval.offending.rates import rate_ratio_robust
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.result import ESTIMATE_COLUMNS

R_FOLDER = Path(__file__).parents[1] / "reference" / "r"
R = json.loads((R_FOLDER / "before_after" / "before_after.json").read_text())
DAYS = json.loads((R_FOLDER / "offending" / "epil_offending.json").read_text())
EPIL = pd.read_csv(R_FOLDER / "offending" / "epil_prepost.csv")
CLOSE = {"rel": 1e-8}


def frame(days="equal", which=slice(None)):
    counts = pd.DataFrame({"before": EPIL["base"], "after": EPIL["post"]})
    for side in ("before", "after"):
        counts[f"days_{side}"] = 56 if days == "equal" else DAYS[f"days_{side}"]
    return counts[which]


def arrays(counts):
    columns = ("before", "after", "days_before", "days_after")
    return [*(counts[name].to_numpy(float) for name in columns), np.ones(len(counts))]


def people(before, after, days_before=100, days_after=100):
    return pd.DataFrame({"before": before, "after": after, "days_before": days_before, "days_after": days_after})


def gee(counts, family, **choices):
    y = np.concatenate([counts["before"], counts["after"]])
    later = np.repeat([0.0, 1.0], len(counts))
    offset = np.log(np.concatenate([counts["days_before"], counts["days_after"]]).astype(float))
    design = np.column_stack([np.ones_like(later), later])
    model = GEE(y, design, groups=np.tile(np.arange(len(counts)), 2), family=family, offset=offset)
    fit = model.fit(ctol=1e-10, maxiter=200, **choices)
    return fit.params[1], fit.bse[1]


@pytest.mark.parametrize("days", ["equal", "unequal"])
def test_fixed_effects_are_r_s(days):
    counts = frame(days)
    row = rate_ratios(counts).row("rate_ratio_fixed_effects")
    assert math.log(row["estimate"]) == pytest.approx(R[days]["fixed"]["log_ratio"], **CLOSE)
    assert math.log(row["estimate"]) == pytest.approx(R[days]["fixed"]["log_ratio_gnm"], **CLOSE)
    assert row["std_error"] == pytest.approx(R[days]["fixed"]["robust_se"], **CLOSE)


@pytest.mark.parametrize("days", ["equal", "unequal"])
def test_the_exact_estimate_is_a_matched_logistic_regression_of_events(days):
    counts = frame(days)
    few = counts[(counts["before"] + counts["after"]).between(1, 40)]
    row = rate_ratios(few).row("rate_ratio_exact")
    assert math.log(row["estimate"]) == pytest.approx(R[days]["clogit"]["log_ratio"], rel=1e-7)
    assert row["std_error"] == pytest.approx(R[days]["clogit"]["se"], rel=1e-6)


@pytest.mark.parametrize("days", ["equal", "unequal"])
def test_the_whole_group_s_rates_are_geepack_s(days):
    ours = rate_ratios(frame(days)).row("rate_ratio_robust")
    assert math.log(ours["estimate"]) == pytest.approx(R[days]["marginal"]["log_ratio"], rel=1e-7)
    assert ours["std_error"] == pytest.approx(R[days]["marginal"]["robust_se"], rel=1e-6)


@pytest.mark.parametrize("days", ["equal", "unequal"])
@pytest.mark.parametrize("number", [59, 12])
def test_the_correction_for_few_people_is_statsmodels(days, number):
    counts = frame(days, slice(0, number))
    ours = rate_ratio_corrected(*arrays(counts), 0.95)
    theirs = gee(counts, Poisson(), cov_type="bias_reduced")
    assert (math.log(ours.estimate), ours.std_error_log) == pytest.approx(theirs, rel=1e-7)
    from scipy.stats import t

    half = t.ppf(0.975, number - 1) * theirs[1]
    assert np.log(ours.interval) == pytest.approx([theirs[0] - half, theirs[0] + half], rel=1e-7)
    assert ours.p_value == pytest.approx(2 * t.sf(abs(theirs[0]) / theirs[1], number - 1), rel=1e-6)


def test_the_correction_by_hand():
    # four people, equal days: every leverage is 1/4, so the standard error is 4/3 of the uncorrected one
    counts = people([2, 4, 1, 3], [1, 2, 2, 0])
    plain, ours = (f(*arrays(counts), 0.95) for f in (rate_ratio_robust, rate_ratio_corrected))
    assert ours.std_error_log == pytest.approx(plain.std_error_log * 4 / 3, **CLOSE)
    # b/B = .2 .4 .1 .3 and a/A = .2 .4 .4 0: differences 0, 0, .3 and -.3
    assert plain.std_error_log == pytest.approx(math.sqrt(0.18), **CLOSE)


def test_one_person_with_all_the_days_leaves_no_interval():
    ours = rate_ratio_corrected(*arrays(people([3, 0], [1, 2], [100, 0], [50, 50])), 0.95)
    assert ours.estimate == pytest.approx(3 / 100 / (3 / 100))
    assert np.isnan(ours.interval).all()


@pytest.mark.parametrize("days", ["equal", "unequal"])
def test_negative_binomial_is_r_s_and_statsmodels(days):
    counts = frame(days)
    ours, alpha = rate_ratio_negative_binomial(*arrays(counts), 0.95)
    wanted = R[days]["negative_binomial"]
    assert alpha == pytest.approx(wanted["alpha"], rel=1e-6)
    assert math.log(ours.estimate) == pytest.approx(wanted["log_ratio"], rel=1e-7)
    assert ours.std_error_log == pytest.approx(wanted["robust_se"], rel=1e-7)
    theirs = gee(counts, NegativeBinomial(alpha=alpha))
    assert (math.log(ours.estimate), ours.std_error_log) == pytest.approx(theirs, rel=1e-7)


@pytest.mark.parametrize("days", ["equal", "unequal"])
def test_the_likelihood_of_the_person_effect_is_its_integral(days):
    """Ours leaves out what does not depend on the three numbers, so differences are compared."""
    wanted, data = R[days]["random"], arrays(frame(days))
    ours = [within._log_likelihood(np.array(wanted[at]), *data) for at in ("at_other", "at")]
    assert ours[0] - ours[1] == pytest.approx(wanted["log_likelihood_other"] - wanted["log_likelihood"], rel=1e-9)


@pytest.mark.parametrize("days", ["equal", "unequal"])
def test_random_effects_are_r_s(days):
    ours, variance = within.rate_ratio_random_effects(*arrays(frame(days)), 0.95)
    wanted = R[days]["random"]
    assert math.log(ours.estimate) == pytest.approx(wanted["best"][1], abs=1e-6)
    assert variance == pytest.approx(math.exp(-wanted["best"][2]), rel=1e-5)
    assert ours.std_error_log == pytest.approx(wanted["se"], rel=1e-6)
    # a normal effect on the log scale is another model, and says nearly the same of the ratio
    normal = R[days]["normal_person_effect"]
    assert math.log(ours.estimate) == pytest.approx(normal["log_ratio"], abs=2e-4)
    assert ours.std_error_log == pytest.approx(normal["se"], rel=1e-3)


def test_slope_and_curvature_are_those_of_the_likelihood():
    data, x, step = arrays(frame("unequal")), np.array([-1.2, 0.3, 0.1]), 1e-5
    for axis in np.eye(3):
        rise = within._log_likelihood(x + step * axis, *data) - within._log_likelihood(x - step * axis, *data)
        assert within._slope(x, *data) @ axis == pytest.approx(rise / (2 * step), rel=1e-6)
        bend = (within._slope(x + step * axis, *data) - within._slope(x - step * axis, *data)) / (2 * step)
        assert within._curvature(x, *data) @ axis == pytest.approx(bend, rel=1e-6)


def test_people_who_differ_no_more_than_chance_have_poisson_s_ratio():
    # everybody has two before and one after
    ours, variance = within.rate_ratio_random_effects(*arrays(people([2] * 10, [1] * 10)), 0.95)
    assert variance == 0
    assert ours.estimate == pytest.approx(0.5)
    assert ours.std_error_log == pytest.approx(math.sqrt(1 / 20 + 1 / 10), **CLOSE)
    _, alpha = rate_ratio_negative_binomial(*arrays(people([2] * 10, [1] * 10)), 0.95)
    assert alpha == 0


def test_with_equal_days_all_models_have_one_estimate():
    table = rate_ratios(frame()).table
    assert table["estimate"].to_numpy() == pytest.approx(1948 / 1842, rel=1e-8)
    assert table["n_events"].eq(3790).all()


def test_shape_and_method():
    result = rate_ratios(frame("unequal"), conf_level=0.9)
    columns = [*ESTIMATE_COLUMNS, "measure", "interval", "events_before", "events_after"]
    assert result.table.columns.tolist() == columns
    assert result.table["term"].tolist() == list(TERMS)
    assert result.table["conf_level"].eq(0.9).all()
    assert result.method["conf_level"] == 0.9
    assert set(TERMS) <= set(result.method)
    assert (result.row("rate_ratio_exact")[["events_before", "events_after"]] == [1842, 1948]).all()


def test_who_informs_what():
    """Somebody without an event informs the rates of the group, not the ratio within people."""
    table = rate_ratios(people([2, 4, 1, 0, 3], [1, 2, 2, 0, 0], [100, 100, 100, 100, 0], 100).iloc[:4]).table
    assert table.set_index("term")["n"].to_dict() == dict(zip(TERMS, (3, 3, 4, 4, 4, 4), strict=True))


def test_bursts_are_told():
    bursty = rate_ratios(frame())
    check = bursty.check("independent_events")
    assert (check.passed, round(check.statistic, 2)) == (False, 3.25)
    assert "too narrow" in check.text
    assert bursty.check("overdispersion").statistic == pytest.approx(R["equal"]["negative_binomial"]["alpha"], rel=1e-6)
    calm = rate_ratios(people([2] * 30 + [1] * 30, [1] * 30 + [2] * 30))
    assert calm.check("independent_events").passed


def test_sentences_say_the_widest_of_both_intervals():
    ratio, finding, tier = (sentence.text for sentence in rate_ratios(frame()).text)
    assert ratio == (
        "Among 59 people with 3,790 recorded events, the rate per person-year at risk after was 1.06 (95% interval "
        "0.99 to 1.13) times the rate before, given each person's own total, and 1.06 (95% interval 0.85 to 1.31) "
        "times, allowing for some people having many."
    )
    assert finding == (
        "The recorded rate after could be lower by as much as 15%, or higher by as much as 31%: 1,800 people would be "
        "needed to tell which."
    )
    assert tier.startswith("Without a comparison group this is the weakest tier of evidence")


def test_a_table_of_pre_post_counts_and_a_frame_are_one():
    contact = pd.Timestamp("2023-03-01")
    who = pd.DataFrame({"person_id": ["a", "b", "c"], "first_contact": contact, "last_contact": contact})
    on = pd.to_datetime(["2023-01-05", "2023-01-06", "2023-02-01", "2023-03-09", "2023-02-02", "2023-02-03"])
    events = pd.DataFrame({"person_id": ["a", "a", "b", "b", "c", "c"], "on": on, "kind": "suspect"})
    table = pre_post_counts(
        who,
        events,
        kinds=["suspect"],
        before="90 days",
        after="60 days",
        as_of="2023-12-31",
        observed_from="2022-01-01",
    )
    ours = rate_ratios(table).table
    same = rate_ratios(people([2, 1, 2], [0, 1, 0], 90, 60)).table
    pd.testing.assert_frame_equal(ours, same)


def refused(counts, **choices):
    with pytest.raises(AnalysisError) as caught:
        rate_ratios(counts, **choices)
    return str(caught.value)


def test_refusals_come_all_at_once_and_quote_nobody():
    message = refused(pd.DataFrame({"befor": [1], "after": ["many"], "days_before": [3]}), conf_level=95)
    for part in (
        "conf_level: must lie between 0 and 1",
        "counts.before: there is no such column",
        "counts.days_after: there is no such column",
        "counts.after: holds VARCHAR, where numbers are needed",
    ):
        assert part in message
    wrong = people([-1, 2.5, 3, np.inf, 1], [1, np.nan, 2, 2, 0], [5, 5, 0, 5, 5], [-7, 5, 5, 5, 0])
    message = refused(wrong)
    for part in (
        "counts.before: is no count in 3 rows",
        "counts.after: is missing in 1 row",
        "counts.days_after: is no number of days in 1 row",
        "counts.before: counts events where there was no day at risk in 1 row",
    ):
        assert part in message
    assert "2.5" not in message


def test_unknown_days_are_refused_with_the_remedy():
    message = refused(people([1, 2], [1, 0], np.nan, 50))
    assert "the days before are unknown" in message
    assert "observed_from" in message
    assert "is missing in 1 row of 2" in refused(people([1, 2], [1, 0], [np.nan, 50], 50))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([0] * 40, [0] * 40),
        ([3], [1]),
        ([2] * 40, [1] * 40),
        ([2] * 40, [0] * 40),
        ([0] * 40, [1] * 40),
        ([3_000_000, 5, 1_000_000], [4, 5, 1_000_000]),
        ([], []),
    ],
)
def test_extremes_give_a_result_and_no_conclusion(before, after):
    result = rate_ratios(people(before, after).astype("int64"))
    assert len(result.table) == len(TERMS)
    assert result.check("evidence_level").passed is False
    text = " ".join(sentence.text for sentence in result.text)
    assert "nan" not in text
    assert "p = 0.000" not in text
    if len(before) < 30:
        assert "descriptive only" in text or "says nothing" in text
    assert protect(result, POLICIES["strict"]).suppressed is not None


def test_all_events_on_one_side_have_an_exact_limit_only():
    result = rate_ratios(people([2] * 40, [0] * 40))
    exact = result.row("rate_ratio_exact")
    # 0 of 80: the upper limit of the share is 1 - 0.025 ** (1 / 80)
    share = 1 - 0.025 ** (1 / 80)
    assert (exact["estimate"], exact["conf_low"]) == (0, 0)
    assert exact["conf_high"] == pytest.approx(share / (1 - share), rel=1e-9)
    assert result.table["conf_low"].isna().sum() == 5
    assert "rate_ratio_random_effects" in result.check("estimates_missing").text


def test_the_wall_hides_ratios_that_tell_few_events():
    # 4 events after: the ratio and all events would tell them
    few = protect(rate_ratios(people([1] * 96, [1] * 4 + [0] * 92)), POLICIES["strict"])
    assert few.table["estimate"].isna().all()
    assert few.text[0].text == "A rate ratio with both intervals cannot be shown."
    many = protect(rate_ratios(frame()), POLICIES["strict"])
    assert many.table["n"].eq(60).all()
    assert many.text[0].text.startswith("Among about 60 people with about 3,790 recorded events")


def test_few_people_behind_the_wall_are_descriptive_only():
    shown = protect(rate_ratios(frame(which=slice(0, 28))), POLICIES["strict"])
    assert shown.text[1].text == "With fewer than 30 people this is descriptive only: nothing is concluded."
    assert all("28" not in sentence.text for sentence in shown.text)


PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 3)), min_size=1, max_size=12)


@given(PAIRS)
@settings(max_examples=25, deadline=None)
def test_grouped_people_are_people_and_order_is_nothing(pairs):
    rows = [(before, after) for before, after, times in pairs for _ in range(times)]
    before, after = (np.array(side, float) for side in zip(*rows, strict=True))
    days, one = np.where(np.arange(len(rows)) % 2, 50.0, 90.0), np.ones(len(rows))
    cells = np.unique(np.column_stack([before, after, days]), axis=0, return_counts=True)
    grouped = (*cells[0].T[:2], np.full(len(cells[0]), 100.0), cells[0].T[2], cells[1].astype(float))
    alone = (before[::-1], after[::-1], one * 100.0, days[::-1], one)
    estimators = (
        rate_ratio_corrected,
        lambda *a: rate_ratio_negative_binomial(*a)[0],
        lambda *a: within.rate_ratio_random_effects(*a)[0],
        lambda *a: within.rate_ratio_fixed_effects(*a, rate_ratio_conditional(*a).estimate),
    )
    for estimator in estimators:
        ours, same = (estimator(*data, 0.95) for data in (grouped, alone))
        assert ours.estimate == pytest.approx(same.estimate, rel=1e-6, nan_ok=True)
        assert ours.std_error_log == pytest.approx(same.std_error_log, rel=1e-5, nan_ok=True)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
@settings(max_examples=30, deadline=None)
def test_a_direction_is_said_only_where_both_intervals_and_enough_people_allow_it(pairs):
    before, after = (np.array(side) for side in zip(*pairs, strict=True))
    n, nothing = len(pairs), np.zeros(len(pairs), np.int64)
    cells = Cells(before, after, nothing + 90.0, nothing + 90.0, nothing + 1, nothing, nothing, nothing)
    table = with_sides(table_of(list(_rows(cells, _fits(cells, 0.95)[0], 0.95))), cells)
    text = " ".join(sentence.text for sentence in _sentences(table, n, enough=n >= 30))
    both = table.set_index("term").loc[["rate_ratio_exact", "rate_ratio_corrected"]]
    assert ("rate after was lower" in text) == (n >= 30 and bool((both["conf_high"] < 1).all()))
    assert ("rate after was higher" in text) == (n >= 30 and bool((both["conf_low"] > 1).all()))
    assert "nan" not in text
    assert "weakest tier" in text
