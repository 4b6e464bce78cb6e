"""Events counted in each person's windows, and people drawn again for intervals, beside pandas, SciPy and R.

The windows have ten events a person, so a million people have ten million. R's data.table takes part where it is
installed; it runs in a process of its own, whose memory the harness does not see.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from harness import Answer, Benchmark

EVENTS_EACH = 10
DAYS = 365
FIRST, LAST = (np.datetime64(day, "D") for day in ("2018-01-01", "2024-03-31"))
DRAWN = 10_000
DRAWS = 2000
SCRIPT = Path(__file__).with_name("before_after_peer.R")


def prepare(options: argparse.Namespace, folder: Path) -> Path:
    """Write people and events, as Parquet and, for R, as plain columns of days since 1970."""
    data = folder / f"before_after_{options.people}"
    if (data / "done").exists():
        return data
    data.mkdir(parents=True, exist_ok=True)
    generator, n = np.random.default_rng(2024), options.people
    first = FIRST + generator.integers(500, 1200, n)
    people = pd.DataFrame({"person_id": np.arange(n), "first_contact": first})
    people["last_contact"] = people["first_contact"] + pd.to_timedelta(generator.integers(0, 300, n), unit="D")
    rows = n * EVENTS_EACH
    on = FIRST + generator.integers(0, int((LAST - FIRST).astype(int)), rows)
    events = pd.DataFrame({"person_id": generator.integers(0, n, rows), "on": on})
    events["kind"] = np.where(generator.random(rows) < 0.7, "suspect", "victim")
    for name, frame in (("people", people), ("events", events)):
        frame.to_parquet(data / f"{name}.parquet")
        for column in frame.columns:
            days = np.issubdtype(frame[column].dtype, np.datetime64)
            values = frame[column].to_numpy("datetime64[D]").astype("i4") if days else frame[column].eq("suspect")
            values = frame[column] if column == "person_id" else values
            np.asarray(values, "<i4").tofile(data / f"{name}.{column}")
    (data / "done").touch()
    return data


def windows_with_lvrn_eval(data: Path) -> Iterator[str | Answer]:
    import pyarrow.parquet as pq

    from lvrn_eval.offending.counting import grouped
    from lvrn_eval.offending.pre_post import pre_post_counts

    yield "imports"
    people, events = (pq.read_table(data / f"{name}.parquet") for name in ("people", "events"))
    yield "read"
    window, last, first = f"{DAYS} days", str(LAST), str(FIRST)
    counts = pre_post_counts(
        people, events, kinds=["suspect"], before=window, after=window, as_of=last, observed_from=first
    )
    cells = grouped(counts)
    yield "count"
    yield {
        "people": cells.count(),
        "before": cells.total(cells.before),
        "after": cells.total(cells.after),
        "some_before": cells.count(cells.before > 0),
        "fewer": cells.count(cells.after < cells.before),
    }


def windows_with_pandas(data: Path) -> Iterator[str | Answer]:
    yield "imports"
    people, events = (pd.read_parquet(data / f"{name}.parquet") for name in ("people", "events"))
    yield "read"
    whole = (people["first_contact"] - pd.Timedelta(days=DAYS) >= pd.Timestamp(FIRST)) & (
        people["last_contact"] + pd.Timedelta(days=DAYS) <= pd.Timestamp(LAST)
    )
    people = people[whole]
    joined = events[events["kind"] == "suspect"].merge(people, on="person_id")
    before = (joined["first_contact"] - joined["on"]).dt.days.between(1, DAYS)
    after = (joined["on"] - joined["last_contact"]).dt.days.between(1, DAYS)
    sums = pd.DataFrame({"before": before, "after": after}).groupby(joined["person_id"]).sum()
    counts = sums.reindex(people["person_id"], fill_value=0)
    yield "count"
    yield {
        "people": len(counts),
        "before": float(counts["before"].sum()),
        "after": float(counts["after"].sum()),
        "some_before": int((counts["before"] > 0).sum()),
        "fewer": int((counts["after"] < counts["before"]).sum()),
    }


def windows_with_data_table(data: Path) -> Iterator[str | Answer]:
    yield "imports"
    bounds = [str(int(day.astype(int))) for day in (FIRST, LAST)]
    command = ["Rscript", str(SCRIPT), str(data), str(DAYS), *bounds]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    yield "read and count, with the start of R"
    yield {name: float(value) for name, value in json.loads(done.stdout).items()}


def has_data_table() -> bool:
    """Say whether R and what the script needs are there."""
    if shutil.which("Rscript") is None:
        return False
    asked = "quit(status = !all(sapply(c('data.table', 'jsonlite'), requireNamespace, quietly = TRUE)))"
    return subprocess.run(["Rscript", "-e", asked], check=False, capture_output=True).returncode == 0


def prepare_counts(options: argparse.Namespace, folder: Path) -> Path:
    """Write ten thousand people's counts, with days of their own, whatever the number of people asked for."""
    del options
    path = folder / "before_after_counts.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(7)
    level, days = generator.gamma(0.7, 2.0, DRAWN), generator.integers(183, 366, DRAWN)
    counts = {
        "before": generator.poisson(level),
        "after": generator.poisson(0.8 * level * days / DAYS),
        "days_before": np.full(DRAWN, DAYS),
        "days_after": days,
    }
    pd.DataFrame(counts).to_parquet(path)
    return path


