"""Before and after worked by hand: each number is worked out beside the assertion."""

import math

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.offending import pre_post, pre_post_counts
from lvrn_eval.offending.conditional import rate_ratio_conditional
from lvrn_eval.offending.paired import mcnemar_exact, wilcoxon_signed_rank
from lvrn_eval.offending.proportions import clopper_pearson, exact_half, wilson
from lvrn_eval.offending.rates import garwood, rate_ratio_robust


def people(first, last):
    return pd.DataFrame(
        {"person_id": ["p"], "first_contact": [pd.Timestamp(first)], "last_contact": [pd.Timestamp(last)]}
    )


def events(*days, kind="suspect"):
    return pd.DataFrame({"person_id": "p", "on": pd.to_datetime(list(days)), "kind": kind})


def spells(*pairs):
    starts, ends = zip(*pairs, strict=True)
    return pd.DataFrame(
        {"person_id": "p", "starts_on": pd.to_datetime(list(starts)), "ends_on": pd.to_datetime(list(ends))}
    )


def row(*arguments, **named):
    named = {"kinds": ["suspect"], "as_of": "2024-12-31"} | named
    return pre_post_counts(*arguments, **named).to_pandas().iloc[0]


def floats(*values):
    return np.array(values, dtype=float)


def test_equal_windows_day_by_day():
    """Contacts from 1 to 31 March 2023; 28 days before are 1 to 28 February, 28 days after 1 to 28 April."""
    on = [
        "2023-01-31",  # outside: 29 days before
        "2023-02-01",  # before: the first of the 28 days
        "2023-02-28",  # before: the day before the first contact
        "2023-03-01",  # during: the day of the first contact
        "2023-03-31",  # during: the day of the last contact
        "2023-04-01",  # after: the day after the last contact
        "2023-04-28",  # after: the last of the 28 days
        "2023-04-29",  # outside
    ]
    found = row(people("2023-03-01", "2023-03-31"), events(*on), before="28 days", after="28 days")
    assert found[["before", "during", "after"]].tolist() == [2, 2, 2]
    assert found[["days_before", "days_during", "days_after"]].tolist() == [28, 31, 28]
    assert found["class"] == "unchanged"


def test_a_leap_day_is_a_day():
    """The 29 days before 1 March 2024 are 1 to 29 February; in 2023 they begin on 31 January."""
    leap = row(people("2024-03-01", "2024-03-01"), events("2024-01-31", "2024-02-29"), before="29 days")
    assert leap["before"] == 1
    plain = row(people("2023-03-01", "2023-03-01"), events("2023-01-31", "2023-02-28"), before="29 days")
    assert plain["before"] == 2
    # all of 2024 before 1 January 2025 is 366 days
    whole = row(
        people("2025-01-01", "2025-01-01"), events("2024-01-01"), as_of="2025-01-01", observed_from="2024-01-01"
    )
    assert (whole["days_before"], whole["days_during"], whole["days_after"]) == (366, 1, 0)


def test_both_ends_of_the_records_count():
    """Records from 1 January to 31 December 2024, one contact on 1 July: 182 days before, 183 after, 366 in all."""
    on = ["2023-12-31", "2024-01-01", "2024-12-31", "2025-01-01"]  # outside, before, after, outside
    found = row(people("2024-07-01", "2024-07-01"), events(*on), observed_from="2024-01-01")
    assert found[["before", "during", "after"]].tolist() == [1, 0, 1]
    # January to June 2024: 31 + 29 + 31 + 30 + 31 + 30 = 182
    # 2 July to December: 30 + 31 + 30 + 31 + 30 + 31 = 183
    assert found[["days_before", "days_during", "days_after"]].tolist() == [182, 1, 183]


