"""YAML that people write: plain data with the place of everything, meaning what it looks like or refused."""

import datetime as dt
import time

import pytest

from lvrn_eval.documents import LARGEST, parse_document, read_document

PLAIN = "    → write plain text, numbers, lists and mappings only"
CHECK = "    → check indentation, colons and quotes"
QUOTE = "    → put it in quotation marks if it is text"
UNREAD = "this value cannot be read as a number, a day, true or false"


def faults(text):
    document = parse_document(text, "x.yaml")
    return [str(fault) for fault in document.faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("word", "word"), ("'5'", "5"), ('"true"', "true"), ("5", 5), ("-5", -5), ("+5", 5), ("0x1F", 31),
        ("1_000", 1000), ("2.5", 2.5), ("1e3", 1000.0), ("true", True), ("False", False), ("TRUE", True),
        ("null", None), ("~", None), ("", None), ("2024-02-29", dt.date(2024, 2, 29)),
        # words that older YAML takes for truth stay words
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("Y", "Y"), ("N", "N"),
        # and numbers to the base of sixty are text
        ("12:30", "12:30"), ("12:30:45", "12:30:45"), ("0123456789abc", "0123456789abc"),
        ("|\n  two\n  lines", "two\nlines"), (">-\n  two\n  lines", "two lines"),
        ("[1, a]", [1, "a"]), ("{b: 2}", {"b": 2}),
    ],
)  # fmt: skip
def test_a_value_is_what_it_looks_like(text, value):
    document = parse_document(f"a: {text}", "x.yaml")
    assert not document.faults
    assert document.data == {"a": value}
    assert type(document.data["a"]) is type(value)


def test_keys_are_text_as_they_are_written():
    text = "1: a\n01: b\ntrue: c\nnull: d\n2024-01-01: e\non: f\n'g ': h\n"
    assert list(parse_document(text, "x.yaml").data) == ["1", "01", "true", "null", "2024-01-01", "on", "g "]


def test_everything_has_its_place():
    document = parse_document("a:\n  - b: 1\n    c: [2, 3]\n", "x.yaml")
    assert document.values["a", 0, "c", 1] == (2, 11)
    assert document.keys["a", 0, "c"] == (2, 4)
    assert str(document.fault(("a", 0, "c", 1), "what", "fix")) == (
        "x.yaml:3:12: what\n        c: [2, 3]\n               ^\n    → fix"
    )
    assert document.fault(("a", 0, "b"), "what", at_key=True).where == "x.yaml:2:5"
    # what is missing is told where it should be
    assert document.fault(("a", 0, "d", "e"), "what").where == "x.yaml:1:1"
    assert document.fault((), "what").where == "x.yaml:1:1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["x.yaml: the file is empty"]),
        ("# a comment", ["x.yaml: the file is empty"]),
        ("null", ["x.yaml: the file is empty"]),
        (
            "a: 2024-02-30",
            [f"x.yaml:1:4: {UNREAD}\n    a: 2024-02-30\n       ^\n{QUOTE}"],
        ),
        ("a: 010", [f"x.yaml:1:4: {UNREAD}\n    a: 010\n       ^\n{QUOTE}"]),
        ("a: .inf", [f"x.yaml:1:4: {UNREAD}\n    a: .inf\n       ^\n{QUOTE}"]),
        ("a: .nan", [f"x.yaml:1:4: {UNREAD}\n    a: .nan\n       ^\n{QUOTE}"]),
        ("a: 1e999", [f"x.yaml:1:4: {UNREAD}\n    a: 1e999\n       ^\n{QUOTE}"]),
        (
            "a: 2024-03-31T10:00:00",
            [f"x.yaml:1:4: {UNREAD}\n    a: 2024-03-31T10:00:00\n       ^\n{QUOTE}"],
        ),
        ("a: !!bool yes", [f"x.yaml:1:4: {UNREAD}\n    a: !!bool yes\n       ^\n{QUOTE}"]),
        ("a: !!int five", [f"x.yaml:1:4: {UNREAD}\n    a: !!int five\n       ^\n{QUOTE}"]),
        (
            "%YAML 1.1\n---\na: yes",
            [f"x.yaml:3:4: {UNREAD}\n    a: yes\n       ^\n{QUOTE}"],
        ),
        (
            "a: !!python/object/apply:os.system [true]",
            [("x.yaml:1:4: the tag tag:yaml.org,2002:python/object/apply:os.system is not allowed\n"
             f"    a: !!python/object/apply:os.system [true]\n       ^\n{PLAIN}")],
        ),
        (
            "a: !secret x",
            [f"x.yaml:1:4: the tag !secret is not allowed\n    a: !secret x\n       ^\n{PLAIN}"],
        ),
        (
            "a: !!binary aGk=",
            [f"x.yaml:1:4: the tag tag:yaml.org,2002:binary is not allowed\n    a: !!binary aGk=\n       ^\n{PLAIN}"],
        ),
        (
            "a: !!set {x}",
            [f"x.yaml:1:4: the tag tag:yaml.org,2002:set is not allowed\n    a: !!set {{x}}\n       ^\n{PLAIN}"],
        ),
        (
            "a: &x [1]\nb: *x",
            ["x.yaml:1:4: an alias (*name) is not allowed here\n    a: &x [1]\n       ^\n    → write the value out"],
        ),
        (
            "a: &x [*x]",
            ["x.yaml:1:4: an alias (*name) is not allowed here\n    a: &x [*x]\n       ^\n    → write the value out"],
        ),
        (
            "<<: {a: 1}",
            ["x.yaml:1:1: a key must be plain text\n    <<: {a: 1}\n    ^\n    → write each key as one word"],
        ),
        (
            "? [a, b]\n: 1",
            ["x.yaml:1:3: a key must be plain text\n    ? [a, b]\n      ^\n    → write each key as one word"],
        ),
        (
            "a: 1\nb: 2\na: 3",
            ["x.yaml:3:1: the key 'a' stands here a second time\n    a: 3\n    ^\n    → keep one of them"],
        ),
        (
            "a: 1\n---\nb: 2",
            [f"x.yaml:2:1: this is not YAML that can be read: but found another document\n    ---\n    ^\n{CHECK}"],
        ),
        (
            "a:\n\tb: 1",
            [("x.yaml:2:1: this is not YAML that can be read: found character '\\t' that cannot start any token\n"
             f"    \tb: 1\n    ^\n{CHECK}")],
        ),
        (
            "a: *x",
            [f"x.yaml:1:4: this is not YAML that can be read: found undefined alias 'x'\n    a: *x\n       ^\n{CHECK}"],
        ),
        (
            "a: \x07",
            ["x.yaml: this is not YAML that can be read\n    → check for odd characters and nesting"],
        ),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_refused(text, expected):
    assert faults(text) == expected


