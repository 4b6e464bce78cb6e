from __future__ import annotations

from textwrap import dedent

import pytest

from lvrn_eval.errors import ReportError
from lvrn_eval.report.lint import lint
from lvrn_eval.report.qmd import read
from lvrn_eval.report.subset import CELL_OPTIONS, FRONT_KEYS

CELL = "```{python}\n#| label: setup\nx = 1\n```\n"


def refused(source):
    with pytest.raises(ReportError) as caught:
        lint(read(source))
    return caught.value


def message(error):
    """The faults as a person reads them."""
    return "\n".join(str(fault) for fault in error.faults)


def shown(text):
    """Drop the margin of an expected message."""
    return dedent(text).strip("\n")


def test_a_source_in_the_subset_passes(write):
    picture = '![A picture.](a.svg){#fig-a fig-alt="Bars."}\n\n![a word](a.svg) in a line.\n'
    body = f"""
See @fig-a, @tbl-b, @sec-c and @eq-d, [@fig-a; @tbl-b], a@fig-x.org and \\@fig-none. `@fig-code`

{CELL}
{picture}
| a | b |
|---|---|
| 1 | 2 |

: A table. {{#tbl-b}}

## Section {{#sec-c}}

### Under it

$$ x $$ {{#eq-d}}

::: {{.callout-note}}
# A title is no section
Words `{{python}} x`.
:::

::: {{.panel-tabset}}
#### A tab is no section
Words.
:::

{{{{< pagebreak >}}}} {{{{< meta title >}}}}
```{{.r}}
@fig-not-here ::: {{{{< what >}}}} ![](no.png)
```
""".replace("{{< pagebreak >}} {{<", "{{< pagebreak >}}\n\n{{<")
    lint(read(write(body, a__svg="<svg/>")))


def test_every_fault_is_told_at_once_in_the_order_of_the_source(write):
    error = refused(write("See @sec-none.\n\n```{python}\n#| lable: a\n1\n```\n\n{{< vidoe x >}}\n"))
    assert error.summary == "champions.qmd is not rendered: 4 faults in the source"
    assert message(error) == shown("""
    champions.qmd:4: nothing in the report has the label 'sec-none'
        See @sec-none.
            ^
        → give the section that label, or correct the reference
    champions.qmd:6: this cell has no label
        ```{python}
        → begin it with a line `#| label: …`
    champions.qmd:7: unknown cell option 'lable'
        #| lable: a
        → did you mean 'label'?
    champions.qmd:11: unknown shortcode 'vidoe'
        {{< vidoe x >}}
        ^
        → known: include, meta, pagebreak
    """)


FRONT_CASES = {
    "a shortcode in a title": (
        "title: A {{< meta date >}}",
        (
            "champions.qmd:2: {{< is not run here\n"
            "    title: A {{< meta date >}}\n"
            "             ^\n"
            "    → write the value itself"
        ),
    ),
    "unknown key": (
        "titel: x\ntitle: y",
        "champions.qmd:2: unknown front-matter key 'titel'\n    titel: x\n    → did you mean 'title'?",
    ),
    "unlike anything": (
        "title: y\nxyzzy: 1",
        "champions.qmd:3: unknown front-matter key 'xyzzy'\n    xyzzy: 1\n    → known: " + ", ".join(FRONT_KEYS),
    ),
    "no title": (
        "lang: en-GB",
        "champions.qmd:1: the report has no title\n    → give one in the front matter",
    ),
    "a moving date": (
        "title: x\ndate: today",
        "champions.qmd:3: 'date' is not a fixed date, written as 2025-03-31\n    date: today",
    ),
    "a depth": ("title: x\ntoc-depth: 9", "champions.qmd:3: 'toc-depth' is not a number from 1 to 6\n    toc-depth: 9"),
    "an unknown format": (
        "title: x\nformat: html5",
        "champions.qmd:3: unknown format 'html5'\n    format: html5\n    → did you mean 'html'?",
    ),
    "an option of a format": (
        "title: x\nformat:\n  html:\n    theme: cosmo",
        (
            "champions.qmd:5: unknown option of format html 'theme'\n        theme: cosmo\n    → known: "
            "toc, toc-depth, toc-title, number-sections, code-fold, code-summary, embed-resources, html-math-method"
        ),
    ),
    "a page with parts elsewhere": (
        "title: x\nformat:\n  html:\n    embed-resources: false",
        "champions.qmd:5: 'embed-resources' is not true: a page must stand alone\n        embed-resources: false",
    ),
    "a list of formats": (
        "title: x\nformat: [html]",
        "champions.qmd:3: 'format' is not default, or options for the format\n    format: [html]",
    ),
    "frozen results": (
        "title: x\nexecute:\n  freeze: auto",
        (
            "champions.qmd:4: unknown option of execute 'freeze'\n      freeze: auto\n"
            "    → known: echo, eval, include, output, warning"
        ),
    ),
    "no yaml": ("title: [x", "champions.qmd:2: this is not YAML: expected ',' or ']', but got '<stream end>'"),
}


