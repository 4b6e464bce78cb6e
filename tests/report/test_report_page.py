"""What a page looks like to a machine; reports without code, so no kernel starts."""

from __future__ import annotations

import pytest

from lvrn_eval.errors import ReportError
from lvrn_eval.report.page import check_page
from lvrn_eval.report.render import render

BARS = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="9" height="9"/></svg>'


def test_the_frame_of_a_page(page_of):
    front = """---
title: "Did *it* fall?"
subtitle: Under the title
author: [One Person, Another]
date: 2025-03-31
description: What it is about
abstract: In short.
toc: true
---
"""
    page = page_of("## First\n\nWords.\n\n### Below\n\n## Second\n", front=front)
    assert page.one("html").attributes == {"lang": "en-GB"}
    assert page.one("title").text == "Did it fall?"
    assert page.one("meta", name="description")["content"] == "What it is about"
    assert page.one("meta", name="generator")["content"].startswith("the built-in engine of lvrn-eval ")
    assert page.one("meta", http_equiv="Content-Security-Policy")["content"].startswith("default-src 'none';")
    assert page.one("h1").text == "Did it fall?"
    assert page.one("p", class_="byline").text == "One Person, Another · 31 March 2025"
    assert page.one("a", class_="skip-link")["href"] == "#content"
    assert page.one("main")["id"] == "content"
    assert page.one("div", class_="abstract").text == "In short."
    assert page.one("nav")["aria-labelledby"] == page.one("nav").one("h2")["id"]
    assert [link["href"] for link in page.one("nav").all("a")] == ["#first", "#below", "#second"]
    assert [heading.tag for heading in page.one("main").all() if heading.tag in {"h1", "h2", "h3"}] == [
        "h2",
        "h3",
        "h2",
    ]
    assert page.all("script") == []


def test_a_page_without_contents_has_no_navigation(page_of):
    page = page_of("Words.\n", front="---\ntitle: x\nlang: cy\n---\n")
    assert page.all("nav") == []
    assert page.one("html")["lang"] == "cy"


def test_figures_tables_sections_and_equations_are_numbered_and_referred_to(page_of):
    body = """
See @fig-b, [@fig-a; @tbl-a], -@tbl-a, @sec-two, @sec-three and @eq-a.

![Caption *a*.](a.svg){#fig-a fig-alt="Alt a"}

::: {#fig-b}
![](a.svg){fig-alt="Alt b"}

Caption b.
:::

| Trust | People |
|:--|--:|
| Burnley | 12 |

: Caption t. {#tbl-a}

## One

### Two {#sec-two}

## Unnumbered {.unnumbered #sec-three}

$$ x = y $$ {#eq-a}
"""
    page = page_of(body, a__svg=BARS, front="---\ntitle: x\nnumber-sections: true\n---\n")
    links = [link["href"] for link in page.all("a", class_="cross-reference")]
    assert links == ["#fig-b", "#fig-a", "#tbl-a", "#tbl-a", "#sec-two", "#sec-three", "#eq-a"]
    sentence = "See Figure 2, Figure 1, Table 1, 1, Section 1.1, Unnumbered and Equation 1."
    assert page.one("main").all("p")[0].text == sentence
    assert {figure["id"]: figure.one("figcaption").text for figure in page.all("figure")} == {
        "fig-a": "Figure 1. Caption a.",
        "fig-b": "Figure 2. Caption b.",
    }
    assert [image["alt"] for image in page.all("img")] == ["Alt a", "Alt b"]
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in page.all("img"))
    assert page.one("table")["id"] == "tbl-a"
    assert page.one("caption").text == "Table 1. Caption t."
    assert page.one(id="sec-two").one("h3").text == "1.1 Two"
    assert page.one(id="eq-a").one("span", class_="equation-number").text == "(1)"


def test_a_table_has_heads_with_a_scope_and_a_region_to_scroll(page_of):
    page = page_of("| Trust | People |\n|:--|--:|\n| Burnley | 12 |\n\n: By trust\n")
    region = page.one("div", class_="table-region")
    assert (region["role"], region["tabindex"], region["aria-label"]) == ("region", "0", "By trust")
    assert [(head.text, head["scope"]) for head in region.all("th")] == [
        ("Trust", "col"),
        ("People", "col"),
        ("Burnley", "row"),
    ]
    assert region.one("td")["style"] == "text-align: right;"


