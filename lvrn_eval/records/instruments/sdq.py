"""The Strengths and Difficulties Questionnaire: self, parent and teacher, for children and young people up to 17."""

from __future__ import annotations

from types import MappingProxyType

from lvrn_eval.records.instruments.definitions import Ages, Band, BandSet, Form, Instrument, Items, Scale, Source

FOUR = ("close_to_average", "slightly_raised", "high", "very_high")
FOUR_LOW = ("close_to_average", "slightly_lowered", "low", "very_low")
THREE = ("normal", "borderline", "abnormal")

SCORING = Source(
    "Scoring the SDQ for age 4-17 (19 August 2014), read in a public copy; the same in awell-score "
    "(src/scores/sdq) and in gbiele/masterfile (scripts4tests/sdq.R)",
    confirmed=True,
)
FOUR_SOURCE = Source(
    "awell-score, src/scores/sdq/definition/sdq_standards.ts; the teacher's cuts, impact apart, also in PMC4830858, "
    "table 1",
    confirmed=True,
)
THREE_SOURCE = Source("awell-score, src/scores/sdq/definition/sdq_standards.ts", confirmed=True)
AGES_ADULTS = Source(
    "the scoring sheet is headed 'for age 4-17', and PMC4830858 cites it as for 4- to 17-year-olds; older texts say 16",
    confirmed=True,
)
AGES_SELF = Source(
    "from general knowledge: 11 to 17, with a version of its own from 18; older texts say 16", confirmed=False
)
IMPACT_SOURCE = Source(
    "the four answers count 0, 0, 1, 2, and no difficulties at all count 0: public scoring scripts (a Stata script of "
    "the parents' form, gbiele/masterfile). That the supplement's questions are numbered 26 to 33 in the order printed "
    "is this library's convention",
    confirmed=True,
)
LICENCE = Source(
    "under copyright; no electronic version may be made or used without Youth in Mind's permission (sdqinfo.com), and "
    "the text may not be changed (an encyclopaedia article on the SDQ)",
    confirmed=True,
)

IMPACT_POINTS = MappingProxyType({0: 0, 1: 0, 2: 1, 3: 2})
NO_DIFFICULTIES = (26, 0)
DIFFICULTIES = ("emotional", "conduct", "hyperactivity", "peer")


def _scales(impact: tuple[int, ...]) -> tuple[Scale, ...]:
    return (
        Scale("emotional", (3, 8, 13, 16, 24), at_least=3),
        Scale("conduct", (5, 7, 12, 18, 22), reversed=(7,), at_least=3),
        Scale("hyperactivity", (2, 10, 15, 21, 25), reversed=(21, 25), at_least=3),
        Scale("peer", (6, 11, 14, 19, 23), reversed=(11, 14), at_least=3),
        Scale("prosocial", (1, 4, 9, 17, 20), higher="better", at_least=3),
        Scale("total", parts=DIFFICULTIES),
        Scale("externalising", parts=("conduct", "hyperactivity")),
        Scale("internalising", parts=("emotional", "peer")),
        Scale("impact", impact, points=IMPACT_POINTS, zero_if=NO_DIFFICULTIES),
    )


def _cuts(names: tuple[str, ...], highest: dict[str, tuple[int, ...]]) -> dict[str, tuple[Band, ...]]:
    """Return bands from the highest score of each, lowest band first."""
    cut = {}
    for scale, ends in highest.items():
        starts = (0, *(end + 1 for end in ends[:-1]))
        cut[scale] = tuple(Band(name, low, high) for name, low, high in zip(names, starts, ends, strict=True))
    return cut


def _prosocial(names: tuple[str, ...], lowest: tuple[int, ...]) -> dict[str, tuple[Band, ...]]:
    """Return the bands of the one scale that runs the other way, from the lowest score of each, highest band first."""
    ends = (10, *(start - 1 for start in lowest[:-1]))
    return {"prosocial": tuple(Band(name, low, high) for name, low, high in zip(names, lowest, ends, strict=True))}


