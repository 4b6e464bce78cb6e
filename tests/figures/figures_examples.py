"""Small results of every kind that is drawn, plain and at their extremes."""

from __future__ import annotations

import math

import pandas as pd

from lvrn_eval.result import ESTIMATE_COLUMNS, Result

HOSTILE = (
    "$x$ <script>alert(1)</script>",
    "_a_ " + "very long label " * 30,
    "\\frac{1}{2}",
    "x" * 10_000,
    "漢字 🎉 \u202eabc",
)
CLASSES = ("none_recorded", "desisted", "reduced", "unchanged", "increased")


def made(figure, columns, rows, *, hidden=(), shape="counts", method=None, counts=()):
    """Return a result of these rows; ``hidden`` names (row, column) cells that disclosure control took out."""
    table = pd.DataFrame(rows, columns=list(columns))
    suppressed = pd.DataFrame(data=False, index=table.index, columns=table.columns)
    for row, column in hidden:
        suppressed.loc[row, column] = True
        table[column] = pd.to_numeric(table[column]).astype("Float64")
        table.loc[row, column] = pd.NA
    return Result(
        name=figure,
        title="T",
        table=table,
        method=method or {},
        figure=figure,
        shape=shape,
        count_columns=tuple(counts),
        suppressed=suppressed if hidden else None,
    )


FLOW = (
    "group",
    "step",
    "label",
    "rule",
    "people_left",
    "people_removed",
    "people_unknown",
    "records_left",
    "records_removed",
)
STEPS = [
    ("all", 0, "People in the records", "", 812, 0, 0, 5103, 0),
    ("all", 1, "Two engagements or more", "mentor_contacts >= 2", 430, 382, 0, 4302, 801),
    ("all", 2, "Some event before", "prior_events >= 1", 36, 394, 3, 402, 3900),
]


def flow(rows=STEPS, **more):
    return made("flow", FLOW, rows, **more)


def classes(people=(5, 8, 4, 0, 1), names=CLASSES, group="all", **more):
    rows = [(group, name, n) for name, n in zip(names, people, strict=True)]
    return made("class_bars", ("group", "class", "people"), rows, **more)


# the published counts of 2023-24: 18 people, 5 with none, 8 desisted, 4 reduced, 1 from one to six
PUBLISHED = [(0, 0, 5), (1, 0, 3), (2, 0, 3), (4, 0, 2), (3, 1, 2), (5, 2, 1), (7, 3, 1), (1, 6, 1)]


def pairs(rows=PUBLISHED, **more):
    return made("paired_bars", ("before", "after", "people"), rows, counts=("people",), **more)


RATES = ("period", "people", "events", "days_at_risk", "rate", "conf_low", "conf_high")
PERIODS = [
    ("before", 36, 102, 36_525, 1.02, 0.83, 1.24),
    ("during", 36, 11, 3_652.5, 1.1, 0.55, 1.97),
    ("after", 36, 19, 7_305, 0.95, 0.57, 1.48),
]


def rates(rows=PERIODS, **more):
    return made("rates", RATES, rows, **more)


CURVE = ("group", "time", "at_risk", "events", "censored", "estimate", "std_error", "conf_low", "conf_high")
STEPS_OF_A = [
    ("a", 0, 10, 0, 0, 1.0, 0.0, 1.0, 1.0),
    ("a", 4, 10, 2, 0, 0.8, 0.126, 0.409, 0.946),
    ("a", 6, 8, 0, 1, 0.8, 0.126, 0.409, 0.946),
    ("a", 10, 7, 7, 0, 0.0, math.nan, math.nan, math.nan),
]
STEPS_OF_B = [
    ("b", 0, 20, 0, 0, 1.0, 0.0, 1.0, 1.0),
    ("b", 5, 20, 10, 0, 0.5, 0.112, 0.271, 0.692),
    ("b", 12, 10, 0, 10, 0.5, 0.112, 0.271, 0.692),
]


def curve(rows=(*STEPS_OF_A, *STEPS_OF_B), method=None, **more):
    method = {"time": "days", "by": "site", "conf_level": 0.95} if method is None else method
    return made("survival_curve", CURVE, rows, shape="curve", method=method, **more)


FEATURES = [("mentor_contacts", "", 0.23), ("site", "burnley", 0.02), ("site", "preston", -0.14), ("age", "", None)]


