"""Read a block of YAML inside a report source, keeping the line each key stands on."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Line(NamedTuple):
    """One line of a report source, and where it came from.

    Parameters
    ----------
    text
        The line, without its end.
    file
        The file's name, relative to the folder of the report.
    number
        Counted from 1.
    """

    text: str
    file: str
    number: int

    @property
    def where(self) -> str:
        """The place as a person writes it: ``champions.qmd:12``."""
        return f"{self.file}:{self.number}"


class BlockError(Exception):
    """A block that is no YAML mapping: the line at fault and what is wrong with it."""

    def __init__(self, line: Line, what: str) -> None:
        self.line = line
        self.what = what
        super().__init__(what)


@dataclass(frozen=True)
class Block:
    """A mapping read from YAML.

    Parameters
    ----------
    values
        Plain dictionaries, lists and scalars.
    lines
        The line of every key, by its path: ``("format", "html", "toc")``; items of a list are counted from 0.
    readable
        False when the text was no mapping, so that nothing is known of what it says.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[tuple[str, ...], Line] = field(default_factory=dict)
    readable: bool = True


def read_block(lines: Sequence[Line], texts: Sequence[str]) -> Block:
    """Read ``texts`` (the YAML of each of ``lines``, without any comment mark) as one mapping.

    Raises
    ------
    BlockError
        When the text is no YAML, repeats a key, or is something other than a mapping.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        loaded = YAML().load(io.StringIO("\n".join(texts) + "\n"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = lines[min(mark.line, len(lines) - 1)] if mark else lines[0]
        problem = " ".join(str(error.problem or error.context).split())
        raise BlockError(at, f"this is not YAML: {problem}") from None
    except YAMLError as error:
        raise BlockError(lines[0], f"this is not YAML: {error}") from None
    if loaded is None:
        return Block()
    if not isinstance(loaded, dict):
        raise BlockError(lines[0], "this is not a list of `name: value` lines")
    places: dict[tuple[str, ...], Line] = {}
    return Block(_plain(loaded, (), lines, places), places)


def _plain(node: Any, path: tuple[str, ...], lines: Sequence[Line], places: dict[tuple[str, ...], Line]) -> Any:
    """Turn ruamel's decorated values into plain ones, noting the line of every key on the way."""
    if isinstance(node, dict):
        for key in node:
            places[*path, str(key)] = lines[node.lc.key(key)[0]]  # type: ignore[attr-defined]
        return {str(key): _plain(value, (*path, str(key)), lines, places) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value, (*path, str(n)), lines, places) for n, value in enumerate(node)]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