def _bands(
    four: dict[str, tuple[int, ...]], three: dict[str, tuple[int, ...]], kind: tuple[int, ...]
) -> tuple[BandSet, ...]:
    return (
        BandSet("four_band", MappingProxyType({**_cuts(FOUR, four), **_prosocial(FOUR_LOW, kind)}), FOUR_SOURCE),
        BandSet("three_band", MappingProxyType({**_cuts(THREE, three), **_prosocial(THREE, (6, 5, 0))}), THREE_SOURCE),
    )


# the highest score of each band
SELF = _bands(
    {
        "total": (14, 17, 19, 40), "emotional": (4, 5, 6, 10), "conduct": (3, 4, 5, 10),
        "hyperactivity": (5, 6, 7, 10), "peer": (2, 3, 4, 10), "impact": (0, 1, 2, 10),
    },
    {
        "total": (15, 19, 40), "emotional": (5, 6, 10), "conduct": (3, 4, 10),
        "hyperactivity": (5, 6, 10), "peer": (3, 5, 10), "impact": (0, 1, 10),
    },
    (7, 6, 5, 0),
)  # fmt: skip
PARENT = _bands(
    {
        "total": (13, 16, 19, 40), "emotional": (3, 4, 6, 10), "conduct": (2, 3, 5, 10),
        "hyperactivity": (5, 7, 8, 10), "peer": (2, 3, 4, 10), "impact": (0, 1, 2, 10),
    },
    {
        "total": (13, 16, 40), "emotional": (3, 4, 10), "conduct": (2, 3, 10),
        "hyperactivity": (5, 6, 10), "peer": (2, 3, 10), "impact": (0, 1, 10),
    },
    (8, 7, 6, 0),
)  # fmt: skip
TEACHER = _bands(
    {
        "total": (11, 15, 18, 40), "emotional": (3, 4, 5, 10), "conduct": (2, 3, 4, 10),
        "hyperactivity": (5, 7, 8, 10), "peer": (2, 4, 5, 10), "impact": (0, 1, 2, 6),
    },
    {
        "total": (11, 15, 40), "emotional": (4, 5, 10), "conduct": (2, 3, 10),
        "hyperactivity": (5, 6, 10), "peer": (3, 4, 10), "impact": (0, 1, 6),
    },
    (6, 5, 4, 0),
)  # fmt: skip


def _form(
    informant: str,
    versions: tuple[str, ...],
    last: int,
    impact: tuple[int, ...],
    bands: tuple[BandSet, ...],
    ages: Ages,
) -> Form:
    items = (Items(tuple(range(1, 26)), 0, 2), Items(tuple(range(26, last + 1)), 0, 3))
    return Form(informant, versions, items, _scales(impact), bands, ages)


# distress, then interference: home, friendships, classroom, leisure; a teacher is asked of friendships and classroom
SDQ = Instrument(
    "sdq",
    "Strengths and Difficulties Questionnaire",
    (
        _form("self", ("standard", "follow_up", "11-17"), 33, (28, 29, 30, 31, 32), SELF, Ages(11, 17, AGES_SELF)),
        _form(
            "parent", ("standard", "follow_up", "4-17", "4-10", "11-17"), 33, (28, 29, 30, 31, 32), PARENT,
            Ages(4, 17, AGES_ADULTS),
        ),
        _form(
            "teacher", ("standard", "follow_up", "4-17", "4-10", "11-17"), 31, (28, 29, 30), TEACHER,
            Ages(4, 17, AGES_ADULTS),
        ),
    ),
    "total",
    LICENCE,
    SCORING,
    notes=(
        IMPACT_SOURCE,
        Source(
            "the bands are of young people up to 17; the adult version is another one and has no bands here. Champions "
            "works with people up to 25, so many of them have no score",
            confirmed=True,
        ),
    ),
)  # fmt: skip
