"""Analyses of one programme, of several and of all: which records they take, and what their releases say of it."""

from __future__ import annotations

import pytest

import lvrn_eval as lv
from lvrn_eval.errors import FrameworkError


@pytest.mark.parametrize(
    ("programme", "programmes", "words"),
    [
        ("grip", ("grip",), "grip"),
        (("network", "grip"), ("network", "grip"), "network, grip"),
        (None, (), "all programmes"),
    ],
)
def test_whose_records_an_analysis_takes(programme, programmes, words):
    @lv.analysis(programme=programme, indicators=())
    def one(records):
        return []

    assert one.programmes == programmes
    assert one.programme == words


def test_several_are_read_together(world, released):
    found = released("serious_violence_duty_return")
    assert found.manifest["programme"] == "network, serious_violence_duty"
    tables = {file["file"] for file in found.manifest["inputs"]}
    assert any("network" in name for name in tables)
    assert any("serious_violence_duty" in name for name in tables)


def test_all_are_read_together(world):
    together = lv.NetworkRecords(dict(world.records))
    assert list(together) == list(world.records)
    assert len(together) == len(world.records)
    assert together["grip"] is world.records["grip"]
    assert together.data == "synthetic"
    assert together.extracted_on == max(each.extracted_on for each in world.records.values())
    assert len(together.lineage) == sum(len(each.lineage) for each in world.records.values())
    assert len(together.ran) == sum(len(each.ran) for each in world.records.values())
    assert together.dialect == "duckdb"


def test_a_programme_the_framework_lacks_is_refused(world, tmp_path):
    framework = world.project.framework
    with pytest.raises(FrameworkError, match="grop"):
        lv.programme_answers(world.records["grip"], framework, "grop")
