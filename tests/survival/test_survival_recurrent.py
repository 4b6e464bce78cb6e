"""Models of recurrent events: against R survival 3.5-3 (tests/reference/r/models), and what they say and refuse."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.errors import AnalysisError
from lvrn_eval.release import POLICIES
from lvrn_eval.release.suppress import protect
from lvrn_eval.result import ESTIMATE_COLUMNS
from lvrn_eval.survival.kernels import cox, residuals
from lvrn_eval.survival.kernels.cluster_score import score_by_person
from lvrn_eval.survival.recurrent import andersen_gill, pwp, wlw

R = Path(__file__).parents[1] / "reference" / "r" / "models"
REFERENCE = json.loads((R / "ref_recurrent.json").read_text())
CLOSE = {"rtol": 1e-8, "atol": 1e-12}
BLADDER = ("id", "start", "stop", "event")
CGD = ("id", "tstart", "tstop", "status")
TERMS = "rx + number + size"


def bladder():
    return pd.read_csv(R / "bladder2.csv")


def cgd(**changes):
    data = pd.read_csv(R / "cgd.csv").assign(
        treat=lambda d: (d["treat"] != "placebo").astype(int),
        sex=lambda d: (d["sex"] == "male").astype(int),
        inherit=lambda d: (d["inherit"] != "autosomal").astype(int),
    )
    return data.assign(**changes)


def with_gaps(data):
    """Make people with time not at risk, and people who come late, as the script of R's answers does."""
    kept = data[~((data["enum"] == 2) & (data["id"] % 4 == 0))]
    late = ((kept["enum"] == 1) & (kept["id"] % 3 == 0)).astype(int)
    return kept.assign(tstart=kept["tstart"] + 3 * late)


def same(result, name):
    theirs = REFERENCE[name]
    np.testing.assert_allclose(result.table["estimate"], list(theirs["coef"].values()), **CLOSE)
    np.testing.assert_allclose(result.table["std_error"], list(theirs["se"].values()), **CLOSE)
    np.testing.assert_allclose(result.table["std_error_model"], list(theirs["naive"].values()), **CLOSE)
    np.testing.assert_allclose(result.method["log_likelihood"], theirs["loglik"], **CLOSE)
    np.testing.assert_allclose(result.parts["tests"].table["statistic"], theirs["wald"], **CLOSE)


def test_andersen_gill_on_bladder():
    same(andersen_gill(bladder(), TERMS, *BLADDER), "ag")
    same(andersen_gill(bladder(), TERMS, *BLADDER, ties="breslow"), "ag_breslow")


def test_andersen_gill_on_cgd():
    same(andersen_gill(cgd(), "treat + sex + age + inherit + steroids", *CGD), "cgd_ag")
    same(andersen_gill(cgd(), "treat + age", *CGD, strata="hos.cat"), "cgd_ag_strata")


def test_andersen_gill_with_late_entry_and_time_not_at_risk():
    same(andersen_gill(with_gaps(cgd()), "treat + age", *CGD), "cgd_ag_gaps")


def test_pwp():
    same(pwp(bladder(), TERMS, *BLADDER, time_scale="total"), "pwp_total")
    same(pwp(bladder(), TERMS, *BLADDER, time_scale="gap"), "pwp_gap")
    same(pwp(bladder(), TERMS, *BLADDER, time_scale="gap", max_order=2), "pwp_gap_2")
    same(pwp(cgd(), "treat + age", *CGD, time_scale="total"), "cgd_pwp_total")


