"""Two releases of one analysis beside each other: which cells differ, and what else does that may be why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from lvrn_eval.release.frames import row_name, shown_cells, tables_of, to_plain
from lvrn_eval.release.manifest import SOURCES, canonical_json

if TYPE_CHECKING:
    from lvrn_eval.release.store import Release
    from lvrn_eval.result import Result

Key = TypeVar("Key")

THERE, NOT_THERE = "there", "not there"


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same in two releases.

    Parameters
    ----------
    table
        The table's name, as its file is called.
    row
        ``row`` with its number, counted from 1, and its texts; or what else differs: ``title``, ``sentence``, ``check``
        or ``method``.
    column
        The column, or which sentence, check or choice; empty where it is about the whole.
    released, computed
        What the first and the second say: protected values, and ``[c]`` for hidden ones.
    """

    table: str
    row: str
    column: str
    released: str
    computed: str


def differences(released: Release, computed: Release) -> list[Difference]:
    """Return everything in which the tables of two releases differ, in the order of the first's files."""
    old, new = _tables(released), _tables(computed)
    found = [Difference(name, "", "", THERE, NOT_THERE) for name in old if name not in new]
    found += [Difference(name, "", "", NOT_THERE, THERE) for name in new if name not in old]
    for name in (name for name in old if name in new):
        found += _cells(name, old[name], new[name])
        found += _around(name, old[name], new[name])
    return found


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what differs between two manifests apart from results, in sentences, by kind.

    The kinds are ``inputs``, ``sources`` (the analysis, the framework, what records are read), ``choices`` (parameters,
    policy and plan) and ``versions`` (of packages, and the engine).
    """
    return {
        "inputs": list(_inputs(old["inputs"], new["inputs"])),
        "sources": [f"{SOURCES.get(name, name)} was changed" for name in _unequal(old["digests"], new["digests"])],
        "choices": list(_choices(old, new)),
        "versions": list(_versions(old, new)),
    }


def _tables(release: Release) -> dict[str, Result]:
    return dict(pair for result in release.results.values() for pair in tables_of(result))


def _cells(name: str, old: Result, new: Result) -> Iterator[Difference]:
    """Yield the cells that differ; where columns or rows come or go, cells have no partner and only that is said."""
    before, after = list(map(str, old.table.columns)), list(map(str, new.table.columns))
    yield from (Difference(name, "", column, THERE, NOT_THERE) for column in before if column not in after)
    yield from (Difference(name, "", column, NOT_THERE, THERE) for column in after if column not in before)
    if len(old.table) != len(new.table):
        yield Difference(name, "number of rows", "", str(len(old.table)), str(len(new.table)))
        return
    for position, (first, second) in enumerate(zip(shown_cells(old), shown_cells(new), strict=True)):
        was, now = dict(zip(before, first, strict=True)), dict(zip(after, second, strict=True))
        for column in (column for column in before if column in now and now[column] != was[column]):
            yield Difference(name, row_name(old, position), column, was[column], now[column])


def _around(name: str, old: Result, new: Result) -> Iterator[Difference]:
    """Yield what differs around the table: its title, its sentences, its checks and the choices behind it."""
    before, after = _said(to_plain(old)), _said(to_plain(new))
    for what, which in _unequal(before, after):
        was, now = (_text(said.get((what, which), NOT_THERE)) for said in (before, after))
        yield Difference(name, what, which, was, now)


def _said(plain: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    said = {("title", ""): plain["title"]}
    said |= {("sentence", str(number)): text for number, text in enumerate(plain["text"], start=1)}
    said |= {("check", check["name"]): check for check in plain["checks"]}
    # which versions computed it is the manifest's to say, and no number of the table
    return said | {("method", key): value for key, value in plain["method"].items() if key != "versions"}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else canonical_json(value)


def _unequal(old: Mapping[Key, Any], new: Mapping[Key, Any]) -> list[Key]:
    """Return the keys, in order, whose values are not the same in both, or in one only."""
    return [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]


def _inputs(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[str]:
    before, after = _files(old), _files(new)
    for table, file in _unequal(before, after):
        what = f"the file {file} of the table {table}"
        if (table, file) not in after:
            yield f"{what} is no longer read"
        elif (table, file) not in before:
            yield f"{what} was not read before"
        else:
            yield f"{what} has other content"


def _files(inputs: list[dict[str, Any]]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for file in inputs:
        found.setdefault((file["table"], file["file"]), []).append(file["sha256"])
    return found


def _choices(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in _unequal(old["parameters"], new["parameters"]):
        before, after = old["parameters"].get(name, NOT_THERE), new["parameters"].get(name, NOT_THERE)
        yield f"the parameter {name} was {_text(before)} and is {_text(after)}"
    if old["policy"] != new["policy"]:
        before, after = (f"{policy['name']}, version {policy['version']}" for policy in (old["policy"], new["policy"]))
        yield f"the disclosure policy was {before}, and is {after}"
    if old["plan"] != new["plan"]:
        yield "the analysis plan, or what deviates from it, was changed"


def _versions(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in _unequal(old["versions"], new["versions"]):
        before, after = (versions.get(name, NOT_THERE) for versions in (old["versions"], new["versions"]))
        yield f"{name} was {before} and is {after}"
    if old["engine"] != new["engine"]:
        yield f"the steps ran on {old['engine']}, and now on {new['engine']}"
