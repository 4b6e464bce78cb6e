"""The built-in engine from source to page: what cells show, what hostile values become, the same bytes every time."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from lvrn_eval.errors import ReportError
from lvrn_eval.report.execute import Execution, Shown
from lvrn_eval.report.qmd import read
from lvrn_eval.report.render import DEFAULT_EPOCH, _epoch, render

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "`<b>x</b>`{=html}",
    "{{< include /etc/passwd >}}",
    "`{python} 1/0`",
    "![x](/etc/passwd)",
    "![x](http://example.org/x.png)",
    "[x](javascript:alert(1))",
    '[a]{onclick="alert(1)" style="color: red"}',
    "<div onclick=x>",
    "$$\\foo{$$",
    "\\input{/etc/passwd}",
    "@somebody",
    "x[^1] ^[note]",
    "<!-- hidden -->",
    "&lt;b&gt;",
    "<javascript:alert(1)>",
    '=HYPERLINK("x")',
    "\u202egnp.exe",
    "W" * 10_000,
    "(@foo) 'quoted' -- \"x\"...",
]

ALL = ("html", "docx", "pdf")

REPORT = """---
title: Everything a report does
date: 2025-03-31
toc: true
number-sections: true
execute:
  echo: false
---

::: {.banner}
**Synthetic data.** Nobody in this report is real.
:::

```{python}
#| label: setup
#| include: false
import base64, warnings
import matplotlib.pyplot as plt
import html

class Frame:
    # as pandas shows a frame
    def __init__(self, values): self.values = values
    def _repr_html_(self):
        rows = "".join(f"<tr><th>{n}</th><td>{html.escape(v)}</td></tr>" for n, v in enumerate(self.values))
        return (
            '<div><style scoped>.dataframe { color: red }</style><table border="1" class="dataframe">'
            f'<thead><tr><th></th><th onclick="x">value</th></tr></thead><tbody>{rows}</tbody></table></div>'
        )

class Shown:
    def __init__(self, text): self.text = text
    def _repr_markdown_(self): return self.text

svg = base64.b64encode(
    b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><script>alert(1)</script>'
    b'<rect width="9" height="9"/></svg>').decode()
values = VALUES
```

## What cells show

See @fig-plot, @fig-address, @tbl-pipe, @tbl-frame and @tbl-own.

```{python}
#| label: fig-plot
#| fig-cap: "A *plot*."
#| fig-alt: "A line that rises."
fig, ax = plt.subplots(figsize=(7, 2))
ax.plot([1, 2, 3], label="a < b")
ax.legend()
plt.show()
```

```{python}
#| label: address
Shown(f'![A drawing of @tbl-pipe.](data:image/svg+xml;base64,{svg})' + '{#fig-address fig-alt="A <b>square</b>" '
    'onclick="alert(1)" style="background:url(http://example.org)" width="50%"}')
```

```{python}
#| label: pipe
Shown("| Trust | People |\\n|:--|--:|\\n| Burnley | 12 |\\n\\n: By trust. {#tbl-pipe}")
```

```{python}
#| label: tbl-own
#| tbl-cap: "Captioned by its cell."
Shown("| " + " | ".join(f"Month {n}" for n in range(24)) + " |\\n" + "|--:" * 24 + "|\\n" + "| 1000 " * 24 + "|")
```

```{python}
#| label: tbl-frame
#| tbl-cap: "Hostile values in a frame."
Frame(values)
```

### Printed

```{python}
#| label: folded
#| echo: true
#| code-fold: true
#| code-summary: "Show the <code>"
print("\\n".join(values[:20]))
```

```{python}
#| label: asis
#| output: asis
print("### Shown `as is` <b>x</b>\\n\\n- one\\n- two")
```

```{python}
#| label: warned
#| warning: false
warnings.warn("not seen")
print("seen")
```

```{python}
#| label: warned-too
warnings.warn("also seen")
```

```{python}
#| label: silent
#| output: false
print("not shown")
```

## Hostile values {#sec-hostile}

