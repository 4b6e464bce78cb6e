"""What must hold of every questionnaire, whatever was answered."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvrn_eval.records.instruments import INSTRUMENTS, ReliableChange, Source, score_answers
from lvrn_eval.records.instruments.reliable import classes_of

FORMS = [
    pytest.param(instrument, form, id=f"{instrument.slug}-{form.informant}-{form.versions[0]}")
    for instrument in INSTRUMENTS.values()
    for form in instrument.forms
]
PEOPLE = 60


def answers_of(form, seed, missing=0.0):
    """Return random answers within the ranges of a form."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {f"item_{number}": rng.integers(low, high + 1, PEOPLE) for number, (low, high) in form.ranges.items()},
        dtype=float,
    )
    frame = frame.mask(rng.random(frame.shape) < missing)
    age = form.ages.low if form.ages else 30
    return frame.assign(person_id=range(PEOPLE), informant=form.informant, age=age, version=form.versions[0])


def scores(frame, instrument):
    found = score_answers(frame, instrument).to_pandas()
    return found.pivot_table(index="person_id", columns="scale", values="score").reindex(range(PEOPLE))


@pytest.mark.parametrize(("instrument", "form"), FORMS)
def test_scores_lie_within_their_limits_and_have_a_band(instrument, form):
    found = score_answers(answers_of(form, seed=1, missing=0.1), instrument).to_pandas()
    valid = found[found["valid"]]
    for scale in form.scales:
        low, high = form.limits(scale)
        of_scale = valid[valid["scale"] == scale.name]
        assert of_scale["score"].between(low, high).all()
        if form.bands and scale.name in form.bands[0].by_scale:
            assert of_scale["band"].notna().all()
    assert (found["valid"] == found["score"].notna()).all()
    assert (found["valid"] == found["reason"].isna()).all()
    assert len(found) == PEOPLE * len(form.scales)


@pytest.mark.parametrize(("instrument", "form"), [row for row in FORMS if "sdq" in row.id or "rosenberg" in row.id])
def test_turning_a_reversed_item_round_twice_changes_nothing(instrument, form):
    """Answers turned round by hand and scored without reversal give the same scores."""
    frame = answers_of(form, seed=2)
    turned = frame.copy()
    for scale in form.scales:
        for number in scale.reversed:
            turned[f"item_{number}"] = sum(form.ranges[number]) - frame[f"item_{number}"]
    plain = replace(form, scales=tuple(replace(scale, reversed=()) for scale in form.scales))
    unreversed = replace(instrument, forms=(plain,))
    pd.testing.assert_frame_equal(scores(frame, instrument), scores(turned, unreversed))


def test_scaling_up_everything_answered_is_the_sum():
    instrument = INSTRUMENTS["sdq"]
    form = instrument.forms[0]
    frame = answers_of(form, seed=3)
    never = replace(form, scales=tuple(replace(scale, at_least=0) for scale in form.scales))
    pd.testing.assert_frame_equal(scores(frame, instrument), scores(frame, replace(instrument, forms=(never,))))


def test_order_of_rows_and_names_of_people_do_not_matter():
    form = INSTRUMENTS["gad7"].forms[0]
    frame = answers_of(form, seed=4, missing=0.05)
    shuffled = frame.sample(frac=1, random_state=1).assign(person_id=lambda rows: PEOPLE - 1 - rows["person_id"])
    straight, other = scores(frame, "gad7"), scores(shuffled, "gad7").iloc[::-1].reset_index(drop=True)
    assert straight["total"].equals(other["total"].rename_axis("person_id").rename("total").set_axis(straight.index))


@settings(max_examples=40)
@given(
    st.lists(st.integers(-30, 30), min_size=1, max_size=20),
    st.sampled_from([{"points": 4}, {"sem": 1.5}, {"sd": 5, "reliability": 0.8}]),
)
def test_everybody_is_in_one_class_and_signs_turn_classes_round(changes, rule):
    rule = ReliableChange(source=Source("a test", confirmed=True), **rule)
    moved = np.array(changes, dtype=float)
    better, worse = classes_of(moved, rule, "better"), classes_of(-moved, rule, "better")
    assert (sum(which.astype(int) for which in better.values()) == 1).all()
    assert (better["improved"] == worse["deteriorated"]).all()
    assert (classes_of(moved, rule, "worse")["improved"] == better["deteriorated"]).all()
    assert (better["unchanged"] == (np.abs(moved) <= rule.smallest - (1e-9 if rule.points else 0))).all()