def test_a_table_in_a_labelled_block_takes_its_last_paragraph_as_caption(page_of):
    page = page_of("::: {#tbl-a}\n| a | b |\n|---|---|\n| 1 | 2 |\n\nWords.\n:::\n\n@tbl-a\n")
    assert page.one("table")["id"] == "tbl-a"
    assert page.one("caption").text == "Table 1. Words."


def test_a_table_without_a_caption_is_named_by_the_heading_above_it(page_of):
    front = "---\ntitle: x\nnumber-sections: true\n---\n"
    page = page_of("## The cohort\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", front=front)
    assert page.one("caption").one("span", class_="unseen").text == "The cohort"
    assert page.one("div", class_="table-region")["aria-label"] == "The cohort"


def test_callouts(page_of):
    page = page_of("""
::: {.callout-note}
Plain.
:::

::: {.callout-warning}
## Mind this
Titled.
:::

::: {.callout-tip collapse="true" title="More"}
Folded.
:::

::: {.callout-important collapse="false"}
Open.
:::
""")
    note, warning, tip, important = page.all("div", class_="callout")
    assert (note["role"], note.one(class_="callout-title").text) == ("note", "Note")
    assert warning.one(class_="callout-title").text == "Warning Mind this"
    assert warning.one("p").text == "Titled."
    assert tip.one("details").attributes == {}
    assert tip.one("summary").text == "Tip More"
    assert "open" in important.one("details").attributes
    assert page.all("h2") == []


def test_tabs_work_without_a_script(page_of):
    page = page_of("::: {.panel-tabset}\n## By *trust*\n\nOne.\n\n## By age\n\nTwo.\n:::\n")
    tabs = page.one("fieldset", class_="tabset")
    assert tabs.one("legend").text == "Choose what to show"
    assert [label.text for label in tabs.all("label")] == ["By trust", "By age"]
    assert [button["id"] for button in tabs.all("input", type="radio")] == [label["for"] for label in tabs.all("label")]
    assert ["checked" in button.attributes for button in tabs.all("input")] == [True, False]
    assert [panel.one("p").text for panel in tabs.all("div", class_="tab-panel")] == ["One.", "Two."]


def test_what_is_too_wide_for_a_screen_scrolls_where_the_keyboard_reaches_it(page_of):
    table = "| Head | n |\n|:--|--:|\n| short | 1 |\n\n: Short. {#tbl-a}\n\n"
    long = table.replace("short", "a head of a row in very many words").replace("tbl-a", "tbl-b")
    page = page_of(f'![Drawn.](a.svg){{#fig-a fig-alt="Alt"}}\n\n{table}{long}', a__svg=BARS)
    regions = page.all("div", role="region")
    assert [(region["class"], region["aria-label"], region["tabindex"]) for region in regions] == [
        ("figure-region", "Figure\u00a01. Drawn.", "0"),
        ("table-region", "Table\u00a01. Short.", "0"),
        ("table-region", "Table\u00a02. Short.", "0"),
    ]
    assert [table.attributes.get("class") for table in page.all("table")] == [None, "wordy"]


def test_content_can_depend_on_the_format(page_of):
    page = page_of("""
::: {.content-visible when-format="html"}
Seen.
:::

::: {.content-visible when-format="docx"}
Hidden one.
:::

::: {.content-hidden when-format="html"}
Hidden two.
:::

::: {.content-visible unless-format="html"}
Hidden three.
:::

[Also seen.]{.content-hidden unless-format="html"}
""")
    assert page.one("main").text == "Seen. Also seen."


def test_breaks_banners_shortcodes_and_comments(page_of):
    body = (
        "::: {.banner}\nSynthetic.\n:::\n\n{{< pagebreak >}}\n\n{{< meta title >}}, {{< meta date >}} <!-- secret -->\n"
    )
    page = page_of(body, front="---\ntitle: A title\ndate: 2025-03-01\n---\n")
    assert page.one("div", class_="banner")["role"] == "note"
    assert len(page.all("div", class_="page-break")) == 1
    assert page.one("main").all("p")[-1].text == "A title, 1 March 2025"
    assert "secret" not in page.text


def test_html_that_an_author_writes_is_kept(page_of):
    page = page_of('<abbr title="Violence Reduction Network">VRN</abbr>\n')
    assert page.one("abbr")["title"] == "Violence Reduction Network"


