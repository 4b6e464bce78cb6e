"""From a report's source and a release to a page. A report reads a release and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lvrn_eval.errors import ReportError
from lvrn_eval.release import Release, latest_release, open_release

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lvrn_eval.report.subset import Audience, Format

FOLDER_VARIABLE = "LVRN_RELEASES"
RELEASE_VARIABLE = "LVRN_RELEASE"
AUDIENCE_VARIABLE = "LVRN_AUDIENCE"
"""The environment variables that tell a report's cells, in either engine, where releases are, which one is meant, and
for whom the page is."""


def build_report(
    source: Path,
    releases: Path,
    output: Path,
    *,
    formats: Sequence[Format] = ("html",),
    audience: Audience = "arc",
    release: Path | None = None,
    engine: Literal["auto", "builtin", "quarto"] = "auto",
    progress: Callable[[str], None] | None = None,
) -> tuple[Path, ...]:
    """Render a report.

    Parameters
    ----------
    source
        The ``.qmd`` file. Its first cell calls ``release`` with the name of an analysis.
    releases
        The folder of all releases.
    output
        The folder the pages go to.
    formats
        Any of ``html``, ``docx`` and ``pdf``; the report's code runs once for all of them.
    audience
        ``arc`` for those who commissioned the evaluation, ``public`` for everybody: a release made for the building
        alone is refused.
    release
        The release to report; by default the newest of the analysis that the report names.
    engine
        ``quarto``, ``builtin``, or ``auto``: Quarto when its program is found.
    progress
        Called with a line as the work goes on.

    Returns
    -------
    tuple of Path
        The page of each format, in the order they were asked for.

    Raises
    ------
    ReportError, ReleaseError
        When the source cannot be rendered, or the release is not as it was written or not for this audience.
    """
    from lvrn_eval.report.render import render

    if not source.is_file():
        names = sorted(path.stem for path in source.parent.glob("[!_]*.qmd"))
        raise ReportError(f"there is no report {source.stem!r}; there are: {', '.join(names) or 'none'}")
    chosen = environment(releases, audience)
    if release is not None:
        _for_audience(open_release(release), audience)
        chosen[RELEASE_VARIABLE] = str(release.resolve())
    rendered = render(
        source,
        output,
        formats=formats,
        audience=audience,
        environment=chosen,
        engine=engine,
        progress=progress,
    )
    return tuple(rendered.pages.values())


def environment(releases: Path, audience: Audience) -> dict[str, str]:
    """Return the variables that a report's cells need."""
    return {FOLDER_VARIABLE: str(releases.resolve()), AUDIENCE_VARIABLE: audience}


def _for_audience(opened: Release, audience: str) -> Release:
    """Return a release if it may be shown to an audience; the renderer is told of one for the building alone."""
    from lvrn_eval.report.render import INTERNAL_VARIABLE

    policy = opened.manifest["policy"]
    if policy.get("audience") != "internal":
        return opened
    if audience == "public":
        raise ReportError(
            f"the release of {opened.manifest['analysis']!r} is not for the public: it was made under the policy "
            f"{policy['name']!r}; release it under another, or render it with `--audience arc`",
        )
    if note := os.environ.get(INTERNAL_VARIABLE):
        Path(note).touch()
    return opened


def release(analysis: str) -> Release:
    """Return the release of an analysis that this report is about; called by a report's first cell.

    Parameters
    ----------
    analysis
        The analysis's name.

    Raises
    ------
    ReportError
        When the report is not rendered by ``lvrn-eval report``, the release that was asked for is another's, or it is
        not for the public and the page is.
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
    return _for_audience(opened, os.environ.get(AUDIENCE_VARIABLE, "arc"))
