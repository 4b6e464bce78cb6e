"""What programmes' pages show: the right numbers, in words a reader knows, with what is hidden shown as hidden."""

from __future__ import annotations

import re

import pytest

from lvrn_eval.report import programme

PROGRAMMES = (
    "champions", "ed_navigators", "trauma_informed_education", "trauma_informed_workforce", "prisoners_and_families",
    "grip", "data_sharing", "community_projects", "youth_engagement", "communications", "serious_violence_duty",
    "needs_assessment",
)  # fmt: skip


def rows_of(markdown):
    """Return the cells of the first table, heads first."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    plain = [[cell.strip().replace("\\", "") for cell in line.strip("|").split("|")] for line in lines]
    return [plain[0], *plain[2:]]


@pytest.mark.parametrize("name", PROGRAMMES)
def test_every_programme_has_a_page_of_protected_numbers(released, name):
    release = released(f"{name}_answers")
    shown = [
        programme.summary(release).markdown,
        programme.values(release, label="tbl-values", caption="Values").markdown,
        programme.breakdowns(release).markdown,
        programme.speaks_to(release, label="tbl-speaks", caption="Speaks").markdown,
        programme.left_open(release).markdown,
    ]
    slugs = set(release.result("indicators").table["indicator"])
    for text in shown[:4]:
        assert text.strip()
        assert not any(slug in text.replace("\\", "") for slug in slugs)
        assert "nan" not in text
    assert release.manifest["policy"]["name"] == "strict"


def test_values_are_those_of_the_records_rounded(world, released):
    once = world.observations.once()
    exact = once[(once["indicator"] == "ed_navigators_adults_supported") & (once["level"] == "all")]["value"]
    rows = rows_of(programme.values(released("ed_navigators_answers"), label="tbl-v", caption="Values").markdown)
    assert rows[0] == ["Indicator", "Hoped for", "2023", "2024, so far"]
    (found,) = [row for row in rows if row[0] == "Adults supported (people)"]
    assert found[1] == "more"
    assert [int(cell) for cell in found[2:]] == [5 * round(value / 5) for value in exact]


def test_a_share_has_its_interval(released):
    rows = rows_of(programme.values(released("ed_navigators_answers"), label="tbl-v", caption="Values").markdown)
    (found,) = [row for row in rows if row[0].startswith("People linked to other services")]
    assert all(re.fullmatch(r"\d+\.\d% \(\d+\.\d to \d+\.\d\)", cell) for cell in found[2:])


def test_the_summary_takes_the_newest_period_that_is_over(released):
    said = programme.summary(released("ed_navigators_answers")).markdown
    assert "Adults supported \\(people\\): 760 (2023)" in said
    assert "so far" not in said


def test_tables_of_parts_are_no_wider_than_a_page(released):
    text = programme.breakdowns(released("needs_assessment_answers")).markdown
    heads = [line for line in text.splitlines() if line.startswith("| Area")]
    assert len(heads) == 3
    assert all(line.count("|") <= programme.WIDEST + 2 for line in heads)
    assert "Blackburn with Darwen" in text
    assert "(1 of 3)" in text.replace("\\", "")


def test_hidden_is_shown_as_hidden(released):
    rows = rows_of(programme.published(released("network_overview"), label="tbl-p", caption="Published").markdown)
    hidden = [row for row in rows if row[3] == "[c]"]
    assert hidden
    assert all(row[4] == "[c]" for row in hidden)
    assert len(rows) == 1 + 58


def test_names_are_the_frameworks(world, released):
    rows = rows_of(programme.claims(released("network_overview"), label="tbl-c", caption="Claims").markdown)
    found = {row[0] for row in rows[1:]}
    assert found <= {each.name for each in world.project.framework.programmes}
    assert "Emergency Department Navigators" in found


def test_what_is_left_open_says_why_a_figure_has_no_number(released):
    said = programme.open_questions(released("network_overview")).markdown
    assert "Page 7 says" in said.replace("\\", "") or "page 7 says" in said.replace("\\", "")
    assert said.count("\n- ") + 1 >= 30


def test_quarters_of_the_return(released):
    text = programme.by_period(
        released("serious_violence_duty_return"), "quarters", label="tbl-q", caption="By quarter"
    )
    rows = rows_of(text.markdown)
    assert rows[0][0] == "Period"
    assert [row[0] for row in rows[1:3]] == ["January to March 2022", "April to June 2022"]
    assert "Knife-enabled serious violence recorded, all ages" in text.markdown.replace("\\", "")


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        ("2023-01-01", "2023-12-31", "2023"),
        ("2023-04-01", "2024-03-31", "April 2023 to March 2024"),
        ("2023-01-01", "2023-03-31", "January to March 2023"),
        ("2023-02-01", "2023-02-28", "February 2023"),
        ("2023-09-01", "2024-08-31", "September 2023 to August 2024"),
        (None, "2024-03-31", "to 31 March 2024"),
        ("2022-12-01", "2023-12-31", "December 2022 to December 2023"),
    ],
)
def test_periods_in_words(starts, ends, said):
    assert programme.period_name(starts, ends) == said
