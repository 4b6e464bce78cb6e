"""What the intervals of regression to the mean cover in made-up studies, as a row of the table in the documentation."""

import numpy as np
from regression_worlds import studies
from scipy.stats import chi2

from lvrn_eval.offending.kernels import gamma_poisson
from lvrn_eval.offending.kernels.gamma_poisson import fit
from lvrn_eval.offending.regression_to_mean_simulation import simulate
from lvrn_eval.offending.regression_to_mean_ways import by_earlier_window, by_pool, by_simulation, ratio_between

LEVEL = 0.95
RUNS = 1_000

WORLDS = {
    "Nothing changes": {},
    "Rates fall to 0.7": {"ratio": 0.7},
    "Rule of two events": {"least": 2, "triggered": 0.3, "years": (1.2, 2.0)},
    "A crisis before": {"crisis": 2.0},
}


def covered(found, truth):
    return found.interval.low <= truth <= found.interval.high


def model(cells, truth):
    """Return the estimate, and whether its interval holds the truth: the profile is above the line there."""
    histories = cells.histories
    log_ratio, best, nuisance = gamma_poisson._best(histories)
    fall = best - gamma_poisson._profile(histories, np.log(truth), start=nuisance)
    return np.exp(log_ratio), 2 * fall <= chi2.ppf(LEVEL, 1)


def row(world, n, runs=RUNS):
    """Return the medians and shares covered: naive, model, earlier window, pool."""
    choices = WORLDS[world]
    truth = choices.get("ratio", 1.0)
    nothing = {**choices, "ratio": 1.0, "triggered": 0.0, "crisis": 1.0}
    others = studies(runs, 2 * n, n + 1, **nothing)
    rows = []
    for cells, pool in zip(studies(runs, n, n, **choices), others, strict=True):
        naive = ratio_between(cells, "raw", "after", LEVEL)
        earlier, other = by_earlier_window(cells, LEVEL).left, by_pool(cells, pool, LEVEL).left
        ratio, held = model(cells, truth)
        rows.append(
            (naive.estimate, covered(naive, truth), ratio, held, earlier.estimate, covered(earlier, truth),
             other.estimate, covered(other, truth))
        )  # fmt: skip
    found = np.array(rows, dtype=float)
    return [
        float(value)
        for pair in zip(np.nanmedian(found[:, ::2], 0), found[:, 1::2].mean(0), strict=True)
        for value in pair
    ]


def unsteady(world, n, runs=RUNS):
    """Return the share of studies in which the before window is told apart from the earlier one."""
    changes = [
        ratio_between(cells.where(cells.met_without_both), "earlier", "before", LEVEL)
        for cells in studies(runs, n, n, **WORLDS[world])
    ]
    return float(np.mean([not covered(change, 1.0) for change in changes]))


def simulation_covers(world, n, runs, draws):
    """Return the share of studies whose simulated range holds the truth."""
    choices = WORLDS[world]
    truth = choices.get("ratio", 1.0)
    held = [
        covered(by_simulation(cells, simulate(cells, fit(cells.histories, LEVEL), draws, 1), LEVEL).left, truth)
        for cells in studies(runs, n, n, **choices)
    ]
    return float(np.mean(held))
