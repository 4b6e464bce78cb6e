"""Turn composed Markdown into a page, with the pandoc that pypandoc ships, Lua filters, a template and a theme."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from lvrn_eval.errors import Fault, ReportError
from lvrn_eval.report.lint import references, refusal
from lvrn_eval.report.markdown import Composed, written
from lvrn_eval.report.qmd import Document, Problem

TOC_DEPTH = 3
TOC_TITLE = "Contents"
LANGUAGE = "en-GB"
# the source was linted for these, so they can only come from a value that happens to look like Markdown
TOLERATED = frozenset({"UnclosedDiv", "DuplicateLinkReference"})
# what the template prints as metadata; everything else in the front matter steers the run
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


def page(document: Document, composed: Composed, *, epoch: int, generator: str) -> bytes:
    """Return a document as one HTML page that needs nothing else.

    Parameters
    ----------
    document
        The linted source.
    composed
        Its Markdown and what its code shows.
    epoch
        Seconds since 1970, the only time the page may know.
    generator
        What made the page: engine and versions.

    Raises
    ------
    ReportError
        When a reference finds nothing, a picture or table lacks what a reader needs, or pandoc warns.
    """
    options = document.options("html")
    with tempfile.TemporaryDirectory(prefix="lvrn-") as name, as_file(files(__package__)) as package:
        folder = Path(name)
        (folder / "outputs.json").write_text(json.dumps(composed.outputs), "utf-8")
        (folder / "meta.json").write_text(json.dumps(_metadata(options, generator)), "utf-8")
        command = [
            *(program(), "--data-dir", name, "--from", "markdown", "--to", "html5", "--standalone"),
            *("--template", str(package / "page.html")),
            *("--lua-filter", str(package / "cells.lua"), "--lua-filter", str(package / "quarto.lua")),
            *("--metadata-file", str(folder / "meta.json"), "--strip-comments", "--section-divs", "--mathml"),
            *("--embed-resources", "--wrap=none", "--quiet", "--log", str(folder / "log.json")),
            *_switches(options),
        ]
        ran = subprocess.run(  # noqa: S603 (pypandoc's own program, and switches made here)
            command,
            input=composed.text.encode(),
            capture_output=True,
            check=False,
            cwd=document.path.resolve().parent,
            env={
                **os.environ,
                "SOURCE_DATE_EPOCH": str(epoch),
                "LVRN_OUTPUTS": str(folder / "outputs.json"),
                "LVRN_FAULTS": str(folder / "faults.jsonl"),
            },
        )
        faults = _written(folder / "faults.jsonl").splitlines()
        _refuse(document, [json.loads(line) for line in faults])
        log = json.loads(_written(folder / "log.json") or "[]")
        complaints = [entry["pretty"] for entry in log if _matters(entry)]
        if ran.returncode:
            complaints.append(ran.stderr.decode(errors="replace").replace(name, "").strip())
        if complaints:
            told = [Fault("pandoc", complaint) for complaint in complaints]
            raise ReportError(f"{document.path.name} is not rendered: pandoc refused it", told)
    return ran.stdout.replace(b"\r\n", b"\n")


def _written(path: Path) -> str:
    """Return what pandoc, or a filter, wrote to a file; nothing when it did not get so far."""
    return path.read_text("utf-8").strip() if path.is_file() else ""


def _matters(entry: Mapping[str, str]) -> bool:
    """Tell whether an entry of pandoc's log makes the page wrong."""
    return entry["verbosity"] in {"WARNING", "ERROR"} and entry["type"] not in TOLERATED


def _metadata(options: Mapping[str, Any], generator: str) -> dict[str, Any]:
    """Return what the template prints."""
    authors = options.get("author", [])
    authors = [authors] if isinstance(authors, str) else authors
    date = written(options["date"]) if "date" in options else ""
    known = {key: options[key] for key in PRINTED if key in options}
    return {
        **known,
        "author": authors,
        "byline": " · ".join([*([", ".join(authors)] if authors else []), *([date] if date else [])]),
        **({"date": str(options["date"])} if date else {}),
        "lang": options.get("lang", LANGUAGE),
        "toc-title": options.get("toc-title", TOC_TITLE),
        "number-sections": bool(options.get("number-sections", False)),
        "link-citations": True,
        "generator": generator,
    }


def _switches(options: Mapping[str, Any]) -> list[str]:
    """Return the switches of pandoc that the front matter asks for."""
    switches = []
    if options.get("toc"):
        switches += ["--toc", f"--toc-depth={options.get('toc-depth', TOC_DEPTH)}"]
    if "bibliography" in options:
        switches.append("--citeproc")
    return switches


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
