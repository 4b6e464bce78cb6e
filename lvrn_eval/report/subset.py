"""The declared subset of Quarto: every name a report source may use, and what it may be set to.

A source inside this subset means the same to Quarto and to the built-in renderer. Anything else is refused by
``lvrn_eval.report.lint`` rather than ignored, because a word that one engine silently skips is a wrong report.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

Audience = Literal["arc", "public"]
"""Whom a page is for: those who commissioned the evaluation, or everybody."""

AUDIENCES: Final = ("arc", "public")

Format = Literal["html", "docx", "pdf"]
"""What a report is rendered to."""

TARGETS: Final[Mapping[Format, str]] = {"html": "html", "docx": "docx", "pdf": "typst"}
"""What Quarto and the front matter call each format."""


class Expected(NamedTuple):
    """What a value must be: in words, and as a test."""

    words: str
    accepts: Callable[[object], bool]


def _texts(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _fixed_date(value: object) -> bool:
    return isinstance(value, dt.date) or (isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)))


BOOLEAN: Final = Expected("true or false", lambda value: isinstance(value, bool))
TEXT: Final = Expected("text", lambda value: isinstance(value, str) and bool(value.strip()))
TEXTS: Final = Expected("text or a list of texts", _texts)
# `today` and `last-modified` would change the page from one run to the next
DATE: Final = Expected("a fixed date, written as 2025-03-31", _fixed_date)
DEPTH: Final = Expected("a number from 1 to 6", lambda value: type(value) is int and value in range(1, 7))
TRUE: Final = Expected("true: a page must stand alone", lambda value: value is True)
MATHML: Final = Expected("mathml: anything else needs the network", lambda value: value == "mathml")
A4: Final = Expected("a4", lambda value: value == "a4")
UA: Final = Expected("ua-1: everybody must be able to read it", lambda value: value in ("ua-1", ["ua-1"]))
OUTPUT: Final = Expected("true, false or asis", lambda value: isinstance(value, bool) or value == "asis")
FORMAT: Final = Expected(
    "default, or options for the format", lambda value: value == "default" or isinstance(value, dict)
)
MAPPING: Final = Expected("options, one per line", lambda value: isinstance(value, dict))
ITEMS: Final = Expected(
    "a list of pages, each with href and text",
    lambda value: (
        isinstance(value, list) and all(isinstance(item, dict) and {*item} >= {"href", "text"} for item in value)
    ),
)
WEBSITE: Final = Expected("website", lambda value: value == "website")
PYTHON: Final = Expected("python3", lambda value: value == "python3")
LANGUAGE: Final = Expected(
    "a language tag, such as en-GB",
    lambda value: isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", value)),
)

CELL_OPTIONS: Final[Mapping[str, Expected]] = {
    "label": TEXT,
    "echo": BOOLEAN,
    "eval": BOOLEAN,
    "include": BOOLEAN,
    "output": OUTPUT,
    "warning": BOOLEAN,
    "fig-cap": TEXT,
    "fig-alt": TEXT,
    "tbl-cap": TEXT,
    "code-fold": BOOLEAN,
    "code-summary": TEXT,
}
"""Options a cell may carry as ``#| name: value``."""

EXECUTE_KEYS: Final[Mapping[str, Expected]] = {
    name: CELL_OPTIONS[name] for name in ("echo", "eval", "include", "output", "warning")
}
"""Options the front matter's ``execute`` may set for every cell."""

CELL_DEFAULTS: Final[Mapping[str, object]] = {
    "echo": True,
    "eval": True,
    "include": True,
    "output": True,
    "warning": True,
    "code-fold": False,
    "code-summary": "Code",
}
"""What a cell does when nothing is said; the same as Quarto's."""

LAYOUT_KEYS: Final[Mapping[str, Expected]] = {
    "toc": BOOLEAN,
    "toc-depth": DEPTH,
    "toc-title": TEXT,
    "number-sections": BOOLEAN,
    "code-fold": BOOLEAN,
    "code-summary": TEXT,
}
"""Keys that may stand in the front matter or under one format; the format's wins."""

FORMATS: Final[Mapping[str, Mapping[str, Expected]]] = {
    "html": {**LAYOUT_KEYS, "embed-resources": TRUE, "html-math-method": MATHML},
    "docx": LAYOUT_KEYS,
    "typst": {**LAYOUT_KEYS, "papersize": A4, "pdf-standard": UA},
}
"""Formats a source may name, with the options each may set."""

FRONT_KEYS: Final[Mapping[str, Expected]] = {
    "title": TEXT,
    "subtitle": TEXT,
    "author": TEXTS,
    "date": DATE,
    "abstract": TEXT,
    "description": TEXT,
    "lang": LANGUAGE,
    "bibliography": TEXTS,
    "csl": TEXT,
    "jupyter": PYTHON,
    "execute": MAPPING,
    "format": FORMAT,
    **LAYOUT_KEYS,
}
"""Keys of the front matter. ``format`` may also be the bare name of a format."""

SITE_KEYS: Final[Mapping[str, Mapping[str, Expected]]] = {
    "project": {"type": WEBSITE, "output-dir": TEXT, "render": TEXTS},
    "website": {"title": TEXT, "navbar": MAPPING},
}
"""Keys of ``_quarto.yml`` that only lay out a site, and say nothing about a page."""

NAVBAR_KEYS: Final[Mapping[str, Expected]] = {"left": ITEMS}
ITEM_KEYS: Final[Mapping[str, Expected]] = {"href": TEXT, "text": TEXT}
"""Keys of the site's bar, and of each page it leads to."""

CONDITIONS: Final[Mapping[str, tuple[str, ...]]] = {"format": (*TARGETS.values(), "pdf"), "profile": AUDIENCES}
"""What the showing of content may depend on, and the values each may have."""

SHORTCODES: Final = ("include", "meta", "pagebreak")
CALLOUTS: Final = ("note", "tip", "warning", "caution", "important")
REFERENCE_KINDS: Final = ("fig", "tbl", "sec", "eq")
