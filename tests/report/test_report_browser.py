"""A page in a real browser: nothing logged, nothing fetched, nothing wider than the screen."""

from __future__ import annotations

import pytest

from lvrn_eval.report.execute import Execution, Shown
from lvrn_eval.report.render import render

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
]
COLUMNS = 30
BODY = """
::: {.banner}
Synthetic data.
:::

## Section

![A drawing.](a.svg){#fig-a fig-alt="A square" width="100%"}

```{python}
#| label: cell
"shown by a stand-in for the kernel"
```

::: {.panel-tabset}
### One

First.

### Two

Second.
:::

::: {.callout-tip collapse="true"}
Folded.
:::

$$ \\frac{a + b + c + d + e + f + g + h + i + j + k + l + m}{a + b + c + d + e + f + g} = x + y + z $$ {#eq-a}
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="700" height="200"><rect width="700" height="200"/></svg>'


@pytest.fixture
def page_path(write, tmp_path, monkeypatch):
    wide = (
        f"|{'| '.join(f'Month {n} ' for n in range(COLUMNS))}|\n|{'--:|' * COLUMNS}\n|{' 1,000 |' * COLUMNS}\n\n: Wide."
    )
    shown = [Shown("markdown", wide), Shown("markdown", "W" * 10_000), Shown("text", "print " * 100)]
    monkeypatch.setattr("lvrn_eval.report.execute.execute", lambda *_, **__: Execution([tuple(shown)], []))
    source = write(BODY, a__svg=SVG, front="---\ntitle: A page in a browser\ntoc: true\n---\n")
    return render(source, tmp_path / "out", engine="builtin").path


@pytest.mark.needs("chromium")
def test_a_page_in_a_browser(page_path, chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        try:
            for width in (1280, 390):
                look_at(browser, page_path, width)
        finally:
            browser.close()


def look_at(browser, path, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"wider than {width} pixels"
    region = page.locator(".table-region").first
    assert region.evaluate("element => element.scrollWidth > element.clientWidth")
    # the keyboard: skip link first, and the region scrolls once it has the focus
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    region.focus()
    page.keyboard.press("ArrowRight")
    # the page's own policy forbids the evaluation that wait_for_function rests on
    for _ in range(100):
        if region.evaluate("element => element.scrollLeft") > 0:
            break
        page.wait_for_timeout(50)
    else:
        pytest.fail("the table's region does not scroll by the keyboard")
    # tabs and folded notes without a script
    assert page.get_by_text("First.").is_visible()
    page.get_by_text("Two", exact=True).first.click()
    assert page.get_by_text("Second.").is_visible()
    assert not page.get_by_text("First.").is_visible()
    page.locator("summary").first.click()
    assert page.get_by_text("Folded.").is_visible()
    page.emulate_media(media="print")
    assert page.get_by_text("First.").is_visible()
    page.close()
