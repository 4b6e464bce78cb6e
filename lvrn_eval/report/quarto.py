"""Render with the Quarto program, where there is one: called as a program, and not trusted when it says all is well."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lvrn_eval.errors import Fault, ReportError
from lvrn_eval.report.subset import TARGETS, Audience, Format

if TYPE_CHECKING:
    from lvrn_eval.report.qmd import Document

MINIMUM = (1, 9)
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
PICTURES_VARIABLE = "LVRN_PICTURES"
ENGINE_VARIABLE = "LVRN_ENGINE"
"""What cells are told when Quarto runs them: the kind of picture its format can hold, and what makes the page."""

PAGES = "pages"
COMPLAINT = re.compile(r"\b(?:WARN(?:ING)?|ERROR)\b")


def find(environment: Mapping[str, str]) -> str | None:
    """Return the program to call: ``QUARTO_PATH``, else ``quarto`` on the path, else None.

    Raises
    ------
    ReportError
        When ``QUARTO_PATH`` is set and is no program.
    """
    told = environment.get("QUARTO_PATH")
    if not told:
        return shutil.which("quarto", path=environment.get("PATH"))
    found = shutil.which(told)
    if found is None:
        fault = Fault("QUARTO_PATH", "the variable is set, but not to a program", "correct it, or unset it")
        raise ReportError("Quarto cannot be called", [fault])
    return found


def version(program: str) -> str:
    """Return the program's version.

    Raises
    ------
    ReportError
        When it does not tell one, or is older than can be relied on.
    """
    try:
        ran = subprocess.run(  # noqa: S603 (the program the user names)
            [program, "--version"],
            capture_output=True,
            check=False,
            text=True,
            encoding="utf-8",
        )
    except OSError as error:
        raise ReportError(f"Quarto cannot be called: {error.strerror}") from None
    numbers = re.match(r"(\d+)\.(\d+)", ran.stdout.strip())
    if ran.returncode or numbers is None:
        raise ReportError("Quarto cannot be called: `quarto --version` tells no version")
    if (int(numbers[1]), int(numbers[2])) < MINIMUM:
        reason = "older ones download fonts for callouts while rendering"
        fix = "update it, unset QUARTO_PATH, or ask for the built-in engine"
        what = f"Quarto {ran.stdout.strip()} is too old: 1.9 is the oldest that renders offline; {reason}"
        raise ReportError("Quarto is not used", [Fault("quarto --version", what, fix)])
    return ran.stdout.strip()


def page(
    document: Document,
    program: str,
    to: Format,
    *,
    audience: Audience,
    environment: Mapping[str, str],
    epoch: int,
    engine: str,
) -> bytes:
    """Return the page Quarto makes of a source; ``engine`` is what the page itself says made it.

    Raises
    ------
    ReportError
        When Quarto fails, warns, or leaves no page.
    """
    source = document.path.resolve()
    with tempfile.TemporaryDirectory(prefix="lvrn-") as folder:
        ran = subprocess.run(  # noqa: S603 (the program the user names)
            [program, *_call(document, to, audience, Path(folder))],
            capture_output=True,
            check=False,
            cwd=source.parent,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={
                **os.environ,
                "PYTHONHASHSEED": "0",
                "TZ": "UTC",
                **environment,
                # Word takes a drawing only as dots unless a converter is installed
                PICTURES_VARIABLE: "png" if to == "docx" else "svg",
                ENGINE_VARIABLE: engine,
                "QUARTO_PYTHON": sys.executable,
                "SOURCE_DATE_EPOCH": str(epoch),
            },
        )
        _refuse(ran, source.name)
        made = Path(folder, PAGES, f"{source.stem}.{to}")
        if not made.is_file():
            raise ReportError(f"{source.name} is not rendered: Quarto left no {made.name}")
        return made.read_bytes()


def _call(document: Document, to: Format, audience: Audience, folder: Path) -> list[str]:
    """Return the arguments of Quarto's program."""
    call = ["render", str(document.path.resolve()), "--to", TARGETS[to], "--output-dir", str(folder / PAGES)]
    call += ["--profile", audience, "--no-execute-daemon"]
    if to == "docx":
        from lvrn_eval.report.pandoc.docx import reference

        styles = folder / "styles.docx"
        styles.write_bytes(reference(str(document.options(to)["title"])))
        call += ["--reference-doc", str(styles)]
    return call


def _refuse(ran: subprocess.CompletedProcess[str], name: str) -> None:
    """Raise what Quarto said, when it failed or complained."""
    lines = [line.rstrip() for line in ANSI.sub("", ran.stderr).splitlines() if line.strip()]
    if ran.returncode:
        told = "\n".join(lines) or "it said nothing"
        what = f"Quarto ended with status {ran.returncode}"
        raise ReportError(f"{name} is not rendered", [Fault("quarto render", what, excerpt=told)])
    complaints = [line for line in lines if COMPLAINT.search(line)]
    if complaints:
        # Quarto ends well on broken references and missing pictures
        what = "Quarto ended well but complained"
        fault = Fault("quarto render", what, "put right what it names", "\n".join(complaints))
        raise ReportError(f"{name} is not rendered", [fault])
