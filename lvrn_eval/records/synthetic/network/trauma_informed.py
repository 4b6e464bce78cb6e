"""Trauma-informed practice: schools and the wider workforce."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.records.synthetic.network import writers
from lvrn_eval.records.synthetic.network.made import any_of, days, split

if TYPE_CHECKING:
    from pathlib import Path

PROFESSIONALS = 5_148
"""Professionals trained in 2023: "over 5,100" (report, page 6)."""

INTEND, ASKED = 3_264, 3_300
"""Who mean to change their practice, of those asked: 98.9% (report, page 19); the number asked is made up."""

CHANGED, FOLLOWED_UP = 145, 200
"""Who say that practice changed, of those asked later: 72.5% (report, page 33); the number asked is made up."""

Rates = tuple[tuple[str, int, int, int, int], ...]
ATTENDANCE: Rates = (
    ("Whole school", 182_600, 200_000, 186_200, 200_000),
    ("Disadvantaged", 43_300, 50_000, 44_500, 50_000),
    ("SEND", 25_950, 30_000, 26_940, 30_000),
)
"""Sessions attended and possible, in two school years: 1.8, 2.4 and 3.3 points more (report, page 18)."""

YEAR7 = (7_592, 8_000)
"""Sessions of Year 7 attended and possible: 94.9% (report, page 17)."""

INCIDENTS = (("Anti-social behaviour", 150, 63), ("Criminal damage and arson", 50, 17))
"""Incidents before and after: 58% and 66% fewer (report, page 18)."""


def write_education(folder: Path, rng: np.random.Generator) -> None:
    """Write the exports of Trauma Informed Education."""
    import pandas as pd

    size = 120
    sessions = pd.DataFrame(
        {
            "Date": days(rng, size, "2021-09-01", "2024-03-31"),
            "Setting": any_of(rng, ("Primary", "Secondary", "College", "Alternative provision"), size),
            "Staff present": split(rng, 3_900, size, least=5),
        },
    )
    title = ("Basic awareness workshops", "Exported from the training diary")
    writers.workbook(folder / "workshops.xlsx", "Workshops", sessions, title=title)

    marks = pd.DataFrame(
        {
            "School": [f"School {letter}" for letter in "ABCDEFGHIJ"],
            "Stage": ["Accredited"] * 2 + ["Near final submission"] * 5 + ["Working towards"] * 3,
            "Since": ["14/03/2023", "21/11/2023", *["01/12/2023"] * 5, *["01/09/2023"] * 3],
        },
    )
    writers.text(folder / "quality_marks.csv", marks, delimiter=";")

    lines = [
        (group, year, attended, possible)
        for group, first, of_first, second, of_second in ATTENDANCE
        for year, attended, possible in (("2021-09-01", first, of_first), ("2022-09-01", second, of_second))
    ]
    attendance = pd.DataFrame(lines, columns=["Group", "School year from", "Attended", "Possible"])
    writers.text(folder / "attendance.csv", attendance)
    year7 = pd.DataFrame({"From": ["2023-09-01"], "Attended": [YEAR7[0]], "Possible": [YEAR7[1]]})
    writers.text(folder / "year7.csv", year7)
    incidents = pd.DataFrame(
        [(kind, when, day, count) for kind, before, after in INCIDENTS
         for when, day, count in (("before", "2021-01-01", before), ("after", "2022-01-01", after))],
        columns=["Kind", "When", "From", "Incidents"],
    )  # fmt: skip
    writers.text(folder / "incidents.csv", incidents)
    exclusions = pd.DataFrame(
        {
            "Kind": ["Fixed period", "Fixed period", "Permanent", "Permanent"],
            "From": ["2021-09-01", "2022-09-01"] * 2,
            "Pupils": [120, 85, 9, 4],
        },
    )
    writers.text(folder / "exclusions.csv", exclusions)


def write_workforce(folder: Path, rng: np.random.Generator) -> None:
    """Write the exports of the workforce development."""
    import pandas as pd

    size = 210
    courses = ("Basic awareness", "Basic awareness", "Trauma informed practice", "Leadership")
    sectors = ("Education", "Health", "Social care", "Police", "Fire", "Council", "Charity", "Youth justice")
    head_counts = pd.DataFrame(
        {
            "Date": days(rng, size).dt.strftime("%d/%m/%Y"),
            "Course": any_of(rng, courses, size),
            "Sector": any_of(rng, sectors, size),
            "Attended": split(rng, PROFESSIONALS, size, least=6),
        },
    )
    writers.text(folder / "head_counts.csv.gz", head_counts)

    # 1 to 5; 9 is the survey's own "no answer", which its maker declared missing
    answers = np.concatenate([_answers(rng, INTEND, ASKED), np.full(60, 9.0)])
    feedback = pd.DataFrame({"answered": days(rng, answers.size).dt.date, "change": rng.permutation(answers)})
    labels = {"change": {1.0: "Strongly disagree", 2.0: "Disagree", 3.0: "Neither", 4.0: "Agree", 5.0: "Strongly agree",
                         9.0: "No answer"}}  # fmt: skip
    writers.spss(folder / "feedback.sav", feedback, labels=labels, missing={"change": [9.0]})
    follow_up = pd.DataFrame(
        {"Day": days(rng, FOLLOWED_UP, "2023-06-01").dt.strftime("%Y-%m-%d"),
         "Talk differently": rng.permutation(_answers(rng, CHANGED, FOLLOWED_UP)).astype(int)},
    )  # fmt: skip
    writers.opendocument(folder / "follow_up.ods", "Survey", follow_up)

    kinds = ["School"] * 2 + ["Charity"] * 2 + ["Service"] * 2 + ["Public body"]
    marks = pd.DataFrame(
        {
            "Organisation": [f"Organisation {number:02d}" for number in range(1, 21)],
            "Kind": [*kinds, *any_of(rng, ("Charity", "Service", "School"), 13)],
            "Status": ["Awarded"] * 7 + ["Near submission"] * 6 + ["Submitted"] * 4 + ["Started"] * 3,
            "Date": days(rng, 20, "2023-02-01"),
        },
    )
    writers.workbook(folder / "charter_marks.xlsx", "Marks", marks)


def _answers(rng: np.random.Generator, yes: int, asked: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return answers from 1 to 5, of which ``yes`` agree."""
    return np.concatenate([rng.choice([4.0, 5.0], yes), rng.choice([1.0, 2.0, 3.0], asked - yes)])
