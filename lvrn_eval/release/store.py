"""Writing a release as a whole or not at all, and opening one only when every byte is as its manifest says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import Fault, ReleaseError, suggestion
from lvrn_eval.records.tables import LINEAGE, TABLES
from lvrn_eval.release.differencing import differencing_faults
from lvrn_eval.release.frames import from_plain, tables_of, to_csv, to_plain
from lvrn_eval.release.manifest import (
    MANIFEST,
    SCHEMA,
    canonical_json,
    described_inputs,
    digest_of,
    file_digest,
    read_manifest,
    readable_json,
    sealed,
    seeds,
    text_digest,
    versions,
)
from lvrn_eval.release.policy import choose
from lvrn_eval.release.suppress import protect_all
from lvrn_eval.release.writing import alone, put_file, put_folder

if TYPE_CHECKING:
    from lvrn_eval.records import DataStatus, FileRead
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Choice, Result

NAME = 16
"""How many characters of its digest are a release's name."""

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

    @property
    def plan(self) -> Mapping[str, Any] | None:
        """The analysis plan that was locked before it was made; None when there was none."""
        plan: Mapping[str, Any] | None = self.manifest["plan"]
        return plan

    @property
    def deviations(self) -> tuple[str, ...]:
        """How the analysis differs from its plan, in plain sentences; none when it does not, or there was no plan."""
        return tuple(self.plan["deviations"]) if self.plan else ()

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
    policies: Path | None = None,
    lineage: Sequence[FileRead] = (),
    parameters: Mapping[str, Choice] | None = None,
    digests: Mapping[str, str] | None = None,
    programme: str | None = None,
    engine: str | None = None,
    plan: Mapping[str, Any] | None = None,
    allow_difference: str | None = None,
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
    policies
        A folder of further policies; None for those of this package alone.
    lineage
        The files that were read.
    parameters
        The analysis's parameters, seeds among them.
    digests
        Digests of the framework and of the analysis's source.
    programme
        Whose evaluation it is.
    engine
        Where the people-level steps ran, such as ``duckdb``.
    plan
        The locked plan, and how the analysis differs from it; see ``lvrn_eval.release.plan.held_against``.
    allow_difference
        Why this release may stand beside an earlier one although their difference tells of few people; the reason
        stands in the manifest. None refuses such a release.

    Returns
    -------
    Path
        The release's folder. Equal results, inputs and versions give the same folder. While it is written no other
        process writes a release of this analysis; killed at any moment, there is the whole release or none of it.

    Raises
    ------
    ReleaseError
        When a table holds a person's row, two results share a name, the policy does not suit the data, the difference
        from an earlier release tells of few people, or the disk refuses.
    """
    chosen = choose(policy, data, policies)
    _refuse_unfit(analysis, results)
    protected = protect_all(results, chosen)
    contents = _contents(protected)
    manifest: dict[str, Any] = {
        "schema": SCHEMA,
        "analysis": analysis,
        "programme": programme,
        "data": data,
        "policy": chosen.described(),
        "parameters": dict(parameters or {}),
        "seeds": seeds(protected),
        "inputs": described_inputs(lineage, chosen),
        "digests": dict(digests or {}),
        "versions": versions(),
        "engine": engine,
        "plan": dict(plan) if plan is not None else None,
        "allowed_difference": allow_difference,
        "results": [result.name for result in protected],
        "files": [{"name": name, "sha256": text_digest(text)} for name, text in sorted(contents.items())],
    }
    try:
        with alone(folder / analysis):
            if allow_difference is None:
                _refuse_difference(folder, protected, chosen, manifest)
            return _put_in_place(folder / analysis, contents, manifest)
    except OSError as error:
        raise ReleaseError(
            f"the release of {analysis} could not be written: {error.strerror or error}; "
            "every release that is there is whole",
        ) from error


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
    manifest, faults = read_manifest(path)
    if faults := _changes(path, manifest["files"]) + faults:
        raise ReleaseError(f"release {path.name} is not as it was written", faults)
    results = {
        name: from_plain(json.loads((path / f"{name}.json").read_text(encoding="utf-8")))
        for name in manifest["results"]
    }
    return Release(path, MappingProxyType(manifest), MappingProxyType(results))


def releases_of(folder: Path, analysis: str) -> list[Path]:
    """Return the releases of an analysis, oldest first; what is not in its place yet is none.

    Raises
    ------
    ReleaseError
        When the manifest of one is not as it was written: which is the newest would be a guess.
    """
    paths = sorted(path.parent for path in (folder / analysis).glob(f"[!.]*/{MANIFEST}"))
    made = []
    for path in paths:
        manifest, faults = read_manifest(path)
        if faults:
            raise ReleaseError(f"release {path.name} is not as it was written", faults)
        made.append((str(manifest["created_at"]), path))
    return [path for _, path in sorted(made)]


def latest_release(folder: Path, analysis: str) -> Path:
    """Return the release of an analysis that was made last.

    Raises
    ------
    ReleaseError
        When there is none, or the manifest of one is not as it was written.
    """
    found = releases_of(folder, analysis)
    if not found:
        raise ReleaseError(f"there is no release of {analysis!r} yet; make one with `lvrn-eval run {analysis}`")
    return found[-1]


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


def _refuse_difference(folder: Path, results: Sequence[Result], policy: Policy, manifest: Mapping[str, Any]) -> None:
    """Refuse a release that tells of few people beside an earlier one that may have left the building."""
    own, names = digest_of(manifest), []
    faults: dict[Fault, None] = {}
    for path in releases_of(folder, manifest["analysis"]):
        earlier = open_release(path)
        if earlier.manifest["digest"] == own or earlier.manifest["policy"]["audience"] == "internal":
            continue
        if found := differencing_faults(results, list(earlier.results.values()), policy):
            names.append(path.name)
            faults |= dict.fromkeys(found)
    if faults:
        raise ReleaseError(
            f"beside the earlier release {', '.join(names)} this one would tell of few people; "
            "`--allow-difference REASON` writes it all the same and records the reason",
            faults,
        )


def _contents(results: Sequence[Result]) -> dict[str, str]:
    """Return the text of every file but the manifest, by name."""
    contents = {f"{result.name}.json": canonical_json(to_plain(result)) + "\n" for result in results}
    return contents | {f"{name}.csv": to_csv(table) for result in results for name, table in tables_of(result)}


def _put_in_place(parent: Path, contents: Mapping[str, str], manifest: Mapping[str, Any]) -> Path:
    """Put the release under its name; if it is there already, it is the same release, made again now."""
    whole = sealed(manifest, datetime.now(UTC).isoformat(timespec="microseconds"))
    final, text = parent / str(whole["digest"])[:NAME], readable_json(whole)
    if final.exists():
        open_release(final)
        put_file(final / MANIFEST, text, beside=parent)
    else:
        put_folder(final, {**contents, MANIFEST: text})
    return final


def _changes(path: Path, listed: Sequence[Mapping[str, str]]) -> list[Fault]:
    files = {file["name"]: file.get("sha256") for file in listed}
    present = {entry.name for entry in path.iterdir()} - {MANIFEST}
    faults = [Fault(name, "the file is not in the manifest", "remove it") for name in sorted(present - set(files))]
    faults += [Fault(name, "the file is missing") for name in sorted(set(files) - present)]
    faults += [
        Fault(name, "the file was changed after it was written")
        for name in sorted(present & set(files))
        if file_digest(path / name) != files[name]
    ]
    return faults
