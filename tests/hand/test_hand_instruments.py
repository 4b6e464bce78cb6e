"""Questionnaires scored by hand: each number is worked out beside the assertion."""

import math

import pandas as pd
import pytest

from lvrn_eval.records.instruments import (
    ReliableChange,
    Source,
    added_value,
    change,
    change_per_person,
    likert,
    score_answers,
    score_summary,
)

PILOT = Source("made up for this example", confirmed=True)


def answered(**columns):
    """Return one questionnaire; ``items`` maps numbers to answers."""
    items = {f"item_{number}": [answer] for number, answer in columns.pop("items").items()}
    return pd.DataFrame({"person_id": ["a"], **{name: [value] for name, value in columns.items()}, **items})


def score(frame, instrument, scale="total", **asked):
    found = score_answers(frame, instrument, **asked).to_pandas()
    return found[found["scale"] == scale][["score", "band"]].to_numpy().tolist()[0]


def test_sdq_scale_by_scale():
    """A young person of 14 answers 25 items; reversed items (7, 11, 14, 21, 25) count 2 minus the answer."""
    items = {
        3: 1, 8: 2, 13: 0, 16: 1, 24: 1,   # emotional: 1 + 2 + 0 + 1 + 1 = 5, slightly raised (5)
        5: 1, 7: 1, 12: 0, 18: 1, 22: 0,   # conduct: 1 + (2 - 1) + 0 + 1 + 0 = 3, close to average (0 to 3)
        2: 2, 10: 2, 15: 2, 21: 1, 25: 0,  # hyperactivity: 2 + 2 + 2 + (2 - 1) + (2 - 0) = 9, very high (8 to 10)
        6: 1, 11: 2, 14: 1, 19: 0, 23: 1,  # peer: 1 + (2 - 2) + (2 - 1) + 0 + 1 = 3, slightly raised (3)
        1: 2, 4: 1, 9: 1, 17: 0, 20: 1,    # prosocial: 2 + 1 + 1 + 0 + 1 = 5, low (5)
        26: 2, 28: 3, 29: 1, 30: 2, 31: 2, 32: 0,  # impact: 2 + 0 + 1 + 1 + 0 = 4, very high (3 to 10)
    }  # fmt: skip
    found = score_answers(answered(informant="self", age=14, items=items), "sdq").to_pandas().set_index("scale")
    assert found["score"].to_dict() == {
        "emotional": 5, "conduct": 3, "hyperactivity": 9, "peer": 3, "prosocial": 5,
        "total": 5 + 3 + 9 + 3,
        "externalising": 3 + 9, "internalising": 5 + 3,
        "impact": 4,
    }  # fmt: skip
    assert found["band"].dropna().to_dict() == {
        "emotional": "slightly_raised", "conduct": "close_to_average", "hyperactivity": "very_high",
        "peer": "slightly_raised", "prosocial": "low", "total": "very_high", "impact": "very_high",
    }  # fmt: skip


def test_sdq_scaling_up():
    """Three of five emotional items sum to 4: 4 * 5 / 3 = 6.67, rounded to 7. Two are too few."""
    cases = [
        ({3: 2, 8: 1, 13: 1}, "emotional", 7),
        ({3: 2, 8: 1}, "emotional", None),
        # four of five sum to 2: 2 * 5 / 4 = 2.5, halves upwards: 3
        ({3: 1, 8: 1, 13: 0, 16: 0}, "emotional", 3),
        # three of five sum to 1: 5 / 3 = 1.67, rounded to 2; three sum to 2: 10 / 3 = 3.33, rounded to 3
        ({3: 1, 8: 0, 13: 0}, "emotional", 2),
        ({3: 1, 8: 1, 13: 0}, "emotional", 3),
        # a reversed item is turned round before scaling: 7 -> 2 - 0 = 2, with 0 and 0: 2 * 5 / 3 = 3.33, rounded to 3
        ({7: 0, 5: 0, 12: 0}, "conduct", 3),
    ]
    sheets = [
        answered(informant="self", age=14, items=items).assign(person_id=i) for i, (items, _, _) in enumerate(cases)
    ]
    found = score_answers(pd.concat(sheets), "sdq").to_pandas().set_index(["person_id", "scale"])["score"]
    assert [found[i, scale] for i, (_, scale, _) in enumerate(cases) if i != 1] == [7, 3, 2, 3, 3]
    assert pd.isna(found[1, "emotional"])


def test_sdq_impact():
    """The four answers count 0, 0, 1, 2; without difficulties (item 26 is 0) the rest is skipped and counts 0."""
    most = {28: 3, 29: 3, 30: 3, 31: 3, 32: 3}
    assert score(answered(informant="parent", age=9, items={26: 3, **most}), "sdq", "impact") == [10, "very_high"]
    assert score(answered(informant="parent", age=9, items={26: 0}), "sdq", "impact") == [0, "close_to_average"]
    # a teacher answers three: 2 + 0 + 1 = 3
    teacher = answered(informant="teacher", age=9, items={26: 1, 28: 3, 29: 1, 30: 2})
    assert score(teacher, "sdq", "impact") == [3, "very_high"]


