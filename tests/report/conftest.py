from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lvrn_eval.report.render import render

FRONT = "---\ntitle: A report\n---\n"
VOID = {"meta", "img", "br", "hr", "input", "col", "link"}


def write_report(folder: Path, body: str, *, front: str = FRONT, **files: str) -> Path:
    """Write a report of these lines, and files beside it, and return its path; the body begins at line 4."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    source = folder / "champions.qmd"
    source.write_text(front + body, "utf-8")
    return source


@pytest.fixture
def write(tmp_path):
    return lambda body, **named: write_report(tmp_path / "reports", body, **named)


@pytest.fixture
def page_of(write, tmp_path):
    """Return a function that renders a report with the built-in engine and returns the parsed page."""

    def rendered(body: str, **named: str) -> Element:
        return parse(render(write(body, **named), tmp_path / "out", engine="builtin").path)

    return rendered


@pytest.fixture(scope="session")
def parsed():
    """Return the function that reads a page as a tree."""
    return parse


@dataclass
class Element:
    """An element of a page: enough of a tree to ask about its structure."""

    tag: str
    attributes: dict[str, str | None]
    children: list[Element | str] = field(default_factory=list)

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        found = []
        for child in self.children:
            if isinstance(child, str):
                continue
            fits = tag in ("", child.tag)
            for name, value in attributes.items():
                had = child.attributes.get(name.strip("_").replace("_", "-")) or ""
                fits = fits and (value in had.split() if name == "class_" else value == had)
            found += [child, *child.all(tag, **attributes)] if fits else child.all(tag, **attributes)
        return found

    def one(self, tag: str = "", **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def raw(self) -> str:
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    @property
    def text(self) -> str:
        """The words, with single blanks between them."""
        return " ".join(self.raw.split())

    def __getitem__(self, name: str) -> str | None:
        return self.attributes[name]


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        self.open[-1].children.append(data)


def parse(path: Path) -> Element:
    tree = _Tree()
    tree.feed(path.read_text("utf-8"))
    tree.close()
    assert tree.open == [tree.root], "an element is never closed"
    return tree.root
