"""Write a report as a PDF for print and for screen readers (PDF/UA-1), set by typst with the fonts it carries."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from lvrn_eval.errors import Fault, ReportError
from lvrn_eval.report.pandoc import Job, contents, read, write
from lvrn_eval.report.pandoc.pictures import keep

MISSING = "\ufffd"
"""Stands for a character that the fonts lack."""


def page(job: Job) -> bytes:
    """Return a document as PDF.

    Raises
    ------
    ReportError
        When the document is at fault, or pandoc or typst warns.
    """
    tree = read(job)
    keep(tree, job.document.path.resolve().parent, job.folder)
    code, _, region = str(job.options.get("lang", "en-GB")).partition("-")
    with as_file(files(__package__)) as package:
        text = write(
            job,
            tree,
            [
                *("--to", "typst-citations", "--template", str(package / "page.typ")),
                *("--lua-filter", str(package / "typst.lua")),
                *("--variable", f"lang-code={code}", *(("--variable", f"region={region}") if region else ())),
                *contents(job),
            ],
        )
    source = job.folder / "report.typ"
    source.write_text(drawable(text.decode("utf-8")), "utf-8")
    return _compiled(job, source)


def _compiled(job: Job, source: Path) -> bytes:
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(_font().parent)])
    told: list[typst.TypstError | typst.TypstWarning]
    try:
        made, warnings = typst.compile_with_warnings(
            source,
            root=job.folder,
            font_paths=fonts,
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=job.epoch,
        )
        told = [*warnings]
    except typst.TypstError as error:
        told, made = [error], None
    if told or not isinstance(made, bytes):
        faults = [Fault("typst", one.message, " ".join(one.hints)) for one in told]
        raise ReportError(f"{job.document.path.name} is not rendered: typst refused it", faults)
    return made


def _font() -> Path:
    """Return the font that matplotlib ships, which has signs that typst's own lack."""
    from matplotlib import get_data_path

    return Path(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")


@cache
def _known() -> frozenset[int]:
    from matplotlib.font_manager import get_font

    # a line's end, and where a long word may break
    return frozenset(get_font(_font()).get_charmap()) | {0x0A, 0x200B}


def drawable(text: str) -> str:
    """Return text with a replacement character for each that the fonts lack: PDF/UA forbids a missing one."""
    return "".join(character if ord(character) in _known() else MISSING for character in text)
