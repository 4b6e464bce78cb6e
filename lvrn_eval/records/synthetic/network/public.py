"""Area statistics: the needs assessment's reference table, and what the whole network is judged by.

The few values that the annual report prints stand in it as printed. All others are made up, and none is an official
statistic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.records.synthetic.network import writers
from lvrn_eval.records.synthetic.network.ed_navigators import DISTRICT_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ENGLAND = "England"
PRINTED_RANKS = {
    ("Social mobility rank", "Blackpool"): 316,
    ("Social mobility rank", "Pendle"): 208,
    ("Social mobility rank", "South Ribble"): 227,
    ("Deprivation rank", "Blackpool"): 1,
    ("Deprivation rank", "Ribble Valley"): 282,
}
"""Ranks that the report prints on page 8: of 324 areas, and of 317."""

BELOW_ENGLAND = ("Fylde", "Ribble Valley", "South Ribble")
"""The three districts with less unemployment than England, as made up: the other eleven have more (report, page 8)."""

HIGHER, LOWER, EITHER = (1.02, 1.3), (0.75, 0.98), (0.8, 1.2)
"""Between which multiples of England's value the districts lie; which way, the report says (page 8)."""

LEVELS = (
    ("High anxiety (%)", 23.3, HIGHER), ("Good level of development (%)", 67.2, LOWER), ("Attainment 8", 46.2, LOWER),
    ("Fixed-term exclusions (rate)", 16.1, EITHER), ("NEET (%)", 5.2, EITHER),
    ("Children in care per 10,000", 71.0, HIGHER), ("Households with children and domestic abuse (rate)", 12.4, HIGHER),
    ("Children in low-income families (%)", 15.6, HIGHER), ("Children in fuel poverty (%)", 14.1, HIGHER),
)  # fmt: skip
"""What the needs assessment looks at, with the made-up value for England."""

WORSE_IN_BLACKPOOL = ("Fixed-term exclusions (rate)", "NEET (%)")
"""What the report calls worse than England in Blackpool (page 8)."""

MOST_VIOLENCE = ("Blackpool", "Preston", "Blackburn with Darwen")
"""The districts with the highest share of serious violence (report, page 8)."""

VICTIMS = (100, 87)
"""Victims under 18 of serious knife crime in two years, as made up: 13% fewer (report, page 33)."""


def write_needs(folder: Path, rng: np.random.Generator) -> None:
    """Write the reference table of the needs assessment."""
    import pandas as pd

    lines: list[tuple[str, str, float]] = []
    for measure, england, (least, most) in LEVELS:
        values = dict(zip(DISTRICT_NAMES, england * rng.uniform(least, most, len(DISTRICT_NAMES)), strict=True))
        if measure in WORSE_IN_BLACKPOOL:
            values["Blackpool"] = most * england
        lines += [(measure, ENGLAND, england), *((measure, name, round(value, 1)) for name, value in values.items())]
    unemployment = {name: 3.0 if name in BELOW_ENGLAND else 4.6 for name in DISTRICT_NAMES}
    lines += [("Unemployment (%)", ENGLAND, 3.9), *(("Unemployment (%)", *pair) for pair in unemployment.items())]
    for measure, areas in (("Social mobility rank", 324), ("Deprivation rank", 317)):
        ranks = rng.choice(np.arange(2, areas + 1), len(DISTRICT_NAMES), replace=False)
        lines += [
            (measure, name, PRINTED_RANKS.get((measure, name), int(rank)))
            for name, rank in zip(DISTRICT_NAMES, ranks, strict=True)
        ]
    offences = rng.integers(300, 1_200, len(DISTRICT_NAMES)) + 1_300 * np.isin(DISTRICT_NAMES, MOST_VIOLENCE)
    lines += [("Serious violence (offences)", name, int(n)) for name, n in zip(DISTRICT_NAMES, offences, strict=True)]
    table = pd.DataFrame(lines, columns=["Indicator", "Area name", "Value"])
    table.insert(0, "Year from", "2023-01-01")
    writers.text(folder / "reference.tsv", table, delimiter="\t")


def write_network(folder: Path, rng: np.random.Generator) -> None:
    """Write the counts of the whole network: hospital admissions from SAS, offences as CSV."""
    import pandas as pd

    months = pd.date_range("2022-01-01", periods=24, freq="MS")
    admissions = pd.DataFrame(
        {
            "MONTH": np.tile(months.strftime("%Y-%m-%d"), 2),
            "AGE": np.repeat(["All ages", "Under 25"], len(months)),
            "ADMISS": _all_and_young(rng, 4, 3, len(months)).astype(float),
        },
    )
    writers.sas_transport(folder / "admissions.xpt", admissions)
    offences = pd.DataFrame(
        {
            "Month": np.tile(months.strftime("%b %Y"), 2),
            "First day": np.tile(months.strftime("%d/%m/%Y"), 2),
            "Victims": np.repeat(["All", "Under 25"], len(months)),
            "Knife-enabled": _all_and_young(rng, 52, 28, len(months)),
            "Homicide": _all_and_young(rng, 0.4, 0.1, len(months)),
        },
    )
    writers.text(folder / "offences.csv", offences, encoding="cp1252")
    victims = pd.DataFrame({"Year": ["2022-01-01", "2023-01-01"], "Victims under 18": VICTIMS})
    writers.text(folder / "young_victims.csv", victims)


def _all_and_young(rng: np.random.Generator, older: float, young: float, size: int) -> NDArray[np.int64]:
    """Draw monthly counts for all ages, then of the young among them."""
    of_young = rng.poisson(young, size)
    return np.concatenate([rng.poisson(older, size) + of_young, of_young])
