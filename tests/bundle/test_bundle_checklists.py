"""Checklists filled from a release and from an evaluation's own file, with what is missing said."""

from __future__ import annotations

import pytest

from lvrn_eval.report.bundle import cells
from lvrn_eval.report.bundle.answers import ANSWERS, answers_of
from lvrn_eval.report.bundle.checklists import CHECKLISTS, MISSING, answered, load_checklist
from lvrn_eval.report.bundle.evaluation import Evaluation, load_schema


def evaluation(**said):
    logs = dict.fromkeys(("assumptions", "decisions", "data", "assurance", "limitations"), ())
    texts = {"roles": {}, "specification": {}, "intervention": {}, "answers": {}}
    return Evaluation("champions", "champions_reoffending", **{**logs, **texts, **said})


@pytest.mark.parametrize(("name", "count"), [("strobe", 26), ("record", 13), ("tidier", 12)])
def test_every_item_once(name, count):
    numbers = [item.number for item in load_checklist(name)]
    assert len(numbers) == len(set(numbers)) == count


def test_every_answerer_is_known_and_used():
    named = {item.answered_by for name in ("strobe", "record") for item in load_checklist(name)} - {""}
    assert named == set(ANSWERS)
    asked = load_schema()["properties"]["intervention"]["properties"]
    assert [item.answered_by for item in load_checklist("tidier")] == list(asked)


def test_a_release_answers_what_it_says(one):
    found = answers_of(one)
    assert found["design"] == "before and after"
    assert found["rules"] == "Seen twice: visits >= 2"
    assert found["size"] == "People who met all rules: about 80."
    assert found["flow"] == "Who was included"
    assert found["codes"] == "Kinds of recorded event counted: suspect."
    assert "sensitivity" not in found
    assert "databases" not in found


def test_a_person_comes_before_the_release_and_silence_is_told(one):
    by_hand = evaluation(answers={("strobe", "4"): "A cohort, said by a person"})
    found = {item.number: answer for item, answer in answered("strobe", one, by_hand)}
    assert found["4"] == "A cohort, said by a person"
    assert found["22"] == MISSING
    shown = cells.checklist("strobe", one, by_hand, label="tbl-strobe", caption="STROBE").markdown
    missing = sum(answer == MISSING for answer in found.values())
    assert shown.startswith(f"{26 - missing} items answered, {missing} missing.")
    assert shown.count(f"**{MISSING}**") == missing > 0


@pytest.mark.parametrize("name", CHECKLISTS)
def test_hostile_answers_are_text(one, name):
    item = load_checklist(name)[0]
    text = "<script>x</script> | {{< include x >}} `{python} 1`"
    key = {item.answered_by: text}
    said = evaluation(intervention=key) if name == "tidier" else evaluation(answers={(name, item.number): text})
    shown = cells.checklist(name, one, said, label="tbl-x", caption="x").markdown
    assert "<script>" not in shown
    assert "{{<" not in shown
    assert "`{python}" not in shown


def test_what_no_entry_of_a_log_says_is_told_once():
    entry = {"decision": "Equal windows first", "why": "They can be compared"}
    shown = cells.log(evaluation(decisions=(entry, entry)), "decisions", label="tbl-d", caption="Decisions").markdown
    assert "Not said of any entry: when, made by and signed off by." in shown
    assert "Signed off by" not in shown
    partly = cells.log(
        evaluation(decisions=(entry, {**entry, "when": "2024-03-31"})), "decisions", label="tbl-d", caption="Decisions"
    ).markdown
    assert "Not said" in partly
    assert "2024\\-03\\-31" in partly


def test_an_empty_log_says_so():
    assert (
        cells.log(evaluation(), "decisions", label="tbl-d", caption="x").markdown == "The log of decisions is empty.\n"
    )
    assert "itself a gap" in cells.limitations(evaluation()).markdown
    assert cells.roles(evaluation()).markdown.count("Not said") == 4


def test_no_plan_is_told(one):
    assert cells.plan(one).markdown.startswith("No plan was locked before this analysis")
