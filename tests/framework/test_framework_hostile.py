"""Files that are no framework, or a damaged one: refused with a sentence. How files are read is tested in documents."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lvrn_eval.documents.reading import LARGEST
from lvrn_eval.errors import FrameworkError
from lvrn_eval.framework import load_framework

SMALL = Path(__file__).with_name("small.yaml").read_text(encoding="utf-8")

Refusal = Callable[[str | bytes], FrameworkError]


def test_a_version_of_thousands_of_digits_is_told_in_part(refusal: Refusal) -> None:
    (fault,) = refusal("schema_version: " + "9" * 5_000).faults
    assert fault.what == "`schema_version` is '" + "9" * 59 + "…; this release reads 1"
    assert len(str(fault)) < 500


def test_a_large_file(refusal: Refusal) -> None:
    (fault,) = refusal("a" * LARGEST + "a").faults
    assert fault.what == "the file is larger than 256 KiB, too large to be a framework"


def test_an_empty_file(refusal: Refusal) -> None:
    fault = refusal("").faults[0]
    assert (fault.where, fault.what) == ("outcomes_framework.yaml:1:1", "the file is empty")
    assert fault.fix == "start from the file that `lvrn-eval init` writes"


@pytest.mark.parametrize(("text", "kind"), [("hello", "text"), ("- a\n- b\n", "a list"), ("12", "a number")])
def test_a_file_of_something_else(refusal: Refusal, text: str, kind: str) -> None:
    assert [fault.what for fault in refusal(text).faults] == [f"the file should be keys with values, but is {kind}"]


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "outcomes_framework.yaml").write_text(SMALL, encoding="utf-8")
    path = tmp_path / "outcome_framework.yml"
    with pytest.raises(FrameworkError) as caught:
        load_framework(str(path))
    assert (
        str(caught.value)
        == f"""\
the framework in {path} cannot be used: 1 fault
  outcome_framework.yml: there is no such file
      → did you mean 'outcomes_framework.yaml'?"""
    )


def test_every_fault_is_told_at_once_in_the_order_of_the_file(refusal_of_change: Callable[..., str]) -> None:
    told = refusal_of_change(
        ("last_year: 2025", "last_year: 2022"),
        ('number: "2.1"', "number: 2.1"),
        ("slug: culture_change", "slug: reoffending"),
        ("direction: increase", "direcion: increase"),
        ("unit: people\n", "unit: people\n    unit: persons\n"),
        ("    population: Mentors\n", ""),
    )
    assert (
        told
        == """\
the framework in outcomes_framework.yaml cannot be used: 7 faults
  outcomes_framework.yaml:6:14: `last_year` is 2022, before `first_year`, 2023
        last_year: 2022
                   ^^^^
      → exchange the two, or correct one
  outcomes_framework.yaml:13:13: `number` of outcome 'wellbeing' should be text, but is a number
          number: 2.1
                  ^^^
      → put it in quotes
  outcomes_framework.yaml:18:11: `slug` of outcome 'reoffending' makes reoffending or desistance an outcome
        - slug: reoffending
                ^^^^^^^^^^^
      → the framework has no such outcome: make it an indicator that contributes to one
  outcomes_framework.yaml:45:5: indicator 'people_well' has an unknown key 'direcion'
          direcion: increase
          ^^^^^^^^
      → did you mean 'direction'?
  outcomes_framework.yaml:53:5: indicator 'mentors_trained' has no `population`
        - slug: mentors_trained
          ^
      → add `population:` (whom or what it is counted over)
  outcomes_framework.yaml:58:5: the key 'unit' stands here a second time; the first is on line 57
          unit: persons
          ^^^^
      → keep one of them
  outcomes_framework.yaml:63:18: indicator 'mentors_trained' refers to an outcome 'culture_change' that does not exist
            - outcome: culture_change
                       ^^^^^^^^^^^^^^
      → known: wellbeing, reoffending"""
    )


PIECES = st.sampled_from(
    ["", " ", "\n", "\t", ":", ": ", "- ", "[", "]", "{", "}", "'", '"', "#", "&a", "*a", "!", "!!int", "|", ">", "?",
     "%", "---", "...", "\x00", "\ufeff", "\u2028", "\r", "~", "true", "4.1", "1e99", "<<: ", "é", "\U0001f600", ","],
)  # fmt: skip


@given(start=st.integers(0, len(SMALL)), length=st.integers(0, 40), piece=st.lists(PIECES, max_size=4))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_either_harmless_or_told(tmp_path: Path, start: int, length: int, piece: list[str]) -> None:
    path = tmp_path / "damaged.yaml"
    path.write_bytes((SMALL[:start] + "".join(piece) + SMALL[start + length :]).encode())
    with contextlib.suppress(FrameworkError):
        load_framework(path)
        return
    with pytest.raises(FrameworkError, match="cannot be used") as caught:
        load_framework(path)
    assert caught.value.faults
    assert all(re.fullmatch(r"damaged\.yaml:\d+:\d+", fault.where) and fault.what for fault in caught.value.faults)
