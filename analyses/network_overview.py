"""What all programmes together say of the outcomes framework, and whether the published figures come out again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import lvrn_eval as lv

PROJECT = Path(__file__).parents[1]


@lv.analysis(programme=None, indicators=())
def network_overview(records: lv.NetworkRecords, *, as_of: date | None = None) -> Sequence[lv.Result]:
    """Return the coverage of the outcomes, the indicators, and every published figure beside what records give.

    Parameters
    ----------
    records
        The records of every programme.
    as_of
        The last day that is looked at; by default the day of each programme's extract.
    """
    framework = lv.load_framework(PROJECT / "outcomes_framework.yaml")
    published = lv.load_published(PROJECT / "published_figures.yaml", framework)
    return lv.network_answers(records, framework, published=published, as_of=as_of)
