"""Rossi: arrest in the year after release from prison, with and without financial aid, on real people.

Run it: ``python examples/rossi/run.py`` prints the sentences; with the name of a folder, it also writes a release and
renders the page there.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import lvrn_eval as lv

if TYPE_CHECKING:
    import pandas as pd

AID = {0: "none", 1: "given"}


def released_people() -> pd.DataFrame:
    """Return the 432 people: ``week`` (1 to 52), ``arrest`` (0 or 1) and ``financial_aid`` (the two arms)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of lifelines, whose data this is
        from lifelines.datasets import load_rossi

        people: pd.DataFrame = load_rossi()
    return people[["week", "arrest"]].assign(financial_aid=people["fin"].map(AID))


def run() -> tuple[lv.Result, ...]:
    """Return the Kaplan-Meier curves and the log-rank test of the two groups."""
    people = released_people()
    curves = lv.survival.kaplan_meier(people, time="week", event="arrest", by="financial_aid", times=[13, 26, 39, 52])
    test = lv.survival.logrank(people, time="week", event="arrest", by="financial_aid")
    return curves, test


def page(folder: Path) -> Path:
    """Write the release, render ``rossi.qmd`` from it, and return the page."""
    release = lv.write_release(folder / "releases", "rossi", run(), data="public", policy="open")
    (page,) = lv.build_report(Path(__file__).with_name("rossi.qmd"), folder / "releases", folder, release=release)
    return page


if __name__ == "__main__":
    for result in run():
        print(result.title, *result.text, sep="\n", end="\n\n")
    if sys.argv[1:]:
        print(page(Path(sys.argv[1])))
