"""What holds of observations whatever the records: parts make up the whole, and order and names mean nothing."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvrn_eval.engine import DuckDBEngine
from lvrn_eval.framework import Contribution, Framework, Indicator, Level, Outcome, Programme
from lvrn_eval.framework.mapping import map_outcomes
from lvrn_eval.framework.measure import read_measure

ENGINE = DuckDBEngine()
MEASURES = {
    "records": {"kind": "records"},
    "people": {"kind": "distinct", "of": "person_id"},
    "sum": {"kind": "sum", "value": "minutes"},
    "mean": {"kind": "mean", "value": "minutes"},
    "proportion": {"kind": "proportion", "numerator": "attended"},
    "of_people": {"kind": "proportion", "numerator": "attended", "of": "person_id"},
    "twice": {
        "kind": "proportion", "numerator": "days >= 2",
        "per": {"one": "person_id", "columns": [{"name": "days", "kind": "distinct", "value": "on"}]},
    },
}  # fmt: skip


def indicator(slug, measure):
    links = (Contribution("wellbeing", "direct", "Made up."),)
    whole = {"table": "contacts", "period": "month", "by": ["site"], **measure}
    return Indicator(slug, "champions", slug, "", "", "increase", "", "", links, "", "", read_measure(whole))


FRAMEWORK = Framework(
    "Small", "Nobody", 2023, 2025, "made up", (Level(1, "attested", "One", "One."),),
    (Outcome("wellbeing", "1.1", "attested", 1, "Wellbeing", "People are well."),), (),
    (Programme("champions", "programme", "Champions", "Made up.", ("wellbeing",)),),
    tuple(indicator(slug, measure) for slug, measure in MEASURES.items()), 1, "digest",
)  # fmt: skip

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cat", "dan"]),
        st.sampled_from(["north", "south"]),
        st.dates(dt.date(2023, 1, 1), dt.date(2023, 4, 30)),
        st.one_of(st.none(), st.integers(0, 100).map(float)),
        st.one_of(st.none(), st.booleans()),
    ),
    min_size=1,
    max_size=12,
)


def table(rows, **choices):
    frame = pd.DataFrame(rows, columns=["person_id", "site", "on", "minutes", "attended"])
    frame = frame.astype({"minutes": "float64", "attended": "boolean"}).assign(on=pd.to_datetime(frame["on"]))
    contacts = ENGINE.register("contacts", frame)
    records = SimpleNamespace(programme="champions", tables={"contacts": contacts}, extracted_on=dt.date(2023, 12, 31))
    found = map_outcomes(records, FRAMEWORK, **choices).table
    ENGINE.drop(contacts)
    return found


def told(found):
    return found.drop(columns="lineage").to_csv(index=False, float_format="%.9g")


@given(rows=ROWS, data=st.data())
@settings(max_examples=5, deadline=None)
def test_order_of_rows_and_names_of_people_mean_nothing(rows, data) -> None:
    names = {"ann": "zoe", "bob": "ada", "cat": "kim", "dan": "lee"}
    others = [(names[who], *rest) for who, *rest in data.draw(st.permutations(rows))]
    assert told(table(others)) == told(table(rows))


@given(rows=ROWS)
@settings(max_examples=5, deadline=None)
def test_parts_make_up_the_whole(rows) -> None:
    found, whole = table(rows), table(rows, period="all", by=[])
    for slug in ("records", "sum", "proportion"):
        one = whole[whole["indicator"] == slug]
        parts = found[found["indicator"] == slug]
        for level in ("all", "site"):
            of_level = parts[parts["level"] == level]
            for column in ("numerator", "n_records"):
                assert of_level[column].sum() == pytest.approx(one[column].sum())
    # a person at two sites counts at both, so people add up to no less than the whole
    people = found[found["indicator"] == "people"]
    assert people.loc[people["level"] == "site", "value"].sum() >= people.loc[people["level"] == "all", "value"].sum()
    # what is kept and what is left out are all there is
    by_row = whole[whole["indicator"].isin(["records", "people", "sum", "mean", "proportion"])]
    assert (by_row["n_records"] + by_row["n_missing"] == len(rows)).all()
    shares = found[found["interval"] == "wilson"]
    assert ((shares["conf_low"] <= shares["value"] + 1e-9) & (shares["value"] <= shares["conf_high"] + 1e-9)).all()
    assert shares["value"].between(0, 100).all()
    assert (shares["n_people"] <= shares["n_records"]).all()
