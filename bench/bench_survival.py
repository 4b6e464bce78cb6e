"""Kaplan-Meier with its interval in nine groups, and the log-rank test, beside lifelines and statsmodels.

Each first does the work on a few rows, uncounted, so that nobody's late imports count.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from harness import Answer, Benchmark, Work

AT = 365
FEW = 500


def prepare(options: argparse.Namespace, folder: Path) -> Path:
    """Make whole-day times over four years, about 45% of them events, in nine groups."""
    data = folder / f"times-{options.people}"
    if not (data / "times.parquet").exists():
        rng = np.random.default_rng(2024)
        group = rng.integers(0, 9, options.people)
        until = rng.exponential(1700 * (1 + group / 40), options.people)
        censored = rng.uniform(300, 1461, options.people)
        data.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(
            {
                "days": np.ceil(np.minimum(until, censored)).astype(np.int64),
                "event": (until <= censored).astype(np.int64),
                "site": np.array([f"trust_{letter}" for letter in "abcdefghi"])[group],
            }
        ).to_parquet(data / "times.parquet")
    return data


def _timed(do: Callable[[pd.DataFrame], Answer]) -> Work:
    def work(data: Path) -> Iterator[str | Answer]:
        frame = pd.read_parquet(data / "times.parquet")
        do(frame.head(FEW))
        yield "imports"
        answer = do(frame)
        yield "work"
        yield answer

    return work


def curves_with_lvrn_eval(frame: pd.DataFrame) -> Answer:
    import lvrn_eval as lv

    result = lv.survival.kaplan_meier(frame, time="days", event="event", by="site", times=[AT])
    shares = result.parts["at_times"].table
    return dict(zip(shares["group"], shares["estimate"], strict=True))


def curves_with_lifelines(frame: pd.DataFrame) -> Answer:
    from lifelines import KaplanMeierFitter

    fitted = {site: KaplanMeierFitter().fit(group["days"], group["event"]) for site, group in frame.groupby("site")}
    return {site: float(curve.predict(AT)) for site, curve in fitted.items()}


def curves_with_statsmodels(frame: pd.DataFrame) -> Answer:
    from statsmodels.duration.survfunc import SurvfuncRight

    fitted = {site: SurvfuncRight(group["days"], group["event"]) for site, group in frame.groupby("site")}
    return {
        site: float(curve.surv_prob[np.searchsorted(curve.surv_times, AT, side="right") - 1])
        for site, curve in fitted.items()
    }


def logrank_with_lvrn_eval(frame: pd.DataFrame) -> Answer:
    import lvrn_eval as lv

    return {"statistic": float(lv.survival.logrank(frame, time="days", event="event", by="site").table["statistic"][0])}


def logrank_with_lifelines(frame: pd.DataFrame) -> Answer:
    from lifelines.statistics import multivariate_logrank_test

    return {"statistic": float(multivariate_logrank_test(frame["days"], frame["site"], frame["event"]).test_statistic)}


def logrank_with_statsmodels(frame: pd.DataFrame) -> Answer:
    from statsmodels.duration.survfunc import survdiff

    columns = (frame[name].to_numpy() for name in ("days", "event", "site"))
    return {"statistic": float(survdiff(*columns)[0])}


PACKAGES = ("lifelines", "statsmodels", "numpy", "pandas")
BENCHMARKS = [
    Benchmark(
        "survival-curves",
        "Kaplan-Meier with interval in nine groups (statsmodels: without the interval)",
        {
            "lvrn_eval": _timed(curves_with_lvrn_eval),
            "lifelines": _timed(curves_with_lifelines),
            "statsmodels": _timed(curves_with_statsmodels),
        },
        PACKAGES,
        prepare,
        tolerance=1e-10,
    ),
    Benchmark(
        "survival-logrank",
        "Log-rank test of nine groups",
        {
            "lvrn_eval": _timed(logrank_with_lvrn_eval),
            "lifelines": _timed(logrank_with_lifelines),
            "statsmodels": _timed(logrank_with_statsmodels),
        },
        PACKAGES,
        prepare,
        tolerance=1e-8,
    ),
]
