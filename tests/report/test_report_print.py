"""The printed formats, read back: what stands in a Word document and a PDF, and that nothing in it can do harm."""

from __future__ import annotations

import io
import json
import re
import subprocess
import zipfile

import pytest

from lvrn_eval.errors import ReportError
from lvrn_eval.report.execute import Execution, Shown
from lvrn_eval.report.pandoc import program
from lvrn_eval.report.pandoc.docx import reference
from lvrn_eval.report.pandoc.pdf import drawable
from lvrn_eval.report.render import render
from lvrn_eval.report.tables import escape

FRONT = """---
title: "Did #it fall? <&>"
subtitle: "For $5 @everybody"
author: [One Person, Another]
date: 2025-03-31
toc: true
number-sections: true
---
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"><rect width="9" height="9"/></svg>'
HOSTILE = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://example.org")',
    "{{< include /etc/passwd >}}",
    "# Heading *bold* _em_ `code` [a](b) ![c](d)",
    "\\input{/etc/passwd} \\textbf{x} $x^2$ %",
    '#read("/etc/passwd")',
    "#panic() @ref <label> $ x $ // gone /* gone */",
    "= Heading",
    "- item + item / term: x",
    "~ -- --- ... 'a' \"b\"",
    "https://example.org/a_b?c=d&e=f",
    "\u05d0\u05d1 and \u0627\u0628",
    '#import "@preview/a:1.0.0"; #let x = 1; #x',
    "100% \\u{41} ]; [ ) ( } {",
]
LONG = "W" * 10_000


@pytest.fixture
def shows(monkeypatch):
    """Stand in for the kernel: each cell shows these Markdown texts, each expression the first of them."""

    def pretend(*texts: str):
        shown = tuple(Shown("markdown", text) for text in texts)
        execution = lambda document, **_: Execution([shown] * len(document.cells), [])  # noqa: E731
        monkeypatch.setattr("lvrn_eval.report.execute.execute", execution)

    return pretend


def pdf_text(path, *switches):
    ran = subprocess.run(["pdftotext", *switches, path, "-"], capture_output=True, check=True)
    return ran.stdout.decode().replace("\u200b", "")


def tree_of(docx):
    ran = subprocess.run([program(), "-f", "docx", "-t", "json", docx], capture_output=True, check=True)
    return json.loads(ran.stdout)


def plain(docx):
    command = [program(), "-f", "docx", "-t", "plain", "--wrap=none", docx]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def part(docx, name="word/document.xml"):
    with zipfile.ZipFile(docx) as archive:
        return archive.read(name).decode()


def found(node, kind):
    """Yield every element of a kind in pandoc's tree."""
    if isinstance(node, dict):
        if node.get("t") == kind:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from found(child, kind)


BODY = """::: {.banner}
Synthetic.
:::

See @fig-a, @tbl-b and @sec-first.

## First {#sec-first}

![A drawing.](a.svg){#fig-a fig-alt="A black square"}

### Below

| Trust | People |
|:------|-------:|
| a     |     12 |

: By trust. {#tbl-b}

::: {.table-note}
A note.
:::

::: {.callout-tip}
## Read this
Words.
:::

{{< pagebreak >}}

::: {.panel-tabset}
#### One
Tab one.
:::

```python
x = 1
```

See [the page](champions.qmd#sec-first).

$$ a^2 $$ {#eq-a}
"""


@pytest.fixture
def printed(write, tmp_path):
    source = write(BODY, front=FRONT, a__svg=SVG)
    return render(source, tmp_path / "out", formats=("docx", "pdf"), engine="builtin").pages


