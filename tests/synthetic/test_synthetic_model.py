"""The model does what it says: arithmetic worked by hand, and its known truth found again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.records.synthetic import Assumptions, population
from lvrn_eval.records.synthetic.custody import Spells, _without_overlaps
from lvrn_eval.records.synthetic.draws import Stage, along, arrivals, choose, stream
from lvrn_eval.records.synthetic.encode import references
from lvrn_eval.records.synthetic.engagement import NEVER, NO_STAFF, Contacts
from lvrn_eval.records.synthetic.people import ASB_TRIGGER, NO_TRIGGER, SUSPECT_TRIGGER, make_people

EXTRACT, OBSERVED = pd.Timestamp("2024-03-31"), pd.Timestamp("2018-04-01")


def rng(stage=Stage.PEOPLE):
    return stream(7, 0, stage)


def array(*values):
    return np.array(values, dtype=np.int64)


def test_streams_depend_on_seed_block_and_stage_only():
    draws = {stream(seed, block, stage).random() for seed in (1, 2) for block in (0, 1) for stage in Stage}
    assert len(draws) == 2 * 2 * len(Stage)
    assert stream(1, 5, Stage.CUSTODY).random() == stream(1, 5, Stage.CUSTODY).random()


def test_references_have_a_prefix_and_a_fixed_width():
    assert references("C", array(7, 12345), width=6).to_pylist() == ["C000007", "C012345"]


def test_choose_follows_the_weights_and_never_takes_a_weight_of_zero():
    drawn = np.bincount(choose(rng(), (1, 0, 3), 100_000), minlength=3) / 100_000
    assert drawn[1] == 0
    assert drawn[2] == pytest.approx(0.75, abs=0.006)  # four standard errors


def test_along_is_piecewise_linear_and_flat_outside():
    assert along(((10, 0.0), (20, 1.0)), np.array([5.0, 15.0, 30.0])).tolist() == [0.0, 0.5, 1.0]


def test_arrivals_have_the_rate_asked_for_and_stay_in_their_days():
    """Two people for 3,652.5 days at 0.5 a year expect 5 each; a third whose days never come has none."""
    first = np.tile(array(0, 0, 4000), 20_000)
    person, on = arrivals(rng(), first, 3652, np.full(first.size, 0.5))
    counts = np.bincount(person, minlength=first.size)
    assert counts[2::3].sum() == 0
    assert counts.sum() / 40_000 == pytest.approx(5 * 3653 / 3652.5, abs=4 * np.sqrt(5 / 40_000))
    assert (on.min(), on.max()) == (0, 3652)


def test_overlapping_spells_are_left_out():
    """Person 0: 10-20 stays, 15-40 starts inside it, 30-35 inside the second, 41-50 after all. Person 1: 5-9 stays."""
    spells = _without_overlaps(array(0, 1, 0, 0, 0), array(41, 5, 15, 10, 30), array(50, 9, 40, 20, 35))
    assert spells.person.tolist() == [0, 0, 1]
    assert spells.starts.tolist() == [10, 41, 5]
    assert spells.ends.tolist() == [20, 50, 9]
    held = spells.hold(array(0, 0, 0, 0, 0, 1, 1, 2), array(9, 10, 20, 21, 45, 9, 45, 9))
    assert held.tolist() == [False, True, True, False, True, True, False, False]


def test_without_spells_nobody_is_held():
    nobody = Spells(array(), array(), array())
    assert nobody.hold(array(0, 1), array(5, 6)).tolist() == [False, False]


def test_the_programme_starts_at_the_first_of_two_days_attended_with_staff():
    """Person 0 attends on days 5 and 9; person 1 twice on one day; person 2 misses one; person 3 meets a volunteer."""
    person, on = array(0, 0, 0, 1, 1, 2, 2, 3, 3), array(3, 5, 9, 4, 4, 6, 8, 2, 7)
    attended = np.array([False, True, True, True, True, True, False, True, True])
    staff = array(0, 0, 1, 0, 0, 0, 0, NO_STAFF, 0)
    contacts = Contacts(person, on, staff, staff, attended, on)
    assert contacts.programme_starts(5).tolist() == [5, NEVER, NEVER, NEVER, NEVER]


def test_people_differ_by_a_gamma_factor_and_triggers_pick_the_frequent():
    """Gamma of shape k and mean 1 has variance 1/k; drawn in proportion to its size it has mean (k + 1)/k."""
    people = make_people(rng(), 400_000, Assumptions(female_ratio=1.0))
    plain = people.suspect_rate[people.trigger != SUSPECT_TRIGGER]
    assert plain.mean() == pytest.approx(1.0, abs=0.01)
    assert plain.var() == pytest.approx(1 / 0.7, rel=0.03)
    assert people.suspect_rate[people.trigger == SUSPECT_TRIGGER].mean() == pytest.approx(1.7 / 0.7, rel=0.01)
    asb_only = people.other_rate[people.trigger == ASB_TRIGGER].mean()
    assert asb_only == pytest.approx((1 + 1.7 / 0.7) / 2, rel=0.01)
    police = people.source == 0
    assert (people.trigger[police] != NO_TRIGGER).mean() == pytest.approx(0.8, abs=0.005)


def test_triggered_referrals_have_a_record_in_the_fortnight_before(lancashire):
    first = lancashire["referrals"].drop_duplicates("person_id")
    events = lancashire["events"]
    events = events[events["kind"].isin(["suspect", "asb"])].merge(first, on="person_id")
    gap = (events["referred_on"] - events["on"]).dt.days
    soon = set(events.loc[gap.between(0, 14), "person_id"])
    share = first["person_id"].isin(soon).groupby(first["source"]).mean()
    assert share["police"] > 0.75  # 80% by the trigger, less those then in custody, more by chance
    assert share["family"] < 0.4


def test_offending_has_the_rate_asked_for(as_frames):
    """Without triggers, effect, age or custody, suspect records arrive at the base rate per person-year observed."""
    sources = (("police", 1.0), ("prison", 0.0))
    plain = Assumptions(
        rate_ratio_after=1.0,
        age_curve=((10, 1.0), (40, 1.0)),
        triggered=(),
        custody_rate=0.0,
        sources=sources,
        child_sources=(),
        adult_sources=(),
    )
    frames = as_frames(population(20_000, assumptions=plain))
    people = frames["people"]
    start = (people["birth_date"] + pd.Timedelta(days=3653)).clip(lower=OBSERVED)
    years = ((EXTRACT - start).dt.days + 1) / 365.25
    slower = people["sex"].map({"female": 0.5}).fillna(1.0)
    mean = 0.62 * slower * years
    suspects = (frames["events"]["kind"] == "suspect").sum()
    # a gamma mixture of Poisson counts has the variance mean + mean² / shape
    standard_error = np.sqrt((mean + mean**2 / 0.7).sum())
    assert suspects == pytest.approx(mean.sum(), abs=4 * standard_error)


def suspect_ratio(frames, people, window=None):
    """Return suspect records per person-year after the last contact over those before the first."""
    born = frames["people"].set_index("person_id")["birth_date"].reindex(people.index)
    start = (born + pd.Timedelta(days=3653)).clip(lower=OBSERVED)
    stop = pd.Series(EXTRACT, people.index)
    if window:
        start, stop = people["first"] - pd.Timedelta(days=window), people["last"] + pd.Timedelta(days=window)
    events = frames["events"]
    events = events[(events["kind"] == "suspect") & events["person_id"].isin(people.index)]
    dates = people.assign(start=start, stop=stop).reindex(events["person_id"])
    on = events["on"].to_numpy()
    before = ((on >= dates["start"]) & (on < dates["first"])).sum()
    after = ((on > dates["last"]) & (on <= dates["stop"])).sum()
    years_before = (people["first"] - start).dt.days.sum()
    years_after = (stop - people["last"]).dt.days.sum()
    return (after / years_after) / (before / years_before)


def test_regression_to_the_mean_is_there_with_the_trigger_and_hardly_without(make_world, champions_rules):
    """The programme does nothing in either world, yet after a triggered referral fewer records follow."""
    found = {}
    for trigger in (True, False):
        frames = make_world(20_000, trigger=trigger)
        people = champions_rules(frames)
        eligible = people[people["eligible"]]
        found[trigger] = suspect_ratio(frames, eligible, 183), suspect_ratio(frames, eligible)
    (half_year, whole), (half_year_without, whole_without) = found[True], found[False]
    assert half_year < 0.65
    assert 0.88 < half_year_without < 1.08
    assert whole < 0.95 < whole_without < 1.08


def test_the_true_effect_is_found_where_nothing_biases_it(make_world, champions_rules):
    """No trigger, no age, and no selection on past records: after over before is the ratio that was put in."""
    frames = make_world(20_000, trigger=False, ratio=0.5)
    people = champions_rules(frames)
    assert suspect_ratio(frames, people[people["engaged"]]) == pytest.approx(0.5, abs=0.04)


def test_an_effect_above_one_is_made_too(make_world, champions_rules):
    frames = make_world(20_000, trigger=False, ratio=1.5)
    people = champions_rules(frames)
    assert suspect_ratio(frames, people[people["engaged"]]) == pytest.approx(1.5, abs=0.12)


def test_offending_follows_age(make_world):
    """The curve's mean is (0.25 * 2 + 0.5) / 3 = 1/3 from 10 to 13, and 1 from 16 to 17.5: a third of the rate."""
    frames = make_world(20_000, trigger=False, flat=False)
    born = frames["people"].set_index("person_id")["birth_date"]
    suspects = frames["events"][frames["events"]["kind"] == "suspect"]
    age = (suspects["on"] - suspects["person_id"].map(born)).dt.days / 365.25

    def rate(low, high):
        start = (born + pd.Timedelta(days=365.25 * low)).clip(lower=OBSERVED)
        stop = (born + pd.Timedelta(days=365.25 * high)).clip(upper=EXTRACT)
        return ((age >= low) & (age < high)).sum() / (stop - start).dt.days.clip(lower=0).sum()

    assert rate(10, 13) / rate(16, 17.5) == pytest.approx(1 / 3, rel=0.1)