def test_custody_is_merged_and_its_inner_days_leave():
    """Days at risk after 31 December 2023, up to 31 December 2024: 366, less the days strictly inside custody."""
    custody = spells(
        ("2024-01-01", "2024-01-10"), ("2024-01-10", "2024-01-20"),  # share a day: 1 to 20 January, 2 to 19 away: 18
        ("2024-02-01", "2024-02-02"),  # no day strictly between: 0
        ("2024-03-01", "2024-03-05"), ("2024-03-06", "2024-03-09"),  # share no day: 2 to 4 and 7 to 8 away: 3 + 2
        ("2024-04-01", "2024-04-30"), ("2024-04-05", "2024-04-06"),  # one inside the other: 2 to 29 away: 28
        ("2024-12-20", None),  # no release: 21 to 31 December away: 11
    )  # fmt: skip
    on = [
        "2024-01-01", "2024-01-20", "2024-03-05", "2024-03-06",  # days of reception and release: at risk
        "2024-01-10", "2024-04-06", "2024-12-31",  # inside a spell: left out
    ]  # fmt: skip
    given = (people("2023-12-31", "2023-12-31"), events(*on))
    found = row(*given, custody=custody)
    assert found["days_after"] == 366 - 18 - 0 - 3 - 2 - 28 - 11
    assert found["after"] == 4
    check = pre_post(*given, kinds=["suspect"], as_of="2024-12-31", custody=custody).check("events_in_custody")
    assert check.text == "3 events on days in custody left out with the day."


def test_custody_across_windows():
    """In custody from 27 February to 4 March, contacts 1 to 2 March, windows of 5 days each side (all of 2023)."""
    found = row(
        people("2023-03-01", "2023-03-02"),
        events("2023-02-28", "2023-03-01", "2023-03-03", "2023-03-04"),
        before="5 days",
        after="5 days",
        custody=spells(("2023-02-27", "2023-03-04")),
    )
    # away 28 February to 3 March: one day of 24 to 28 February, both programme days, one day of 3 to 7 March
    assert found[["days_before", "days_during", "days_after"]].tolist() == [5 - 1, 2 - 2, 5 - 1]
    # the events of 28 February, 1 and 3 March leave; that of 4 March, the day of release, stays
    assert found[["before", "during", "after"]].tolist() == [0, 0, 1]


def test_wilson():
    """8 of 13 at 95%: z = 1.959964, z² = 3.841459."""
    # centre 8/13 + 3.841459/26 = 0.763133
    # (8/13 * 5/13)/13 + 3.841459/676 = 0.023889, its root 0.154562, times z 0.302935
    # over 1 + 3.841459/13 = 1.295497: (0.763133 -+ 0.302935)/1.295497 = 0.35523 and 0.82290
    assert wilson(8, 13, 0.95) == pytest.approx((0.35523, 0.82290), abs=1e-5)


def test_clopper_pearson():
    """0 of 5: upper end u with (1 - u)^5 = 0.025; 12 of 13: published as 64.0 to 99.8%."""
    assert clopper_pearson(0, 5, 0.95) == pytest.approx((0, 1 - 0.025 ** (1 / 5)))
    # 12 of 13, upper end u: u^13 + ... leaves (chance of 13) = u^13 = 1 - 0.025, so u = 0.975^(1/13)
    assert clopper_pearson(12, 13, 0.95) == pytest.approx((0.63970, 0.975 ** (1 / 13)), abs=1e-5)


def test_sign_test():
    """12 of 13 fell: twice the chance of at most one head in 13 tosses, 2 * (1 + 13) / 8192."""
    assert exact_half(12, 13) == pytest.approx(28 / 8192)
    assert exact_half(2, 4) == 1


def test_signed_rank_with_ties_n_4():
    """Changes -1, -1, +1, -3: sizes 1, 1, 1, 3 have midranks 2, 2, 2, 4."""
    test = wilcoxon_signed_rank(np.array([-1, -1, 1, -3]), np.array([1, 1, 1, 1]))
    assert (test.rank_sum_positive, test.rank_sum_negative) == (2, 8)
    assert test.rank_biserial == (2 - 8) / 10
    # of 16 signings the positive sum is 0 once, 2 three times, 4 four times, ...: 4 of 16 are at most 2
    assert test.p_value == pytest.approx(2 * 4 / 16)


def test_signed_rank_with_ties_n_6_and_zeros():
    """Changes 0, 0, -2, -2, -5, -5, -5, +2: zeros go; sizes 2, 2, 2 have midrank 2, sizes 5, 5, 5 midrank 5."""
    test = wilcoxon_signed_rank(np.array([0, -2, -5, 2]), np.array([2, 2, 3, 1]))
    assert (test.n, test.n_zero) == (6, 2)
    assert (test.rank_sum_positive, test.rank_sum_negative) == (2, 2 * 2 + 3 * 5)
    # of 64 signings the positive sum is 0 once and 2 three times
    assert test.p_value == pytest.approx(2 * 4 / 64)


