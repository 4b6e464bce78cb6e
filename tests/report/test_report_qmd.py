from __future__ import annotations

import datetime as dt

import pytest

from lvrn_eval.report.qmd import Cell, Prose, read
from lvrn_eval.report.yaml_block import BlockError, Line, read_block


def lines(text):
    return [Line(line, "a.qmd", number) for number, line in enumerate(text.split("\n"), 1)]


def block(text):
    return read_block(lines(text), text.split("\n"))


def test_a_source_is_split_into_prose_and_cells(write):
    document = read(write("One.\n\n```{python}\n#| label: a\n#| echo: false\n\nx = 1\nx\n```\n\nTwo.\n"))
    one, cell, two = document.parts
    assert isinstance(one, Prose)
    assert isinstance(cell, Cell)
    assert (one.text, two.text) == ("One.\n", "\nTwo.\n")
    assert (cell.label, dict(cell.options.values)) == ("a", {"label": "a", "echo": False})
    assert cell.source == "\nx = 1\nx"
    assert [line.where for line in cell.code] == ["champions.qmd:9", "champions.qmd:10", "champions.qmd:11"]
    assert cell.opening.where == "champions.qmd:6"
    assert document.problems == ()


def test_shown_code_is_prose_even_when_it_holds_a_cell(write):
    document = read(write("````\n```{python}\n1\n```\n````\n\n```{.python}\n`{python} x`\n```\n"))
    assert document.cells == ()
    assert document.prose[0].expressions == ()


def test_inline_expressions_are_found_with_their_lines(write):
    document = read(write("There are `{python} n` and\n`{python} f(a,\n  2)` of `n`, not `` `{python} x` `` here.\n"))
    first, second = document.prose[0].expressions
    assert (first.code, first.line.number) == ("n", 4)
    assert (second.code, second.line.number) == ("f(a,   2)", 5)
    assert document.prose[0].text[first.start : first.end] == "`{python} n`"


def test_code_in_comments_is_not_run(write):
    assert read(write("<!-- `{python} n` -->\n")).prose[0].expressions == ()


def test_an_escaped_backtick_opens_no_code(write):
    assert read(write("\\`{python} n`\n")).prose[0].expressions == ()


def test_includes_are_replaced_by_their_lines_which_keep_their_names(write):
    source = write("{{< include _a.md >}}\n\nEnd.\n", _a__md="From a.\n\n{{< include _b.md >}}", _b__md="From b.")
    (prose,) = read(source).parts
    assert [(line.text, line.where) for line in prose.lines if line.text] == [
        ("From a.", "_a.md:1"),
        ("From b.", "_b.md:1"),
        ("End.", "champions.qmd:6"),
    ]


def test_an_include_in_shown_code_is_left_alone(write):
    (prose,) = read(write("```\n{{< include _a.md >}}\n```\n")).parts
    assert "{{< include _a.md >}}" in prose.text


def test_words_blank_all_code_and_keep_every_place(write):
    (prose,) = read(write("a `b` <!-- c --> d\n\n```\ne\n```\nf\n")).parts
    assert prose.words.split() == ["a", "d", "f"]
    assert len(prose.words) == len(prose.text)
    at = prose.words.index("f")
    assert (prose.line_at(at).number, prose.column_at(at)) == (9, 0)


def test_windows_line_ends_are_line_ends(tmp_path):
    source = tmp_path / "a.qmd"
    source.write_bytes(b"---\r\ntitle: x\r\n---\r\n```{python}\r\n#| label: a\r\n1\r\n```\r\n")
    document = read(source)
    assert document.front.values == {"title": "x"}
    assert document.cells[0].source == "1"


def test_options_come_from_the_project_the_page_and_the_format_in_that_order(write):
    front = "---\ntitle: x\ntoc: true\nformat:\n  html:\n    code-fold: true\nexecute:\n  echo: false\n---\n"
    project = "project:\n  type: default\ntoc: false\nlang: en-GB\nexecute:\n  warning: false\n  echo: true\n"
    source = write("```{python}\n#| label: a\n#| warning: true\n1\n```\n", front=front, _quarto__yml=project)
    document = read(source)
    assert document.options("html") == {"title": "x", "toc": True, "lang": "en-GB", "code-fold": True}
    options = document.cell_options(document.cells[0], "html")
    assert {key: options[key] for key in ("echo", "warning", "code-fold", "label")} == {
        "echo": False,
        "warning": True,
        "code-fold": True,
        "label": "a",
    }


def test_a_cell_runs_unless_eval_is_false(write):
    cells = "```{python}\n#| label: a\n1\n```\n\n```{python}\n#| label: b\n#| eval: false\n1\n```\n"
    document = read(write(cells))
    assert [document.runs(cell) for cell in document.cells] == [True, False]


def test_a_block_keeps_the_line_of_every_key():
    found = block("title: x\nformat:\n  html:\n    toc: true\ndate: 2025-03-31\nlist: [a, 1, 1.5, null]\n")
    assert found.values == {
        "title": "x",
        "format": {"html": {"toc": True}},
        "date": dt.date(2025, 3, 31),
        "list": ["a", 1, 1.5, None],
    }
    assert type(found.values["format"]) is dict
    assert found.lines["format", "html", "toc"].number == 4
    assert block("# only a comment").values == {}


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: 1\nb: [2\n", 3, "this is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: 1\na: 2\n", 2, 'this is not YAML: found duplicate key "a" with value "2" (original value: "1")'),
        ("- a\n", 1, "this is not a list of `name: value` lines"),
        ("only words\n", 1, "this is not a list of `name: value` lines"),
    ],
)
def test_a_block_that_is_no_mapping_is_refused_at_its_line(text, line, what):
    with pytest.raises(BlockError) as caught:
        block(text)
    assert (caught.value.line.number, caught.value.what) == (line, what)
