"""Refuse a report source that leaves the declared subset, telling every fault at once, before anything runs.

Quarto itself ends well on a misspelt cell option, a missing picture or a broken reference, so both engines are
preceded by these rules. A rule is a function from a document to its problems.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from lvrn_eval.errors import Fault, ReportError, suggestion
from lvrn_eval.report.qmd import Cell, Document, Problem, Prose
from lvrn_eval.report.subset import (
    CALLOUTS,
    CELL_OPTIONS,
    CONDITIONS,
    EXECUTE_KEYS,
    FORMATS,
    FRONT_KEYS,
    ITEM_KEYS,
    ITEMS,
    MAPPING,
    NAVBAR_KEYS,
    REFERENCE_KINDS,
    SHORTCODES,
    SITE_KEYS,
    Expected,
)
from lvrn_eval.report.yaml_block import Block, Line

EXCERPT = 110
"""How much of a line a message shows, characters."""

LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
ATTRIBUTES = re.compile(r"\{(?P<inside>(?![%{<])[^{}]*)\}")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
IDENTIFIER = re.compile(r"(?<!\S)#(?P<id>[^\s#.=}]+)")
REFERENCE = re.compile(rf"(?<![\w@\\.])@(?P<id>(?:{'|'.join(REFERENCE_KINDS)})-\w+(?:[-.:]\w+)*)")
HEADING = re.compile(r"^(?P<marks>#{1,6})[ \t]+\S", re.MULTILINE)
SHORTCODE = re.compile(r"\{\{<\s*(?P<name>[^\s>]*)\s*(?P<rest>.*?)\s*>\}\}")
IMAGE = re.compile(
    r"!\[(?P<caption>(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\((?P<target>[^)\s]*)[^)]*\)(?P<attributes>\{[^{}]*\})?",
)
LINK = re.compile(r"\]\((?P<page>[^)\s#:]+\.qmd)(?:#[^)\s]*)?\)")
CONDITION = re.compile(r"\b(?:when|unless)-(?P<kind>format|profile)\s*=\s*\"?(?P<value>[^\"\s}]*)")
ALT = re.compile(r"\b(?:fig-)?alt\s*=\s*(?:\"[^\"]*\S[^\"]*\"|[^\s\"}]+)")
DIV = re.compile(r"^[ \t]*:{3,}(?P<info>.*)$", re.MULTILINE)
HTML_IMAGE = re.compile(r"<img\b(?![^>]*\balt\s*=)[^>]*>", re.IGNORECASE)
OUTSIDE = re.compile(
    r"<(?:img|link|script|iframe|object|embed|audio|video|source|track)\b[^>]*?"
    r"\b(?:src|srcset|href|data|poster)\s*=\s*[\"']?(?:https?:)?//",
    re.IGNORECASE,
)
SCRIPT = re.compile(r"<script\b", re.IGNORECASE)

UNSUPPORTED: Mapping[str, str] = {
    r"\blayout(?:-\w+)?\s*=": "figures side by side are outside the subset",
    r"(?<!\S)\.(?:column-[\w-]+|aside|margin)\b": "the page has no margin column",
    r"(?<!\S)\.lightbox\b|\blightbox\s*=": "pictures are not enlarged: that needs JavaScript",
    r"(?<!\S)\.panel-(?!tabset\b)[\w-]+": "of the panels only .panel-tabset is known",
    r"(?<!\S)\.callout-(?!(?:" + "|".join(CALLOUTS) + r")\b)[\w-]+": "known callouts: " + ", ".join(CALLOUTS),
    r"\b(?:when|unless)-(?!(?:format|profile)\b)[\w-]+\s*=": "content depends on the format or the profile only",
}
"""What Quarto gives a meaning and the built-in renderer does not, by the attribute that asks for it."""


def lint(document: Document) -> None:
    """Refuse a source that leaves the subset.

    Raises
    ------
    ReportError
        Listing every fault with file, line and the line itself.
    """
    problems = [*document.problems, *(problem for rule in RULES for problem in rule(document))]
    if problems:
        raise refusal(document, problems)


def refusal(document: Document, problems: list[Problem]) -> ReportError:
    """Return the error that tells ``problems`` in the order of the source."""
    order = list(dict.fromkeys([document.path.name, *(problem.line.file for problem in problems)]))
    ordered = sorted(set(problems), key=lambda p: (order.index(p.line.file), p.line.number, p.column or 0, p.what))
    count = f"{len(ordered)} faults" if len(ordered) > 1 else "a fault"
    return ReportError(f"{document.path.name} is not rendered: {count} in the source", map(_fault, ordered))


def references(document: Document) -> dict[str, Problem]:
    """Return each reference the prose makes, with the problem it would be if nothing had that label."""
    found: dict[str, Problem] = {}
    for prose in document.prose:
        for match in REFERENCE.finditer(prose.words):
            what = f"nothing in the report has the label {match['id']!r}"
            fix = f"give the {_noun(match['id'])} that label, or correct the reference"
            found.setdefault(match["id"], _at(prose, match.start(), what, fix))
    return found


def _fault(problem: Problem) -> Fault:
    text = problem.line.text.rstrip()
    excerpt = text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"
    if excerpt and problem.column is not None and problem.column < len(excerpt):
        excerpt += "\n" + " " * problem.column + "^"
    return Fault(problem.line.where, problem.what, problem.fix, excerpt)


def _noun(label: str) -> str:
    return {"fig": "figure", "tbl": "table", "sec": "section", "eq": "equation"}[label.partition("-")[0]]


def _at(prose: Prose, offset: int, what: str, fix: str = "") -> Problem:
    return Problem(prose.line_at(offset), what, fix, prose.column_at(offset))


def _front_matter(document: Document) -> Iterator[Problem]:
    yield from _keys(document.front, (), FRONT_KEYS, "front-matter key")
    known = {**FRONT_KEYS, **dict.fromkeys(SITE_KEYS, MAPPING)}
    yield from _keys(document.project, (), known, "key of a project")
    for block in (document.front, document.project):
        if isinstance(block.values.get("execute"), dict):
            yield from _keys(block, ("execute",), EXECUTE_KEYS, "option of execute")
        yield from _formats(block)
    if "title" not in document.front.values and document.front.readable:
        yield Problem(Line("", document.path.name, 1), "the report has no title", "give one in the front matter")


def _formats(block: Block) -> Iterator[Problem]:
    said = block.values.get("format", {})
    names = {said: {}} if isinstance(said, str) else said if isinstance(said, dict) else {}
    for name, options in names.items():
        line = block.lines.get(("format", name)) or block.lines[("format",)]
        if name not in FORMATS:
            yield Problem(line, f"unknown format {name!r}", suggestion(name, FORMATS))
        elif isinstance(options, dict):
            yield from _keys(block, ("format", name), FORMATS[name], f"option of format {name}")


def _keys(
    block: Block,
    path: tuple[str, ...],
    known: Mapping[str, Expected],
    kind: str,
) -> Iterator[Problem]:
    """Yield a problem for every unknown name, or value that is not what it must be, of one mapping."""
    values: Any = block.values
    for step in path:
        values = values[int(step)] if isinstance(values, list) else values[step]
    for name, value in values.items():
        line = block.lines[*path, name]
        # a bare `format: html` is legal, and _formats judges the name
        if name == "format" and isinstance(value, str):
            continue
        if name not in known:
            yield Problem(line, f"unknown {kind} {name!r}", suggestion(name, known))
        elif not known[name].accepts(value):
            yield Problem(line, f"{name!r} is not {known[name].words}")


def _site(document: Document) -> Iterator[Problem]:
    """Yield a problem for every unknown key of a site, or page that its bar leads to and that is not there."""
    project = document.project
    for name, known in SITE_KEYS.items():
        if isinstance(project.values.get(name), dict):
            yield from _keys(project, (name,), known, f"key of {name}")
    bar = project.values.get("website")
    bar = bar.get("navbar") if isinstance(bar, dict) else None
    if not isinstance(bar, dict):
        return
    yield from _keys(project, ("website", "navbar"), NAVBAR_KEYS, "key of navbar")
    items: Any = bar.get("left")
    for n, item in enumerate(items if ITEMS.accepts(items) else ()):
        path = ("website", "navbar", "left", str(n))
        yield from _keys(project, path, ITEM_KEYS, "key of a page")
        if not _is_page(document, str(item["href"])):
            yield Problem(project.lines[*path, "href"], f"there is no page {item['href']!r}", "check its name")


def _is_page(document: Document, name: str) -> bool:
    """Tell whether a name is that of a source beside the document."""
    return name.endswith(".qmd") and "/" not in name and (document.path.resolve().parent / name).is_file()


def _links(document: Document) -> Iterator[Problem]:
    """Yield a problem for every link to a page of the site that is not there."""
    for prose in document.prose:
        for match in LINK.finditer(prose.words):
            if not _is_page(document, match["page"]):
                what = f"there is no page {match['page']!r} beside the report"
                yield _at(prose, match.start("page"), what, "check its name")


def _cell_options(document: Document) -> Iterator[Problem]:
    for cell in document.cells:
        yield from _keys(cell.options, (), CELL_OPTIONS, "cell option")
        line = cell.options.lines.get(("label",), cell.opening)
        if cell.opening.text.startswith((" ", "\t")):
            yield Problem(cell.opening, "a cell must begin at the left margin", "remove the blanks before it")
        elif not cell.label and cell.options.readable:
            yield Problem(line, "this cell has no label", "begin it with a line `#| label: …`")
        elif cell.label and not LABEL.match(cell.label):
            yield Problem(line, f"the label {cell.label!r} is not letters, digits, - and _", "begin it with a letter")
        for option, kind in (("fig-cap", "fig-"), ("tbl-cap", "tbl-")):
            if option in cell.options.values and not cell.label.startswith(kind):
                what = f"{option} needs a label that begins with {kind}"
                yield Problem(cell.options.lines[option,], what, "change the label or remove the caption")


def _values(document: Document) -> Iterator[Problem]:
    """Yield a problem for code or a shortcode in front matter or an option, where neither is run."""
    for block in (document.front, document.project, *(cell.options for cell in document.cells)):
        for line in dict.fromkeys(block.lines.values()):
            found = re.search(r"`\{python\}|\{\{<", line.text)
            if found:
                what = f"{found[0].strip('`')} is not run here"
                yield Problem(line, what, "write the value itself", found.start())


def _labels(document: Document) -> Iterator[Problem]:
    """Yield a problem for every label given twice."""
    first: dict[str, Line] = {}
    for label, problem in _defined(document):
        if label in first:
            what = f"the label {label!r} is already given at {first[label].where}"
            yield problem._replace(what=what, fix="give each its own label")
        else:
            first[label] = problem.line


def _defined(document: Document) -> Iterator[tuple[str, Problem]]:
    """Yield every label the source itself gives, with the place."""
    for part in document.parts:
        if isinstance(part, Cell):
            if part.label:
                yield part.label, Problem(part.options.lines.get(("label",), part.opening), "")
            continue
        for attributes in ATTRIBUTES.finditer(part.words):
            inside = QUOTED.sub(lambda quoted: " " * len(quoted[0]), attributes["inside"])
            for found in IDENTIFIER.finditer(inside):
                yield found["id"], _at(part, attributes.start("inside") + found.start(), "")


def _references(document: Document) -> Iterator[Problem]:
    """Yield a problem for every reference nothing can define; figures and tables may yet come from cells."""
    defined = {label for label, _ in _defined(document)}
    from_cells = any(document.runs(cell) for cell in document.cells)
    for label, problem in references(document).items():
        if label not in defined and not (from_cells and label.startswith(("fig-", "tbl-"))):
            close = suggestion(label, sorted(name for name in defined if name.split("-")[0] in REFERENCE_KINDS))
            yield problem._replace(fix=close if close.startswith("did") else problem.fix)


def _headings(document: Document) -> Iterator[Problem]:
    """Yield a problem where headings are not in order; the title is the only one of level 1."""
    found = [(len(match["marks"]), prose, match.start()) for prose in document.prose for match in _sections(prose)]
    for level, prose, offset in found:
        if level == 1:
            yield _at(prose, offset, "a heading of level 1: the title is the page's only one", "begin it with ##")
    below_title = [(1, None, 0), *(heading for heading in found if heading[0] > 1)]
    for (above, _, _), (level, at, offset) in pairwise(below_title):
        if at is not None and level > above + 1:
            what = f"a heading of level {level} follows one of level {above}"
            yield _at(at, offset, what, f"begin it with {'#' * (above + 1)}")


def _sections(prose: Prose) -> Iterator[re.Match[str]]:
    """Yield the headings that are sections, not the titles of callouts and tabs."""
    inside: list[bool] = []
    marks = sorted([*DIV.finditer(prose.words), *HEADING.finditer(prose.words)], key=lambda match: match.start())
    for match in marks:
        if match.re is HEADING:
            if not any(inside):
                yield match
        elif match["info"].strip(" \t:"):
            inside.append(bool(re.search(r"\.(callout-|panel-tabset)", match["info"])))
        elif inside:
            inside.pop()


def _divs(document: Document) -> Iterator[Problem]:
    """Yield a problem for every ``:::`` that closes nothing or is never closed."""
    open_divs: list[Problem] = []
    for prose in document.prose:
        for match in DIV.finditer(prose.words):
            if match["info"].strip(" \t:"):
                what, fix = "this block of ::: is never closed", "end it with a line :::"
                open_divs.append(_at(prose, match.start(), what, fix))
            elif open_divs:
                open_divs.pop()
            else:
                yield _at(prose, match.start(), "this ::: closes nothing", "remove it, or open a block above")
    yield from open_divs


def _fences(document: Document) -> Iterator[Problem]:
    """Yield a problem for every fence that looks like a cell and is none."""
    for line in (line for prose in document.prose for line in prose.fences):
        info = line.text.strip().lstrip("`~").strip()
        if re.match(r"\{python\b", info):
            yield Problem(line, "a cell is opened by ```{python} and nothing more", "write options as #| lines")
        elif re.match(r"\{[A-Za-z]", info):
            yield Problem(line, f"only Python cells can be run, not {info}", "write it in Python")


def _shortcodes(document: Document) -> Iterator[Problem]:
    page = document.options(next(iter(FORMATS)))
    for prose in document.prose:
        for match in SHORTCODE.finditer(prose.words):
            problem = _shortcode(match["name"], match["rest"], page)
            alone = prose.line_at(match.start()).text.strip() == match[0]
            if match["name"] == "pagebreak" and not alone:
                problem = "a page break stands alone on its line", ""
            if problem is not None:
                yield _at(prose, match.start(), *problem)


def _shortcode(name: str, rest: str, page: Mapping[str, object]) -> tuple[str, str] | None:
    if name not in SHORTCODES:
        return f"unknown shortcode {name!r}", suggestion(name, SHORTCODES)
    if name == "include":
        # one that stands alone was replaced by its file while reading
        return "an include names one file and stands alone on its line", ""
    if name == "meta" and not isinstance(page.get(rest), str | int | float | dt.date):
        return f"the front matter has no plain value {rest!r}", suggestion(rest, [*page])
    return None


def _images(document: Document) -> Iterator[Problem]:
    for prose in document.prose:
        for match in IMAGE.finditer(prose.words):
            # quoted alternative texts may hold blanked code: read them from the text itself
            attributes = prose.text[slice(*match.span("attributes"))] if match["attributes"] else ""
            before, after = prose.words[: match.start()], prose.words[match.end() :]
            alone = not before.rpartition("\n")[2].strip() and not after.partition("\n")[0].strip()
            if not ALT.search(attributes) and (alone or not match["caption"].strip()):
                yield _at(prose, match.start(), "this image has no alternative text", 'add {fig-alt="…"} after it')
            yield from _image_target(document, prose, match)
        for match in HTML_IMAGE.finditer(prose.words):
            yield _at(prose, match.start(), "this image has no alternative text", 'add alt="…" to it')


def _image_target(document: Document, prose: Prose, match: re.Match[str]) -> Iterator[Problem]:
    target, folder = match["target"], document.path.resolve().parent
    if target.startswith("data:"):
        return
    if re.match(r"(?:[a-z][a-z0-9+.-]*:)?//", target, re.IGNORECASE):
        yield _at(prose, match.start(), "this image comes from the network", "keep a copy beside the report")
    elif not (folder / target).resolve().is_relative_to(folder):
        yield _at(prose, match.start(), "this image is outside the folder of the report", "keep it beside the report")
    elif not (folder / target).is_file():
        yield _at(prose, match.start(), f"there is no image file {target!r}", "check its name")


def _unsupported(document: Document) -> Iterator[Problem]:
    for prose in document.prose:
        for attributes in ATTRIBUTES.finditer(prose.words):
            inside = QUOTED.sub(lambda quoted: " " * len(quoted[0]), attributes["inside"])
            for pattern, why in UNSUPPORTED.items():
                for found in re.finditer(pattern, inside):
                    what = f"{found[0].rstrip(' =')!r} is not supported: {why}"
                    yield _at(prose, attributes.start("inside") + found.start(), what, "remove it")


def _conditions(document: Document) -> Iterator[Problem]:
    """Yield a problem for content that depends on a format or an audience that does not exist."""
    for prose in document.prose:
        for attributes in ATTRIBUTES.finditer(prose.words):
            for found in CONDITION.finditer(attributes["inside"]):
                known = CONDITIONS[found["kind"]]
                if found["value"] not in known:
                    what = f"unknown {found['kind']} {found['value']!r}"
                    at = attributes.start("inside") + found.start("value")
                    yield _at(prose, at, what, suggestion(found["value"], known))


def _standing_alone(document: Document) -> Iterator[Problem]:
    """Yield a problem for raw HTML that would run a script or ask the network for something."""
    for prose in document.prose:
        for match in SCRIPT.finditer(prose.words):
            yield _at(prose, match.start(), "a page has no JavaScript", "remove the script")
        for match in OUTSIDE.finditer(prose.words):
            yield _at(prose, match.start(), "this asks the network for something", "keep a copy beside the report")


RULES: tuple[Callable[[Document], Iterator[Problem]], ...] = (
    _front_matter,
    _site,
    _cell_options,
    _values,
    _labels,
    _references,
    _headings,
    _divs,
    _fences,
    _shortcodes,
    _images,
    _links,
    _unsupported,
    _conditions,
    _standing_alone,
)
"""The rules, in no particular order: problems are told in the order of the source."""
