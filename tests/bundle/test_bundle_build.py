"""A bundle is whole, says what is in it, and is the same every time."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from lvrn_eval.errors import ReportError
from lvrn_eval.report.bundle.build import build_bundle

REPORT = """\
---
title: {title}
date: 2024-03-31
---

```{{python}}
#| label: numbers
from lvrn_eval.report import cells
from lvrn_eval.report.build import release

cells.table(release("champions_reoffending").result("classes"), label="tbl-classes", caption="Classes")
```
"""


@pytest.fixture
def reports(tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in ("champions", "champions_assurance"):
        (folder / f"{name}.qmd").write_text(REPORT.format(title=name), "utf-8")
    evaluation = "schema_version: 1\nreport: champions\nanalysis: champions_reoffending\n"
    (folder / "champions.evaluation.yaml").write_text(evaluation, "utf-8")
    return folder


def test_everything_is_there_with_its_digest_and_the_same_again(one, reports, tmp_path):
    releases, output = one.path.parents[1], tmp_path / "bundles"
    made = build_bundle("champions", reports, releases, output, formats=("html",), engine="builtin")
    assert made == output / "champions" / one.path.name
    files = {path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*") if path.is_file()}
    assert {"champions.html", "champions_assurance.html", "tables.xlsx", "manifest.json", "contents.json"} < set(files)
    assert {f"tables/{path.name}" for path in one.path.glob("*.csv")} < set(files)
    listed = json.loads(files.pop("contents.json"))["files"]
    assert listed == {name: sha256(content).hexdigest() for name, content in files.items()}
    manifest = json.loads(files["manifest.json"])
    assert manifest["digest"] == one.manifest["digest"]
    assert {"created_at", "seal"}.isdisjoint(manifest)  # the same release at another time is the same bundle
    again = build_bundle("champions", reports, releases, output, formats=("html",), engine="builtin")
    assert json.loads((again / "contents.json").read_text())["files"] == listed
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_what_is_missing_is_named_before_anything_is_rendered(one, reports, tmp_path):
    (reports / "champions_assurance.qmd").unlink()
    (reports / "champions.evaluation.yaml").unlink()
    told = "there is no bundle of 'champions': reports/ has no champions_assurance.qmd, champions.evaluation.yaml"
    with pytest.raises(ReportError, match=told):
        build_bundle("champions", reports, one.path.parents[1], tmp_path / "bundles")
    assert not (tmp_path / "bundles").exists()


def test_a_report_that_fails_leaves_nothing(one, reports, tmp_path):
    source = reports / "champions_assurance.qmd"
    source.write_text(source.read_text("utf-8").replace('"classes"', '"nothing"'), "utf-8")
    with pytest.raises(ReportError, match="champions_assurance"):
        build_bundle(
            "champions", reports, one.path.parents[1], tmp_path / "bundles", formats=("html",), engine="builtin"
        )
    assert not list((tmp_path / "bundles" / "champions").iterdir())


def test_a_name_that_is_a_path_does_not_lead_out_of_the_folder_of_bundles(one, reports, tmp_path):
    inner, output = reports / "inner", tmp_path / "bundles"
    inner.mkdir()
    made = build_bundle("../champions", inner, one.path.parents[1], output, formats=("html",), engine="builtin")
    assert made == output / "champions" / one.path.name
    assert not (tmp_path / "champions").exists()
