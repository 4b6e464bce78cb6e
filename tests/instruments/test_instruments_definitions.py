"""The definitions are the published tables, retyped here from the tables and compared; nothing of an item's text."""

import re

import pytest

from lvrn_eval.records.instruments import INSTRUMENTS, ReliableChange, Source

FORMS = [
    pytest.param(instrument, form, id=f"{instrument.slug}-{form.informant}-{form.versions[0]}")
    for instrument in INSTRUMENTS.values()
    for form in instrument.forms
]

# raw and metric side by side, as the published table prints them
METRIC = """
 7  7.00   15 15.84   23 20.73   31 28.13
 8  9.51   16 16.36   24 21.54   32 29.31
 9 11.25   17 16.88   25 22.35   33 30.70
10 12.40   18 17.43   26 23.21   34 32.55
11 13.33   19 17.98   27 24.11   35 35.00
12 14.08   20 18.59   28 25.03
13 14.75   21 19.25   29 26.02
14 15.32   22 19.98   30 27.03
"""

FOUR_BANDS = """
total         | 0-14 15-17 18-19 20-40 | 0-13 14-16 17-19 20-40 | 0-11 12-15 16-18 19-40
emotional     | 0-4 5-5 6-6 7-10       | 0-3 4-4 5-6 7-10       | 0-3 4-4 5-5 6-10
conduct       | 0-3 4-4 5-5 6-10       | 0-2 3-3 4-5 6-10       | 0-2 3-3 4-4 5-10
hyperactivity | 0-5 6-6 7-7 8-10       | 0-5 6-7 8-8 9-10       | 0-5 6-7 8-8 9-10
peer          | 0-2 3-3 4-4 5-10       | 0-2 3-3 4-4 5-10       | 0-2 3-4 5-5 6-10
prosocial     | 7-10 6-6 5-5 0-4       | 8-10 7-7 6-6 0-5       | 6-10 5-5 4-4 0-3
impact        | 0-0 1-1 2-2 3-10       | 0-0 1-1 2-2 3-10       | 0-0 1-1 2-2 3-6
"""

THREE_BANDS = """
total         | 0-15 16-19 20-40 | 0-13 14-16 17-40 | 0-11 12-15 16-40
emotional     | 0-5 6-6 7-10     | 0-3 4-4 5-10     | 0-4 5-5 6-10
conduct       | 0-3 4-4 5-10     | 0-2 3-3 4-10     | 0-2 3-3 4-10
hyperactivity | 0-5 6-6 7-10     | 0-5 6-6 7-10     | 0-5 6-6 7-10
peer          | 0-3 4-5 6-10     | 0-2 3-3 4-10     | 0-3 4-4 5-10
prosocial     | 6-10 5-5 0-4     | 6-10 5-5 0-4     | 6-10 5-5 0-4
impact        | 0-0 1-1 2-10     | 0-0 1-1 2-10     | 0-0 1-1 2-6
"""

# the 25 stems of the public scoring scripts, in the order of the questionnaire
STEMS = [
    "consid",
    "restles",
    "somatic",
    "shares",
    "tantrum",
    "loner",
    "obeys",
    "worries",
    "caring",
    "fidgety",
    "friend",
    "fights",
    "unhappy",
    "popular",
    "distrac",
    "clingy",
    "kind",
    "lies",
    "bullied",
    "helpout",
    "reflect",
    "steals",
    "oldbest",
    "afraid",
    "attends",
]
SCALES = {
    "emotional": "somatic worries unhappy clingy afraid",
    "conduct": "tantrum obeys fights lies steals",
    "hyperactivity": "restles fidgety distrac reflect attends",
    "peer": "loner friend popular bullied oldbest",
    "prosocial": "consid shares caring kind helpout",
}
REVERSED = {"obeys", "reflect", "attends", "friend", "popular"}


def scores_of(form, scale):
    """Return every score a scale can have."""
    if scale.conversion:
        return sorted(scale.conversion.values())
    low, high = form.limits(scale)
    return range(int(low), int(high) + 1)


