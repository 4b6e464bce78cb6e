"""People made from pairs of counts, for the tests of families, subgroups and harm."""

import json
from pathlib import Path

import pandas as pd

R = json.loads((Path(__file__).parents[1] / "reference/r/families/families.json").read_text("utf-8"))
START, END = pd.Timestamp("2022-01-01"), pd.Timestamp("2022-12-31")


def made(counts, days=None, **columns):
    """Return people and suspect events: so many the day before the first contact, and the day after the last.

    With ``days``, pairs, the records begin and end so many days away from the contacts; else 56 on either side.
    """
    days = days or [(56, 56)] * len(counts)
    people = pd.DataFrame({"person_id": [f"p{i}" for i in range(len(counts))], **columns})
    people["first_contact"] = [START + pd.Timedelta(days=before) for before, _ in days]
    people["last_contact"] = [END - pd.Timedelta(days=after) for _, after in days]
    day = pd.Timedelta(days=1)
    on = [
        (person, when)
        for (before, after), person, first, last in zip(
            counts, people["person_id"], people["first_contact"], people["last_contact"], strict=True
        )
        for when in [first - day] * before + [last + day] * after
    ]
    events = pd.DataFrame(on, columns=["person_id", "on"]).astype({"on": "datetime64[ns]"})
    return people, events.assign(kind="suspect")


def epil():
    """Return R's people of epil: treated and in which third of age, with their counts."""
    rows = R["people"]
    return made(
        [(row["before"], row["after"]) for row in rows],
        arm=["treated" if row["treated"] else "placebo" for row in rows],
        third=[row["third"] for row in rows],
    )


ASKED = {"kinds": ["suspect"], "observed_from": START, "as_of": END}