def test_citations_come_from_a_bibliography(page_of):
    library = "@book{smith2020, author={Smith, Jo}, title={Things}, year={2020}, publisher={Press}}\n"
    front = "---\ntitle: x\nbibliography: refs.bib\n---\n"
    page = page_of("As @smith2020 says.\n\n## References\n\n::: {#refs}\n:::\n", refs__bib=library, front=front)
    assert page.one("main").all("p")[0].text == "As Smith (2020) says."
    assert "Things" in page.one(id="refs").text


AFTERWARDS = {
    "a citation without a bibliography": (
        "As @smith2020 says.\n",
        (
            "champions.qmd: @smith2020 is no reference, and the report has no bibliography\n"
            "    → write \\@ where an at sign is meant"
        ),
    ),
    "words inside a reference": (
        "## A {#sec-a}\n\n[see @sec-a]\n",
        "champions.qmd: words beside @sec-a inside its brackets\n    → write them outside",
    ),
    "a table that nothing names": (
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        (
            "champions.qmd: a table has neither a caption nor a heading above it\n"
            "    → write a line `: caption` below it"
        ),
    ),
    "a picture by reference without words": (
        "![][a] here\n\n[a]: a.svg\n",
        'champions.qmd: an image has no alternative text\n    → add {fig-alt="…"} after it',
    ),
    "a block without its table": (
        "::: {#tbl-a}\nWords.\n\nCaption.\n:::\n",
        'champions.qmd: "tbl-a" holds no table\n    → put a table in it, or change its label',
    ),
    "a label that pandoc makes": (
        "## A\n\n::: {#a}\nWords.\n:::\n",
        'champions.qmd: the label "a" is given more than once\n    → give each its own label',
    ),
    "mathematics that cannot be written": (
        "$\\foo{$ here\n",
        "pandoc: Could not convert TeX math \\foo{, rendering as TeX",
    ),
}


@pytest.mark.parametrize(("body", "expected"), AFTERWARDS.values(), ids=AFTERWARDS)
def test_faults_only_the_whole_page_shows(write, tmp_path, body, expected):
    with pytest.raises(ReportError) as caught:
        render(write(body, a__svg=BARS), tmp_path / "out", engine="builtin")
    assert "\n".join(map(str, caught.value.faults)).startswith(expected)
    assert not (tmp_path / "out").exists()


def test_several_faults_of_the_page_are_told_at_once(write, tmp_path):
    with pytest.raises(ReportError, match=r"champions\.qmd is not rendered: the page would be at fault") as caught:
        render(write("@a and @b\n"), tmp_path / "out", engine="builtin")
    assert len(caught.value.faults) == 2


def test_a_citation_the_bibliography_lacks(write, tmp_path):
    source = write("@none\n", refs__bib="", front="---\ntitle: x\nbibliography: refs.bib\n---\n")
    with pytest.raises(ReportError, match="citation none not found"):
        render(source, tmp_path / "out", engine="builtin")


FETCHING = {
    "a picture": ('<img src="https://example.org/a.png">', "<img src> (1)"),
    "a font": ('<link rel="stylesheet" href="//example.org/a.css">', "<link href> (1)"),
    "a style": ("<style>a{background:url(http://example.org)}</style>", "<style> (1)"),
    "an attribute": ("<p style=\"background: url('https://example.org')\">", "<p style> (1)"),
    "inside a drawing": ('<svg><use xlink:href="http://example.org#a"/></svg>', "<use xlink:href> (1)"),
}


@pytest.mark.parametrize(("html", "kinds"), FETCHING.values(), ids=FETCHING)
def test_a_page_that_would_fetch_something_is_refused(html, kinds):
    with pytest.raises(ReportError) as caught:
        check_page(html, "a.html", scripts=True)
    assert str(caught.value) == (
        f"a.html is not kept: a page must stand alone\n  a.html: the page asks the network for something: {kinds}\n"
        "      → set `embed-resources: true` and `html-math-method: mathml`, and keep copies of pictures"
    )


@pytest.mark.parametrize("html", ["<script>1</script>", '<p onclick="1">', '<a href=" JavaScript:1">a</a>'])
def test_a_page_that_would_run_something_is_refused(html):
    with pytest.raises(ReportError, match="the page would run a script"):
        check_page(html, "a.html", scripts=False)
    # Quarto's own pages hold scripts
    check_page(html, "a.html", scripts=True)


def test_links_may_lead_out():
    check_page('<a href="https://example.org">a</a><img src="data:image/png;base64,AA==">', "a.html", scripts=False)
