"""The digest: of what a framework says, not of how the file is written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lvrn_eval.framework import load_framework
from lvrn_eval.framework.load import digest

SMALL = Path(__file__).with_name("small.yaml").read_text(encoding="utf-8")


@pytest.fixture
def digest_of(tmp_path: Path):
    def load(*changes: tuple[str, str]) -> str:
        text = SMALL
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = tmp_path / "outcomes_framework.yaml"
        path.write_bytes(text.encode())
        return load_framework(path).digest

    return load


def test_worked_by_hand() -> None:
    # keys sorted, no spaces, UTF-8 as it is
    told = '{"a":[1,true,null],"b":"é"}'
    assert digest({"b": "é", "a": [1, True, None]}) == hashlib.sha256(told.encode()).hexdigest()


@pytest.mark.parametrize(
    "changes",
    [
        [("schema_version: 1\n", "# a comment\nschema_version:   1  # another\n\n")],
        [("    unit: people\n    direction: neither\n", "    direction: neither\n    unit: people\n")],
        [("unit: people", "unit: 'people'"), ('number: "2.1"', "number: '2.1'")],
        [("definition: People who say so.", "definition: >-\n      People who\n      say so.")],
        [("definition: People who say so.", "definition: >\n      People who say so.\n")],
        [("{number: 2, numbering: attested,", "{numbering: attested, number: 2,")],
        [("works_towards:\n      - wellbeing", "works_towards: [wellbeing]")],
        [("schema_version: 1\n", "---\nschema_version: 1\n")],
        [("schema_version: 1\n", "\ufeffschema_version: 1\n")],
        [("schema_version: 1\nframework:\n", "schema_version: 1\r\nframework:\r\n")],
    ],
    ids=["comments", "key order", "quotes", "folded", "folded end", "flow order", "flow list", "start", "mark", "crlf"],
)
def test_layout_does_not_change_it(digest_of, changes) -> None:
    assert digest_of(*changes) == digest_of()


@pytest.mark.parametrize(
    "changes",
    [
        [("direction: increase", "direction: decrease")],
        [("because: It is the outcome.", "because: It is part of the outcome.")],
        [("numbering: reconstructed\n", "numbering: attested\n")],
        [("source: made up for the tests", "source: made up for the tests\n  source_note: open")],
        [("      - wellbeing\nindicators", "      - wellbeing\n      - culture_change\nindicators")],
    ],
    ids=["value", "text", "numbering", "note", "entry"],
)
def test_meaning_does(digest_of, changes) -> None:
    assert digest_of(*changes) != digest_of()
