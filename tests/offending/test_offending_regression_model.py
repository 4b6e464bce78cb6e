"""The gamma-Poisson model given the rule, against R (tests/reference/r/regression_to_mean) and exact probabilities."""

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from lvrn_eval.offending.kernels.gamma_poisson import Histories, expected_after, fit, log_likelihood
from lvrn_eval.offending.kernels.newton import maximise

REFERENCE = Path(__file__).parents[1] / "reference" / "r" / "regression_to_mean"
R = json.loads((REFERENCE / "answers.json").read_text())
COLUMNS = ("needed", "before", "after", "days_before", "days_after", "days_rest")


def histories(**columns):
    given = {name: np.atleast_1d(np.asarray(values, dtype=float)) for name, values in columns.items()}
    size = max(len(values) for values in given.values())
    given.setdefault("people", np.ones(size))
    return Histories(**{field.name: np.broadcast_to(given[field.name], size).copy() for field in fields(Histories)})


@pytest.fixture(scope="module")
def people():
    frame = pd.read_csv(REFERENCE / "people.csv")
    return histories(**{name: frame[name] for name in COLUMNS})


def only(given, rows):
    return Histories(*(getattr(given, field.name)[rows] for field in fields(Histories)))


@pytest.fixture(scope="module")
def fitted(people):
    return fit(people, 0.95)


def test_likelihood_at_its_greatest(people):
    at = (R["log_ratio"], np.array(R["log_rates"]), R["log_shape"])
    assert log_likelihood(people, *at) == pytest.approx(R["log_likelihood"], rel=1e-10)


def test_estimates(fitted):
    assert np.log(fitted.ratio) == pytest.approx(R["log_ratio"], abs=1e-5)
    np.testing.assert_allclose(fitted.log_rates, R["log_rates"], atol=1e-4)
    assert fitted.log_shape == pytest.approx(R["log_shape"], abs=1e-4)
    assert not fitted.at_boundary


def test_profile_interval_and_p_value(fitted):
    assert fitted.interval == pytest.approx(R["interval"], rel=1e-6)
    assert fitted.p_value == pytest.approx(R["p_value"], rel=1e-5)


@pytest.mark.parametrize("answer", R["integrals"])
def test_one_person_by_integrating_over_that_persons_rate(people, answer):
    at, one = R["at"], [answer["row"]]
    # a person alone is of one kind, so the rate of that kind is given
    rates = np.array(at["log_rates"])[[int(people.needed[one][0])]]
    alone = only(people, one)
    found = log_likelihood(alone, at["log_ratio"], rates, at["log_shape"])
    assert found == pytest.approx(answer["log_likelihood"], rel=1e-7)
    assert expected_after(alone, rates, at["log_shape"]) == pytest.approx(answer["expected"], rel=1e-7)


def test_without_rule_or_change_both_windows_are_one_count(people):
    """MASS::glm.nb on the total of both windows has the same rate and shape."""
    free = only(people, people.needed == 0)
    bounds = np.array([-12.0, -4.0]), np.array([0.0, 6.0])
    at, _ = maximise(lambda x: log_likelihood(free, 0.0, x[:1], float(x[1])), np.array([-5.0, 0.0]), bounds)
    assert at[0] == pytest.approx(R["glm_nb"]["log_rate"], abs=1e-6)
    assert np.exp(at[1]) == pytest.approx(R["glm_nb"]["shape"], rel=1e-5)


def test_equal_windows_without_rule_leave_recorded_over_expected():
    given = histories(needed=0, before=[0, 1, 2, 5, 9, 0], after=[1, 0, 2, 3, 4, 0], days_before=183, days_after=183,
                      days_rest=500)  # fmt: skip
    found = fit(given, 0.9)
    # the model's mean is that of the counts before, so 17 are expected; 10 were recorded
    assert found.ratio == pytest.approx(10 / found.expected, rel=1e-6)
    assert found.ratio == pytest.approx(10 / 17, rel=1e-6)


def test_a_maximum_beyond_the_bounds_is_found_at_them():
    """-(x - 3)^2 - (x - y)^2 is greatest at (3, 3); with x at most 1, at (1, 1); a cliff is stepped back from."""

    def value(at):
        x, y = at
        return -((x - 3) ** 2) - (x - y) ** 2 if x < 5 else -np.inf

    free, top = maximise(value, np.array([4.9, -9.0]), (np.full(2, -10.0), np.full(2, 10.0)))
    np.testing.assert_allclose([*free, top], [3, 3, 0], atol=1e-6)
    held, _ = maximise(value, np.zeros(2), (np.full(2, -10.0), np.array([1.0, 10.0])))
    np.testing.assert_allclose(held, [1, 1], atol=1e-6)


