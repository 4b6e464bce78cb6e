"""From raw records to a page: twice the same, nobody in it, and fit for a browser."""

import csv
import io
import json
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from lvrn_eval.demo import KEY, demo
from lvrn_eval.project import open_project
from lvrn_eval.release import open_release
from lvrn_eval.report.build import build_report
from lvrn_eval.report.pandoc import program
from lvrn_eval.steps import Steps

BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
           "--disable-sync", "--no-first-run"]  # fmt: skip


@pytest.fixture(scope="module")
def demos(tmp_path_factory):
    """Two demos in two folders, and their pages."""
    folders = [tmp_path_factory.mktemp("demo") / name for name in ("one", "another")]
    return [(folder, demo(folder, steps=Steps())) for folder in folders]


@pytest.fixture(scope="module")
def one(demos):
    return demos[0]


def releases(folder):
    return sorted(path for path in (folder / "releases").glob("*/*") if path.is_dir())


def test_the_demo_twice_gives_the_same_release_and_the_same_page(demos):
    (first, page), (second, again) = demos
    assert [path.name for path in releases(first)] == [path.name for path in releases(second)]
    assert page.read_bytes() == again.read_bytes()


def test_a_demo_over_an_earlier_demo_gives_the_same_release(one):
    folder, page = one
    before, content = releases(folder), page.read_bytes()
    demo(folder, steps=Steps())
    assert releases(folder) == before
    assert page.read_bytes() == content


def test_the_page_says_what_it_is_and_what_it_cannot_tell(one):
    text = one[1].read_text(encoding="utf-8")
    for said in ("synthetic", "Regression to the mean", "weakest", "recorded suspect event", "[c]"):
        assert said in text
    assert "reoffended" not in text


def test_the_manifest_says_what_the_release_is_made_of(one):
    release = open_release(releases(one[0])[0])
    manifest = release.manifest
    assert (manifest["analysis"], manifest["programme"], manifest["data"]) == (
        "champions_reoffending",
        "champions",
        "synthetic",
    )
    assert manifest["policy"]["name"] == "strict"
    assert manifest["parameters"]["seed"] == 2024
    assert len(manifest["inputs"]) == 21
    assert set(manifest["digests"]) == {"analysis", "framework", "sources"}
    assert {"duckdb", "pandas", "python"} <= set(manifest["versions"])


def test_every_person_is_accounted_for_at_every_rule(one):
    """Before the wall: people left and removed add up for everybody and at each site."""
    project = open_project(one[0])
    results = {r.name: r for r in project.analysis("champions_reoffending")(project.records("champions", key=KEY))}
    table = results["attrition"].table
    for _, steps in table.groupby("group"):
        for thing in ("people", "records"):
            left, removed = steps[f"{thing}_left"].to_numpy(), steps[f"{thing}_removed"].to_numpy()
            assert (left[:-1] - removed[1:] == left[1:]).all()
    by_step = table[table["group"] != "all"].groupby("step")["people_left"].sum()
    assert by_step.tolist() == table.loc[table["group"] == "all", "people_left"].tolist()
    included = table.loc[table["group"] == "all", "people_left"].iloc[-1]
    assert results["equal_windows"].parts["classes"].table["people"].sum() == included
    sampling = results["sampling"].table.set_index("group")
    assert sampling.loc["all", "wanted"] == 36
    assert sampling.loc["all", "shortfall"] == 36 - results["published_design"].parts["classes"].table["people"].sum()


def secrets_of(folder):
    """Return what only a person's row holds: every name, note and reference in the exports."""
    found = set()
    for path in sorted((folder / "data" / "champions").glob("*.csv")):
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "cp1252")
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";" if text.splitlines()[0].count(";") > 2 else ","))
        for column in ("Client Ref", "Surname", "Notes"):
            found |= {row[column] for row in rows if len(row.get(column) or "") > 5}
    for path in sorted((folder / "data" / "champions").glob("*.xlsx")):
        cells = pd.read_excel(path, engine="calamine", dtype=str)
        found |= {str(value) for value in cells.iloc[:, 0] if len(str(value)) > 5}
    return found


def test_no_persons_row_crosses_the_wall(one):
    """Every byte that leaves: no reference, name, note, pseudonym or date of an event."""
    folder, page = one
    secrets = secrets_of(folder)
    assert len(secrets) > 1000
    records = open_project(folder).records("champions", key=KEY)
    secrets |= set(records.people.to_pandas()["person_id"])
    leaving = [page, *(path for path in (folder / "releases").rglob("*") if path.is_file())]
    text = "\n".join(path.read_text(encoding="utf-8") for path in leaving)
    assert [secret for secret in secrets if secret in text] == []


def test_no_count_under_the_threshold_is_in_the_release(one):
    for path in releases(one[0])[0].glob("*.json"):
        if path.name == "manifest.json":
            continue
        for table in tables(json.loads(path.read_text(encoding="utf-8"))):
            names = [column["name"] for column in table["columns"]]
            for name in table["count_columns"]:
                shown = [row[names.index(name)] for row in table["rows"]]
                steps = table["shape"] == "curve" and name != "at_risk"
                assert all(count is None or count % 5 == 0 for count in shown)
                assert all(count is None or count >= 10 for count in shown if not steps and table["shape"] != "curve")


def tables(result):
    yield result
    for part in result["parts"].values():
        yield from tables(part)


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_opens_in_a_browser_without_error_or_request(one, chromium, width):
    from playwright.sync_api import sync_playwright

    errors, requests = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=BROWSER)
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.on(
            "console", lambda message: errors.append(message.text) if message.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(Path(one[1]).as_uri())
        headings = page.locator("h1, h2").all_text_contents()
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        unnamed = page.locator("img:not([alt]), img[alt='']").count()
        browser.close()
    assert errors == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert len(headings) > 6
    assert not wide
    assert unnamed == 0


def cells_of(page):
    """Every cell of every table of a page, as text, by pandoc's own reading of the format."""
    tree = json.loads(subprocess.run([program(), "-t", "json", page], capture_output=True, check=True).stdout)
    tables = [block["c"] for block in walked(tree["blocks"]) if block.get("t") == "Table"]
    rows = [row for table in tables for row in [*table[3][1], *(row for body in table[4] for row in body[3])]]
    return ["".join(words(cell[4])).strip() for row in rows for cell in row[1]]


def words(blocks):
    spoken = {"Str": lambda node: node["c"], "Code": lambda node: node["c"][1], "Space": lambda _: " "}
    return [spoken[node["t"]](node) for node in walked(blocks) if node.get("t") in spoken]


def walked(node):
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from walked(child)


def test_the_report_says_the_same_in_every_format(one, tmp_path):
    folder, page = one
    source = folder / "reports" / f"{page.stem}.qmd"
    word, pdf = build_report(source, folder / "releases", tmp_path, formats=("docx", "pdf"), engine="builtin")
    cells = cells_of(page)
    assert len(cells) > 100
    assert cells_of(word) == cells
    assert pdf.read_bytes().startswith(b"%PDF-1.7")
    assert b"pdfuaid:part>1<" in pdf.read_bytes()
