"""The published Champions result comes out of the reconstructed sample, labelled as what it is."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "champions_2023_24"


@pytest.fixture(scope="module")
def example():
    return runpy.run_path(str(EXAMPLE / "run.py"))


@pytest.fixture(scope="module")
def result(example):
    return example["main"]()


def test_published_numbers(result):
    people = result.parts["classes"].table.set_index("class")["people"]
    assert people.sum() == 18
    assert people.tolist() == [5, 8, 4, 0, 1]
    falling, sign, desisted = (result.row(term) for term in ("share_falling", "sign_test", "share_desisted"))
    assert (falling["n_events"], falling["n"]) == (12, 13)
    assert [round(100 * falling[c], 1) for c in ("estimate", "conf_low", "conf_high")] == [92.3, 64.0, 99.8]
    assert round(sign["p_value"], 4) == 0.0034
    assert (desisted["n_events"], desisted["n"]) == (8, 13)
    assert [round(100 * desisted[c], 1) for c in ("estimate", "conf_low", "conf_high")] == [61.5, 35.5, 82.3]


def test_one_went_from_one_to_six(result):
    pairs = result.parts["pairs"].table
    assert pairs[pairs["after"] > pairs["before"]].to_numpy().tolist() == [[1, 6, 1]]


def test_unknown_windows_give_no_rates(result):
    assert result.table.set_index("term")["estimate"][["rate_ratio_exact", "rate_ratio_robust"]].isna().all()
    assert result.check("exposure_known").passed is False


def test_labelled_everywhere(result):
    for one in (result, *result.parts.values()):
        assert "RECONSTRUCTED from published counts" in one.title
        assert one.check("data_status").passed is False
    sample = pd.read_csv(EXAMPLE / "sample_reconstructed.csv")
    assert sample["data_status"].eq("reconstructed").all()
    assert len(sample) == 18


def test_sample_agrees_with_its_published_classes(example, result):
    sample = example["sample"]()
    assert result.parts["classes"].table.set_index("class")["people"].to_dict() == {
        name: int((sample["published_class"] == name).sum())
        for name in ("none_recorded", "desisted", "reduced", "unchanged", "increased")
    }


def test_what_it_prints(example, result, capsys):
    example["show"](result)
    out = capsys.readouterr().out
    assert out.startswith("Recorded suspect events before and after the programme (RECONSTRUCTED")
    assert "92.3% (95% interval 64.0% to 99.8%); sign test of 12 down against 1 up, p = 0.003" in out
    assert "61.5% (95% interval 35.5% to 82.3%)" in out
    assert "descriptive only" in out
    assert "reoffend" not in out.lower()
