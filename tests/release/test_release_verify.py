"""A release beside what its analysis gives now: which cell differs, and what else has changed that may be why."""

from dataclasses import replace

import pandas as pd
import pytest

from lvrn_eval.errors import ReleaseError
from lvrn_eval.records.readers import FileRead
from lvrn_eval.release import POLICIES, open_release, write_release
from lvrn_eval.release.manifest import MANIFEST
from lvrn_eval.release.verify import compared, files_only
from lvrn_eval.result import Check, Result, Sentence


def result(**columns):
    table = {"term": ["at 26", "at 52", "at 52"], "group": ["all", "given", "none"], "people": [40, 25, 4], **columns}
    part = Result("part", "Part", pd.DataFrame({"people": [40]}), {}, count_columns=("people",), shape="counts")
    return Result(
        "curve",
        "Title",
        pd.DataFrame(table),
        {"ties": "efron"},
        checks=(Check("enough", passed=True, text="Enough events."),),
        text=(Sentence("Half were free."), Sentence("No more is known.")),
        count_columns=("people",),
        shape="counts",
        parts={"part": part},
    )


INPUTS = (
    FileRead("people", "people.csv", "a" * 64, 120, "utf-8"),
    FileRead("events", "events.csv", "b" * 64, 900, "utf-8"),
)


def release(folder, *results, **options):
    given = {"data": "synthetic", "lineage": INPUTS, "digests": {"analysis": "d1", "framework": "d2"}, **options}
    return open_release(write_release(folder, "an_analysis", results or (result(),), engine="duckdb", **given))


def found(was, now):
    """Return the verification's rows, and its checks by name."""
    made = compared(was, now)
    return [list(row) for row in made.table.to_numpy()], {
        check.name: (check.passed, check.text) for check in made.checks
    }


UNCHANGED = {
    "inputs": (True, "Unchanged: the input files."),
    "sources": (True, "Unchanged: the analysis, the framework and the description of the sources."),
    "choices": (True, "Unchanged: the parameters, the policy and the plan."),
    "versions": (True, "Unchanged: the versions of Python, of the packages and of their code."),
}


def test_the_same_again_has_the_same_digest(tmp_path):
    one = release(tmp_path / "one")
    rows, checks = found(one, release(tmp_path / "two"))
    assert rows == []
    assert checks == {
        "files": (True, f"All 3 files of release {one.path.name} are as they were written."),
        "numbers": (True, "Computed again from the same inputs, the release has the same digest."),
        **UNCHANGED,
    }


def test_every_cell_that_differs_is_named(tmp_path):
    one = release(tmp_path / "one", result(people=[400, 250, 60]))
    rows, checks = found(one, release(tmp_path / "two", result(people=[400, 320, 90])))
    assert rows == [
        ["curve", "row 2 (at 52, given)", "people", "250", "320"],
        ["curve", "row 3 (at 52, none)", "people", "60", "90"],
    ]
    assert checks["numbers"] == (False, "Computed again, 2 things differ in 1 of the tables: curve.")
    why = "Nothing that the manifest records has changed. It does not record the pseudonym key, by which people are "
    assert checks["not_recorded"] == (None, f"{why}sampled: it may be another.")


def test_what_differs_is_shown_protected_on_both_sides(tmp_path):
    one = release(tmp_path / "one", result(people=[400, 250, 7]))
    rows, _ = found(one, release(tmp_path / "two", result(people=[400, 252, 83])))
    assert ["curve", "row 3 (at 52, none)", "people", "[c]", "85"] in rows
    assert {"7", "83", "252"} & {cell for row in rows for cell in row} == set()


def test_what_stands_around_a_table_is_compared_too(tmp_path):
    one = release(tmp_path / "one", policy="open")
    other = replace(
        result(),
        title="Another title",
        text=(Sentence("Half were free."), Sentence("More is known."), Sentence("And more.")),
        checks=(Check("enough", passed=False, text="Enough events."),),
        method={"ties": "breslow"},
    )
    rows, checks = found(one, release(tmp_path / "two", other, policy="open"))
    check = '{{"name":"enough","p_value":null,"passed":{},"statistic":null,"text":"Enough events."}}'
    assert rows == [
        ["curve", "title", "", "Title", "Another title"],
        ["curve", "sentence", "2", "No more is known.", "More is known."],
        ["curve", "check", "enough", check.format("true"), check.format("false")],
        ["curve", "method", "ties", "efron", "breslow"],
        ["curve", "sentence", "3", "not there", "And more."],
    ]
    assert checks["numbers"] == (False, "Computed again, 5 things differ in 1 of the tables: curve.")