def test_mcnemar():
    """8 stopped, 1 began: the odds ratio is 1/8 and p twice the chance of at most one head in 9: 2 * 10 / 512."""
    ratio = mcnemar_exact(8, 1, 0.95)
    assert ratio.estimate == 1 / 8
    assert ratio.p_value == pytest.approx(20 / 512)
    # nobody began of 3: upper end of the share 1 - 0.025^(1/3) = 0.70760, as odds 2.4200
    assert mcnemar_exact(3, 0, 0.95).interval == pytest.approx((0, 0.70760 / 0.29240), rel=1e-4)
    # nobody stopped: no upper limit
    assert mcnemar_exact(0, 3, 0.95).estimate == math.inf
    assert mcnemar_exact(0, 3, 0.95).interval.high == math.inf


def test_garwood():
    """No event in a year: the upper end solves exp(-m) = 0.025."""
    assert garwood(0, 1, 0.95) == pytest.approx((0, -math.log(0.025)))
    # one event: lower end solves 1 - exp(-m) = 0.025; two years halve it
    assert garwood(1, 2, 0.95).low == pytest.approx(-math.log(0.975) / 2)


def test_exact_rate_ratio_of_one_ratio_of_days_is_clopper_pearson():
    """6 events in 400 days before, 1 in 200 after: of 7, one is after; the odds are ratio * 200/400."""
    found = rate_ratio_conditional(*(floats(value) for value in (6, 1, 400, 200, 1)), 0.95)
    assert found.estimate == pytest.approx((1 / 6) / (200 / 400))
    # lower end p of 1 of 7 solves 1 - (1 - p)^7 = 0.025
    low = 1 - 0.975 ** (1 / 7)
    assert found.interval.low == pytest.approx(low / (1 - low) / 0.5)
    # at a ratio of 1 an event is after with chance 1/3: P(A <= 1) = (2/3)^7 + 7/3 (2/3)^6 = 576/2187
    assert found.p_value == pytest.approx(2 * 576 / 2187)


def test_exact_rate_ratio_of_two_ratios_of_days():
    """One person with 100 and 100 days, an event after; one with 100 and 200 days, an event before."""
    found = rate_ratio_conditional(floats(0, 1), floats(1, 0), floats(100, 100), floats(100, 200), floats(1, 1), 0.95)
    # (1 + r)(1 + 2r) = 1 + 3r + 2r²; one expected after: r/(1+r) + 2r/(1+2r) = 1, so r² = 1/2
    assert found.estimate == pytest.approx(math.sqrt(1 / 2))
    # lower end: P(A >= 1) = 1 - 1/(1 + 3r + 2r²) = 0.025: 2r² + 3r = 1/39
    assert found.interval.low == pytest.approx((-3 + math.sqrt(9 + 8 / 39)) / 4)
    # upper end: (1 + 3r)/(1 + 3r + 2r²) = 0.025: 0.05 r² - 2.925 r - 0.975 = 0
    assert found.interval.high == pytest.approx((2.925 + math.sqrt(2.925**2 + 4 * 0.05 * 0.975)) / 0.1)
    # at r = 1 the chances of 0, 1, 2 are 1/6, 3/6, 2/6: both tails hold more than half
    assert found.p_value == 1


def test_robust_rate_ratio():
    """Two people, 100 days each side: 2 and 1 before, 0 and 1 after."""
    found = rate_ratio_robust(floats(2, 1), floats(0, 1), floats(100, 100), floats(100, 100), floats(1, 1), 0.95)
    assert found.estimate == pytest.approx(1 / 3)
    # influences (0 - 1/2) - (2/3 - 1/2) = -2/3 and (1 - 1/2) - (1/3 - 1/2) = 2/3: variance 8/9
    assert found.std_error_log == pytest.approx(math.sqrt(8 / 9))
    assert found.interval.high == pytest.approx(math.exp(math.log(1 / 3) + 1.959964 * math.sqrt(8 / 9)), rel=1e-6)
