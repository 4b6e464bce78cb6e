"""Pictures as files beside a document: every format names them by their content, so equal pictures are one file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

DOTS_PER_INCH = 300.0
"""Resolution of a drawing that becomes dots."""

KINDS = {"image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg"}

SHEET = '#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image("{name}")\n'


def images(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every image in a tree of pandoc's."""
    if isinstance(node, dict):
        if node.get("t") == "Image":
            yield node
        for child in node.values():
            yield from images(child)
    elif isinstance(node, list):
        for child in node:
            yield from images(child)


def keep(tree: Mapping[str, Any], beside: Path, folder: Path) -> list[dict[str, Any]]:
    """Put every picture of a tree into a folder, point the tree at it, and return the images.

    Parameters
    ----------
    tree
        Pandoc's tree.
    beside
        The folder of the source, where pictures without an address of their own are.
    folder
        Where they are put.
    """
    found = list(images(tree))
    for image in found:
        target = image["c"][2]
        suffix, content = _content(target[0], beside)
        name = hashlib.sha256(content).hexdigest()[:16] + suffix
        (folder / name).write_bytes(content)
        target[0] = name
    return found


def _content(address: str, beside: Path) -> tuple[str, bytes]:
    """Return a picture's file ending and bytes."""
    if not address.startswith("data:"):
        path = beside / address
        return path.suffix.lower(), path.read_bytes()
    head, _, data = address.removeprefix("data:").partition(",")
    kind, *rest = head.split(";")
    content = base64.b64decode(data) if "base64" in rest else unquote_to_bytes(data)
    return KINDS.get(kind, ".png"), content


def rasterised(drawing: Path) -> tuple[Path, float, float]:
    """Make dots of an SVG drawing, beside it; return them and the drawing's width and height in inches."""
    import typst

    sheet = drawing.with_suffix(".typ")
    sheet.write_text(SHEET.format(name=drawing.name), "utf-8")
    made = drawing.with_suffix(".png")
    typst.compile(sheet, output=made, root=drawing.parent, ignore_system_fonts=True, ppi=DOTS_PER_INCH)
    head = made.read_bytes()[16:24]
    wide, tall = (int.from_bytes(head[at : at + 4], "big") / DOTS_PER_INCH for at in (0, 4))
    return made, wide, tall