def exact_cells(needed, ratio, *, shape=0.9, rate=1.0, s=1.0, t=0.8, o=1.5):
    """Every pair of counts with the share of people who have it, by the distribution functions of another library."""
    before, after = (values.ravel() for values in np.meshgrid(np.arange(60), np.arange(60), indexing="ij"))
    beta = shape / rate

    def chance(size, days, rest):
        return nbinom(size, rest / (rest + days))

    share = chance(shape, s, beta).pmf(before) * chance(shape + before, ratio * t, beta + s).pmf(after)
    share *= chance(shape + before + after, o, beta + s + ratio * t).sf(needed - before - 1)
    share /= chance(shape, s + o, beta).sf(needed - 1)
    some = share > 1e-13
    before, after, share = before[some], after[some], share[some]
    return histories(needed=needed, before=before, after=after, days_before=s, days_after=t, days_rest=o, people=share)


@pytest.mark.parametrize("needed", [0, 1, 2])
@pytest.mark.parametrize("ratio", [1.0, 0.7])
def test_a_whole_population_gives_the_truth_back(needed, ratio):
    """With the exact share of people in every cell, nothing is left to chance."""
    cells = exact_cells(needed, ratio)
    assert cells.people.sum() == pytest.approx(1, abs=1e-9)
    cells = replace(cells, people=cells.people * 1_000)
    found = fit(cells, 0.95)
    assert found.ratio == pytest.approx(ratio, rel=1e-4)
    assert np.exp(found.log_rates[0]) == pytest.approx(1, rel=1e-4)
    assert np.exp(found.log_shape) == pytest.approx(0.9, rel=1e-3)
    # and the expectation for each person adds up to what happens with no effect
    assert found.expected * ratio == pytest.approx(float(cells.after @ cells.people), rel=1e-4)


def test_the_rule_left_out_would_mislead():
    """The same population without its rule: a ratio well below the truth, so the test above can fail."""
    cells = exact_cells(3, 1.0)
    assert fit(replace(cells, needed=cells.needed * 0, people=cells.people * 1_000), 0.95).ratio < 0.97


def test_nobody_with_an_event_after():
    found = fit(histories(needed=0, before=[1, 2, 0, 3], after=0, days_before=183, days_after=183, days_rest=0), 0.95)
    assert (found.ratio, found.interval.low) == (0, 0)
    assert 0 < found.interval.high < 1.5
    # given 6 events with equal windows, none after: the likelihood ratio against all six even is 2 * 6 log 2
    assert found.p_value == pytest.approx(0.0039, abs=0.0001)


def test_nothing_to_expect_from():
    nobody = histories(needed=0, before=[0, 0], after=[1, 0], days_before=183, days_after=183, days_rest=0)
    assert fit(nobody, 0.95) is None
    assert fit(replace(nobody, before=np.ones(2), days_after=np.zeros(2), after=np.zeros(2)), 0.95) is None


def test_people_all_alike_lie_at_the_end_of_what_can_be_told():
    alike = histories(needed=0, before=[2] * 40, after=[2] * 40, days_before=183, days_after=183, days_rest=0)
    found = fit(alike, 0.95)
    assert found.at_boundary
    assert found.ratio == pytest.approx(1, abs=1e-6)


counts = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 2)), min_size=8, max_size=25)


@given(counts)
@settings(max_examples=5, deadline=None)
def test_invariants(rows):
    """Neither the order of cells, nor how people are split among them, nor the unit of time, changes the answer."""
    before, after, needed = (np.array(values, dtype=float) for values in zip(*rows, strict=True))
    before[0], after[0] = 1, 1
    given = histories(needed=needed, before=before, after=after, days_before=183, days_after=150, days_rest=400)
    found = fit(given, 0.95)
    turned = fit(only(given, np.arange(len(rows))[::-1]), 0.95)
    doubled = fit(only(replace(given, people=given.people / 2), np.repeat(np.arange(len(rows)), 2)), 0.95)
    years = fit(replace(given, **{name: getattr(given, name) / 365.25 for name in COLUMNS[3:]}), 0.95)
    for other in (turned, doubled, years):
        assert other.ratio == pytest.approx(found.ratio, rel=1e-4)
        assert other.interval == pytest.approx(found.interval, rel=1e-3)
    assert found.interval.low <= found.ratio <= found.interval.high
