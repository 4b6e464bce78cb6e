"""What changed between two frameworks: in meaning, in wording, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from lvrn_eval.framework import FrameworkDiff, load_framework
from lvrn_eval.framework.diff import as_read

SMALL = Path(__file__).with_name("small.yaml").read_text(encoding="utf-8")
MEASURE = """\
    measure:
      table: contacts
      where: attended and role = 'mentor'
      kind: proportion
      per:
        one: person_id
        columns:
          - {name: days, kind: distinct, value: "on"}
      numerator: days >= 2
      by: [site, sex]
"""
WITH = SMALL.replace("    data_source: A survey\n", f"    data_source: A survey\n{MEASURE}")


@pytest.fixture
def changed(tmp_path: Path):
    def load(*changes: tuple[str, str]) -> FrameworkDiff:
        text = WITH
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        paths = tmp_path / "old.yaml", tmp_path / "new.yaml"
        for path, content in zip(paths, (WITH, text), strict=True):
            path.write_text(content, encoding="utf-8")
        old, new = map(load_framework, paths)
        return old.diff(new)

    return load


def test_layout_changes_nothing(changed) -> None:
    assert str(changed(("by: [site, sex]", "by:\n        - site\n        - sex"))) == "Nothing changed."


@pytest.mark.parametrize(
    "change",
    [
        ("attended and role = 'mentor'", "attended AND (role)   = 'mentor'"),
        ("attended and role = 'mentor'", "(attended and role = 'mentor')"),
        ("by: [site, sex]", "by: [sex, site]"),
    ],
)
def test_spelling_and_order_change_no_meaning(changed, change) -> None:
    found = changed(change)
    assert found.changes == ()
    assert str(found) == "Nothing changed but the order of entries, or how rules are spelt."


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ([("strength: direct", "strength: contributory"), ("indicator: people_well", "indicator: people_well")],
         "indicator people_well: link to wellbeing: direct → contributory"),
        ([("numerator: days >= 2", "numerator: days >= 3")],
         "indicator people_well: measure, numerator: days >= 2 → days >= 3"),
        ([("      where: attended and role = 'mentor'\n", "")],
         "indicator people_well: measure, where taken out: attended AND role = 'mentor'"),
        ([('value: "on"', "value: minutes")],
         "indicator people_well: measure, per.columns.days.value: on → minutes"),
        ([("      by: [site, sex]\n", "      by: [site, sex]\n      period: month\n")],
         "indicator people_well: measure, period: all → month"),
        ([("definition: People who say that they are well.", "definition: People who are well.")],
         "indicator people_well: definition: People who say that they are well. → People who are well."),
        ([("numbering: reconstructed\n    level: 1", "numbering: attested\n    level: 1")],
         "outcome culture_change: numbering: reconstructed → attested"),
        ([("direction: neither", "direction: increase")], "indicator mentors_trained: direction: neither → increase"),
        ([("last_year: 2025", "last_year: 2026")], "framework: last_year: 2025 → 2026"),
        ([("slug: mentors_trained", "slug: mentors_taught")],
         "indicator mentors_taught: renamed from mentors_trained"),
        ([("works_towards:\n      - wellbeing", "works_towards:\n      - wellbeing\n      - culture_change")],
         "programme mentoring: works towards culture_change added: yes"),
    ],
)  # fmt: skip
def test_meaning_is_told(changed, changes, line) -> None:
    if "contributory" in line:
        # a success measure needs a direct link
        start, end = WITH.index("  - slug: funder_wellbeing"), WITH.index("programmes:\n")
        changes = [*changes, (WITH[start:end], ""), ("success_measures:\n", "success_measures: []\n")]
    found = changed(*changes)
    assert line in [str(change) for change in found.meaning]


def test_a_measure_that_is_new_or_gone(changed) -> None:
    found = changed((MEASURE, "    not_measured: Nobody knows.\n"))
    told = [str(change) for change in found.meaning]
    assert "indicator people_well: not_measured added: Nobody knows." in told
    assert "indicator people_well: measure, kind taken out: proportion" in told


def test_wording_stands_apart(changed) -> None:
    found = changed(
        ("because: It is the outcome.", "because: It says so."), ("name: Mentors trained", "name: Mentors taught"),
        ("number: 2, numbering: attested", "number: 2, numbering: reconstructed"),
    )  # fmt: skip
    assert (
        str(found)
        == """\
1 change of meaning:
  level 2: numbering: attested → reconstructed
2 changes of wording only:
  indicator people_well: link to wellbeing, because: It is the outcome. → It says so.
  indicator mentors_trained: name: Mentors trained → Mentors taught"""
    )
    assert found.table["weight"].tolist() == ["meaning", "wording", "wording"]
    assert list(found.table.columns) == ["what", "section", "slug", "field", "old", "new", "weight"]


def test_entries_come_and_go(changed) -> None:
    entry = WITH[WITH.index("  - slug: mentors_trained") :]
    new = entry.replace("mentors_trained", "mentors_kept").replace("attended training", "stayed")
    found = changed((entry, new))
    assert [str(change) for change in found.changes] == [
        "indicator mentors_kept: added",
        "indicator mentors_trained: removed",
    ]


def test_a_rule_is_read_once() -> None:
    assert as_read("((a = 1))") == "a = 1"
    assert as_read("on") == "on"