def test_wlw():
    same(wlw(bladder(), TERMS, *BLADDER, max_order=4), "wlw")
    same(wlw(bladder(), TERMS, *BLADDER, max_order=4, ties="breslow"), "wlw_breslow")


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("pwp_by_order", lambda: pwp(bladder(), TERMS, *BLADDER, "total", max_order=3, coefficients="by_order")),
        ("wlw_by_order", lambda: wlw(bladder(), TERMS, *BLADDER, max_order=4, coefficients="by_order")),
    ],
)
def test_a_coefficient_for_every_order(name, result):
    ours, theirs = result(), REFERENCE[name]
    assert list(ours.table["term"]) == list(theirs["terms"])
    np.testing.assert_allclose(ours.table["estimate"], [one["coef"] for one in theirs["terms"].values()], **CLOSE)
    np.testing.assert_allclose(ours.table["std_error"], [one["se"] for one in theirs["terms"].values()], **CLOSE)
    np.testing.assert_allclose(ours.method["log_likelihood"], theirs["loglik"], **CLOSE)


def test_rows_split_without_an_event_change_nothing():
    """A row cut in two, as by a stay in custody of no length, is the same time at risk."""
    whole = bladder()
    long = whole["stop"] - whole["start"] > 2
    first = whole[long].assign(stop=lambda d: d["start"] + 1, event=0)
    second = whole[long].assign(start=lambda d: d["start"] + 1)
    cut = pd.concat([whole[~long], first, second])
    for fit in (
        lambda d: andersen_gill(d, TERMS, *BLADDER),
        lambda d: pwp(d, TERMS, *BLADDER, time_scale="total"),
        lambda d: pwp(d, TERMS, *BLADDER, time_scale="gap"),
        lambda d: wlw(d, TERMS, *BLADDER, max_order=4),
    ):
        for column in ("estimate", "std_error", "n", "n_events"):
            np.testing.assert_allclose(fit(cut).table[column], fit(whole).table[column], rtol=1e-9)
    pd.testing.assert_frame_equal(
        pwp(cut, TERMS, *BLADDER, "gap").parts["orders"].table, pwp(whole, TERMS, *BLADDER, "gap").parts["orders"].table
    )


def test_score_by_person_is_the_sum_of_score_residuals():
    data = with_gaps(cgd())
    x = np.asfortranarray(data[["treat", "age", "sex"]].to_numpy(float))
    person, stratum = np.unique(data["id"], return_inverse=True)[1], data["sex"].to_numpy()
    event, time = data["status"].to_numpy(bool), data["tstop"].to_numpy()
    for entry in (data["tstart"].to_numpy(), None):
        rows = cox.arrange(x[:, :2], time, event, entry=entry, stratum=stratum)
        for ties in ("efron", "breslow"):
            whole = residuals.by_cluster(residuals.score(rows, np.array([0.3, 0.02]), ties), person)
            ours = score_by_person(rows, np.array([0.3, 0.02]), person, person.max() + 1, ties)
            np.testing.assert_allclose(ours, whole, rtol=1e-10, atol=1e-10)


def test_a_table_gives_the_same_as_a_frame():
    table = as_table(cgd(treat=pd.read_csv(R / "cgd.csv")["treat"]), "rows", DuckDBEngine())
    ours = andersen_gill(table, "C(treat) + age", *CGD)
    np.testing.assert_allclose(ours.table["estimate"], andersen_gill(cgd(), "treat + age", *CGD).table["estimate"])
    assert list(ours.table["term"]) == ["C(treat)[T.rIFN-g]", "age"]


def test_what_is_said():
    result = pwp(cgd(), "treat + age", *CGD, time_scale="gap", max_order=3)
    assert tuple(result.table.columns) == (
        *ESTIMATE_COLUMNS, "ratio", "ratio_low", "ratio_high", "statistic", "measure", "variable",
        "label", "level", "reference", "std_error_model",
        "n_with_event",
    )  # fmt: skip
    assert [sentence.text for sentence in result.text] == [
        "128 people, 44 with a recorded event; 76 recorded events in all.",
        "treat: hazard ratio 0.41 for 1 more (95% interval 0.23 to 0.72), p = 0.002.",
        "age: hazard ratio 0.9777 for 1 more (95% interval 0.9545 to 1.0014), p = 0.065.",
        "Fewer than 10 recorded events of order 3: a smaller max_order leaves them out.",
    ]
    assert result.text[0].counts == (128, 44, 84, 76)
    assert {check.name: (check.passed, check.text) for check in result.checks} == {
        "follow_up": (None, "Median end of follow-up: tstop = 293."),
        "repeated_events": (
            None,
            (
                "32 of 76 recorded events (42.1%) were not their person's first; errors allow for the same person's "
                "events going together."
            ),
        ),
        "time_not_at_risk": (None, "0 of 128 people had time between their rows in which they were not at risk."),
        "events_per_group": (True, "At least 10 recorded events."),
        "people_per_group": (True, "At least 30 people."),
        "events_per_term": (True, "At least 10 recorded events per term."),
        "events_per_order": (
            False,
            "Fewer than 10 recorded events of order 3: a smaller max_order leaves them out.",
        ),
    }
    assert result.parts["orders"].table.to_dict("list") == {
        "order": [1, 2, 3], "people": [128, 44, 16], "events": [44, 17, 8],
    }  # fmt: skip


