"""A small programme whose every cell can be told from any word of a message."""

from __future__ import annotations

import re
from pathlib import Path

from lvrn_eval.records import Records, read_records

KEY = b"a key of sixteen or more bytes"

SOURCES = """\
version: 1
data: synthetic
extracted_on: 2024-03-31
observed_from: 2018-04-01
pseudonym_key: LVRN_TEST_KEY
sites:
  north: North End
  south: South End
programmes:
  champions:
    people:
      files: people.csv
      dates: "%d/%m/%Y"
      missing: ["", "N/K"]
      columns:
        person_id: Ref
        birth_month: Born
        sex:
          from: Gender
          codes: {"Gent": male, "Lady": female}
        district: Area
      ignore: [Surname]
    referrals:
      files: referrals.csv
      dates: ["%d/%m/%Y", "%d-%b-%Y"]
      columns:
        referral_id: Number
        person_id: Ref
        site:
          from: Club
          codes: {"Nth!": north, "Sth!": south}
        referred_on: Made
        source: By
    contacts:
      files: contacts_*.csv
      delimiter: ";"
      dates: "%d/%m/%Y"
      columns:
        contact_id: Number
        person_id: Ref
        site:
          from: $file
          codes: {contacts_north: north, contacts_south: south}
        "on": Day
        role:
          from: Worker
          codes: {"Mentor X": mentor, "Coach X": coach}
        attended:
          from: Came
          codes: {"Yes!": true, "Nope": false}
        minutes: Mins
    events:
      files: events.csv
      columns:
        event_id: Number
        person_id: Ref
        "on": Day
        kind: Kind
        offence: Offence
        knife: Knife
    custody:
      files: custody.csv
      columns:
        person_id: Ref
        starts_on: In
        ends_on: Out
"""

FILES = {
    "people.csv": (
        "Ref,Born,Gender,Area,Surname\n"
        "QX-8801,14/02/2008,Gent,burnley,Zebedee\n"
        "QX-8802,15/03/2009,lady ,Preston,Quux\n"
        "QX-8803,N/K,,N/K,Xyzzy\n"
    ),
    "referrals.csv": (
        "Number,Ref,Club,Made,By\nRZ-771,QX-8801,Nth!,17/01/2023,police\nRZ-772,QX-8802,Sth!,18-Jan-2023,education\n"
    ),
    "contacts_north.csv": (
        "Number;Ref;Day;Worker;Came;Mins\n"
        "CV-661;QX-8801;21/02/2023;Mentor X;Yes!;945\n"
        "CV-662;QX-8801;22/02/2023;Coach X;Nope;\n"
    ),
    "contacts_south.csv": "Number;Ref;Day;Worker;Came;Mins\nCV-663;QX-8802;23/02/2023;Mentor X;Yes!;946\n",
    "events.csv": (
        "Number,Ref,Day,Kind,Offence,Knife\n"
        'EW-551,QX-8801,2022-11-27,suspect,"Wounding, s.20",yes\n'
        "EW-552,QX-8802,2022-11-28,asb,,no\n"
    ),
    "custody.csv": "Ref,In,Out\nQX-8801,2022-12-24,2022-12-26\nQX-8802,2023-12-25,\n",
}


def only(*tables: str, sources: str = SOURCES) -> str:
    """Return the sources with some of their tables: fewer are read sooner."""
    head, *blocks = re.split(r"(?m)^(?=    (?:people|referrals|contacts|events|custody):$)", sources)
    return head + "".join(block for block in blocks if block.strip().partition(":")[0] in tables)


def write(folder: Path, files: dict[str, str | bytes] | None = None, sources: str = SOURCES) -> Path:
    """Write the programme, with some of its files replaced (or left out: None); return the path of its sources."""
    for name, text in {**FILES, **(files or {})}.items():
        if text is not None:
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    path = folder / "sources.yaml"
    path.write_text(sources, encoding="utf-8")
    return path


def read(folder: Path, files: dict[str, str | bytes] | None = None, sources: str = SOURCES) -> Records:
    return read_records(write(folder, files, sources), "champions", key=KEY)


def rows(table) -> list[dict]:
    """Return a table's rows in the order of their files."""
    return sorted(table.to_arrow().to_pylist(), key=lambda row: (row["source_file"], row["source_row"]))


def cells(folder: Path) -> set[str]:
    """Return every cell of every CSV below its header that is long enough to be told from a number of rows."""
    found = set()
    for path in folder.glob("*.csv"):
        text = path.read_bytes().decode("utf-8", errors="replace").replace("\0", "")
        found |= {cell.strip() for cell in re.split('[,;"\n]', text.partition("\n")[2])}
    return {cell for cell in found if len(cell) > 2}
