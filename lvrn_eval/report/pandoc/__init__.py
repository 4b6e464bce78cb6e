"""Turn composed Markdown into pages, with the pandoc that pypandoc ships, Lua filters, templates and one theme.

Pandoc runs twice. Reading fills in what cells show and numbers everything, the same for all formats; writing makes one
format of that. Between the two, pictures become files of a kind the format can hold.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from lvrn_eval.errors import Fault, ReportError
from lvrn_eval.report.lint import references, refusal
from lvrn_eval.report.markdown import Composed, written
from lvrn_eval.report.qmd import Document, Problem
from lvrn_eval.report.site import bar, site_title
from lvrn_eval.report.subset import Audience

FILTERS = ("cells", "quarto", "accessible")
"""The Lua filters a document is read through, in this order."""

TOC_DEPTH = 3
TOC_TITLE = "Contents"
LANGUAGE = "en-GB"
MARKING = "Not for release"
# the source was linted for these, so they can only come from a value that happens to look like Markdown
TOLERATED = frozenset({"UnclosedDiv", "DuplicateLinkReference"})
# what a template prints as metadata; everything else in the front matter steers the run
PRINTED = ("title", "subtitle", "abstract", "description", "bibliography", "csl")


@cache
def program() -> str:
    """Return the path of pypandoc's pandoc."""
    import pypandoc

    return str(pypandoc.get_pandoc_path())


@cache
def version() -> str:
    """Return pandoc's version, such as ``3.9``."""
    answer = subprocess.run(  # noqa: S603 (pypandoc's own program)
        [program(), "--version"],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    )
    return answer.stdout.split()[1]


@dataclass(frozen=True)
class Job:
    """One document on its way to one format.

    Parameters
    ----------
    document
        The linted source.
    composed
        Its Markdown and what its code shows.
    to
        The format as the front matter calls it: ``html``, ``docx`` or ``typst``.
    epoch
        Seconds since 1970, the only time the page may know.
    generator
        What makes the page: engine and versions.
    audience
        Whom the page is for.
    pages
        The names of the pages of its site that a web page may lead to.
    internal
        Whether what it shows is for the building alone: every page is marked so.
    folder
        An empty folder that lasts as long as the job.
    """

    document: Document
    composed: Composed
    to: str
    epoch: int
    generator: str
    audience: Audience
    pages: tuple[str, ...]
    internal: bool
    folder: Path

    @property
    def options(self) -> dict[str, Any]:
        """The options of the page."""
        return self.document.options(self.to)


def read(job: Job) -> dict[str, Any]:
    """Return a document as pandoc's tree, numbered, with what its cells show in their places.

    Raises
    ------
    ReportError
        When a reference finds nothing, a picture or table lacks what a reader needs, or pandoc warns.
    """
    (job.folder / "outputs.json").write_text(json.dumps(job.composed.outputs), "utf-8")
    (job.folder / "meta.json").write_text(json.dumps(_metadata(job)), "utf-8")
    with as_file(files(__package__)) as package:
        filters = [argument for name in FILTERS for argument in ("--lua-filter", f"{package / name}.lua")]
        cited = ["--citeproc"] if "bibliography" in job.options else []
        told = ["--metadata-file", str(job.folder / "meta.json"), "--strip-comments", "--standalone"]
        tree = call(job, ["--from", "markdown", "--to", "json", *filters, *told, *cited], job.composed.text.encode())
    return dict(json.loads(tree))


def write(job: Job, tree: Mapping[str, Any], arguments: Sequence[str]) -> bytes:
    """Return what pandoc makes of a tree.

    Raises
    ------
    ReportError
        When pandoc warns.
    """
    return call(job, ["--from", "json", "--standalone", *arguments], json.dumps(tree).encode())