def balance(rows=FEATURES, hidden=()):
    full = [{"term": t, "group": g, "estimate": e, "selected": 0.5, "eligible": 0.4, "n": 18} for t, g, e in rows]
    columns = (*ESTIMATE_COLUMNS, "selected", "eligible")
    table = pd.DataFrame(full, columns=list(columns)).astype({"estimate": "Float64"})
    return made("balance", columns, table, shape="estimates", hidden=[(row, "estimate") for row in hidden])


def _all(columns, rows):
    return [(row, column) for row in range(rows) for column in columns]


MEASURES = CURVE[2:]
EXAMPLES = {
    "flow": flow(),
    "flow_empty": flow([]),
    "flow_one": flow(STEPS[:1]),
    "flow_hidden": flow(hidden=_all(FLOW[4:], 3)),
    "flow_hostile": flow([("all", i, text, text, i, 10**9, i, 10**9, i) for i, text in enumerate(HOSTILE)]),
    "class_bars": classes(),
    "class_bars_empty": classes((), ()),
    "class_bars_one": classes((3,), ("desisted",)),
    "class_bars_zero": classes((0,) * 5),
    "class_bars_hidden": classes(hidden=[(i, "people") for i in range(5)]),
    "class_bars_hostile": classes((1_250, math.nan, math.inf, 0, 10**6), HOSTILE),
    "pairs": pairs(),
    "pairs_empty": pairs([]),
    "pairs_one": pairs([(0, 0, 1)]),
    "pairs_zero": pairs([(0, 0, 0)]),
    "pairs_large": pairs([(12_345, 0, 4), (150, 99, 1), (0, 1, 1), (99_999, 100_000, 10)]),
    "pairs_many": pairs([(b, a, 7 + b) for b in range(11) for a in range(9)]),
    "pairs_hidden": pairs(hidden=[(i, "people") for i in range(8)]),
    "pairs_merged": pairs([(None, None, 9)], hidden=[(0, "people")], shape="sparse"),
    "pairs_strange": pairs([(0, 0, 1_234_567), (200, 300, 99), (0, math.nan, 4), (math.inf, 2, 5), (3, 3, math.nan)]),
    "rates": rates(),
    "rates_empty": rates([]),
    "rates_one": rates([("before", 1, 0, 100, 0.0, 0.0, 0.0)]),
    "rates_hidden": rates(hidden=_all(RATES[1:], 3)),
    "rates_strange": rates(
        [
            ("before", 1, 0, 0, math.nan, math.nan, math.nan),
            ("during", 1, 0, 1.0, 0.0, 0.0, math.inf),
            (HOSTILE[1], 1, 1_234_567, 1e8, 12_345.678, 0.001, 99_999.0),
        ],
    ),
    "curve": curve(),
    "curve_empty": curve([]),
    "curve_one": curve(STEPS_OF_A[:1]),
    "curve_hidden": curve(hidden=_all(MEASURES, 7)),
    "curve_tail": curve(hidden=[(row, column) for row in (3, 6) for column in MEASURES]),
    "curve_nan": curve([(*row[:5], math.nan, math.nan, math.nan, math.nan) for row in STEPS_OF_A]),
    "curve_hostile": curve([(text, *row[1:]) for text in HOSTILE[:4] for row in STEPS_OF_B]),
    "curve_incidence": curve(method={"scale": "cumulative_incidence"}),
    "curve_strange": curve(
        [
            ("a", 0, 1e9, 0, 0, 1, 0, 1, 1),
            ("a", math.inf, 5, 0, 0, 0.2, 0, 0, 1),
            ("a", 3, 1e9, 1, 0, 0.5, 0, -math.inf, math.inf),
        ],
        method={},
    ),
    "curve_nine": curve([(f"{HOSTILE[i % 5]} {i}", *row[1:]) for i in range(9) for row in STEPS_OF_B]),
    "balance": balance(),
    "balance_empty": balance([]),
    "balance_one": balance([("age", "", 0.0)]),
    "balance_hidden": balance(hidden=range(4)),
    "balance_hostile": balance(list(zip(HOSTILE, HOSTILE, (math.inf, -math.inf, 0.1, 9e3, 0), strict=True))),
    "balance_many": balance([(f"feature_{i}", "", i / 100) for i in range(60)]),
}  # fmt: skip
