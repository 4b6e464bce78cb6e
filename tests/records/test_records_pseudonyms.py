"""Keyed pseudonyms: HMAC-SHA-256 as Python's own, told apart by kind, and a key that nothing ever shows."""

import base64
import hashlib
import hmac
import traceback

import duckdb
import pytest
from records_examples import FILES, KEY, only, read, rows, write

from lvrn_eval.engine import DuckDBEngine, build
from lvrn_eval.errors import AnalysisError, RecordsError
from lvrn_eval.records import read_records
from lvrn_eval.records.pseudonyms import checked_key, key_from_environment, pads, pseudonym

CANARY = b"zebedee quux xyzzy"


def expected(key, message):
    """The first 72 bits of the HMAC, in base 64."""
    return base64.b64encode(hmac.new(key, message.encode(), hashlib.sha256).digest()[:9]).decode()


@pytest.mark.parametrize(
    "key", [b"0123456789abcdef", b"k" * 63, b"k" * 64, b"k" * 65, b"\x00\xff'\"\\" * 40, "é".encode() * 9]
)
def test_pseudonyms_are_the_hmac_of_python(key):
    from sqlglot import exp, select

    identifiers = ["QX-1", "", "it's", "é漢\U0001f600", "x" * 5_000, "\\", "\n", None]
    engine = DuckDBEngine()
    import pandas as pd

    frame = engine.register("ids", pd.DataFrame({"id": identifiers, "place": range(len(identifiers))}))
    made = build(
        "tests/pseudonym",
        select(pseudonym(exp.column("id"), "person_id").as_("pseudonym"), "place").from_("ids"),
    )
    found = engine.run(made, tables={"ids": frame}, secrets=pads(key)).to_arrow().to_pylist()
    found = [row["pseudonym"] for row in sorted(found, key=lambda row: row["place"])]
    assert found == [None if name is None else expected(key, f"person_id:{name}") for name in identifiers]


def test_a_person_has_one_pseudonym_in_every_table(tmp_path):
    records = read(tmp_path)
    first, second = (expected(KEY, f"person_id:QX-880{number}") for number in (1, 2))
    assert [row["person_id"] for row in rows(records.people)][:2] == [first, second]
    assert {row["person_id"] for name in ("contacts", "events", "custody") for row in rows(records.tables[name])} == {
        first,
        second,
    }


def test_the_same_number_of_a_person_and_of_a_member_of_staff_have_nothing_in_common(tmp_path):
    sources = only("people", "contacts").replace("        minutes: Mins\n", "        staff_id: Mins\n")
    same = FILES["contacts_north.csv"].replace("945", "QX-8801")
    (row, *_) = rows(read(tmp_path, {"contacts_north.csv": same}, sources).contacts)
    assert row["person_id"] == expected(KEY, "person_id:QX-8801")
    assert row["staff_id"] == expected(KEY, "staff_id:QX-8801")


def test_another_key_gives_other_pseudonyms(tmp_path):
    path = write(tmp_path, sources=only("people"))
    one, other = (
        {row["person_id"] for row in rows(read_records(path, "champions", key=key).people)} for key in (KEY, CANARY)
    )
    assert len(one) == len(other) == 3
    assert not one & other


def test_the_key_may_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("LVRN_TEST_KEY", "ein geheimer Schlüssel")
    (row, *_) = rows(read_records(write(tmp_path, sources=only("people")), "champions").people)
    assert row["person_id"] == expected("ein geheimer Schlüssel".encode(), "person_id:QX-8801")


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_key_nothing_is_read(tmp_path, monkeypatch, value):
    if value is None:
        monkeypatch.delenv("LVRN_TEST_KEY", raising=False)
    else:
        monkeypatch.setenv("LVRN_TEST_KEY", value)
    with pytest.raises(RecordsError) as refused:
        read_records(write(tmp_path), "champions")
    assert str(refused.value) == (
        "no key: identifiers become pseudonyms with a secret key, read from the environment variable LVRN_TEST_KEY; "
        "set it to a long random text that is kept outside the project"
    )


def test_a_short_key_is_refused_and_counted_in_bytes(tmp_path, monkeypatch):
    with pytest.raises(RecordsError) as refused:
        read_records(write(tmp_path, sources=only("people")), "champions", key=b"fifteen bytes!!")
    assert str(refused.value) == "the pseudonym key has 15 bytes; it needs at least 16"
    monkeypatch.setenv("LVRN_TEST_KEY", "é" * 8)
    assert key_from_environment("LVRN_TEST_KEY") == checked_key("é".encode() * 8)


def test_the_key_stands_in_no_log_message_or_repr(tmp_path):
    records = read_records(write(tmp_path), "champions", key=CANARY)
    inner, outer = pads(CANARY).values()
    shown = repr(records) + repr(records.engine.ran) + repr(vars(records.engine)) + repr(vars(records))
    for secret in (CANARY, inner, outer):
        for form in (secret.decode("latin-1"), secret.hex(), repr(secret)[2:-1]):
            assert form not in shown
    steps = [step for step in records.engine.ran if "sha256" in step.sql.lower()]
    assert [step.name for step in steps] == ["records/known_people"]
    assert all("$inner_pad" in step.sql and "$outer_pad" in step.sql for step in steps)


def test_the_key_stands_in_no_error(tmp_path):
    with pytest.raises(RecordsError) as refused:
        read_records(write(tmp_path, {"people.csv": b""}), "champions", key=CANARY)
    assert CANARY.decode() not in "".join(traceback.format_exception(refused.value))
    with pytest.raises(RecordsError) as refused:
        checked_key(CANARY[:15])
    assert CANARY[:15].decode() not in "".join(traceback.format_exception(refused.value))


def test_the_key_stands_in_no_error_of_the_engine():
    from sqlglot import exp, parse_one, select

    engine = DuckDBEngine()
    made = build("tests/x", select(pseudonym(exp.column("nowhere"), "x"), parse_one("nowhere").as_("n")).from_("t"))
    engine.query("create table t as select 1 as n")
    with pytest.raises(AnalysisError) as refused:
        engine.run(made, tables={"t": engine.table("t")}, secrets=pads(CANARY))
    assert CANARY.decode() not in str(refused.value)
    assert not isinstance(refused.value, duckdb.Error)
