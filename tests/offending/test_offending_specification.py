"""The specification curve: a world where each choice changes the answer as worked by hand; pre_post row by row."""

import re

import numpy as np
import pandas as pd
import pytest
from offending_families_people import made

from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending.pre_post import pre_post
from lvrn_eval.offending.specification import specification_curve
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.result import ESTIMATE_COLUMNS

DAY = pd.Timestamp
DATES = {"observed_from": "2020-01-01", "as_of": "2023-06-30"}

# 30 people; each event says which choice counts it
MANY = [
    ("suspect", "2021-08-23"),  # 100 days before the referral: 31 more before the first contact
    ("suspect", "2021-08-23"),
    ("suspect", "2021-11-15"),  # before the referral
    ("suspect", "2021-12-20"),  # between referral and first contact, in a washout of 30 days
    ("suspect", "2022-03-01"),  # in the programme
    ("suspect", "2022-03-02"),
    ("suspect", "2022-03-03"),
    ("suspect", "2022-09-01"),  # after the last contact
    ("charge", "2022-09-02"),
]


def world():
    """Return 30 people with whole windows, 10 whose window after is cut at 50 days, and everybody's custody."""
    people = pd.DataFrame(
        {"person_id": range(40), "referred_on": DAY("2021-12-01"), "first_contact": DAY("2022-01-01")}
    )
    people["last_contact"] = [DAY("2022-06-30")] * 30 + [DAY("2023-05-11")] * 10
    rows = [(person, kind, DAY(on)) for person in range(30) for kind, on in MANY]
    rows += [(person, "suspect", DAY("2021-11-15")) for person in range(30, 40)]
    events = pd.DataFrame(rows, columns=["person_id", "kind", "on"])
    custody = pd.DataFrame({"person_id": range(30), "starts_on": DAY("2022-09-30"), "ends_on": DAY("2022-10-09")})
    return people, events, custody


PEOPLE, EVENTS, CUSTODY = world()
GRID = {
    "kinds": {"Suspect": ["suspect"], "Suspect or charge": ["suspect", "charge"]},
    "window": ["100 days", "300 days"],
    "anchors": [("first_contact", "last_contact"), ("referred_on", "last_contact"), ("first_contact", "first_contact")],
    "washout": ["0 days", "30 days"],
    "custody": ["ignored", "taken out"],
    "incomplete": ["drop", "rate"],
}
MAIN = {
    "kinds": "Suspect",
    "window": "100 days",
    "anchors": "first contact to last contact",
    "washout": "0 days",
    "custody": "ignored",
    "incomplete": "drop",
}


@pytest.fixture(scope="module")
def curve():
    return specification_curve(PEOPLE, EVENTS, grid=GRID, custody=CUSTODY, **DATES)


def chosen(table, **options):
    found = table[np.logical_and.reduce([table[name] == value for name, value in (MAIN | options).items()])]
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(
    ("options", "before", "after", "days_before", "days_after"),
    [
        # November and December before, September after
        ({}, 60, 30, 3000, 3000),
        ({"kinds": "Suspect or charge"}, 60, 60, 3000, 3000),
        # August twice as well; September still the only one after
        ({"window": "300 days"}, 120, 30, 9000, 9000),
        # August twice and November; December came after the referral
        ({"anchors": "referral to last contact"}, 90, 30, 3000, 3000),
        # the ten are whole with this anchor: November for them, and March three times for the thirty
        ({"anchors": "first contact"}, 70, 90, 4000, 4000),
        # November only: the window ends on 1 December and begins on 24 August
        ({"washout": "30 days"}, 30, 30, 3000, 3000),
        # 1 to 8 October are no days at risk
        ({"custody": "taken out"}, 60, 30, 3000, 2760),
        # ten more people with one event before and none in the 50 days after
        ({"incomplete": "rate"}, 70, 30, 4000, 3500),
    ],
)
def test_each_choice_changes_the_answer_as_worked_by_hand(curve, options, before, after, days_before, days_after):
    row = chosen(curve.table, **options)
    assert (row["events_before"], row["events_after"]) == (before, after)
    assert row["estimate"] == pytest.approx(after / days_after / (before / days_before), rel=1e-12)
    assert row["main"] == (not options)


def test_every_row_is_that_of_pre_post(curve):
    assert len(curve.table) == 2 * 2 * 3 * 2 * 2 * 2
    anchors = {
        "first contact to last contact": ("first_contact", "last_contact"),
        "referral to last contact": ("referred_on", "last_contact"),
        "first contact": ("first_contact", "first_contact"),
    }
    for _, row in curve.table.iloc[::7].iterrows():
        before_anchor, after_anchor = anchors[row["anchors"]]
        alone = pre_post(
            PEOPLE, EVENTS, kinds=GRID["kinds"][row["kinds"]], before=row["window"], after=row["window"],
            before_anchor=before_anchor, after_anchor=after_anchor, washout=row["washout"],
            custody=CUSTODY if row["custody"] == "taken out" else None, incomplete=row["incomplete"], **DATES,
        ).row("rate_ratio_robust")  # fmt: skip
        columns = [name for name in ESTIMATE_COLUMNS if name != "group"]
        pd.testing.assert_series_equal(row[columns], alone[columns], check_names=False)


