"""The examples: on reconstructed and on real people, through the same Result, release and report."""

import runpy
from pathlib import Path

import pytest

from lvrn_eval.release import latest_release, open_release

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module", params=["rossi", "champions_2023_24"])
def example(request, tmp_path_factory):
    """The example's name, its page and its release."""
    folder = tmp_path_factory.mktemp(request.param)
    page = runpy.run_path(str(EXAMPLES / request.param / "run.py"))["page"](folder)
    return (
        request.param,
        page.read_text(encoding="utf-8"),
        open_release(latest_release(folder / "releases", request.param)),
    )


def test_the_page_and_the_release_say_what_the_data_is(example):
    name, text, release = example
    assert release.data == {"rossi": "public", "champions_2023_24": "reconstructed"}[name]
    assert {"rossi": "was published for anybody", "champions_2023_24": "was reconstructed"}[name] in text


def test_the_numbers_are_on_the_page(example):
    name, text, _ = example
    said = {
        # R survival 3.5-3: survfit and survdiff of Rossi by fin
        "rossi": ("69.4", "62.8", "75.1", "77.8", "71.6", "82.8", "3.8", "0.050"),
        # annual report 2023-24, page 33, and the intervals that follow from its counts
        "champions_2023_24": ("92.3", "64.0", "99.8", "61.5", "35.5", "82.3", "0.003", "RECONSTRUCTED"),
    }
    assert [number for number in said[name] if number not in text] == []
