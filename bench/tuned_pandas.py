"""The same work in pandas by somebody who tunes it: ids as categories, people as positions, NumPy for the joins.

Read `plain_pandas` first. Nothing here is slow on purpose, and little of it is how people write pandas.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    SITES,
    TABLES,
    faults_of_columns,
    pseudonyms,
)


@dataclass
class Tables:
    """The five tables; `person` in each is the position of the person in `people`."""

    people: pd.DataFrame
    referrals: pd.DataFrame
    contacts: pd.DataFrame
    events: pd.DataFrame
    custody: pd.DataFrame


def read(folder: Path, key: bytes) -> Tables:
    """Read the files, check them and replace identifiers by pseudonyms."""
    frames = {name: _load(folder, name) for name in TABLES}
    people = frames["people"]
    people["birth_month"] = people.pop("birth_date").astype("datetime64[s]").to_numpy().astype("datetime64[M]")
    positions = pd.Index(people["person_id"])
    faults: list[str] = []
    if not positions.is_unique:
        faults.append("people.person_id: repeated")
    people["person"] = np.arange(len(people), dtype=np.int32)
    for name in ("referrals", "contacts", "events", "custody"):
        frame = frames[name]
        categories = frame["person_id"].cat
        of_category = positions.get_indexer(categories.categories).astype(np.int32)
        frame["person"] = np.where(categories.codes < 0, -1, of_category[categories.codes])
    for name, frame in frames.items():
        faults += _faults(name, frame, people["birth_month"].to_numpy())
    if faults:
        raise ValueError("\n".join(faults))
    whose = pd.Index(pseudonyms(people["person_id"], "person_id", key))
    for name, frame in frames.items():
        frame["person_id"] = pd.Categorical.from_codes(frame["person"], whose)
        if name in KEYS:
            frame[KEYS[name]] = np.arange(1, len(frame) + 1)
    staff = frames["contacts"]["staff_id"].cat
    hashed = pseudonyms(staff.categories, "staff_id", key)
    frames["contacts"]["staff_id"] = pd.Categorical.from_codes(staff.codes, hashed)
    return Tables(**frames)


def _load(folder: Path, name: str) -> pd.DataFrame:
    categories = [*CODED[name], *({"person_id", "staff_id"} if name != "people" else ())]
    table = pq.read_table(folder / f"{name}.parquet", read_dictionary=categories)
    return table.to_pandas(date_as_object=False, self_destruct=True)


def _faults(name: str, frame: pd.DataFrame, born: np.ndarray) -> list[str]:
    """Return what is wrong with one table, a line for each kind of fault."""
    wrong = dict(faults_of_columns(name, frame))
    if name in NOT_BEFORE_BIRTH:
        person, column = frame["person"].to_numpy(), NOT_BEFORE_BIRTH[name]
        wrong["person_id: not in people"] = person < 0
        wrong[f"{column}: before birth"] = (frame[column].to_numpy() < born[person]) & (person >= 0)
    return [f"{name}.{what}: {rows.sum():,} rows" for what, rows in wrong.items() if rows.any()]


def features(tables: Tables, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return one row per person: what the eligibility rules look at."""
    people, contacts, events = tables.people, tables.contacts, tables.events
    index = pd.RangeIndex(len(people))
    engaged = contacts.loc[(contacts["on"] <= as_of) & contacts["attended"], ["person", "site", "on", "role"]]
    dates = engaged.groupby("person")["on"].agg(["min", "max"]).reindex(index)
    counted = engaged.loc[engaged["role"].isin(["mentor", "coach"]), ["person", "on"]].drop_duplicates()
    on_last_day = engaged[engaged["on"].to_numpy() == dates["max"].to_numpy()[engaged["person"]]]
    in_order = on_last_day["site"].cat.set_categories(SITES, ordered=True)
    last_site = on_last_day.assign(site=in_order).sort_values(["person", "site"]).drop_duplicates("person")
    first = tables.referrals[tables.referrals["referred_on"] <= as_of]
    first = first.sort_values(["person", "referred_on", "referral_id"]).drop_duplicates("person").set_index("person")
    referred_on = first["referred_on"].reindex(index)
    before = events["on"].to_numpy() < dates["min"].to_numpy()[events["person"]]
    prior = events.loc[before & events["kind"].isin(QUALIFYING).to_numpy(), "person"]
    born = people["birth_month"]
    site = last_site.set_index("person")["site"].astype(object).reindex(index)
    site = site.fillna(first["site"].astype(object).reindex(index)).fillna("not_recorded")
    return pd.DataFrame(
        {
            "person_id": people["person_id"],
            "site": site,
            "sex": people["sex"],
            "ethnicity": people["ethnicity"],
            "district": people["district"],
            "referral_source": first["source"].reindex(index),
            "referred_on": referred_on,
            "age_at_referral": ((referred_on.dt.year - born.dt.year) * 12 + (referred_on.dt.month - born.dt.month))
            / 12,
            "first_contact": dates["min"],
            "last_contact": dates["max"],
            "mentor_contacts": np.bincount(counted["person"], minlength=len(people)),
            "prior_events": np.bincount(prior, minlength=len(people)),
            "n_records": np.bincount(contacts["person"], minlength=len(people)),
        }
    )


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
        by_site = left.groupby("site")["n_records"].agg(["size", "sum"])
        by_site.loc["all"] = by_site.sum()
        rows.append(by_site.assign(step=step))
    return pd.concat(rows).set_axis(["people", "records", "step"], axis="columns"), left


