"""Canaries in every text of the records, hostile cells among them: none is in any byte of what leaves."""

import base64
import csv
import io
import re
import shutil
import subprocess
import zipfile
import zlib

import pandas as pd
import pytest

from lvrn_eval.demo import KEY
from lvrn_eval.project import init_project
from lvrn_eval.records.synthetic import write_lancashire
from lvrn_eval.report.bundle.build import build_bundle

ANALYSIS = "champions_reoffending"
TEXTS = ("Surname", "Forename", "Notes", "Comments", "Officer Comment", "Offence Group")
IDS = ("Client Ref", "Engagement ID", "Event Ref", "Worker Code")
HOSTILE = ('=HYPERLINK("x")', "<script>", "{{< include a >}}", "\u202e", "$e^x$", "#import", "|", "x" * 10_000)
CANARY = "Zqkanarie"
DATA_URI = re.compile(rb"data:[a-z/+.;=\-]*base64,([A-Za-z0-9+/=]+)")
WORD = re.compile(rb"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}|\d\d-[A-Z][a-z]{2}-\d{4}|\w+")
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def read(path):
    raw = path.read_bytes()
    encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "cp1252"
    text = raw.decode(encoding)
    mark = ";" if text.splitlines()[0].count(";") > 2 else ","
    return list(csv.reader(io.StringIO(text), delimiter=mark)), mark, encoding


def plant(folder):
    """Write a canary of its own into every text of every CSV of Champions; return the ids of the records."""
    ids, number = set(), 0
    for path in sorted((folder / "data" / "champions").glob("*.csv")):
        (head, *rows), mark, encoding = read(path)
        for row in rows:
            for place, name in enumerate(head):
                if name in TEXTS:
                    number += 1
                    hostile = HOSTILE[number % len(HOSTILE)] if number % 97 == 0 else ""
                    row[place] = f"{row[place]} {CANARY}{number} {hostile}".encode(encoding, "replace").decode(encoding)
                if name in IDS and len(row[place]) > 6:
                    ids.add(row[place])
        text = io.StringIO()
        csv.writer(text, delimiter=mark, lineterminator="\r\n").writerows([head, *rows])
        path.write_bytes(text.getvalue().encode(encoding))
    assert number > 10_000
    return ids


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A project with planted records; what they hold of people; and everything that left the building."""
    folder = tmp_path_factory.mktemp("canaries") / "project"
    project = init_project(folder)
    write_lancashire(folder / "data", seed=11)
    ids = plant(folder)
    records = project.records("champions", key=KEY)
    results = project.analysis(ANALYSIS)(records)
    made = [project.release(ANALYSIS, results, records, policy=policy) for policy in ("strict", "open")]
    build_bundle(
        "champions", folder / "reports", project.releases, folder / "bundles", release=made[0], engine="builtin"
    )
    files = [path for top in ("releases", "bundles") for path in sorted((folder / top).rglob("*")) if path.is_file()]
    assert {path.suffix for path in files} >= {".json", ".csv", ".html", ".docx", ".pdf", ".xlsx"}
    return project, records, ids, {path: list(opened(path.read_bytes())) for path in files}


def opened(content):
    """Yield bytes as they are, and everything packed in them: archives, pictures, compressed streams."""
    yield content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from opened(archive.read(name))
    for found in DATA_URI.findall(content):
        yield from opened(base64.b64decode(found))
    if content.startswith(b"%PDF") and (program := shutil.which("pdftotext")):
        # letters are numbers of a font in there
        yield subprocess.run([program, "-", "-"], input=content, capture_output=True, check=False).stdout
    for found in STREAM.findall(content) if content.startswith(b"%PDF") else ():
        try:
            yield zlib.decompress(found)
        except zlib.error:
            continue


def holding(world, needles):
    """Return the files that hold any of these words, and the first of them."""
    sought = {needle.encode() for needle in needles}
    # every needle is of letters, digits, and the marks of dates: one look at each byte finds them all
    found = {
        path.name: sought & {word for part in parts for word in WORD.findall(part)} for path, parts in world[3].items()
    }
    return {name: min(hits) for name, hits in found.items() if hits}


def test_packed_bytes_are_looked_into():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", f"<a>{CANARY}</a>" * 20)
    hidden = b'<img src="data:application/zip;base64,' + base64.b64encode(packed.getvalue()) + b'">'
    assert CANARY.encode() not in hidden
    assert any(CANARY.encode() in part for part in opened(hidden))
    pdf = b"%PDF-1.7\nstream\n" + zlib.compress(CANARY.encode()) + b"\nendstream"
    assert any(CANARY.encode() in part for part in opened(pdf))


def test_the_canaries_were_read_so_that_they_could_have_passed(world):
    assert world[1].events.to_pandas()["offence"].str.contains(CANARY).all()


def test_no_canary_left_the_building(world):
    canary = re.compile(CANARY.encode(), re.IGNORECASE)
    assert [path.name for path, parts in world[3].items() if any(canary.search(part) for part in parts)] == []


def test_no_id_or_pseudonym_left_the_building(world):
    _, records, ids, _ = world
    people = set(records.people.to_pandas()["person_id"])
    assert len(ids) > 5000
    assert len(people) > 500
    assert holding(world, ids | people) == {}


def test_no_date_of_an_event_left_the_building(world):
    """But for the days that the project's own files state, such as that of the extracts."""
    project, records, _, _ = world
    stated = project.sources.path.read_text(encoding="utf-8")
    days = pd.to_datetime(pd.concat([records.events.to_pandas()["on"], records.contacts.to_pandas()["on"]])).unique()
    written = {
        form for day in pd.DatetimeIndex(days) for form in (f"{day:%Y-%m-%d}", f"{day:%d/%m/%Y}", f"{day:%d-%b-%Y}")
    }
    assert len(written) > 1000
    assert holding(world, {day for day in written if day not in stated}) == {}


def test_no_column_of_a_source_row_left_the_building(world):
    assert holding(world, {"source_row", "source_file", "row_number"}) == {}