def test_the_first_of_every_choice_is_the_main_one(curve):
    (main,) = curve.table[curve.table["main"]].to_dict("records")
    assert {name: main[name] for name in MAIN} == MAIN == curve.method["main"]
    assert curve.method["grid"]["kinds"] == GRID["kinds"]
    assert curve.method["grid"]["window"] == GRID["window"]
    assert curve.method["specifications"] == len(curve.table)
    assert curve.method["varied"] == list(GRID)


def test_what_is_not_named_is_as_in_pre_post():
    one = specification_curve(PEOPLE, EVENTS, grid={"kinds": {"Suspect": ["suspect"]}}, **DATES)
    alone = pre_post(PEOPLE, EVENTS, kinds=["suspect"], **DATES).row("rate_ratio_robust")
    assert one.row("rate_ratio_robust")["estimate"] == alone["estimate"]
    assert one.method["varied"] == []
    assert one.method["main"] == {**MAIN, "window": "all"}
    given = specification_curve(PEOPLE, EVENTS, grid={"kinds": {"Suspect": ["suspect"]}}, custody=CUSTODY, **DATES)
    assert given.method["main"]["custody"] == "taken out"


def test_a_window_may_differ_before_and_after():
    grid = {"kinds": {"Suspect": ["suspect"]}, "window": [("300 days", "100 days"), ("as after", "all")]}
    table = specification_curve(PEOPLE, EVENTS, grid=grid, **DATES).table
    assert table["window"].tolist() == ["300 days before, 100 days after", "as after before, all after"]
    assert table["estimate"].iloc[0] == pytest.approx(30 / 3000 / (120 / 9000))


def test_rows_without_an_estimate_are_kept_with_the_reason():
    people = PEOPLE.assign(referred_on=PEOPLE["referred_on"].where(PEOPLE["person_id"] != 3))
    grid = {
        "kinds": {"Suspect": ["suspect"], "Conviction": ["conviction"]},
        "window": ["100 days", "1000 days"],
        "anchors": [("first_contact", "last_contact"), ("referred_on", "last_contact")],
    }
    result = specification_curve(people, EVENTS, grid=grid, **DATES)
    reasons = result.table.set_index(["kinds", "window", "anchors"])["reason"].to_dict()
    first, second = "first contact to last contact", "referral to last contact"
    assert reasons == {
        ("Suspect", "100 days", first): "people do not differ, so there is no interval",
        ("Suspect", "1000 days", first): "nobody is left",
        ("Conviction", "100 days", first): "too few events",
        ("Conviction", "1000 days", first): "nobody is left",
        **{(kinds, window, second): "not everybody has referred_on"
           for kinds in ("Suspect", "Conviction") for window in ("100 days", "1000 days")},
    }  # fmt: skip
    text = result.check("estimates_missing").text
    assert "not everybody has referred_on (4 times)" in text
    assert "too few events (1 time)" in text
    unknown = specification_curve(PEOPLE, EVENTS, grid={"kinds": {"Suspect": ["suspect"]}}, as_of=DATES["as_of"])
    assert unknown.table["reason"].tolist() == ["the days before are unknown"]


def test_choices_that_change_nothing_are_told():
    grid = {"kinds": {"Suspect": ["suspect"]}, "window": ["all"], "incomplete": ["drop", "rate", "model"]}
    check = specification_curve(PEOPLE, EVENTS, grid=grid, **DATES).check("specifications_differ")
    assert check.passed is None
    assert check.text.startswith("2 of 3 have the same numbers as another")


def varied(counts, *more):
    """Return the curve of people with these counts, over two windows; a twelfth of the events are charges as well."""
    people, events = made(counts)
    kinds = {kind.capitalize(): [kind] for kind in ("suspect", *more)}
    grid = {"kinds": kinds, "window": ["20 days", "56 days"]}
    charges = events.iloc[::12].assign(kind="charge")
    ends = {"observed_from": "2022-01-01", "as_of": "2022-12-31"}
    return specification_curve(people, pd.concat([events, charges]), grid=grid, **ends)


FALL = [(4, 1), (2, 1), (1, 1), (3, 0)] * 12


def test_sentences_of_a_fall():
    texts = [str(sentence) for sentence in varied(FALL).text]
    assert texts[0].startswith(
        "Of 2 specifications declared beforehand, 2 give a rate ratio. The recorded rate after is below that before in "
        "2 of 2, above it in 0."
    )
    assert "Whichever of these choices is made, the recorded rate was lower after than before." in texts
    assert any("is no test" in text for text in texts)
    assert "weakest tier" in texts[-1]


def test_where_the_main_one_stands_is_told(curve):
    known = curve.table["estimate"].dropna()
    lower, higher = (known < known[0]).sum(), (known > known[0]).sum()
    assert lower
    assert higher
    said = f": lower than in the main one in {lower}, and higher in {higher}."
    assert any(str(sentence).endswith(said) for sentence in curve.text)


