"""The site in a real browser: nothing inaccessible, nothing logged, nothing fetched, nothing wider than the screen."""

from __future__ import annotations

import pytest

from lvrn_eval.report.site import build_site

BROWSER = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
]
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = {
    "champions": "champions_reoffending",
    "champions_assurance": "champions_reoffending",
    "ed_navigators": "ed_navigators_answers",
    "needs_assessment": "needs_assessment_answers",
    "overview": "network_overview",
    "serious_violence_duty": "serious_violence_duty_return",
}


@pytest.fixture(scope="module")
def site(world, released, tmp_path_factory):
    """Return the pages of a site, by name."""
    for analysis in dict.fromkeys(PAGES.values()):
        released(analysis)
    project = world.project
    output = tmp_path_factory.mktemp("site")
    pages = build_site(project.folder / "reports", project.releases, output, only=list(PAGES), engine="builtin")
    return {page.stem: page for page in pages}


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=BROWSER)
        yield opened
        opened.close()


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["index", *PAGES])
def test_a_page_for_everybody(site, browser, name, width):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 900})
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site[name].as_uri())
    found = Axe().run(page, options={"runOnly": RULES})
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    page.close()
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found.response["violations"]] == []
    assert len(found.response["passes"]) > 15  # it did look
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert not wide


@pytest.mark.needs("chromium")
def test_the_bar_leads_to_the_other_pages_by_keyboard(site, browser):
    page = browser.new_page()
    page.goto(site["overview"].as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')").startswith("#")  # past the bar, to the content
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href') || ''"))
    page.close()
    assert {"index.html", "serious_violence_duty.html", "champions.html"} <= set(reached)


def test_every_link_of_the_site_leads_somewhere(site):
    import re

    for page in site.values():
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r'href="([^"#:]+\.html)(?:#[^"]*)?"', text):
            assert (page.parent / target).is_file(), (page.name, target)
