"""What a cell becomes, as a table: text read as a day, a number, a truth or a code; `refused` where it is none."""

import datetime as dt
import re

import pytest

from lvrn_eval.errors import RecordsError
from lvrn_eval.records import read_records

D = dt.date
REFUSED = "refused"
SOURCES = """\
version: 1
data: synthetic
extracted_on: 2024-03-31
observed_from: 2018-04-01
pseudonym_key: KEY
sites: {north: North}
programmes:
  champions:
    people: {files: people.csv, columns: {person_id: id}}
    contacts:
      files: cells.csv
      dates: ["%d/%m/%Y", "%d-%b-%Y"]
      columns:
        contact_id: id
        person_id: person
        site: site
        "on": day
        role: {from: role, codes: {Mentor: mentor, "Ärger ": coach, Straße: trainer}}
        attended: came
        minutes: minutes
"""

DAYS = {
    "05/03/2020": D(2020, 3, 5),
    "5/3/2020": D(2020, 3, 5),
    " 05/03/2020 ": D(2020, 3, 5),
    "29/02/2020": D(2020, 2, 29),
    "05-Mar-2020": D(2020, 3, 5),
    "05-mar-2020": D(2020, 3, 5),
    "5-MAR-2020": D(2020, 3, 5),
    "2020-03-05": D(2020, 3, 5),
    "2020-03-05 00:00:00": D(2020, 3, 5),
    "2020-03-05T23:59:59": D(2020, 3, 5),
    "31/03/2024": D(2024, 3, 31),
    "01/01/1900": D(1900, 1, 1),
    "29/02/2019": REFUSED,
    "31/04/2020": REFUSED,
    "00/03/2020": REFUSED,
    "13/25/2020": REFUSED,
    "03/25/2020": REFUSED,  # with day and month exchanged
    "05/03/20": REFUSED,  # the year 20
    "05/03/2020 10:00": REFUSED,
    "05.03.2020": REFUSED,
    "05/Mar/2020": REFUSED,
    "05-March-2020": REFUSED,
    "2020-03": REFUSED,
    "2020": REFUSED,
    "20200305": REFUSED,
    "43895": REFUSED,
    "2020-03-05T10:00:00Z": REFUSED,
    "2020-03-05 10:00:00.5": REFUSED,
    "01/04/2024": REFUSED,  # after the extract
    "31/12/1899": REFUSED,
    "today": REFUSED,
    "": REFUSED,  # a day is required
}
NUMBERS = {
    "45": 45,
    " 45 ": 45,
    "045": 45,
    "+45": 45,
    "45.0": 45,
    "4.5e1": 45,
    "0": 0,
    "1440": 1440,
    "": None,
    "45.5": REFUSED,
    "45.0001": REFUSED,
    "1,000": REFUSED,
    "45 min": REFUSED,
    "-1": REFUSED,
    "1441": REFUSED,
    "nan": REFUSED,
    "inf": REFUSED,
    "9" * 30: REFUSED,
    "½": REFUSED,
}
TRUTHS = {
    **dict.fromkeys(["true", "TRUE", "yes", "Yes ", "y", "Y", "1"], True),
    **dict.fromkeys(["false", "no", "No", "n", "N ", "0"], False),
    **dict.fromkeys(["", "t", "f", "x", "2", "ja", "1.0", "on"], REFUSED),
}
CODES = {
    "Mentor": "mentor",
    "MENTOR": "mentor",
    "\u00a0mentor ": "mentor",
    "ärger": "coach",
    "ÄRGER": "coach",
    "Straße": "trainer",
    "straße": "trainer",
    "STRASSE": REFUSED,
    "coach": REFUSED,  # one of ours, which this mapping does not list
    "Men tor": REFUSED,
    "": REFUSED,
}
GOOD = {"day": "05/03/2020", "minutes": "45", "came": "yes", "role": "Mentor"}
COLUMNS = {"on": ("day", DAYS), "minutes": ("minutes", NUMBERS), "attended": ("came", TRUTHS), "role": ("role", CODES)}


def read(folder, origin, cells):
    lines = [
        f"{number},p,north,{','.join(chr(34) + value + chr(34) for value in {**GOOD, origin: cell}.values())}"
        for number, cell in enumerate(cells)
    ]
    (folder / "people.csv").write_text("id\np\n")
    (folder / "cells.csv").write_text("\n".join(["id,person,site," + ",".join(GOOD), *lines]) + "\n", encoding="utf-8")
    (folder / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    return read_records(folder / "sources.yaml", "champions", key=b"0123456789abcdef")


@pytest.mark.parametrize("column", COLUMNS)
def test_what_a_cell_becomes(tmp_path, column):
    origin, cases = COLUMNS[column]
    kept = {cell: value for cell, value in cases.items() if value is not REFUSED}
    made = read(tmp_path, origin, kept).contacts.to_pandas().sort_values("source_row")
    values = [value.date() if column == "on" else value for value in made[column]]
    assert [None if value != value else value for value in values] == list(kept.values())  # noqa: PLR0124


@pytest.mark.parametrize("column", COLUMNS)
def test_what_is_refused(tmp_path, column):
    origin, cases = COLUMNS[column]
    cells = [cell for cell, value in cases.items() if value is REFUSED]
    with pytest.raises(RecordsError) as refused:
        read(tmp_path, origin, cells)
    rows = []
    for fault in refused.value.faults:
        assert fault.where == f"champions.contacts.{column} (cells.csv)"
        rows += [int(row) for row in re.findall(r"\d+", fault.what.rpartition("(")[2])]
    assert sorted(rows) == list(range(2, len(cells) + 2))
