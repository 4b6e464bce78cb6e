"""Weighted tests, trend and pairs against R; and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.compare import logrank
from lvrn_eval.survival.kernels.adjust import holm
from lvrn_eval.survival.risk_table import risk_table

R = Path(__file__).parents[1] / "reference" / "r" / "survival"
CLOSE = {"rel": 1e-8}
REFERENCE = json.loads((R / "ref_curves.json").read_text())


def lung():
    return pd.read_csv(R / "lung.csv").assign(status=lambda d: d["status"] - 1)


def veteran():
    return pd.read_csv(R / "veteran.csv")


def rossi():
    return pd.read_csv(R / "rossi_people.csv")


SURVDIFF = {
    "rossi_fin_rho1": (rossi, {"time": "week", "event": "arrest", "by": "fin"}, 1),
    "lung_sex_rho05": (lung, {"time": "time", "event": "status", "by": "sex"}, 0.5),
    "veteran_celltype_rho1": (veteran, {"time": "time", "event": "status", "by": "celltype"}, 1),
    "veteran_celltype_strata_trt_rho1": (
        veteran,
        {"time": "time", "event": "status", "by": "celltype", "strata": "trt"},
        1,
    ),
}


@pytest.mark.parametrize("name", SURVDIFF)
def test_survdiff_with_rho(name):
    people, columns, rho = SURVDIFF[name]
    row = logrank(people(), **columns, test="fleming-harrington", rho=rho).table.iloc[0]
    theirs = REFERENCE["survdiff_rho"][name]
    assert row["statistic"] == pytest.approx(theirs["chisq"], **CLOSE)
    assert row["df"] == theirs["df"]
    assert row["p_value"] == pytest.approx(theirs["p"], **CLOSE)


COMP = {
    # survMisc takes the groups in an order of its own: adeno, squamous, small cell, large
    "veteran_celltype": (veteran, {"time": "time", "event": "status", "by": "celltype"}, 0.5, 2, [1, 4, 3, 2]),
    "lung_ph_ecog": (
        lambda: lung().query("`ph.ecog` < 3"),
        {"time": "time", "event": "status", "by": "ph.ecog"},
        1,
        1,
        [1, 2, 3],
    ),
}
WEIGHTS = {"log-rank": "1", "gehan": "n", "tarone-ware": "sqrtN", "peto": "S1"}


FH = "fleming-harrington"
SCORES = "logrank: scores must be 2 numbers, not all the same: one for each group, in this order: 1, 2"


@pytest.mark.parametrize("name", COMP)
@pytest.mark.parametrize("test", [*WEIGHTS, "fleming-harrington"])
def test_comp(name, test):
    people, columns, rho, gamma, scores = COMP[name]
    theirs = REFERENCE["comp"][name]
    column = theirs["weights"].index(WEIGHTS.get(test, f"FH_p={rho:g}_q={gamma:g}"))
    result = logrank(people(), **columns, test=test, rho=rho, gamma=gamma, scores=scores)
    assert result.table["statistic"][0] == pytest.approx(theirs["chisq"][column], **CLOSE)
    assert result.table["p_value"][0] == pytest.approx(theirs["p"][column], **CLOSE)
    trend = result.parts["trend"].table.iloc[0]
    assert trend["statistic"] == pytest.approx(theirs["trend"]["z"][column] ** 2, **CLOSE)
    assert (trend["test"], trend["df"]) == (f"{test}, trend", 1)
    assert "Test for a trend over the groups' scores: chi-square" in result.text[1].text


def test_pairs():
    result = logrank(veteran(), "time", "status", "celltype", pairwise=True)
    theirs, ours = REFERENCE["pairs"], result.parts["pairs"].table
    assert list(ours["group"]) == theirs["group"]
    assert list(ours["other"]) == theirs["other"]
    np.testing.assert_allclose(ours["p_value"], theirs["p"], rtol=1e-8)
    np.testing.assert_allclose(ours["p_adjusted"], theirs["holm"], rtol=1e-8)
    assert result.method["pairwise"] == "Holm"


def test_pairs_in_strata_are_those_of_the_two_groups_alone():
    frame = veteran()
    ours = logrank(frame, "time", "status", "celltype", "trt", pairwise=True).parts["pairs"].table
    for pair in ours.itertuples():
        alone = frame[frame["celltype"].isin([pair.group, pair.other])]
        row = logrank(alone, "time", "status", "celltype", "trt").table.iloc[0]
        assert pair.statistic == pytest.approx(row["statistic"])
        assert (pair.n, pair.n_events) == (row["n"], row["n_events"])


def test_a_pair_that_cannot_be_compared_has_no_p_value_and_costs_no_adjustment():
    frame = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "event": [1, 1, 1, 1, 0, 0], "site": list("xxyyzz")})
    frame["entry"] = [0, 0, 2, 2, 0, 2]
    ours = logrank(frame, "days", "event", "site", entry="entry", pairwise=True).parts["pairs"].table
    assert list(ours["p_value"].isna()) == [True, False, False]
    assert ours["df"].tolist() == [0, 1, 1]
    assert ours["p_adjusted"].isna().tolist() == [True, False, False]
    assert (ours["p_adjusted"].dropna() <= 2 * ours["p_value"].dropna() + 1e-15).all()


def test_parts_keep_their_shape_when_nothing_is_asked():
    plain = logrank(veteran(), "time", "status", "celltype")
    asked = logrank(veteran(), "time", "status", "celltype", scores=[1, 2, 3, 4], pairwise=True)
    for name in ("trend", "pairs"):
        assert len(plain.parts[name].table) == 0
        assert dict(plain.parts[name].table.dtypes) == dict(asked.parts[name].table.dtypes)
        assert plain.parts[name].count_columns == ("n", "n_events")


def test_excess_is_what_the_test_weighs():
    groups = logrank(lung(), "time", "status", "sex").parts["groups"].table
    np.testing.assert_allclose(groups["excess"], groups["n_events"] - groups["expected"])
    gehan = logrank(lung(), "time", "status", "sex", test="gehan").parts["groups"].table
    np.testing.assert_allclose(gehan["expected"], groups["expected"])
    assert abs(gehan["excess"].sum()) < 1e-9
    assert gehan["excess"][0] > 100


@pytest.mark.parametrize("test", [*WEIGHTS, "fleming-harrington"])
def test_from_a_risk_table(test):
    counted = risk_table(veteran(), "time", "status", "celltype")
    ours, direct = (
        logrank(counted, test=test, pairwise=True),
        logrank(veteran(), "time", "status", "celltype", test=test, pairwise=True),
    )
    pd.testing.assert_frame_equal(ours.table, direct.table)
    pd.testing.assert_frame_equal(ours.parts["pairs"].table, direct.parts["pairs"].table)
    assert ours.text == direct.text
    assert ours.method == direct.method


def test_fleming_harrington_without_powers_is_the_logrank_test():
    plain = logrank(lung(), "time", "status", "sex").table.iloc[0]
    powerless = logrank(lung(), "time", "status", "sex", test="fleming-harrington", rho=0).table.iloc[0]
    assert powerless["statistic"] == pytest.approx(plain["statistic"])


def test_title_and_sentence_name_the_test():
    result = logrank(lung(), "time", "status", "sex", test="gehan")
    assert result.title == "Gehan-Breslow (Wilcoxon) test of recorded events, by sex"
    assert result.text[0].text == (
        "Gehan-Breslow (Wilcoxon) test of the 2 groups of sex: chi-square 12.47 on 1 degree of freedom, p < 0.001. "
        "It says how easily chance alone would make the curves differ so much, not how much they differ."
    )


@pytest.mark.parametrize(
    ("named", "text"),
    [
        ({"test": "wilcoxon"}, f"logrank: test 'wilcoxon' is not known; known: {', '.join([*WEIGHTS, FH])}"),
        ({"test": "tarone ware"}, "logrank: test 'tarone ware' is not known; did you mean 'tarone-ware'?"),
        ({"test": "fleming-harrington", "rho": -1}, "logrank: rho and gamma must not be negative, not -1 and 0.0"),
        ({"scores": [1]}, SCORES),
        ({"scores": [1, 1]}, SCORES),
        ({"scores": ["low", "high"]}, "logrank: scores takes a list of numbers, one for each group"),
        ({"scores": [1, np.inf]}, "logrank: scores must be finite numbers"),
    ],
)  # fmt: skip
def test_choices(named, text):
    with pytest.raises(AnalysisError) as refused:
        logrank(lung(), "time", "status", "sex", **named)
    assert str(refused.value) == text


def test_people_without_their_columns_and_a_table_with_them():
    with pytest.raises(AnalysisError) as refused:
        logrank(lung(), by="sex")
    assert str(refused.value) == "logrank: say which columns of the data to use: time=, event="
    with pytest.raises(AnalysisError) as refused:
        logrank(risk_table(lung(), "time", "status", "sex"), strata="inst")
    assert str(refused.value) == "logrank: a risk table holds its own columns; leave out strata"


def test_holm():
    """Least of three: 3 * 0.01; next 2 * 0.04, not less; the last 1 * 0.03 may not be below that before it."""
    np.testing.assert_allclose(holm(np.array([0.04, 0.01, 0.03])), [0.06, 0.03, 0.06])
    np.testing.assert_allclose(holm(np.array([0.9, np.nan, 0.8])), [1, np.nan, 1])
    assert holm(np.zeros(0)).size == 0
