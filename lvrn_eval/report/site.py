"""A site: every report as a page, and a bar on each that leads to the others."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lvrn_eval.errors import Fault, LvrnError, ReportError, suggestion

if TYPE_CHECKING:
    from lvrn_eval.report.qmd import Document
    from lvrn_eval.report.subset import Audience, Format

HOME = "index"


def build_site(
    reports: Path,
    releases: Path,
    output: Path,
    *,
    only: Sequence[str] | None = None,
    formats: Sequence[Format] = ("html",),
    audience: Audience = "arc",
    engine: Literal["auto", "builtin", "quarto"] = "auto",
    progress: Callable[[str], None] | None = None,
) -> tuple[Path, ...]:
    """Render the reports of a folder as the pages of one site; all that are asked for, or none.

    Parameters
    ----------
    reports
        The folder of the sources, with ``index.qmd`` and ``_quarto.yml``. Files that begin with ``_`` are no pages.
    releases
        The folder of all releases; each page is about the newest of its analysis.
    output
        The folder the pages go to.
    only
        The names of the reports that are pages, beside the first page; by default all. No page leads to another.
    formats
        ``html``, and any others that each page is wanted in; a report's code runs once for all of them.
    audience, engine, progress
        As for ``build_report``.

    Returns
    -------
    tuple of Path
        The pages, the first one first.

    Raises
    ------
    ReportError
        With what is wrong with every page that cannot be rendered.
    """
    from lvrn_eval.report.build import environment
    from lvrn_eval.report.render import render

    faults: list[Fault] = []
    with tempfile.TemporaryDirectory(prefix="lvrn-") as folder:
        sources = _sources(reports, only)
        names = [source.stem for source in sources]
        for source in sources:
            try:
                render(
                    source,
                    Path(folder),
                    formats=formats,
                    audience=audience,
                    pages=names,
                    environment=environment(releases, audience),
                    engine=engine,
                    progress=progress,
                )
            except LvrnError as error:
                faults += error.faults or [Fault(source.name, str(error))]
        if faults:
            raise ReportError("the site is not rendered", faults)
        output.mkdir(parents=True, exist_ok=True)
        made = [Path(folder, f"{source.stem}.{ending}") for source in sources for ending in formats]
        return tuple(_moved(page, output) for page in made)


def _sources(reports: Path, only: Sequence[str] | None) -> list[Path]:
    """Return the sources of the pages, the first page's first."""
    found = sorted(reports.glob("[!_.]*.qmd"), key=lambda path: (path.stem != HOME, path.stem))
    needed = {f"{HOME}.qmd": "the first page", "_quarto.yml": "the list of pages"}
    missing = [
        Fault(name, f"there is no such file: it is {what}")
        for name, what in needed.items()
        if not (reports / name).is_file()
    ]
    if missing:
        raise ReportError(f"{reports.name} is no site", missing)
    if only is None:
        return found
    known = [source.stem for source in found]
    if unknown := [
        Fault(name, "there is no such report", suggestion(name, known)) for name in only if name not in known
    ]:
        raise ReportError("the site is not rendered", unknown)
    return [source for source in found if source.stem in {HOME, *only}]


def _moved(made: Path, output: Path) -> Path:
    """Put a page in its place, whole."""
    from lvrn_eval.report.render import put

    return put(made.read_bytes(), output / made.name)


def bar(document: Document, pages: Sequence[str]) -> list[dict[str, Any]]:
    """Return the pages that a document's bar leads to: address, words, and whether it is the document itself."""
    items = _website(document).get("navbar", {}).get("left", [])
    return [
        {
            "href": f"{Path(item['href']).stem}.html",
            "text": item["text"],
            "current": Path(item["href"]).stem == document.path.stem,
        }
        for item in items
        if Path(item["href"]).stem in pages
    ]


def site_title(document: Document) -> str:
    """Return what a document's site is called."""
    return str(_website(document).get("title", "Reports"))


def _website(document: Document) -> dict[str, Any]:
    found = document.project.values.get("website")
    return found if isinstance(found, dict) else {}