@pytest.mark.parametrize(("front", "expected"), FRONT_CASES.values(), ids=FRONT_CASES)
def test_front_matter(write, front, expected):
    assert message(refused(write("Text.\n", front=f"---\n{front}\n---\n"))).startswith(expected)


def test_the_project_file_is_held_to_the_same_names(write):
    error = refused(write("Text.\n", _quarto__yml="project:\n  type: website\ntox: true\n"))
    assert message(error) == "_quarto.yml:3: unknown key of a project 'tox'\n    tox: true\n    → did you mean 'toc'?"


def test_front_matter_never_closed(write):
    assert message(refused(write("", front="---\ntitle: x\n"))) == shown("""
    champions.qmd:1: the front matter is never closed
        ---
        → end it with a line `---`
    """)


CELL_CASES = {
    "code in a caption": (
        '#| label: tbl-a\n#| tbl-cap: "Of `{python} n` people"',
        (
            "champions.qmd:6: {python} is not run here\n"
            '    #| tbl-cap: "Of `{python} n` people"\n'
            "                    ^\n"
            "    → write the value itself"
        ),
    ),
    "unknown option": (
        "#| label: a\n#| fig-subcap: x",
        "champions.qmd:6: unknown cell option 'fig-subcap'\n    #| fig-subcap: x\n    → did you mean 'fig-cap'?",
    ),
    "unlike anything": (
        "#| label: a\n#| zzz: x",
        "champions.qmd:6: unknown cell option 'zzz'\n    #| zzz: x\n    → known: " + ", ".join(CELL_OPTIONS),
    ),
    "wrong value": (
        "#| label: a\n#| echo: no",
        "champions.qmd:6: 'echo' is not true or false\n    #| echo: no",
    ),
    "output": ("#| label: a\n#| output: maybe", "champions.qmd:6: 'output' is not true, false or asis"),
    "blanks in a label": (
        "#| label: my cell",
        (
            "champions.qmd:5: the label 'my cell' is not letters, digits, - and _\n    #| label: my cell\n"
            "    → begin it with a letter"
        ),
    ),
    "a caption without its label": (
        "#| label: a\n#| fig-cap: Words",
        (
            "champions.qmd:6: fig-cap needs a label that begins with fig-\n    #| fig-cap: Words\n"
            "    → change the label or remove the caption"
        ),
    ),
    "no yaml": ("#| label: a\n#| echo", "champions.qmd:6: this is not YAML: could not find expected ':'"),
}


@pytest.mark.parametrize(("options", "expected"), CELL_CASES.values(), ids=CELL_CASES)
def test_cell_options(write, options, expected):
    assert message(refused(write(f"```{{python}}\n{options}\n1\n```\n"))).startswith(expected)