```{python}
#| label: hostile
Shown("\\n\\n".join(values) + "\\n\\n<script>\\nalert(3)\\n</script>\\n"
    "\\n```{=html}\\n<script>alert(2)</script>\\n```\\n")
```

```{python}
#| label: tbl-hostile
#| tbl-cap: "Hostile values in a table."
Shown("| a | b |\\n|---|--:|\\n" + "\\n".join(f"| {v} | 1 |" for v in values))
```

```{python}
#| label: unclosed
Shown("::: {.content-hidden}\\nStill here.")
```

Inline: `{python} values[0]`, `{python} "# x\\n\\n" + values[2]`, `{python} Shown("**bold** " + values[1])`.
""".replace("VALUES", repr(HOSTILE))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("reports") / "everything.qmd"
    path.write_text(REPORT, "utf-8")
    return path


@pytest.fixture(scope="module")
def rendered(source, tmp_path_factory):
    return render(source, tmp_path_factory.mktemp("pages"), formats=ALL, engine="builtin")


@pytest.fixture(scope="module")
def page(rendered, parsed):
    return parsed(rendered.path)


def words(elements):
    return [element.text for element in elements]


def test_what_was_rendered_and_with_what(rendered, source):
    assert rendered.path.name == "everything.html"
    assert rendered.engine == "builtin"
    assert sorted(rendered.versions) == ["ipykernel", "ipython", "lvrn-eval", "nbclient", "pandoc", "python", "typst"]
    html = rendered.path.read_text("utf-8")
    assert f"pandoc {rendered.versions['pandoc']}" in html
    assert "ipykernel_" not in html
    assert str(source.parent) not in html
    assert [path.name for path in rendered.pages.values()] == [f"everything.{to}" for to in ALL]
    assert [path.name for path in source.parent.iterdir()] == ["everything.qmd"]


def test_the_same_bytes_every_time(rendered, source, tmp_path):
    again = render(source, tmp_path, formats=ALL, engine="builtin", environment={"TZ_OF_NO_USE": "x"})
    for to in ALL:
        assert again.pages[to].read_bytes() == rendered.pages[to].read_bytes(), to


def test_code_runs_once_for_all_formats(write, tmp_path):
    body = "```{python}\n#| label: count\nopen('ran.txt', 'a').write('x')\n```\n"
    source = write(body)
    render(source, tmp_path / "out", formats=ALL, engine="builtin")
    assert (source.parent / "ran.txt").read_text() == "x"


def test_what_cells_show_is_numbered_in_the_order_of_the_page(page):
    figures = {figure["id"]: figure.one("figcaption").text for figure in page.all("figure")}
    assert figures == {"fig-plot": "Figure 1. A plot.", "fig-address": "Figure 2. A drawing of Table 1."}
    tables = {table["id"]: table.one("caption").text for table in page.all("table")}
    assert tables == {
        "tbl-pipe": "Table 1. By trust.",
        "tbl-own": "Table 2. Captioned by its cell.",
        "tbl-frame": "Table 3. Hostile values in a frame.",
        "tbl-hostile": "Table 4. Hostile values in a table.",
    }
    sentence = next(text for text in words(page.all("p")) if text.startswith("See"))
    assert sentence == "See Figure 1, Figure 2, Table 1, Table 3 and Table 2."
    assert [image["alt"] for image in page.all("img")] == ["A line that rises.", "A <b>square</b>"]


def test_a_cell_option_does_what_it_says(page):
    text = page.one("main").text
    assert "not seen" not in text
    assert "not shown" not in text
    assert "seen" in words(page.all("pre", class_="cell-output"))
    (stderr,) = words(page.all("pre", class_="cell-output-stderr"))
    assert stderr.startswith("<cell>:1: UserWarning: also seen")
    folded = page.one("details", class_="code-fold")
    assert folded.one("summary").text == "Show the <code>"
    assert 'print("\\n".join(values[:20]))' in folded.text


def test_markdown_that_a_cell_prints_becomes_sections(page):
    assert words(page.all("h3")) == ["1.1 Printed", "1.2 Shown as is <b>x</b>"]
    assert {"one", "two"} <= set(words(page.one("main").all("li")))
    assert page.one("nav").all("a")[2]["href"] == "#shown-as-is-b-x-b"


def test_hostile_values_come_out_as_text(page):
    section = page.one("section", id="sec-hostile")
    paragraphs = words(section.all("p"))
    for value in HOSTILE:
        if value.startswith(("`", "[x](", "[a]", "x[", "&", "<javascript")):
            continue
        assert value.lstrip("\u202e") in paragraphs
    # marks of Markdown are read as such, and do no harm
    assert {"<b>x</b>{=html}", "{python} 1/0", "x", "a", "x[^1] ^[note]", "<b>", "javascript:alert(1)"} <= set(
        paragraphs
    )
    assert "Still here." in paragraphs
    assert "<script> alert(3) </script>" in paragraphs
    last = paragraphs[-1]
    assert last == "Inline: <script>alert(1)</script>, # x `<b>x</b>`{=html}, bold <img src=x onerror=alert(1)>."


def test_hostile_values_in_a_frame_keep_every_character_but_turned_directions(page):
    cells = [row.all("td")[0].raw for row in page.one("table", id="tbl-frame").one("tbody").all("tr")]
    assert cells == [value.lstrip("\u202e") for value in HOSTILE]
    assert page.one("table", id="tbl-frame").all("th")[1].attributes == {"scope": "col"}


def test_nothing_on_the_page_runs_or_fetches(page):
    allowed = {
        *("id", "class", "href", "lang", "name", "content", "charset", "role", "tabindex", "aria-label", "scope"),
        *("src", "alt", "style", "aria-labelledby", "aria-hidden", "http-equiv"),
    }
    assert page.all("script") == page.all("b") == page.all("iframe") == []
    for element in page.all():
        assert set(element.attributes) <= allowed, element
        assert re.fullmatch(r"(text-align: \w+;)?(width:[\d.]+%)?", element.attributes.get("style") or "")
        assert re.match(r"#|https?:|$", element.attributes.get("href") or "")
        assert re.match(r"data:image/svg\+xml;base64,|$", element.attributes.get("src") or "")


REFUSED = {
    "two pictures": (
        ("image", "image"),
        "#| label: a\n#| fig-alt: x",
        "champions.qmd:4: cell a shows 2 pictures\n    → show one picture a cell",
    ),
    "a picture without words": (
        ("image",),
        "#| label: a",
        (
            "champions.qmd:4: cell a shows a picture without alternative text\n"
            "    → say what it shows in a line `#| fig-alt: …`"
        ),
    ),
    "words without a picture": (
        ("text",),
        "#| label: a\n#| fig-alt: x",
        (
            "champions.qmd:4: cell a has fig-alt but shows no picture of its own\n"
            "    → remove the option; Markdown carries its own alternative text"
        ),
    ),
    "no caption": (
        ("text",),
        "#| label: tbl-a",
        "champions.qmd:4: cell tbl-a has no caption\n    → say it in a line `#| tbl-cap: …`",
    ),
    "two captions": (
        ("| a |\n|---|\n| 1 |\n\n: Words. {#tbl-a}",),
        "#| label: tbl-a\n#| tbl-cap: Words",
        (
            "champions.qmd:4: cell tbl-a has two captions: its own option, and one in what it shows\n"
            "    → remove the option"
        ),
    ),
    "a label twice": (
        ("::: {#x}\nA\n:::\n\n::: {#x}\nB\n:::",),
        "#| label: a",
        'champions.qmd: the label "x" is given more than once\n    → give each its own label',
    ),
    "a reference to nothing": (
        ("See @fig-none.",),
        "#| label: a",
        "champions.qmd:4: what this cell shows refers to @fig-none, which nothing has as its label",
    ),
    "a heading out of order": (
        ("# Top",),
        "#| label: a",
        (
            "champions.qmd:4: this cell shows a heading of level 1 below one of level 1\n"
            "    → headings go down one level at a time, from level 2"
        ),
    ),
}


def pretend(monkeypatch, *shown):
    """Stand in for the kernel: every cell shows these."""

    def execution(document, **_):
        return Execution([tuple(shown)] * len(document.cells), [tuple(shown)] * 9)

    monkeypatch.setattr("lvrn_eval.report.execute.execute", execution)


@pytest.mark.parametrize(("shows", "options", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_a_cell_may_not_show(write, tmp_path, monkeypatch, shows, options, expected):
    kinds = {"image": Shown("image", "data:image/png;base64,AA=="), "text": Shown("text", "words")}
    pretend(monkeypatch, *(kinds.get(show, Shown("markdown", show)) for show in shows))
    with pytest.raises(ReportError) as caught:
        render(write(f"```{{python}}\n{options}\n1\n```\n"), tmp_path / "out", engine="builtin")
    assert "\n".join(map(str, caught.value.faults)).startswith(expected)


def test_a_reference_that_no_cell_made_good_is_told_at_its_line(write, tmp_path, monkeypatch):
    pretend(monkeypatch, Shown("text", "words"))
    body = "```{python}\n#| label: a\n1\n```\n\nSee @fig-later,\nand @tbl-later.\n"
    with pytest.raises(ReportError) as caught:
        render(write(body), tmp_path / "out", engine="builtin")
    assert [str(fault).splitlines()[0] for fault in caught.value.faults] == [
        "champions.qmd:9: nothing in the report has the label 'fig-later'",
        "champions.qmd:10: nothing in the report has the label 'tbl-later'",
    ]


def test_an_expression_gives_one_line(write, tmp_path, monkeypatch):
    pretend(monkeypatch, Shown("markdown", "one\n\ntwo"))
    with pytest.raises(ReportError, match=r"champions\.qmd:4: this expression gives more than one line of Markdown"):
        render(write("`{python} x`\n"), tmp_path / "out", engine="builtin")


def test_cells_that_show_the_same_heading_get_their_own_places(write, tmp_path, monkeypatch, parsed):
    pretend(monkeypatch, Shown("markdown", "## Results\n\n## 2024\n\n## ???"))
    body = "```{python}\n#| label: a\n1\n```\n\n```{python}\n#| label: b\n1\n```\n"
    page = parsed(render(write(body), tmp_path / "out", engine="builtin").path)
    assert [part["id"] for part in page.all("section")] == [
        *("results", "section", "section-2", "results-2", "section-3", "section-4"),
    ]


def test_a_failure_leaves_the_old_page(write, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "champions.html").write_text("old")
    with pytest.raises(ReportError):
        render(write('<p onclick="x">a</p>\n'), out, engine="builtin")
    assert [path.read_text() for path in out.iterdir()] == ["old"]


def test_a_source_that_is_not_there(tmp_path):
    with pytest.raises(ReportError, match=r"there is no report source 'none\.qmd' in "):
        render(tmp_path / "none.qmd", tmp_path)


def test_the_time_that_stands_for_now(write, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    dated = read(write("", front="---\ntitle: x\ndate: 1970-01-02\n---\n"))
    assert _epoch(dated, {}) == 86_400
    assert _epoch(dated, {"SOURCE_DATE_EPOCH": "5"}) == 5
    assert _epoch(read(write("")), {}) == DEFAULT_EPOCH
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "7")
    assert _epoch(dated, {}) == 7
    with pytest.raises(ReportError, match="the variable is not a number of seconds"):
        _epoch(dated, {"SOURCE_DATE_EPOCH": "today"})


def test_importing_the_renderer_imports_nothing_heavy():
    heavy = ["nbclient", "pypandoc", "jupyter_client", "pandas", "matplotlib", "ruamel.yaml"]
    code = f"import sys, lvrn_eval.report.render; print([n for n in {heavy} if n in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert ran.stdout == "[]\n"