def test_a_category_says_whom_it_takes_in():
    """The numbers beside a coefficient are those of its category, so that a small one can be protected."""
    data = pd.read_csv(R / "cgd.csv")
    result = andersen_gill(data, "treat + age", *CGD)
    treated = data[data["treat"] == "rIFN-g"]
    row = result.row("treat[T.rIFN-g]")
    assert (row["n"], row["n_events"]) == (treated["id"].nunique(), treated["status"].sum()) == (63, 20)
    assert (row["label"], row["level"], row["reference"]) == ("treat: rIFN-g", "rIFN-g", "placebo")
    assert result.row("age")["n"] == data["id"].nunique()
    text, of_age = result.text[1:3]
    assert text.text.startswith("treat: rIFN-g, against placebo: rate ratio 0.33 (95% interval ")
    assert (text.counts, of_age.counts) == ((63, 20, 14, 49), ())
    later = wlw(data, "treat", *CGD, max_order=2, coefficients="by_order").row("treat[T.rIFN-g], event 2")
    assert (later["n"], later["n_events"], later["label"]) == (63, 5, "treat: rIFN-g, event 2")


def test_a_protected_model_hides_a_small_category():
    """Two people: the row and its sentence are not released, and one person's many events do not open it."""
    data = bladder().assign(few=lambda d: np.where(d["id"].isin([9, 10]), "some", "most"))
    result = andersen_gill(data, "few + size", *BLADDER)
    protected = protect(replace(result, parts={}), POLICIES["strict"])
    assert protected.suppressed.loc[0, ["estimate", "ratio", "n", "n_events", "n_with_event"]].all()
    assert not any("few" in sentence.text for sentence in protected.text)
    assert not protected.suppressed.loc[1, "estimate"]
    assert result.count_columns == ("n", "n_events", "n_with_event")


def test_few_people_and_events_are_said():
    result = andersen_gill(bladder().query("id <= 12"), "size", *BLADDER)
    assert [sentence.text for sentence in result.text[2:]] == [
        "Fewer than 10 recorded events: too few to conclude anything.",
        "Fewer than 30 people: descriptive only.",
        "Fewer than 10 recorded events per term: coefficients and intervals are unreliable.",
    ]


ROWS = pd.DataFrame(
    {
        "who": [1, 1, 2, 2, 3, 4],
        "start": [0, 5, 0, 4, 0, 0],
        "days": [5, 9, 6, 10, 8, 7],
        "event": [1, 1, 0, 1, 0, 0],
        "age": [1.0, 1.0, 2.0, 2.0, 0.0, 3.0],
    },
)
PARTS = ("who", "start", "days", "event")


def message(function, *arguments, **named):
    with pytest.raises(AnalysisError) as refused:
        function(*arguments, **named)
    return str(refused.value)


def test_rows_that_overlap():
    assert message(andersen_gill, ROWS, "age", *PARTS) == (
        "andersen_gill: the data cannot be used as it stands\n"
        "  person='who': rows of the same person overlap, for 1 of 4 people\n"
        "      → a person's next row begins where the one before ended, or later; two events at one time are one row"
    )


