"""Questionnaires of symptoms and of self-esteem: GAD-7, PHQ-9 and Rosenberg's scale."""

from __future__ import annotations

from types import MappingProxyType

from lvrn_eval.records.instruments.definitions import (
    BandSet,
    Form,
    Instrument,
    Items,
    ReliableChange,
    Scale,
    Source,
    bands_from,
)

PHQ_LICENCE = Source(
    "said in articles on the PHQ to be free to use and copy; its owner's page was not seen, and one public copy "
    "carries a copyright line of Pfizer (1999)",
    confirmed=False,
)

GAD7 = Instrument(
    "gad7",
    "Generalised Anxiety Disorder scale (GAD-7)",
    (
        Form(
            "self",
            ("standard",),
            # the eighth question, on difficulty, is not scored
            (Items(tuple(range(1, 9)), 0, 3),),
            (Scale("total", tuple(range(1, 8))),),
            (
                BandSet(
                    "severity",
                    MappingProxyType(
                        {
                            "total": bands_from(
                                ("minimal", "mild", "moderate", "severe"), (0, 4), (5, 9), (10, 14), (15, 21)
                            ),
                        },
                    ),
                    Source(
                        "cuts of 5, 10 and 15: the scoring printed on a public copy of the form (form.jotform.com)",
                        confirmed=True,
                    ),
                ),
            ),
        ),
    ),
    "total",
    PHQ_LICENCE,
    Source("seven items from 0 to 3, added up: a public copy of the form (form.jotform.com)", confirmed=True),
    reliable=MappingProxyType(
        {
            "total": ReliableChange(
                points=4,
                source=Source(
                    "from general knowledge, as quoted of the manual of NHS Talking Therapies in a blog "
                    "(cbtwatch.com); a study of 2020 (10.5964/pch.v8i1.309) found 6",
                    confirmed=False,
                ),
            ),
        },
    ),
)

PHQ9 = Instrument(
    "phq9",
    "Patient Health Questionnaire (PHQ-9)",
    (
        Form(
            "self",
            ("standard",),
            # the tenth question, on difficulty, is not scored
            (Items(tuple(range(1, 11)), 0, 3),),
            (Scale("total", tuple(range(1, 10))),),
            (
                BandSet(
                    "severity",
                    MappingProxyType(
                        {
                            "total": bands_from(
                                ("minimal", "mild", "moderate", "moderately_severe", "severe"),
                                (0, 4), (5, 9), (10, 14), (15, 19), (20, 27),
                            ),
                        },
                    ),
                    Source("cuts of 5, 10, 15 and 20: public summaries of the scale (wikimsk.org)", confirmed=True),
                ),
            ),
        ),
    ),
    "total",
    PHQ_LICENCE,
    Source("nine items from 0 to 3, added up: public summaries of Kroenke and others 2001", confirmed=True),
    reliable=MappingProxyType(
        {
            "total": ReliableChange(
                points=6,
                source=Source(
                    "from general knowledge, as quoted of the manual of NHS Talking Therapies in a blog (cbtwatch.com)",
                    confirmed=False,
                ),
            ),
        },
    ),
    notes=(
        Source(
            "the ninth question is about harming oneself: whoever collects answers needs a way to act on them the same "
            "day, which no score here replaces",
            confirmed=True,
        ),
    ),
)  # fmt: skip


def _rosenberg(reversed_items: tuple[int, ...]) -> Form:
    version = "reversed_" + "_".join(str(number) for number in reversed_items)
    return Form(
        "self",
        (version,),
        (Items(tuple(range(1, 11)), 0, 3),),
        (Scale("total", tuple(range(1, 11)), reversed=reversed_items, higher="better"),),
        (
            BandSet(
                "low",
                MappingProxyType({"total": bands_from(("low", "not_low"), (0, 14), (15, 30))}),
                Source(
                    "below 15 is low (an encyclopaedia article on the scale); a second cut at 25 is in circulation "
                    "and is not used",
                    confirmed=True,
                ),
            ),
        ),
        version_needed=True,
    )


ROSENBERG = Instrument(
    "rosenberg",
    "Rosenberg self-esteem scale",
    (_rosenberg((2, 5, 6, 8, 9)), _rosenberg((3, 5, 8, 9, 10))),
    "total",
    Source("from general knowledge: free to use for research and education", confirmed=False),
    Source(
        "ten items from 0 to 3, 0 to 30; two orders of the items circulate, which reverse 2, 5, 6, 8, 9 or "
        "3, 5, 8, 9, 10 (growing-self-esteem.com, everything2.com), so the order must be declared",
        confirmed=True,
    ),
    notes=(
        Source("some copies code answers from 1 to 4: subtract 1 first, or every row is out of range", confirmed=True),
    ),
)
