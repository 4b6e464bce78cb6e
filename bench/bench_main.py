"""From files to attrition and pre/post counts: a million people, ten million events, beside plain pandas."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import plain_pandas
import tuned_pandas
from harness import Answer, Benchmark, Work

KEY = b"not a secret: these people are made up"
AS_OF = "2024-03-31"
COUNTS = ["before", "during", "after", "days_before", "days_during", "days_after"]


def prepare(options: argparse.Namespace, folder: Path) -> Path:
    """Make the people once; the same number of people is always the same files."""
    from lvrn_eval.records.synthetic import parquet_sources, synthesise

    data = folder / f"people-{options.people}"
    if not (data / "sources.yaml").exists():
        synthesise(data, people=options.people)
        (data / "sources.yaml").write_text(parquet_sources(), encoding="utf-8")
    return data


def with_lvrn_eval(data: Path) -> Iterator[str | Answer]:
    import duckdb  # noqa: F401 - what the work would import on the way
    import scipy.stats  # noqa: F401
    import sqlglot  # noqa: F401

    import lvrn_eval as lv
    from lvrn_eval import offending  # noqa: F401

    yield "imports"
    records = lv.read_records(data / "sources.yaml", "champions", key=KEY)
    yield "read"
    features = lv.engagement_features(records, as_of=AS_OF)
    cohort = (
        lv.Cohort(features, name="Champions")
        .require("Engaged twice", "mentor_contacts >= 2")
        .require(
            "Last active 6 to 12 months ago",
            "last_contact between as_of - interval 12 month and as_of - interval 6 month",
        )
        .require("Recorded before", "prior_events >= 1")
    )
    steps = cohort.attrition().table
    yield "eligibility"
    counts = lv.pre_post_counts(
        cohort, records.events, kinds=["suspect"], before="183 days", after="183 days", custody=records.custody,
        min_age=None,  # the others know nothing of age
    ).to_pandas()  # fmt: skip
    yield "counts"
    yield _answer(steps.rename(columns={"people_left": "people", "records_left": "records"}), counts)


def _with_pandas(module: Any) -> Work:
    def work(data: Path) -> Iterator[str | Answer]:
        yield "imports"
        as_of = pd.Timestamp(AS_OF)
        tables = module.read(data, KEY)
        yield "read"
        steps, cohort = module.attrition(module.features(tables, as_of), as_of)
        yield "eligibility"
        counts = module.pre_post_counts(cohort, tables, "suspect", 183, as_of)
        yield "counts"
        yield _answer(steps.rename_axis("group").reset_index(), counts)

    return work


def _answer(steps: pd.DataFrame, counts: pd.DataFrame) -> Answer:
    left = {
        f"{row.group}/{row.step}/{what}": float(getattr(row, what))
        for row in steps.itertuples()
        for what in ("people", "records")
        if getattr(row, what)
    }
    classes = counts["class"].value_counts()
    return {
        **left,
        **{f"class/{name}": float(people) for name, people in classes.items()},
        **{f"sum/{column}": float(counts[column].sum()) for column in COUNTS},
    }


BENCHMARKS = [
    Benchmark(
        "main",
        "From files to attrition and pre/post counts (the same checks, pseudonyms, rules, windows and custody)",
        {
            "lvrn_eval": with_lvrn_eval,
            "plain pandas": _with_pandas(plain_pandas),
            "pandas, tuned with NumPy": _with_pandas(tuned_pandas),
        },
        ("duckdb", "pandas", "numpy", "pyarrow"),
        prepare,
    )
]
