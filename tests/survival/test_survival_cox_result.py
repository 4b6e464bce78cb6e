"""What a Cox result says, and what it must not hold."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.engine import as_table
from lvrn_eval.result import ESTIMATE_COLUMNS, Result
from lvrn_eval.survival.concordance import concordance
from lvrn_eval.survival.cox import cox, fit_cox
from lvrn_eval.survival.predict import predict_hazard, predict_survival
from lvrn_eval.survival.proportional_hazards import test_proportional_hazards as proportional_hazards
from lvrn_eval.survival.residuals import cox_residuals

ROSSI = Path(__file__).parents[1] / "reference" / "r" / "cox" / "rossi.csv"


@pytest.fixture(scope="module")
def rossi():
    return pd.read_csv(ROSSI)[["week", "arrest", "fin", "age", "race", "prio"]]


@pytest.fixture(scope="module")
def result(rossi):
    return cox(rossi, "fin + age + race", "week", "arrest")


def test_columns(result):
    added = [
        "ratio",
        "ratio_low",
        "ratio_high",
        "statistic",
        "std_error_model",
        "variable",
        "label",
        "level",
        "reference",
    ]
    added += ["n_reference", "n_events_reference"]
    assert result.count_columns == ("n", "n_events", "n_reference", "n_events_reference")
    assert list(result.table.columns) == [*ESTIMATE_COLUMNS, *added]
    assert list(result.parts) == ["tests", "fit", "categories"]
    assert list(result.parts["tests"].table.columns) == ["test", "statistic", "df", "p_value", "n", "n_events"]
    assert list(result.parts["fit"].table.columns) == list(ESTIMATE_COLUMNS)


def test_a_category_has_its_own_counts(result, rossi):
    row = result.row("fin[T.yes]")
    paid = rossi["fin"] == "yes"
    assert (row["n"], row["n_events"]) == (paid.sum(), rossi.loc[paid, "arrest"].sum())
    assert (row["level"], row["reference"], row["label"]) == ("yes", "no", "fin: yes")
    assert (row["n_reference"], row["n_events_reference"]) == (216, 66)
    assert (result.row("age")["n"], result.row("age")["n_events"]) == (432, 114)
    assert result.table["n_reference"].isna().to_list() == [False, True, False]
    assert result.parts["categories"].table.to_dict("list") == {
        "variable": ["fin", "fin", "race", "race"],
        "category": ["yes", "no", "other", "black"],
        "n": [216, 216, 53, 379],
        "n_events": [48, 66, 12, 102],
    }


def test_a_column_of_two_values_is_a_category_too(rossi):
    result = cox(rossi.assign(paid=(rossi["fin"] == "yes") * 1.0), "paid", "week", "arrest")
    assert (result.row("paid")["n"], result.row("paid")["n_events"]) == (216, 48)
    assert result.parts["categories"].table["category"].to_list() == ["1", "0"]


def test_people_are_clusters():
    """Two rows per person: n counts people, in all and in a category they were in for a time."""
    people = np.repeat(np.arange(30), 2)
    second = np.tile([False, True], 30)
    frame = pd.DataFrame(
        {
            "id": people,
            "entry": np.where(second, 5, 0),
            "days": np.where(second, 6 + people, 5),
            "event": second & (people % 3 != 0),
            "age": np.cos(people),
            "job": np.where((people % 2 == 0) | (second & (people % 5 == 0)), "yes", "no"),
        },
    )
    result = cox(frame, "job + age", "days", "event", entry="entry", cluster="id")
    # fifteen had work all along; of the others those whose number ends in 5 had it later
    assert result.row("job[T.yes]")["n"] == 18
    assert result.row("age")["n"] == 30
    assert result.method["std_error"] == "robust: sandwich by id (Lin and Wei)"
    assert result.method["n_rows"] == 60


def test_sentences(result):
    assert [(one.text, one.counts) for one in result.text] == [
        ("432 people, 114 recorded events.", (432, 114, 318)),
        ("fin: yes, against no: hazard ratio 0.71 (95% interval 0.49 to 1.03), p = 0.075.", (216, 48, 216, 66)),
        ("age: hazard ratio 0.93 for 1 more (95% interval 0.89 to 0.97), p < 0.001.", ()),
        ("race: other, against black: hazard ratio 0.77 (95% interval 0.42 to 1.40), p = 0.391.", (53, 12, 379, 102)),
        (
            (
                "Each hazard ratio is taken to be the same at all times, the other terms being equal; whether that is "
                "so, test_proportional_hazards looks at."
            ),
            (),
        ),
    ]


def test_checks(result):
    assert [(check.name, check.passed, check.text) for check in result.checks] == [
        ("events_per_term", True, "At least 10 recorded events for each term."),
        ("people", True, "At least 30 people."),
        ("converged", True, "The likelihood reached its maximum."),
        (
            "never_at_risk",
            None,
            ("0 rows are never at risk at an event, and tell nothing: they left before the first, or between two."),
        ),
    ]


def test_cautions(rossi):
    few = cox(rossi[:25].assign(w=[0.0, *[1.0] * 24]), "age + prio + fin", "week", "arrest", weights="w")
    assert [check.text for check in few.checks if check.passed is False] == [
        "Fewer than 10 recorded events for each term: estimates and intervals may be far off.",
        "Fewer than 30 people: descriptive only.",
    ]
    assert few.check("zero_weights").text == "Rows with weight 0, which count for nobody: 1."
    assert few.method["std_error"] == "robust: sandwich by row (Lin and Wei)"
    assert few.row("age")["n"] == 24


def test_method(result):
    assert dict(result.method) == {
        "time": "week",
        "event": "arrest",
        "entry": None,
        "weights": None,
        "strata": None,
        "cluster": None,
        "estimator": "Cox proportional hazards",
        "formula": "fin + age + race",
        "ties": "efron",
        "penalty": None,
        "std_error": "model: inverse information",
        "interval": "estimate ± z standard errors",
        "conf_level": 0.95,
        "at_risk": "entry < time <= exit",
        "missing": "refused",
        "n_rows": 432,
        "evaluations": result.method["evaluations"],
    }


def test_no_result_holds_a_row_per_person(rossi):
    fit = fit_cox(rossi, "fin + age", "week", "arrest")
    results = [fit.result, *fit.result.parts.values(), predict_hazard(fit), proportional_hazards(fit)]
    assert all(isinstance(one, Result) and len(one.table) < 60 for one in results)
    assert "array" not in repr(fit)
    assert "array" not in repr(fit.sample)


def test_table_and_frame_alike(rossi):
    one = cox(rossi, "fin + age + race", "week", "arrest", strata="prio").table
    other = cox(as_table(rossi, "rossi"), "fin + age + race", "week", "arrest", strata="prio").table
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


HELD = {
    "nullable": lambda frame: frame.convert_dtypes(),
    "arrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "objects": lambda frame: frame.astype(object),
    "truth": lambda frame: frame.assign(arrest=frame["arrest"] == 1, race=frame["race"] == "other"),
    "polars": lambda frame: pytest.importorskip("polars").from_pandas(frame),
}


@pytest.mark.parametrize("held", HELD)
def test_whatever_holds_the_columns(rossi, result, held):
    other = cox(HELD[held](rossi), "fin + age + race", "week", "arrest")
    np.testing.assert_allclose(other.table["estimate"], result.table["estimate"], rtol=1e-12)
    assert other.table["n"].to_list() == result.table["n"].to_list()


def test_unused_categories_and_named_reference(rossi):
    many = rossi.assign(race=pd.Categorical(rossi["race"], ["nobody", "other", "black"]))
    assert cox(many, "race + age", "week", "arrest").table.loc[0, ["level", "reference"]].to_list() == [
        "black",
        "other",
    ]
    named = cox(rossi, "C(race, contr.treatment('other')) + age", "week", "arrest")
    assert named.table.loc[0, ["level", "reference"]].to_list() == ["black", "other"]


@pytest.mark.parametrize(
    "formula", ["age + prio", "bs(age, df=4)", "np.log(age) * fin", "`age` + I(prio ** 2)", "poly(age, 2)"]
)
def test_formulas_are_worked_out_again(rossi, formula):
    """The curve of somebody in the data follows from their own covariates, knots and levels included."""
    fit = fit_cox(rossi, formula, "week", "arrest")
    who = rossi.iloc[[0, 17, 300]]
    at_mean = predict_hazard(fit).table["estimate"].iloc[-1]
    curves = predict_hazard(fit, who).table.groupby("group", sort=False)["estimate"].last()
    np.testing.assert_allclose(np.log(curves / at_mean), fit.linear_predictor[[0, 17, 300]], rtol=1e-8, atol=1e-10)


def test_curves_keep_time_and_counts(rossi):
    curve = predict_survival(fit_cox(rossi, "age", "week", "arrest"), pd.DataFrame({"age": [20, 30]})).table
    first = curve[curve["group"] == "0"]
    assert first["events"].sum() == 114
    assert (first["events"] + first["censored"]).sum() == 432
    assert first.iloc[0][["time", "estimate", "std_error", "conf_low", "conf_high"]].to_list() == [0, 1, 0, 1, 1]
    assert first["at_risk"].iloc[1] == 432


def test_concordance_says(rossi):
    result = concordance(rossi, "week", "arrest", "prio")
    assert list(result.table.columns) == [*ESTIMATE_COLUMNS, "statistic"]
    assert result.text[0].text == (
        "Of two people of whom one is known to have had a recorded event first, the one with the higher prio had it "
        "first in an estimated 58.8% of pairs (95% interval 0.534 to 0.642, as shares; ties count half)."
    )
    assert result.text[1].counts == (432, 114, 318)


def test_proportional_hazards_says(rossi):
    result = proportional_hazards(fit_cox(rossi, "age + fin", "week", "arrest"))
    assert [one.text for one in result.text][-1].startswith("All terms: chi-square ")
    assert result.table["term"].to_list() == ["age", "fin", "all terms"]
    assert result.check("proportional_hazards").text.endswith(", all terms together).")


def test_residuals_keep_the_index(rossi):
    moved = rossi.set_index(np.arange(432) + 1000)
    fit = fit_cox(moved, "age", "week", "arrest")
    assert cox_residuals(fit, "deviance").index.equals(moved.index)
    events = cox_residuals(fit, "schoenfeld")
    assert set(events.index) == set(moved.index[moved["arrest"] == 1])
    assert list(events.columns) == ["age", "time", "stratum"]


def test_lifelines_agrees(rossi):
    """A cross-check, not truth: it treats ties as Efron does, too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import CoxPHFitter

        theirs = CoxPHFitter().fit(
            rossi[["week", "arrest", "age", "prio"]], "week", "arrest", fit_options={"precision": 1e-12}
        )
        ours = cox(rossi, "age + prio", "week", "arrest").table.set_index("term")
        np.testing.assert_allclose(ours["estimate"], theirs.params_, rtol=1e-6)
        np.testing.assert_allclose(ours["std_error"], theirs.standard_errors_, rtol=1e-6)
