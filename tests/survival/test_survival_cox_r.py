"""Cox models against R: survival 3.5-3, frozen under tests/reference/r/cox with the script that made them."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.survival.concordance import concordance
from lvrn_eval.survival.cox import fit_cox
from lvrn_eval.survival.predict import predict_hazard, predict_survival
from lvrn_eval.survival.proportional_hazards import test_proportional_hazards as proportional_hazards
from lvrn_eval.survival.residuals import cox_residuals

R = Path(__file__).parents[1] / "reference" / "r"
MODELS = json.loads((R / "cox" / "cox_models.json").read_text(encoding="utf-8"))
RESIDUALS = json.loads((R / "cox" / "cox_residuals.json").read_text(encoding="utf-8"))
CURVES = json.loads((R / "cox" / "cox_curves.json").read_text(encoding="utf-8"))
CONCORDANCE = json.loads((R / "cox" / "concordance.json").read_text(encoding="utf-8"))
OUR_NAMES = {"scaledsch": "scaled_schoenfeld"}


def same(ours, theirs, rtol=1e-8):
    """Agree at a relative 1e-8, or at 1e-8 of the largest where numbers are small among others."""
    theirs = np.asarray(theirs, dtype=float)
    np.testing.assert_allclose(
        np.asarray(ours, dtype=float), theirs, rtol=rtol, atol=1e-8 * np.abs(theirs).max() * 1e-2
    )


@cache
def frozen(name):
    if name == "rossi_long":
        return long_rossi()
    if name == "lung":
        lung = pd.read_csv(R / "survival" / "lung.csv").dropna(subset=["inst", "ph.ecog"])
        site = "s" + (lung["inst"] % 3).astype(int).astype(str)
        return lung.assign(status=lung["status"] - 1, w=0.5 + (lung["age"] % 5) / 3, site=site)
    if name == "recid":
        return pd.read_csv(R / "cox" / "recid.csv").assign(fail=lambda d: 1 - d["cens"])
    if name == "bladder2":
        return pd.read_csv(R / "cox" / "bladder2.csv").query("start < stop")
    where = {"veteran": R / "survival" / "veteran.csv", "heart": R / "cox" / "heart_all.csv"}
    return pd.read_csv(where.get(name, R / "cox" / f"{name}.csv"))


def long_rossi():
    """One row per person and week, with whether they had work in it."""
    rossi = pd.read_csv(R / "cox" / "rossi.csv")
    weeks = rossi["week"].to_numpy()
    rows = np.repeat(np.arange(len(rossi)), weeks)
    stop = np.arange(rows.size) - np.repeat(np.cumsum(weeks) - weeks, weeks) + 1
    work = rossi[[f"emp{week}" for week in range(1, 53)]].to_numpy()
    frame = rossi[["arrest", "week", "fin", "age", "prio"]].iloc[rows].reset_index(drop=True)
    last = frame["week"] == stop
    return frame.assign(
        id=rows,
        start=stop - 1,
        stop=stop,
        arrest=frame["arrest"].where(last, 0),
        employed=(work[rows, stop - 1] == "yes").astype(int),
    )


@cache
def fitted(name, conf_level=0.95):
    model = MODELS[name]
    parts = ("time", "event", "entry", "strata", "cluster", "weights", "ties")
    given = {key: model[key] for key in parts if key in model}
    # R sorts autosomal before X-linked, Python the other way
    formula = (
        model["formula"].replace("ph.ecog", "`ph.ecog`").replace("inherit", "C(inherit, contr.treatment('autosomal'))")
    )
    return fit_cox(frozen(model["data"]), formula, **given, conf_level=conf_level)


@pytest.mark.parametrize("name", MODELS)
def test_coefficients_and_covariance(name):
    theirs, fit = MODELS[name], fitted(name)
    same(fit.beta, theirs["coef"])
    same(fit.covariance, theirs["var"])
    same(fit.model_covariance, theirs["naive"])
    same(fit.log_likelihood, theirs["loglik"])


@pytest.mark.parametrize("name", MODELS)
def test_overall_tests_and_concordance(name):
    theirs, result = MODELS[name], fitted(name).result
    tests = result.parts["tests"].table.set_index("test")["statistic"]
    null, best = theirs["loglik"]
    same(tests["likelihood ratio"], 2 * (best - null))
    same(tests["Wald"], theirs["wald"])
    same(tests["score"], theirs["score"])
    if theirs["rscore"]:
        same(tests["robust score"], theirs["rscore"])
    row = result.parts["fit"].row("concordance")
    same([row["estimate"], row["std_error"]], theirs["concordance"])
    assert result.table["n_events"].max() == theirs["nevent"]
    assert result.method["n_rows"] == theirs["n"]


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
@pytest.mark.parametrize("name", MODELS)
def test_proportional_hazards_of_each_term(name, transform):
    theirs = MODELS[name]["zph"][transform]
    table = proportional_hazards(fitted(name), transform).table
    same(table["statistic"], theirs["chisq"], rtol=1e-7)
    same(table["df"], theirs["df"])
    same(table["p_value"], theirs["p"], rtol=1e-7)


@pytest.mark.parametrize("kind", ["martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaledsch"])
@pytest.mark.parametrize("name", RESIDUALS)
def test_residuals(name, kind):
    theirs = np.array(RESIDUALS[name][kind])
    ours = cox_residuals(fitted(name), OUR_NAMES.get(kind, kind))
    if kind in {"schoenfeld", "scaledsch"}:
        # events at the same time may stand in another order
        values = ours.drop(columns=["time", "stratum"]).to_numpy()
        order = np.lexsort((*np.round(values.T, 6), ours["time"], ours["stratum"]))
        theirs_order = np.lexsort((*np.round(theirs.T, 6), ours["time"], ours["stratum"]))
        same(values[order], theirs[theirs_order])
    else:
        same(ours.to_numpy().squeeze(), theirs)


@pytest.mark.parametrize("name", [name for name in CURVES if name != "lung_mean"])
def test_predicted_curves(name):
    theirs = CURVES[name]
    fit = fitted(theirs["model"])
    newdata = pd.DataFrame(theirs["newdata"])
    curve = predict_survival(fit, newdata, conf_level=0.9, conf_type=theirs["conf_type"]).table
    hazard = predict_hazard(fit, newdata, conf_level=0.9, conf_type="plain").table
    at = {key: np.array(theirs[key], dtype=float) for key in ("surv", "cumhaz", "std_chaz", "lower", "upper")}
    moments = np.array(theirs["n_event"]) > 0
    for person, label in enumerate(map(str, newdata.index)):
        mine, ours = curve[curve["group"] == label][1:], hazard[hazard["group"] == label][1:]
        if theirs["strata"]:
            # where newdata names the strata, R puts the curves one below the other
            sizes = list(theirs["strata"].values())
            own = person
            rows = np.arange(sum(sizes[:own]), sum(sizes[: own + 1]))
            column = None
        else:
            rows, column = np.arange(len(moments)), person
        rows = rows[moments[rows]]
        their = {key: values[rows] if column is None else values[rows, column] for key, values in at.items()}
        np.testing.assert_array_equal(mine["time"], np.array(theirs["time"])[rows])
        np.testing.assert_array_equal(mine["events"], np.array(theirs["n_event"])[rows])
        np.testing.assert_array_equal(mine["at_risk"], np.array(theirs["n_risk"])[rows])
        same(mine["estimate"], their["surv"])
        same(ours["estimate"], their["cumhaz"])
        same(ours["std_error"], their["std_chaz"])
        same(mine["conf_low"], their["lower"])
        same(mine["conf_high"], their["upper"])


def test_hazard_at_the_mean():
    theirs = CURVES["lung_mean"]
    fit = fit_cox(frozen("lung"), "age + `ph.ecog`", "time", "status")
    ours = predict_hazard(fit).table[1:]
    moments = np.array(theirs["n_event"]) > 0
    same(ours["estimate"], np.array(theirs["cumhaz"])[moments])
    same(ours["std_error"], np.array(theirs["std_chaz"])[moments])


def test_rossi_predicted_survival():
    theirs = pd.read_csv(R / "cox" / "rossi_cox_predicted_survival.csv")
    who = {
        "fin": ["no", "yes"],
        "age": [20, 30],
        "race": ["black", "other"],
        "wexp": ["no", "yes"],
        "mar": ["not married", "married"],
        "paro": ["yes", "no"],
        "prio": [3, 1],
    }
    table = predict_survival(fitted("rossi_efron"), pd.DataFrame(who, index=["first", "second"])).table
    for name, column in {"first": "1", "second": "2"}.items():
        ours = table[table["group"] == name][1:].set_index("time")
        at = theirs.set_index("time").loc[ours.index]
        same(ours["estimate"], at[f"s{column}"])
        same(ours["std_error"] / ours["estimate"], at[f"se{column}"])


def test_recid_baseline_hazard():
    theirs = pd.read_csv(R / "cox" / "recid_cox_basehaz0.csv").set_index("time")["hazard"]
    fit = fitted("recid_efron")
    nobody = pd.DataFrame(0.0, index=["all 0"], columns=list(fit.sample.design.variables))
    ours = predict_hazard(fit, nobody).table[1:].set_index("time")["estimate"]
    same(ours, theirs.loc[ours.index])


@pytest.mark.parametrize("name", CONCORDANCE)
def test_concordance_of_a_score(name):
    heart, lung = frozen("heart"), frozen("lung")
    given = {
        "plain": {},
        "weights": {"weights": "w"},
        "strata": {"strata": "sex"},
        "cluster": {"cluster": "inst"},
        "entry": {"entry": "start"},
        "everything": {"entry": "start", "strata": "surgery", "weights": "w", "cluster": "id"},
    }[name]
    data, time, event = (heart, "stop", "event") if "entry" in given else (lung, "time", "status")
    row = concordance(data, time, event, "age", **given).table.iloc[0]
    same(row["estimate"], CONCORDANCE[name]["concordance"])
    same(row["std_error"] ** 2, CONCORDANCE[name]["var"])
