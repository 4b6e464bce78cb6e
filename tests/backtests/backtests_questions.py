"""The questions whose answers are frozen: public data, so that nothing of them need be hidden."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import lvrn_eval as lv

REFERENCE = Path(__file__).parents[1] / "reference" / "r"
FROZEN = Path(__file__).parent / "frozen"
POLICIES = ("open", "strict")
CONTACT = pd.Timestamp("2020-06-01")
TIMES = {"time": "week", "event": "arrest"}


def rossi() -> list[lv.Result]:
    """Arrest after release from prison: curves, a test and a model."""
    people = pd.read_csv(REFERENCE / "cox" / "rossi.csv")
    return [
        lv.survival.kaplan_meier(people, by="fin", times=[13, 26, 39, 52], **TIMES),
        lv.survival.logrank(people, by="fin", **TIMES),
        lv.survival.fit_cox(people, "fin + age + prio", **TIMES).result,
    ]


def epil() -> list[lv.Result]:
    """Seizures in eight weeks before and after, as dated events: classes, rates, shares and tests."""
    counts = pd.read_csv(REFERENCE / "offending" / "epil_prepost.csv")
    people = pd.DataFrame({"person_id": counts["subject"], "first_contact": CONTACT, "last_contact": CONTACT})
    sides = []
    for side, sign in (("base", -1), ("post", 1)):
        rows = counts[["subject"]].loc[counts.index.repeat(counts[side])]
        day = rows.groupby("subject").cumcount() % 56 + 1
        on = CONTACT + pd.to_timedelta(sign * day, unit="D")
        sides.append(pd.DataFrame({"person_id": rows["subject"], "on": on, "kind": "seizure"}))
    events = pd.concat(sides, ignore_index=True)
    return [lv.pre_post(people, events, kinds=["seizure"], before="56 days", after="56 days", as_of="2020-12-31")]


QUESTIONS = {"epil": epil, "rossi": rossi}


def write(folder: Path, question: str, policy: str) -> Path:
    """Write the answer to a question as a release."""
    results = QUESTIONS[question]()
    return lv.write_release(folder, f"{question}_{policy}", results, data="public", policy=policy)
