"""What intervals of a case series and an event study cover, on made-up people, as the page says."""

from pathlib import Path

import numpy as np
import pytest

from lvrn_eval.designs.kernels.conditional_poisson import Segments, fit
from lvrn_eval.offending.kernels.gamma_interval import gamma_interval

pytestmark = pytest.mark.simulation

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "self-controlled-case-series.md"
RUNS = 1000
RATIOS = np.array([1.0, 1.5, 0.7, 0.8])
Z = 1.959964


def covered(people, at_a_time, seed=3):
    """Return how often the robust and the model-based interval of three ratios hold the truth."""
    rng = np.random.default_rng(seed)
    held = []
    for _ in range(RUNS):
        days = rng.integers(30, 400, (people, 4)).astype(float)
        rate = rng.gamma(1.5, 1, people)[:, None] / 365 / at_a_time
        events = rng.poisson(rate * days * RATIOS) * float(at_a_time)
        some = events.sum(axis=1) > 0
        n = int(some.sum())
        x = np.tile(np.eye(4)[:, 1:], (n, 1))
        found = fit(Segments(np.arange(n) * 4, x, days[some].ravel(), events[some].ravel(), np.ones(n)))
        away = np.abs(found.beta - np.log(RATIOS[1:]))
        held.append([away < Z * np.sqrt(np.diag(matrix)) for matrix in (found.robust, found.covariance)])
    return np.mean(held, axis=(0, 2))


def test_the_numbers_of_the_page():
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    single, together, few = covered(150, 1), covered(150, 3), covered(60, 1)
    assert f"the 95% intervals of `std_error` hold the truth in {single[0]:.1%}" in page
    assert f"in {together[0]:.1%}, and those of `std_error_model` in only {together[1]:.1%}" in page
    assert f"With 60 people the robust ones hold it in {few[0]:.1%}" in page


def test_events_that_come_one_by_one():
    robust, of_model = covered(300, 1)
    assert 0.93 <= robust <= 0.97
    assert 0.93 <= of_model <= 0.97


def test_events_that_come_three_at_a_time():
    robust, of_model = covered(300, 3)
    assert 0.93 <= robust <= 0.97
    # what the robust error is for
    assert of_model < 0.80


@pytest.mark.parametrize(("mean", "more"), [(2, 0.0), (5, 0.3), (20, 0.3), (20, 0.6)])
def test_gamma_interval_holds_at_least_its_level(mean, more):
    # clusters come as Poisson, and each goes on with one event more with this chance
    rng = np.random.default_rng(4)
    sums = []
    for clusters in rng.poisson(mean, 4 * RUNS):
        sizes = rng.geometric(1 - more, clusters)
        sums.append((sizes.sum(), (sizes**2).sum(), sizes.max(initial=0)))
    low, high = gamma_interval(*np.array(sums, float).T, 0.95)
    truth = mean / (1 - more)
    share = np.mean((low <= truth) & (truth <= high))
    assert 0.945 <= share <= 0.995
