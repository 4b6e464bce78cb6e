"""Made-up records of every programme but Champions, calibrated to the published figures.

The totals are those that the annual report prints; how they divide, and every person, day and place, is made up.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from lvrn_eval.errors import RecordsError
from lvrn_eval.records.synthetic.draws import Stage, stream
from lvrn_eval.records.synthetic.network import delivery, ed_navigators, prisons, public, streets, trauma_informed

Writer: TypeAlias = Callable[[Path, np.random.Generator], None]

SUPPORTED_UNDER_26 = 2_814
"""Children and young people supported (report, page 6), here by Champions and the navigators together."""


def write_network(directory: str | Path, *, seed: int, champions_supported: int) -> None:
    """Write the exports of eleven programmes, the same bytes every time.

    Parameters
    ----------
    directory
        Where to write, a folder for each programme; made when it does not exist.
    seed
        Which of all possible networks.
    champions_supported
        How many people aged up to 25 Champions supported in 2023, so that all programmes together give the published
        number.

    Raises
    ------
    RecordsError
        When Champions supported so many that nobody is left for the navigators.
    """
    most = SUPPORTED_UNDER_26 - ed_navigators.YOUNG_ADULTS
    if not 0 <= champions_supported <= most:
        raise RecordsError(
            f"Champions supported {champions_supported:,} young people; for the published {SUPPORTED_UNDER_26:,} of "
            f"the whole network it must be 0 to {most:,}",
        )
    writers: dict[str, Writer] = {
        "ed_navigators": partial(ed_navigators.write, young=SUPPORTED_UNDER_26 - champions_supported),
        "trauma_informed_education": trauma_informed.write_education,
        "trauma_informed_workforce": trauma_informed.write_workforce,
        "prisoners_and_families": prisons.write,
        "grip": streets.write,
        "data_sharing": delivery.write_data_sharing,
        "community_projects": delivery.write_community,
        "youth_engagement": delivery.write_youth,
        "communications": delivery.write_communications,
        "serious_violence_duty": delivery.write_duty,
        "needs_assessment": public.write_needs,
        "network": public.write_network,
    }
    for number, (programme, write) in enumerate(writers.items()):
        folder = Path(directory) / programme
        folder.mkdir(parents=True, exist_ok=True)
        write(folder, stream(seed, number, Stage.NETWORK))
