"""Made-up studies in which everybody keeps a rate of their own, for what the ways of regression to the mean cover."""

import numpy as np

from lvrn_eval.offending.regression_to_mean_counts import Cells

YEAR = 365.25
WINDOW, WASHOUT = 183, 30


def studies(runs, n, seed, *, ratio=1.0, triggered=0.5, years=(2.0, 4.0), mean=1.5, shape=0.8, least=1, crisis=1.0):
    """Yield the cells of studies of ``n`` people each.

    Rates are gamma with this mean a year and shape. A share of referrals is caused by an event: such people's rates are
    weighted by themselves, and the event lies in the washout. The rule asks for ``least`` events on record before.
    After windows are of 122 to 183 days, with rates times ``ratio``; ``crisis`` multiplies the rate in the before
    window and the washout.
    """
    rng = np.random.default_rng(seed)
    size = (runs, 4 * n)
    caused = rng.random(size) < triggered
    rate = rng.gamma(np.where(caused, shape + 1, shape), mean / shape / YEAR)
    rest = np.round(rng.uniform(*years, size) * YEAR) - WINDOW - WASHOUT
    after = rng.integers(122, 184, size)
    counts = {
        "washout": rng.poisson(rate * WASHOUT * crisis) + caused,
        "before": rng.poisson(rate * WINDOW * crisis),
        "earlier": rng.poisson(rate * WINDOW),
        "older": rng.poisson(rate * (rest - WINDOW)),
        "after": rng.poisson(rate * after * ratio),
    }
    met = sum(counts[name] for name in ("washout", "before", "earlier", "older")) >= least
    assert met.sum(axis=1).min() >= n
    first = np.argsort(~met, axis=1, kind="stable")[:, :n]
    chosen = {name: np.take_along_axis(values, first, 1) for name, values in counts.items()}
    days = {"rest": np.take_along_axis(rest, first, 1), "after": np.take_along_axis(after, first, 1)}
    late = rng.binomial(chosen["before"], (WINDOW - WASHOUT) / WINDOW)
    for run in range(runs):
        yield _cells(
            *({name: values[run] for name, values in both.items()} for both in (chosen, days)), late[run], least
        )


def _cells(counts, days, late, least):
    every = counts["washout"] + counts["before"] + counts["earlier"] + counts["older"]
    n = len(late)
    return Cells(
        needed=np.maximum(least - counts["washout"], 0).astype(float),
        met_without_before=every - counts["before"] >= least,
        met_without_earlier=every - counts["earlier"] >= least,
        met_without_both=every - counts["before"] - counts["earlier"] >= least,
        washout=counts["washout"].astype(float),
        raw=(counts["washout"] + late).astype(float),
        before=counts["before"].astype(float),
        earlier=counts["earlier"].astype(float),
        after=counts["after"].astype(float),
        days_washout=np.full(n, float(WASHOUT)),
        days_raw=np.full(n, float(WINDOW)),
        days_before=np.full(n, float(WINDOW)),
        days_earlier=np.full(n, float(WINDOW)),
        days_rest=days["rest"].astype(float),
        days_after=days["after"].astype(float),
        people=np.ones(n),
    )
