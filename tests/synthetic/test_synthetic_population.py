"""The made-up population: whole, possible, and of the shape it claims."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import RecordsError
from lvrn_eval.records.synthetic import Assumptions, blocks, population
from lvrn_eval.records.synthetic.parquet import COLUMNS
from lvrn_eval.records.tables import TABLES

HELD = {name: TABLES[name] for name in COLUMNS}

EXTRACT, OBSERVED = pd.Timestamp("2024-03-31"), pd.Timestamp("2018-04-01")


def test_the_tables_have_the_canonical_columns_and_codes(lancashire):
    for name, columns in COLUMNS.items():
        wanted = [column.name.replace("birth_month", "birth_date") for column in columns]
        assert list(lancashire[name].columns) == wanted
        for column in columns:
            if column.codes:
                assert set(lancashire[name][column.name]) <= set(column.codes)
            if column.required:
                assert lancashire[name][column.name].notna().all()


def test_keys_are_unique_and_references_complete(lancashire):
    for name, spec in HELD.items():
        if spec.key:
            assert lancashire[name][spec.key].is_unique
        assert set(lancashire[name]["person_id"]) <= set(lancashire["people"]["person_id"])
    assert set(lancashire["referrals"]["person_id"]) == set(lancashire["people"]["person_id"])


def test_ids_stay_unique_across_blocks():
    tables = population(20_050)
    for name, spec in HELD.items():
        if spec.key:
            assert tables[name][spec.key].combine_chunks().value_counts().field("counts").to_numpy().max() == 1
    assert tables["people"]["person_id"][20_000].as_py() == "C00020001"


def test_nothing_is_dated_before_it_can_be_or_after_the_extract(lancashire):
    for name, column in {"referrals": "referred_on", "contacts": "on", "events": "on", "custody": "starts_on"}.items():
        assert lancashire[name][column].max() <= EXTRACT
    assert lancashire["custody"]["ends_on"].max() <= EXTRACT
    assert lancashire["events"]["on"].min() >= OBSERVED
    born = lancashire["people"].set_index("person_id")["birth_date"]
    events = lancashire["events"]
    tenth_birthday = events["person_id"].map(born) + pd.DateOffset(years=10)
    assert (events["on"] >= tenth_birthday).all()


def test_ages_at_referral_are_10_to_25(lancashire):
    referrals = lancashire["referrals"]
    born = referrals["person_id"].map(lancashire["people"].set_index("person_id")["birth_date"])
    on = referrals["referred_on"]
    had_birthday = on.dt.month * 100 + on.dt.day >= born.dt.month * 100 + born.dt.day
    age = on.dt.year - born.dt.year - ~had_birthday
    assert (age.min(), age.max()) == (10, 25)
    assert age[referrals["source"].isin(["prison", "probation"])].min() >= 18
    assert age[referrals["source"] == "education"].max() <= 18  # a second referral may come after the birthday


def test_the_last_year_has_the_published_number_of_referrals(lancashire):
    """The annual report: over 450 police and over 80 education referrals in the last 12 months."""
    referrals = lancashire["referrals"]
    year = referrals[referrals["referred_on"] > EXTRACT - pd.DateOffset(years=1)]["source"].value_counts()
    assert 450 < year["police"] <= 500
    assert 80 < year["education"] <= 95
    assert set(year.index) >= {"prison", "probation", "health", "social_care", "youth_justice", "self", "family"}


def test_nine_trusts_of_unequal_size_with_seventeen_staff(lancashire):
    contacts = lancashire["contacts"]
    sizes = lancashire["referrals"]["site"].value_counts()
    assert len(sizes) == 9
    assert sizes.max() > 10 * sizes.min()
    assert contacts["staff_id"].nunique() == 17
    assert contacts.groupby("staff_id")["site"].nunique().max() == 1
    assert contacts.groupby("staff_id")["role"].nunique().max() == 1
    assert (contacts["staff_id"].isna() == (contacts["role"] == "other")).all()


def test_contacts_follow_the_referral_and_some_are_missed(lancashire):
    contacts = lancashire["contacts"]
    referred = lancashire["referrals"].groupby("person_id")["referred_on"].min()
    assert (contacts["on"] > contacts["person_id"].map(referred)).all()
    assert 0.6 < contacts["attended"].mean() < 0.9
    assert (contacts["minutes"].notna() == contacts["attended"]).all()
    assert set(contacts["minutes"].dropna()) <= set(range(30, 120, 15))
    per_person = contacts.groupby("person_id").size().reindex(lancashire["people"]["person_id"], fill_value=0)
    assert (per_person == 0).mean() > 0.1
    assert (per_person == 1).sum() > 50
    assert (contacts["on"] > EXTRACT - pd.Timedelta(days=10)).sum() > 20  # still going on
    assert contacts.duplicated(["person_id", "on"]).any()  # why distinct dates are counted


def test_custody_spells_do_not_overlap_and_hold_no_records_or_contacts(lancashire):
    custody = lancashire["custody"].sort_values(["person_id", "starts_on"])
    ends = custody["ends_on"].fillna(pd.Timestamp("2100-01-01"))
    assert (ends >= custody["starts_on"]).all()
    assert custody["ends_on"].isna().sum() >= 5
    before = ends.groupby(custody["person_id"]).shift()
    assert not (custody["starts_on"] <= before).any()
    custody = custody.assign(ends_on=ends)
    events = lancashire["events"]
    for rows in (events[events["kind"].isin(["suspect", "asb"])], lancashire["contacts"]):
        pairs = rows.merge(custody, on="person_id")
        assert not pairs["on"].between(pairs["starts_on"], pairs["ends_on"]).any()


def test_eligible_people_are_unequal_over_the_trusts_and_a_quota_of_four_falls_short(lancashire, champions_rules):
    people = champions_rules(lancashire)
    eligible = people[people["eligible"]].groupby("site").size().reindex([f"trust_{c}" for c in "abcdefghi"])
    eligible = eligible.fillna(0)
    assert 120 <= eligible.sum() <= 220
    assert (eligible < 4).sum() in {1, 2}
    assert 28 <= eligible.clip(upper=4).sum() <= 34
    assert eligible.max() >= 2 * eligible.median()
    for rule in ("engaged", "ended", "prior"):
        assert 0 < people[rule].sum() < len(people)


def test_there_are_about_ten_events_a_person():
    assert 9.5 < population(20_000)["events"].num_rows / 20_000 < 10.5


def test_charges_and_convictions_follow_suspect_records(lancashire):
    counts = lancashire["events"]["kind"].value_counts()
    assert counts["suspect"] > counts["non_conviction"] > counts["charge"] > counts["conviction"] > 0
    assert set(counts.index) == set(HELD["events"].by_name["kind"].codes) - {"other"}
    with_offence = lancashire["events"].groupby("kind")["offence"].apply(lambda column: column.notna().all())
    assert with_offence[["suspect", "charge", "non_conviction", "conviction"]].all()
    assert not with_offence[["asb", "victim", "hospital_admission"]].any()


def test_the_first_people_are_the_same_whatever_the_number():
    small, large = population(300), population(20_300)
    for name, table in small.items():
        first = set(small["people"]["person_id"].to_pylist())
        rows = [row for row in large[name].slice(0, table.num_rows + 5).to_pylist() if row["person_id"] in first]
        assert rows == table.to_pylist()


def test_blocks_are_streamed_and_differ():
    made = [block["people"].num_rows for block in blocks(45_000)]
    assert made == [20_000, 20_000, 5_000]
    first, second = (block["people"]["birth_date"] for block in blocks(40_000))
    assert first != second


def test_another_seed_gives_other_people():
    assert not population(50, seed=1)["people"].equals(population(50, seed=2)["people"])
    assert population(50, seed=1)["people"].equals(population(50, seed=1)["people"])


@pytest.mark.parametrize("people", [0, -5])
def test_no_people_is_refused(people):
    with pytest.raises(RecordsError, match=f"a synthetic population has at least one person, not {people}"):
        population(people)


def test_a_negative_seed_is_refused():
    with pytest.raises(RecordsError, match="a seed is a whole number from 0 on, not -1"):
        population(10, seed=-1)


def test_a_world_without_custody_or_growth():
    sources = (("police", 1.0),)
    assumptions = Assumptions(
        custody_rate=0.0, sources=(*sources, ("prison", 0.0)), adult_sources=(), child_sources=(), referral_growth=0.0
    )
    tables = population(2_000, assumptions=assumptions)
    assert tables["custody"].num_rows == 0
    late = np.mean(tables["referrals"]["referred_on"].to_numpy() > np.datetime64("2023-03-31"))
    assert 0.47 < late < 0.6
