"""What is wrong with YAML that cannot be read, in the words of somebody who edits a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from lvrn_eval.documents.document import Finding, Node

if TYPE_CHECKING:
    from ruamel.yaml.error import MarkedYAMLError


class _Explanation(NamedTuple):
    """What to say when the parser's problem holds ``problem`` (and its context holds ``context``)."""

    problem: str
    context: str
    what: str
    fix: str
    at_context: bool = False


_COLON = "if the colon belongs to a text, put the text in quotes"
EXPLANATIONS = (
    _Explanation(
        "mapping values are not allowed", "", "a colon stands where none can",
        f"{_COLON}; else give the line above its colon, or this line its indentation",
    ),
    _Explanation(
        "could not find expected ':'", "", "this line has no colon after its key",
        "write `key: value`, with a space after the colon; text that runs on is indented under its key",
        at_context=True,
    ),
    _Explanation("'\\t'", "", "a tab stands where spaces are needed", "indent with spaces"),
    _Explanation(
        "found character", "next token", "a text cannot start with this character",
        "put the text in quotes",
    ),
    _Explanation(
        "unexpected end of stream", "quoted scalar", "a quotation mark opens here and never closes",
        "close it; a quotation mark inside a text in single quotes is written twice", at_context=True,
    ),
    _Explanation("escape", "double-quoted", "a backslash stands in a text in double quotes", "use single quotes"),
    _Explanation(
        "expected ',' or ']'", "", "a square bracket opens here and does not close",
        "close it with `]`, with commas between the entries", at_context=True,
    ),
    _Explanation(
        "expected ',' or '}'", "", "a curly bracket opens here and does not close",
        "close it with `}`, with commas between the entries", at_context=True,
    ),
    _Explanation(
        "sequence entries are not allowed", "", "a list starts on the line of its key",
        "start the list on the next line, indented, each entry with `- `",
    ),
    _Explanation(
        "but found '<scalar>'", "block", "text follows here where a new key should",
        "put the whole text in quotes, or take the rest out",
    ),
    _Explanation(
        "expected <block end>", "", "this line does not line up with the lines above it",
        "indent it as far as the other keys or entries of the same thing",
    ),
)  # fmt: skip


def explain(error: MarkedYAMLError, lines: Sequence[str]) -> Finding:
    """Return what stopped the parser, where to look, and what to do.

    Parameters
    ----------
    error
        The parser's error.
    lines
        The lines of the file.
    """
    problem, context = error.problem or "", error.context or ""
    for known in EXPLANATIONS:
        if known.problem in problem and known.context in context:
            mark = error.context_mark if known.at_context else error.problem_mark
            return Finding(_node(mark or error.problem_mark, lines), known.what, known.fix)
    return Finding(_node(error.problem_mark, lines), f"this is not YAML that can be read ({problem})")


def _node(mark: object, lines: Sequence[str]) -> Node:
    line, column = getattr(mark, "line", 0), getattr(mark, "column", 0)
    # a file that ends too early is marked at its last line
    line = min(line, max(len(lines) - 1, 0))
    return Node(line + 1, column + 1, 1, None)
