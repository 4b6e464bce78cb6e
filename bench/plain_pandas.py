"""The main job's people-level work in plain pandas: what an analyst who knows pandas well would write.

Same files, same checks, same keyed pseudonyms, same rules, same windows and custody as `lvrn_eval`. Vectorised all
through; only the hashing is a loop, once for each distinct id, as pandas has no keyed hash.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from pandas_facts import (
    CODED,
    DAY,
    KEYS,
    NOT_BEFORE_BIRTH,
    OBSERVED_FROM,
    QUALIFYING,
    TABLES,
    faults_of_columns,
    pseudonyms,
)

Tables = dict[str, pd.DataFrame]


def read(folder: Path, key: bytes) -> Tables:
    """Read the files, check them and replace identifiers by pseudonyms."""
    tables = {name: _load(folder, name) for name in TABLES}
    people = tables["people"]
    people["birth_month"] = people.pop("birth_date").dt.to_period("M").dt.start_time
    born = people.set_index("person_id")["birth_month"]
    faults = [] if born.index.is_unique else ["people.person_id: repeated"]
    for name, table in tables.items():
        faults += _faults(name, table, born)
    if faults:
        raise ValueError("\n".join(faults))
    for name, table in tables.items():
        if name in KEYS:
            table[KEYS[name]] = np.arange(1, len(table) + 1)
    hashed = pd.Series(pseudonyms(people["person_id"], "person_id", key), index=people["person_id"])
    for table in tables.values():
        table["person_id"] = table["person_id"].map(hashed)
    staff = tables["contacts"]["staff_id"].dropna().unique()
    hashed = pd.Series(pseudonyms(staff, "staff_id", key), index=staff)
    tables["contacts"]["staff_id"] = tables["contacts"]["staff_id"].map(hashed)
    return tables


def _load(folder: Path, name: str) -> pd.DataFrame:
    # codes as categories: few values in many rows
    table = pq.read_table(folder / f"{name}.parquet", read_dictionary=list(CODED[name]))
    return table.to_pandas(date_as_object=False)


def _faults(name: str, table: pd.DataFrame, born: pd.Series) -> list[str]:
    """Return what is wrong with one table, a line for each kind of fault."""
    wrong = dict(faults_of_columns(name, table))
    if name in NOT_BEFORE_BIRTH:
        wrong["person_id: not in people"] = ~table["person_id"].isin(born.index)
        column = NOT_BEFORE_BIRTH[name]
        wrong[f"{column}: before birth"] = table[column] < table["person_id"].map(born)
    return [f"{name}.{what}: {rows.sum():,} rows" for what, rows in wrong.items() if rows.any()]


def features(tables: Tables, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return one row per person: what the eligibility rules look at."""
    people, contacts, events = tables["people"], tables["contacts"], tables["events"]
    engaged = contacts[(contacts["on"] <= as_of) & contacts["attended"]]
    dates = engaged.groupby("person_id")["on"].agg(first_contact="min", last_contact="max")
    counted = engaged.loc[engaged["role"].isin(["mentor", "coach"]), ["person_id", "on"]].drop_duplicates()
    latest = engaged[engaged["on"] == engaged["person_id"].map(dates["last_contact"])]
    latest = latest.astype({"site": str}).sort_values("site").drop_duplicates("person_id").set_index("person_id")
    first = tables["referrals"][tables["referrals"]["referred_on"] <= as_of]
    first = first.sort_values(["referred_on", "referral_id"]).drop_duplicates("person_id").set_index("person_id")
    qualifying = events[events["kind"].isin(QUALIFYING)]
    prior = qualifying[qualifying["on"] < qualifying["person_id"].map(dates["first_contact"])]
    frame = people.set_index("person_id").join(dates)
    frame["site"] = latest["site"]
    frame["site"] = frame["site"].fillna(first["site"].astype(str)).fillna("not_recorded")
    frame["referral_source"], frame["referred_on"] = first["source"], first["referred_on"]
    months = (frame["referred_on"].dt.year - frame["birth_month"].dt.year) * 12
    frame["age_at_referral"] = (months + frame["referred_on"].dt.month - frame["birth_month"].dt.month) / 12
    frame["mentor_contacts"] = counted.groupby("person_id").size()
    frame["prior_events"] = prior.groupby("person_id").size()
    frame["n_records"] = contacts.groupby("person_id").size()
    numbers = ["mentor_contacts", "prior_events", "n_records"]
    return frame.fillna(dict.fromkeys(numbers, 0)).astype(dict.fromkeys(numbers, int))


