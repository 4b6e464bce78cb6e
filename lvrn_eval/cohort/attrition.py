"""Who was left out and why, from the raw input to the last rule; it always adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.engine import Step, literal, quoted
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.cohort.cohort import Cohort

COUNTS = ("people_left", "people_removed", "people_unknown", "records_left", "records_removed")


def attrition(cohort: Cohort) -> Result:
    """Return one row per group and step.

    ``group`` (``all`` or a site), ``step`` (0 is the raw input), ``label``, ``rule``, ``people_left``,
    ``people_removed``, ``people_unknown`` (of those removed, people for whom the rule could not be decided because a
    value is missing), ``records_left``, ``records_removed``.
    """
    steps = _steps(cohort)
    counts = _counts(cohort)
    groups = ["all", *_sites(cohort, counts)]
    rows = [_group(counts if group == "all" else counts[counts["site"] == group], group, steps) for group in groups]
    table = pd.concat(rows, ignore_index=True)
    overall = table[table["group"] == "all"]
    first, last = int(overall["people_left"].iloc[0]), int(overall["people_left"].iloc[-1])
    unknown = int(overall["people_unknown"].sum())
    return Result(
        name="attrition",
        title=f"Who was included: {cohort.name}",
        table=table,
        method={**cohort.method, "records": "rows of contacts, or rows of the frame that was given"},
        checks=(
            Check(
                "rules_decided",
                unknown == 0,
                f"For {unknown} people a rule could not be decided, because a value it needs is missing; "
                "they count as not meeting it."
                if unknown
                else "Every rule could be decided for every person.",
                counts=(unknown,) if unknown else (),
                instead="For some people a rule could not be decided; they count as not meeting it.",
            ),
        ),
        text=(Sentence(f"Of {first:,} people in the records, {last:,} are included.", (first, last)),),
        wording=_restate,
        count_columns=COUNTS,
        shape="counts",
        parts={"by_site": _by_site(table, cohort)} if len(groups) > 1 else {},
        figure="flow",
    )


def _by_site(table: pd.DataFrame, cohort: Cohort) -> Result:
    """Return the first and the last step of every site, side by side."""
    left = table[table["group"] != "all"].pivot_table(index="group", columns="step", values="people_left", sort=False)
    steps = sorted(left.columns)
    ends = pd.DataFrame(
        {
            "site": left.index.astype(str),
            "people_in_records": left[steps[0]].to_numpy(dtype=int),
            "people_included": left[steps[-1]].to_numpy(dtype=int),
        },
    )
    return Result(
        name="by_site",
        title=f"Who was included at each site: {cohort.name}",
        table=ends,
        method={"rules": len(cohort.requirements)},
        count_columns=("people_in_records", "people_included"),
        shape="counts",
    )


def _restate(result: Result) -> tuple[Sentence, ...]:
    """Return the sentence again, from counts that disclosure control has rounded or hidden."""
    left = result.table.loc[result.table["group"] == "all", "people_left"]
    first, last = (
        "fewer than can be shown" if pd.isna(n) else f"about {int(n):,}" for n in (left.iloc[0], left.iloc[-1])
    )
    return (Sentence(f"Of {first} people in the records, {last} are included."),)


def _steps(cohort: Cohort) -> list[tuple[str, str]]:
    steps = [("People in the records", ""), *((step.label, step.rule.text) for step in cohort.requirements)]
    if cohort.sampled is not None:
        sampled = cohort.sampled
        per = f" from each {sampled.per}" if sampled.per else ""
        steps.append((f"Sample of up to {sampled.n}{per}", f"order by md5(person_id, seed {sampled.seed})"))
    return steps


def _counts(cohort: Cohort) -> pd.DataFrame:
    """Return the small table of people, records and undecided by site and outcome."""
    columns = cohort.decided.columns
    home = cohort.engine.run(
        Step.load("lvrn_eval.cohort", "attrition.sql"),
        tables={"decided": cohort.decided},
        values={"limit": cohort.sampled.n if cohort.sampled else None},
        expressions={
            "site": quoted("site") if "site" in columns else literal("all"),
            "records": quoted("n_records") if "n_records" in columns else literal(1),
        },
    )
    counts = home.to_pandas()
    counts["site"] = counts["site"].fillna("not_recorded").astype(str)
    last = len(cohort.requirements) + 1
    # the sample is the step after the last rule; people still in at the end get a step nobody reaches
    survived = counts["failed_at"] == 0
    counts["removed_at"] = counts["failed_at"].mask(survived & counts["not_sampled"], last)
    counts["removed_at"] = counts["removed_at"].mask(survived & ~counts["not_sampled"], last + 1).astype(int)
    return counts


def _sites(cohort: Cohort, counts: pd.DataFrame) -> list[str]:
    if "site" not in cohort.decided.columns:
        return []
    return sorted(set(counts["site"]) | set(cohort.sites))


def _group(counts: pd.DataFrame, group: str, steps: list[tuple[str, str]]) -> pd.DataFrame:
    """Return one group's rows: what each step removed, and what was left after it."""
    numbers = range(len(steps))
    by_step = counts.groupby("removed_at")[["people", "undecided", "records"]].sum()
    removed = by_step.reindex(numbers, fill_value=0).astype(int)
    total = counts[["people", "records"]].sum().astype(int)
    return pd.DataFrame(
        {
            "group": group,
            "step": list(numbers),
            "label": [label for label, _ in steps],
            "rule": [rule for _, rule in steps],
            "people_left": (total["people"] - removed["people"].cumsum()).to_numpy(),
            "people_removed": removed["people"].to_numpy(),
            "people_unknown": removed["undecided"].to_numpy(),
            "records_left": (total["records"] - removed["records"].cumsum()).to_numpy(),
            "records_removed": removed["records"].to_numpy(),
        },
    )
