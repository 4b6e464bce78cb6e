"""The JSON Schema that ships, and its agreement with the model and the messages."""

from __future__ import annotations

import dataclasses
import json
from importlib.resources import files
from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from lvrn_eval.framework import Contribution, Indicator, Level, Outcome, Programme, SuccessMeasure
from lvrn_eval.framework.model import Direction, Numbering, ProgrammeKind, Strength
from lvrn_eval.framework.sections import SECTIONS
from lvrn_eval.framework.shape import SCHEMAS, TELL, load_schema

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
    assert len(objects) == 2 + len(SECTIONS) + 1  # the file, `framework`, an entry of each list, a contribution
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
    ("name", "key", "choices"),
    [
        ("indicator", "direction", Direction),
        ("contribution", "strength", Strength),
        ("programme", "kind", ProgrammeKind),
    ],
)
def test_choices_agree_with_the_model(name: str, key: str, choices: object) -> None:
    assert load_schema(1)["$defs"][name]["properties"][key]["enum"] == list(get_args(choices))


def test_numbering_agrees_with_the_model() -> None:
    assert load_schema(1)["$defs"]["numbering"]["enum"] == list(get_args(Numbering))
