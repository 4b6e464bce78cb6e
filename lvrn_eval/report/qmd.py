"""Read a report source: front matter, includes, prose and Python cells, each line knowing where it came from.

Reading never fails on what a source says. What cannot be understood is kept as faults on the document, so that
``lvrn_eval.report.lint`` can tell all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from lvrn_eval.report.subset import CELL_DEFAULTS, FORMATS, SITE_KEYS
from lvrn_eval.report.yaml_block import Block, BlockError, Line, read_block

FENCE = re.compile(r"^(?P<indent>\s*)(?P<mark>`{3,}|~{3,})\s*(?P<info>.*?)\s*$")
INCLUDE = re.compile(r"^\s*\{\{<\s*include\s+(?P<path>\S+)\s*>\}\}\s*$")
# a run of backticks, then anything but a blank line up to a run of the same length
CODE_SPAN = re.compile(r"(?<![`\\])(?P<ticks>`+)(?!`)(?P<code>(?:(?!\n\s*\n).)+?)(?<!`)(?P=ticks)(?!`)", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
INLINE = re.compile(r"\{python\}\s+(?P<code>.*\S)\s*\Z", re.DOTALL)


class Problem(NamedTuple):
    """Something wrong with a source, at a line and, where it helps, a column counted from 0."""

    line: Line
    what: str
    fix: str = ""
    column: int | None = None


class Expression(NamedTuple):
    """An inline ``{python}`` expression: its span in the prose's text, its code and its line."""

    start: int
    end: int
    code: str
    line: Line


@dataclass(frozen=True)
class Prose:
    """Consecutive lines of Markdown."""

    lines: tuple[Line, ...]

    @cached_property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(line.text for line in self.lines)

    @cached_property
    def without_blocks(self) -> str:
        """The text with fenced code and comments as blanks; every other character keeps its place."""
        return COMMENT.sub(_blank, "\n".join(_blank_fenced(self.lines)))

    @cached_property
    def fences(self) -> tuple[Line, ...]:
        """The lines that open shown code."""
        return tuple(self.lines[start] for start, end in _blocks(self.lines) if end is not None)

    @cached_property
    def words(self) -> str:
        """The text with all code and comments as blanks: what a reader would see as Markdown."""
        return CODE_SPAN.sub(_blank, self.without_blocks)

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        """The inline expressions, in order."""
        found = []
        for span in CODE_SPAN.finditer(self.without_blocks):
            inline = INLINE.match(span["code"]) if len(span["ticks"]) == 1 else None
            if inline:
                code = " ".join(inline["code"].split("\n"))
                found.append(Expression(span.start(), span.end(), code, self.line_at(span.start())))
        return tuple(found)

    def line_at(self, offset: int) -> Line:
        """Return the line that holds the character at ``offset``."""
        return self.lines[self.text.count("\n", 0, offset)]

    def column_at(self, offset: int) -> int:
        """Return how far into its line the character at ``offset`` stands."""
        return offset - (self.text.rfind("\n", 0, offset) + 1)


@dataclass(frozen=True)
class Cell:
    """One Python cell.

    Parameters
    ----------
    opening
        The line of its fence.
    options
        The options it carries itself.
    code
        The lines that run.
    """

    opening: Line
    options: Block
    code: tuple[Line, ...]

    @property
    def label(self) -> str:
        """The cell's own name; empty when it has none."""
        return str(self.options.values.get("label", ""))

    @property
    def source(self) -> str:
        """The code as one text."""
        return "\n".join(line.text for line in self.code)


