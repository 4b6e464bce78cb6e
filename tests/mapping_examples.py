"""Frameworks of one indicator and made-up records, for the tests of the mapping."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd

from lvrn_eval.framework import Contribution, Framework, Indicator, Level, Outcome, Programme
from lvrn_eval.framework.mapping import map_outcomes
from lvrn_eval.framework.measure import read_measure

AS_OF = dt.date(2024, 3, 31)


def framework_of(measure=None, *, strength="direct", not_measured="", programmes=("champions",)):
    """Return a framework of one outcome and one indicator with this measure."""
    links = (Contribution("wellbeing", strength, "Made up."),)
    indicator = Indicator(
        "the_one", programmes[0], "The one", "Made up.", "things", "increase", "All", "Made up", links, "made up", "",
        read_measure(measure) if measure else None, not_measured,
    )  # fmt: skip
    return Framework(
        "Small", "Nobody", 2023, 2025, "made up", (Level(1, "attested", "One", "One."),),
        (Outcome("wellbeing", "1.1", "attested", 1, "Wellbeing", "People are well."),), (),
        tuple(Programme(slug, "programme", slug, "Made up.", ("wellbeing",)) for slug in programmes),
        (indicator,), 1, "digest",
    )  # fmt: skip


def records(tables, programme="champions", extracted_on=AS_OF):
    """Return records that hold these tables."""
    return SimpleNamespace(programme=programme, tables=tables, extracted_on=extracted_on)


def observed(measure, tables, **choices):
    """Return the observations of a measure over these tables."""
    return map_outcomes(records(tables), framework_of(measure), **choices)


def values(measure, tables, **choices):
    """Return the value of each level, area and period start."""
    table = observed(measure, tables, **choices).table
    starts = table["period_start"].dt.strftime("%Y-%m-%d").fillna("all")
    return dict(zip(zip(table["level"], table["area"], starts, strict=True), table["value"], strict=True))


def made_up(seed=1, n_people=60, n_contacts=400):
    """Return made-up people, contacts, events, scores, training, patrols, counts and organisations."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"p{number}" for number in range(n_people)])
    days = pd.date_range("2022-01-01", "2024-02-29")
    people = pd.DataFrame(
        {
            "person_id": ids,
            "birth_month": pd.to_datetime(rng.choice(pd.date_range("1998-01-01", "2013-12-01", freq="MS"), n_people)),
            "sex": rng.choice(["female", "male", "not_recorded"], n_people),
            "district": pd.Series(rng.choice(["burnley", "preston", "wyre"], n_people)).where(
                pd.Series(rng.random(n_people) > 0.1)
            ),
        }
    )
    people["birth_month"] = people["birth_month"].where(pd.Series(rng.random(n_people) > 0.1))
    contacts = pd.DataFrame(
        {
            "contact_id": range(n_contacts),
            "person_id": rng.choice(ids, n_contacts),
            "site": rng.choice(["north", "south", "west"], n_contacts),
            "on": rng.choice(days, n_contacts),
            "role": rng.choice(["mentor", "coach", "navigator"], n_contacts),
            "attended": rng.random(n_contacts) > 0.2,
            "minutes": pd.Series(rng.integers(5, 120, n_contacts).astype(float)).where(
                pd.Series(rng.random(n_contacts) > 0.15)
            ),
        }
    )
    n_events = n_contacts
    events = pd.DataFrame(
        {
            "event_id": range(n_events),
            "person_id": rng.choice(ids, n_events),
            "on": rng.choice(pd.date_range("2019-01-01", "2024-03-31"), n_events),
            "kind": rng.choice(["suspect", "asb", "victim"], n_events),
            "knife": pd.Series(rng.choice([True, False], n_events)).astype("boolean").where(rng.random(n_events) > 0.2),
        }
    )
    n_scores = 3 * n_people
    scores = pd.DataFrame(
        {
            "person_id": rng.choice(ids, n_scores),
            "instrument": "swemwbs",
            "on": rng.choice(days, n_scores),
            "occasion": rng.choice(["pre", "post", "follow_up"], n_scores),
            "score": pd.Series(rng.normal(21, 4, n_scores).round(2)).where(pd.Series(rng.random(n_scores) > 0.05)),
        }
    )
    starts = rng.choice(days, 12) + pd.to_timedelta(rng.integers(0, 24 * 60, 12), unit="m")
    patrols = pd.DataFrame(
        {
            "patrol_id": range(12),
            "hotspot": rng.choice(["h1", "h2"], 12),
            "starts_at": starts,
            "ends_at": starts + pd.to_timedelta(rng.integers(30, 40 * 60, 12), unit="m"),
            "officers": rng.integers(1, 6, 12),
        }
    )
    return {"people": people, "contacts": contacts, "events": events, "scores": scores, "patrols": patrols}


