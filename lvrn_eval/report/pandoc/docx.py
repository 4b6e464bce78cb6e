"""Write a report as a Word document: native captions and real tables, in the styles of a document made here."""

from __future__ import annotations

import io
import zipfile
from importlib.resources import as_file, files
from pathlib import Path
from string import Template
from typing import Any
from xml.sax.saxutils import escape

from lvrn_eval.report.pandoc import MARKING, Job, read, write
from lvrn_eval.report.pandoc.pictures import keep, rasterised

PARTS = {
    "[Content_Types].xml": "types.xml",
    "_rels/.rels": "root.xml",
    "word/document.xml": "document.xml",
    "word/styles.xml": "styles.xml",
    "word/header1.xml": "header.xml",
    "word/header2.xml": "first.xml",
    "word/footer1.xml": "footer.xml",
    "word/_rels/document.xml.rels": "relations.xml",
}
"""What the document of styles is made of, and the file in ``word/`` that holds each part."""

FIRST_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time an archive can hold: a part says nothing about when it was made."""

WIDEST, TALLEST = 6.5, 8.0
"""Width of the text, and height of a picture that leaves room for its caption, inches."""


def page(job: Job) -> bytes:
    """Return a document as DOCX.

    Raises
    ------
    ReportError
        When the document is at fault, or pandoc warns.
    """
    tree = read(job)
    for image in keep(tree, job.document.path.resolve().parent, job.folder):
        _as_dots(image, job.folder)
    styles = job.folder / "styles.docx"
    styles.write_bytes(reference(str(job.options["title"]), marked=job.internal))
    with as_file(files(__package__)) as package:
        return write(
            job,
            tree,
            [
                *("--to", "docx", "--output", "-", "--reference-doc", str(styles)),
                *("--lua-filter", str(package / "docx.lua")),
                *("--resource-path", str(job.folder)),
            ],
        )


def _as_dots(image: dict[str, Any], folder: Path) -> None:
    """Point an image at dots where it was lines, as wide as it was drawn."""
    (identifier, classes, attributes), _, target = image["c"]
    drawing = folder / target[0]
    if drawing.suffix != ".svg":
        return
    made, wide, tall = rasterised(drawing)
    target[0] = made.name
    if "width" not in dict(attributes):
        scale = min(1.0, WIDEST / wide, TALLEST / tall)
        image["c"][0] = [identifier, classes, [*attributes, ["width", f"{wide * scale:.3f}in"]]]


def reference(title: str, *, marked: bool = False) -> bytes:
    """Return the document whose styles, head and foot a report takes over: the same bytes for the same title."""
    head = {"title": escape(title + (" · " if marked else "")), "marking": MARKING if marked else ""}
    holder = io.BytesIO()
    with zipfile.ZipFile(holder, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, name in PARTS.items():
            text = files(__package__).joinpath("word", name).read_text("utf-8")
            filled = Template(text).substitute(head) if part.startswith("word/header") else text
            archive.writestr(zipfile.ZipInfo(part, FIRST_TIME), filled)
    return holder.getvalue()
