"""The table of docs/explanation/regression-to-the-mean.md made again, and what it must show at the least."""

from pathlib import Path

import pytest
from regression_coverage import row, simulation_covers, unsteady

pytestmark = pytest.mark.simulation

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "regression-to-the-mean.md"
NAMES = ["naive", "naive_covers", "model", "model_covers", "earlier", "earlier_covers", "pool", "pool_covers"]
CRISIS = "A crisis before"
FEW = 60
"""From so many people on, the intervals must be right."""


def told():
    """Return the rows of the page: world, people, and each number as it is written, shares as shares."""
    text = PAGE.read_text(encoding="utf-8")
    table = text.partition("<!-- coverage:")[2].partition("\n\n")[0].splitlines()[3:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [
        (world, int(n), [float(text.rstrip("%")) / (100 if text.endswith("%") else 1) for text in numbers])
        for world, n, *numbers in rows
    ]


TOLD = told()


def right(share):
    return 0.93 <= share <= 0.97


def test_the_page_has_what_must_be_known():
    cases = {(world, n) for world, n, _ in TOLD}
    assert {("Nothing changes", n) for n in (18, 60, 150, 450)} <= cases
    assert {("Rates fall to 0.7", n) for n in (60, 150, 450)} <= cases
    assert any(world == CRISIS for world, _ in cases)


@pytest.mark.parametrize(("world", "n", "numbers"), TOLD, ids=[f"{world}, {n}" for world, n, _ in TOLD])
def test_what_the_intervals_cover(world, n, numbers):
    found = dict(zip(NAMES, row(world, n), strict=True))
    for name, number in zip(NAMES, numbers, strict=True):
        # as written; a few studies in a thousand lie so near the line that another machine may see them across it
        assert found[name] == pytest.approx(number, abs=0.0045 if name.endswith("covers") else 0.0065), name
    assert found["naive_covers"] < 0.75
    if world == CRISIS:
        assert found["model_covers"] < 0.05
        assert found["pool_covers"] < 0.05
        assert right(found["earlier_covers"])
    elif n >= FEW:
        assert right(found["model_covers"])
        assert right(found["earlier_covers"])
        assert right(found["pool_covers"])


@pytest.mark.parametrize(("world", "n"), [("Nothing changes", 60), ("Rates fall to 0.7", 150)])
def test_what_the_simulated_range_covers(world, n):
    # of 300 studies, a share of 95% is found to within three points
    assert 0.92 <= simulation_covers(world, n, runs=300, draws=800) <= 0.98


def test_a_crisis_is_seen_and_seldom_imagined():
    assert unsteady(CRISIS, 150) > 0.99
    assert unsteady("Nothing changes", 150) < 0.07
