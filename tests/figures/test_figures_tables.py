"""Tables as Markdown: exact on small frames, and plain text again after pandoc whatever is in a cell."""

from __future__ import annotations

import html
import math
import re
import string

import pandas as pd
import pypandoc
import pytest

from lvrn_eval.errors import ReportError
from lvrn_eval.report import numbers
from lvrn_eval.report.tables import Format, code, escape, markdown_table
from lvrn_eval.report.wording import clean, group_name, listed, plain_name

HOSTILE = (
    "*bold* _em_ **b** `code` ~~gone~~ ^up^ ~down~",
    "[link](https://example.org) ![picture](x.png) <https://example.org>",
    "<script>alert(1)</script> <b>b</b> &lt; &amp; &#65;",
    "$x$ $$y$$ \\frac{1}{2} \\textbf{x}",
    "{{< include secret.qmd >}} {{< meta title >}} {.class} {#id}",
    "`{python} 1 + 1` @fig-flow [@citation] ^[a note]",
    "a | b || c \\| d",
    "--- -- ... 'single' \"double\"",
    "1. one - two # three > four + five : six",
    string.punctuation,
)


def to_html(markdown, extensions="markdown"):
    return pypandoc.convert_text(markdown, "html", format=extensions, extra_args=["--wrap=none"])


def cells_of(page):
    return [
        html.unescape(re.sub(r"\s+", " ", cell)).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)
    ]


def test_a_table_is_exactly_this():
    frame = pd.DataFrame(
        {"site": ["burnley", "preston"], "people": [1_204, 7], "rate": [0.5, 12.25], "p": [0.0004, 0.25]}
    )
    made = markdown_table(
        frame,
        headings={"site": "Site", "people": "People", "rate": "Rate", "p": "p"},
        caption="Who & where",
        label="tbl-sites",
        formats={"p": "p_value"},
    )
    assert made == (
        "| Site | People | Rate | p |\n"
        "|:-----------|----------:|---------:|-----------:|\n"
        "| burnley | 1,204 | 0.50 | \\< 0.001 |\n"
        "| preston | 7 | 12.25 | 0.250 |\n"
        "\n"
        ": Who \\& where {#tbl-sites}\n"
    )


def test_hidden_and_missing_are_told_apart_and_explained():
    frame = pd.DataFrame({"people": pd.array([12, None, None], dtype="Int64"), "label": ["a", None, ""]})
    hidden = pd.DataFrame({"people": [False, True, False], "label": [False, False, False]})
    made = markdown_table(frame, headings={"label": "L", "people": "P"}, suppressed=hidden)
    assert made == (
        "| L | P |\n"
        "|:--------|--------:|\n"
        "| a | 12 |\n"
        "| \\[x\\] | \\[c\\] |\n"
        "|  | \\[x\\] |\n"
        "\n"
        "::: {.table-note}\n"
        "\\[c\\] hidden, because a small number could point to a person\\. \\[x\\] not available\\.\n"
        ":::\n"
    )


def test_only_signs_that_occur_are_explained():
    frame = pd.DataFrame({"x": [1.5, math.inf]})
    assert "∞ without limit" in markdown_table(frame, headings={"x": "X"})
    assert "table-note" not in markdown_table(frame[:1], headings={"x": "X"})


def test_a_mask_may_say_nothing_about_a_column():
    frame = pd.DataFrame({"people": [12, 3], "name": ["a", "b"]}, index=[7, 9])
    hidden = pd.DataFrame({"people": [False, True]}, index=[7, 9])
    made = markdown_table(frame, headings={"people": "P", "name": "N"}, suppressed=hidden)
    assert made.splitlines()[2:4] == ["| 12 | a |", "| \\[c\\] | b |"]


def test_a_hidden_value_left_in_the_frame_is_not_shown():
    frame = pd.DataFrame({"people": [12, 3], "name": ["a", "secret"]})
    hidden = pd.DataFrame({"people": [False, True], "name": [False, True]})
    made = markdown_table(frame, headings={"people": "P", "name": "N"}, suppressed=hidden)
    assert "3" not in made
    assert "secret" not in made


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_cells_come_out_as_they_went_in(text):
    frame = pd.DataFrame({"cell": [text, "next"]})
    page = to_html(markdown_table(frame, headings={"cell": text}, caption=text, label="tbl-x"))
    assert cells_of(page) == [text, "next"]
    assert html.unescape(re.search(r"<th [^>]*>(.*?)</th>", page, re.DOTALL)[1]) == text
    assert html.unescape(re.search(r"<caption>(.*?)</caption>", page, re.DOTALL)[1]) == text
    assert 'id="tbl-x"' in page


def test_hostile_cells_survive_every_extension_quarto_uses():
    extensions = "markdown+smart+emoji+autolink_bare_uris+mark+wikilinks_title_after_pipe+short_subsuperscripts"
    frame = pd.DataFrame({"cell": [*HOSTILE, "https://example.org :smile: ==mark== x^2 [[wiki]]"]})
    page = to_html(markdown_table(frame, headings={"cell": "C"}), extensions)
    assert cells_of(page) == list(frame["cell"])


def test_new_lines_directions_and_controls_do_not_break_a_row():
    nasty = "a\nb\r\n\tc\u2028d\x00\x1b[31m\u202egnp.exe\u202c\u2066\u200b\ufeff\ud800"
    frame = pd.DataFrame({"cell": [nasty], "other": [1]})
    page = to_html(markdown_table(frame, headings={"cell": "C", "other": "O"}))
    assert cells_of(page) == ["a b c d[31mgnp.exe", "1"]