def test_swemwbs():
    """3 + 4 + 2 + 3 + 4 + 3 + 3 = 22, whose metric score is 19.98."""
    items = dict(enumerate((3, 4, 2, 3, 4, 3, 3), start=1))
    assert score(answered(items=items), "swemwbs") == [19.98, "average"]


def test_wemwbs():
    """Fourteen threes: 42. There are no bands."""
    assert score(answered(items=dict.fromkeys(range(1, 15), 3)), "wemwbs") == [42, None]


def test_phq9_and_gad7():
    """PHQ-9: 3 + 2 + 2 + 1 + 1 + 1 + 0 + 0 + 0 = 10, moderate from 10. GAD-7: 3 * 3 = 9, mild up to 9."""
    assert score(answered(items=dict(enumerate((3, 2, 2, 1, 1, 1, 0, 0, 0), start=1))), "phq9") == [10, "moderate"]
    assert score(answered(items=dict(enumerate((3, 3, 3, 0, 0, 0, 0), start=1))), "gad7") == [9, "mild"]


def test_rosenberg_in_either_order():
    """Answers 3 3 2 2 1 1 1 0 0 0, of 0 to 3; a reversed item counts 3 minus the answer."""
    items = dict(enumerate((3, 3, 2, 2, 1, 1, 1, 0, 0, 0), start=1))
    # straight 1, 3, 4, 7, 10: 3 + 2 + 2 + 1 + 0 = 8; reversed 2, 5, 6, 8, 9: 0 + 2 + 2 + 3 + 3 = 10
    assert score(answered(items=items), "rosenberg", version="reversed_2_5_6_8_9") == [18, "not_low"]
    # straight 1, 2, 4, 6, 7: 3 + 3 + 2 + 1 + 1 = 10; reversed 3, 5, 8, 9, 10: 1 + 2 + 3 + 3 + 3 = 12
    assert score(answered(items=items), "rosenberg", version="reversed_3_5_8_9_10") == [22, "not_low"]


def test_ons4():
    """6 is medium and 8 high; of anxiety 1 is very low."""
    found = score_answers(answered(items={1: 6, 2: 8, 3: 5, 4: 1}), "ons4").to_pandas()
    assert found["band"].tolist() == ["medium", "high", "medium", "very_low"]


def waves(before, after, **columns):
    people = range(len(before))
    first = pd.DataFrame({"person_id": people, "occasion": "pre", "score": before})
    second = pd.DataFrame({"person_id": people, "occasion": "post", "score": after})
    return pd.concat([first, second], ignore_index=True).dropna(subset="score").assign(**columns)


def test_change_of_four_people():
    """GAD-7 before 10, 12, 8, 14 and after 6, 11, 8, 7; a fifth has no score after."""
    scored = score_answers(waves([10, 12, 8, 14, 3], [6, 11, 8, 7, None]), "gad7")
    result = change(scored, reliable="published")
    assert result.row("mean_before")["estimate"] == (10 + 12 + 8 + 14) / 4
    assert result.row("mean_after")["estimate"] == (6 + 11 + 8 + 7) / 4
    # changes -4, -1, 0, -7: mean -3; squares about it 1 + 4 + 9 + 16 = 30, variance 30 / 3 = 10
    moved = result.row("mean_change")
    assert moved["estimate"] == -3
    assert moved["std_error"] == pytest.approx(math.sqrt(10 / 4))
    # Student's t of 3 degrees at 97.5% is 3.182446: -3 -+ 3.182446 * 1.581139 = -3 -+ 5.031889
    assert (moved["conf_low"], moved["conf_high"]) == pytest.approx((-8.031889, 2.031889), abs=1e-6)
    # a change of 4 points is reliable: -4 and -7 are; for anxiety lower is better
    shares = {term: result.row(term)[["n_events", "n"]].tolist() for term in result.table["term"][3:]}
    assert shares == {
        "share_reliably_improved": [2, 4], "share_not_reliably_changed": [2, 4], "share_reliably_deteriorated": [0, 4],
    }  # fmt: skip
    assert result.parts["pairing"].table["people"].tolist() == [4, 1, 0]


def test_the_index_of_reliable_change():
    """SD 5, reliability 0.84: 5 * sqrt(2) * sqrt(0.16) = 2.828427; WEMWBS, where more is better."""
    rule = ReliableChange(sd=5, reliability=0.84, source=PILOT)
    scored = score_answers(waves([40, 40, 40], [45, 46, 34]), "wemwbs")
    found = change_per_person(scored, reliable=rule).to_pandas().sort_values("person_id")
    # 5 / 2.828427 = 1.767767, within 1.96; 6 / 2.828427 = 2.121320, beyond
    assert found["reliable_index"].tolist() == pytest.approx([1.767767, 2.121320, -2.121320], abs=1e-6)
    assert found["class"].tolist() == ["unchanged", "improved", "deteriorated"]


