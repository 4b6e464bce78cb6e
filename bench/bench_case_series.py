"""The fit of a case series: periods and ages of people with events, beside statsmodels and R's gnm.

Everybody is given the same rows, one per person, period and age. A model with an effect for each person would need a
column each, which is why peers that fit one so (`glm`) are not here. statsmodels ends its search early: its ratios
agree to three digits.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from harness import IMPORTS, Answer, Benchmark

PEOPLE_FOR_ONE = 50
"""Peers take people one by one, so there are fewer than in the other benchmarks."""

PERIODS, AGES = 4, 3
TERMS = [f"period{code}" for code in range(1, PERIODS + 1)] + [f"age{code}" for code in range(1, AGES + 1)]
RATIOS = np.array([1.0, 2.2, 0.8, 0.7, 0.9])
BY_AGE = np.array([1.0, 1.3, 1.1, 0.7])

R = """
suppressMessages(library(gnm))
d <- read.csv(commandArgs(TRUE)[1])
d$person <- factor(d$person); d$period <- factor(d$period); d$age <- factor(d$age)
m <- gnm(events ~ period + age + offset(log(days)), eliminate = person, family = poisson, data = d, verbose = FALSE,
         tolerance = 1e-10)
found <- coef(m)[c(paste0("period", 1:4), paste0("age", 1:3))]
cat(paste0("{", paste0('"', names(found), '": ', format(found, digits = 15), collapse = ", "), "}"))
"""


def prepare(options: argparse.Namespace, folder: Path) -> Path:
    """Make the rows of people with an event, and keep them as CSV."""
    people = max(200, options.people // PEOPLE_FOR_ONE)
    made = folder / f"case_series_{people}.csv"
    if made.exists():
        return made
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    shape = (people, PERIODS + 1, AGES + 1)
    days = rng.integers(20, 500, shape) * (rng.random(shape) < 0.6)
    rate = rng.gamma(1.5, 0.5, people)[:, None, None] / 365
    events = rng.poisson(rate * days * RATIOS[:, None] * BY_AGE)
    kept = (days > 0) & (events.sum(axis=(1, 2)) > 0)[:, None, None]
    rows = np.column_stack([*np.nonzero(kept), days[kept], events[kept]])
    np.savetxt(made, rows, fmt="%d", delimiter=",", header="person,period,age,days,events", comments="")
    return made


def _read(data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return people, dummies of the terms, days and events."""
    person, period, age, days, events = np.loadtxt(data, delimiter=",", skiprows=1, dtype=np.int64).T
    levels = [period == code for code in range(1, PERIODS + 1)] + [age == code for code in range(1, AGES + 1)]
    return person, np.column_stack(levels).astype(float), days.astype(float), events.astype(float)


def with_ours(data: Path) -> Iterator[str | Answer]:
    from lvrn_eval.designs.kernels.conditional_poisson import Segments, fit

    person, x, days, events = _read(data)
    yield IMPORTS
    first = np.flatnonzero(np.diff(person, prepend=-1))
    found = fit(Segments(first, x, days, events, np.ones(first.size)))
    yield "fit, with both errors"
    yield dict(zip(TERMS, found.beta.tolist(), strict=True))


def with_statsmodels(data: Path) -> Iterator[str | Answer]:
    from statsmodels.discrete.conditional_models import ConditionalPoisson

    person, x, days, events = _read(data)
    yield IMPORTS
    found = ConditionalPoisson(events, x, groups=person, offset=np.log(days)).fit(disp=False)
    yield "fit"
    yield dict(zip(TERMS, np.asarray(found.params).tolist(), strict=True))


def with_gnm(data: Path) -> Iterator[str | Answer]:
    yield IMPORTS
    done = subprocess.run(["Rscript", "-e", R, str(data)], check=True, capture_output=True, text=True)
    yield "start R, read, fit"
    yield json.loads(done.stdout)


def _has_gnm() -> bool:
    if shutil.which("Rscript") is None:
        return False
    asked = ["Rscript", "-e", 'quit(status = !requireNamespace("gnm", quietly = TRUE))']
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0


BENCHMARKS = [
    Benchmark(
        "case-series",
        "Self-controlled case series: one row per person, period and age; 7 ratios",
        {
            "lvrn-eval": with_ours,
            "statsmodels ConditionalPoisson": with_statsmodels,
            **({"R gnm, with R's start": with_gnm} if _has_gnm() else {}),
        },
        ("numpy", "statsmodels"),
        prepare,
        tolerance=1e-3,
    )
]
