"""One theme, and drawings that say what they are."""

from __future__ import annotations

from importlib.resources import files
from xml.etree import ElementTree as ET

import pytest
from matplotlib.figure import Figure

from lvrn_eval.report.theme import LINE, NAVY, ORANGE, PLUM, SOFT, TEAL, svg

SPACE = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", ["theme.css", "page.typ", "word/styles.xml"])
def test_every_format_has_the_colours_of_the_drawings(name):
    text = files("lvrn_eval.report.pandoc").joinpath(*name.split("/")).read_text("utf-8").lower()
    for colour in (NAVY, TEAL, PLUM, ORANGE, SOFT, LINE):
        assert colour.removeprefix("#").lower() in text, colour


def test_a_drawing_has_a_title_and_a_description():
    figure = Figure()
    figure.set_label("Fewer < more & so on. Second.")
    drawn = svg(figure)
    root = ET.fromstring(drawn)  # noqa: S314 (our own drawing)
    assert [child.tag for child in root][:2] == [f"{SPACE}title", f"{SPACE}desc"]
    assert (root[0].text, root[1].text) == ("Fewer < more & so on", "Fewer < more & so on. Second.")
    assert svg(figure) == drawn
