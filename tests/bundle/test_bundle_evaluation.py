"""An evaluation's own file: what is read, and every fault told at its place."""

from __future__ import annotations

import pytest

from lvrn_eval.errors import ReportError
from lvrn_eval.report.bundle.evaluation import load_evaluation, load_schema

WHOLE = """\
schema_version: 1
report: champions
analysis: champions_reoffending
roles: {analyst: A. Analyst, assurer: B. Assurer}
assumptions:
  - {assumption: One, effect: Small, reliability: high, why: Known, when: "2024-03-31"}
limitations: [Few people]
reporting:
  - {checklist: strobe, item: 12a, answer: In the report}
"""


def write(tmp_path, text, name="champions.evaluation.yaml"):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_what_is_said_and_what_is_not(tmp_path):
    found = load_evaluation(write(tmp_path, WHOLE))
    assert found.roles == {"analyst": "A. Analyst", "assurer": "B. Assurer"}
    assert found.assumptions[0]["reliability"] == "high"
    assert found.decisions == ()
    assert found.intervention == {}
    assert found.answers == {("strobe", "12a"): "In the report"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("report: champions", "report: others",
         ":2:9: `report` is 'others', but the file is champions.evaluation.yaml"),
        ("B. Assurer", "A. Analyst", ":4:39: the assurer is the analyst"),
        ("reliability: high", "reliability: sure",
         ":6:51: `reliability` of entry 1 of `assumptions` is 'sure', but can only be low, medium or high"),
        ('when: "2024-03-31"', 'when: "31/03/2024"',
         ":6:75: `when` of entry 1 of `assumptions` is '31/03/2024', which is not a day"),
        ("item: 12a", "item: 12z", ":9:31: STROBE has no item '12z'"),
        ("limitations", "limitation", ":7:1: the file has an unknown key 'limitation'"),
        ("effect: Small, ", "", ":6:5: entry 1 of `assumptions` has no `effect`"),
        ("[Few people]", "Few people", ":7:14: `limitations` should be a list, but is text"),
    ],
)  # fmt: skip
def test_a_fault_at_its_place(tmp_path, old, new, told):
    assert WHOLE.count(old) == 1
    with pytest.raises(ReportError) as error:
        load_evaluation(write(tmp_path, WHOLE.replace(old, new)))
    (fault,) = error.value.faults
    assert f"champions.evaluation.yaml{told}" in f"{fault.where}: {fault.what}"
    assert fault.fix


def test_all_faults_at_once(tmp_path):
    text = WHOLE.replace("high", "sure").replace("limitations", "limitation").replace('"2024-03-31"', "2024")
    with pytest.raises(ReportError, match=r"the evaluation in .* cannot be used: 3 faults"):
        load_evaluation(write(tmp_path, text))


def test_the_schema_tells_what_every_key_is():
    def described(schema):
        for name, inner in schema.get("properties", {}).items():
            assert inner.get("description"), name
            described(inner)
            described(inner.get("items", {}))

    described(load_schema())


@pytest.mark.parametrize("name", ["champions", "champions_time"])
def test_the_projects_own_evaluations_can_be_read(pytestconfig, name):
    reports = pytestconfig.rootpath / "reports"
    found = load_evaluation(reports / f"{name}.evaluation.yaml")
    assert found.report == name
    assert f'release("{found.analysis}")' in (reports / f"{name}.qmd").read_text(encoding="utf-8")
    assert f'release("{found.analysis}")' in (reports / f"{name}_assurance.qmd").read_text(encoding="utf-8")
    assert len(found.assumptions) >= 3
