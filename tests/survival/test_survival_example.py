"""The Rossi example gives R's numbers, and its page says what it found; and the examples in the docstrings run."""

import doctest
import importlib
import runpy
from pathlib import Path

import pytest

ROSSI = Path(__file__).parents[2] / "examples" / "rossi"


@pytest.fixture(scope="module")
def results():
    return runpy.run_path(str(ROSSI / "run.py"))["run"]()


def test_the_curves(results):
    curves, _ = results
    assert (curves.name, curves.shape, curves.figure) == ("kaplan_meier", "curve", "survival_curve")
    at_52 = curves.parts["at_times"].row("at 52", "none")
    # R: rossi_km_by_fin_loglog.csv, the last row of fin=no
    assert at_52["estimate"] == pytest.approx(150 / 216)
    assert (at_52["n"], at_52["n_events"]) == (216, 66)
    assert curves.parts["at_times"].row("at 52", "given")["n_events"] == 48


def test_the_test(results):
    _, test = results
    # R: survdiff(Surv(week, arrest) ~ fin)
    assert test.table["statistic"].iloc[0] == pytest.approx(3.83756957654905, rel=1e-8)
    assert test.table["p_value"].iloc[0] == pytest.approx(0.0501161174090057, rel=1e-8)


def test_the_page_says_what_was_found(results):
    page = (ROSSI / "README.md").read_text(encoding="utf-8").replace("\n", " ")
    curves, test = results
    words = " ".join(str(sentence) for result in (curves, test) for sentence in result.text)
    for number in ("69.4% (95% interval 62.8% to 75.1%)", "chi-square 3.84 on 1 degree of freedom, p = 0.050"):
        assert number in words
        assert number in page
    assert "77.8% (95% interval 71.6% to 82.8%)" in words
    assert "77.8% (71.6% to 82.8%)" in page


def test_it_prints_the_sentences(capsys, monkeypatch):
    # else the example takes the first option of pytest's own command line for the folder to write its page to
    monkeypatch.setattr("sys.argv", ["run.py"])
    runpy.run_path(str(ROSSI / "run.py"), run_name="__main__")
    assert "Log-rank test of the 2 groups of financial aid" in capsys.readouterr().out


@pytest.mark.parametrize(
    "module", ["risk_table", "curves", "compare", "times", "competing", "gray", "rmst", "pool", "risk_file"]
)
def test_examples_in_docstrings(module):
    found = doctest.testmod(importlib.import_module(f"lvrn_eval.survival.{module}"))
    assert found.attempted > 0
    assert found.failed == 0
