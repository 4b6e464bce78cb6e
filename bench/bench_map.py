"""From files to observations: check a million people and ten million records, and map the Champions indicators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import plain_pandas
from bench_main import AS_OF, KEY, prepare
from harness import Answer, Benchmark
from pandas_facts import QUALIFYING

FRAMEWORK = Path(__file__).parents[1] / "outcomes_framework.yaml"
INDICATORS = (
    "champions_desistance", "champions_fewer_suspect_events", "champions_repeat_engagement",
    "champions_people_supported", "champions_referrals", "champions_mentors", "champions_sites",
    "champions_youngest_age", "champions_oldest_age",
)  # fmt: skip
"""All but those of the review, since nobody is put forward in these files."""


def with_lvrn_eval(data: Path) -> Iterator[str | Answer]:
    import duckdb  # noqa: F401 - what the work would import on the way
    import scipy.special  # noqa: F401
    import sqlglot  # noqa: F401

    import lvrn_eval as lv
    from lvrn_eval.framework.mapping import map_outcomes

    yield "imports"
    records = lv.read_records(data / "sources.yaml", "champions", key=KEY)
    yield "check"
    found = map_outcomes(records, lv.load_framework(FRAMEWORK), indicators=INDICATORS, as_of=AS_OF).once()
    yield "map"
    start = found["period_start"].dt.strftime("%Y-%m-%d").fillna("all")
    keys = found["indicator"] + "/" + found["level"] + "/" + found["area"] + "/" + start
    yield dict(zip(keys, found["value"], strict=True))


def with_pandas(data: Path) -> Iterator[str | Answer]:
    yield "imports"
    tables = plain_pandas.read(data, KEY)
    yield "check"
    answer = observations(tables, pd.Timestamp(AS_OF))
    yield "map"
    yield answer


def observations(tables: plain_pandas.Tables, as_of: pd.Timestamp) -> Answer:
    """Return the value of every indicator, breakdown and period, as an evaluator would work them out one by one."""
    attended = tables["contacts"][tables["contacts"]["attended"] & (tables["contacts"]["on"] <= as_of)]
    engaged = attended[attended["role"].isin(["mentor", "coach"])]
    referred = tables["referrals"][tables["referrals"]["referred_on"] <= as_of]
    return {
        **_reviewed(attended, engaged, tables["events"], as_of),
        **_supported(engaged, tables["people"]),
        **_referred(referred, tables["people"]),
        **_by("champions_mentors", engaged.groupby(_year(engaged["on"]))["staff_id"].nunique()),
        **_by("champions_sites", attended.groupby(_year(attended["on"]))["site"].nunique()),
    }


def _reviewed(attended: pd.DataFrame, engaged: pd.DataFrame, events: pd.DataFrame, as_of: pd.Timestamp) -> Answer:
    """Return what is recorded of people before their first engagement and after their last."""
    seen = attended.groupby("person_id")["on"].agg(first="min", last="max")
    seen["days"] = engaged.drop_duplicates(["person_id", "on"]).groupby("person_id").size()
    met = seen["days"].dropna()
    events = events[events["kind"].isin(QUALIFYING) & (events["on"] <= as_of)]
    placed = events[["person_id", "on", "kind"]].merge(seen[["first", "last"]], left_on="person_id", right_index=True)
    suspect = placed["kind"] == "suspect"
    early, late = placed["on"] < placed["first"], placed["on"] > placed["last"]
    for name, chosen in {"prior": early, "before": early & suspect, "after": late & suspect}.items():
        seen[name] = placed[chosen].groupby("person_id").size()
    seen = seen.fillna({"prior": 0, "before": 0, "after": 0})
    lately = seen["last"].between(as_of - pd.DateOffset(months=12), as_of - pd.DateOffset(months=6))
    chosen = seen[(seen["days"] >= 2) & (seen["prior"] >= 1) & (seen["before"] >= 1) & lately]
    return {
        "champions_desistance/all/all/all": 100 * float((chosen["after"] == 0).mean()),
        "champions_fewer_suspect_events/all/all/all": 100 * float((chosen["after"] < chosen["before"]).mean()),
        "champions_repeat_engagement/all/all/all": 100 * float((met >= 2).mean()),
    }


def _supported(engaged: pd.DataFrame, people: pd.DataFrame) -> Answer:
    once = engaged[["person_id", "site"]].assign(year=_year(engaged["on"])).drop_duplicates()
    once = once.merge(people[["person_id", "district", "sex"]], on="person_id", how="left")
    found = _by("champions_people_supported", once.groupby("year")["person_id"].nunique())
    for level in ("site", "district", "sex"):
        counted = once.groupby([level, "year"], observed=True)["person_id"].nunique()
        found = {**found, **_by("champions_people_supported", counted, level)}
    return found


def _referred(referred: pd.DataFrame, people: pd.DataFrame) -> Answer:
    """Return how many were referred in each financial year, by whom and where, and the ages of the people."""
    starts = (referred["referred_on"] - pd.DateOffset(months=3)).dt.year.astype(str) + "-04-01"
    found = _by("champions_referrals", referred.groupby(starts).size())
    for level in ("source", "site"):
        counted = referred.groupby([level, starts], observed=True).size()
        found = {**found, **_by("champions_referrals", counted, level)}
    day, born = referred["referred_on"], referred["person_id"].map(people.set_index("person_id")["birth_month"])
    age = day.dt.year - born.dt.year - (day.dt.month < born.dt.month)
    ages = age.groupby(_year(day)).agg(["min", "max"])
    return {**found, **_by("champions_youngest_age", ages["min"]), **_by("champions_oldest_age", ages["max"])}


def _year(day: pd.Series) -> pd.Series:
    return day.dt.year.astype(str) + "-01-01"


def _by(indicator: str, values: pd.Series, level: str = "all") -> Answer:
    """Return values by period, or by group and period, under the names that observations have."""
    if level == "all":
        return {f"{indicator}/all/all/{start}": float(value) for start, value in values.items()}
    return {f"{indicator}/{level}/{area}/{start}": float(value) for (area, start), value in values.items()}


BENCHMARKS = [
    Benchmark(
        "map",
        "From files to observations (the same checks, pseudonyms and nine indicators, broken down and by year)",
        {"lvrn_eval": with_lvrn_eval, "plain pandas": with_pandas},
        ("duckdb", "pandas", "numpy", "pyarrow", "sqlglot"),
        prepare,
        tolerance=1e-12,
    )
]
