"""One broken framework per rule, and the whole message it gets: see the files in ``broken``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lvrn_eval.framework.rules import RULES

BROKEN = Path(__file__).with_name("broken")
CASES = {
    case["case"]: case for path in sorted(BROKEN.glob("*.yaml")) for case in YAML(typ="safe", pure=True).load(path)
}


@pytest.mark.parametrize("name", CASES)
def test_says_what_is_wrong(name: str, refusal_of_change: Callable[..., str]) -> None:
    changes = [(change["old"], change["new"]) for change in CASES[name]["changes"]]
    assert refusal_of_change(*changes) == CASES[name]["message"]


def test_names_are_given_once() -> None:
    files = [YAML(typ="safe", pure=True).load(path) for path in BROKEN.glob("*.yaml")]
    assert sum(len(cases) for cases in files) == len(CASES)


def test_no_rule_is_without_a_broken_file(
    monkeypatch: pytest.MonkeyPatch, refusal_of_change: Callable[..., str]
) -> None:
    # without a rule, some message of broken/rules.yaml must change
    for left_out in RULES:
        monkeypatch.setattr("lvrn_eval.framework.rules.RULES", tuple(rule for rule in RULES if rule is not left_out))
        assert any(_differs(case, refusal_of_change) for case in _cases_of_rules()), left_out.__name__


def _cases_of_rules() -> list[dict]:
    return YAML(typ="safe", pure=True).load(BROKEN / "rules.yaml")


def _differs(case: dict, refusal_of_change: Callable[..., str]) -> bool:
    try:
        told = refusal_of_change(*[(change["old"], change["new"]) for change in case["changes"]])
    except pytest.fail.Exception:  # nothing was refused
        return True
    return told != case["message"]
