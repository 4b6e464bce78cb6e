"""Files that cannot be read, or mean harm: refused, quickly, with a sentence at the place."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lvrn_eval.documents import FileKind
from lvrn_eval.documents.reading import LARGEST, read_document
from lvrn_eval.documents.syntax import EXPLANATIONS
from lvrn_eval.errors import LvrnError

CASES = {
    case["case"]: case for case in YAML(typ="safe", pure=True).load(Path(__file__).with_name("documents_broken.yaml"))
}
RECIPE = FileKind("recipe", LvrnError)
SECONDS = 10  # a tenth of this is enough on an idle machine; without the guards some of these take minutes

LAUGHS = "a: &a ['lol']\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

Refusal = Callable[[str | bytes], LvrnError]


@pytest.mark.parametrize("name", CASES)
def test_says_what_is_wrong(refusal: Refusal, name: str) -> None:
    assert str(refusal(CASES[name]["text"])) == CASES[name]["message"].strip("\n")


def test_no_explanation_is_without_a_broken_file() -> None:
    messages = "".join(case["message"] for case in CASES.values())
    assert [known.what for known in EXPLANATIONS if f"{known.what}\n" not in messages] == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (LAUGHS, "the anchor `&a` is not read here"),
        ("a: [" + "*a, " * 50_000 + "]", "the alias `*a` repeats another part of the file"),
        ("[" * 100_000, "this is nested more than 12 deep"),
        ("{a: " * 20_000, "this is nested more than 12 deep"),
        ("- " * 50_000, "this is nested more than 12 deep"),
        ("a:\n" + "".join(" " * n + "b:\n" for n in range(1, 500)), "this is nested more than 12 deep"),
        ("a" * (LARGEST + 1), "the file is larger than 256 KiB, too large to be a recipe"),
        ("!!python/object/apply:os.system ['true']", "the tag `!!python/object/apply:os.system` is not read here"),
        ("!!python/name:os.system", "the tag `!!python/name:os.system` is not read here"),
    ],
    ids=["billion laughs", "aliases", "brackets", "braces", "dashes", "indents", "large", "apply", "name"],
)
def test_is_refused_quickly(refusal: Refusal, text: str, what: str) -> None:
    started = time.monotonic()
    error = refusal(text)
    assert error.faults[0].what == what
    assert len(str(error)) < 10_000
    assert time.monotonic() - started < SECONDS


def test_twelve_deep_is_read(refusal: Refusal, tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text("[" * 12 + "1" + "]" * 12, encoding="utf-8")
    assert read_document(path, RECIPE).root.at([0] * 12).value == 1
    assert refusal("[" * 13 + "1" + "]" * 13).faults[0].where == "x.yaml:1:14"


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text("a: 1\n#" + " " * (LARGEST - 6), encoding="utf-8")
    assert read_document(path, RECIPE).root.value == {"a": 1}


def test_reading_stops_after_twenty_of_a_kind(refusal: Refusal) -> None:
    assert len(refusal(LAUGHS).faults) == 20


def test_no_tag_runs_anything(refusal: Refusal, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    refusal(f"!!python/object/apply:os.mkdir ['{witness}']")
    assert not witness.exists()


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "~\n", "null"])
def test_an_empty_file(refusal: Refusal, text: str) -> None:
    fault = refusal(text).faults[0]
    assert (fault.where, fault.what) == ("x.yaml:1:1", "the file is empty")
    assert fault.fix == "start from the file that `lvrn-eval init` writes"


def test_not_utf8(refusal: Refusal) -> None:
    assert (
        str(refusal("a: 1\nb: [Livés]\n".encode("latin-1")))
        == """\
the recipe in x.yaml cannot be used: 1 fault
  x.yaml:2:8: the file is not UTF-8 text
      b: [Liv\ufffds]
             ^
      → save the file as UTF-8 (in the editor: Save as, encoding UTF-8)"""
    )


def test_utf16(refusal: Refusal) -> None:
    fault = refusal("a: 1\n".encode("utf-16")).faults[0]
    assert (fault.where, fault.what) == ("x.yaml:1:1", "the file is not UTF-8 text")


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "recipes.yaml").write_text("a: 1\n", encoding="utf-8")
    path = tmp_path / "recipe.yml"
    with pytest.raises(LvrnError, match=re.escape(f"the recipe in {path} cannot be used: 1 fault\n")) as caught:
        read_document(path, RECIPE)
    (fault,) = caught.value.faults
    assert str(fault) == "recipe.yml: there is no such file\n    → did you mean 'recipes.yaml'?"


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(LvrnError, match="cannot be used") as caught:
        read_document(tmp_path / "nowhere" / "x.yaml", RECIPE)
    assert caught.value.faults[0].fix == "check the folder and the name of the file"


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(LvrnError, match="cannot be used") as caught:
        read_document(tmp_path, RECIPE)
    assert caught.value.faults[0].what == "the file cannot be opened: is a directory"
