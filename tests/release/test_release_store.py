"""A release is written whole or not at all, and opened only when every byte is as its manifest says."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release import latest_release, open_release, write_release
from lvrn_eval.release import manifest as manifest_of
from lvrn_eval.release.manifest import canonical_json, digest_of, readable_json, sealed
from lvrn_eval.release.store import releases_of
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
    assert sorted(path.name for path in first.parent.iterdir()) == [".lock", first.name]
    assert write(tmp_path, parameters={"seed": 2}) != first


def test_the_digest_leaves_out_when_it_was_made():
    manifest = {"a": 1, "created_at": "today", "digest": "x", "seal": "y"}
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
    (path / "manifest.json").write_text(readable_json(manifest))
    with pytest.raises(ReleaseError) as refused:
        open_release(path)
    assert str(refused.value) == (
        f"release {path.name} is not as it was written\n"
        "  extra.csv: the file is not in the manifest\n"
        "      → remove it\n"
        "  classes.csv: the file is missing\n"
        "  manifest.json: the manifest was changed after it was written"
    )


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


def test_the_newest_release_is_found(tmp_path):
    with pytest.raises(
        ReleaseError, match="no release of 'an_analysis' yet; make one with `lvrn-eval run an_analysis`"
    ):
        latest_release(tmp_path, "an_analysis")
    path = write(tmp_path)
    assert latest_release(tmp_path, "an_analysis") == path


def test_a_release_made_again_is_the_newest(tmp_path):
    """The analyst who goes back to earlier choices gets the report of these, not of those tried in between."""
    first, second = write(tmp_path), write(tmp_path, parameters={"seed": 2})
    assert latest_release(tmp_path, "an_analysis") == second
    assert write(tmp_path) == first
    assert releases_of(tmp_path, "an_analysis") == [second, first]
    assert open_release(first).manifest["digest"].startswith(first.name)


def test_what_is_not_in_its_place_yet_is_no_release(tmp_path):
    path = write(tmp_path)
    unfinished = path.parent / ".writing-x"
    unfinished.mkdir()
    (unfinished / "manifest.json").write_text("{")
    assert latest_release(tmp_path, "an_analysis") == path


def test_which_is_the_newest_is_no_guess(tmp_path):
    path = write(tmp_path)
    text = (path / "manifest.json").read_text()
    (path / "manifest.json").write_text(text.replace('"created_at": "20', '"created_at": "19'))
    with pytest.raises(ReleaseError) as refused:
        latest_release(tmp_path, "an_analysis")
    assert str(refused.value) == (
        f"release {path.name} is not as it was written\n  manifest.json: the manifest was changed after it was written"
    )


def test_a_release_of_another_schema_says_so(tmp_path):
    path = write(tmp_path)
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(readable_json({**manifest, "schema": 1}))
    with pytest.raises(ReleaseError) as refused:
        open_release(path)
    assert str(refused.value) == (
        f"release {path.name} was written by another version of lvrn-eval: its manifest has schema 1, and this one "
        "reads 2; run the analysis again"
    )


def test_a_manifest_that_was_made_to_fit_reads_no_file_from_elsewhere(tmp_path):
    """Whoever can write the digests anew still cannot name a file that is not in the release."""
    path = write(tmp_path)
    (tmp_path / "elsewhere.json").write_text((path / "classes.json").read_text())
    manifest = json.loads((path / "manifest.json").read_text())
    bare = {key: value for key, value in manifest.items() if key not in {"created_at", "digest", "seal"}}
    forged = sealed({**bare, "results": ["../../elsewhere"]}, manifest["created_at"])
    (path / "manifest.json").write_text(readable_json(forged))
    with pytest.raises(ReleaseError) as refused:
        open_release(path)
    assert [str(fault) for fault in refused.value.faults] == [
        "manifest.json: the manifest was changed after it was written"
    ]


def test_the_manifest_says_all_that_the_numbers_rest_on(tmp_path):
    manifest = open_release(write(tmp_path, parameters={"seed": 2}, engine="duckdb", programme="champions")).manifest
    assert sorted(manifest) == [
        "allowed_difference", "analysis", "created_at", "data", "digest", "digests", "engine", "files", "inputs",
        "parameters", "plan", "policy", "programme", "results", "schema", "seal", "seeds", "versions",
    ]  # fmt: skip
    assert (manifest["engine"], manifest["parameters"], manifest["seeds"]) == ("duckdb", {"seed": 2}, {"classes": [1]})
    assert manifest["files"] == sorted(manifest["files"], key=lambda file: file["name"])


def test_the_code_of_the_package_is_among_the_versions(tmp_path, monkeypatch):
    """Within one version the code may be changed; a rename, or text that moves to another file, is a change too."""
    found = []
    for name, text in {"a.py": "1\n", "b.py": "1\n", "c.md": "1\n"}.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text(text)
        monkeypatch.setattr("lvrn_eval.release.manifest.files", lambda _, folder=folder: folder)
        found.append(manifest_of.code_digest.__wrapped__())
    assert len(set(found)) == 3
    (tmp_path / "a.py" / "a.py").write_bytes(b"1\r\n")
    monkeypatch.setattr("lvrn_eval.release.manifest.files", lambda _: tmp_path / "a.py")
    assert manifest_of.code_digest.__wrapped__() == found[0]
    assert manifest_of.versions()["lvrn-eval code"] == manifest_of.code_digest()


def people(first, second=60):
    table = pd.DataFrame({"class": ["a", "b"], "people": [first, second]})
    return Result("classes", "Title", table, {}, count_columns=("people",), shape="counts")


def test_a_release_whose_difference_from_an_earlier_one_tells_of_few_is_refused(tmp_path):
    first, far = write(tmp_path, people(40)), write(tmp_path, people(80, 100))
    with pytest.raises(ReleaseError) as refused:
        write(tmp_path, people(45))
    fault = refused.value.faults[0]
    assert refused.value.summary == (
        f"beside the earlier release {first.name} this one would tell of few people; "
        "`--allow-difference REASON` writes it all the same and records the reason"
    )
    assert (len(refused.value.faults), fault.where) == (1, "classes, people, a")
    assert releases_of(tmp_path, "an_analysis") == [first, far]
    allowed = write(tmp_path, people(45), allow_difference="Five people joined, and said so.")
    assert open_release(allowed).manifest["allowed_difference"] == "Five people joined, and said so."


def test_the_same_counts_made_otherwise_tell_nothing_new(tmp_path):
    first = write(tmp_path, people(40), parameters={"window": "90 days"})
    assert write(tmp_path, people(40), parameters={"window": "91 days"}) != first


def test_what_stays_in_the_building_is_held_against_nothing(tmp_path):
    write(tmp_path, people(43), policy="internal")
    write(tmp_path, people(40))


def test_a_damaged_earlier_release_cannot_be_passed_over(tmp_path):
    first = write(tmp_path, people(40))
    (first / "classes.csv").write_text("x")
    with pytest.raises(ReleaseError) as refused:
        write(tmp_path, people(80))
    assert str(refused.value) == (
        f"release {first.name} is not as it was written\n  classes.csv: the file was changed after it was written"
    )


def test_a_folder_that_is_no_release_is_refused(tmp_path):
    with pytest.raises(ReleaseError, match=r"is not a release: it has no manifest\.json that can be read"):
        open_release(tmp_path)


def test_an_unknown_result_gets_the_nearest_name(tmp_path):
    with pytest.raises(ReleaseError, match="no result 'clases'; did you mean 'classes'"):
        open_release(write(tmp_path)).result("clases")