@pytest.mark.parametrize(("instrument", "form"), FORMS)
def test_bands_cover_every_score_once(instrument, form):
    for cut in form.bands:
        for name, bands in cut.by_scale.items():
            for score in scores_of(form, form.scale(name)):
                assert sum(band.low <= score <= band.high for band in bands) == 1, (cut.name, name, score)


@pytest.mark.parametrize(("instrument", "form"), FORMS)
def test_a_form_is_whole(instrument, form):
    names = [scale.name for scale in form.scales]
    assert names == [scale.name for scale in instrument.forms[0].scales]
    assert [cut.name for cut in form.bands] == list(instrument.band_sets)
    assert max(form.ranges) <= 40
    for place, scale in enumerate(form.scales):
        assert set(scale.items) <= set(form.ranges)
        assert set(scale.reversed) <= set(scale.items)
        assert bool(scale.items) != bool(scale.parts)
        assert set(scale.parts) <= set(names[:place])
        assert 0 <= scale.at_least <= len(scale.items)
    assert instrument.total is None or instrument.total in names


def test_swemwbs_has_the_29_published_values():
    numbers = METRIC.split()
    published = {int(raw): float(metric) for raw, metric in zip(numbers[::2], numbers[1::2], strict=True)}
    assert len(published) == 29
    conversion = dict(INSTRUMENTS["swemwbs"].forms[0].scale("total").conversion)
    assert conversion == published
    assert list(conversion) == list(range(7, 36))
    # rising, and a whole number only where sum and score are equal: an entered total cannot be misread
    assert sorted(conversion.values()) == list(conversion.values())
    assert [score for score in conversion.values() if score == int(score)] == [7, 35]


@pytest.mark.parametrize(("name", "published"), [("four_band", FOUR_BANDS), ("three_band", THREE_BANDS)])
def test_sdq_has_the_published_bands(name, published):
    for line in published.strip().splitlines():
        scale, *cells = (part.strip() for part in line.split("|"))
        for informant, cell in zip(("self", "parent", "teacher"), cells, strict=True):
            (form,) = (form for form in INSTRUMENTS["sdq"].forms if form.informant == informant)
            bands = form.band_set(name).by_scale[scale]
            assert [f"{band.low}-{band.high}" for band in bands] == cell.split(), (informant, scale)


def test_sdq_bands_have_the_published_names():
    bands = INSTRUMENTS["sdq"].forms[0].band_set("four_band").by_scale
    assert [band.name for band in bands["total"]] == ["close_to_average", "slightly_raised", "high", "very_high"]
    assert [band.name for band in bands["prosocial"]] == ["close_to_average", "slightly_lowered", "low", "very_low"]


@pytest.mark.parametrize("scale", SCALES)
def test_sdq_items_are_those_of_the_public_scripts(scale):
    stems = SCALES[scale].split()
    for form in INSTRUMENTS["sdq"].forms:
        found = form.scale(scale)
        assert {STEMS[number - 1] for number in found.items} == set(stems)
        assert {STEMS[number - 1] for number in found.reversed} == REVERSED & set(stems)


LIMITS = {
    "sdq": {"total": (0, 40), "externalising": (0, 20), "internalising": (0, 20), "emotional": (0, 10)},
    "swemwbs": {"total": (7, 35)},
    "wemwbs": {"total": (14, 70)},
    "gad7": {"total": (0, 21)},
    "phq9": {"total": (0, 27)},
    "rosenberg": {"total": (0, 30)},
    "ons4": {"life_satisfaction": (0, 10), "worthwhile": (0, 10), "happiness": (0, 10), "anxiety": (0, 10)},
}


@pytest.mark.parametrize("slug", INSTRUMENTS)
def test_scores_have_the_published_range(slug):
    for form in INSTRUMENTS[slug].forms:
        assert {name: form.limits(form.scale(name)) for name in LIMITS[slug]} == LIMITS[slug]


