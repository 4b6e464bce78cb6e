"""From a report's source and a release to a page. A report reads a release and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lvrn_eval.errors import ReportError
from lvrn_eval.release import Release, latest_release, open_release

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER_VARIABLE = "LVRN_RELEASES"
RELEASE_VARIABLE = "LVRN_RELEASE"
"""The environment variables that tell a report's cells, in either engine, where releases are and which one is meant."""


def build_report(
    source: Path,
    releases: Path,
    output: Path,
    *,
    release: Path | None = None,
    engine: Literal["auto", "builtin", "quarto"] = "auto",
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Render a report.

    Parameters
    ----------
    source
        The ``.qmd`` file. Its first cell calls ``release`` with the name of an analysis.
    releases
        The folder of all releases.
    output
        The folder the page goes to.
    release
        The release to report; by default the newest of the analysis that the report names.
    engine
        ``quarto``, ``builtin``, or ``auto``: Quarto when its program is found.
    progress
        Called with a line as the work goes on.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ReportError, ReleaseError
        When the source cannot be rendered, or the release is not as it was written.
    """
    from lvrn_eval.report.render import render

    if not source.is_file():
        names = sorted(path.stem for path in source.parent.glob("*.qmd"))
        raise ReportError(f"there is no report {source.stem!r}; there are: {', '.join(names) or 'none'}")
    environment = {FOLDER_VARIABLE: str(releases.resolve())}
    if release is not None:
        open_release(release)
        environment[RELEASE_VARIABLE] = str(release.resolve())
    return render(source, output, environment=environment, engine=engine, progress=progress).path


def release(analysis: str) -> Release:
    """Return the release of an analysis that this report is about; called by a report's first cell.

    Parameters
    ----------
    analysis
        The analysis's name.

    Raises
    ------
    ReportError
        When the report is not rendered by ``lvrn-eval report``, or the release that was asked for is another's.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        raise ReportError(
            f"no releases: render this report with `lvrn-eval report`, or set {FOLDER_VARIABLE} to their folder",
        )
    path = os.environ.get(RELEASE_VARIABLE)
    opened = open_release(path or latest_release(Path(folder), analysis))
    if opened.manifest["analysis"] != analysis:
        raise ReportError(f"this report is about {analysis!r}, and the release is of {opened.manifest['analysis']!r}")
    return opened
