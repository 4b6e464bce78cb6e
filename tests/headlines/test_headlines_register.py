"""The register: the one that ships is whole, and each kind of fault is told in a whole sentence at its place."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvrn_eval.errors import FrameworkError
from lvrn_eval.framework.judging import NEAR, Qualifier
from lvrn_eval.framework.periods import UNITS, next_start
from lvrn_eval.framework.published import Published, Selector, load_published
from lvrn_eval.framework.register import OPTIONAL, REQUIRED, SELECTOR, start_of

SHIPPED = Path(__file__).parents[2] / "published_figures.yaml"
SMALL = """\
schema_version: 1
report: a report
figures:
  - id: sceptre.arrests
    programme: grip
    about: arrests
    value: 152
    unit: arrests
    qualifier: exact
    page: 24
    computed: {indicator: sceptre_arrests, from: 2023-01-01}
  - id: champions.police_referrals
    programme: champions
    about: referrals by the police
    value: 450
    unit: referrals
    qualifier: over
    page: 9
    leaves_open: which twelve months
    computed: {indicator: champions_referrals, by: source, group: police, from: 2023-04-01}
  - id: champions.sample_intended
    programme: champions
    about: places
    value: 36
    unit: people
    qualifier: exact
    page: 33
    not_computed: a plan, which no record holds
