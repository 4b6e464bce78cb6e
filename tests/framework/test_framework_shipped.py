"""The framework that ships: what the annual report and the funder say, frozen and digested."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest

from lvrn_eval.errors import FrameworkError
from lvrn_eval.framework import Framework, load_framework
from lvrn_eval.framework.rules import REOFFENDING

SHIPPED = Path(__file__).parents[2] / "outcomes_framework.yaml"

PROGRAMMES = [
    "champions", "ed_navigators", "trauma_informed_education", "trauma_informed_workforce", "prisoners_and_families",
    "grip", "data_sharing", "community_projects", "youth_engagement", "communications", "serious_violence_duty",
    "needs_assessment", "network",
]  # fmt: skip


@pytest.fixture(scope="module")
def framework() -> Framework:
    return load_framework(SHIPPED)


def test_fourteen_outcomes_stand_in_four_levels(framework: Framework) -> None:
    assert [(outcome.number, outcome.slug) for outcome in framework.outcomes] == [
        ("4.1", "knife_hospital_admissions"),
        ("4.2", "knife_enabled_serious_violence"),
        ("4.3", "non_domestic_homicide"),
        ("4.4", "other_serious_violence"),
        ("3.1", "training_and_education"),
        ("3.2", "employment_prospects"),
        ("3.3", "mental_health_and_wellbeing"),
        ("2.1", "perceptions_of_community_safety"),
        ("2.2", "engagement_with_service"),
        ("2.3", "trust_in_service"),
        ("1.1", "culture_change"),
        ("1.2", "multi_agency_working"),
        ("1.3", "co_production"),
        ("1.4", "information_and_data_sharing"),
    ]
    assert [level.number for level in framework.levels] == [4, 3, 2, 1]
    assert [len(framework.outcomes_at(level)) for level in (4, 3, 2, 1)] == [4, 3, 3, 4]


def test_only_the_numbers_the_report_prints_are_attested(framework: Framework) -> None:
    attested = [outcome.number for outcome in framework.outcomes if outcome.numbering == "attested"]
    assert attested == ["4.1", "4.2", "4.3"]
    assert [level.number for level in framework.levels if level.numbering == "attested"] == [4]


@pytest.mark.parametrize("slug", ["knife_hospital_admissions", "co_production", "information_and_data_sharing"])
def test_a_sentence_the_report_cuts_off_is_noted(framework: Framework, slug: str) -> None:
    assert "sentence ends at" in framework.outcome(slug).source_note


def test_other_serious_violence_names_the_nine_types(framework: Framework) -> None:
    statement = framework.outcome("other_serious_violence").statement
    types = [
        "other homicides", "rape", "violence with injury", "knife crime", "gun crime", "domestic violence", "robbery",
        "aggravated burglary", "child exploitation",
    ]  # fmt: skip
    assert [name for name in types if name not in statement] == []


def test_the_home_office_measures_keep_what_the_report_drops(framework: Framework) -> None:
    measures = framework.success_measures
    assert [measure.outcome for measure in measures] == [outcome.slug for outcome in framework.outcomes_at(4)[:3]]
    admissions, violence, homicide = measures
    assert "under 25" in admissions.statement
    assert "X99" in admissions.definition
    assert 'drops "aged under 25"' in admissions.source_note
    assert "under 25" in violence.statement
    assert "involving knives" in homicide.statement
    assert 'drops "involving knives"' in homicide.source_note


def test_every_programme_of_the_report_has_indicators(framework: Framework) -> None:
    assert [each.slug for each in framework.programmes] == PROGRAMMES
    assert [each.slug for each in framework.programmes if each.kind == "network_wide"] == [
        "needs_assessment",
        "network",
    ]
    counts = Counter(indicator.programme for indicator in framework.indicators)
    assert set(counts) == {programme.slug for programme in framework.programmes}


def test_desistance_is_an_indicator_and_not_an_outcome(framework: Framework) -> None:
    links = framework.indicator("champions_desistance").contributes_to
    assert {framework.outcome(link.outcome).number: link.strength for link in links} == {
        "4.2": "contributory",
        "4.4": "contributory",
    }
    told = [f"{outcome.slug} {outcome.name} {outcome.statement}" for outcome in framework.outcomes]
    assert not [text for text in told if REOFFENDING.search(text)]


def test_what_is_only_counted_does_not_claim_to_measure(framework: Framework) -> None:
    direct = {
        link.outcome for each in framework.indicators for link in each.contributes_to if link.strength == "direct"
    }
    # nothing in the annual report measures these outcomes themselves
    assert {outcome.number for outcome in framework.outcomes if outcome.slug not in direct} == {
        "4.4", "3.2", "3.3", "2.1", "2.3", "1.2", "1.3",
    }  # fmt: skip


def test_lookups(framework: Framework) -> None:
    assert framework.level(3).name == "Lives of the people supported"
    assert framework.programme("grip").kind == "programme"
    assert framework.success_measure("home_office_knife_admissions").indicator == "network_knife_hospital_admissions"
    assert [each.slug for each in framework.indicators_of("youth_engagement")] == [
        "youth_hope_hack_participants",
        "youth_recommendations",
    ]
    assert [each.slug for each in framework.indicators_for("non_domestic_homicide")] == [
        "network_non_domestic_homicide"
    ]
    assert framework.indicators_for("trust_in_service") == ()


@pytest.mark.parametrize(
    ("lookup", "slug", "message"),
    [
        ("outcome", "co_prodution", "the framework has no outcome 'co_prodution'; did you mean 'co_production'?"),
        ("programme", "champion", "the framework has no programme 'champion'; did you mean 'champions'?"),
        (
            "indicators_of",
            "zzz",
            "the framework has no programme 'zzz'; known: " + ", ".join(PROGRAMMES),
        ),
        (
            "indicators_for",
            "trust_in_servce",
            "the framework has no outcome 'trust_in_servce'; did you mean 'trust_in_service'?",
        ),
        (
            "indicator",
            "champions_desistence",
            "the framework has no indicator 'champions_desistence'; did you mean 'champions_desistance'?",
        ),
        (
            "success_measure",
            "knife_admissions",
            "the framework has no success measure 'knife_admissions'; did you mean 'home_office_knife_admissions'?",
        ),
        ("level", 7, "the framework has no level 7; known: 4, 3, 2, 1"),
        ("outcomes_at", 0, "the framework has no level 0; known: 4, 3, 2, 1"),
    ],
)
def test_an_unknown_name_gets_the_nearest(framework: Framework, lookup: str, slug: object, message: str) -> None:
    with pytest.raises(FrameworkError) as caught:
        getattr(framework, lookup)(slug)
    assert str(caught.value) == message


def test_the_model_is_frozen_to_the_leaves(framework: Framework) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        framework.name = "another"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        framework.indicators[0].contributes_to[0].strength = "direct"  # type: ignore[misc]
    assert isinstance(hash(framework), int)  # so nothing in it can change


def test_a_link_always_says_why(framework: Framework) -> None:
    assert all(link.because.endswith(".") for each in framework.indicators for link in each.contributes_to)