def attrition(people: pd.DataFrame, as_of: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return people and records left after each rule, per site and overall, and the people who are left."""
    last = people["last_contact"]
    rules = [
        people["mentor_contacts"] >= 2,
        last.between(as_of - pd.DateOffset(months=12), as_of - pd.DateOffset(months=6)),
        people["prior_events"] >= 1,
    ]
    left, rows = people, []
    for step, rule in enumerate([pd.Series(data=True, index=people.index), *rules]):
        left = left[rule.loc[left.index]]
        by_site = left.groupby("site")["n_records"].agg(people="size", records="sum")
        by_site.loc["all"] = by_site.sum()
        rows.append(by_site.assign(step=step))
    return pd.concat(rows), left


def pre_post_counts(cohort: pd.DataFrame, tables: Tables, kind: str, days: int, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return each person's events and days at risk in equal windows; people with a cut window are left out."""
    windows = cohort[["first_contact", "last_contact"]].set_axis(["first", "last"], axis="columns")
    windows["from"] = windows["first"] - pd.Timedelta(days=days)
    windows["to"] = windows["last"] + pd.Timedelta(days=days)
    windows = windows[(windows["from"] >= OBSERVED_FROM) & (windows["to"] <= as_of)]
    events = tables["events"]
    placed = events.loc[events["kind"] == kind, ["person_id", "on"]].merge(windows, on="person_id")
    placed["period"] = np.select(
        [
            placed["on"] > placed["to"],
            placed["on"] > placed["last"],
            placed["on"] >= placed["first"],
            placed["on"] >= placed["from"],
        ],
        ["outside", "after", "during", "before"],
        "outside",
    )
    away = _away(tables["custody"], windows, as_of)
    held = placed.reset_index().merge(away, on="person_id")
    held = held[held["on"].between(held["away_from"], held["away_to"])]
    counted = placed.drop(index=held["index"])
    counts = counted.pivot_table(index="person_id", columns="period", values="on", aggfunc="count", fill_value=0)
    periods = ["before", "during", "after"]
    counts = counts.reindex(index=windows.index, columns=periods, fill_value=0)
    return _classed(_exposed(windows.join(counts), away))


def _away(custody: pd.DataFrame, windows: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the stretches of days not at risk: spells that share a day are one, and its first and last day count."""
    spells = custody[custody["person_id"].isin(windows.index) & (custody["starts_on"] <= as_of)]
    spells = spells.fillna({"ends_on": as_of + DAY}).sort_values(["person_id", "starts_on", "ends_on"])
    reached = spells.groupby("person_id")["ends_on"].cummax().groupby(spells["person_id"]).shift()
    island = (~(spells["starts_on"] <= reached)).cumsum()
    merged = spells.groupby(island).agg(
        person_id=("person_id", "first"), starts_on=("starts_on", "min"), ends_on=("ends_on", "max")
    )
    away = merged.assign(away_from=merged["starts_on"] + DAY, away_to=merged["ends_on"] - DAY)
    return away.loc[away["away_to"] >= away["away_from"], ["person_id", "away_from", "away_to"]]


def _exposed(windows: pd.DataFrame, away: pd.DataFrame) -> pd.DataFrame:
    """Return the windows with days at risk before, during and after."""
    spans = {
        "days_before": (windows["from"], windows["first"] - DAY),
        "days_during": (windows["first"], windows["last"]),
        "days_after": (windows["last"] + DAY, windows["to"]),
    }
    for name, (start, end) in spans.items():
        stretch = away.join(pd.DataFrame({"start": start, "end": end}), on="person_id")
        first = stretch[["away_from", "start"]].max(axis="columns")
        last = stretch[["away_to", "end"]].min(axis="columns")
        lost = ((last - first).dt.days + 1).clip(lower=0).groupby(stretch["person_id"]).sum()
        windows[name] = (end - start).dt.days + 1 - lost.reindex(windows.index, fill_value=0)
    return windows


def _classed(windows: pd.DataFrame) -> pd.DataFrame:
    before, after = windows["before"], windows["after"]
    windows["class"] = np.select(
        [(before == 0) & (after == 0), after == 0, after < before, after == before],
        ["none_recorded", "desisted", "reduced", "unchanged"],
        "increased",
    )
    return windows
