"""Prisoners and families: courses for prisoners, training for staff, and the sensory room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.records.synthetic.network import writers
from lvrn_eval.records.synthetic.network.made import any_of, days, references, split

if TYPE_CHECKING:
    from pathlib import Path

ENGAGED, TIME4CHANGE, STRENGTH_INSIDE, BEGAN = 127, 73, 7, 9
"""People engaged, at Time 4 Change, who completed Strength Inside (report, pages 6, 22), and who began it (assumed)."""

PROBATION, PRISON = 38, 35
"""Staff trained (report, page 22)."""


def write(folder: Path, rng: np.random.Generator) -> None:
    """Write the exports."""
    import pandas as pd

    prisoners = np.array(references("PR", ENGAGED, 4), dtype=object)
    course = np.repeat(["Time 4 Change", "Strength Inside", "Family day", "Family day"], [TIME4CHANGE, BEGAN, 45, 20])
    who = np.concatenate([np.arange(TIME4CHANGE), np.arange(BEGAN), np.arange(TIME4CHANGE + BEGAN, ENGAGED),
                          np.arange(TIME4CHANGE, TIME4CHANGE + 20)])  # fmt: skip
    done = np.ones(who.size)
    done[TIME4CHANGE + STRENGTH_INSIDE : TIME4CHANGE + BEGAN] = 0
    attendance = pd.DataFrame(
        {
            "prisoner": prisoners[who],
            "held": days(rng, who.size),
            "course": course,
            "prison": any_of(rng, ("Prison A", "Prison B"), who.size),
            "done": done,
        },
    )
    writers.stata(folder / "courses.dta", attendance)

    staff = pd.DataFrame(
        {
            "Day": ["12/05/2023", "19/05/2023", "09/06/2023", "16/06/2023"],
            "Service": ["Probation", "Probation", "Prison", "Prison"],
            "Attended": [20, PROBATION - 20, 18, PRISON - 18],
        },
    )
    writers.text(folder / "staff_training.csv", staff, encoding="cp1252", delimiter=";")
    room = pd.DataFrame({"Month": pd.date_range("2023-04-01", periods=9, freq="MS"), "Sessions": split(rng, 96, 9)})
    writers.workbook(folder / "sensory_room.xlsx", "Use", room)