def drawn_with_lvrn_eval(data: Path) -> Iterator[str | Answer]:
    from lvrn_eval.offending.bootstrap import bootstrap_rates

    counts = pd.read_parquet(data)
    bootstrap_rates(counts.head(50), draws=100)
    yield "imports"
    row = bootstrap_rates(counts, draws=DRAWS, seed=1).row("rate_ratio")
    yield "draw"
    yield {"ratio": row["estimate"], "std_error": row["std_error"]}


def drawn_with_pandas(data: Path) -> Iterator[str | Answer]:
    counts = pd.read_parquet(data)
    yield "imports"

    def log_ratio(frame: pd.DataFrame) -> float:
        total = frame.sum()
        return float(np.log(total["after"] / total["days_after"]) - np.log(total["before"] / total["days_before"]))

    draws = [log_ratio(counts.sample(frac=1, replace=True, random_state=seed)) for seed in range(DRAWS)]
    yield "draw"
    yield {"ratio": float(np.exp(log_ratio(counts))), "std_error": float(np.std(draws, ddof=1))}


def drawn_with_scipy(data: Path) -> Iterator[str | Answer]:
    from scipy.stats import bootstrap

    columns = tuple(pd.read_parquet(data).to_numpy(float).T)
    yield "imports"

    def log_ratio(*parts: np.ndarray, axis: int = -1) -> np.ndarray:
        before, after, days_before, days_after = (part.sum(axis=axis) for part in parts)
        return np.log(after / days_after) - np.log(before / days_before)

    generator = np.random.default_rng(1)
    found = bootstrap(columns, log_ratio, paired=True, vectorized=True, n_resamples=DRAWS, batch=100, rng=generator)
    yield "draw"
    yield {"ratio": float(np.exp(log_ratio(*columns))), "std_error": float(found.standard_error)}


PEERS = {"data.table (R)": windows_with_data_table} if has_data_table() else {}

BENCHMARKS = [
    Benchmark(
        "windows",
        f"count {EVENTS_EACH} events a person in {DAYS} days before and after",
        {"lvrn-eval": windows_with_lvrn_eval, "pandas": windows_with_pandas, **PEERS},
        ("duckdb", "pandas"),
        prepare,
    ),
    Benchmark(
        "bootstrap",
        f"{DRAWS} draws of {DRAWN} people whose days differ, with BCa limits (pandas: draws only)",
        {"lvrn-eval": drawn_with_lvrn_eval, "pandas, in a loop": drawn_with_pandas, "SciPy": drawn_with_scipy},
        ("numpy", "pandas", "scipy"),
        prepare_counts,
        # other draws: their standard error is uncertain by a few per cent
        tolerance=0.1,
    ),
]