def pre_post_counts(cohort: pd.DataFrame, tables: Tables, kind: str, days: int, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return each person's events and days at risk in equal windows; people with a cut window are left out."""
    length = np.timedelta64(days, "D")
    windows = pd.DataFrame(
        {
            "person": cohort.index,
            "first": cohort["first_contact"].to_numpy(),
            "last": cohort["last_contact"].to_numpy(),
        }
    )
    windows["from"], windows["to"] = windows["first"] - length, windows["last"] + length
    windows = windows[(windows["from"] >= OBSERVED_FROM) & (windows["to"] <= as_of)].reset_index(drop=True)
    row_of = np.full(len(tables.people), -1)
    row_of[windows["person"]] = windows.index
    events = tables.events[["person", "on", "kind"]]
    row = row_of[events["person"]]
    wanted = (row >= 0) & (events["kind"] == kind).to_numpy()
    placed = _placed(windows, row[wanted], events["on"].to_numpy()[wanted])
    away = _away(tables.custody, row_of, as_of)
    held = placed.merge(away, on="row")
    held = held[(held["on"] >= held["away_from"]) & (held["on"] <= held["away_to"])]
    for period in ("before", "during", "after"):
        counts = [
            np.bincount(found.loc[found["period"] == period, "row"], minlength=len(windows)) for found in (placed, held)
        ]
        windows[period] = counts[0] - counts[1]
    return _classed(_exposed(windows, away))


def _placed(windows: pd.DataFrame, row: np.ndarray, on: np.ndarray) -> pd.DataFrame:
    """Return each event with its row in the windows and its period."""
    first, last = windows["first"].to_numpy()[row], windows["last"].to_numpy()[row]
    period = np.select(
        [on > windows["to"].to_numpy()[row], on > last, on >= first, on >= windows["from"].to_numpy()[row]],
        ["outside", "after", "during", "before"],
        "outside",
    )
    return pd.DataFrame({"row": row, "on": on, "period": pd.Categorical(period)})


def _away(custody: pd.DataFrame, row_of: np.ndarray, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the stretches of days not at risk: spells that share a day are one, and its first and last day count."""
    spells = pd.DataFrame({"row": row_of[custody["person"]], "start": custody["starts_on"], "end": custody["ends_on"]})
    spells["end"] = spells["end"].fillna(as_of + DAY)
    spells = spells[(spells["row"] >= 0) & (spells["start"] <= as_of)].sort_values(["row", "start", "end"])
    reached = spells.groupby("row")["end"].cummax().groupby(spells["row"]).shift()
    island = (~(spells["start"] <= reached)).cumsum()
    merged = spells.groupby(island).agg(row=("row", "first"), start=("start", "min"), end=("end", "max"))
    away = pd.DataFrame({"row": merged["row"], "away_from": merged["start"] + DAY, "away_to": merged["end"] - DAY})
    return away[away["away_to"] >= away["away_from"]]


def _exposed(windows: pd.DataFrame, away: pd.DataFrame) -> pd.DataFrame:
    """Return the windows with days at risk before, during and after."""
    spans = {
        "days_before": (windows["from"], windows["first"] - DAY),
        "days_during": (windows["first"], windows["last"]),
        "days_after": (windows["last"] + DAY, windows["to"]),
    }
    row = away["row"].to_numpy()
    for name, (start, end) in spans.items():
        first = np.maximum(away["away_from"].to_numpy(), start.to_numpy()[row])
        last = np.minimum(away["away_to"].to_numpy(), end.to_numpy()[row])
        lost = np.maximum((last - first) // DAY + 1, 0)
        days = ((end - start).dt.days + 1).to_numpy()
        windows[name] = days - np.bincount(row, weights=lost, minlength=len(windows)).astype(int)
    return windows


def _classed(windows: pd.DataFrame) -> pd.DataFrame:
    before, after = windows["before"], windows["after"]
    windows["class"] = np.select(
        [(before == 0) & (after == 0), after == 0, after < before, after == before],
        ["none_recorded", "desisted", "reduced", "unchanged"],
        "increased",
    )
    return windows