def test_a_version_in_a_tables_choices_is_no_difference_of_the_table(tmp_path):
    made = [
        release(tmp_path / number, replace(result(), method={"ties": "efron", "versions": {"numpy": number}}))
        for number in ("1.26", "2.4")
    ]
    rows, checks = found(*made)
    assert rows == []
    assert checks["numbers"] == (True, "Computed again, every number and every sentence is the same.")


def test_tables_columns_and_rows_that_come_or_go(tmp_path):
    one = release(tmp_path / "one", policy="open")
    without = replace(result(), parts={}, table=result().table.drop(columns="group").head(2).assign(rate=0.5))
    extra = replace(result(), name="extra", parts={})
    rows, _ = found(one, release(tmp_path / "two", without, extra, policy="open"))
    assert rows == [
        ["curve.part", "", "", "there", "not there"],
        ["extra", "", "", "not there", "there"],
        ["curve", "", "group", "there", "not there"],
        ["curve", "", "rate", "not there", "there"],
        ["curve", "number of rows", "", "3", "2"],
    ]


CHANGES = {
    "inputs": (
        {"lineage": (replace(INPUTS[0], sha256="c" * 64), replace(INPUTS[1], file="events_2.csv"))},
        (
            "Changed since: the file people.csv of the table people has other content; "
            "the file events.csv of the table events is no longer read; "
            "the file events_2.csv of the table events was not read before."
        ),
    ),
    "sources": (
        {"digests": {"analysis": "d3", "framework": "d4"}},
        "Changed since: the analysis's source was changed; the outcomes framework was changed.",
    ),
    "choices": (
        {"parameters": {"seed": 2}, "plan": {"deviations": []}},
        (
            "Changed since: the parameter seed was not there and is 2; "
            "the analysis plan, or what deviates from it, was changed."
        ),
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_what_has_changed_is_told_by_its_kind(tmp_path, kind):
    options, text = CHANGES[kind]
    one = release(tmp_path / "one")
    rows, checks = found(one, release(tmp_path / "two", **options))
    assert rows == []
    assert checks == {
        "files": (True, f"All 3 files of release {one.path.name} are as they were written."),
        "numbers": (True, "Computed again, every number and every sentence is the same."),
        **UNCHANGED,
        kind: (False, text),
    }


def test_another_version_and_another_policy_are_told(tmp_path, monkeypatch):
    one = release(tmp_path / "one")
    monkeypatch.setattr("lvrn_eval.release.store.versions", lambda: {**one.manifest["versions"], "numpy": "9.9"})
    _, checks = found(one, release(tmp_path / "two", policy="open"))
    now = one.manifest["versions"]["numpy"]
    assert checks["versions"] == (False, f"Changed since: numpy was {now} and is 9.9.")
    strict, free = (f"version {POLICIES[name].version}" for name in ("strict", "open"))
    assert checks["choices"] == (
        False,
        f"Changed since: the disclosure policy was strict, {strict}, and is open, {free}.",
    )
    assert checks["numbers"][0] is False
    assert "not_recorded" not in checks


def test_without_inputs_it_says_what_was_checked_and_what_was_not(tmp_path):
    one = release(tmp_path)
    made = files_only(one, "there are no records.")
    assert made.check("numbers").passed is None
    assert [str(sentence) for sentence in made.text] == [
        f"All 3 files of release {one.path.name} are as they were written.",
        "The numbers were not computed again: there are no records.",
    ]
    assert made.title == f"Release {one.path.name} of an_analysis, verified"
    assert len(made.table) == 0


def test_any_byte_changed_in_any_file_is_refused_and_the_file_named(tmp_path):
    """Each byte of each file in turn; the release is small enough."""
    path = release(tmp_path).path
    seen = []
    for file in sorted(path.iterdir()):
        content = file.read_bytes()
        for place in range(len(content)):
            file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            with pytest.raises(ReleaseError) as refused:
                open_release(path)
            if file.name == MANIFEST:
                assert "manifest" in str(refused.value)
            else:
                assert [fault.where for fault in refused.value.faults] == [file.name]
        file.write_bytes(content)
        seen.append(file.name)
    assert seen == ["curve.csv", "curve.json", "curve.part.csv", MANIFEST]
    open_release(path)


@pytest.mark.parametrize("name", ["curve.csv", MANIFEST])
def test_a_byte_more_or_less_is_refused(tmp_path, name):
    path = release(tmp_path).path
    content = (path / name).read_bytes()
    for changed in (content + b"\n", content[:-1], b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n")):
        (path / name).write_bytes(changed)
        with pytest.raises(ReleaseError) as refused:
            open_release(path)
        assert name in str(refused.value)
