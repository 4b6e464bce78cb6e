"""Every published figure on the synthetic network: all accounted for, and false ones found out."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import network_world
import pandas as pd
import pytest

from lvrn_eval.framework.headlines import TYPES, headlines
from lvrn_eval.framework.mapping import map_outcomes
from lvrn_eval.framework.observations import Observations
from lvrn_eval.release import POLICIES, protect

NOT_COMPUTED = {
    "champions.sample_intended": "the plan of the review (four places at each of nine trusts), which no record holds",
    "grip.patrol_period_max_hours": (
        "what a patrol period is, and when it starts, is not stated; records hold single patrols"
    ),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return network_world.network(tmp_path_factory)


@pytest.fixture(scope="module")
def told(world):
    return headlines(world.project.published, world.observations)


@pytest.fixture(scope="module")
def table(told):
    return told.table.set_index("id")


def test_every_figure_is_accounted_for(told, table):
    assert len(table) == 58
    assert table["computed"].notna().sum() == 56
    assert (table["computed"].notna() | (table["reason"] != "")).all()
    assert table.loc[table["computed"].isna(), "reason"].to_dict() == NOT_COMPUTED
    assert [sentence.text for sentence in told.text] == [
        "56 of 58 published figures could be computed from records; each of the others says why not.",
        "56 of those computed hold.",
        f"For {(table['leaves_open'] != '').sum()} figures the report leaves something open; what, stands beside each.",
    ]


def test_every_computed_figure_holds(told, table):
    computed = table[table["computed"].notna()]
    assert computed.index[~computed["holds"].astype(bool)].tolist() == []
    assert told.checks[0].passed is True
    assert told.checks[0].text == "Every figure that could be computed holds."


def test_the_table_says_what_was_computed_and_when(told, table):
    assert list(told.table.columns) == list(TYPES)
    shown = ["published", "computed", "difference", "indicator", "period_start", "period_end", "n_people"]
    rows = table.loc[
        ["champions.police_referrals", "champions.sample_achieved", "needs.pendle_mobility_rank"], shown
    ].astype(object)
    police, review, rank = (list(row) for row in rows.to_numpy())
    assert police[0] < police[1]
    assert police[2] == police[1] - police[0]
    assert police[3:6] == ["champions_referrals", "2023-04-01", "2024-03-31"]
    assert review == [18, 18, 0, "champions_review_people", None, "2024-03-31", 18]
    assert rank[:6] == [208, 208, 0, "needs_social_mobility_rank", "2023-01-01", "2023-12-31"]
    assert told.method["exact"].startswith("equal when rounded")


def test_percentages_rest_on_numbers_that_the_records_give(world):
    rows = world.observations.once()
    for slug in ("tiw_intend_to_change", "tiw_practice_changed", "tie_year7_attendance"):
        row = rows[(rows["indicator"] == slug) & (rows["level"] == "all")].iloc[0]
        assert row["value"] == pytest.approx(100 * row["numerator"] / row["denominator"])


def plus(column, number, **where):
    """Return a change that adds to a column where others have a value."""

    def change(frame):
        rows = pd.Series(data=True, index=frame.index)
        for name, value in where.items():
            rows &= frame[name] == value
        first = frame.index[rows][0]
        changed = frame.copy()
        changed.loc[first, column] += number
        return changed

    return change


def without_first(**where):
    """Return a change that drops the first row with these values."""

    def change(frame):
        rows = pd.Series(data=True, index=frame.index)
        for name, value in where.items():
            rows &= frame[name] == value
        return frame.drop(index=frame.index[rows][0])

    return change


WRONG = {
    "ten arrests fewer": ("grip", "outputs", plus("value", -10, measure="arrests"), ["sceptre.arrests"]),
    "knives not found": ("grip", "outputs", plus("value", -14, measure="knives_recovered"),
        ["sceptre.knives_recovered"]),
    "a hotspot more": ("grip", "patrols", lambda frame: frame.assign(
        hotspot=frame["hotspot"].where(frame.index != frame.index[frame["operation"] == "grip"][0], "HS99")),
        ["grip.hotspots"]),
    "three officers a patrol": ("grip", "patrols", lambda frame: frame.assign(officers=3), ["grip.additional_hours"]),
    "patrols two hours earlier": ("grip", "patrols", lambda frame: frame.assign(
        starts_at=frame["starts_at"] - pd.Timedelta(hours=2), ends_at=frame["ends_at"] - pd.Timedelta(hours=2)),
        ["grip.patrol_window_end", "grip.patrol_window_start"]),
    "a mark not awarded": ("trauma_informed_workforce", "organisations", without_first(status="accredited"),
        ["tip.quality_marks_2023"]),
    "half of the workshops": ("trauma_informed_workforce", "training", lambda frame: frame.assign(
        attended=frame["attended"].where(frame["feedback_1"].notna(), frame["attended"] // 2)),
        ["tip.professionals_trained"]),
    "a probation officer more": ("prisoners_and_families", "training", plus("attended", 1, sector="probation"),
        ["prisons.probation_staff_trained", "prisons.professionals_trained"]),
    "one who did not complete": ("prisoners_and_families", "training", plus("completed", -1, course="strength_inside"),
        ["prisons.strength_inside_completed"]),
    "a thousand views more": ("communications", "outputs", plus("value", 1_000, measure="night_guardian_views"),
        ["comms.night_guardian_views"]),
    "too many impressions to be rounded so": ("communications", "outputs",
        plus("value", 700, measure="night_guardian_impressions"), ["comms.night_guardian_impressions"]),
    "five fewer at the Hope Hack": ("youth_engagement", "training", plus("attended", -5),
        ["youth.hope_hack_participants"]),
    "too few students": ("community_projects", "training", plus("attended", -480),
        ["community.no_more_knives_students"]),
    "a licence more": ("community_projects", "outputs", plus("value", 1, measure="doit_licences", on="2023-03-01"),
        ["community.doit_licences_added", "community.doit_licences_total"]),
    "a rank lower": ("needs_assessment", "area_counts", plus("count", 1, measure="social_mobility_rank", area="pendle"),
        ["needs.pendle_mobility_rank"]),
    "another victim": ("network", "area_counts",
        plus("count", 1, measure="serious_knife_crime_victims_under_18", period_start="2022-01-01"),
        ["vrn.serious_knife_victims_u18_change"]),
    "an authority that left": ("serious_violence_duty", "organisations", without_first(standard="specified_authority"),
        ["svd.specified_authorities"]),
    "a pupil who came more often": ("trauma_informed_education", "area_counts",
        plus("count", 300, measure="sessions_attended", category="send", period_start="2022-09-01"),
        ["tie.case_school_attendance_change_send"]),
}  # fmt: skip


def again(world, programme: str, tables: dict[str, pd.DataFrame]) -> Observations:
    """Return the observations with those of one programme computed again from changed tables."""
    given = SimpleNamespace(programme=programme, tables=tables)
    mine = [each.slug for each in world.project.framework.indicators if each.programme == programme]
    found = map_outcomes(given, world.project.framework, indicators=mine, as_of="2024-03-31")
    old = world.observations
    others = (frame[frame["programme"] != programme] for frame in (old.table, old.unanswered))
    both = [
        pd.concat([kept, new], ignore_index=True)
        for kept, new in zip(others, (found.table, found.unanswered), strict=True)
    ]
    return replace(old, table=both[0], unanswered=both[1])


def changed(world, programme: str, name: str, change) -> Observations:
    tables = {each: table.to_pandas() for each, table in world.records[programme].tables.items()}
    for frame in tables.values():
        for column in frame.columns.intersection(["on", "period_start"]):
            frame[column] = pd.to_datetime(frame[column])
    return again(world, programme, {**tables, name: change(tables[name])})


@pytest.mark.parametrize("name", WRONG)
def test_a_false_figure_is_found_out_and_no_other(world, name):
    programme, of, change, wanted = WRONG[name]
    told = headlines(world.project.published, changed(world, programme, of, change))
    failed = told.table[told.table["holds"].eq(False).fillna(value=False)]
    assert sorted(failed["id"]) == wanted
    assert (failed["reason"] == "").all()
    assert told.checks[0].passed is False
    assert told.checks[0].text.startswith("Do not hold: ")


def test_a_table_without_rows_is_a_reason(world):
    told = headlines(world.project.published, changed(world, "grip", "outputs", lambda frame: frame.iloc[:0]))
    reasons = told.table.set_index("id")["reason"]
    assert reasons["sceptre.arrests"] == "the table `outputs` of grip holds no rows"
    assert told.table.set_index("id")["holds"].notna().sum() == 51


def test_what_is_missing_of_a_selection_is_said(world):
    old = world.observations
    table = old.table[(old.table["area"] != "police") & (old.table["indicator"] != "sceptre_arrests")]
    reasons = headlines(world.project.published, replace(old, table=table)).table.set_index("id")["reason"]
    assert reasons["champions.police_referrals"] == "no record has source 'police'"
    assert reasons["sceptre.arrests"] == "it was not asked for"


def test_a_period_without_records_is_said(world):
    old = world.observations
    gone = (old.table["indicator"] == "champions_mentors") & (old.table["period_start"] == pd.Timestamp("2023-01-01"))
    told = headlines(world.project.published, replace(old, table=old.table[~gone]))
    reasons = told.table.set_index("id")["reason"]
    assert reasons["champions.mentors"] == "no record falls into the period that begins on 2023-01-01"


def test_without_any_records_every_figure_says_why_not(world):
    framework = world.project.framework
    nothing = map_outcomes(SimpleNamespace(programme="grip", tables={}), framework)
    told = headlines(world.project.published, nothing)
    assert told.table["computed"].isna().all()
    assert (told.table["reason"] != "").all()
    assert told.text[0].text == (
        "0 of 58 published figures could be computed from records; each of the others says why not."
    )
    reasons = told.table.set_index("id")["reason"]
    assert reasons["ed.adults_supported"] == "no records of ed_navigators were given"
    assert reasons["vrn.cyp_supported"] == "no records of champions or ed_navigators were given"


def test_disclosure_control_hides_figures_of_few_people(told):
    protected = protect(told, POLICIES["strict"]).table.set_index("id")
    assert protected.loc["champions.increased", ["computed", "difference"]].isna().all()
    assert protected.loc["sceptre.arrests", "computed"] == 150
    own = told.table[told.table["indicator"].isin(["champions_youngest_age", "champions_oldest_age"])]
    assert len(own) == 2  # an age is somebody's own
    assert protected.loc[own["id"], ["computed", "difference", "holds"]].isna().all(axis=None)
    assert protected.loc["champions.mentors", "computed"] == 15
    assert protected.loc["champions.sites", "computed"] == 9