def test_impact_has_the_published_range():
    limits = {form.informant: form.limits(form.scale("impact")) for form in INSTRUMENTS["sdq"].forms}
    assert limits == {"self": (0, 10), "parent": (0, 10), "teacher": (0, 6)}


def test_rosenberg_knows_both_orders():
    reversals = {form.versions: form.scale("total").reversed for form in INSTRUMENTS["rosenberg"].forms}
    assert reversals == {
        ("reversed_2_5_6_8_9",): (2, 5, 6, 8, 9),
        ("reversed_3_5_8_9_10",): (3, 5, 8, 9, 10),
    }


def test_what_was_not_seen_in_a_source_says_so():
    """The list of what is unconfirmed: whoever confirms one edits the definition and this line."""
    unconfirmed = {
        (slug, about)
        for slug, instrument in INSTRUMENTS.items()
        for about, source in instrument.sources()
        if not source.confirmed
    }
    assert unconfirmed == {
        ("sdq", "ages (self)"),
        ("swemwbs", "bands hse_norms"),
        ("wemwbs", "note"),
        ("gad7", "licence"),
        ("gad7", "reliable change of total"),
        ("phq9", "licence"),
        ("phq9", "reliable change of total"),
        ("rosenberg", "licence"),
        ("ons4", "licence"),
    }


@pytest.mark.parametrize("slug", INSTRUMENTS)
def test_every_instrument_has_a_licence_note_and_sources(slug):
    assert INSTRUMENTS[slug].slug == slug
    assert all(source.text for _, source in INSTRUMENTS[slug].sources())


def test_copyright_lines_stand_where_they_must():
    assert INSTRUMENTS["swemwbs"].copyright == (
        "Short Warwick Edinburgh Mental Wellbeing Scale (SWEMWBS) © NHS Health Scotland, University of Warwick and "
        "University of Edinburgh, 2008, all rights reserved."
    )
    assert "WEMWBS" in INSTRUMENTS["wemwbs"].copyright


def test_no_item_text_is_in_the_package(pytestconfig):
    """Questions are put in the first person or as questions; no such sentence stands here."""
    folder = pytestconfig.rootpath / "lvrn_eval/records/instruments"
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert not re.search(r"\bI (am|feel|have|get|try|usually|often|worry|would|think)\b|I've been|\?\"", text)


SOURCE = Source("a test", confirmed=True)


@pytest.mark.parametrize(
    ("given", "smallest"),
    [
        # 1.96 * 5 * sqrt(2) * sqrt(0.16) = 1.96 * 5 * 0.565685 = 5.543717
        ({"sd": 5, "reliability": 0.84}, 5.543717),
        # 1.96 * 1.03 * sqrt(2) = 2.855; published as 2.77 * 1.03 = 2.85 to 2.87
        ({"sem": 1.03}, 2.855015),
        ({"points": 6}, 6),
    ],
)
def test_the_smallest_reliable_change(given, smallest):
    assert ReliableChange(source=SOURCE, **given).smallest == pytest.approx(smallest, abs=1e-6)


ONE_OF_THREE = "reliable change needs sd and reliability, or sem, or points: one of the three, and above 0"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, ONE_OF_THREE),
        ({"sd": 5}, ONE_OF_THREE),
        ({"reliability": 0.8}, ONE_OF_THREE),
        ({"sd": 5, "reliability": 0.8, "points": 3}, ONE_OF_THREE),
        ({"points": 0}, ONE_OF_THREE),
        ({"sd": -5, "reliability": 0.8}, ONE_OF_THREE),
        ({"sd": 5, "reliability": 1}, "reliable change: a reliability lies between 0 and 1, and is not 1"),
        ({"sd": 5, "reliability": 1.2}, "reliable change: a reliability lies between 0 and 1, and is not 1"),
    ],
)
def test_a_rule_that_is_none_is_refused(given, message):
    from lvrn_eval.errors import AnalysisError

    with pytest.raises(AnalysisError) as refused:
        ReliableChange(source=SOURCE, **given)
    assert str(refused.value) == message
