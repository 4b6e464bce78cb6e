"""What holds for every drawing, at every extreme."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import combinations

import matplotlib as mpl
import pytest
from figures_examples import EXAMPLES, HOSTILE, classes, flow
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from lvrn_eval.errors import AnalysisError
from lvrn_eval.report.figures import DRAWINGS, alt_text, draw
from lvrn_eval.report.theme import GREY, ORANGE, PALETTE, SOFT, png, svg, themed


def boxes(figure):
    """Return every visible text with its box, in pixels."""
    with themed():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request):
    result = EXAMPLES[request.param]
    return result, draw(result)


def test_nothing_is_cut_off_or_overlaps(example):
    _, figure = example
    found = boxes(figure)
    wide, tall = figure.bbox.width, figure.bbox.height
    cut = [text for text, box in found if box.x0 < -1 or box.y0 < -1 or box.x1 > wide + 1 or box.y1 > tall + 1]
    assert cut == []
    # lines of one text stand close: two pixels of ascenders and descenders may meet
    over = [
        (one, other)
        for (one, a), (other, b) in combinations(found, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 3
    ]
    assert over == []


def test_same_result_same_bytes(example):
    result, figure = example
    assert svg(figure) == svg(draw(result))


def test_figure_carries_its_alternative_text(example):
    result, figure = example
    said = alt_text(result)
    assert figure.get_label() == said
    assert 1 <= len(said) <= 1_000
    assert not set('"`\n') & set(said)


def test_svg_names_no_date_and_no_program():
    picture = svg(draw(flow())).decode()
    assert "<dc:date>" not in picture
    assert "Matplotlib v" not in picture
    assert "<text" not in picture, "letters are shapes, so that a page looks the same everywhere"


def test_picture_is_700_pixels_wide():
    assert draw(flow()).get_size_inches()[0] * 96 == pytest.approx(700)


def test_png_is_twice_as_wide():
    header = png(draw(classes()))[:24]
    assert int.from_bytes(header[16:20], "big") == 1_400


def test_users_settings_neither_matter_nor_change():
    plain = svg(draw(classes()))
    with mpl.rc_context({"font.size": 30, "text.parse_math": True, "axes.facecolor": "red", "svg.fonttype": "none"}):
        before = dict(mpl.rcParams)
        assert svg(draw(classes())) == plain
        assert dict(mpl.rcParams) == before


def test_drawing_leaves_pyplot_alone():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from figures_examples import EXAMPLES\n"
        "assert 'matplotlib' not in sys.modules\n"
        "from lvrn_eval.report import cells, tables\n"
        "from lvrn_eval.report.figures import draw\n"
        "assert 'matplotlib' not in sys.modules, 'loaded before anything is drawn'\n"
        "draw(EXAMPLES['curve']); draw(EXAMPLES['pairs_many'])\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    folder = __file__.rpartition("/")[0]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_registry_is_closed():
    assert sorted(DRAWINGS) == [
        "balance", "class_bars", "coverage", "event_study", "flow", "forest", "incidence", "mean_cumulative",
        "paired_bars", "proportional_hazards", "rates", "regression_to_mean", "specification_curve", "survival_curve",
    ]  # fmt: skip
    with pytest.raises(TypeError):
        DRAWINGS["mine"] = None


def test_unknown_drawing_is_refused_with_the_nearest_name():
    with pytest.raises(AnalysisError) as refused:
        draw(replace(flow(), figure="flwo"))
    assert str(refused.value) == "result 'flow' asks for the drawing 'flwo', which does not exist; did you mean 'flow'?"
    with pytest.raises(AnalysisError) as refused:
        alt_text(replace(flow(), figure=None))
    assert str(refused.value) == "result 'flow' has no drawing; show it as a table"


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "hostile" in name])
def test_hostile_labels_stay_as_they_are(name):
    drawn = " ".join(text for text, _ in boxes(draw(EXAMPLES[name])))
    assert "$x$ <script>" in drawn
    assert "_a_ very long" in drawn
    assert "\\frac{1}{2}" in drawn


def test_a_character_the_font_lacks_is_replaced_and_direction_marks_go():
    drawn = [text for text, _ in boxes(draw(EXAMPLES["flow_hostile"]))]
    assert "Rule: \ufffd\ufffd \ufffd abc" in drawn
    assert HOSTILE[4] not in drawn


def contrast_with_white(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


@pytest.mark.parametrize("colour", [*PALETTE, GREY, ORANGE])
def test_colours_stand_out_from_white(colour):
    assert contrast_with_white(colour) >= 3


def test_small_print_can_be_read():
    assert contrast_with_white(SOFT) >= 4.5
