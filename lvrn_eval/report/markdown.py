"""Put a report together as one Markdown text, with what its code shows kept apart from what its author wrote.

Nothing a cell shows is ever pasted into the text: a numbered place stands for it, and the Lua filter fills the place
from a list beside the text, read with raw HTML, shortcodes and attributes switched off. So a value that looks like
markup, in data nobody has looked at, stays a value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from lvrn_eval.errors import Fault, ReportError
from lvrn_eval.report.execute import Execution, Shown, clean
from lvrn_eval.report.lint import SHORTCODE
from lvrn_eval.report.qmd import Cell, Document, Prose

PLACE = "lvrn-output"
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class Composed(NamedTuple):
    """A report's Markdown, and what its code shows at each numbered place in it."""

    text: str
    outputs: list[dict[str, Any]]


def compose(document: Document, execution: Execution, to: str) -> Composed:
    """Return the text of a report in format ``to``.

    Raises
    ------
    ReportError
        When a cell shows a picture without alternative text, or several under one.
    """
    outputs: list[dict[str, Any]] = []
    faults: list[Fault] = []
    cells, expressions = iter(execution.cells), iter(execution.expressions)
    meta = document.options(to)
    texts = []
    for part in document.parts:
        if isinstance(part, Cell):
            options = document.cell_options(part, to)
            shown = next(cells)
            faults += _faults(part, shown, options)
            texts.append(_cell(part, shown, options, outputs))
        else:
            texts.append(_prose(part, expressions, meta, outputs))
    if faults:
        raise ReportError(f"{document.path.name} is not rendered: its cells show what a page cannot hold", faults)
    return Composed("\n".join(texts) + "\n", outputs)


def _faults(cell: Cell, shown: tuple[Shown, ...], options: Mapping[str, Any]) -> Iterator[Fault]:
    where = cell.opening.where
    pictures = sum(item.kind == "image" for item in shown) if options["output"] and options["include"] else 0
    if pictures > 1:
        yield Fault(where, f"cell {cell.label} shows {pictures} pictures", "show one picture a cell")
    if pictures and "fig-alt" not in options:
        fix = "say what it shows in a line `#| fig-alt: …`"
        yield Fault(where, f"cell {cell.label} shows a picture without alternative text", fix)
    if not pictures and "fig-alt" in options and options["output"] and options["include"] and options["eval"]:
        fix = "remove the option; Markdown carries its own alternative text"
        yield Fault(where, f"cell {cell.label} has fig-alt but shows no picture of its own", fix)


def _cell(cell: Cell, shown: tuple[Shown, ...], options: Mapping[str, Any], outputs: list[dict[str, Any]]) -> str:
    """Return the Markdown of a cell: its code when it is to be seen, and the place of its output."""
    if not options["include"]:
        return ""
    blocks = []
    if options["echo"]:
        blocks.append(_code(cell, options))
    items = [form for item in shown for form in _items(item, options)] if options["output"] else []
    if items:
        kind = cell.label.split("-")[0]
        own = {"caption": f"{kind}-cap", "alt": "fig-alt"}
        named = {key: options[option] for key, option in own.items() if option in options}
        outputs.append({"where": cell.opening.where, "cell": cell.label, "items": items, **named})
        blocks.append(f"```{{.{PLACE}}}\n{len(outputs)}\n```")
    return "\n" + "\n\n".join(blocks) + "\n"


def _code(cell: Cell, options: Mapping[str, Any]) -> str:
    """Return a cell's code as a listing, folded when asked for."""
    runs = re.findall(r"`+", cell.source)
    fence = "`" * max(3, 1 + max(map(len, runs), default=0))
    listing = f"{fence} {{.python .cell-code}}\n{cell.source.strip(chr(10))}\n{fence}"
    if not options["code-fold"]:
        return listing
    summary = str(options["code-summary"]).replace("\\", "\\\\").replace('"', '\\"')
    return f'::: {{.code-fold summary="{summary}"}}\n{listing}\n:::'


def _items(item: Shown, options: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield what a page shows of one output."""
    if item.kind == "stderr":
        if options["warning"]:
            yield {"kind": "text", "text": undirected(clean(item.text)), "class": "cell-output-stderr"}
    elif item.kind == "stdout" and options["output"] == "asis":
        yield {"kind": "markdown", "text": undirected(item.text)}
    elif item.kind in {"stdout", "text"}:
        yield {"kind": "text", "text": undirected(clean(item.text)), "class": "cell-output"}
    else:
        yield {"kind": item.kind, "text": undirected(item.text)}


def undirected(text: str) -> str:
    """Return text without the marks that turn its direction: they make a word read as another."""
    return DIRECTIONS.sub("", text)


def _prose(
    prose: Prose,
    expressions: Iterator[tuple[Shown, ...]],
    meta: Mapping[str, Any],
    outputs: list[dict[str, Any]],
) -> str:
    """Return prose with every inline expression turned into a place and every shortcode done."""
    pieces: list[tuple[int, int, str]] = []
    for expression in prose.expressions:
        items = [
            {"kind": "markdown" if item.kind == "markdown" else "text", "text": undirected(item.text)}
            for item in next(expressions)
            if item.kind in {"markdown", "text"}
        ]
        outputs.append({"where": expression.line.where, "items": items})
        pieces.append((expression.start, expression.end, f"`{len(outputs)}`{{.{PLACE}}}"))
    for match in SHORTCODE.finditer(prose.words):
        done = "\n::: {.page-break}\n:::\n" if match["name"] == "pagebreak" else written(meta[match["rest"]])
        pieces.append((match.start(), match.end(), done))
    text, at = [], 0
    for start, end, instead in sorted(pieces):
        text += [prose.text[at:start], instead]
        at = end
    return "".join([*text, prose.text[at:]])


def written(value: object) -> str:
    """Return a value of the front matter as a reader sees it: dates as 31 March 2025."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        value = dt.date.fromisoformat(value)
    if isinstance(value, dt.date):
        # not strftime, whose names follow the machine's language
        return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    return str(value)