def counts(rows, measure="asb"):
    """Return area counts from rows of area, period_start, count, population."""
    made = pd.DataFrame(rows, columns=["area", "period_start", "count", "population"])
    made["period_start"] = pd.to_datetime(made["period_start"])
    return {"area_counts": made.assign(period="month", measure=measure, category=None)}


def _two(rows, born, sexes):
    contacts = pd.DataFrame({"person_id": rows, "on": pd.to_datetime(["2023-06-01"] * len(rows))})
    people = pd.DataFrame({"person_id": list(born), "birth_month": pd.to_datetime(list(born.values())), "sex": sexes})
    return {"contacts": contacts, "people": people}


TABLES_OF_TWO = {
    "champions": _two(
        ["ann", "bob", "cat"],
        {"ann": "2010-01-01", "bob": "2009-01-01", "cat": "1990-01-01"},
        ["female", "male", "male"],
    ),
    "grip": _two(["ann", "ann"], {"ann": "2010-01-01"}, ["female"]),
}

PER = {
    "one": "person_id",
    "columns": [
        {"name": "days", "kind": "distinct", "value": "on"},
        {"name": "last_day", "kind": "maximum", "value": "on"},
    ],
    "beside": {
        "table": "events", "where": "kind = 'suspect'",
        "columns": [{"name": "before", "kind": "records", "when": '"on" < last_day'}],
    },
}  # fmt: skip
HOURS = {"table": "patrols", "kind": "duration", "from": "starts_at", "to": "ends_at", "unit": "hours"}
COUNT = {"table": "area_counts", "value": "count", "period": "calendar_year", "by": ["area"]}
MEASURES = {
    "records": {"table": "contacts", "kind": "records", "period": "school_year", "by": ["site", "attended"]},
    "distinct": {"table": "contacts", "kind": "distinct", "of": "person_id", "where": "age < 18", "by": ["district"]},
    "by the end": {
        "table": "contacts", "kind": "distinct", "of": "person_id", "period": "quarter", "counted": "by_period_end",
    },
    "mean": {"table": "contacts", "kind": "mean", "value": "minutes", "period": "week"},
    "of people": {"table": "contacts", "kind": "proportion", "numerator": "attended", "of": "person_id"},
    "per": {"table": "contacts", "kind": "proportion", "numerator": "days >= 2", "per": PER, "among": "before >= 1"},
    "pairs": {
        "table": "scores", "kind": "change", "value": "score", "of": "person_id", "from": "occasion = 'pre'",
        "to": "occasion = 'post'", "period": "financial_year",
    },
    "hours": {**HOURS, "as": "percent", "daily": {"from": "18:00", "to": "02:00"}, "weight": "officers"},
    "day hours": {**HOURS, "daily": {"from": "09:00", "to": "17:00"}, "period": "month"},
    "rate": {
        "table": "area_counts", "kind": "rate", "numerator": "count", "denominator": "population * period_years",
        "scale": 1000, "period": "calendar_year",
    },
    "against": {**COUNT, "kind": "change", "against": "previous_period", "as": "percent"},
    "reference": {**COUNT, "kind": "records", "reference": "area = 'a'", "among": "count >= reference"},
    "latest": {"table": "scores", "kind": "latest", "of": "person_id", "holds": "score > 20", "period": "quarter"},
}  # fmt: skip
"""A measure of every kind, for the tests that ask several engines."""
