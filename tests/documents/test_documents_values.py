"""What is read from YAML that can be read: plain data that means what it looks like, and the place of everything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lvrn_eval.documents import Document, Finding, Plain, shown

Read = Callable[[str | bytes], Document]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("word", "word"), ("'5'", "5"), ('"true"', "true"), ("5", 5), ("-5", -5), ("+5", 5), ("010", 10),
        ("2.5", 2.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("true", True), ("False", False), ("TRUE", True),
        ("null", None), ("~", None), ("", None), ("''", ""), ("'~'", "~"),
        # a day is text here: who wants a day asks for one
        ("2024-02-29", "2024-02-29"), ("2024-02-30", "2024-02-30"), ("2024-03-31T10:00:00", "2024-03-31T10:00:00"),
        # words that older YAML takes for truth stay words
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("Y", "Y"), ("N", "N"),
        # and so do numbers that few people would read as numbers, or that no computer holds
        ("0x1F", "0x1F"), ("0o17", "0o17"), ("1_000", "1_000"), ("12:30", "12:30"), ("12:30:45", "12:30:45"),
        ("0123456789abc", "0123456789abc"), (".inf", ".inf"), (".nan", ".nan"), ("1e999", "1e999"),
        ("9" * 16, "9" * 16), ("9" * 15, 999_999_999_999_999),
        ("|\n  two\n  lines", "two\nlines"), (">-\n  two\n  lines", "two lines"),
        ("[1, a]", [1, "a"]), ("{b: 2}", {"b": 2}), ("[]", []), ("{}", {}),
    ],
)  # fmt: skip
def test_a_value_is_what_it_looks_like(read: Read, text: str, value: Plain) -> None:
    document = read(f"a: {text}")
    assert document.faults([]) == []
    found = document.root.values["a"].value
    assert (found, type(found)) == (value, type(value))
    assert document.root.value == {"a": value}


def test_an_older_version_of_yaml_changes_nothing(read: Read) -> None:
    assert read("%YAML 1.1\n---\na: yes\n").root.value == {"a": "yes"}


def test_keys_are_text_as_they_are_written(read: Read) -> None:
    text = "1: a\n01: b\ntrue: c\nnull: d\n2024-01-01: e\non: f\n'g ': h\n<<: i\n"
    keys = ["1", "01", "true", "null", "2024-01-01", "on", "g ", "<<"]
    assert list(read(text).root.values) == keys


def test_nothing_is_merged_into_its_surroundings(read: Read) -> None:
    assert read("<<: {a: 1}\n").root.value == {"<<": {"a": 1}}


def test_the_first_of_two_equal_keys_is_kept(read: Read) -> None:
    assert read("a: 1\na: 2\n").root.value == {"a": 1}


def test_everything_has_its_place(read: Read) -> None:
    document = read("a:\n  - b: 1\n    c: [2, 33]\n    d:\n")
    node = document.root.at(["a", 0, "c", 1])
    assert (node.line, node.column, node.length, node.value) == (3, 12, 2, 33)
    key = document.root.at(["a", 0]).keys["c"]
    assert (key.line, key.column, key.length) == (3, 5, 1)
    listing = document.root.at(["a", 0, "c"])
    assert (listing.line, listing.column, listing.length, listing.value) == (3, 8, 1, [2, 33])
    # what is missing is told where its key stands
    missing = document.root.at(["a", 0, "d"])
    assert (missing.line, missing.column, missing.value) == (4, 5, None)


def test_a_node_is_asked_for_what_is_under_a_key(read: Read) -> None:
    root = read("a: 1\nb: text\n").root
    assert (root.get("c"), root.text("c"), root.text("a"), root.text("b")) == (None, None, None, "text")
    found = root.get("a")
    assert found is not None
    assert found.value == 1


def test_the_entries_of_a_list_are_those_with_keys(read: Read) -> None:
    document = read("a: [{b: 1}, 2, [3], {c: 4}]\nd: 5\n")
    assert [entry.value for entry in document.entries("a")] == [{"b": 1}, {"c": 4}]
    assert list(document.entries("d")) == list(document.entries("e")) == []


def test_faults_come_in_the_order_of_the_file_and_once_for_a_place(read: Read) -> None:
    document = read("a: &x 1\nb: *x\nc: 3\n")
    values = document.root.values
    findings = [Finding(values["c"], "is odd", "make it even"), Finding(values["b"], "is empty")]
    assert [str(fault) for fault in document.faults(findings)] == [
        "x.yaml:1:4: the anchor `&x` is not read here\n    a: &x 1\n       ^^^^\n    → take it out",
        (
            "x.yaml:2:4: the alias `*x` repeats another part of the file\n    b: *x\n       ^^\n"
            "    → write the text out here"
        ),
        "x.yaml:3:4: is odd\n    c: 3\n       ^\n    → make it even",
    ]


def test_a_mark_of_bytes_and_line_ends_of_windows_are_no_part_of_the_text(read: Read) -> None:
    document = read(b"\xef\xbb\xbfa: \xc3\xa9\r\nb: 1\r\n")
    assert document.root.value == {"a": "é", "b": 1}
    assert list(document.lines) == ["a: é", "b: 1", ""]
    assert (document.root.column, document.root.values["b"].line) == (1, 2)


@pytest.mark.parametrize("position", [0, 3, 100, 199])
def test_a_long_line_is_shown_around_its_fault(read: Read, position: int) -> None:
    words = ["word"] * 200
    words[position] = "here"
    document = read(f"a: [{', '.join(words)}]")
    (fault,) = document.faults([Finding(document.root.at(["a", position]), "look")])
    shown_line, mark = fault.excerpt.splitlines()
    assert len(shown_line) <= 112
    assert shown_line[mark.index("^") :][: mark.count("^")] == "here"


def test_tabs_and_control_characters_are_shown_as_blanks(read: Read) -> None:
    document = read("a: 'b\tc\u200bd' # \u202e\n")
    (fault,) = document.faults([Finding(document.root.values["a"], "look")])
    assert fault.excerpt == "a: 'b c d' #\n   ^^^^^^^"


def test_a_long_value_is_named_by_its_beginning() -> None:
    assert (shown("a"), shown(1), shown("a" * 100)) == ("'a'", "1", f"'{'a' * 59}…")