def test_a_word_document_has_native_captions_real_tables_and_words_for_pictures(printed):
    tree, document = tree_of(printed["docx"]), part(printed["docx"])
    assert [header["c"][0] for header in found(tree["blocks"], "Header")] == [1, 2]
    assert re.findall(r'w:instr=" (SEQ \w+) ', document) == ["SEQ Figure", "SEQ Table"]
    assert re.findall(r'<w:pStyle w:val="(\w+Caption)"', document) == ["ImageCaption", "TableCaption"]
    assert re.search(r'w:tblCaption w:val=" ?By trust\."', document)
    assert document.count("<w:tblHeader") == 1
    assert 'descr="A black square"' in document
    # the table of contents has its entries, links to bookmarks that are there, before Word renews it
    assert re.findall(r'w:anchor="([\w-]+)" w:history', document) == ["sec-first", "below"]
    assert {"sec-first", "below", "fig-a", "tbl-b"} <= set(
        re.findall(r'w:bookmarkStart [^>]*w:name="([\w-]+)"', document)
    )
    for style in ("Banner", "CalloutTip", "TableNote", "Colophon", "Title"):
        assert f'<w:pStyle w:val="{style}"' in document
    assert "http" not in part(printed["docx"], "word/_rels/document.xml.rels").replace("http://schemas.", "")
    assert 'w:lang w:bidi="ar-SA" w:eastAsia="en-GB" w:val="en-GB"' in part(printed["docx"], "word/styles.xml")


def test_a_picture_in_a_word_document_is_sharp_and_as_large_as_it_was_drawn(printed):
    with zipfile.ZipFile(printed["docx"]) as archive:
        (name,) = [name for name in archive.namelist() if name.startswith("word/media/")]
        picture = archive.read(name)
    assert [int.from_bytes(picture[at : at + 4], "big") for at in (16, 20)] == [300, 150]
    # 914,400 units to the inch
    assert 'wp:extent cx="914400" cy="457200"' in part(printed["docx"])


def test_a_word_document_ends_with_what_made_it_and_has_running_heads(printed):
    last = plain(printed["docx"]).strip().splitlines()[-1]
    assert re.fullmatch(
        r"Rendered by the built-in engine of lvrn-eval \S+ \(pandoc \S+, typst \S+, Python \S+, .*\)\.", last
    )
    head = next(name for name in zipfile.ZipFile(printed["docx"]).namelist() if "header" in name and "rels" not in name)
    assert "Did #it fall? &lt;&amp;&gt;" in part(printed["docx"], head)
    assert "NUMPAGES" in part(printed["docx"], "word/footer1.xml")


def test_the_styles_of_a_word_document_are_the_same_bytes_every_time():
    assert reference("A & B") == reference("A & B")
    with zipfile.ZipFile(io.BytesIO(reference("A & B", marked=True))) as archive:
        assert "A &amp; B" in archive.read("word/header1.xml").decode()
        assert "Not for release" in archive.read("word/header1.xml").decode()
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_pdf_says_that_it_can_be_read_by_everybody(printed):
    content = printed["pdf"].read_bytes()
    for mark in (b"pdfuaid:part>1<", b"/Lang(en-GB)", b"/Marked true", b"/DisplayDocTitle true"):
        assert mark in content
    assert b"Did #it fall? &lt;&amp;>" in content or b"Did #it fall? &lt;&amp;&gt;" in content


@pytest.mark.needs("poppler-utils")
def test_a_pdf_has_a_cover_contents_running_heads_and_page_numbers(printed):
    pages = pdf_text(printed["pdf"]).split("\f")
    words = [" ".join(page.split()) for page in pages]
    assert words[0] == "Did #it fall? <&> For $5 @everybody One Person, Another · 31 March 2025"
    assert words[1].startswith("Did #it fall? <&> Contents 1 First")
    assert words[1].replace(" ", "").endswith("2/4")
    assert "See Figure 1, Table 1 and Section 1." in words[2]
    assert "TIP Read this Words." in words[2]
    assert "See the page." in words[3]
    assert re.search(r"Rendered by the built-in engine of lvrn-eval \S+ \(pandoc \S+, typst \S+, Python", words[3])


@pytest.mark.needs("poppler-utils")
def test_a_long_table_repeats_its_heads_on_every_page(write, tmp_path):
    rows = "\n".join(f"| row {n} | {n} |" for n in range(120))
    body = f"## A\n\n| Name of it | Number of it |\n|:--|--:|\n{rows}\n\n: Long. {{#tbl-a}}\n"
    path = render(write(body), tmp_path / "out", formats=["pdf"], engine="builtin").path
    pages = [page for page in pdf_text(path).split("\f") if "row" in page]
    assert len(pages) > 2
    assert all("Name of it" in page for page in pages)


