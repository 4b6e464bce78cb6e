"""What a Cox model refuses, with the whole message."""

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.concordance import concordance
from lvrn_eval.survival.cox import cox, fit_cox
from lvrn_eval.survival.formula import FUNCTIONS, MEMBERS
from lvrn_eval.survival.predict import predict_hazard, predict_survival
from lvrn_eval.survival.proportional_hazards import test_proportional_hazards as proportional_hazards
from lvrn_eval.survival.residuals import cox_residuals

N = 40
KNOWN = ", ".join([*FUNCTIONS, *(f"{owner}.{member}" for owner, members in MEMBERS.items() for member in members)])


def people(**changes):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"days": rng.integers(1, 20, N), "event": rng.integers(0, 2, N)})
    return frame.assign(age=rng.normal(18, 2, N).round(1), site=np.tile(["a", "b"], N // 2), id=range(N)).assign(
        **changes
    )


def message(function, *arguments, **named):
    with pytest.raises(AnalysisError) as refused:
        function(*arguments, **named)
    return str(refused.value)


def refused(frame, formula="age", **named):
    return message(cox, frame, formula, "days", "event", **named)


def stands(where, what, fix):
    return f"cox: the data cannot be used as it stands\n  {where}: {what}\n      → {fix}"


@pytest.fixture(params=["frame", "table"])
def given(request):
    engine = DuckDBEngine()
    return (lambda frame: frame) if request.param == "frame" else (lambda frame: as_table(frame, "people", engine))


def test_unknown_columns(given):
    assert message(cox, given(people()), "age", "day", "evnt", cluster="person") == (
        "cox: the data cannot be used as it stands\n"
        "  time='day': the data has no such column\n"
        "      → did you mean 'days'?\n"
        "  event='evnt': the data has no such column\n"
        "      → did you mean 'event'?\n"
        "  cluster='person': the data has no such column\n"
        "      → known: days, event, age, site, id"
    )


def test_unknown_column_of_the_formula():
    assert refused(people(), "agee + site") == stands(
        "formula='agee + site'", "the data has no column 'agee'", "did you mean 'age'?"
    )


def test_every_fault_of_rows_at_once(given):
    frame = people(
        days=[-1, np.nan, np.inf, *[3] * (N - 3)],
        event=[2, np.nan, *[1] * (N - 2)],
        entry=[0, 0, 0, 3, *[0] * (N - 4)],
        w=[-1, np.nan, *[1.5] * (N - 2)],
        part=[None, *["x"] * (N - 1)],
        person=[None, None, *["x"] * (N - 2)],
    )
    assert refused(given(frame), entry="entry", weights="w", strata="part", cluster="person") == (
        "cox: the data cannot be used as it stands\n"
        "  strata='part': missing in 1 of 40 rows\n"
        "      → give these people a stratum of their own, such as 'not recorded'\n"
        "  time='days': missing or not finite in 2 of 40 rows\n"
        "      → leave these rows out and say so, or find their end dates\n"
        "  time='days': negative in 1 of 40 rows\n"
        "      → time runs from each person's own start; check which date is the start\n"
        "  event='event': missing in 1 of 40 rows\n"
        "      → give 1 where the event was recorded and 0 where it was not\n"
        "  event='event': neither 0 nor 1 in 1 of 40 rows\n"
        "      → give 1 (or true) for the event and 0 (or false) for censored\n"
        "  weights='w': missing or not finite in 1 of 40 rows\n"
        "      → give 0 for people who are to count for nothing\n"
        "  weights='w': negative in 1 of 40 rows\n"
        "      → a weight says how many people a row stands for\n"
        "  entry='entry': not before the end of observation in 1 of 40 rows\n"
        "      → entry must be less than time in every row\n"
        "  cluster='person': missing in 2 of 40 rows\n"
        "      → say whose row it is; a row of its own needs a value of its own"
    )


FORMULA_FAULTS = {
    "missing": (
        "age + site",
        {"age": lambda d: d["age"].where(d["id"] > 6)},
        "column 'age' is missing in 7 of 40 rows",
        "leave these rows out and say so, or make 'not recorded' a category of its own",
    ),
    "not finite": (
        "log(z)",
        {"z": np.where(np.arange(N) < 3, 0, 1)},
        "term 'log(z)' is not a finite number in 3 of 40 rows",
        "check what the formula makes of these rows",
    ),
    "constant": ("age + z", {"z": 1}, "term 'z' is the same in every row at risk at an event", "leave it out"),
    "collinear": (
        "age + id + z",
        {"z": lambda d: d["age"] - d["id"]},
        "term 'z' follows from 'age', 'id'",
        "leave one of them out",
    ),
    "separated": (
        "age + z",
        {"z": lambda d: d["event"] * 5 + d["age"] / 30},
        "term 'z' separates those with the event: the likelihood rises without end along it",
        "merge categories, leave the term out, or use penalty='firth'",
    ),
    "no events within": (
        "z + age",
        {"z": lambda d: np.where((d["event"] == 0) & (d["id"] % 3 == 0), "z calm", "other")},
        "term 'z[T.z calm]': no event among those it takes in, so its hazard ratio has no finite estimate",
        "merge it with another category, leave it out, or use penalty='firth'",
    ),
    "no events without": (
        "z + age",
        {"z": lambda d: np.where((d["event"] == 0) & (d["id"] % 3 == 0), "calm", "other")},
        "term 'z[T.other]': no event among those it leaves out, so its hazard ratio has no finite estimate",
        "merge it with another category, leave it out, or use penalty='firth'",
    ),
    "more terms than events": (
        "age + site + id",
        {"event": lambda d: d["id"] < 2},
        "3 terms for 2 recorded events",
        "leave terms out, or merge categories",
    ),
    "dates": (
        "age + z",
        {"z": pd.Timestamp("2024-01-31")},
        "column 'z' holds dates",
        "give days since a stated date, as numbers",
    ),
    "twice": (
        "age",
        None,
        "2 columns are called 'age'",
        "rename all but one",
    ),
}


@pytest.mark.parametrize("fault", FORMULA_FAULTS)
def test_trouble_names_the_term_and_the_cause(fault):
    formula, changes, what, fix = FORMULA_FAULTS[fault]
    frame = people().assign(**changes) if changes else pd.concat([people(), people()[["age"]]], axis=1)
    assert refused(frame, formula) == stands(f"formula={formula!r}", what, fix)


def test_constant_within_strata():
    assert refused(people(z=lambda d: (d["site"] == "a").astype(int)), "age + z", strata="site") == stands(
        "formula='age + z'", "term 'z' is the same within every stratum of 'site'", "leave it out"
    )


def test_collinear_under_the_penalty():
    assert refused(people(z=lambda d: d["age"] * 2), "age + z", penalty="firth") == stands(
        "formula='age + z'", "term 'z' follows from 'age'", "leave one of them out"
    )


def test_too_little_data():
    assert refused(people(event=0)) == stands(
        "event='event'", "no event in 40 rows", "nothing can be estimated without events"
    )
    assert refused(people()[:0]) == stands("data", "there are no rows", "check the steps that select people")
    assert refused(people(w=0.0), weights="w") == stands(
        "weights='w'", "0 in all 40 rows", "give someone a weight above 0"
    )


@pytest.mark.parametrize(
    ("formula", "what"),
    [
        ("days ~ age", "cox: a formula names covariates only, such as 'age + site', without '~'"),
        ("age +* site", "cox: formula 'age +* site' cannot be read: FormulaSyntaxError"),
        ("1", "cox: formula '1' has no terms; name at least one column"),
        ("log(site)", "cox: formula 'log(site)' cannot be worked out on this data: FactorEvaluationError"),
        (
            "0 + site",
            (
                "cox: formula '0 + site' takes the intercept away; a Cox model has none to take, the baseline stands "
                "in its place: leave out '0 +' or '- 1'"
            ),
        ),
    ],
)
def test_formulas_that_cannot_be_used(formula, what):
    assert refused(people(), formula) == what


@pytest.mark.parametrize(
    ("formula", "what"),
    [
        ("I((lambda: 1)())", "Lambda is not allowed"),
        ("np.load(age)", "np.load is not a known function"),
        ("lag(age)", "lag is not a known function"),
        ("I(age.to_csv)", "age.to_csv is not a known function"),
        ("open(age)", "open is not a known function"),
        ("I(age[0])", "Subscript is not allowed"),
        ("I([one for one in age])", "ListComp is not allowed"),
    ],
)
def test_formulas_cannot_run_anything_else(formula, what):
    assert refused(people(), formula) == (
        f"cox: formula {formula!r} may hold columns, numbers, arithmetic and known functions only; {what}; "
        f"known functions: {KNOWN}"
    )


@pytest.mark.parametrize(
    ("named", "what"),
    [
        ({"ties": "exact"}, "cox: ties 'exact' is not known; known: efron, breslow"),
        ({"penalty": "ridge"}, "cox: penalty 'ridge' is not known; known: firth"),
        ({"conf_level": 95}, "cox: conf_level must lie between 0 and 1, such as 0.95, not 95"),
    ],
)
def test_choices(named, what):
    assert refused(people(), **named) == what


@pytest.fixture(scope="module")
def fit():
    frame = people(z=lambda d: np.where(d["id"] % 3 == 0, 1.0, 2.0))
    return fit_cox(frame, "age + C(z)", "days", "event", strata="site")


def test_newdata(fit):
    def predicted(frame):
        return message(predict_survival, fit, frame)

    start = "predict_survival: the data cannot be used as it stands\n  "
    where = "formula='age + C(z)'"
    assert predicted(pd.DataFrame({"z": [1.0], "site": ["a"]})) == (
        f"{start}{where}: the data has no column 'age'\n      → known: z, site"
    )
    assert predicted(pd.DataFrame({"age": [np.nan], "z": [1.0], "site": ["a"]})) == (
        f"{start}{where}: column 'age' is missing in 1 of 1 rows\n"
        "      → leave these rows out and say so, or make 'not recorded' a category of its own"
    )
    assert predicted(pd.DataFrame({"age": [20], "z": [3.0], "site": ["a"]})) == (
        "predict_survival: formula 'age + C(z)' meets a category that the fit has not seen"
    )
    assert predicted(pd.DataFrame({"age": [20], "z": [1.0], "site": ["c"]})) == (
        f"{start}strata='site': column 'site' is missing or holds a stratum that the fit has not seen\n"
        "      → known: a, b"
    )
    assert predicted(pd.DataFrame({"age": [20], "z": [1.0]})) == (
        f"{start}strata='site': the data has no such column\n      → known: age, z"
    )
    assert message(predict_hazard, fit, pd.DataFrame({"age": []})) == (
        "predict_hazard: newdata has no rows; give one row for each curve"
    )


def test_newdata_with_an_unknown_level():
    fit = fit_cox(people(), "site + age", "days", "event")
    assert message(predict_survival, fit, pd.DataFrame({"site": ["a", "z"], "age": 20})) == (
        "predict_survival: the data cannot be used as it stands\n"
        "  formula='site + age': column 'site' holds a category that the fit has not seen, in 1 of 2 rows\n"
        "      → known: a, b"
    )


def test_a_stratum_without_events():
    frame = people(event=lambda d: d["event"] * (d["site"] == "a"))
    fit = fit_cox(frame, "age", "days", "event", strata="site")
    assert message(predict_survival, fit, pd.DataFrame({"age": [20], "site": ["b"]})) == (
        "predict_survival: the data cannot be used as it stands\n"
        "  newdata: nobody in stratum 'b' had a recorded event\n"
        "      → no curve can be estimated there; leave its rows out"
    )
    assert list(predict_hazard(fit).table["group"].unique()) == ["a"]


def test_what_is_not_known_with_the_penalty():
    fit = fit_cox(people(), "age", "days", "event", penalty="firth")
    assert message(cox_residuals, fit, "score") == (
        "cox_residuals: residuals are not known for penalty='firth'; fit without it"
    )
    assert message(proportional_hazards, fit) == (
        "test_proportional_hazards: the test is not known for penalty='firth'; fit without it"
    )


def test_transform_and_kind(fit):
    assert message(proportional_hazards, fit, "km2") == (
        "test_proportional_hazards: transform 'km2' is not known; did you mean 'km'?"
    )
    assert message(cox_residuals, fit, "martingales") == (
        "cox_residuals: kind 'martingales' is not known; did you mean 'martingale'?"
    )
    zero = fit_cox(people(days=lambda d: d["days"] - 1), "age", "days", "event")
    assert message(proportional_hazards, zero, "log") == (
        "test_proportional_hazards: events at time 0 have no logarithm; use another transform"
    )


def test_concordance():
    def asked(frame, score="age", **named):
        return message(concordance, frame, "days", "event", score, **named)

    start = "concordance: the data cannot be used as it stands\n  "
    assert asked(people(), "agee") == f"{start}score='agee': the data has no such column\n      → did you mean 'age'?"
    assert asked(people(), "site") == (
        f"{start}score='site': this column does not hold numbers\n"
        "      → give a number, higher where the event comes sooner"
    )
    assert asked(people(age=[np.nan, np.inf, *[1.0] * (N - 2)])) == (
        f"{start}score='age': missing or not finite in 2 of 40 rows\n      → leave these rows out and say so"
    )
    assert asked(people(event=0)) == (
        "concordance: no two people can be compared: nobody is at risk when another has the event"
    )
