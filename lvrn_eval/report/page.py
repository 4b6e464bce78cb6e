"""Look at a finished page once more: it must run nothing and ask the network for nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from lvrn_eval.errors import Fault, ReportError

LOADING = frozenset({"src", "srcset", "poster", "data", "background"})
LOADING_LINKS = frozenset({"link", "image", "use"})
OUTSIDE = re.compile(r"^\s*(?:(?:https?|ftp|file|wss?):|//)", re.IGNORECASE)
STYLE_OUTSIDE = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"]?)\s*(?:https?:|//)", re.IGNORECASE)


class _Page(HTMLParser):
    """Collect what a page would run and what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.fetches: list[str] = []
        self.in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag runs and what it loads from elsewhere."""
        self.in_style = tag == "style"
        if tag == "script":
            self.runs.append("<script>")
        for name, value in attrs:
            target = value or ""
            loads = name in LOADING or (tag in LOADING_LINKS and name in {"href", "xlink:href"})
            if name.startswith("on") or target.strip().lower().startswith("javascript:"):
                self.runs.append(f"<{tag} {name}>")
            if (loads and OUTSIDE.match(target)) or (name == "style" and STYLE_OUTSIDE.search(target)):
                self.fetches.append(f"<{tag} {name}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self.in_style = False

    def handle_data(self, data: str) -> None:
        if self.in_style and STYLE_OUTSIDE.search(data):
            self.fetches.append("<style>")


def check_page(html: str, name: str, *, scripts: bool) -> None:
    """Refuse a page that would fetch something, or run something where it may not.

    Parameters
    ----------
    html
        The page.
    name
        The file's name, for the message.
    scripts
        Whether the page may hold scripts: those Quarto writes into it, never ours.

    Raises
    ------
    ReportError
        Naming the kinds of element at fault.
    """
    found = _Page()
    found.feed(html)
    found.close()
    faults = []
    if found.fetches:
        fix = "set `embed-resources: true` and `html-math-method: mathml`, and keep copies of pictures"
        faults.append(Fault(name, f"the page asks the network for something: {_kinds(found.fetches)}", fix))
    if found.runs and not scripts:
        faults.append(Fault(name, f"the page would run a script: {_kinds(found.runs)}", "remove it from the source"))
    if faults:
        raise ReportError(f"{name} is not kept: a page must stand alone", faults)


def _kinds(found: list[str]) -> str:
    return ", ".join(f"{kind} ({found.count(kind)})" for kind in sorted(set(found)))
