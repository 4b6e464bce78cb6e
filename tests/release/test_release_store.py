"""A release is written whole or not at all, and opened only when every byte is as its manifest says."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release import latest_release, open_release, write_release
from lvrn_eval.release.manifest import canonical_json, digest_of
from lvrn_eval.result import Check, Result, Sentence


def result(name="classes", **columns):
    table = pd.DataFrame(
        {"class": ["=HYPERLINK(1)", "b", "c"], "people": [20, 3, 7], "rate": [np.inf, np.nan, 1.0], **columns}
    )
    part = Result("part", "Part", pd.DataFrame({"people": [40]}), {}, count_columns=("people",), shape="counts")
    return Result(
        name,
        "Title",
        table,
        {"seed": 1, "kinds": ["suspect"]},
        checks=(Check("c", None, "Looked."),),
        text=(Sentence("Plain."),),
        count_columns=("people",),
        shape="counts",
        parts={"part": part},
        figure="class_bars",
    )


def write(folder, *results, data="synthetic", **options):
    return write_release(folder, "an_analysis", results or (result(),), data=data, **options)


def test_what_is_written_reads_back(tmp_path):
    release = open_release(write(tmp_path))
    back = release.result("classes")
    assert back.table["people"].tolist() == [20, pd.NA, pd.NA]
    assert back.suppressed["people"].tolist() == [False, True, True]
    assert back.table["rate"].tolist()[0] == np.inf
    assert dict(back.method) == {"seed": 1, "kinds": ["suspect"]}
    assert (back.checks[0].text, back.text[0].text, back.figure, back.shape) == (
        "Looked.",
        "Plain.",
        "class_bars",
        "counts",
    )
    assert release.result("classes.part").table["people"].tolist() == [40]
    assert release.data == "synthetic"


def test_the_csv_shows_hidden_as_hidden_and_runs_no_formula(tmp_path):
    with (write(tmp_path) / "classes.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows == [
        ["class", "people", "rate"],
        ["'=HYPERLINK(1)", "20", "inf"],
        ["b", "[c]", "[x]"],
        ["c", "[c]", "[c]"],
    ]


def test_equal_releases_have_one_folder_whenever_they_are_made(tmp_path):
    first, again = write(tmp_path), write(tmp_path)
    assert first == again
    assert [path.name for path in first.parent.iterdir()] == [first.name]
    assert write(tmp_path, parameters={"seed": 2}) != first


def test_the_digest_leaves_out_when_it_was_made():
    manifest = {"a": 1, "created_at": "today", "digest": "x"}
    assert digest_of(manifest) == digest_of({"a": 1, "created_at": "tomorrow"}) != digest_of({"a": 2})


def test_canonical_json_has_one_form():
    assert canonical_json({"b": 1.0, "a": ["é", None]}) == '{"a":["é",null],"b":1.0}'
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"a": float("nan")})


@pytest.mark.parametrize("name", ["classes.json", "classes.csv", "classes.part.csv"])
def test_one_byte_changed_is_refused(tmp_path, name):
    path = write(tmp_path)
    content = bytearray((path / name).read_bytes())
    content[-2] ^= 1
    (path / name).write_bytes(content)
    with pytest.raises(ReleaseError) as refused:
        open_release(path)
    assert [(fault.where, fault.what) for fault in refused.value.faults] == [
        (name, "the file was changed after it was written")
    ]


def test_files_added_missing_and_a_changed_manifest_are_all_told(tmp_path):
    path = write(tmp_path)
    (path / "extra.csv").write_text("x")
    (path / "classes.csv").unlink()
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["data"] = "public"
    (path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ReleaseError) as refused:
        open_release(path)
    assert {fault.where for fault in refused.value.faults} == {"extra.csv", "classes.csv", "manifest.json"}


@pytest.mark.parametrize("column", ["person_id", "source_row", "on", "birth_month", "contact_id"])
def test_a_column_of_a_persons_row_is_refused(tmp_path, column):
    with pytest.raises(ReleaseError) as refused:
        write(tmp_path, result(**{column: ["x", "y", "z"]}))
    assert refused.value.faults[0].what == f"the column {column!r} belongs to a person's row"
    assert not any(tmp_path.rglob("*.csv"))


def test_a_column_of_dates_is_refused_whatever_its_name(tmp_path):
    with pytest.raises(ReleaseError, match="'seen' belongs to a person's row"):
        write(tmp_path, result(seen=pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"])))


def test_names_that_are_paths_are_refused(tmp_path):
    with pytest.raises(ReleaseError, match="lower-case letters"):
        write(tmp_path, result("../evil"))
    with pytest.raises(ReleaseError, match="two results have this name"):
        write(tmp_path, result(), result())


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("lvrn_eval.release.store.versions", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(tmp_path)
    assert list((tmp_path / "an_analysis").iterdir()) == []


def test_the_newest_release_is_found(tmp_path):
    with pytest.raises(
        ReleaseError, match="no release of 'an_analysis' yet; make one with `lvrn-eval run an_analysis`"
    ):
        latest_release(tmp_path, "an_analysis")
    path = write(tmp_path)
    assert latest_release(tmp_path, "an_analysis") == path


def test_a_folder_that_is_no_release_is_refused(tmp_path):
    with pytest.raises(ReleaseError, match="no manifest that can be read"):
        open_release(tmp_path)


def test_an_unknown_result_gets_the_nearest_name(tmp_path):
    with pytest.raises(ReleaseError, match="no result 'clases'; did you mean 'classes'"):
        open_release(write(tmp_path)).result("clases")