@pytest.mark.needs("poppler-utils")
def test_a_table_too_wide_for_the_page_becomes_smaller_and_loses_nothing(write, tmp_path):
    table = "|" + "|".join(f" Month {n} " for n in range(24)) + "|\n|" + "--:|" * 24 + "\n|" + " 1,000 |" * 24
    path = render(write(f"## A\n\n{table}\n\n: Wide. {{#tbl-a}}\n"), tmp_path, formats=["pdf"], engine="builtin").path
    words = pdf_text(path, "-f", "2", "-bbox")
    assert len(re.findall(r'xMax="([\d.]+)"[^>]*>Month<', words)) == 24
    assert len(re.findall(r">1,000<", words)) == 24
    assert max(float(edge) for edge in re.findall(r'xMax="([\d.]+)"', words)) < 595.28 - 60


def hostile_table():
    return "| Value | n |\n|:--|--:|\n" + "\n".join(f"| {escape(value)} | 1 |" for value in [*HOSTILE, LONG])


@pytest.fixture
def hostile(write, tmp_path, shows):
    shows(
        "\n\n".join(escape(value, 20_000) for value in [*HOSTILE, LONG]), f"{hostile_table()}\n\n: Values. {{#tbl-a}}"
    )
    body = "```{python}\n#| label: a\n1\n```\n"
    return render(write(body), tmp_path / "out", formats=("docx", "pdf"), engine="builtin").pages


def test_hostile_values_are_text_in_a_word_document(hostile):
    text, document = plain(hostile["docx"]), part(hostile["docx"])
    for value in HOSTILE:
        assert text.count(value) == 2, value
    assert LONG in text
    assert "HYPERLINK" not in "".join(re.findall(r"<w:(?:instrText|fldSimple)[^>]*>[^<]*", document))
    assert "w:hyperlink r:id" not in document


@pytest.mark.needs("poppler-utils")
def test_hostile_values_are_text_in_a_pdf(hostile):
    text = "".join(pdf_text(hostile["pdf"]).split())
    for value in HOSTILE:
        # right-to-left words are laid out from the right, and come back in another order
        if value.isascii():
            assert text.count("".join(value.split())) == 2, value
    assert text.count("W") >= len(LONG)
    assert b"/URI" not in hostile["pdf"].read_bytes()


def test_a_character_that_no_font_has_is_replaced():
    assert drawable("a✓−∞\u200b\n") == "a✓−∞\u200b\n"
    assert drawable("\U00020000\ue000x") == "\ufffd\ufffdx"


@pytest.mark.needs("poppler-utils")
def test_content_depends_on_format_and_audience(write, tmp_path):
    body = """
::: {.content-visible when-profile="public"}
For everybody.
:::

::: {.content-visible unless-profile="public"}
For the few.
:::

::: {.content-visible when-format="pdf"}
In print.
:::

::: {.content-hidden when-format="docx" when-profile="arc"}
Not in Word for the few.
:::
"""
    source = write(body)
    seen = {}
    for audience in ("arc", "public"):
        pages = render(source, tmp_path / audience, formats=("docx", "pdf"), audience=audience, engine="builtin").pages
        seen[audience] = plain(pages["docx"]), pdf_text(pages["pdf"])
    words = ("For everybody.", "For the few.", "In print.", "Not in Word for the few.")
    found_words = {
        key: ["".join("x" if word in text else "-" for word in words) for text in texts] for key, texts in seen.items()
    }
    assert found_words == {"arc": ["-x--", "-xxx"], "public": ["x--x", "x-xx"]}


def test_mathematics_and_pictures_need_words_in_print_too(write, tmp_path):
    with pytest.raises(ReportError, match="an image has no alternative text"):
        render(write("![][a] here\n\n[a]: a.svg\n", a__svg=SVG), tmp_path / "out", formats=["pdf"], engine="builtin")
    assert not (tmp_path / "out").exists()


def test_a_format_or_an_audience_that_does_not_exist(write, tmp_path):
    with pytest.raises(ReportError) as caught:
        render(write("Words.\n"), tmp_path / "out", formats=["pfd"], audience="publik")
    assert str(caught.value) == (
        "the report is not rendered\n"
        "  formats: unknown format 'pfd'\n      → did you mean 'pdf'?\n"
        "  audience: unknown audience 'publik'\n      → did you mean 'public'?"
    )
    with pytest.raises(ReportError, match="no format is asked for"):
        render(write("Words.\n"), tmp_path / "out", formats=[])
