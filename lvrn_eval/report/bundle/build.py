"""The bundle for the Applied Research Collaboration: a report, its plan and logs, its tables, and their contents."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lvrn_eval.errors import ReportError
from lvrn_eval.release import Release, latest_release, open_release
from lvrn_eval.release.manifest import MANIFEST, file_digest, readable_json
from lvrn_eval.release.writing import READABLE
from lvrn_eval.report.build import build_report
from lvrn_eval.report.bundle.evaluation import ENDING, load_evaluation
from lvrn_eval.report.bundle.workbook import write_workbook

if TYPE_CHECKING:
    from lvrn_eval.report.subset import Audience, Format

ASSURANCE = "_assurance"
"""A report ``champions`` has its plan, logs and checklists in ``champions_assurance``."""

CONTENTS = "contents.json"
WHEN_MADE = frozenset({"created_at", "seal"})
NAME = 16
"""How many characters of a release's digest are a bundle's name."""


def build_bundle(
    report: str,
    reports: Path,
    releases: Path,
    output: Path,
    *,
    formats: Sequence[Format] = ("html", "docx", "pdf"),
    audience: Audience = "arc",
    release: Path | None = None,
    engine: Literal["auto", "builtin", "quarto"] = "auto",
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Put together everything that belongs to one evaluation.

    Parameters
    ----------
    report
        The report's name.
    reports
        The folder with ``<report>.qmd``, ``<report>_assurance.qmd`` and ``<report>.evaluation.yaml``.
    releases
        The folder of all releases.
    output
        The folder of all bundles.
    formats, audience, engine, progress
        As in ``build_report``.
    release
        The release the bundle is about; by default the newest of the analysis that the evaluation names.

    Returns
    -------
    Path
        ``output/<report>/<release>/``: both reports in each format, ``tables.xlsx``, each table as CSV under
        ``tables/``, the release's ``manifest.json`` without when it was made, and ``contents.json`` with the digest of
        every file. Equal releases and sources give equal bytes.

    Raises
    ------
    ReportError, ReleaseError
        When the evaluation's file has faults, a report cannot be rendered, or the release is not as it was written.
    """
    sources = [reports / f"{name}.qmd" for name in (report, f"{report}{ASSURANCE}")]
    if missing := [path.name for path in (*sources, reports / f"{report}{ENDING}") if not path.is_file()]:
        raise ReportError(f"there is no bundle of {report!r}: reports/ has no {', '.join(missing)}")
    evaluation = load_evaluation(reports / f"{report}{ENDING}")
    opened = open_release(release or latest_release(releases, evaluation.analysis))
    # the file's own name is a plain word; the one asked for may be a path that leads elsewhere
    final = output / evaluation.report / str(opened.manifest["digest"])[:NAME]
    final.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".writing-", dir=final.parent))
    try:
        for source in sources:
            build_report(
                source, releases, made,
                formats=formats, audience=audience, release=opened.path, engine=engine, progress=progress,
            )  # fmt: skip
        _add_tables(opened, made)
        _add_contents(made)
        made.chmod(READABLE)
        shutil.rmtree(final, ignore_errors=True)
        return made.replace(final)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _add_tables(release: Release, folder: Path) -> None:
    write_workbook(release, folder / "tables.xlsx")
    tables = folder / "tables"
    tables.mkdir()
    for path in sorted(release.path.glob("*.csv")):
        shutil.copyfile(path, tables / path.name)
    # when the release was made is not part of what it is, and would make no two bundles alike
    told = {name: value for name, value in release.manifest.items() if name not in WHEN_MADE}
    (folder / MANIFEST).write_text(readable_json(told), encoding="utf-8")


def _add_contents(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = {path.relative_to(folder).as_posix(): file_digest(path) for path in files}
    text = json.dumps({"files": digests}, indent=2, sort_keys=True)
    (folder / CONTENTS).write_text(f"{text}\n", encoding="utf-8")
