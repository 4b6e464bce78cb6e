"""A site of pages that lead to one another, and reports for an audience; no kernel starts."""

from __future__ import annotations

import subprocess
import zipfile
from types import SimpleNamespace

import pandas as pd
import pytest

from lvrn_eval.errors import ReportError
from lvrn_eval.report import build, cells
from lvrn_eval.report.build import build_report
from lvrn_eval.report.execute import Execution, Shown
from lvrn_eval.report.lint import lint
from lvrn_eval.report.qmd import read
from lvrn_eval.report.render import render
from lvrn_eval.report.site import build_site
from lvrn_eval.result import Result

PROJECT = """project:
  type: website
  output-dir: ../pages
website:
  title: "Our <reports>"
  navbar:
    left:
      - text: "All & every"
        href: index.qmd
      - text: Champions
        href: champions.qmd
"""
INDEX = "---\ntitle: All reports\n---\n\nRead [the first](champions.qmd#words), or [elsewhere](https://example.org).\n"
WORDS = "## Words\n\n{{< include _shared.qmd >}}\n"


@pytest.fixture
def site(write):
    """Write a site of two pages that share a section; return its folder."""
    files = {"_quarto__yml": PROJECT, "index__qmd": INDEX, "_shared__qmd": "Shared words.\n"}
    return write(WORDS, **files).parent


def test_a_site_is_every_report_with_a_bar_that_leads_to_the_others(site, tmp_path, parsed):
    out = tmp_path / "site"
    assert build_site(site, tmp_path / "releases", out, engine="builtin") == (
        out / "index.html",
        out / "champions.html",
    )
    assert sorted(path.name for path in out.iterdir()) == ["champions.html", "index.html"]
    for name, current in (("index", "All & every"), ("champions", "Champions")):
        page = parsed(out / f"{name}.html")
        bar = page.one("nav", class_="site-pages")
        assert bar["aria-label"] == "Our <reports>"
        assert [(link["href"], link.text) for link in bar.all("a")] == [
            ("index.html", "All & every"),
            ("champions.html", "Champions"),
        ]
        assert [link.text for link in bar.all("a", aria_current="page")] == [current]
        # the way past the bar comes before it
        order = [link.text for link in page.all("a")]
        assert order.index("Skip to main content") < order.index("Champions")
    links = parsed(out / "index.html").one("main").all("a")
    assert [link["href"] for link in links] == ["champions.html#words", "https://example.org"]
    assert "Shared words." in parsed(out / "champions.html").one("main").text


def test_a_site_may_have_its_pages_in_print_too(site, tmp_path):
    made = build_site(site, tmp_path, tmp_path / "site", formats=("html", "pdf"), engine="builtin")
    assert [path.name for path in made] == ["index.html", "index.pdf", "champions.html", "champions.pdf"]
    assert all(path.is_file() for path in made)


def test_a_report_on_its_own_has_no_bar_and_no_ways_to_pages_that_may_not_be_there(site, tmp_path, parsed):
    page = parsed(render(site / "champions.qmd", tmp_path / "out", engine="builtin").path)
    assert page.all("nav") == []


def test_a_site_of_some_reports_leads_to_no_other(site, tmp_path, parsed):
    out = tmp_path / "site"
    assert build_site(site, tmp_path, out, only=[], engine="builtin") == (out / "index.html",)
    page = parsed(out / "index.html")
    assert [link["href"] for link in page.one("nav").all("a")] == ["index.html"]
    assert page.one("main").text == "Read the first, or elsewhere."
    with pytest.raises(ReportError) as caught:
        build_site(site, tmp_path, out, only=["champion"], engine="builtin")
    assert str(caught.value) == (
        "the site is not rendered\n  champion: there is no such report\n      → did you mean 'champions'?"
    )


def test_a_site_is_whole_or_not_made(site, tmp_path):
    (site / "a.qmd").write_text("---\ntitle: A\n---\n\nSee @sec-none.\n")
    (site / "b.qmd").write_text("---\ntitel: B\n---\n")
    with pytest.raises(ReportError) as caught:
        build_site(site, tmp_path / "releases", tmp_path / "site", engine="builtin")
    told = str(caught.value)
    assert told.startswith("the site is not rendered\n")
    assert "a.qmd:5: nothing in the report has the label 'sec-none'" in told
    assert "b.qmd:2: unknown front-matter key 'titel'" in told
    assert not (tmp_path / "site").exists()


def test_a_site_needs_its_first_page_and_its_list(write, tmp_path):
    folder = write("Words.\n").parent
    with pytest.raises(ReportError) as caught:
        build_site(folder, tmp_path, tmp_path / "site")
    assert str(caught.value) == (
        "reports is no site\n  index.qmd: there is no such file: it is the first page\n"
        "  _quarto.yml: there is no such file: it is the list of pages"
    )


FAULTS = {
    "a key of the project": (
        ("type: website", "type: book\n  renders: x"),
        "_quarto.yml:2: 'type' is not website\n",
    ),
    "a key of the website": (("  title:", "  titel:"), "_quarto.yml:5: unknown key of website 'titel'\n"),
    "a key of the bar": (("    left:", "    right:"), "_quarto.yml:7: unknown key of navbar 'right'\n"),
    "a page that is not there": (
        ("href: champions.qmd", "href: gone.qmd"),
        "_quarto.yml:11: there is no page 'gone.qmd'\n",
    ),
    "a page without words": (
        ('      - text: "All & every"\n        href: index.qmd\n', "      - index.qmd\n"),
        "_quarto.yml:7: 'left' is not a list of pages, each with href and text\n",
    ),
    "a key of a page": (
        ("href: champions.qmd", "href: champions.qmd\n        icon: x"),
        "_quarto.yml:12: unknown key of a page 'icon'\n",
    ),
}


