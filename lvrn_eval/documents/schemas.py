"""What a JSON Schema refuses in a file that a person wrote, told in plain English at the place where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from jsonschema import Draft202012Validator

from lvrn_eval.documents.document import Document, Finding, Node, Plain, Step, shown
from lvrn_eval.errors import nearest, suggestion

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Schema: TypeAlias = Mapping[str, Any]
Place: TypeAlias = Callable[[Node, Sequence[Step]], str]
"""How to call what a path leads to, given the whole file."""


WANTED = {"string": "text", "integer": "a whole number", "array": "a list", "object": "keys with values"}


@dataclass(frozen=True)
class Refusal:
    """What the schema refused, with what is needed to tell it.

    Parameters
    ----------
    keyword, wanted
        The keyword of JSON Schema that failed, and what it asks for.
    value, node
        The value refused, and its place.
    place
        How to call that place.
    rules
        The part of the schema that refused.
    about
        What the schema says the value is; empty when it says nothing.
    """

    keyword: str
    wanted: Any
    value: Any
    node: Node
    place: str
    rules: Schema
    about: str

    def finding(self, what: str, fix: str) -> Finding:
        """Return what is wrong with the value, starting with its place."""
        return Finding(self.node, f"{self.place} {what}", fix)

    def empty(self) -> Finding:
        """Return that the value is missing after its colon."""
        return self.finding("is empty", f"fill it in ({self.about})" if self.about else "fill it in")


def place(_: Node, path: Sequence[Step]) -> str:
    """Return how to call what a path leads to in a file without names: ```when` of entry 2 of `decisions```."""
    named: list[str] = []
    for step in path:
        if isinstance(step, int):
            named[-1] = f"entry {step + 1} of {named[-1]}"
        else:
            named.append(f"`{step}`")
    return " of ".join(reversed(named)) or "the file"


def schema_findings(document: Document, schema: Schema, called: Place = place) -> list[Finding]:
    """Return what does not fit a schema.

    Parameters
    ----------
    document
        The file.
    schema
        A JSON Schema (draft 2020-12) that uses no keywords that can refuse but those of ``TELL``, and describes every
        property.
    called
        How to call what a path leads to.
    """
    findings: dict[Finding, None] = {}
    for error in Draft202012Validator(schema).iter_errors(document.root.value):
        refusal = _refusal(error, document.root, schema, called)
        # jsonschema tells each missing key by itself, and all of them are found each time
        findings.update(dict.fromkeys(TELL[refusal.keyword](refusal)))
    return list(findings)


def _refusal(error: ValidationError, root: Node, schema: Schema, called: Place) -> Refusal:
    path: list[Step] = list(error.absolute_path)
    rules: Any = error.schema
    return Refusal(
        keyword=str(error.validator),
        wanted=error.validator_value,
        value=error.instance,
        node=root.at(path),
        place=called(root, path),
        rules=rules,
        about=_about(schema, path),
    )


def _unknown_keys(refusal: Refusal) -> Iterator[Finding]:
    known = list(refusal.rules["properties"])
    free = [name for name in known if name not in refusal.value]
    for key in refusal.value:
        if key not in known:
            what = f"{refusal.place} has an unknown key {shown(key)}"
            yield Finding(refusal.node.keys[key], what, suggestion(key, free if nearest(key, free) else known))


def _missing_keys(refusal: Refusal) -> Iterator[Finding]:
    properties = refusal.rules["properties"]
    free = [name for name in properties if name not in refusal.value]
    # a misspelt key is one fault, told where it stands, not two
    misspelt = {nearest(key, free) for key in refusal.value if key not in properties}
    for key in refusal.wanted:
        if key not in refusal.value and key not in misspelt:
            yield refusal.finding(f"has no `{key}`", f"add `{key}:` ({properties[key]['description']})")


def _wrong_type(refusal: Refusal) -> Iterator[Finding]:
    if refusal.value is None:
        yield refusal.empty()
        return
    fixes = {
        "array": "start every entry on a line of its own with `- `",
        "object": "write `key: value`, each on a line of its own",
        "integer": f"write {WANTED['integer']} without quotes ({refusal.about})",
        "string": "write one text after the colon",
    }
    fix = fixes[refusal.wanted]
    if refusal.wanted == "string" and isinstance(refusal.value, bool | int | float):
        # 4.10 is read as the number 4.1, so the fix cannot repeat the value; the excerpt shows what was written
        fix = f"write {refusal.about}" if refusal.rules["title"] == "slug" else "put it in quotes"
    yield refusal.finding(f"should be {WANTED[refusal.wanted]}, but is {_kind(refusal.value)}", fix)


def _not_a_choice(refusal: Refusal) -> Iterator[Finding]:
    if refusal.value is None:
        yield refusal.empty()
        return
    *others, last = (str(choice) for choice in refusal.wanted)
    close = nearest(str(refusal.value), [*others, last])
    written = shown(refusal.value) if isinstance(refusal.value, str) else _kind(refusal.value)
    what = f"is {written}, but can only be {', '.join(others)} or {last}"
    yield refusal.finding(what, f"did you mean {close!r}?" if close else f"write {refusal.about}")


def _not_a_pattern(refusal: Refusal) -> Iterator[Finding]:
    if not refusal.value.strip():
        yield refusal.empty()
        return
    title = refusal.rules["title"]
    what = f"is {shown(refusal.value)}, which is not {'an' if title[0] in 'aeiou' else 'a'} {title}"
    yield refusal.finding(what, refusal.rules["description"])


def _empty_list(refusal: Refusal) -> Iterator[Finding]:
    yield refusal.finding("is an empty list", f"add at least one entry ({refusal.about})")


def _out_of_range(refusal: Refusal) -> Iterator[Finding]:
    limit = "smallest" if refusal.keyword == "minimum" else "largest"
    yield refusal.finding(f"is {refusal.value}", f"the {limit} it can be is {refusal.wanted}")


TELL: Mapping[str, Callable[[Refusal], Iterator[Finding]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "type": _wrong_type,
    "enum": _not_a_choice,
    "pattern": _not_a_pattern,
    "minItems": _empty_list,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
}
"""How the refusal by each keyword is told; a test holds that the schema uses no other keyword that can refuse."""


def _kind(value: Plain) -> str:
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "true or false"),
        (int, "a number"),
        (float, "a number"),
        (str, "text"),
        (list, "a list"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "keys with values")


def _about(schema: Schema, path: Sequence[Step]) -> str:
    """Return what the schema says of the value a path leads to."""
    here: Schema = schema
    for step in path:
        inner: Schema = here["items"] if isinstance(step, int) else here["properties"][step]
        reference = str(inner.get("$ref", "")).removeprefix("#/$defs/")
        # what is said where a definition is used comes before what the definition says of itself
        here = {**schema["$defs"][reference], **inner} if reference else inner
    return str(here.get("description", ""))
