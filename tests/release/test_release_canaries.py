"""Canaries in every text of every programme's records, hostile cells among them: none is in any byte of what leaves."""

import base64
import io
import re
import shutil
import subprocess
import zipfile
import zlib

import pandas as pd
import pytest
from planting import write_planted

from lvrn_eval.demo import KEY
from lvrn_eval.project import init_project
from lvrn_eval.report.bundle.build import build_bundle
from lvrn_eval.report.site import build_site

# the world below takes two minutes to make: not once for each worker
pytestmark = pytest.mark.xdist_group("canaries")

HOSTILE = ('=HYPERLINK("x")', "<script>", "{{< include a >}}", "\u202e", "$e^x$", "#import", "|", "x" * 10_000)
CANARY = "Zqkanarie"
TEXTS = {
    ("champions", "events", "offence"),
    ("trauma_informed_education", "organisations", "organisation"),
    ("trauma_informed_workforce", "organisations", "organisation"),
    ("grip", "patrols", "hotspot"),
    ("data_sharing", "organisations", "organisation"),
    ("serious_violence_duty", "organisations", "organisation"),
}
"""Where texts are read; all others are ignored, or named by codes."""

DAYS = {"referrals": ["referred_on"], "contacts": ["on"], "events": ["on"], "custody": ["starts_on", "ends_on"]}
DATA_URI = re.compile(rb"data:[a-z/+.;=\-]*base64,([A-Za-z0-9+/=]+)")
WORD = re.compile(rb"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}|\d\d-[A-Z][a-z]{2}-\d{4}|\w+")
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A project with planted records; what they hold of people; and everything that left the building."""
    folder = tmp_path_factory.mktemp("canaries") / "project"
    project = init_project(folder)
    number = 0

    def planted(text):
        nonlocal number
        number += 1
        return f"{text} {CANARY}{number} {HOSTILE[number % len(HOSTILE)] if number % 97 == 0 else ''}"

    with pytest.MonkeyPatch.context() as monkeypatch:
        ids = write_planted(monkeypatch, project.sources, folder / "data", planted, seed=11)
    assert number > 10_000
    network = project.all_records(key=KEY)
    for name, analysis in project.analyses.items():
        records = network.only(analysis.programmes)
        results = analysis(records)
        project.release(name, results, records, policy="strict")
        if name == "champions_reoffending":
            project.release(name, results, records, policy="open")
    reports = folder / "reports"
    build_site(reports, project.releases, folder / "pages", formats=("html",))
    for bundle in ("champions", "champions_time"):
        build_bundle(bundle, reports, project.releases, folder / "bundles", engine="builtin")
    made = ("releases", "pages", "bundles")
    files = [path for top in made for path in sorted((folder / top).rglob("*")) if path.is_file()]
    assert {path.suffix for path in files} >= {".json", ".csv", ".html", ".docx", ".pdf", ".xlsx"}
    return project, network, ids, {path: list(opened(path.read_bytes())) for path in files}


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
    held = {
        (programme, name, column)
        for programme, records in world[1].items()
        for name, table in records.tables.items()
        for column, values in table.to_pandas().select_dtypes("object").items()
        if values.astype(str).str.contains(CANARY).any()
    }
    assert held == TEXTS


def test_every_programme_left_the_building(world):
    project, network, _, files = world
    pages = {path.stem for path in files if path.suffix == ".html"}
    assert pages >= set(network) - {"network"}
    assert {path.parts[path.parts.index("releases") + 1] for path in files if "releases" in path.parts} == {
        *project.analyses
    }


def test_no_canary_left_the_building(world):
    canary = re.compile(CANARY.encode(), re.IGNORECASE)
    assert [path.name for path, parts in world[3].items() if any(canary.search(part) for part in parts)] == []


def test_no_id_or_pseudonym_left_the_building(world):
    _, network, ids, _ = world
    people = {person for records in network.values() for person in records.people.to_pandas()["person_id"]}
    assert len(ids) > 10_000
    assert len(people) > 1000
    assert holding(world, ids | people) == {}


def test_no_date_of_an_event_left_the_building(world):
    """But for the days that the project's own files state, such as that of the extracts."""
    project, network, _, _ = world
    stated = "".join(
        path.read_text(encoding="utf-8") for path in project.folder.rglob("*.yaml") if "releases" not in path.parts
    )
    # values are about months, quarters and years, which begin and end on such days
    months = pd.date_range("2015-01-01", "2025-01-01", freq="MS")
    periods = {f"{day:%Y-%m-%d}" for first in months for day in (first, first - pd.Timedelta(days=1))}
    dated = [
        records.tables[name].to_pandas()[column]
        for records in network.values()
        for name, columns in DAYS.items()
        for column in columns
    ]
    days = pd.to_datetime(pd.concat([column for column in dated if len(column)])).dropna().unique()
    written = {
        form for day in pd.DatetimeIndex(days) for form in (f"{day:%Y-%m-%d}", f"{day:%d/%m/%Y}", f"{day:%d-%b-%Y}")
    }
    assert len(written) > 1000
    assert holding(world, {day for day in written - periods if day not in stated}) == {}


def test_no_column_of_a_source_row_left_the_building(world):
    assert holding(world, {"source_row", "source_file", "row_number"}) == {}