def call(job: Job, arguments: Sequence[str], given: bytes) -> bytes:
    """Run pandoc in the document's folder and return what it wrote; a filter's fault or a warning is an error."""
    told, log = job.folder / "faults.jsonl", job.folder / "log.json"
    ran = subprocess.run(  # noqa: S603 (pypandoc's own program, and switches made here)
        [program(), "--data-dir", str(job.folder), "--wrap=none", "--quiet", "--log", str(log), *arguments],
        input=given,
        capture_output=True,
        check=False,
        cwd=job.document.path.resolve().parent,
        env={
            **os.environ,
            "SOURCE_DATE_EPOCH": str(job.epoch),
            "LVRN_TO": job.to,
            "LVRN_AUDIENCE": job.audience,
            "LVRN_PAGES": " ".join(job.pages),
            "LVRN_OUTPUTS": str(job.folder / "outputs.json"),
            "LVRN_FAULTS": str(told),
        },
    )
    _refuse(job.document, [json.loads(line) for line in _written(told).splitlines()])
    complaints = [entry["pretty"] for entry in json.loads(_written(log) or "[]") if _matters(entry)]
    if ran.returncode:
        complaints.append(ran.stderr.decode(errors="replace").replace(str(job.folder), "").strip())
    if complaints:
        faults = [Fault("pandoc", complaint) for complaint in complaints]
        raise ReportError(f"{job.document.path.name} is not rendered: pandoc refused it", faults)
    return ran.stdout


def contents(job: Job) -> list[str]:
    """Return the switches for the table of contents the front matter asks for."""
    if not job.options.get("toc"):
        return []
    return ["--toc", f"--toc-depth={job.options.get('toc-depth', TOC_DEPTH)}"]


def _written(path: Path) -> str:
    """Return what pandoc, or a filter, wrote to a file; nothing when it did not get so far."""
    return path.read_text("utf-8").strip() if path.is_file() else ""


def _matters(entry: Mapping[str, str]) -> bool:
    """Tell whether an entry of pandoc's log makes the page wrong."""
    return entry["verbosity"] in {"WARNING", "ERROR"} and entry["type"] not in TOLERATED


def _metadata(job: Job) -> dict[str, Any]:
    """Return what a template prints."""
    options = job.options
    authors = options.get("author", [])
    authors = [authors] if isinstance(authors, str) else authors
    date = written(options["date"]) if "date" in options else ""
    # Word's own title page has a date in words, a web page's head one for machines
    dated = {"date": str(options["date"]) if job.to == "html" else date} if date else {}
    return {
        **{key: options[key] for key in PRINTED if key in options},
        "author": authors,
        "byline": " · ".join([*([", ".join(authors)] if authors else []), *([date] if date else [])]),
        **dated,
        "lang": options.get("lang", LANGUAGE),
        "toc-title": options.get("toc-title", TOC_TITLE),
        "number-sections": bool(options.get("number-sections", False)),
        "link-citations": True,
        # not `toc`, which would make pandoc leave a second, empty table in a Word document
        "contents": bool(options.get("toc", False)),
        "toc-depth": str(options.get("toc-depth", TOC_DEPTH)),
        "generator": job.generator,
        **({"marking": MARKING} if job.internal else {}),
        **({"navigation": bar(job.document, job.pages), "site": site_title(job.document)} if job.pages else {}),
    }


def _refuse(document: Document, told: Sequence[Mapping[str, str]]) -> None:
    """Raise what the filter found, at the line of the source wherever that is known."""
    if not told:
        return
    written_here = references(document)
    problems: list[Problem] = []
    faults: list[Fault] = []
    for fault in told:
        here = written_here.get(fault["label"]) if not fault["where"] and not fault["what"] else None
        if here is not None:
            problems.append(here)
        else:
            what = fault["what"] or f"what this cell shows refers to @{fault['label']}, which nothing has as its label"
            faults.append(Fault(fault["where"] or document.path.name, what, fault["fix"]))
    found = [*refusal(document, problems).faults, *dict.fromkeys(faults)] if problems else list(dict.fromkeys(faults))
    raise ReportError(f"{document.path.name} is not rendered: the page would be at fault", found)
