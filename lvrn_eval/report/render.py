"""Render a report: one source, two engines, one self-contained page."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lvrn_eval.errors import Fault, ReportError

if TYPE_CHECKING:
    from lvrn_eval.report.qmd import Document

Engine = Literal["auto", "builtin", "quarto"]

# when neither the caller, the environment nor the report names a time: the first a zip archive can hold
DEFAULT_EPOCH = 315_532_800


@dataclass(frozen=True)
class Rendered:
    """A rendered report.

    Parameters
    ----------
    path
        The page.
    engine
        Which engine made it.
    versions
        The engine's programs and libraries, with their versions.
    """

    path: Path
    engine: Literal["builtin", "quarto"]
    versions: Mapping[str, str]


def render(
    source: Path,
    output_dir: Path,
    *,
    environment: Mapping[str, str] | None = None,
    engine: Engine = "auto",
    epoch: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Rendered:
    """Render a report source to one HTML page.

    Parameters
    ----------
    source
        A ``.qmd`` file inside the declared subset (``lvrn_eval.report.subset``).
    output_dir
        The folder the page is put in, made when missing. A page of the same name is replaced only by a whole one.
    environment
        Variables for the report's code, over those of this process.
    engine
        ``auto`` is Quarto when ``QUARTO_PATH`` or the path has it, else the built-in engine. A failure of Quarto is
        never hidden by rendering again with the other.
    epoch
        Seconds since 1970 that stand for now; else ``SOURCE_DATE_EPOCH``, else the report's date.
    progress
        Told each step.

    Returns
    -------
    Rendered
        The page, the engine and its versions. The same source, environment and versions give the same bytes.

    Raises
    ------
    ReportError
        With every fault of the source, or the first failure of its code or of an engine.
    """
    from lvrn_eval.report import quarto
    from lvrn_eval.report.lint import lint
    from lvrn_eval.report.qmd import read

    variables = dict(environment or {})
    tell = progress or (lambda _: None)
    source = Path(source).resolve()
    if not source.is_file():
        raise ReportError(f"there is no report source {source.name!r} in {source.parent}")
    program = None if engine == "builtin" else quarto.find({**os.environ, **variables})
    if engine == "quarto" and program is None:
        raise ReportError("Quarto is asked for, but neither QUARTO_PATH nor the path has it")
    tell(f"Checking {source.name}")
    document = read(source)
    lint(document)
    when = _epoch(document, variables) if epoch is None else epoch
    if program is None:
        html, versions = _built_in(document, variables, when, tell)
    else:
        versions = {"quarto": quarto.version(program), "python": platform.python_version()}
        tell(f"Rendering {source.name} with Quarto {versions['quarto']}")
        html = quarto.page(source, program, environment=variables, epoch=when)
    return _keep(html, output_dir, source, versions)


def _built_in(
    document: Document,
    environment: Mapping[str, str],
    epoch: int,
    progress: Callable[[str], None],
) -> tuple[bytes, dict[str, str]]:
    """Return the page of the built-in engine, and its versions."""
    from lvrn_eval.report import pandoc
    from lvrn_eval.report.execute import execute
    from lvrn_eval.report.markdown import compose

    execution = execute(document, environment=environment, epoch=epoch, progress=progress)
    progress(f"Writing {document.path.stem}.html")
    versions = _versions()
    generator = f"the built-in engine of lvrn-eval {versions['lvrn-eval']} (pandoc {versions['pandoc']}, "
    generator += f"Python {versions['python']}, ipykernel {versions['ipykernel']})"
    composed = compose(document, execution, "html")
    return pandoc.page(document, composed, epoch=epoch, generator=generator), versions


def _keep(html: bytes, output_dir: Path, source: Path, versions: Mapping[str, str]) -> Rendered:
    """Check a page and put it in its place, whole or not at all."""
    from lvrn_eval.report.page import check_page

    engine: Literal["builtin", "quarto"] = "quarto" if "quarto" in versions else "builtin"
    name = f"{source.stem}.html"
    check_page(html.decode("utf-8"), name, scripts=engine == "quarto")
    output_dir = Path(output_dir)
    output_dir.mkdir(parents=True, exist_ok=True)
    unfinished = output_dir / f".{name}.{os.getpid()}"
    try:
        unfinished.write_bytes(html)
        unfinished.replace(output_dir / name)
    finally:
        unfinished.unlink(missing_ok=True)
    return Rendered(output_dir / name, engine, versions)


def _versions() -> dict[str, str]:
    """Return the versions of what the built-in engine is made of."""
    from importlib.metadata import PackageNotFoundError, version

    from lvrn_eval.report import pandoc

    try:
        own = version("lvrn-eval")
    except PackageNotFoundError:  # pragma: no cover - run from a folder that was never installed
        own = "0+unknown"
    return {
        "lvrn-eval": own,
        "pandoc": pandoc.version(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("nbclient", "ipykernel", "ipython")},
    }


def _epoch(document: Document, environment: Mapping[str, str]) -> int:
    """Return the seconds that stand for now when the caller names none."""
    told = environment.get("SOURCE_DATE_EPOCH") or os.environ.get("SOURCE_DATE_EPOCH")
    if told:
        if not told.isdecimal():
            fault = Fault("SOURCE_DATE_EPOCH", "the variable is not a number of seconds", "correct it, or unset it")
            raise ReportError(f"{document.path.name} is not rendered", [fault])
        return int(told)
    date = document.options("html").get("date")
    if date is None:
        return DEFAULT_EPOCH
    day = dt.date.fromisoformat(str(date)[:10])
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp())
