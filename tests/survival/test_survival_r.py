"""Against R: survival 3.5-3, frozen under tests/reference/r/survival with the scripts that made it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.survival import kaplan_meier, logrank, nelson_aalen, risk_table

R = Path(__file__).parents[1] / "reference" / "r" / "survival"
TOLERANCE = {"rtol": 1e-8, "atol": 1e-13}
CONF_TYPES = {"log-log": "log-log", "log": "log", "plain": "plain", "logit": "logit", "arcsine": "arcsin"}


def frozen(name):
    return pd.read_csv(R / name)


def lung():
    return frozen("lung.csv").assign(status=lambda d: d["status"] - 1)


def recid():
    return frozen("recid_people.csv").assign(event=lambda d: 1 - d["cens"])


def moments(result):
    """Our rows at which R has one: where someone has the event or is censored."""
    table = result.table
    return table[(table["events"] > 0) | (table["censored"] > 0)].reset_index(drop=True)


def same_counts(ours, theirs):
    for one, other in {"time": "time", "at_risk": "n_risk", "events": "n_event", "censored": "n_censor"}.items():
        np.testing.assert_array_equal(ours[one], theirs[other])


def same_survival(result, theirs, log_error):
    ours = moments(result)
    same_counts(ours, theirs)
    alive = theirs["surv"] > 0
    np.testing.assert_allclose(ours["estimate"], theirs["surv"], **TOLERANCE)
    error = (theirs["surv"] * theirs[log_error].where(alive)).where(alive)
    np.testing.assert_allclose(ours["std_error"], error, **TOLERANCE)
    if "lower" in theirs:
        np.testing.assert_allclose(ours["conf_low"], theirs["lower"], **TOLERANCE)
        np.testing.assert_allclose(ours["conf_high"], theirs["upper"], **TOLERANCE)


def same_hazard(result, theirs):
    ours = moments(result)
    same_counts(ours, theirs)
    np.testing.assert_allclose(ours["estimate"], theirs["cumhaz"], **TOLERANCE)
    np.testing.assert_allclose(ours["std_error"], theirs["std_chaz"], **TOLERANCE)


@pytest.mark.parametrize(
    ("file", "by", "conf_type", "order"),
    [
        ("rossi_km_all_plain.csv", None, "plain", None),
        ("rossi_km_by_fin_log.csv", "fin", "log", ["fin=no", "fin=yes"]),
        ("rossi_km_by_fin_loglog.csv", "fin", "log-log", ["fin=no", "fin=yes"]),
    ],
)
def test_rossi_curves(file, by, conf_type, order):
    theirs = frozen(file)
    assert order is None or list(theirs["strata"].unique()) == order
    people = frozen("rossi_people.csv")
    same_survival(kaplan_meier(people, "week", "arrest", by, conf_type=conf_type), theirs, "std_err_logS")
    same_hazard(nelson_aalen(people, "week", "arrest", by), theirs)


def test_rossi_nelson_aalen():
    theirs = frozen("rossi_na_fleming.csv")
    result = nelson_aalen(frozen("rossi_people.csv"), "week", "arrest")
    same_hazard(result, theirs)
    # R's file holds exp(-H) as its survival, with the error of H on its log scale and limits of the "log" kind
    table, z = moments(nelson_aalen(frozen("rossi_people.csv"), "week", "arrest", conf_type="plain")), 1.959963984540054
    np.testing.assert_allclose(np.exp(-table["estimate"]), theirs["surv"], **TOLERANCE)
    np.testing.assert_allclose(np.exp(-(table["estimate"] + z * table["std_error"])), theirs["lower"], **TOLERANCE)
    np.testing.assert_allclose(np.exp(-table["conf_low"]), theirs["upper"], **TOLERANCE)


def test_recid_curves():
    theirs = frozen("recid_km_by_black_log.csv")
    same_survival(kaplan_meier(recid(), "durat", "event", "black", conf_type="log"), theirs, "std_err_logS")
    same_hazard(nelson_aalen(recid(), "durat", "event", "black"), theirs)


@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_lung_every_interval(conf_type):
    theirs = frozen("ref_lung_by_sex.csv")
    limits = {side: theirs[f"{side}_{CONF_TYPES[conf_type]}"] for side in ("lower", "upper")}
    result = kaplan_meier(lung(), "time", "status", "sex", conf_type=conf_type)
    same_survival(result, theirs.assign(**limits), "std_err_log")


def test_lung_cumulative_hazard():
    same_hazard(nelson_aalen(lung(), "time", "status", "sex"), frozen("ref_lung_by_sex.csv"))


def test_lung_whole_weights():
    people = lung().assign(copies=lambda d: 1 + d["age"] % 3)
    theirs = frozen("ref_lung_weighted.csv")
    same_survival(kaplan_meier(people, "time", "status", "sex", weights="copies"), theirs, "std_err_log")
    same_hazard(nelson_aalen(people, "time", "status", "sex", weights="copies"), theirs)


def test_veteran_to_the_last_event():
    result = kaplan_meier(frozen("veteran.csv"), "time", "status", "celltype", conf_level=0.9)
    same_survival(result, frozen("ref_veteran_by_celltype_90.csv"), "std_err_log")
    assert 0 in set(result.table["estimate"])


def test_late_entry():
    heart, theirs = frozen("heart.csv"), frozen("ref_heart_late_entry.csv")
    same_survival(kaplan_meier(heart, "stop", "event", "transplant", "start"), theirs, "std_err_log")
    same_hazard(nelson_aalen(heart, "stop", "event", "transplant", "start"), theirs)


def test_time_0_and_ties():
    people = pd.DataFrame({"t": [0, 0, 1, 2, 2, 3, 3, 5], "e": [1, 0, 0, 1, 0, 1, 1, 1]})
    same_survival(kaplan_meier(people, "t", "e", conf_type="plain"), frozen("ref_tiny.csv"), "std_err_log")


@pytest.mark.parametrize("conf_type", CONF_TYPES)
@pytest.mark.parametrize(
    ("people", "by", "file"),
    [(lung, "sex", "ref_lung_quantiles.csv"), (lambda: frozen("veteran.csv"), "trt", "ref_veteran_quantiles.csv")],
    ids=["lung", "veteran"],
)
def test_quantiles(people, by, file, conf_type):
    theirs = frozen(file)
    theirs = theirs[theirs["conf_type"] == CONF_TYPES[conf_type]]
    shares = list(theirs["probability"].unique())
    result = kaplan_meier(people(), "time", "status", by, conf_type=conf_type, quantiles=shares)
    ours = result.parts["quantiles"].table
    assert [str(group) for group in theirs["group"]] == list(ours["group"])
    np.testing.assert_array_equal(ours["probability"], theirs["probability"])
    np.testing.assert_allclose(ours["estimate"], theirs["quantile"], **TOLERANCE)
    np.testing.assert_allclose(ours["conf_low"], theirs["lower"], **TOLERANCE)
    np.testing.assert_allclose(ours["conf_high"], theirs["upper"], **TOLERANCE)


def test_rossi_quantiles():
    theirs = json.loads((R / "frozen_tests.json").read_text())["km_quantiles"]
    people = frozen("rossi_people.csv")
    ours = kaplan_meier(people, "week", "arrest", "fin", conf_type="log", quantiles=[0.1, 0.2, 0.25]).parts["quantiles"]
    for column, name in {"estimate": "quantile", "conf_low": "lower", "conf_high": "upper"}.items():
        expected = [group[share] for group in theirs[name] for share in ("10", "20", "25")]
        np.testing.assert_array_equal(ours.table[column], np.array(expected, float))


R_TESTS = {
    "logrank_fin": (lambda: frozen("rossi_people.csv"), {"time": "week", "event": "arrest", "by": "fin"}),
    "logrank_educ5": (lambda: frozen("rossi_people.csv"), {"time": "week", "event": "arrest", "by": "educ"}),
    "logrank_fin_strata_race": (
        lambda: frozen("rossi_people.csv"),
        {"time": "week", "event": "arrest", "by": "fin", "strata": "race"},
    ),
    "recid_logrank_black": (recid, {"time": "durat", "event": "event", "by": "black"}),
    "lung_sex": (lung, {"time": "time", "event": "status", "by": "sex"}),
    "lung_ph_ecog": (
        lambda: lung().dropna(subset=["ph.ecog"]),
        {"time": "time", "event": "status", "by": "ph.ecog"},
    ),
    "veteran_celltype": (lambda: frozen("veteran.csv"), {"time": "time", "event": "status", "by": "celltype"}),
    "veteran_celltype_strata_trt": (
        lambda: frozen("veteran.csv"),
        {"time": "time", "event": "status", "by": "celltype", "strata": "trt"},
    ),
    "rossi_educ_strata_race": (
        lambda: frozen("rossi_people.csv"),
        {"time": "week", "event": "arrest", "by": "educ", "strata": "race"},
    ),
    "heart_late_entry": (
        lambda: frozen("heart.csv"),
        {"time": "stop", "event": "event", "by": "transplant", "entry": "start"},
    ),
    "heart_late_entry_strata_surgery": (
        lambda: frozen("heart.csv"),
        {"time": "stop", "event": "event", "by": "transplant", "entry": "start", "strata": "surgery"},
    ),
}


@pytest.mark.parametrize("name", R_TESTS)
def test_logrank(name):
    answers = json.loads((R / "frozen_tests.json").read_text()) | json.loads((R / "ref_tests.json").read_text())
    theirs, (people, arguments) = answers[name], R_TESTS[name]
    result = logrank(people(), **arguments)
    row = result.table.iloc[0]
    np.testing.assert_allclose(row["statistic"], theirs["chisq"], **TOLERANCE)
    assert row["df"] == theirs["df"]
    if "p" in theirs:
        np.testing.assert_allclose(row["p_value"], theirs["p"], **TOLERANCE)
    groups = result.parts["groups"].table
    if "expected" in theirs or "exp" in theirs:
        np.testing.assert_allclose(groups["expected"], theirs.get("expected", theirs.get("exp")), **TOLERANCE)
        np.testing.assert_array_equal(groups["n_events"], theirs.get("observed", theirs.get("obs")))


@pytest.mark.parametrize("conf_type", ["log-log", "plain"])
def test_a_curve_from_a_risk_table_is_the_curve_from_people(conf_type):
    heart = frozen("heart.csv")
    counted = risk_table(heart, "stop", "event", "transplant", "start")
    ours = kaplan_meier(counted, conf_type=conf_type)
    direct = kaplan_meier(heart, "stop", "event", "transplant", "start", conf_type=conf_type)
    pd.testing.assert_frame_equal(ours.table, direct.table)
    assert ours.method == direct.method
    assert ours.text == direct.text
    assert nelson_aalen(counted).checks == nelson_aalen(heart, "stop", "event", "transplant", "start").checks