def test_the_example_of_the_page_runs(pytestconfig):
    page = (pytestconfig.rootpath / "docs" / "how-to" / "ask-how-much-choices-matter.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names = {}
    exec(compile(code, "page", "exec"), names)  # noqa: S102 (our own page)
    assert len(names["result"].table) == 16


def test_sentences_where_choices_decide(curve):
    texts = " ".join(map(str, curve.text))
    assert (
        "Changing one choice of the main specification at a time, the anchors of the windows moves it most: to "
        in texts
    )
    assert "with 'first contact' instead of 'first contact to last contact'" in texts


def test_few_people_have_no_direction():
    result = varied(FALL[:8])
    texts = " ".join(map(str, result.text))
    assert "descriptive only" in texts
    assert "below" not in texts
    assert "lower" not in texts
    assert result.check("small_sample").passed is False


def test_behind_the_wall():
    raw = varied(FALL, "charge")
    shown = protect(raw, POLICIES["strict"])
    few = raw.table[["events_before", "events_after"]].min(axis=1) < 10
    assert few.any()
    assert not few.all()
    assert shown.table["estimate"].isna().tolist() == few.tolist()
    texts = [str(sentence) for sentence in shown.text]
    n = int((~few).sum())
    assert texts[0].startswith(f"Of 4 specifications declared beforehand, {n} can be shown.")
    assert "Whichever" not in " ".join(texts)
    assert "weakest tier" in texts[-1]
    assert not shown.table["reason"].str.contains(r"\d").any()


def test_everything_wrong_with_a_grid_is_told_at_once():
    grid = {
        "kinds": {"Suspect": "suspect"},
        "windows": ["all"],
        "window": ["3 weeks", "100 days", "100 days"],
        "anchors": [("last_contact", "first_contact"), "referred_on"],
        "washout": "30 days",
        "custody": ["taken out"],
        "incomplete": ["keep"],
    }
    with pytest.raises(AnalysisError) as refused:
        specification_curve(PEOPLE, EVENTS, grid=grid, **DATES)
    assert str(refused.value) == (
        "the question cannot be answered as asked\n"
        "  grid['windows']: is not a choice\n"
        "      → did you mean 'window'?\n"
        "  grid['kinds']['Suspect']: is not a list of kinds of event\n"
        '      → write {"Suspect": ["suspect"]}: a name, and the kinds of event it stands for\n'
        "  grid['window']: '3 weeks' is not a window\n"
        '      → write "all" or a number of days, as in "183 days"; months and years differ in length and are not '
        "taken\n"
        "  grid['window']: '100 days' stands there twice\n"
        "      → name every value once\n"
        "  grid['anchors']: 'first_contact' comes before before_anchor, 'last_contact', so days would be before and "
        "after\n"
        "      → choose one of: last_contact\n"
        "  grid['anchors']: 'referred_on' is not a pair of anchors\n"
        '      → write ("first_contact", "last_contact")\n'
        "  grid['washout']: is not a list with at least one value\n"
        "      → write the values in a list\n"
        "  grid['custody']: no custody records were given, so nothing can be taken out\n"
        "      → give custody=\n"
        "  grid['incomplete']: 'keep' is not a rule\n"
        "      → known: drop, rate, model"
    )


@pytest.mark.parametrize("grid", [None, {}, {"kinds": {}}])
def test_a_grid_names_kinds(grid):
    with pytest.raises(AnalysisError, match="names no set of kinds of event"):
        specification_curve(PEOPLE, EVENTS, grid=grid, **DATES)


def test_a_grid_has_a_size_that_can_be_read():
    grid = {"kinds": {str(i): ["suspect"] for i in range(26)}, "window": [f"{days} days" for days in range(1, 21)]}
    with pytest.raises(AnalysisError, match="makes 520 specifications, where 500 are the most"):
        specification_curve(PEOPLE, EVENTS, grid=grid, **DATES)


@pytest.mark.parametrize(
    ("grid", "more", "said"),
    [
        ({"kinds": {"A": ["suspect"], "B": ["suspekt"]}}, {}, "kinds: 'suspekt' is not a kind of event"),
        ({"kinds": {"A": ["suspect"]}}, {"conf_level": 2}, "conf_level: must lie between 0 and 1"),
        ({"kinds": {"A": ["suspect"]}, "anchors": [("referred_on", "referred_on")]}, {}, "people.referred_on: missing"),
    ],
)
def test_faults_that_are_not_of_some_people_only_are_told(grid, more, said):
    people = PEOPLE.assign(referred_on=pd.NaT)
    with pytest.raises(AnalysisError) as refused:
        specification_curve(people, EVENTS, grid=grid, **DATES | more)
    assert said in str(refused.value)


def test_the_order_of_rows_does_not_matter():
    grid = {name: GRID[name] for name in ("kinds", "custody", "incomplete")} | {"window": ["100 days"]}
    curve = specification_curve(PEOPLE, EVENTS, grid=grid, custody=CUSTODY, **DATES)
    again = specification_curve(PEOPLE.iloc[::-1], EVENTS.sample(frac=1, random_state=1), grid=grid, custody=CUSTODY,
                                **DATES)  # fmt: skip
    pd.testing.assert_frame_equal(again.table, curve.table)