def test_swemwbs_reliable_change():
    """1.96 * 1.03 * sqrt(2) = 2.855: from sum 22 (19.98) to 25 (22.35) is 2.37, to 26 (23.21) is 3.23."""
    found = change_per_person(score_answers(waves([22, 22], [25, 26]), "swemwbs"), reliable="published").to_pandas()
    assert found.sort_values("person_id")["change"].tolist() == pytest.approx([2.37, 3.23])
    assert found.sort_values("person_id")["class"].tolist() == ["unchanged", "improved"]


def test_added_value():
    """One child: total 20, impact 4, emotional 5 before, total 14 after; another: 16, 0, 3 and 16."""
    # item by item this would be long: scales are set by items of one answer each, as below
    rows = [
        # emotional 5 = 2 + 1 + 1 + 1 + 0, conduct 5, hyperactivity 5, peer 5; impact 4 = 2 + 2
        ("a", "pre", (5, 5, 5, 5), 4), ("a", "post", (3, 3, 4, 4), 0),
        ("b", "pre", (3, 4, 4, 5), 0), ("b", "post", (4, 4, 4, 4), 0),
    ]  # fmt: skip
    scored = score_answers(pd.DataFrame([child(*row) for row in rows]), "sdq")
    result = added_value(scored)
    # a: 2.3 + 0.8 * 20 + 0.2 * 4 - 0.3 * 5 - 14 = 2.3 + 16 + 0.8 - 1.5 - 14 = 3.6
    # b: 2.3 + 0.8 * 16 + 0.2 * 0 - 0.3 * 3 - 16 = 2.3 + 12.8 - 0.9 - 16 = -1.8
    assert result.row("mean_added_value")["estimate"] == pytest.approx((3.6 - 1.8) / 2)
    assert result.row("effect_size")["estimate"] == pytest.approx(0.9 / 5)
    # half the distance between the two, over 1, is the standard error: 5.4 / sqrt(2) / sqrt(2) = 2.7
    assert result.row("mean_added_value")["std_error"] == pytest.approx(2.7)
    assert result.check("formula_confirmed").passed is False


def child(person, occasion, scales, impact):
    """Return a parent's questionnaire with these four scores of difficulties and this impact."""
    items = {1: 2, 4: 2, 9: 2, 17: 2, 20: 2}
    straight = {0: (3, 8, 13, 16, 24), 1: (5, 12, 18, 22), 2: (2, 10, 15), 3: (6, 19, 23)}
    # a reversed item answered 2 counts 0
    items |= {7: 2, 21: 2, 25: 2, 11: 2, 14: 2}
    for place, numbers in straight.items():
        left = scales[place]
        for number in numbers:
            items[number] = min(2, left)
            left -= items[number]
        assert left == 0
    # an answer of 3 counts 2
    items |= {26: 1, 28: 3 if impact else 0, 29: 3 if impact else 0, 30: 0, 31: 0, 32: 0}
    return {"person_id": person, "occasion": occasion, "informant": "parent", "age": 12} | {
        f"item_{number}": answer for number, answer in items.items()
    }


def test_bands_are_counted():
    """GAD-7 of 3, 4, 5, 12, 21: minimal up to 4, mild up to 9, moderate up to 14, severe from 15."""
    frame = pd.DataFrame({"person_id": range(6), "occasion": "pre", "score": [3, 4, 5, 12, 21, 40]})
    result = score_summary(score_answers(frame, "gad7"))
    assert result.table["people"].tolist() == [2, 1, 1, 1]
    assert result.parts["validity"].table[["outcome", "questionnaires"]].to_numpy().tolist() == [
        ["valid", 5], ["out_of_range", 1],
    ]  # fmt: skip
    # mean (3 + 4 + 5 + 12 + 21) / 5 = 9; squares 36 + 25 + 16 + 9 + 144 = 230, 230 / 4 / 5 = 11.5
    mean = result.parts["means"].table.iloc[0]
    assert (mean["estimate"], mean["n"]) == (9, 5)
    assert mean["std_error"] == pytest.approx(math.sqrt(11.5))


def test_top_two_box():
    """Answers 5 5 4 3 1 and one missing, of 1 to 5: three of five in the top two."""
    result = likert(pd.DataFrame({"q": [5, 5, 4, 3, 1, None]}), ["q"], low=1, high=5)
    row = result.row("q")
    assert (row["estimate"], row["n"], row["n_events"]) == (0.6, 5, 3)
    # Wilson, z² = 3.841459: centre 0.6 + 0.384146 = 0.984146, root of 0.048 + 3.841459 / 100 = 0.086415 is 0.293964,
    # times 1.959964 is 0.576158; over 1 + 0.768292: (0.984146 -+ 0.576158) / 1.768292
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((0.230724, 0.882379), abs=1e-5)
    assert result.parts["categories"].table["people"].tolist() == [1, 0, 1, 1, 2]
