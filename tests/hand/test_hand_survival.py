"""Survival worked by hand: each number is worked out beside the assertion."""

import math

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.survival import kaplan_meier, logrank, nelson_aalen, risk_table

SIX = pd.DataFrame({"days": [2, 3, 3, 5, 5, 7], "event": [1, 1, 0, 1, 0, 1]})


def column(result, name):
    return [float(value) for value in result.table[name]]


def test_risk_table():
    """Six people; at day 3 one event and one censoring, at day 5 the same."""
    table = risk_table(SIX, "days", "event").table
    #      time 0: all six; 2: six; 3: 6-1 = 5; 5: 5-2 = 3; 7: 3-2 = 1
    assert table.to_dict("list") == {
        "group": ["all"] * 5,
        "time": [0, 2, 3, 5, 7],
        "at_risk": [6, 6, 5, 3, 1],
        "entered": [0, 0, 0, 0, 0],
        "events": [0, 1, 1, 1, 1],
        "censored": [0, 0, 1, 1, 0],
    }


def test_kaplan_meier():
    """The person censored on the day of an event still counts as at risk for it."""
    result = kaplan_meier(SIX, "days", "event", conf_type="plain", times=[4, 5])
    # S(2) = 5/6; S(3) = 5/6 * 4/5 = 2/3; S(5) = 2/3 * 2/3 = 4/9; S(7) = 4/9 * 0/1 = 0
    assert column(result, "estimate") == pytest.approx([1, 5 / 6, 2 / 3, 4 / 9, 0])
    # Greenwood's sum of d / (Y (Y - d)): 1/30; + 1/20 = 1/12; + 1/6 = 1/4; then 1/0
    errors = [0, 5 / 6 * math.sqrt(1 / 30), 2 / 3 * math.sqrt(1 / 12), 4 / 9 * math.sqrt(1 / 4), math.nan]
    assert column(result, "std_error") == pytest.approx(errors, nan_ok=True)
    # plain at day 5: 4/9 -+ 1.96 * 2/9 = 0.0089 to 0.8800
    at_5 = result.parts["at_times"].row("at 5")
    assert (at_5["conf_low"], at_5["conf_high"]) == pytest.approx((0.0089, 0.8800), abs=5e-5)
    # day 4: still the value of day 3; two events so far; those at risk are the three of day 5
    at_4 = result.parts["at_times"].row("at 4")
    assert (at_4["estimate"], at_4["n"], at_4["n_events"], at_4["at_risk"]) == pytest.approx((2 / 3, 6, 2, 3))


def test_median_first_time_at_or_below_half():
    """S(5) = 4/9 is the first value at or below 1/2; three quarters have gone when S is 0, at day 7."""
    quantiles = kaplan_meier(SIX, "days", "event").parts["quantiles"]
    assert quantiles.row("median")["estimate"] == 5
    assert quantiles.row("quantile 0.75")["estimate"] == 7
    # S(3) = 2/3 is the first value at or below 3/4
    assert quantiles.row("quantile 0.25")["estimate"] == 3


def test_median_of_a_level_stretch_is_its_middle():
    """Four people without censoring: S = 3/4, 1/2, 1/4, 0. The curve is at 1/2 from day 4 to day 10."""
    people = pd.DataFrame({"days": [1, 4, 10, 12], "event": [1, 1, 1, 1]})
    assert kaplan_meier(people, "days", "event").parts["quantiles"].row("median")["estimate"] == (4 + 10) / 2
    # nobody after day 4 has the event: level at 1/2 until the last day anyone was observed, day 12
    ended = people.assign(event=[1, 1, 0, 0])
    assert kaplan_meier(ended, "days", "event").parts["quantiles"].row("median")["estimate"] == (4 + 12) / 2


def test_median_not_reached():
    """One of four has the event: S ends at 3/4."""
    people = pd.DataFrame({"days": [1, 4, 10, 12], "event": [1, 0, 0, 0]})
    assert math.isnan(kaplan_meier(people, "days", "event").parts["quantiles"].row("median")["estimate"])


@pytest.mark.parametrize(
    ("conf_type", "low", "high"),
    [
        # S = 0.8 (one event among five), Greenwood 1/20, se of log S 0.2236068, z * se = 0.4382613
        ("plain", 0.8 - 0.8 * 0.4382613, 1.0),  # 0.8 + 0.35 is over 1
        ("log", 0.8 / math.exp(0.4382613), 1.0),  # 0.8 * 1.55 is over 1
        # power exp(0.4382613 / log 0.8) = exp(-1.9640412) = 0.1402904 and its inverse
        ("log-log", 0.8 ** (1 / 0.1402904), 0.8**0.1402904),
        # odds 4; exp(0.4382613 / 0.2) = exp(2.1913065) = 8.9469: odds 0.4471 and 35.79
        ("logit", 0.4470833 / 1.4470833, 35.7876 / 36.7876),
        # angle asin(sqrt 0.8) = 1.1071487; 0.4382613 / 2 * sqrt(0.8 / 0.2) = 0.4382613
        ("arcsine", math.sin(1.1071487 - 0.4382613) ** 2, math.sin(1.1071487 + 0.4382613) ** 2),
    ],
)
def test_every_interval(conf_type, low, high):
    people = pd.DataFrame({"days": [1, 2, 2, 2, 2], "event": [1, 0, 0, 0, 0]})
    row = kaplan_meier(people, "days", "event", conf_type=conf_type).table.iloc[1]
    assert row["estimate"] == pytest.approx(0.8)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((low, high), rel=2e-5)


