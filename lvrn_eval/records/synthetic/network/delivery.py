"""Community projects, youth engagement, communications, data sharing and the Serious Violence Duty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.records.synthetic.network import writers
from lvrn_eval.records.synthetic.network.made import any_of, days, split

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

LICENCES_BEFORE, LICENCES_ADDED = 800, 180
"""Licences of the screening tool: 180 more, 980 in total (report, page 27)."""

STUDENTS = 4_960
"""Students at No More Knives workshops: "around 5,000" (report, page 27)."""

DOWNLOADS = 447
"""Downloads of the WHAY app: "over 440" (report, page 27)."""

HOPE_HACK = (("School", 52), ("College", 21), ("Youth club", 16))
"""Young people at the Hope Hack of September 2022: "over 85" (report, page 28)."""

CONTENT = (("Press release", 46), ("Blog post", 61), ("Social media post", 251))
"""Pieces of content: "over 350" (report, page 29)."""

CAMPAIGN = {"Views": 221_304, "Impressions": 861_870}
"""Of Night Guardian, "221k" and "862k" (report, page 29)."""

AUTHORITIES = ("Police", "Justice", "Fire and rescue", "Health", "Local authorities")
"""The kinds of authority the Duty names (report, page 34)."""


def write_community(folder: Path, rng: np.random.Generator) -> None:
    """Write the exports of the community projects."""
    import pandas as pd

    licences = pd.DataFrame(
        {
            "Paid": ["2022-02-01", "2022-09-01", "2023-03-01", "2023-10-01"],
            "Licences": [500, LICENCES_BEFORE - 500, 100, LICENCES_ADDED - 100],
        },
    )
    writers.text(folder / "licences.csv", licences)
    size = 31
    workshops = pd.DataFrame(
        {
            "Date": days(rng, size),
            "School or college": any_of(rng, ("Secondary school", "College"), size),
            "Students": split(rng, STUDENTS, size, least=40),
        },
    )
    writers.workbook(folder / "no_more_knives.xlsx", "Tour", workshops, title=("No More Knives tour", "2023"))
    months = pd.date_range("2022-11-01", periods=14, freq="MS")
    downloads = pd.DataFrame({"Month": months, "New downloads": split(rng, DOWNLOADS, len(months))})
    writers.opendocument(folder / "whay.ods", "Store", downloads)


def write_youth(folder: Path, rng: np.random.Generator) -> None:
    """Write the exports of youth engagement."""
    import pandas as pd

    event = pd.DataFrame(
        [("2022-09-23", group, number) for group, number in HOPE_HACK], columns=["Date", "Group", "Young people"]
    )
    writers.text(folder / "hope_hack.csv", event)
    size = 24
    asked = pd.DataFrame(
        {
            "Presented": days(rng, size).dt.strftime("%d %b %Y"),
            "Recommendation": [f"Recommendation {number}" for number in range(1, size + 1)],
            "What became of it": any_of(rng, ("Taken up", "In part", "Being looked at", "Not taken up"), size),
        },
    )
    writers.text(folder / "recommendations.csv", asked, delimiter=";")


def write_communications(folder: Path, rng: np.random.Generator) -> None:
    """Write the exports of communications."""
    import pandas as pd

    lines = [
        (month, kind, count)
        for kind, total in CONTENT
        for month, count in zip(pd.date_range("2023-01-01", periods=12, freq="MS"), split(rng, total, 12), strict=True)
    ]
    content = pd.DataFrame(lines, columns=["Month", "Type", "Pieces"])
    writers.text(folder / "content.csv", content, encoding="utf-8-sig", delimiter=";")
    channels = ("Facebook", "Instagram", "X", "LinkedIn")
    reach = pd.DataFrame(
        [
            ("2023-11-25", channel, metric, number)
            for metric, total in CAMPAIGN.items()
            for channel, number in zip(channels, split(rng, total, len(channels)), strict=True)
        ],
        columns=["Date", "Channel", "Metric", "Number"],
    )
    writers.text(folder / "campaign.tsv", reach, encoding="utf-16", delimiter="\t")


def write_data_sharing(folder: Path, rng: np.random.Generator) -> None:
    """Write the exports of the data programme."""
    import pandas as pd

    agreements = pd.DataFrame(
        {
            "What": [
                "Tunnel between police and county",
                "Prison service",
                "Hospital data",
                "Youth justice",
                "Probation",
            ],
            "Kind": ["Data flow", "Agreement", "Agreement", "Agreement", "Agreement"],
            "Stage": ["Pilot", "Signed", "Draft", "Signed", "Draft"],
            "Since": ["2023-09-01", "2023-06-12", "2023-10-02", "2023-11-20", "2023-12-01"],
        },
    )
    writers.text(folder / "agreements.csv", agreements)
    meetings = pd.DataFrame(
        {
            "Date": pd.date_range("2023-01-17", periods=12, freq="4W-TUE"),
            "Agencies": rng.integers(6, 15, 12),
        },
    )
    writers.workbook(folder / "meetings.xlsx", "Data group", meetings)


def write_duty(folder: Path, rng: np.random.Generator) -> None:
    """Write the exports of the Serious Violence Duty."""
    import pandas as pd

    partnerships = [f"Partnership {letter}" for letter in "ABCDEFGHI"]
    signed = [*AUTHORITIES, "Prisons", "Education", "Probation"]
    lines = [
        *(("Specified authority", name, "In place", "2023-01-31") for name in AUTHORITIES),
        *(("Lancashire proposal", name, "Signed", "2023-04-28") for name in signed),
        *(("Local plan", name, status, "2023-12-15") for name, status in zip(
            partnerships, any_of(rng, ("Adopted", "Adopted", "Draft"), len(partnerships)), strict=True)),
    ]  # fmt: skip
    duty = pd.DataFrame(lines, columns=["Matter", "Body", "Status", "Since"])
    writers.opendocument(folder / "duty.ods", "Duty", duty)
    returns = pd.DataFrame(
        {"Quarter end": ["2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31"], "Due": [1] * 4, "Sent": [1, 1, 1, 1]}
    )
    writers.text(folder / "returns.csv", returns)