@dataclass(frozen=True)
class Document:
    """A report source, read.

    Parameters
    ----------
    path
        The source file.
    front
        Its front matter.
    project
        What ``_quarto.yml`` beside it says for every page; empty when there is none.
    parts
        Prose and cells in order, includes in their places.
    problems
        What could not be understood.
    """

    path: Path
    front: Block
    project: Block
    parts: tuple[Prose | Cell, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The Python cells."""
        return tuple(part for part in self.parts if isinstance(part, Cell))

    @property
    def prose(self) -> tuple[Prose, ...]:
        """The stretches of Markdown."""
        return tuple(part for part in self.parts if isinstance(part, Prose))

    def options(self, to: str) -> dict[str, Any]:
        """Return the options of the page in format ``to``: the project's, the page's, then the format's own."""
        project = {key: value for key, value in self.project.values.items() if key not in SITE_KEYS}
        merged: dict[str, Any] = {}
        for layer in (project, self.front.values):
            merged |= {key: value for key, value in layer.items() if key not in {"format", "execute"}}
        for layer in (project, self.front.values):
            formats = layer.get("format")
            chosen = formats.get(to) if isinstance(formats, dict) else None
            merged |= chosen if isinstance(chosen, dict) else {}
        return merged

    def cell_options(self, cell: Cell, to: str) -> dict[str, Any]:
        """Return every option of a cell: the defaults, the page's, then its own."""
        page = {key: value for key, value in self.options(to).items() if key in CELL_DEFAULTS}
        execute: dict[str, Any] = {}
        for layer in (self.project, self.front):
            said = layer.values.get("execute")
            execute |= said if isinstance(said, dict) else {}
        return {**CELL_DEFAULTS, **page, **execute, **cell.options.values}

    def runs(self, cell: Cell) -> bool:
        """Tell whether a cell is executed; the same in every format."""
        return bool(self.cell_options(cell, next(iter(FORMATS)))["eval"])


def read(path: Path) -> Document:
    """Read a report source and every file it includes.

    Raises
    ------
    OSError
        When the source cannot be read.
    """
    reader = _Reader(path.resolve().parent)
    lines = reader.lines_of(path.resolve(), path.name)
    front, body = reader.front_matter(lines)
    parts = tuple(reader.parts(list(reader.included(body, (path.resolve(),)))))
    project = reader.project()
    return Document(path, front, project, parts, tuple(reader.problems))


@dataclass
class _Reader:
    """The state of one reading: the folder nothing may leave, and the problems met so far."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)

    def lines_of(self, path: Path, name: str) -> list[Line]:
        """Return the lines of a file under the name a person knows it by."""
        try:
            text = path.read_text("utf-8-sig")
        except UnicodeDecodeError:
            self.problems.append(Problem(Line("", name, 1), "the file is not UTF-8 text", "save it as UTF-8"))
            return []
        return [Line(line, name, number) for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1)]

    def front_matter(self, lines: list[Line]) -> tuple[Block, list[Line]]:
        """Split the YAML between the first two ``---`` from the body."""
        if not lines or lines[0].text.rstrip() != "---":
            return Block(readable=bool(lines)), lines
        end = next((n for n, line in enumerate(lines[1:], 1) if line.text.rstrip() in {"---", "..."}), None)
        if end is None:
            self.problems.append(Problem(lines[0], "the front matter is never closed", "end it with a line `---`"))
            return Block(readable=False), []
        return self.block(lines[1:end], [line.text for line in lines[1:end]]), lines[end + 1 :]

    def project(self) -> Block:
        """Read ``_quarto.yml`` beside the source."""
        path = self.folder / "_quarto.yml"
        lines = self.lines_of(path, path.name) if path.is_file() else []
        return self.block(lines, [line.text for line in lines])

    def block(self, lines: Sequence[Line], texts: Sequence[str]) -> Block:
        """Read YAML, keeping what is wrong with it as a problem."""
        if not lines:
            return Block()
        try:
            return read_block(lines, texts)
        except BlockError as error:
            self.problems.append(Problem(error.line, error.what))
            return Block(readable=False)

    def included(self, lines: Sequence[Line], trail: tuple[Path, ...]) -> Iterator[Line]:
        """Yield the lines with every include outside code replaced by the lines of its file."""
        for line, blanked in zip(lines, _blank_fenced(lines), strict=True):
            wanted = INCLUDE.match(blanked)
            if wanted is None:
                yield line
            else:
                yield from self.include(line, wanted["path"], trail)

    def include(self, line: Line, wanted: str, trail: tuple[Path, ...]) -> Iterator[Line]:
        """Yield the lines of one included file."""
        path = (trail[-1].parent / wanted).resolve()
        problem = self.include_problem(path, wanted, trail)
        if problem:
            self.problems.append(Problem(line, *problem))
            return
        name = path.relative_to(self.folder).as_posix()
        lines = self.lines_of(path, name)
        if lines and lines[0].text.rstrip() == "---":
            self.problems.append(
                Problem(lines[0], "an included file has front matter", "keep front matter in the report itself"),
            )
            return
        yield from self.included(lines, (*trail, path))

    def include_problem(self, path: Path, wanted: str, trail: tuple[Path, ...]) -> tuple[str, str] | None:
        """Tell what is wrong with an include: the fault and its remedy."""
        if not path.is_relative_to(self.folder):
            return f"the include {wanted!r} leaves the folder of the report", "keep included files beside the report"
        if path in trail:
            return f"the include {wanted!r} includes itself", "break the loop"
        if not path.is_file():
            return f"the include {wanted!r} is not a file", "check its name; it is sought from the including file"
        return None

    def parts(self, lines: Sequence[Line]) -> Iterator[Prose | Cell]:
        """Split the body into prose and Python cells; a fence never closed becomes a problem."""
        prose: list[Line] = []
        at = 0
        while at < len(lines):
            opened = _opens(lines[at].text)
            if opened is None:
                prose.append(lines[at])
                at += 1
                continue
            end = _closing(lines, at, opened["mark"])
            if end == len(lines):
                self.problems.append(
                    Problem(lines[at], "this code fence is never closed", f"end it with a line {opened['mark']}"),
                )
            if opened["info"] == "{python}":
                if prose:
                    yield Prose(tuple(prose))
                prose = []
                yield self.cell(lines[at], lines[at + 1 : end])
            else:
                prose += lines[at : end + 1]
            at = end + 1
        if prose:
            yield Prose(tuple(prose))

    def cell(self, opening: Line, lines: Sequence[Line]) -> Cell:
        """Split a cell into its ``#|`` options and its code."""
        first = next((n for n, line in enumerate(lines) if not line.text.startswith("#|")), len(lines))
        texts = [line.text.removeprefix("#|").removeprefix(" ") for line in lines[:first]]
        return Cell(opening, self.block(lines[:first], texts), tuple(lines[first:]))


def _opens(text: str) -> Mapping[str, str] | None:
    """Return the parts of a line that opens a code fence; None when it opens none."""
    found = FENCE.match(text)
    if found is None or (found["mark"].startswith("`") and "`" in found["info"]):
        return None
    return found.groupdict()


def _closing(lines: Sequence[Line], opening: int, mark: str) -> int:
    """Return the index of the line that closes the fence opened at ``opening``, or ``len(lines)``."""
    for at in range(opening + 1, len(lines)):
        text = lines[at].text.strip()
        if len(text) >= len(mark) and not text.strip(mark[0]):
            return at
    return len(lines)


def _blocks(lines: Sequence[Line]) -> Iterator[tuple[int, int | None]]:
    """Yield the first and last index of every fenced block; lines outside one have no last index."""
    at = 0
    while at < len(lines):
        opened = _opens(lines[at].text)
        end = None if opened is None else min(_closing(lines, at, opened["mark"]), len(lines) - 1)
        yield at, end
        at = (at if end is None else end) + 1


def _blank_fenced(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the text of every line, fenced code as blanks of the same length."""
    for start, end in _blocks(lines):
        if end is None:
            yield lines[start].text
        else:
            yield from (" " * len(line.text) for line in lines[start : end + 1])


def _blank(found: re.Match[str]) -> str:
    """Return blanks in place of a match, its line ends kept."""
    return re.sub(r"[^\n]", " ", found[0])
