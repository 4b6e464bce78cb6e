"""Numbers once given stay the same, or the changelog says which changed and why."""

import hashlib
import math
import re
import shutil

import pytest
from backtests_questions import FROZEN, POLICIES, QUESTIONS, write

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release import open_release
from lvrn_eval.release.compare import differences
from lvrn_eval.release.verify import compared

FIRST = "bded206c"
"""The answers that were frozen first; all later ones need an explanation."""

HEADING = "### Changed numbers"
CLOSE = 1e-8


def frozen(question, policy):
    (path,) = (path.parent for path in (FROZEN / f"{question}_{policy}").glob("*/manifest.json"))
    return open_release(path)


def digest(folder=FROZEN):
    """Return eight characters that name all frozen numbers, whatever they were made with."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.csv"), key=lambda path: (path.parent.parent.name, path.name)):
        total.update(f"{path.parent.parent.name}/{path.name}".encode() + path.read_bytes())
    return total.hexdigest()[:8]


def explained(changelog):
    """Return the names of the answers that the changelog explains; a name without a reason is none."""
    parts = changelog.split(f"{HEADING}\n")[1:]
    lines = [line for part in parts for line in part.partition("\n#")[0].splitlines()]
    return {found.group(1) for line in lines if (found := re.match(r"- `([0-9a-f]{8})`: \S+ \S+", line))}


def same(released, computed):
    """Say whether two cells are the same number, but for what two machines may differ in."""
    try:
        return math.isclose(float(released), float(computed), rel_tol=CLOSE)
    except ValueError:
        return False


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_the_one_that_was_given(tmp_path, question, policy):
    was, now = frozen(question, policy), open_release(write(tmp_path, question, policy))
    found = differences(was, now)
    if policy == "open":
        found = [each for each in found if not same(each.released, each.computed)]
    assert found == [], "a number changed; tests/backtests/README.md says what to do"


def test_a_change_of_the_answers_is_explained(pytestconfig):
    changelog = (pytestconfig.rootpath / "CHANGELOG.md").read_text(encoding="utf-8")
    name = digest()
    assert name == FIRST or name in explained(changelog), (
        f"the frozen answers changed: CHANGELOG.md needs a line `- `{name}`: which numbers, and why` under {HEADING!r}"
    )


def test_what_is_hidden_is_hidden_in_the_frozen_answers_too():
    tables = [table for question in QUESTIONS for table in frozen(question, "strict").results.values()]
    assert any(table.suppressed.to_numpy().any() for whole in tables for table in (whole, *whole.parts.values()))


CHANGELOG = f"""
# Changelog

## [Unreleased]

{HEADING}

- `1a2b3c4d`: restricted means of late entry, which were too long.
- `2a2b3c4d`:
- 3a2b3c4d: no quotes.

### Fixed

- `4a2b3c4d`: not under the heading.

## [0.1.0]

{HEADING}

- `5a2b3c4d`: an older one.
"""


def test_only_a_reason_under_the_heading_explains():
    assert explained(CHANGELOG) == {"1a2b3c4d", "5a2b3c4d"}
    assert explained("# Changelog\n") == set()


def test_a_changed_answer_has_another_name(tmp_path):
    folder = shutil.copytree(FROZEN, tmp_path / "frozen")
    assert digest(folder) == digest()
    path = next(folder.glob("rossi_strict/*/logrank.csv"))
    path.write_text(path.read_text(encoding="utf-8").replace("0.05", "0.06"), encoding="utf-8")
    assert digest(folder) != digest()
    with pytest.raises(ReleaseError, match=r"logrank\.csv: the file was changed after it was written"):
        open_release(path.parent)


def test_only_what_two_machines_may_differ_in_is_the_same():
    assert same("0.123456789012", "0.123456789013")
    assert not same("0.1234567", "0.1234568")
    assert not same("[c]", "12")


def test_a_frozen_answer_verifies_beside_a_new_one(tmp_path):
    was = frozen("rossi", "strict")
    found = compared(was, open_release(write(tmp_path, "rossi", "strict")))
    assert found.check("numbers").passed
    assert found.check("inputs").passed