"""


@pytest.fixture
def load(tmp_path, shipped):
    def read(text: str) -> Published:
        path = tmp_path / "published_figures.yaml"
        path.write_text(text, encoding="utf-8")
        return load_published(path, shipped)

    return read


@pytest.fixture
def refusal(load):
    """Return what is said of a changed register, without the first line and the excerpts."""

    def read(*changes: tuple[str, str]) -> list[str]:
        text = SMALL
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        with pytest.raises(FrameworkError) as refused:
            load(text)
        return [
            f"{fault.where.partition(':')[2]}: {fault.what}{f' → {fault.fix}' if fault.fix else ''}"
            for fault in refused.value.faults
        ]

    return read


def test_a_register_is_read(load):
    register = load(SMALL)
    assert register.report == "a report"
    assert [figure.id for figure in register.figures] == [
        "sceptre.arrests", "champions.police_referrals", "champions.sample_intended",
    ]  # fmt: skip
    police = register.figure("champions.police_referrals")
    assert (police.value, police.qualifier, police.page, police.leaves_open) == (450, "over", 9, "which twelve months")
    assert police.computed == Selector("champions_referrals", "source", "police", date(2023, 4, 1))
    assert (register.figures[2].computed, register.figures[2].not_computed) == (None, "a plan, which no record holds")


def test_an_unknown_figure_gets_the_nearest(load):
    with pytest.raises(FrameworkError) as refused:
        load(SMALL).figure("sceptre.arests")
    assert str(refused.value) == "the register has no figure 'sceptre.arests'; did you mean 'sceptre.arrests'?"


EITHER = "a figure has either `computed` or `not_computed`, the reason why no record gives it"
KEYS = "known: id, programme, about, value, unit, qualifier, page, leaves_open, computed, not_computed"

BROKEN = {
    "unknown key at the top": (("report: a", "source: a"), ["1:1: the key 'report' is missing here",
        "2:1: the key 'source' is not known here → known: schema_version, report, figures"]),
    "another version": (("schema_version: 1", "schema_version: 2"),
        ["1:17: `schema_version` is 2; this program reads version 1"]),
    "a truth value for a version": (("schema_version: 1", "schema_version: true"),
        ["1:17: `schema_version` is True; this program reads version 1"]),
    "a report without a name": (("report: a report", "report:"), ["2:1: `report` must be text → fill it in"]),
    "figures that are no list": ((SMALL[SMALL.index("figures:"):], "figures: none\n"),
        ["3:10: `figures` must be a list with at least one figure"]),
    "no figures": ((SMALL[SMALL.index("figures:"):], "figures: []\n"),
        ["3:10: `figures` must be a list with at least one figure"]),
    "a figure that is text": (("  - id: champions.sample", "  - a figure\n  - id: champions.sample"),
        ["21:5: this must be keys with values, each as `key: value`"]),
    "an unknown key": (("    page: 24", "    pge: 24"), ["4:5: the key 'page' is missing here",
        "10:5: the key 'pge' is not known here → did you mean 'page'?"]),
    "a key like none": (("    page: 24", "    page: 24\n    zzzzz: 1"),
        [f"11:5: the key 'zzzzz' is not known here → {KEYS}"]),
    "a repeated id": (("id: champions.police_referrals", "id: sceptre.arrests"),
        ["12:9: there is another figure 'sceptre.arrests'"]),
    "an id that is no slug": (("id: sceptre.arrests", "id: Sceptre arrests"),
        ["4:9: `id` is 'Sceptre arrests' → use lower-case letters, digits, underscores and points"]),
    "an id that is a number": (("id: sceptre.arrests", "id: 12"), ["4:9: `id` must be text → put it in quotes"]),
    "an empty text": (("about: arrests", "about:"), ["6:5: `about` must be text → fill it in"]),
    "an unknown programme": (("programme: grip", "programme: gripp"),
        ["5:16: `programme` is 'gripp', which is not known → did you mean 'grip'?"]),
    "an unknown qualifier": (("qualifier: over", "qualifier: more than"),
        ["17:16: `qualifier` is 'more than', which is not known → did you mean 'never_more_than'?"]),
    "a truth value for a number": (("value: 152", "value: true"), ["7:12: `value` must be a number"]),
    "text for a number": (("value: 152", "value: many"), ["7:12: `value` must be a number"]),
    "not a number": (("value: 152", "value: .nan"), ["7:12: `value` must be a number"]),
    "no end of a number": (("value: 152", "value: .inf"), ["7:12: `value` must be a number"]),
    "half a page": (("page: 24", "page: 24.5"), ["10:11: `page` must be a whole number from 1 on"]),
    "page nought": (("page: 24", "page: 0"), ["10:11: `page` must be a whole number from 1 on"]),
    "a truth value for a page": (("page: 24", "page: true"), ["10:11: `page` must be a whole number from 1 on"]),
    "thousands that are none": (("qualifier: exact", "qualifier: rounded_to_thousand"),
        ["7:12: `value` is not in whole thousands, so no figure can be rounded to it"]),
    "both ways": (("    not_computed: a", "    computed: {indicator: sceptre_arrests}\n    not_computed: a"),
        [f"21:5: {EITHER}"]),
    "neither way": (("    not_computed: a plan, which no record holds\n", ""), [f"21:5: {EITHER}"]),
    "an empty reason": (("not_computed: a plan, which no record holds", "not_computed:"),
        ["28:5: `not_computed` must be text → fill it in"]),
    "a selection that is text": (("{indicator: sceptre_arrests, from: 2023-01-01}", "sceptre_arrests"),
        ["11:15: this must be keys with values, each as `key: value`"]),
    "a selection without an indicator": (("indicator: sceptre_arrests, ", ""),
        ["11:15: the key 'indicator' is missing here"]),
    "an unknown indicator": (("sceptre_arrests,", "sceptre_arests,"),
        ["11:27: `indicator` is 'sceptre_arests', which is not known → did you mean 'sceptre_arrests'?"]),
    "an indicator without a measure": (("sceptre_arrests, from: 2023-01-01", "grip_patrol_period"),
        [("11:27: grip_patrol_period is not computed: What a patrol period is, and when it starts, is not stated; "
         "records hold single patrols.")]),
    "an unknown key of a selection": (("from: 2023-04-01", "form: 2023-04-01"),
        ["20:75: the key 'form' is not known here → did you mean 'from'?"]),
    "a breakdown there is not": (("by: source", "by: sector"),
        ["20:52: champions_referrals is not broken down by 'sector' → it is by source, site"]),
    "a breakdown of what has none": (("{indicator: sceptre_arrests,", "{indicator: sceptre_arrests, by: x, group: y,"),
        ["11:48: sceptre_arrests is not broken down by 'x' → it is not broken down at all"]),
    "a breakdown without a group": ((", group: police", ""), ["20:15: `by` and `group` go together"]),
    "a group without a breakdown": (("by: source, ", ""), ["20:15: `by` and `group` go together"]),
    "a group its column never has": (("group: police", "group: polic"),
        ["20:67: `source` is never 'polic' → did you mean 'police'?"]),
    "no value over all groups": (("sceptre_arrests, from: 2023-01-01", "needs_deprivation_rank"),
        ["11:15: needs_deprivation_rank has no value over all groups → give `by` (area) and `group`"]),
    "a day that is none": (("from: 2023-01-01", "from: 2023-13-01"), ["11:50: `from` must be a day, as 2023-01-01"]),
    "a year for a day": (("from: 2023-01-01", "from: '2023'"), ["11:50: `from` must be a day, as 2023-01-01"]),
    "a number for a day": (("from: 2023-01-01", "from: 20230101"), ["11:50: `from` must be text → put it in quotes"]),
    "a day within a period": (("from: 2023-04-01", "from: 2023-01-01"),
        [("20:81: no financial_year begins on 2023-01-01, and champions_referrals is computed by financial_year → "
         "the one that 2023-01-01 lies in begins on 2022-04-01")]),
    "a day where there are no periods": (("sceptre_arrests,", "champions_review_people,"),
        ["11:58: champions_review_people is computed over all time and has no periods → take `from` out"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_says_what_is_wrong(refusal, name):
    change, said = BROKEN[name]
    assert refusal(change) == said


def test_all_faults_are_told_at_once_with_the_line(load):
    text = SMALL.replace("page: 24", "page: none").replace("grip", "gripp").replace("value: 36", "value: true")
    with pytest.raises(FrameworkError) as refused:
        load(text)
    told = str(refused.value)
    assert "cannot be used: 3 faults" in told.splitlines()[0]
    assert [line.strip() for line in told.splitlines() if "^" in line or "gripp" in line] == [
        "published_figures.yaml:5:16: `programme` is 'gripp', which is not known", "programme: gripp", "^^^^^",
        "^^^^", "^^^^",
    ]  # fmt: skip


def test_a_file_that_is_not_there(tmp_path, shipped):
    (tmp_path / "published_figures.yaml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(FrameworkError) as refused:
        load_published(tmp_path / "published_figure.yaml", shipped)
    assert refused.value.faults[0].fix == "did you mean 'published_figures.yaml'?"


def test_the_register_that_ships_holds_every_figure(shipped):
    register = load_published(SHIPPED, shipped)
    assert len(register.figures) == len({figure.id for figure in register.figures}) == 58
    assert [figure.id for figure in register.figures if figure.computed is None] == [
        "champions.sample_intended", "grip.patrol_period_max_hours",
    ]  # fmt: skip
    assert Counter(figure.qualifier for figure in register.figures) == {
        "exact": 44, "over": 7, "around": 3, "rounded_to_thousand": 2, "almost": 1, "never_more_than": 1,
    }  # fmt: skip


def test_what_the_report_leaves_open_stands_beside_the_figure(shipped):
    register = load_published(SHIPPED, shipped)
    hours = register.figure("grip.additional_hours").leaves_open
    assert "almost 20,000" in hours
    assert "additional 20,000" in hours
    for figure in register.figures:
        if figure.id.startswith("tie.case_school_attendance_change"):
            assert "percent or percentage points" in figure.leaves_open
    # the report gives the numbers behind none of these
    percents = [figure for figure in register.figures if figure.unit == "percent"]
    assert [figure.id for figure in percents if not figure.leaves_open] == []


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(sorted(UNITS)))
def test_a_day_lies_in_the_period_that_starts_on_or_before_it(day, period):
    first = start_of(day, period)
    assert first <= day < next_start(first, period)
    assert start_of(first, period) == first
    assert start_of(next_start(first, period) - timedelta(days=1), period) == first


def page(name: str) -> str:
    return (SHIPPED.parent / "docs" / name).read_text(encoding="utf-8")


def test_the_how_to_shows_a_figure_that_can_be_read(load):
    text = page("how-to/compare-with-published-figures.md")
    (entry,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    register = load(f"schema_version: 1\nreport: a report\nfigures:\n{entry}")
    assert register.figure("sceptre.arrests").value == 152
    assert [key for key in (*REQUIRED, *OPTIONAL, *SELECTOR) if f"`{key}`" not in text] == []
    assert [word for word in get_args(Qualifier) if f"`{word}`" not in text] == []


def test_the_explanation_says_when_each_wording_holds():
    text = page("explanation/published-figures.md")
    assert [word for word in get_args(Qualifier) if f"`{word}`" not in text] == []
    assert f"at most {NEAR:.0%} short" in text
    assert f"within {NEAR:.0%} of it" in text
