"""The tests behind the four diagnostics: against R, by enumeration, and on series in which each is broken."""

import json
import math
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.designs import case_series
from lvrn_eval.designs.kernels.conditional_poisson import Segments
from lvrn_eval.designs.kernels.diagnostics import bunched, monthly_ratio, outside

R = json.loads((Path(__file__).parents[1] / "reference" / "r" / "case_series" / "case_series.json").read_text())
ASKED = {
    "kinds": ["suspect"], "pre_referral": "90 days", "observed_from": "2018-01-01", "as_of": "2022-12-31"
}  # fmt: skip
START = pd.Timestamp("2018-01-01")


@pytest.mark.parametrize(("name", "largest"), [("away", 1.10), ("away_half", 1.05)])
def test_monthly_ratio_against_r(name, largest):
    months = R["months"]
    found = monthly_ratio(np.array(months["observed"], float), np.array(months["expected"]), largest)
    assert found.statistic == pytest.approx(months[name][0], rel=1e-6)
    assert found.p_value == pytest.approx(months[name][1], rel=1e-6)


def test_monthly_ratio_of_uneven_months_against_r():
    months = R["months"]
    uneven = np.array(months["expected"]) * np.resize([0.6, 1.5], len(months["expected"]))
    found = monthly_ratio(np.array(months["observed"], float), uneven, 1.10)
    assert [found.statistic, found.p_value] == pytest.approx(months["uneven"], rel=1e-6)


def test_one_month_says_nothing_about_time():
    assert math.isnan(monthly_ratio(np.array([3.0, 0.0]), np.array([3.0, 0.0]), 1.1).statistic)


def test_a_ratio_on_its_bound_is_as_likely_outside_as_not():
    assert outside(math.log(1.25), 0.2, 0.8, 1.25) == pytest.approx((1.25, 0.5))
    # one and a half and 1.96 standard errors beyond the upper and the lower bound
    assert outside(math.log(1.25) + 0.3, 0.2, 0.8, 1.25).p_value == pytest.approx(0.0668072, rel=1e-6)
    assert outside(math.log(0.5) - 0.196, 0.1, 0.5, 2.0).p_value == pytest.approx(0.0249979, rel=1e-6)


def test_spread_has_the_mean_and_variance_of_every_way_events_can_fall():
    share, n = np.array([0.2, 0.3, 0.5]), 4
    ways = np.array([way for way in product(range(n + 1), repeat=3) if sum(way) == n])
    chance = np.array([math.factorial(n) / np.prod([math.factorial(k) for k in way]) for way in ways])
    chance = chance * np.prod(share**ways, axis=1)
    pearson = ((ways - n * share) ** 2 / (n * share)).sum(axis=1)
    mean, variance = chance @ pearson, chance @ pearson**2 - (chance @ pearson) ** 2
    way = ways[11]
    rows = Segments(np.array([0]), np.zeros((3, 0)), np.ones(3), way.astype(float), np.ones(1))
    found = bunched(rows, share)
    assert found.statistic == pytest.approx(pearson[11] / mean, rel=1e-12)
    z = (pearson[11] - mean) / math.sqrt(variance)
    assert found.p_value == pytest.approx(0.5 * math.erfc(z / math.sqrt(2)), rel=1e-10)


def test_people_with_one_event_say_nothing_about_independence():
    rows = Segments(np.array([0]), np.zeros((2, 0)), np.ones(2), np.array([1.0, 0.0]), np.ones(1))
    assert math.isnan(bunched(rows, np.array([0.5, 0.5])).statistic)


def made(seed, n=300, rate=1.0, times=1, still=None, drop=None):
    """Make people and events at one rate for ever: every event ``times`` on one day, none for ``still`` or ``drop``."""
    rng = np.random.default_rng(seed)
    referred = START + pd.to_timedelta(rng.integers(600, 1100, n), unit="D")
    people = pd.DataFrame({"person_id": np.arange(n), "referred_on": referred, "first_contact": referred,
                           "last_contact": referred + pd.Timedelta(days=120)})  # fmt: skip
    counts = rng.poisson(rate / times * 5, n)
    who = np.repeat(np.arange(n), counts * times)
    day = np.repeat(rng.integers(0, 1826, counts.sum()), times)
    kept = np.ones(day.size, bool)
    if still is not None:
        kept &= ~((day >= still[0]) & (day < still[1]))
    if drop is not None:
        kept &= (day < 1826 - 30) | (rng.random(day.size) < drop)
    events = pd.DataFrame({"person_id": who, "on": START + pd.to_timedelta(day, unit="D"), "kind": "suspect"})
    return people, events[kept]


def verdicts(result):
    names = ("events_rare_or_independent", "pre_referral_rate", "end_of_observation", "time_modelled")
    return {name: result.check(name).passed for name in names}


def test_all_hold_where_nothing_is_broken():
    result = case_series(*made(1), **ASKED)
    assert verdicts(result) == dict.fromkeys(verdicts(result), True)
    assert str(result.text[-1]).startswith("A person is compared with themselves")
    assert not any("does not hold" in str(sentence) for sentence in result.text)


def test_events_that_come_three_at_a_time_are_told():
    result = case_series(*made(2, times=3), **ASKED)
    check = result.check("events_rare_or_independent")
    assert check.passed is False
    assert check.statistic > 1.5
    assert "bunch together" in check.text


def test_rare_events_need_not_be_independent():
    result = case_series(*made(3, n=4000, rate=0.02), **ASKED)
    check = result.check("events_rare_or_independent")
    assert check.passed is True
    assert check.text.startswith("Events are rare: ")
    assert check.statistic < 0.10


def test_an_end_without_records_is_told_and_nothing_is_concluded():
    result = case_series(*made(4, n=900, drop=0.1), **ASKED)
    assert result.check("end_of_observation").passed is False
    assert result.check("end_of_observation").statistic < 0.5
    assert any(str(text).startswith("No conclusion about change is drawn") for text in result.text)


def test_a_still_year_is_told_and_bands_mend_it():
    people, events = made(5, still=(500, 800))
    result = case_series(people, events, **ASKED)
    assert result.check("time_modelled").passed is False
    assert any(str(text).startswith("No conclusion about change is drawn") for text in result.text)
    days = [(START + pd.Timedelta(days=day)).date() for day in (500, 800)]
    mended = case_series(people, events, calendar_bands=days, **ASKED)
    assert mended.check("time_modelled").passed is True


def test_few_people_are_not_judged():
    result = case_series(*made(6, n=20, rate=2.0), **ASKED)
    assert verdicts(result) == dict.fromkeys(verdicts(result), None)
    texts = [str(text) for text in result.text]
    assert any("this is descriptive only: nothing is concluded" in text for text in texts)
    assert not any(" was lower by" in text or " was higher by" in text or "could be lower" in text for text in texts)
