"""Questionnaires of mental wellbeing: SWEMWBS, WEMWBS and the four questions of the Office for National Statistics."""

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

# the metric score of each raw sum from 7 to 35
SWEMWBS_METRIC = MappingProxyType(
    dict(
        enumerate(
            (
                7.00, 9.51, 11.25, 12.40, 13.33, 14.08, 14.75, 15.32, 15.84, 16.36, 16.88, 17.43, 17.98, 18.59, 19.25,
                19.98, 20.73, 21.54, 22.35, 23.21, 24.11, 25.03, 26.02, 27.03, 28.13, 29.31, 30.70, 32.55, 35.00,
            ),
            start=7,
        )
    )
)  # fmt: skip

WARWICK = Source(
    "registration with the University of Warwick is needed, and the copyright line must stand on every copy "
    "(warwick.ac.uk, corc.uk.net)",
    confirmed=True,
)

SWEMWBS = Instrument(
    "swemwbs",
    "Short Warwick-Edinburgh Mental Wellbeing Scale",
    (
        Form(
            "self",
            ("standard",),
            (Items(tuple(range(1, 8)), 1, 5),),
            (Scale("total", tuple(range(1, 8)), higher="better", conversion=SWEMWBS_METRIC),),
            (
                BandSet(
                    "hse_norms",
                    MappingProxyType(
                        {"total": bands_from(("low", "average", "high"), (7, 19.5), (19.51, 27.49), (27.5, 35))},
                    ),
                    Source(
                        "from general knowledge: 19.5 and below low, 27.5 and above high, commonly quoted from Ng Fat "
                        "and others 2017 (English adults); the paper's abstract, which was seen, does not give them",
                        confirmed=False,
                    ),
                ),
            ),
        ),
    ),
    "total",
    WARWICK,
    Source(
        "Stewart-Brown and others 2009; two independent public scripts carry the same 29 values",
        confirmed=True,
    ),
    copyright=(
        "Short Warwick Edinburgh Mental Wellbeing Scale (SWEMWBS) © NHS Health Scotland, University of Warwick and "
        "University of Edinburgh, 2008, all rights reserved."
    ),
    reliable=MappingProxyType(
        {
            "total": ReliableChange(
                sem=1.03,
                source=Source(
                    "pubmed 30577856: a standard error of measurement of 1.03 in 172 patients; 2.77 of them, the same "
                    "rule as an index of 1.96, were published as 2.87",
                    confirmed=True,
                ),
            ),
        },
    ),
    notes=(
        Source("only complete answers are converted", confirmed=True),
        Source("validated for people from 15 to 21 and for adults", confirmed=True),
        Source(
            "the bands are of English adults (Health Survey for England 2010 to 2013, 27,169 people: mean 23.7 in men, "
            "23.2 in women)",
            confirmed=True,
        ),
    ),
)

WEMWBS = Instrument(
    "wemwbs",
    "Warwick-Edinburgh Mental Wellbeing Scale",
    (
        Form(
            "self",
            ("standard",),
            (Items(tuple(range(1, 15)), 1, 5),),
            (Scale("total", tuple(range(1, 15)), higher="better"),),
        ),
    ),
    "total",
    WARWICK,
    Source("warwick.ac.uk: the sum of 14 items from 1 to 5, 14 to 70", confirmed=True),
    copyright=(
        "Warwick Edinburgh Mental Wellbeing Scale (WEMWBS) © NHS Health Scotland, University of Warwick and University "
        "of Edinburgh, 2006, all rights reserved."
    ),
    notes=(
        Source("for groups of at least 30 people (warwick.ac.uk)", confirmed=True),
        Source(
            "a standard error of measurement between 2.4 and 3.1 was found in 12 studies (10.1186/1477-7525-10-156): "
            "name the one you use, as in ReliableChange(sem=…)",
            confirmed=True,
        ),
        Source("no bands: the cuts in circulation disagree", confirmed=True),
        Source(
            "the copyright line is written like that of the short form, after a public copy (cw-tc.co.uk); take its "
            "exact wording from Warwick",
            confirmed=False,
        ),
    ),
)

ONS_LEVELS = bands_from(("low", "medium", "high", "very_high"), (0, 4), (5, 6), (7, 8), (9, 10))
ONS_ANXIETY = bands_from(("very_low", "low", "medium", "high"), (0, 1), (2, 3), (4, 5), (6, 10))

ONS4 = Instrument(
    "ons4",
    "Personal wellbeing (ONS4)",
    (
        Form(
            "self",
            ("standard",),
            (Items((1, 2, 3, 4), 0, 10),),
            (
                Scale("life_satisfaction", (1,), higher="better"),
                Scale("worthwhile", (2,), higher="better"),
                Scale("happiness", (3,), higher="better"),
                Scale("anxiety", (4,)),
            ),
            (
                BandSet(
                    "ons",
                    MappingProxyType(
                        {
                            "life_satisfaction": ONS_LEVELS,
                            "worthwhile": ONS_LEVELS,
                            "happiness": ONS_LEVELS,
                            "anxiety": ONS_ANXIETY,
                        },
                    ),
                    Source(
                        "Office for National Statistics, answer to a freedom of information request on annual "
                        "distributions of subjective wellbeing scores (ons.gov.uk), which lists both groupings",
                        confirmed=True,
                    ),
                ),
            ),
        ),
    ),
    None,
    Source("from general knowledge: Crown copyright, Open Government Licence", confirmed=False),
    Source("the harmonised standard for personal wellbeing: four questions from 0 to 10, in its order", confirmed=True),
    notes=(
        Source("each question is a score of its own; there is no total", confirmed=True),
        Source("asked of people from 16 in the Annual Population Survey", confirmed=True),
    ),
)
