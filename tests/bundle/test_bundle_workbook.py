"""The workbook of a release: what it says, that nothing in it runs, and that it is the same every time."""

from __future__ import annotations

import zipfile
from hashlib import sha256

import pytest
from conftest import HOSTILE, counts
from python_calamine import CalamineWorkbook

from lvrn_eval.report.bundle.workbook import write_workbook


def sheets(path):
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_table_a_sheet_with_what_its_signs_mean(one, tmp_path):
    found = sheets(write_workbook(one, tmp_path / "tables.xlsx"))
    assert list(found) == ["Cover", "Contents", "attrition", "classes", "looked at"]
    rows = [[cell for cell in row if cell != ""] for row in found["classes"]]
    assert rows[0] == ["People by change"]
    assert ["[c] hidden, because a small number could point to a person"] in rows
    assert rows[-3:] == [["all", "reduced", 60.0], ["all", "unchanged", "[c]"], ["all", "increased", "[c]"]]
    assert rows[-4] == ["Group", "Recorded events", "People"]
    cover = " ".join(str(cell) for row in found["Cover"] for cell in row)
    assert "The data in this report is synthetic" in cover
    assert "Disclosure policy strict" in cover


def test_the_same_release_is_the_same_bytes(one, tmp_path):
    first, second = (write_workbook(one, tmp_path / f"{name}.xlsx").read_bytes() for name in "ab")
    assert sha256(first).hexdigest() == sha256(second).hexdigest()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text(released, tmp_path, text):
    release = released(counts([text, "other"], [60, 40]), policy="open")
    path = write_workbook(release, tmp_path / "tables.xlsx")
    with zipfile.ZipFile(path) as parts:
        whole = {name: parts.read(name).decode() for name in parts.namelist()}
    assert not any("<f>" in part for part in whole.values())
    links = [part for name, part in whole.items() if name.endswith(".rels") and "worksheets" in name]
    assert not any('TargetMode="External"' in part for part in links)
    cells = [str(cell) for row in sheets(path)["classes"] for cell in row]
    expected = text.replace("\u202e", "")
    assert any(cell == expected or (cell.endswith("…") and expected.startswith(cell[:-1])) for cell in cells)


def test_long_and_like_names_of_sheets_stay_apart(released, tmp_path):
    name = "a_very_long_name_of_a_table_of_counts"
    release = released(*(counts(["x", "y"], [60, 40], f"{name}_{ending}") for ending in "abc"))
    found = list(sheets(write_workbook(release, tmp_path / "tables.xlsx")))
    assert found[2:] == [
        "a very long name of a table of",
        "a very long name of a table o 2",
        "a very long name of a table o 3",
    ]


def test_an_unfinished_workbook_does_not_replace_a_finished_one(one, tmp_path, monkeypatch):
    path = write_workbook(one, tmp_path / "tables.xlsx")
    before = path.read_bytes()
    monkeypatch.setattr("gptables.core.wrappers.GPWorkbook.close", lambda _: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_workbook(one, path)
    assert path.read_bytes() == before