BODY_CASES = {
    "two cells of one name": (
        CELL + CELL,
        (
            "champions.qmd:9: the label 'setup' is already given at champions.qmd:5\n    #| label: setup\n"
            "    → give each its own label"
        ),
    ),
    "a cell and a section of one name": (
        "## A {#sec-a}\n\n```{python}\n#| label: sec-a\n1\n```\n",
        (
            "champions.qmd:7: the label 'sec-a' is already given at champions.qmd:4\n    #| label: sec-a\n"
            "    → give each its own label"
        ),
    ),
    "a misspelt reference": (
        "## A {#sec-method}\n\nSee @sec-methods.\n",
        (
            "champions.qmd:6: nothing in the report has the label 'sec-methods'\n    See @sec-methods.\n        ^\n"
            "    → did you mean 'sec-method'?"
        ),
    ),
    "a figure no cell can make": (
        "See @fig-none.\n",
        (
            "champions.qmd:4: nothing in the report has the label 'fig-none'\n    See @fig-none.\n        ^\n"
            "    → give the figure that label, or correct the reference"
        ),
    ),
    "an equation, although a cell runs": (
        CELL + "\n[@eq-none]\n",
        (
            "champions.qmd:9: nothing in the report has the label 'eq-none'\n    [@eq-none]\n     ^\n"
            "    → give the equation that label, or correct the reference"
        ),
    ),
    "a second title": (
        "# Again\n",
        (
            "champions.qmd:4: a heading of level 1: the title is the page's only one\n    # Again\n    ^\n"
            "    → begin it with ##"
        ),
    ),
    "a level skipped": (
        "## A\n\n#### B\n",
        "champions.qmd:6: a heading of level 4 follows one of level 2\n    #### B\n    ^\n    → begin it with ###",
    ),
    "a level skipped at the start": (
        "### A\n",
        "champions.qmd:4: a heading of level 3 follows one of level 1\n    ### A\n    ^\n    → begin it with ##",
    ),
    "a block never closed": (
        "Words.\n\n::: {.callout-note}\nMore.\n",
        (
            "champions.qmd:6: this block of ::: is never closed\n    ::: {.callout-note}\n    ^\n"
            "    → end it with a line :::"
        ),
    ),
    "a block never opened": (
        ":::\n",
        "champions.qmd:4: this ::: closes nothing\n    :::\n    ^\n    → remove it, or open a block above",
    ),
    "a fence never closed": (
        "Words.\n\n````\n```\n",
        "champions.qmd:6: this code fence is never closed\n    ````\n    → end it with a line ````",
    ),
    "a cell never closed": (
        "```{python}\n#| label: a\n1\n",
        "champions.qmd:4: this code fence is never closed\n    ```{python}\n    → end it with a line ```",
    ),
    "another language": (
        "```{r}\n1\n```\n",
        "champions.qmd:4: only Python cells can be run, not {r}\n    ```{r}\n    → write it in Python",
    ),
    "options in the fence": (
        "```{python, echo=FALSE}\n1\n```\n",
        (
            "champions.qmd:4: a cell is opened by ```{python} and nothing more\n    ```{python, echo=FALSE}\n"
            "    → write options as #| lines"
        ),
    ),
    "a cell in a list": (
        "- a\n\n  ```{python}\n  #| label: a\n  ```\n",
        "champions.qmd:6: a cell must begin at the left margin\n      ```{python}\n    → remove the blanks before it",
    ),
    "an unknown shortcode": (
        "{{< includes a.md >}}\n",
        (
            "champions.qmd:4: unknown shortcode 'includes'\n    {{< includes a.md >}}\n    ^\n"
            "    → did you mean 'include'?"
        ),
    ),
    "a value the front matter lacks": (
        "{{< meta titel >}}\n",
        (
            "champions.qmd:4: the front matter has no plain value 'titel'\n    {{< meta titel >}}\n    ^\n"
            "    → did you mean 'title'?"
        ),
    ),
    "an include in a line": (
        "See {{< include a.md >}}\n",
        (
            "champions.qmd:4: an include names one file and stands alone on its line\n    See {{< include a.md >}}\n"
            "        ^"
        ),
    ),
    "a page break in a line": (
        "See {{< pagebreak >}}\n",
        "champions.qmd:4: a page break stands alone on its line\n    See {{< pagebreak >}}\n        ^",
    ),
    "a picture without words": (
        "![A caption.](a.svg)\n",
        (
            "champions.qmd:4: this image has no alternative text\n    ![A caption.](a.svg)\n    ^\n"
            '    → add {fig-alt="…"} after it'
        ),
    ),
    "a picture in a line without words": (
        'A ![](a.svg){fig-alt=" "} here\n',
        (
            'champions.qmd:4: this image has no alternative text\n    A ![](a.svg){fig-alt=" "} here\n      ^\n'
            '    → add {fig-alt="…"} after it'
        ),
    ),
    "raw html without words": (
        '<img src="a.svg">\n',
        'champions.qmd:4: this image has no alternative text\n    <img src="a.svg">\n    ^\n    → add alt="…" to it',
    ),
    "no such picture": (
        '![A.](b.svg){fig-alt="Words"}\n',
        (
            "champions.qmd:4: there is no image file 'b.svg'\n    ![A.](b.svg){fig-alt=\"Words\"}\n    ^\n"
            "    → check its name"
        ),
    ),
    "a picture elsewhere": (
        '![A.](../b.svg){fig-alt="Words"}\n',
        (
            "champions.qmd:4: this image is outside the folder of the report\n"
            '    ![A.](../b.svg){fig-alt="Words"}\n    ^\n'
            "    → keep it beside the report"
        ),
    ),
    "a picture from the network": (
        "An ![a](https://example.org/a.png) here\n",
        (
            "champions.qmd:4: this image comes from the network\n"
            "    An ![a](https://example.org/a.png) here\n       ^\n"
            "    → keep a copy beside the report"
        ),
    ),
    "raw html from the network": (
        "<link rel='stylesheet' href='//example.org/a.css'>\n",
        (
            "champions.qmd:4: this asks the network for something\n"
            "    <link rel='stylesheet' href='//example.org/a.css'>\n"
            "    ^\n    → keep a copy beside the report"
        ),
    ),
    "a script": (
        "<script>1</script>\n",
        "champions.qmd:4: a page has no JavaScript\n    <script>1</script>\n    ^\n    → remove the script",
    ),
    "figures side by side": (
        "::: {layout-ncol=2}\nWords.\n:::\n",
        (
            "champions.qmd:4: 'layout-ncol' is not supported: figures side by side are outside the subset\n"
            "    ::: {layout-ncol=2}\n         ^\n    → remove it"
        ),
    ),
    "an unknown callout": (
        "::: {.callout-danger}\nWords.\n:::\n",
        (
            "champions.qmd:4: '.callout-danger' is not supported: "
            "known callouts: note, tip, warning, caution, important\n"
            "    ::: {.callout-danger}\n         ^\n    → remove it"
        ),
    ),
    "content by metadata": (
        '::: {.content-visible when-meta="x"}\nWords.\n:::\n',
        (
            "champions.qmd:4: 'when-meta' is not supported: content depends on the format or the profile only\n"
            '    ::: {.content-visible when-meta="x"}\n                          ^\n    → remove it'
        ),
    ),
    "content for an audience that does not exist": (
        '::: {.content-visible when-profile="publik"}\nWords.\n:::\n\n[x]{.content-hidden unless-format=htlm}\n',
        (
            "champions.qmd:4: unknown profile 'publik'\n"
            '    ::: {.content-visible when-profile="publik"}\n                                        ^\n'
            "    → did you mean 'public'?\n"
            "champions.qmd:8: unknown format 'htlm'\n"
            "    [x]{.content-hidden unless-format=htlm}\n                                      ^\n"
            "    → did you mean 'html'?"
        ),
    ),
    "a link to a page that is not there": (
        "See [the other](other.qmd#sec-a), [this](champions.qmd) and [that](https://example.org/a.qmd).\n",
        (
            "champions.qmd:4: there is no page 'other.qmd' beside the report\n"
            "    See [the other](other.qmd#sec-a), [this](champions.qmd) and [that](https://example.org/a.qmd).\n"
            "                    ^\n    → check its name"
        ),
    ),
}


