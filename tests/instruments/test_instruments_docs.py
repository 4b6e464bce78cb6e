"""The two pages agree with the code."""

import re

import pytest

from lvrn_eval.records.instruments import INSTRUMENTS, REASONS
from lvrn_eval.records.instruments.added_value import FORMULA


@pytest.fixture(scope="module")
def page(pytestconfig):
    return (pytestconfig.rootpath / "docs/reference/instruments.md").read_text(encoding="utf-8")


def section(page, title):
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def cells(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


def test_every_reason_is_explained(page):
    assert cells(section(page, "Why a questionnaire has no score"))[2:] == [
        [f"`{name}`", meaning] for name, meaning in REASONS.items()
    ]


@pytest.mark.parametrize("slug", INSTRUMENTS)
def test_an_instruments_tables_are_those_of_its_definition(page, slug):
    instrument = INSTRUMENTS[slug]
    text = section(page, instrument.title)
    rows = cells(text)
    for form in instrument.forms:
        for scale in form.scales:
            low, high = form.limits(scale)
            assert [
                f"`{scale.name}`",
                ", ".join(map(str, scale.items)) or " + ".join(scale.parts),
                ", ".join(map(str, scale.reversed)),
                str(scale.at_least or len(scale.items)) if scale.items else "all parts",
                f"{low:g} to {high:g}",
                scale.higher,
            ] in rows
        for cut in form.bands:
            for scale, bands in cut.by_scale.items():
                shown = ", ".join(
                    f"{band.name} {band.low:g}" + (f" to {band.high:g}" if band.high != band.low else "")
                    for band in bands
                )
                assert [f"`{scale}`", shown] in rows
        if form.ages:
            mark = "" if form.ages.source.confirmed else " (**unconfirmed**)"
            assert f"Answered by: **{form.informant}**, ages {form.ages.low} to {form.ages.high}{mark}." in text
    for about, source in instrument.sources():
        assert [about, source.text, "yes" if source.confirmed else "**unconfirmed**"] in rows
    assert instrument.copyright in text


def test_the_conversion_is_whole(page):
    rows = cells(section(page, INSTRUMENTS["swemwbs"].title))
    conversion = INSTRUMENTS["swemwbs"].forms[0].scale("total").conversion
    assert [row for row in rows if row[0].isdecimal()] == [
        [str(raw), f"{score:.2f}"] for raw, score in conversion.items()
    ]


def test_rules_for_reliable_change_are_marked(page):
    rows = cells(section(page, "Reliable change"))[2:]
    assert [(row[0], float(row[3]), row[4]) for row in rows] == [
        (f"`{slug}`", round(rule.smallest, 2), "yes" if rule.source.confirmed else "**unconfirmed**")
        for slug, instrument in INSTRUMENTS.items()
        for rule in instrument.reliable.values()
    ]


def test_the_added_value_is_marked(page):
    assert f"**Added value** (parents, **unconfirmed**): `{FORMULA}`." in page


def test_the_how_to_runs(pytestconfig, capsys):
    text = (pytestconfig.rootpath / "docs/how-to/score-a-questionnaire.md").read_text(encoding="utf-8")
    names = {}
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        exec(compile(block, "score-a-questionnaire.md", "exec"), names)  # noqa: S102 (our own page)
    shown = capsys.readouterr().out
    assert "age_outside" in shown
    assert "pass version=" in shown
    assert names["top"].row("feedback_1")["estimate"] == 0.75
