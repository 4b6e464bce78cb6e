"""Which programme measures which outcome, and what becomes of observations before the wall."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from mapping_examples import counts, framework_of, made_up, observed, records

from lvrn_eval.framework import Outcome, Programme
from lvrn_eval.framework.mapping import map_outcomes
from lvrn_eval.release import POLICIES, protect

COUNTED = {"table": "contacts", "kind": "records"}
TABLES = made_up(n_people=40, n_contacts=200)


def wide(measure=COUNTED, **more):
    """Return a framework of two programmes and two outcomes; the second programme has no indicator."""
    small = framework_of(measure, **more)
    return replace(
        small,
        outcomes=(*small.outcomes, Outcome("trust", "1.2", "attested", 1, "Trust", "People trust.")),
        programmes=(*small.programmes, Programme("grip", "programme", "Patrols", "Made up.", ("trust",))),
    )


def marks(framework, tables):
    found = framework.coverage(map_outcomes(records(tables), framework))
    table = found.table
    return {(row.programme, row.outcome): (row.mark, row.reason) for row in table.itertuples()}, found


@pytest.mark.parametrize(
    ("strength", "mark", "reason"),
    [
        ("direct", "measured", ""),
        ("contributory", "measured", ""),
        ("contextual", "counted only", "its indicators count what was done, not whether the outcome moved"),
    ],
)
def test_a_value_counts_by_the_strength_of_its_link(strength: str, mark: str, reason: str) -> None:
    found, _ = marks(wide(strength=strength), TABLES)
    assert found["champions", "wellbeing"] == (mark, reason)


def test_every_cell_without_a_measure_has_its_reason() -> None:
    found, result = marks(wide(), {})
    assert found == {
        ("champions", "wellbeing"): ("claimed", "the_one: the table `contacts` of champions holds no rows"),
        ("champions", "trust"): ("nothing", "not among its aims, and no indicator of the programme speaks to it"),
        ("grip", "wellbeing"): ("nothing", "not among its aims, and no indicator of the programme speaks to it"),
        ("grip", "trust"): ("claimed", "no indicator of the programme speaks to it"),
    }
    assert [str(sentence) for sentence in result.text] == [
        "Of 4 pairs of a programme and an outcome: 0 measured, 0 counted only, 2 claimed, 2 nothing.",
        "Nobody measures these 2 outcomes: 1.1 Wellbeing; 1.2 Trust.",
        "These 2 programmes measure no outcome: champions; Patrols.",
    ]


def test_what_is_measured_is_not_named() -> None:
    _, result = marks(wide(), TABLES)
    assert [check.text for check in result.checks] == [
        "Nobody measures this outcome: 1.2 Trust.",
        "This programme measures no outcome: Patrols.",
    ]
    small = framework_of(COUNTED)
    _, whole = marks(small, TABLES)
    assert [(check.passed, check.text) for check in whole.checks] == [
        (True, "Every outcome is measured by some programme."),
        (True, "Every programme measures some outcome."),
    ]


def test_without_a_mapping_nothing_counts_as_computed() -> None:
    table = wide().coverage().table
    assert table["reason"].iloc[0] == "the_one: no mapping was made"
    assert wide(None, not_measured="Nobody knows.").coverage().table["reason"].iloc[0] == "the_one: Nobody knows."


def test_shipped_coverage_has_no_blank_nobody_explained(shipped) -> None:
    table = shipped.coverage().table
    assert len(table) == len(shipped.programmes) * len(shipped.outcomes)
    assert (table["reason"].str.len() > 0).all()


def test_counts_below_the_threshold_are_hidden() -> None:
    measure = {"table": "contacts", "kind": "distinct", "of": "person_id", "where": "site = 'north'", "by": ["sex"]}
    few = made_up(n_people=14, n_contacts=400)
    result = observed(measure, few).to_result()
    hidden = protect(result, POLICIES["strict"])
    below = result.table["count"] < 10
    assert below.any()
    assert not below.all()
    assert hidden.table.loc[below, ["count", "n_people"]].isna().all(axis=None)
    assert (hidden.table.loc[~below, "count"] % 5 == 0).all()
    assert protect(result, POLICIES["open"]).table["count"].tolist() == result.table["count"].tolist()


def test_shares_are_computed_again_from_protected_counts() -> None:
    result = observed({"table": "contacts", "kind": "proportion", "numerator": "attended", "of": "person_id"}, TABLES)
    part = protect(result.to_result(), POLICIES["strict"]).parts["shares"].table
    exact = result.to_result().parts["shares"].table
    assert exact["estimate"].iloc[0] == pytest.approx(exact["n_events"].iloc[0] / exact["n"].iloc[0])
    assert exact["conf_low"].iloc[0] == pytest.approx(result.table["conf_low"].iloc[0] / 100)
    shown = part.iloc[0]
    if pd.notna(shown["n"]):
        assert shown["estimate"] == pytest.approx(shown["n_events"] / shown["n"])
        assert shown["n"] % 5 == 0


def test_the_smallest_and_largest_among_people_stay_inside() -> None:
    result = observed({"table": "contacts", "kind": "maximum", "value": "minutes"}, TABLES).to_result()
    assert len(result.table) == 0
    assert result.parts == {}
    text = "The smallest and the largest value among people are left out, as each is somebody's own."
    assert result.check("no_extremes").text == text


def test_groups_that_somebody_typed_stay_inside() -> None:
    made = counts([("Ms Smith's house", f"2023-{month:02d}-01", 20, 1000.0) for month in range(1, 13)])
    measure = {"table": "area_counts", "kind": "sum", "value": "count", "by": ["area"]}
    mapped = observed(measure, made)
    assert set(mapped.table["level"]) == {"all", "area"}
    assert mapped.typed == {("the_one", "area")}
    result = mapped.to_result()
    assert set(result.table["level"]) == {"all"}
    assert result.check("no_typed_groups").text == (
        "Values by area are left out, as what stands there is text as it was typed; name what can stand there under "
        "`codes:` in sources.yaml."
    )
    named = records(made)
    named.vocabulary = {"area_counts": frozenset({"area"})}
    result = map_outcomes(named, framework_of(measure)).to_result()
    assert set(result.table["level"]) == {"all", "area"}
    assert "no_typed_groups" not in {check.name for check in result.checks}


def test_rates_means_and_hours_have_parts_of_their_own() -> None:
    made = counts([("a", f"2023-{month:02d}-01", 20, 1000.0) for month in range(1, 13)])
    rate = {"table": "area_counts", "kind": "rate", "numerator": "count", "denominator": "population", "scale": 1000}
    part = observed(rate, made).to_result().parts["rates"]
    assert part.table[["rate", "events"]].iloc[0].tolist() == [20.0, 240.0]
    assert part.count_columns == ("events",)
    mean = observed({"table": "contacts", "kind": "mean", "value": "minutes"}, TABLES).to_result().parts["values"]
    assert mean.count_columns == ("n", "n_events")
    hours = {"table": "patrols", "kind": "duration", "from": "starts_at", "to": "ends_at", "unit": "hours"}
    assert observed(hours, TABLES).to_result().parts["services"].table["value"].iloc[0] > 0


def test_a_change_between_few_is_hidden() -> None:
    made = counts([("a", "2022-01-01", 40, 1000.0), ("a", "2023-01-01", 6, 1000.0)])
    measure = {
        "table": "area_counts", "kind": "change", "value": "count", "against": "previous_period", "as": "percent",
        "period": "calendar_year",
    }  # fmt: skip
    part = protect(observed(measure, made).to_result(), POLICIES["strict"]).parts["values"]
    assert part.table[["estimate", "n"]].isna().all(axis=None)


def test_once_names_every_outcome_of_a_value() -> None:
    small = framework_of(COUNTED)
    link = small.indicators[0].contributes_to[0]
    both = replace(small.indicators[0], contributes_to=(link, replace(link, outcome="trust", strength="contextual")))
    framework = replace(wide(), indicators=(both,))
    found = map_outcomes(
        SimpleNamespace(programme="champions", tables=TABLES, extracted_on=dt.date(2024, 3, 31)), framework
    )
    assert found.table[["outcome", "strength"]].to_numpy().tolist() == [
        ["wellbeing", "direct"],
        ["trust", "contextual"],
    ]
    assert found.once()["outcomes"].tolist() == ["wellbeing; trust"]
