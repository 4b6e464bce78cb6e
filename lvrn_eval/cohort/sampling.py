"""What a sample reached of what was wanted, and how the sampled differ from all who were eligible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.cohort.cohort import ADDED, group_of
from lvrn_eval.engine import Step, literal, quoted
from lvrn_eval.errors import CohortError
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.cohort.cohort import Cohort, Sample

LARGE_DIFFERENCE = 0.1
"""Standardised mean differences above this are usually called imbalance (Austin 2009, Statistics in Medicine 28)."""

MOST_LEVELS = 20
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL")
DESCRIBED = ("term", "level", "eligible_n", "eligible", "spread", "selected_n", "selected", "selected_with")


def sampling(cohort: Cohort) -> Result:
    """Return one row per group and one for ``all``: ``group, wanted, eligible, reached, shortfall``.

    Raises
    ------
    CohortError
        When nothing was sampled.
    """
    sample = _sample(cohort, "sampling()")
    home = cohort.engine.run(
        Step.load("lvrn_eval.cohort", "sampling.sql"),
        tables={"decided": cohort.decided},
        values={"limit": sample.n},
        expressions={"per": group_of(sample.per) if sample.per else literal("all")},
    ).to_pandas()
    counts = home.set_index("group")
    # no quota is set for people whose group nobody wrote down, unless one of them is eligible
    counts = counts[(counts.index != "not_recorded") | (counts["eligible"] > 0)]
    if sample.per == "site":
        counts = counts.reindex(sorted(set(counts.index) | set(cohort.sites)), fill_value=0)
    counts = counts.sort_index().astype(int)
    wanted = sample.n * max(len(counts), 1)
    rows = counts.reset_index().assign(wanted=sample.n)
    overall = pd.DataFrame(
        {"group": ["all"], "eligible": [counts["eligible"].sum()], "reached": [counts["reached"].sum()]},
    ).assign(wanted=wanted)
    table = overall if sample.per is None else pd.concat([overall, rows], ignore_index=True)
    table["shortfall"] = table["wanted"] - table["reached"]
    table = table[["group", "wanted", "eligible", "reached", "shortfall"]]
    reached, short = int(table["reached"].iloc[0]), int((counts["reached"] < sample.n).sum())
    where = f", {short} of {len(counts)} by {sample.per} falling short" if sample.per and short else ""
    return Result(
        name="sampling",
        title=f"What the sample reached: {cohort.name}",
        table=table,
        method=cohort.method,
        checks=(
            Check(
                "quota_reached",
                reached == wanted,
                f"The sample reached {reached} of the {wanted} people wanted{where}.",
                counts=(reached, wanted - reached),
                instead="The sample reached all it wanted." if reached == wanted else "The sample fell short.",
            ),
        ),
        text=(Sentence(f"The sample reached {reached} of the {wanted} people wanted{where}.", (reached,)),),
        wording=_restate,
        count_columns=("eligible", "reached", "shortfall"),
        shape="counts",
    )


def _restate(result: Result) -> tuple[Sentence, ...]:
    """Return the sentence again, from counts that disclosure control has rounded or hidden."""
    overall = result.table[result.table["group"] == "all"].iloc[0]
    reached = overall["reached"]
    many = "fewer people than can be shown" if pd.isna(reached) else f"about {int(reached)}"
    return (Sentence(f"The sample reached {many} of the {int(overall['wanted'])} people wanted."),)


def balance(cohort: Cohort) -> Result:
    """Return one row per numeric feature and per level of each categorical one.

    ``estimate`` is the standardised mean difference: sampled minus eligible, over the standard deviation among the
    eligible. ``group`` is the level, ``selected`` and ``eligible`` the means or shares, ``n`` the sampled people with
    a value, ``n_events`` those at the level.

    Raises
    ------
    CohortError
        When nothing was sampled.
    """
    sample = _sample(cohort, "balance()")
    # the sample is even over `per` by design, so that is no feature to compare
    columns = {column: kind for column, kind in cohort.decided.columns.items() if column != sample.per}
    frames = [_describe(cohort, sample, column, kind) for column, kind in columns.items()]
    described = [frame for frame in frames if frame is not None]
    home = pd.concat(described, ignore_index=True) if described else pd.DataFrame(columns=list(DESCRIBED), dtype=float)
    spread = home["spread"].where(home["spread"] > 0)
    table = pd.DataFrame({column: pd.Series(pd.NA, index=home.index, dtype="Float64") for column in ESTIMATE_COLUMNS})
    table = table.assign(
        term=home["term"],
        group=home["level"].fillna(""),
        estimate=((home["selected"] - home["eligible"]) / spread).astype("Float64"),
        n=home["selected_n"].astype("Int64"),
        n_events=home["selected_with"].astype("Int64"),
        selected=home["selected"],
        eligible=home["eligible"],
    )
    large = int((table["estimate"].abs() > LARGE_DIFFERENCE).sum())
    return Result(
        name="balance",
        title=f"How the sampled differ from all who were eligible: {cohort.name}",
        table=table,
        method={**cohort.method, "difference": "sampled minus eligible, over the eligible's standard deviation"},
        checks=(
            Check(
                "sample_like_eligible",
                large == 0,
                f"{large} of {len(table)} features or levels differ by more than {LARGE_DIFFERENCE} standard "
                "deviations between the sampled and all who were eligible.",
            ),
        ),
        count_columns=("n", "n_events"),
        figure="balance",
    )


def _describe(cohort: Cohort, sample: Sample, column: str, kind: str) -> pd.DataFrame | None:
    """Return one feature's rows, or None for ids, dates and the columns the cohort added."""
    if column in {"person_id", *ADDED}:
        return None
    text = kind.startswith(("VARCHAR", "ENUM", "BOOLEAN"))
    if not text and not kind.removeprefix("U").startswith(NUMBERS):
        return None
    described = cohort.engine.run(
        Step.load("lvrn_eval.cohort", "balance_level.sql" if text else "balance_number.sql"),
        tables={"decided": cohort.decided},
        values={"term": column, "limit": sample.n},
        expressions={"feature": quoted(column)},
    )
    # free text would make a level of every person
    return None if len(described) > MOST_LEVELS or not len(described) else described.to_pandas()


def _sample(cohort: Cohort, wanted: str) -> Sample:
    if cohort.sampled is None:
        raise CohortError(f"cohort {cohort.name!r}: {wanted} needs a sample; call .sample(n, per=…, seed=…) first")
    return cohort.sampled
