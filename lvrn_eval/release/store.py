"""Writing a release as a whole or not at all, and opening one only when every byte is as its manifest says."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import Fault, ReleaseError, suggestion
from lvrn_eval.records.tables import LINEAGE, TABLES
from lvrn_eval.release.frames import from_plain, tables_of, to_csv, to_plain
from lvrn_eval.release.manifest import SCHEMA, canonical_json, described_inputs, digest_of, file_digest, versions
from lvrn_eval.release.policy import choose
from lvrn_eval.release.suppress import protect

if TYPE_CHECKING:
    from lvrn_eval.records import DataStatus, FileRead
    from lvrn_eval.result import Choice, Result

MANIFEST = "manifest.json"
READABLE = 0o755
"""A temporary folder is its maker's alone; a release is for others to read."""

PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
PERSON_LEVEL = frozenset(
    {
        column.name
        for table in TABLES.values()
        for column in table.columns
        if column.kind in {"id", "key", "date", "month", "time"}
    },
) - {"period_start"} | frozenset(LINEAGE) - {"programme"}
"""Columns that only a person's row has; no released table may have one. Programmes and periods are nobody's own."""


@dataclass(frozen=True)
class Release:
    """A release that was opened and is as its manifest says.

    Parameters
    ----------
    path
        Its folder.
    manifest
        What it is made of.
    results
        The protected results, by name.
    """

    path: Path
    manifest: Mapping[str, Any]
    results: Mapping[str, Result]

    @property
    def data(self) -> DataStatus:
        """What the data is; every page made of the release says so."""
        status: DataStatus = self.manifest["data"]
        return status

    def result(self, name: str) -> Result:
        """Return a result by name, or a part of one by ``result.part``.

        Raises
        ------
        ReleaseError
            When there is none.
        """
        known = {title: table for result in self.results.values() for title, table in tables_of(result)}
        if name not in known:
            raise ReleaseError(f"this release has no result {name!r}; {suggestion(name, known)}")
        return known[name]


def write_release(
    folder: Path,
    analysis: str,
    results: Sequence[Result],
    *,
    data: DataStatus,
    policy: str = "strict",
    lineage: Sequence[FileRead] = (),
    parameters: Mapping[str, Choice] | None = None,
    digests: Mapping[str, str] | None = None,
    programme: str | None = None,
) -> Path:
    """Protect results and write them to ``folder/analysis/<digest>``.

    Parameters
    ----------
    folder
        The folder of all releases.
    analysis
        The analysis's slug.
    results
        What it returned.
    data
        What the data is.
    policy
        The disclosure policy by name.
    lineage
        The files that were read.
    parameters
        The analysis's parameters, seeds among them.
    digests
        Digests of the framework and of the analysis's source.
    programme
        Whose evaluation it is.

    Returns
    -------
    Path
        The release's folder. Equal results, inputs and versions give the same folder.

    Raises
    ------
    ReleaseError
        When a table holds a person's row, two results share a name, or the policy does not suit the data.
    """
    chosen = choose(policy, data)
    _refuse_unfit(analysis, results)
    protected = [protect(result, chosen) for result in results]
    parent = folder / analysis
    parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".writing-", dir=parent))
    try:
        files = _write_files(made, protected)
        manifest: dict[str, Any] = {
            "schema": SCHEMA,
            "analysis": analysis,
            "programme": programme,
            "data": data,
            "policy": chosen.described(),
            "parameters": dict(parameters or {}),
            "inputs": described_inputs(lineage, chosen),
            "digests": dict(digests or {}),
            "versions": versions(),
            "results": [result.name for result in protected],
            "files": files,
        }
        manifest["digest"] = digest_of(manifest)
        manifest["created_at"] = datetime.now(UTC).isoformat(timespec="seconds")
        text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
        _write(made / MANIFEST, text + "\n")
        return _put_in_place(made, parent / manifest["digest"][:16])
    finally:
        shutil.rmtree(made, ignore_errors=True)


def open_release(path: Path | str) -> Release:
    """Open a release.

    Parameters
    ----------
    path
        Its folder.

    Raises
    ------
    ReleaseError
        When a file is missing, added or changed, or the manifest is not what its digest says: every such file.
    """
    path = Path(path)
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        files = {str(file["name"]): str(file["sha256"]) for file in manifest["files"]}
        expected = str(manifest["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ReleaseError(f"{path.name} is not a release: it has no manifest that can be read") from None
    if faults := _changes(path, files, manifest, expected):
        raise ReleaseError(f"release {path.name} is not as it was written", faults)
    results = {
        name: from_plain(json.loads((path / f"{name}.json").read_text(encoding="utf-8")))
        for name in manifest["results"]
    }
    return Release(path, MappingProxyType(manifest), MappingProxyType(results))


def latest_release(folder: Path, analysis: str) -> Path:
    """Return the newest release of an analysis.

    Raises
    ------
    ReleaseError
        When there is none.
    """
    manifests = sorted((folder / analysis).glob(f"*/{MANIFEST}"))
    dated = [(json.loads(path.read_text(encoding="utf-8")).get("created_at", ""), path.parent) for path in manifests]
    if not dated:
        raise ReleaseError(f"there is no release of {analysis!r} yet; make one with `lvrn-eval run {analysis}`")
    return max(dated)[1]


def _refuse_unfit(analysis: str, results: Sequence[Result]) -> None:
    names = [result.name for result in results]
    faults = [
        Fault(repr(name), "a name is lower-case letters, digits, _ and - only")
        for name in [analysis, *names]
        if not PLAIN_NAME.fullmatch(name)
    ]
    faults += [Fault(name, "two results have this name") for name in sorted({n for n in names if names.count(n) > 1})]
    for result in results:
        for title, table in tables_of(result):
            dated = table.table.select_dtypes(["datetime", "datetimetz"]).columns
            for column in dict.fromkeys([*(c for c in table.table.columns if c in PERSON_LEVEL), *dated]):
                faults.append(
                    Fault(title, f"the column {column!r} belongs to a person's row", "group before releasing")
                )
    if faults:
        raise ReleaseError("these results cannot be released", faults)


def _write_files(folder: Path, results: Sequence[Result]) -> list[dict[str, str]]:
    for result in results:
        _write(folder / f"{result.name}.json", canonical_json(to_plain(result)) + "\n")
        for name, table in tables_of(result):
            _write(folder / f"{name}.csv", to_csv(table))
    return [{"name": path.name, "sha256": file_digest(path)} for path in sorted(folder.iterdir())]


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _put_in_place(made: Path, final: Path) -> Path:
    """Move the finished folder to its name; if it is there already, it is the same release."""
    made.chmod(READABLE)
    try:
        made.replace(final)
    except OSError:
        if not (final / MANIFEST).is_file():
            raise
        open_release(final)
    return final


def _changes(path: Path, files: Mapping[str, str], manifest: Mapping[str, Any], expected: str) -> list[Fault]:
    faults = []
    present = {entry.name for entry in path.iterdir()} - {MANIFEST}
    faults += [Fault(name, "the file is not in the manifest", "remove it") for name in sorted(present - set(files))]
    faults += [Fault(name, "the file is missing") for name in sorted(set(files) - present)]
    faults += [
        Fault(name, "the file was changed after it was written")
        for name in sorted(present & set(files))
        if file_digest(path / name) != files[name]
    ]
    if digest_of(manifest) != expected:
        faults.append(Fault(MANIFEST, "the manifest was changed after it was written"))
    return faults