@pytest.mark.parametrize(("body", "expected"), BODY_CASES.values(), ids=BODY_CASES)
def test_body(write, body, expected):
    assert message(refused(write(body, a__svg="<svg/>"))) == expected


INCLUDE_CASES = {
    "missing": (
        "{{< include _none.md >}}\n",
        {},
        (
            "champions.qmd:4: the include '_none.md' is not a file\n    {{< include _none.md >}}\n"
            "    → check its name; it is sought from the including file"
        ),
    ),
    "outside": (
        "{{< include ../secret.md >}}\n",
        {},
        (
            "champions.qmd:4: the include '../secret.md' leaves the folder of the report\n"
            "    {{< include ../secret.md >}}\n"
            "    → keep included files beside the report"
        ),
    ),
    "absolute": (
        "{{< include /etc/passwd >}}\n",
        {},
        (
            "champions.qmd:4: the include '/etc/passwd' leaves the folder of the report\n"
            "    {{< include /etc/passwd >}}\n"
            "    → keep included files beside the report"
        ),
    ),
    "a loop": (
        "{{< include _a.md >}}\n",
        {"_a__md": "Words.\n{{< include champions.qmd >}}\n"},
        "_a.md:2: the include 'champions.qmd' includes itself\n    {{< include champions.qmd >}}\n    → break the loop",
    ),
    "front matter": (
        "{{< include _a.md >}}\n",
        {"_a__md": "---\ntitle: b\n---\n"},
        "_a.md:1: an included file has front matter\n    ---\n    → keep front matter in the report itself",
    ),
    "a fault inside": (
        "{{< include _a.md >}}\n",
        {"_a__md": "Words.\n\n@sec-none\n"},
        (
            "_a.md:3: nothing in the report has the label 'sec-none'\n    @sec-none\n    ^\n"
            "    → give the section that label, or correct the reference"
        ),
    ),
}


@pytest.mark.parametrize(("body", "files", "expected"), INCLUDE_CASES.values(), ids=INCLUDE_CASES)
def test_includes(write, body, files, expected):
    assert message(refused(write(body, **files))) == expected


def test_a_link_out_of_the_folder_is_no_way_out(write, tmp_path):
    (tmp_path / "secret.md").write_text("secret")
    source = write("{{< include _a.md >}}\n")
    (source.parent / "_a.md").symlink_to(tmp_path / "secret.md")
    assert "leaves the folder of the report" in message(refused(source))


def test_figures_and_tables_may_come_from_cells(write):
    lint(read(write(CELL + "\nSee @fig-later and @tbl-later.\n")))


def test_a_source_that_is_no_text_is_refused(write):
    source = write("")
    source.write_bytes(b"---\ntitle: \xff\n---\n")
    assert message(refused(source)) == "champions.qmd:1: the file is not UTF-8 text\n    → save it as UTF-8"


def test_a_long_line_is_cut_in_the_message(write):
    assert message(refused(write("word " * 60 + "@sec-none\n"))).splitlines()[1] == "    " + ("word " * 60)[:109] + "…"