def test_long_cells_are_cut():
    frame = pd.DataFrame({"cell": ["x" * 10_000, "word " * 2_000]})
    page = to_html(markdown_table(frame, headings={"cell": "C"}))
    assert cells_of(page) == ["x" * 299 + "…", ("word " * 60)[:299].rstrip() + "…"]


def test_a_table_without_rows_keeps_its_label():
    page = to_html(markdown_table(pd.DataFrame({"a": []}), headings={"a": "A"}, caption="c", label="tbl-none"))
    assert 'id="tbl-none"' in page


def test_numbers_stand_right_and_text_left():
    page = to_html(markdown_table(pd.DataFrame({"a": ["x"], "n": [1]}), headings={"a": "A", "n": "N"}))
    assert re.findall(r"<td style=\"text-align: (\w+);\">", page) == ["left", "right"]


@pytest.mark.parametrize(
    ("values", "form", "said"),
    [
        ([1, 1_000_000], "auto", ["1", "1,000,000"]),
        ([0.1234, 0.5], "auto", ["0.123", "0.500"]),
        ([1.0, 2.0], "auto", ["1", "2"]),
        ([-1.5, 0.25], "auto", ["−1.50", "0.25"]),
        ([123.456, 1.0], "auto", ["123.5", "1.0"]),
        ([0.01234, 0.00001], "auto", ["0.0123", "0.0000"]),
        ([0.615, 1.0], "percent", ["61.5%", "100.0%"]),
        ([0.615, 1.0], Format("percent", 0), ["62%", "100%"]),
        ([1.0, 2.5], Format("number", 1), ["1.0", "2.5"]),
        ([0.0009999, 0.001], "p_value", ["\\< 0.001", "0.001"]),
        ([True, False], "auto", ["True", "False"]),
        ([math.nan, -math.inf], "number", ["\\[x\\]", "−∞"]),
        (["a >= 1 and b < '2'", "a | b"], "code", ["`a >= 1 and b < '2'`", "a \\| b"]),
    ],
)
def test_formats(values, form, said):
    made = markdown_table(pd.DataFrame({"v": values}), headings={"v": "V"}, formats={"v": form})
    assert [line.strip("| ") for line in made.splitlines()[2:4]] == said


@pytest.mark.parametrize(
    ("value", "said"),
    [((0.6154, 0.355, 0.823), "61.5% (35.5 to 82.3)"), ((0.9231, 0.640, 0.998), "92.3% (64.0 to 99.8)")],
)
def test_intervals_of_shares_have_one_form(value, said):
    assert numbers.interval(*value, share=True) == said


def test_intervals_of_numbers_have_the_same_form():
    assert numbers.interval(0.5, 0.25, 1) == "0.50 (0.25 to 1.00)"
    assert numbers.interval(0.5, 0.0, math.inf) == "0.50 (0.00 to ∞)"
    assert numbers.interval(0.5, math.nan, math.nan) == "0.50 ([x])"
    assert numbers.interval(44, 35, math.nan, decimals=0) == "44 (35 to [x])"
    assert numbers.interval(math.nan, math.nan, math.nan) == "[x]"
    assert numbers.interval(0.5, 0.25, 1, hidden=True) == "[c]"


def test_nothing_is_never_minus_nothing():
    assert numbers.decimal(-0.0001, 2) == "0.00"
    assert numbers.decimal(-0.5, 2) == "−0.50"


@pytest.mark.parametrize("label", ["x", "fig-x", "tbl-", "tbl-a b", "tbl-a}", "tbl-\u202ea", "Tbl-a"])
def test_a_label_that_cannot_be_referred_to_is_refused(label):
    with pytest.raises(ReportError, match=r"cannot be referred to; write tbl- and letters, digits, _ or -"):
        markdown_table(pd.DataFrame({"a": [1]}), headings={"a": "A"}, caption="c", label=label)


def test_an_unknown_column_is_refused():
    with pytest.raises(ReportError, match="a table asks for columns it has not: b, c"):
        markdown_table(pd.DataFrame({"a": [1]}), headings={"a": "A", "b": "B", "c": "C"})


def test_escape_leaves_letters_and_digits_alone():
    assert escape("Café 12,5 naïve?") == "Café 12,5 naïve?"
    assert escape("a_b*c") == "a\\_b\\*c"


@pytest.mark.parametrize("text", ["a`b", "{{< meta x >}}", "{python} x", "a|b", "a\\b", "$x$", "#x", "a@b"])
def test_code_that_could_be_something_else_is_text(text):
    assert code(text) == escape(text)


def test_clean_keeps_what_scripts_need():
    assert (
        clean("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645") == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    )
    assert clean("e\u0301") == "é"
    assert clean("  a   b ") == "a b"
    assert clean("x" * 10, 5) == "xxxx…"
    assert clean("\u202e" * 5_000 + "x", 5) == "…"


def test_names_become_words():
    assert plain_name("share_desisted") == "Share with no recorded event after, of those with one before"
    assert plain_name("prior_asb") == "Prior asb"
    assert plain_name("HMP Preston") == "HMP Preston"
    assert plain_name("_a_") == "_a_"
    assert group_name("1", "fin") == "fin 1"
    assert group_name("burnley", "site") == "Burnley"


def test_lists_are_cut():
    assert listed(["a", "b", "c"], 2) == "a; b; and 1 more"
