"""Render a report: one source, two engines, three formats, and its code runs once for all of them."""

from __future__ import annotations

import datetime as dt
import os
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lvrn_eval.errors import Fault, ReportError, suggestion
from lvrn_eval.report.subset import AUDIENCES, TARGETS, Audience, Format

if TYPE_CHECKING:
    from lvrn_eval.report.qmd import Document

Engine = Literal["auto", "builtin", "quarto"]

INTERNAL_VARIABLE = "LVRN_INTERNAL"
"""Names the file that a report's cells make when they open a release that is for the building alone."""

# when neither the caller, the environment nor the report names a time: the first a zip archive can hold
DEFAULT_EPOCH = 315_532_800


@dataclass(frozen=True)
class Rendered:
    """A rendered report.

    Parameters
    ----------
    pages
        The file of each format, in the order they were asked for.
    engine
        Which engine made them.
    versions
        The engine's programs and libraries, with their versions.
    """

    pages: Mapping[Format, Path]
    engine: Literal["builtin", "quarto"]
    versions: Mapping[str, str]

    @property
    def path(self) -> Path:
        """The file of the first format."""
        return next(iter(self.pages.values()))


def render(
    source: Path,
    output_dir: Path,
    *,
    formats: Sequence[Format] = ("html",),
    audience: Audience = "arc",
    pages: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    engine: Engine = "auto",
    epoch: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Rendered:
    """Render a report source to pages that stand alone.

    Parameters
    ----------
    source
        A ``.qmd`` file inside the declared subset (``lvrn_eval.report.subset``).
    output_dir
        The folder the pages are put in, made when missing. A page of the same name is replaced only by a whole one,
        and none is when any cannot be made.
    formats
        Any of ``html``, ``docx`` and ``pdf``.
    audience
        Whom it is for: the profile that conditional content depends on.
    pages
        The names of the pages of the site that a web page is one of: it has a bar that leads to them, as
        ``_quarto.yml`` words it, and its own links to others are words alone. Quarto always leads to all.
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
        The pages, the engine and its versions. The same source, environment and versions give the same bytes.

    Raises
    ------
    ReportError
        With every fault of the source, or the first failure of its code or of an engine.
    """
    from lvrn_eval.report import quarto
    from lvrn_eval.report.lint import lint
    from lvrn_eval.report.qmd import read

    _known(formats, audience)
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
    versions = _versions() if program is None else _versions_of_quarto(quarto.version(program))
    with tempfile.TemporaryDirectory(prefix="lvrn-") as folder:
        opened = Path(folder, "internal")
        order = _Order(
            document=document,
            formats=tuple(formats),
            audience=audience,
            pages=tuple(pages),
            environment={**variables, INTERNAL_VARIABLE: str(opened)},
            epoch=_epoch(document, variables) if epoch is None else epoch,
            opened=opened,
            tell=tell,
        )
        made = _built_in(order, versions) if program is None else _by_quarto(order, program, versions)
    own: Literal["builtin", "quarto"] = "quarto" if program else "builtin"
    return Rendered(_keep(made, Path(output_dir), source.stem, scripts=own == "quarto"), own, versions)


@dataclass(frozen=True)
class _Order:
    """What is to be rendered; ``opened`` is a file that exists once a release for the building alone was opened."""

    document: Document
    formats: tuple[Format, ...]
    audience: Audience
    pages: tuple[str, ...]
    environment: Mapping[str, str]
    epoch: int
    opened: Path
    tell: Callable[[str], None]


def _known(formats: Sequence[str], audience: str) -> None:
    """Refuse a format or an audience that does not exist."""
    faults = [
        *(Fault("formats", f"unknown format {to!r}", suggestion(to, TARGETS)) for to in formats if to not in TARGETS),
        *([Fault("formats", "no format is asked for", f"any of: {', '.join(TARGETS)}")] if not formats else []),
    ]
    if audience not in AUDIENCES:
        faults.append(Fault("audience", f"unknown audience {audience!r}", suggestion(audience, AUDIENCES)))
    if faults:
        raise ReportError("the report is not rendered", faults)


def _built_in(order: _Order, versions: Mapping[str, str]) -> dict[Format, bytes]:
    """Return the pages of the built-in engine."""
    from lvrn_eval.report.execute import execute
    from lvrn_eval.report.markdown import compose
    from lvrn_eval.report.pandoc import Job, docx, html, pdf

    writers: Mapping[Format, Callable[[Job], bytes]] = {"html": html.page, "docx": docx.page, "pdf": pdf.page}
    document = order.document
    execution = execute(document, environment=order.environment, epoch=order.epoch, progress=order.tell)
    made: dict[Format, bytes] = {}
    for to in order.formats:
        order.tell(f"Writing {document.path.stem}.{to}")
        with tempfile.TemporaryDirectory(prefix="lvrn-") as folder:
            job = Job(
                document=document,
                composed=compose(document, execution, TARGETS[to]),
                to=TARGETS[to],
                epoch=order.epoch,
                generator=_generator(to, versions),
                audience=order.audience,
                pages=order.pages,
                internal=order.opened.exists(),
                folder=Path(folder),
            )
            made[to] = writers[to](job)
    return made


def _by_quarto(order: _Order, program: str, versions: Mapping[str, str]) -> dict[Format, bytes]:
    """Return the pages of Quarto."""
    from lvrn_eval.report import quarto

    name = order.document.path.name
    order.tell(f"Rendering {name} with Quarto {versions['quarto']}")
    made = {
        to: quarto.page(
            order.document,
            program,
            to,
            audience=order.audience,
            environment=order.environment,
            epoch=order.epoch,
            engine=f"Quarto {versions['quarto']}, Python {versions['python']}",
        )
        for to in order.formats
    }
    if order.opened.exists():
        what = "its release is for the building alone, and Quarto cannot mark every page so"
        raise ReportError(f"{name} is not kept", [Fault(name, what, "render it with the built-in engine")])
    return made


def _versions_of_quarto(version: str) -> dict[str, str]:
    return {"quarto": version, "python": platform.python_version()}


def _generator(to: Format, versions: Mapping[str, str]) -> str:
    """Return what makes a page, for its last lines."""
    used = ["pandoc", *([] if to == "html" else ["typst"]), "python", "ipykernel"]
    told = ", ".join(f"{name.capitalize() if name == 'python' else name} {versions[name]}" for name in used)
    return f"the built-in engine of lvrn-eval {versions['lvrn-eval']} ({told})"


def _keep(made: Mapping[Format, bytes], output_dir: Path, stem: str, *, scripts: bool) -> dict[Format, Path]:
    """Check pages and put each in its place, whole or not at all."""
    from lvrn_eval.report.page import check_page

    if "html" in made:
        check_page(made["html"].decode("utf-8"), f"{stem}.html", scripts=scripts)
    output_dir.mkdir(parents=True, exist_ok=True)
    return {to: put(content, output_dir / f"{stem}.{to}") for to, content in made.items()}


def put(content: bytes, path: Path) -> Path:
    """Write a file in its place, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


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
        **{name: version(name) for name in ("typst", "nbclient", "ipykernel", "ipython")},
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