def test_nelson_aalen():
    """H = 1/6, + 1/5, + 1/3, + 1/1; variance 1/36, + 1/25, + 1/9, + 1."""
    result = nelson_aalen(SIX, "days", "event")
    steps = np.array([1 / 6, 1 / 5, 1 / 3, 1])
    assert column(result, "estimate") == pytest.approx([0, *np.cumsum(steps)])
    assert column(result, "std_error") == pytest.approx([0, *np.sqrt(np.cumsum(steps**2))])
    # log limits at day 2: 1/6 times or over exp(1.96 * (1/6) / (1/6)) = exp(1.959964) = 7.0990714
    assert result.table["conf_low"][1] == pytest.approx(1 / 6 / 7.0990714)
    assert result.table["conf_high"][1] == pytest.approx(1 / 6 * 7.0990714)


def test_late_entry_counts_after_its_day():
    """Who enters on day 3 is not at risk for the event of day 3."""
    people = pd.DataFrame({"entry": [0, 0, 3, 1], "days": [3, 6, 6, 5], "event": [1, 1, 0, 0]})
    table = risk_table(people, "days", "event", entry="entry").table
    # day 0: two there; day 1: the fourth enters (two at risk so far); day 3: 2 + 1 = 3 at risk, one event, one enters;
    # day 5: 3 - 1 + 1 = 3; day 6: 3 - 1 = 2
    assert list(table["time"]) == [0, 1, 3, 5, 6]
    assert list(table["at_risk"]) == [2, 2, 3, 3, 2]
    assert list(table["entered"]) == [0, 1, 1, 0, 0]
    result = kaplan_meier(people, "days", "event", entry="entry")
    # S(3) = 2/3, S(6) = 2/3 * 1/2
    assert column(result, "estimate") == pytest.approx([1, 1, 2 / 3, 2 / 3, 1 / 3])


def test_logrank():
    """Two people in each of two groups, one event a day.

    day  at risk x, y   expected in x       variance
    1    2, 2           2/4 = 1/2           (2/4)(2/4)                = 1/4
    2    1, 2           1/3                 (1/3)(2/3)                = 2/9
    3    0, 2           0                   0
    4    0, 1           0                   0

    Observed 2, expected 5/6, variance 17/36: chi-square (7/6)² / (17/36) = 49/17 = 2.8824.
    """
    people = pd.DataFrame({"days": [1, 2, 3, 4], "event": [1] * 4, "site": ["x", "x", "y", "y"]})
    result = logrank(people, "days", "event", "site")
    row = result.table.iloc[0]
    assert row["statistic"] == pytest.approx(49 / 17)
    assert (row["df"], row["n"], row["n_events"]) == (1, 4, 4)
    # chi-square with 1 degree: p = erfc(sqrt(x / 2))
    assert row["p_value"] == pytest.approx(math.erfc(math.sqrt(49 / 34)))
    assert list(result.parts["groups"].table["expected"]) == pytest.approx([5 / 6, 19 / 6])


def test_logrank_tied_events():
    """One day, two events among four: hypergeometric variance 2 * (2/4)(2/4) * (4 - 2) / (4 - 1) = 1/3.

    Both events in x: observed 2, expected 1, chi-square 1 / (1/3) = 3.
    """
    people = pd.DataFrame({"days": [1, 1, 2, 2], "event": [1, 1, 0, 0], "site": ["x", "x", "y", "y"]})
    assert logrank(people, "days", "event", "site").table["statistic"].iloc[0] == pytest.approx(3)


def test_logrank_strata_add_up():
    """The same four people in two strata: twice the excess, twice the variance, so twice the chi-square: 98/17."""
    people = pd.DataFrame({"days": [1, 2, 3, 4], "event": [1] * 4, "site": ["x", "x", "y", "y"]})
    both = pd.concat([people.assign(force="a"), people.assign(force="b")])
    result = logrank(both, "days", "event", "site", strata="force")
    assert result.table["statistic"].iloc[0] == pytest.approx(98 / 17)


def test_reverse_follow_up():
    """Follow-up of SIX: censorings at 3 (of 5 - 1 = 4 still without an event) and 5 (of 3 - 1 = 2).

    The reversed curve is 3/4 at day 3 and 3/4 * 1/2 = 3/8 at day 5, so the median follow-up is 5 days.
    """
    check = kaplan_meier(SIX, "days", "event").check("follow_up")
    assert check.statistic == 5
    assert check.text == "Median follow-up (reverse Kaplan-Meier, all groups together): 5 days."


def test_weights_count_people():
    """A row of weight 3 is three people: S(1) = (5 - 3) / 5."""
    people = pd.DataFrame({"days": [1, 2], "event": [1, 0], "copies": [3, 2]})
    table = kaplan_meier(people, "days", "event", weights="copies").table
    assert list(table["at_risk"]) == [5, 5, 2]
    assert list(table["estimate"]) == pytest.approx([1, 0.4, 0.4])
