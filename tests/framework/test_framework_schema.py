"""The JSON Schema that ships, and its agreement with the model and the messages."""

from __future__ import annotations

import dataclasses
import json
from importlib.resources import files
from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from lvrn_eval.documents.schemas import TELL
from lvrn_eval.framework import Contribution, Indicator, Level, Outcome, Programme, SuccessMeasure
from lvrn_eval.framework.measure import KEYWORDS, Beside, Daily, Measure, MeasureKind, Per, PerColumn, Period, Told
from lvrn_eval.framework.model import Direction, Numbering, ProgrammeKind, Strength
from lvrn_eval.framework.sections import SECTIONS
from lvrn_eval.framework.shape import SCHEMAS, load_schema
from lvrn_eval.records.tables import TABLES

ANNOTATIONS = {"$schema", "$id", "$ref", "$defs", "title", "description"}


def subschemas(schema):
    yield schema
    for inner in (*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()):
        yield from subschemas(inner)
    if "items" in schema:
        yield from subschemas(schema["items"])


@pytest.mark.parametrize("version", SCHEMAS)
def test_is_a_schema_of_draft_2020_12(version: int) -> None:
    schema = load_schema(version)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["schema_version"]["const"] == version
    Draft202012Validator.check_schema(schema)


def test_ships_in_the_package() -> None:
    for version, name in SCHEMAS.items():
        assert json.loads(files("lvrn_eval.framework").joinpath("schema", name).read_text("utf-8")) == load_schema(
            version
        )


def test_every_keyword_that_can_refuse_is_told_in_plain_english() -> None:
    used = {keyword for part in subschemas(load_schema(1)) for keyword in part}
    # `const` is the version, which is told before the schema is asked
    assert used - ANNOTATIONS - {"properties", "items", "const"} <= set(TELL)


def test_every_key_says_what_it_is() -> None:
    for part in subschemas(load_schema(1)):
        assert [key for key, inner in part.get("properties", {}).items() if not inner.get("description")] == []


def test_nothing_is_open_to_unknown_keys() -> None:
    objects = [part for part in subschemas(load_schema(1)) if part.get("type") == "object"]
    # the file, `framework`, an entry of each list, a contribution, and of a measure: itself and its four inner parts
    assert len(objects) == 2 + len(SECTIONS) + 1 + 5
    assert all(part["additionalProperties"] is False for part in objects)


@pytest.mark.parametrize("model", [Level, Outcome, SuccessMeasure, Programme, Contribution, Indicator])
def test_agrees_with_the_model(model: type) -> None:
    name = {SuccessMeasure: "success_measure"}.get(model, model.__name__.lower())
    definition = load_schema(1)["$defs"][name]
    fields = dataclasses.fields(model)
    assert set(definition["properties"]) == {field.name for field in fields}
    required = {field.name for field in fields if field.default is dataclasses.MISSING}
    assert set(definition["required"]) == required


@pytest.mark.parametrize(
    ("name", "model"),
    [("measure", Measure), ("per", Per), ("beside", Beside), ("per_column", PerColumn), ("daily", Daily)],
)
def test_measures_agree_with_the_model(name: str, model: type) -> None:
    definition = load_schema(1)["$defs"][name]
    names = {field.name: field for field in dataclasses.fields(model)}
    assert {KEYWORDS.get(key, key) for key in definition["properties"]} == set(names)
    required = {name for name, field in names.items() if field.default is dataclasses.MISSING}
    assert {KEYWORDS.get(key, key) for key in definition["required"]} == required


def test_the_tables_are_those_of_the_records() -> None:
    # when a canonical table changes, write its columns into schema/canonical_tables-1.json
    told = json.loads(files("lvrn_eval.framework").joinpath("schema", "canonical_tables-1.json").read_text("utf-8"))
    assert told["tables"] == {
        table.name: {
            column.name: {"kind": column.kind, **({"codes": list(column.codes)} if column.codes else {})}
            for column in table.columns
        }
        for table in TABLES.values()
    }


@pytest.mark.parametrize(
    ("name", "key", "choices"),
    [
        ("measure", "kind", MeasureKind),
        ("measure", "period", Period),
        ("measure", "as", Told),
        ("indicator", "direction", Direction),
        ("contribution", "strength", Strength),
        ("programme", "kind", ProgrammeKind),
    ],
)
def test_choices_agree_with_the_model(name: str, key: str, choices: object) -> None:
    assert load_schema(1)["$defs"][name]["properties"][key]["enum"] == list(get_args(choices))


def test_numbering_agrees_with_the_model() -> None:
    assert load_schema(1)["$defs"]["numbering"]["enum"] == list(get_args(Numbering))
