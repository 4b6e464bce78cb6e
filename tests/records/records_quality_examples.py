"""A programme with every canonical table, two rows of each, and not a word in its rows that a message might hold."""

from __future__ import annotations

from pathlib import Path

from lvrn_eval.records.quality import QualityReport, quality_report

KEY = b"a key of sixteen or more bytes"
TOP = """\
version: 1
data: synthetic
extracted_on: 2024-03-31
observed_from: 2018-04-01
pseudonym_key: KEY
sites: {north: North End, south: South End}
programmes:
  streets:
"""

TABLES = {
    "people": (
        ("    people:\n      files: people.csv\n      columns:\n        "
        "{person_id: Ref, birth_month: Born, sex: Sex, district: Area}\n"),
        "Ref,Born,Sex,Area\nQX-8801,2008-02-14,male,burnley\nQX-8802,2009-03-15,female,preston\n",
    ),
    "referrals": (
        ("    referrals:\n      files: referrals.csv\n"
        "      columns: {referral_id: No, person_id: Ref, site: Club, referred_on: Made, source: By}\n"),
        "No,Ref,Club,Made,By\nRZ-771,QX-8801,north,2023-01-17,police\nRZ-772,QX-8802,south,2023-01-18,education\n",
    ),
    "contacts": (
        ("    contacts:\n      files: contacts.csv\n      columns:\n"
        '        {contact_id: No, person_id: Ref, site: Club, "on": Day, role: Who, attended: Came, minutes: Mins}\n'),
        ("No,Ref,Club,Day,Who,Came,Mins\nCV-661,QX-8801,north,2023-02-21,mentor,yes,945\n"
        "CV-662,QX-8802,south,2023-02-22,coach,no,\n"),
    ),
    "events": (
        ("    events:\n      files: events.csv\n"
        '      columns: {event_id: No, person_id: Ref, "on": Day, kind: Sort, knife: Knife}\n'),
        "No,Ref,Day,Sort,Knife\nEW-551,QX-8801,2022-11-27,suspect,yes\nEW-552,QX-8802,2022-11-28,victim,no\n",
    ),
    "custody": (
        "    custody:\n      files: custody.csv\n      columns: {person_id: Ref, starts_on: In, ends_on: Out}\n",
        "Ref,In,Out\nQX-8801,2022-12-24,2022-12-26\nQX-8802,2023-12-25,\n",
    ),
    "scores": (
        ("    scores:\n      files: scores.csv\n      columns:\n"
        '        {person_id: Ref, instrument: Form, informant: By, "on": Day, occasion: When, age: Age, score: Total, '
        "item_1: Q1, item_2: Q2}\n"),
        ("Ref,Form,By,Day,When,Age,Total,Q1,Q2\nQX-8801,sdq,self,2023-03-01,pre,15,11.5,0,2\n"
        "QX-8802,sdq,parent,2023-03-02,post,13,,1,\n"),
    ),
    "training": (
        ("    training:\n      files: training.csv\n      columns:\n"
        '        {"on": Day, course: Course, sector: Sector, attended: Came, completed: Done, feedback_1: Useful}\n'),
        "Day,Course,Sector,Came,Done,Useful\n2023-04-03,awareness,police,14,12,5\n2023-04-04,awareness,health,27,27,\n",
    ),
    "patrols": (
        ("    patrols:\n      files: patrols.csv\n"
        "      columns: {patrol_id: No, hotspot: Spot, starts_at: From, ends_at: To, officers: Officers}\n"),
        ("No,Spot,From,To,Officers\nPT-441,Talbot,2023-05-05 18:00,2023-05-06 02:15,2\n"
        "PT-442,Talbot,2023-05-06 18:00,2023-05-06 19:30,4\n"),
    ),
    "area_counts": (
        ("    area_counts:\n      files: areas.csv\n      columns:\n"
        "        {area: Area, period_start: From, period: {value: month}, measure: {value: asb}, count: N, "
        "population: Of}\n"),
        "Area,From,N,Of\nQuernmore,2023-01-01,37,5821\nQuernmore,2023-02-01,29.5,5821\n",
    ),
    "organisations": (
        ("    organisations:\n      files: schools.csv\n      columns:\n"
        '        {organisation: School, kind: {value: school}, standard: Mark, status: Stage, "on": Since}\n'),
        "School,Mark,Stage,Since\nEldmere,gold,working_towards,2022-09-01\nEldmere,gold,accredited,2023-09-01\n",
    ),
    "outputs": (
        ("    outputs:\n      files: outputs.csv\n"
        '      columns: {output_id: No, "on": Day, measure: What, value: N, unit: {value: items}}\n'),
        "No,Day,What,N\nUV-331,2023-06-06,knives,58\nUV-332,2023-06-07,leaflets,612\n",
    ),
    "quotes": (
        ("    quotes:\n      files: quotes.csv\n      columns:\n"
        '        {quote_id: No, "on": Day, speaker_role: Who, mechanism: Why, consent: Agreed, text: Words}\n'),
        ("No,Day,Who,Why,Agreed,Words\nQT-221,2023-07-07,young_person,trust,yes,He listened\n"
        "QT-222,2023-07-08,volunteer,hope,no,She came back\n"),
    ),
}  # fmt: skip
"""For each table what the sources say of it, and its file."""


def file_of(table: str) -> str:
    """Return the name of a table's file."""
    return TABLES[table][0].partition("files: ")[2].partition("\n")[0]


def write(folder: Path, tables: list[str], sources: str | None = None, **files: str | bytes) -> Path:
    """Write the sources and the files of some tables, with some replaced (by table); return the sources' path."""
    for table in tables:
        content = files.get(table, TABLES[table][1])
        (folder / file_of(table)).write_bytes(content if isinstance(content, bytes) else content.encode())
    path = folder / "sources.yaml"
    path.write_text(TOP + (sources or "".join(TABLES[table][0] for table in tables)), encoding="utf-8")
    return path


def report(folder: Path, tables: list[str], sources: str | None = None, **files: str | bytes) -> QualityReport:
    """Return the report of some tables."""
    return quality_report(write(folder, tables, sources, **files), "streets", key=KEY)
