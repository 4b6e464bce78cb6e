"""Emergency Department Navigators: patients of four hospital trusts, and the KnifeSavers sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.records.synthetic.network import writers
from lvrn_eval.records.synthetic.network.made import any_of, days, notes, references, split

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ADULTS = 759
"""Adults supported in the year (report, page 7)."""

YOUNG_ADULT, OLDEST_YOUNG = 18, 25
YOUNG_ADULTS = 300
"""Adults up to 25, as made up: they count as adults and as young people."""

NEVER_MET = 120
LATER = 650
"""People referred between the year of the published figures and the extract, as made up."""

YEAR, NEXT_YEAR, EXTRACT = np.datetime64("2023-01-01"), np.datetime64("2024-01-01"), np.datetime64("2024-03-31")
FIRST_WITHIN = 3
HOSPITALS = ("Hospital Trust A", "Hospital Trust B", "Hospital Trust C", "Hospital Trust D")
SHARES = (0.35, 0.3, 0.2, 0.15)
FOLLOWED_DAYS = 55
CAME, REFERRED_ON = 0.75, 0.3


@dataclass(frozen=True)
class Patients:
    """Everybody referred: completed age, hospital, day of referral.

    First those met in the year of the published figures, then the ``LATER``, last the ``NEVER_MET``.
    """

    ids: NDArray[np.object_]
    age: NDArray[np.int64]
    hospital: NDArray[np.object_]
    referred: NDArray[np.datetime64]
    met: int


def write(folder: Path, rng: np.random.Generator, *, young: int) -> None:
    """Write the exports; ``young`` is how many people aged up to 25 are to be supported in the year."""
    patients = _patients(rng, young)
    _write_people(folder, rng, patients)
    _write_referrals(folder, rng, patients)
    _write_contacts(folder, rng, patients)
    _write_training(folder, rng)


def _patients(rng: np.random.Generator, young: int) -> Patients:
    adults = np.concatenate(
        [
            rng.integers(YOUNG_ADULT, OLDEST_YOUNG + 1, YOUNG_ADULTS),
            rng.integers(OLDEST_YOUNG + 1, 80, ADULTS - YOUNG_ADULTS),
        ],
    )
    children = rng.choice(np.arange(10, YOUNG_ADULT), young - YOUNG_ADULTS, p=np.array([1, 2, 3, 4, 6, 8, 9, 9]) / 42)
    met = rng.permutation(np.concatenate([adults, children]))
    age = np.concatenate([met, rng.choice(met, LATER), rng.integers(14, 60, NEVER_MET)])
    hospital = np.array(HOSPITALS, dtype=object)[rng.choice(len(HOSPITALS), age.size, p=SHARES)]
    referred = np.concatenate(
        [
            _days(rng, YEAR, NEXT_YEAR, met.size),
            _days(rng, NEXT_YEAR, EXTRACT, LATER),
            _days(rng, YEAR, NEXT_YEAR, NEVER_MET),
        ],
    )
    return Patients(np.array(references("ED", age.size, 6), dtype=object), age, hospital, referred, met.size + LATER)


def _days(rng: np.random.Generator, first: np.datetime64, end: np.datetime64, size: int) -> NDArray[np.datetime64]:
    """Draw days of referral, early enough for the first contact to fall before the end too."""
    return first + rng.integers(0, (end - first).astype(int) - FIRST_WITHIN + 1, size)


def _write_people(folder: Path, rng: np.random.Generator, patients: Patients) -> None:
    import pandas as pd

    size = patients.age.size
    # born up to eight months before the anniversary, so that nobody has a birthday between two contacts
    months = patients.referred.astype("datetime64[M]") - 12 * patients.age - rng.integers(0, 9, size)
    born = months.astype("datetime64[D]") + rng.integers(0, 28, size)
    frame = pd.DataFrame(
        {
            "pat_id": patients.ids,
            "dob": pd.Series(born.astype("datetime64[s]")).dt.date,
            "sex": rng.choice([1.0, 2.0, 9.0], size, p=[0.72, 0.26, 0.02]),
            "ethnic": rng.choice([1.0, 2.0, 3.0, 4.0, 5.0, 9.0], size, p=[0.76, 0.12, 0.03, 0.04, 0.01, 0.04]),
            "lad": any_of(rng, DISTRICT_NAMES, size),
            "gp": any_of(rng, ("P81001", "P81002", "Y00313"), size),
        },
    )
    labels = {
        "sex": {1.0: "Male", 2.0: "Female", 9.0: "Not known"},
        "ethnic": {1.0: "White", 2.0: "Asian", 3.0: "Black", 4.0: "Mixed", 5.0: "Other", 9.0: "Not stated"},
    }
    writers.spss(folder / "patients.sav", frame, labels=labels, missing={"sex": [9.0], "ethnic": [9.0]})


def _write_referrals(folder: Path, rng: np.random.Generator, patients: Patients) -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Ref": references("EDR", patients.age.size, 6),
            "Patient": patients.ids,
            "Hospital": patients.hospital,
            "Referred": patients.referred.astype("datetime64[ns]"),
            "Via": any_of(rng, ("ED staff", "ED staff", "Ward", "Police", "Safeguarding team"), patients.age.size),
        },
    )
    writers.opendocument(folder / "referrals.ods", "Referrals", frame)


def _write_contacts(folder: Path, rng: np.random.Generator, patients: Patients) -> None:
    import pandas as pd

    follow_ups = rng.poisson(1.5, patients.met)
    who = np.repeat(np.arange(patients.met), 1 + follow_ups)
    first = np.append(True, who[1:] != who[:-1])
    day = patients.referred[who] + np.where(
        first, rng.integers(0, FIRST_WITHIN, who.size), rng.integers(FIRST_WITHIN, FOLLOWED_DAYS, who.size)
    )
    # what comes after the extract is not in it
    kept = day <= EXTRACT
    who, first, day = who[kept], first[kept], day[kept]
    role = np.where(
        first, "ED Navigator", any_of(rng, ("ED Navigator",) * 8 + ("Sports coach", "Trauma therapist"), who.size)
    )
    came = first | (rng.random(who.size) < CAME)
    onward = (role == "ED Navigator") & came & (rng.random(who.size) < REFERRED_ON)
    frame = pd.DataFrame(
        {
            "Contact": references("EDC", who.size, 7),
            "Patient": patients.ids[who],
            "Hospital": patients.hospital[who],
            "Date": pd.Series(day).dt.strftime("%d.%m.%Y"),
            "Worker": role,
            "Seen": np.where(came, "yes", "no"),
            "Referred on": np.where(onward, "yes", "no"),
            "Free text": notes(rng, who.size),
        },
    )
    writers.text(folder / "contacts.tsv", frame, encoding="utf-16", delimiter="\t")


def _write_training(folder: Path, rng: np.random.Generator) -> None:
    import pandas as pd

    size = 46
    frame = pd.DataFrame(
        {
            "Session date": days(rng, size).dt.strftime("%d/%m/%Y"),
            "Held at": any_of(
                rng, ("School", "School", "Night-time venue", "Hospital ward", "Train the trainer"), size
            ),
            "Attended": split(rng, 1_140, size, least=4),
            "Trainer": any_of(rng, ("JB", "KM"), size),
        },
    )
    writers.text(folder / "knifesavers.csv", frame, encoding="cp1252")


DISTRICT_NAMES = (
    "Blackburn with Darwen", "Blackpool", "Burnley", "Chorley", "Fylde", "Hyndburn", "Lancaster", "Pendle", "Preston",
    "Ribble Valley", "Rossendale", "South Ribble", "West Lancashire", "Wyre",
)  # fmt: skip
"""The fourteen districts of Lancashire-14."""
