"""Champions exports as trusts, the police and prisons might send them: messy, yet every cell of use can be mapped.

The people are made up (see `lvrn_eval.records.synthetic.population`), and so are their names and notes. The mess is the
usual one: a file per trust, several encodings, delimiters and date formats, codes as people write them, workbooks
with true date cells and a cover sheet, names with accents, and free text that would do harm where it is shown or run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lvrn_eval.records.synthetic import spellings
from lvrn_eval.records.synthetic.assumptions import Assumptions
from lvrn_eval.records.synthetic.draws import Stage, stream
from lvrn_eval.records.synthetic.population import DEFAULT_PEOPLE, DEFAULT_SEED, population
from lvrn_eval.records.synthetic.review import put_forward

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN_BIRTH = 0.01
"""Share of clients whose date of birth nobody wrote down."""
WITH_NOTE, HOSTILE = 0.2, 0.004
OLDEST_YOUNG = 25
SUPPORTED = ("2023-01-01", "2023-12-31")
"""The year of the published number of young people supported."""

NEW_POLICE_SYSTEM = np.datetime64("2021-10-01")
"""The police export writes dates of events from this day on in another way."""


def write_exports(
    directory: str | Path,
    *,
    seed: int = DEFAULT_SEED,
    people: int = DEFAULT_PEOPLE,
    assumptions: Assumptions | None = None,
) -> dict[str, tuple[Path, ...]]:
    """Write Champions exports of today's real size, the same bytes every time.

    The repository's ``sources.yaml`` maps them when ``directory`` is ``data/champions`` beside it.

    Parameters
    ----------
    directory
        Where to write; made when it does not exist. Files of these names are replaced.
    seed
        Which of all possible populations.
    people
        How many people; with the default some 450 to 500 are referred by the police in the last year. They are all
        held in memory: for millions of people see `synthesise`.
    assumptions
        The model's parameters; the default ones where not given.

    Returns
    -------
    dict
        The files of each canonical table: ``people`` and ``contacts`` have a CSV per trust, ``referrals`` and
        ``custody`` a workbook, ``events`` a CSV.

    Raises
    ------
    RecordsError
        When ``people`` is not at least one.
    """
    return _champions(Path(directory), seed, people, assumptions or Assumptions())[0]


def write_lancashire(directory: str | Path, *, seed: int = DEFAULT_SEED) -> None:
    """Write the exports of all programmes, calibrated to the published figures; the same bytes every time.

    The repository's ``sources.yaml`` maps them when ``directory`` is ``data`` beside it.

    Parameters
    ----------
    directory
        Where to write, a folder for each programme.
    seed
        Which of all possible worlds.
    """
    from lvrn_eval.records.synthetic.network import write_network

    folder = Path(directory)
    _, supported = _champions(folder / "champions", seed, DEFAULT_PEOPLE, Assumptions())
    write_network(folder, seed=seed, champions_supported=supported)


def _champions(
    folder: Path, seed: int, people: int, assumptions: Assumptions
) -> tuple[dict[str, tuple[Path, ...]], int]:
    """Write the exports; return them, and how many people aged up to 25 were supported in 2023."""
    tables = population(people, seed=seed, assumptions=assumptions)
    frames = {name: table.to_pandas(date_as_object=False) for name, table in tables.items()}
    folder.mkdir(parents=True, exist_ok=True)
    clerk = _Clerk(folder, stream(seed, 0, Stage.SPELLING), assumptions)
    reviewed = put_forward(frames, assumptions.extract_on)
    clients, without_birth = clerk.clients(frames["people"], frames["referrals"], reviewed)
    files = {
        "people": clients,
        "referrals": clerk.referrals(frames["referrals"]),
        "contacts": clerk.engagements(frames["contacts"]),
        "events": clerk.police_events(frames["events"]),
        "custody": clerk.custody(frames["custody"]),
    }
    return files, _supported(frames, without_birth)


def _supported(frames: Mapping[str, pd.DataFrame], without_birth: pd.Series) -> int:
    """Return how many people of a known age up to 25 came to an appointment in 2023; ages are by months."""
    people, contacts = frames["people"], frames["contacts"]
    on = contacts["on"]
    came = contacts[contacts["attended"] & on.between(*SUPPORTED)]
    known = people[~without_birth][["person_id", "birth_date"]]
    dated = came.merge(known, on="person_id")
    months = 12 * (dated["on"].dt.year - dated["birth_date"].dt.year)
    months += dated["on"].dt.month - dated["birth_date"].dt.month
    return int(dated.loc[months < 12 * (OLDEST_YOUNG + 1), "person_id"].nunique())


class _Clerk:
    """Writes each canonical table the way its owner would."""

    def __init__(self, folder: Path, rng: np.random.Generator, assumptions: Assumptions) -> None:
        self.folder = folder
        self.rng = rng
        self.assumptions = assumptions

    def clients(
        self, people: pd.DataFrame, referrals: pd.DataFrame, reviewed: set[str]
    ) -> tuple[tuple[Path, ...], pd.Series]:
        """Write a CSV of clients for each trust, with names and notes that are not to be read.

        Returns the files, and of whom the date of birth is not known.
        """
        import pandas as pd

        size = len(people)
        born = people["birth_date"].dt.strftime("%d/%m/%Y")
        unknown = self.rng.random(size) < UNKNOWN_BIRTH
        site = referrals.drop_duplicates("person_id").set_index("person_id")["site"]
        frame = pd.DataFrame(
            {
                "Client Ref": people["person_id"].astype(object),
                "Surname": self.text(spellings.SURNAMES, size),
                "Forename": self.text(spellings.FORENAMES, size),
                "Date of Birth": np.where(unknown, self.any_of(("N/A", "-", ""), size), born),
                "Gender": self.written(people["sex"], spellings.SEX),
                "Ethnicity": self.written(people["ethnicity"], spellings.ETHNICITY),
                "District": self.written(people["district"], spellings.DISTRICT),
                "For Review": np.where(people["person_id"].isin(reviewed), "Y", "N"),
                "Notes": np.where(self.rng.random(size) < WITH_NOTE, self.text(spellings.NOTES, size), ""),
            },
        ).sort_values(["Surname", "Client Ref"])
        belongs = frame["Client Ref"].map(site.astype(object))
        files = self.per_trust("clients", frame, belongs, encoding="cp1252", sep=",")
        return files, pd.Series(unknown, index=people.index)

    def engagements(self, contacts: pd.DataFrame) -> tuple[Path, ...]:
        """Write a CSV of engagements for each trust, semicolons between the cells."""
        import pandas as pd

        size = len(contacts)
        minutes = contacts["minutes"].astype("Int64").astype(str)
        frame = pd.DataFrame(
            {
                "Engagement ID": contacts["contact_id"],
                "Client Ref": contacts["person_id"].astype(object),
                "Session Date": contacts["on"].dt.strftime("%d/%m/%Y"),
                "Worker Role": self.written(contacts["role"], spellings.ROLE),
                "Worker Code": contacts["staff_id"].astype(object).fillna("n/a"),
                "Outcome": self.written(contacts["attended"].astype(str), spellings.ATTENDED),
                "Mins": np.where(contacts["attended"], minutes, self.any_of(("", "-"), size)),
                "Comments": np.where(self.rng.random(size) < WITH_NOTE, self.text(spellings.NOTES, size), ""),
            },
        )
        return self.per_trust("engagements", frame, contacts["site"].astype(object), encoding="cp1252", sep=";")

    def police_events(self, events: pd.DataFrame) -> tuple[Path, ...]:
        """Write the police's one CSV, whose dates change their form when the system was replaced."""
        import pandas as pd

        on, kind = events["on"], events["kind"].astype(object)
        knife = np.where(kind == "asb", "", np.where(events["knife"], "Y", "N"))
        frame = pd.DataFrame(
            {
                "Event Ref": events["event_id"],
                "Client Ref": events["person_id"].astype(object),
                "Event Date": on.dt.strftime("%Y-%m-%d").where(on >= NEW_POLICE_SYSTEM, on.dt.strftime("%d-%b-%Y")),
                "Type": self.written(kind, spellings.EVENT),
                "Offence Group": events["offence"].astype(object).fillna("").str.capitalize(),
                "Knife": knife,
                "Officer Comment": self.text(("", "", "See crime report"), len(events)),
            },
        )
        frame = frame.iloc[np.argsort(on.to_numpy(), kind="stable")]
        return (self.csv("police_events.csv", frame, encoding="utf-8-sig", sep=","),)

    def referrals(self, referrals: pd.DataFrame) -> tuple[Path, ...]:
        """Write one workbook of referrals, behind a cover sheet."""
        titles = {trust.slug: f"{trust.title} Community Foundation" for trust in self.assumptions.trusts}
        columns = {
            "Referral No": referrals["referral_id"],
            "Client Ref": referrals["person_id"],
            "Club": referrals["site"].astype(object).map(titles),
            "Date Referred": referrals["referred_on"],
            "Referred By": self.written(referrals["source"], spellings.SOURCE),
            "Reason": self.text(spellings.REASONS, len(referrals)),
        }
        return (self.workbook("referrals.xlsx", "Referrals", columns, cover="All referrals since April 2022."),)

    def custody(self, custody: pd.DataFrame) -> tuple[Path, ...]:
        """Write one workbook of spells in custody."""
        columns = {
            "Client Ref": custody["person_id"],
            "Date In": custody["starts_on"],
            "Date Out": custody["ends_on"],
            "Establishment": self.any_of(spellings.PRISONS, len(custody)),
        }
        return (self.workbook("custody.xlsx", "Spells", columns),)

    def any_of(self, choices: Sequence[str], size: int) -> Any:
        """Return one of the choices per row."""
        return np.array(choices, dtype=object)[self.rng.integers(0, len(choices), size)]

    def text(self, choices: Sequence[str], size: int) -> Any:
        """Return one of the choices per row, and now and then a text that would do harm."""
        return np.where(
            self.rng.random(size) < HOSTILE, self.any_of(spellings.HOSTILE, size), self.any_of(choices, size)
        )

    def written(self, codes: pd.Series, ways: spellings.Ways) -> Any:
        """Return one of the ways of writing each row's code."""
        values = codes.astype(object).to_numpy()
        cells = np.full(values.size, "", dtype=object)
        for code, written in ways.items():
            rows = values == code
            cells[rows] = self.any_of(written, int(rows.sum()))
        return cells

    def per_trust(
        self, stem: str, frame: pd.DataFrame, site: pd.Series, *, encoding: str, sep: str
    ) -> tuple[Path, ...]:
        """Write a file for each trust that has rows."""
        slugs = [trust.slug for trust in self.assumptions.trusts if (site == trust.slug).any()]
        return tuple(self.csv(f"{stem}_{slug}.csv", frame[site == slug], encoding=encoding, sep=sep) for slug in slugs)

    def csv(self, name: str, frame: pd.DataFrame, *, encoding: str, sep: str) -> Path:
        file = self.folder / name
        frame.to_csv(file, index=False, encoding=encoding, sep=sep, lineterminator="\r\n")
        return file

    def workbook(self, name: str, sheet: str, columns: Mapping[str, Any], cover: str = "") -> Path:
        """Write a workbook with true dates; ``cover`` makes a first sheet that holds no data."""
        import xlsxwriter

        file = self.folder / name
        options = {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "dd/mm/yyyy"}
        with xlsxwriter.Workbook(str(file), options) as book:
            # without a fixed day, the bytes would change with the clock
            book.set_properties({"created": datetime.combine(self.assumptions.extract_on, time())})
            if cover:
                book.add_worksheet("Read me").write(0, 0, cover)
            page = book.add_worksheet(sheet)
            for position, (title, cells) in enumerate(columns.items()):
                page.write(0, position, title)
                page.write_column(1, position, _cells(cells))
        return file


def _cells(column: Any) -> list[Any]:
    """Return a column's cells as Python values, those of missing dates as empty text."""
    import pandas as pd

    cells = pd.Series(column)
    if pd.api.types.is_datetime64_any_dtype(cells):
        cells = cells.astype(object).where(cells.notna(), "")
    return list(cells)
