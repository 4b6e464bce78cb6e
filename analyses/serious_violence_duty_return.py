"""The quarterly return: the funder's success measures by quarter, and how the Serious Violence Duty is met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import lvrn_eval as lv

PROJECT = Path(__file__).parents[1]
MEASURES = (
    "network_knife_hospital_admissions",
    "network_knife_enabled_serious_violence",
    "network_non_domestic_homicide",
)


@lv.analysis(programme=("network", "serious_violence_duty"), indicators=MEASURES)
def serious_violence_duty_return(records: lv.NetworkRecords, *, as_of: date | None = None) -> Sequence[lv.Result]:
    """Return the success measures by quarter, and the indicators of the duty.

    Parameters
    ----------
    records
        The records of the network as a whole, and of the duty.
    as_of
        The last day that is looked at; by default the day of each extract.
    """
    framework = lv.load_framework(PROJECT / "outcomes_framework.yaml")
    published = lv.load_published(PROJECT / "published_figures.yaml", framework)
    duty = lv.programme_answers(
        records["serious_violence_duty"], framework, "serious_violence_duty", published=published, as_of=as_of
    )
    quarters = lv.map_outcomes(records["network"], framework, indicators=MEASURES, period="quarter", as_of=as_of)
    known = lv.indicators_of(framework, ["network", "serious_violence_duty"])
    duty = [known if result.name == known.name else result for result in duty]
    return [*duty, replace(quarters.to_result(), name="quarters", title="The success measures by quarter")]
