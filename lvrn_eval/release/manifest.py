"""What a release is made of: a canonical manifest whose digest names the release."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lvrn_eval.records import FileRead
    from lvrn_eval.release.policy import Policy

SCHEMA = 1
PACKAGES = ("lvrn-eval", "duckdb", "lifelines", "numpy", "pandas", "pyarrow", "scipy", "sqlglot", "statsmodels")
OUTSIDE_THE_DIGEST = frozenset({"created_at", "digest"})


def canonical_json(data: Any) -> str:
    """Return data as JSON in the one form that has a digest: sorted keys, no blanks, no NaN."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_of(manifest: Mapping[str, Any]) -> str:
    """Return the manifest's digest; when it was made is not part of what it is."""
    kept = {key: value for key, value in manifest.items() if key not in OUTSIDE_THE_DIGEST}
    return hashlib.sha256(canonical_json(kept).encode("utf-8")).hexdigest()


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


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages whose numbers a release rests on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed as a package"
    return found


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
