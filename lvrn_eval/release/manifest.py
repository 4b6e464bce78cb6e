"""What a release is made of: a canonical manifest whose digest names the release."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import Fault, ReleaseError
from lvrn_eval.release.frames import tables_of

if TYPE_CHECKING:
    from lvrn_eval.records import FileRead
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Choice, Result

MANIFEST = "manifest.json"
SCHEMA = 2
PACKAGES = ("lvrn-eval", "duckdb", "lifelines", "numpy", "pandas", "pyarrow", "scipy", "sqlglot", "statsmodels")
SOURCES = {
    "analysis": "the analysis's source",
    "framework": "the outcomes framework",
    "sources": "the description of the sources",
}
"""What the digests in a manifest are digests of."""

CODE = frozenset({".py", ".sql", ".yaml"})
"""What the package's own code is written in."""

OUTSIDE_THE_DIGEST = frozenset({"created_at", "digest", "seal"})
"""When it was made is not part of what it is; the seal holds that too, so that no byte can change unseen."""


def canonical_json(data: Any) -> str:
    """Return data as JSON in the one form that has a digest: sorted keys, no blanks, no NaN."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def readable_json(data: Any) -> str:
    """Return data as JSON in the one form in which it is kept for people to read."""
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def digest_of(manifest: Mapping[str, Any], without: frozenset[str] = OUTSIDE_THE_DIGEST) -> str:
    """Return the digest of a manifest's canonical form, but for the entries it is ``without``."""
    return text_digest(canonical_json({key: value for key, value in manifest.items() if key not in without}))


def sealed(manifest: Mapping[str, Any], created_at: str) -> dict[str, Any]:
    """Return a manifest with its digest, the time it was made, and a seal over all of that."""
    whole = {**manifest, "digest": digest_of(manifest), "created_at": created_at}
    return {**whole, "seal": digest_of(whole, frozenset({"seal"}))}


def read_manifest(path: Path) -> tuple[dict[str, Any], list[Fault]]:
    """Return the manifest in a release's folder, and a fault when any byte of it is not as it was written.

    Raises
    ------
    ReleaseError
        When it cannot be read, lacks what every manifest has, or is of another schema.
    """
    try:
        text = (path / MANIFEST).read_bytes().decode("utf-8")
        manifest = json.loads(text)
        bare = {key: value for key, value in manifest.items() if key not in OUTSIDE_THE_DIGEST}
        unchanged = text == readable_json(sealed(bare, manifest["created_at"]))
        schema, names = manifest["schema"], [file["name"] for file in manifest["files"]]
        complete = {f"{name}.json" for name in manifest["results"]} <= set(names)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ReleaseError(f"{path.name} is not a release: it has no {MANIFEST} that can be read") from None
    if schema != SCHEMA:
        raise ReleaseError(
            f"release {path.name} was written by another version of lvrn-eval: its manifest has schema {schema}, "
            f"and this one reads {SCHEMA}; run the analysis again",
        )
    return manifest, [] if unchanged and complete else [
        Fault(MANIFEST, "the manifest was changed after it was written")
    ]


def file_digest(path: Path) -> str:
    """Return a file's SHA-256."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def source_digest(paths: Iterable[Path]) -> str:
    """Return one digest of the text of several source files, whatever their line endings and order."""
    total = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.name):
        total.update(f"{path.name}\n".encode())
        total.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


@cache
def code_digest() -> str:
    """Return the beginning of the digest of this package's own code: within one version it may be changed, too."""
    root, total = Path(str(files("lvrn_eval"))), hashlib.sha256()
    paths = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.suffix in CODE}
    for name in sorted(paths):
        total.update(f"{name}\n".encode())
        total.update(paths[name].read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()[:16]


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages whose numbers a release rests on, and our own code's digest."""
    found = {"python": platform.python_version(), "lvrn-eval code": code_digest()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed as a package"
    return found


def seeds(results: Sequence[Result]) -> dict[str, list[Choice]]:
    """Return the seeds of every table that was drawn or simulated with one, wherever its choices say so."""
    tables = [pair for result in results for pair in tables_of(result)]
    found = {title: list(dict.fromkeys(_seeds(table.method))) for title, table in tables}
    return {title: drawn for title, drawn in found.items() if drawn}


def _seeds(method: Mapping[str, Any]) -> Iterator[Choice]:
    for name, value in method.items():
        if name == "seed" and value is not None:
            yield value
        elif isinstance(value, Mapping):
            yield from _seeds(value)


def described_inputs(lineage: Iterable[FileRead], policy: Policy) -> list[dict[str, Any]]:
    """Return the input files; a file of few rows does not tell how many."""
    return [
        {
            "table": file.table,
            "file": file.file,
            "sha256": file.sha256,
            "rows": None if policy.hides(file.rows) else policy.rounded(file.rows),
        }
        for file in lineage
    ]
