"""The pages about survival: their examples run, the tests they name are there, and so is the bench."""

import re
import subprocess
import sys
import warnings

import pytest

PAGES = (
    "docs/explanation/differences-from-r.md",
    "docs/explanation/differences-from-lifelines.md",
    "docs/validation.md",
)


def test_the_how_to_runs(pytestconfig, capsys):
    page = (pytestconfig.rootpath / "docs/how-to/analyse-time-to-reoffending.md").read_text(encoding="utf-8")
    with warnings.catch_warnings():
        # lifelines, whose data it uses, warns of its own affairs when imported
        warnings.simplefilter("ignore")
        import lifelines.datasets  # noqa: F401
    names = {}
    for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        exec(compile(block, "analyse-time-to-reoffending.md", "exec"), names)  # noqa: S102 (our own page)
    said = capsys.readouterr().out
    assert "aid none: an estimated 69.4% (95% interval 62.8% to 75.1%) had no recorded event by 52 weeks." in said
    tested = names["proportional"].table.set_index("term")["p_value"]
    assert tested["age"] < 0.05 < tested.drop("age").min()
    times = names["first"].to_pandas()
    assert times.groupby("person_id").size().to_dict() == {"a": 1, "b": 2, "c": 1, "d": 1, "e": 1, "f": 1}
    assert "Person b has two rows" in page


@pytest.mark.parametrize("page", PAGES)
def test_the_tests_a_page_names_are_there(pytestconfig, page):
    text = (pytestconfig.rootpath / page).read_text(encoding="utf-8")
    tests = pytestconfig.rootpath / "tests"
    last, missing = "", []
    for file, test, another in re.findall(r"`(?:tests/[\w/]+/)?(test_\w+\.py)(?:::(test_\w+))?`|`::(test_\w+)`", text):
        last = file or last
        (path,) = list(tests.rglob(last)) or [None]
        if path is None or f"def {test or another}" not in path.read_text(encoding="utf-8"):
            missing.append(f"{last}::{test or another}")
    assert last
    assert missing == []


def test_every_difference_names_a_test(pytestconfig):
    for page in PAGES[:2]:
        text = (pytestconfig.rootpath / page).read_text(encoding="utf-8")
        entries = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| What ")]
        assert len(entries) > 8
        assert [line for line in entries if "::test_" not in line] == []


def test_the_bench_runs_and_the_answers_agree(pytestconfig):
    script = pytestconfig.rootpath / "bench" / "bench_survival.py"
    rows = ["kaplan", "log-rank", "aalen", "concordance"]
    command = [sys.executable, str(script), "--quick", "--tools", "statsmodels", "--rows", *rows]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "| kaplan-meier, 9 groups |" in done.stdout
    assert "failed" not in done.stdout