def test_every_fault_of_rows_at_once():
    rows = ROWS.assign(
        who=[1, None, 2, 2, 3, 4],
        start=[0, 5, -1, 12, None, 0],
        days=[5, 9, 6, 10, np.inf, 7],
        event=[1, 2, 0, 1, 0, 0],
    )
    assert message(wlw, rows, "age", *PARTS, max_order=1) == (
        "wlw: the data cannot be used as it stands\n"
        "  person='who': missing in 1 of 6 rows\n"
        "      → say whose row it is\n"
        "  time='days': missing or not finite in 1 of 6 rows\n"
        "      → leave these rows out and say so, or find their end dates\n"
        "  event='event': neither 0 nor 1 in 1 of 6 rows\n"
        "      → give 1 (or true) for the event and 0 (or false) for censored\n"
        "  entry='start': missing or not finite in 1 of 6 rows\n"
        "      → give 0 for people observed from the start\n"
        "  entry='start': negative in 1 of 6 rows\n"
        "      → observation cannot begin before time 0; give 0 for these people\n"
        "  entry='start': not before the end of observation in 1 of 6 rows\n"
        "      → entry must be less than time in every row"
    )


GOOD = ROWS.assign(start=[0, 5, 0, 6, 0, 0])


@pytest.mark.parametrize(
    ("named", "text"),
    [
        (
            {"formula": "agee"},
            (
                "andersen_gill: the data cannot be used as it stands\n"
                "  formula='agee': the data has no column 'agee'\n"
                "      → did you mean 'age'?"
            ),
        ),
        (
            {"formula": "age", "data": GOOD.assign(age=[1, None, 2, None, 0, 3])},
            (
                "andersen_gill: the data cannot be used as it stands\n"
                "  formula='age': column 'age' is missing in 2 of 6 rows\n"
                "      → leave these rows out and say so, or make 'not recorded' a category of its own"
            ),
        ),
        (
            {"formula": "age", "data": GOOD.assign(age=1)},
            (
                "andersen_gill: the data cannot be used as it stands\n"
                "  formula='age': term 'age' is the same in every row\n"
                "      → leave it out"
            ),
        ),
        (
            {"formula": "age ~ 1"},
            "andersen_gill: a formula names covariates only, such as 'age + site', without '~'",
        ),
        ({"formula": "age +* 1"}, "andersen_gill: formula 'age +* 1' cannot be read: FormulaSyntaxError"),
        ({"formula": "1"}, "andersen_gill: formula '1' has no terms; name at least one column"),
        (
            {"formula": "age", "data": GOOD.assign(event=0)},
            "andersen_gill: none of 4 people has an event, so there is nothing to model",
        ),
        (
            {"formula": "age + twice", "data": GOOD.assign(twice=2 * GOOD["age"])},
            (
                "andersen_gill: the same for everyone at risk at each event, or following from the terms before: "
                "'twice'; leave it out"
            ),
        ),
        (
            {"formula": "age", "data": GOOD.assign(age=[9, 9, 8, 8, 1, 2])},
            (
                "andersen_gill: no estimate exists for 'age': at every event, the person with the event has the "
                "highest (or the lowest) value of those at risk; leave it out or join levels"
            ),
        ),
        (
            {"formula": "age", "ties": "exact"},
            "andersen_gill: ties 'exact' is not known; known: efron, breslow",
        ),
    ],
)
def test_refusals(named, text):
    given = {"data": GOOD} | named
    assert message(andersen_gill, given.pop("data"), given.pop("formula"), *PARTS, **given) == text


def test_orders_that_cannot_be():
    assert message(wlw, GOOD, "age", *PARTS, max_order=3) == (
        "wlw: nobody has as many events as max_order=3; give a smaller number"
    )
    assert message(pwp, GOOD, "age", *PARTS, "gap", max_order=0) == ("pwp: max_order must be a whole number from 1 on")
    assert message(pwp, GOOD, "age", *PARTS, "gaps") == "pwp: time_scale 'gaps' is not known; did you mean 'gap'?"