def test_all_at_once():
    text = "a: !x 1\nb: 2024-02-30\na: 2\n<<: {}\n"
    assert [fault.split(": ")[0] for fault in faults(text)] == [
        f"x.yaml:{place}" for place in ("1:4", "2:4", "3:1", "4:1")
    ]


def test_anchors_without_an_alias_mean_nothing():
    document = parse_document("a: &x 1\nb: &x 2\n", "x.yaml")
    assert (document.data, document.faults) == ({"a": 1, "b": 2}, ())


@pytest.mark.parametrize(
    "text",
    ["[" * 20_000, "{a: " * 20_000, "- " * 20_000, "a:\n" + "".join(" " * n + "b:\n" for n in range(1, 1_500))],
    ids=["lists", "mappings", "dashes", "indents"],
)
def test_deep_nesting_ends_soon_in_words(text):
    started = time.perf_counter()
    assert faults(text) == ["x.yaml: this is not YAML that can be read\n    → check for odd characters and nesting"]
    assert time.perf_counter() - started < 10


def test_aliases_cannot_multiply():
    text = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    assert len(faults(text)) == 2 * 59


def test_a_long_line_is_shown_around_its_fault():
    text = "a: [" + "word, " * 200 + "!x y, " + "word, " * 200 + "]"
    (fault,) = faults(text)
    _, shown, caret, _ = fault.splitlines()
    assert len(shown) == 124
    assert shown[caret.index("^") :].startswith("!x y, ")


def test_what_is_read_from_disk(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\r\nb: 1\r\n")
    assert read_document(path).data == {"a": "é", "b": 1}
    path.write_bytes(b"a: 1\nb: \xe9\n")
    assert [str(fault) for fault in read_document(path).faults] == [
        "x.yaml:2: this is not UTF-8 text\n    → save it as UTF-8",
    ]
    path.write_bytes(b"#" * (LARGEST + 1))
    assert [str(fault) for fault in read_document(path).faults] == ["x.yaml: the file is longer than 2,000,000 bytes"]
    for missing in (tmp_path / "y.yaml", tmp_path):
        assert [str(fault) for fault in read_document(missing).faults] == [
            f"{missing.name}: there is no such file that can be read",
        ]