@pytest.mark.parametrize(("change", "expected"), FAULTS.values(), ids=FAULTS)
def test_what_may_stand_in_a_site(site, change, expected):
    (site / "_quarto.yml").write_text(PROJECT.replace(*change))
    with pytest.raises(ReportError) as caught:
        lint(read(site / "champions.qmd"))
    assert "\n".join(map(str, caught.value.faults)).startswith(expected)


def released(audience):
    policy = {"name": "own", "audience": audience}
    return SimpleNamespace(data="synthetic", manifest={"analysis": "champions", "policy": policy})


@pytest.mark.parametrize(("policy", "audience", "refused"), [
    ("internal", "public", True), ("internal", "arc", False), ("anyone", "public", False),
])  # fmt: skip
def test_what_is_for_the_building_alone_is_not_shown_to_the_public(
    monkeypatch, write, tmp_path, policy, audience, refused
):
    monkeypatch.setattr(build, "open_release", lambda _: released(policy))
    monkeypatch.setattr(build, "latest_release", lambda *_: tmp_path)
    monkeypatch.setenv("LVRN_RELEASES", str(tmp_path))
    monkeypatch.setenv("LVRN_AUDIENCE", audience)
    message = (
        "the release of 'champions' is not for the public: it was made under the policy 'own'; release it under "
        "another, or render it with `--audience arc`"
    )
    calls = (
        lambda: build.release("champions"),
        lambda: build_report(
            write("Words.\n"), tmp_path, tmp_path / "out", audience=audience, release=tmp_path, engine="builtin"
        ),
    )
    for call in calls:
        if not refused:
            assert call()
            continue
        with pytest.raises(ReportError) as caught:
            call()
        assert str(caught.value) == message


def test_the_cells_of_a_report_are_told_for_whom_it_is(monkeypatch, write, tmp_path):
    told = []

    def execution(document, *, environment, **_):
        told.append(environment)
        return Execution([], [])

    monkeypatch.setattr("lvrn_eval.report.execute.execute", execution)
    pages = build_report(
        write("Words.\n"), tmp_path, tmp_path / "out", formats=("docx", "html"), audience="public", engine="builtin"
    )
    assert [path.name for path in pages] == ["champions.docx", "champions.html"]
    (environment,) = told
    assert environment.pop("LVRN_INTERNAL")
    assert environment == {"LVRN_RELEASES": str(tmp_path), "LVRN_AUDIENCE": "public"}


@pytest.mark.needs("poppler-utils")
def test_every_page_of_a_release_for_the_building_alone_says_so(monkeypatch, write, tmp_path, parsed):
    assert "Not for release" not in str(cells.banner(released("anyone")))
    shown = Shown("markdown", str(cells.banner(released("internal"))))

    def execution(document, *, environment, **_):
        # as the first cell does in its own process
        monkeypatch.setattr(build, "latest_release", lambda *_: tmp_path)
        monkeypatch.setattr(build, "open_release", lambda _: released("internal"))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        build.release("champions")
        return Execution([(shown,)], [])

    monkeypatch.setenv("LVRN_RELEASES", str(tmp_path))
    monkeypatch.setattr("lvrn_eval.report.execute.execute", execution)
    body = "```{python}\n#| label: banner\n1\n```\n"
    pages = render(write(body), tmp_path / "out", formats=("html", "docx", "pdf"), engine="builtin").pages
    page = parsed(pages["html"])
    assert page.one("p", class_="marking").text == "Not for release"
    assert [note["role"] for note in page.all("div", class_="banner")] == ["note", "note"]
    with zipfile.ZipFile(pages["docx"]) as archive:
        heads = [archive.read(name) for name in archive.namelist() if name.startswith("word/header")]
    assert [b"Not for release" in head for head in heads] == [True, True]
    printed = subprocess.run(["pdftotext", pages["pdf"], "-"], capture_output=True, check=True).stdout
    assert ["Not for release" in page for page in printed.decode().split("\f")] == [True, True, False]


def test_cells_give_quarto_the_picture_its_format_can_hold(monkeypatch):
    table = pd.DataFrame({"group": "all", "class": ["desisted", "unchanged"], "people": [20, 30]})
    result = Result("classes", "T", table, {}, count_columns=("people",), shape="counts", figure="class_bars")
    for kind, address in (("svg", "data:image/svg+xml;base64,"), ("png", "data:image/png;base64,")):
        monkeypatch.setenv("LVRN_PICTURES", kind)
        assert f"]({address}" in str(cells.figure(result, label="fig-a", caption="A"))


def test_a_page_of_quarto_tells_what_made_it(monkeypatch):
    made = released("anyone")
    needed = ("digest", "programme", "data", "parameters", "digests", "versions")
    policy = {"name": "own", "version": 1, "about": "x"}
    made.manifest = {"analysis": "a", **dict.fromkeys(needed, "x"), "policy": policy, "inputs": []}
    assert "Rendered by" not in str(cells.provenance(made))
    monkeypatch.setenv("LVRN_ENGINE", "Quarto 1.9.3")
    assert "Rendered by | Quarto 1\\.9\\.3" in str(cells.provenance(made))
