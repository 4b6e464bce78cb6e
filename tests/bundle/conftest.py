from __future__ import annotations

import pandas as pd
import pytest

from lvrn_eval.release import open_release, write_release
from lvrn_eval.result import Check, Result, Sentence

HOSTILE = (
    '=HYPERLINK("//x")', "+1+1", "-2", "@SUM(A1)", "<script>alert(1)</script>", "$$note$$", "https://example.org",
    "\u202eevil", "x" * 10_000,
)  # fmt: skip


def counts(labels, people, name="classes"):
    """Return a table of counts of people."""
    table = pd.DataFrame({"group": "all", "class": list(labels), "people": list(people)})
    method = {"design": "before and after", "conf_level": 0.95, "kinds": ["suspect"], "as_of": "2024-03-31"}
    return Result(name, "People by change", table, method, count_columns=("people",), shape="counts")


def attrition():
    """Return who was left by each rule."""
    table = pd.DataFrame(
        {
            "group": "all", "step": [0, 1], "label": ["In the records", "Seen twice"], "rule": [None, "visits >= 2"],
            "people_left": [120, 80], "people_removed": [0, 40],
        },
    )  # fmt: skip
    method = {"missing": "unknown is not met"}
    return Result("attrition", "Who was included", table, method, count_columns=("people_left", "people_removed"),
                  shape="counts")  # fmt: skip


@pytest.fixture
def released(tmp_path):
    """Return a function that releases results made up for a test, and opens the release."""

    def made(*results, **choices):
        choices = {"data": "synthetic", "policy": "strict", "programme": "champions", **choices}
        return open_release(write_release(tmp_path / "releases", "champions_reoffending", results, **choices))

    return made


@pytest.fixture
def one(released):
    """Return a release with something hidden in it, a check and a sentence."""
    shown = counts(["reduced", "unchanged", "increased"], [60, 40, 2])
    checked = Result(
        "looked_at", "What was looked at", pd.DataFrame({"term": ["x"], "estimate": [0.5], "n": [50]}), {},
        checks=(Check("enough", passed=True, text="There are enough."),), text=(Sentence("Half did."),),
        count_columns=("n",),
    )  # fmt: skip
    return released(attrition(), shown, checked)
