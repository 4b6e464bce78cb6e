"""Rules between the parts of a framework: what no schema can say.

Each rule is a small function from a document to findings. Entries that do not even have the right shape are passed
over here: they are told as faults of shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from lvrn_eval.documents import Document, Finding, Node, shown
from lvrn_eval.errors import suggestion
from lvrn_eval.framework.measure_rules import measured_or_not, measures_can_be_computed
from lvrn_eval.framework.sections import SECTIONS, label

SLUGGED = tuple(section for section in SECTIONS if section != "levels")

REOFFENDING = re.compile(r"re-?[\s_]?offen[dcs]|recidivis|re-?[\s_]?convict|desist", re.IGNORECASE)
"""Names of what happens to supported people afterwards: something an indicator measures."""


def rule_findings(document: Document) -> Iterator[Finding]:
    """Yield what every rule finds."""
    for rule in RULES:
        yield from rule(document)


def _by_slug(document: Document, section: str) -> dict[str, Node]:
    entries: dict[str, Node] = {}
    for entry in document.entries(section):
        if (slug := entry.text("slug")) is not None:
            entries.setdefault(slug, entry)
    return entries


def slugs_are_unique(document: Document) -> Iterator[Finding]:
    """No two entries of a list share a slug."""
    for section in SLUGGED:
        first = _by_slug(document, section)
        for entry in document.entries(section):
            slug = entry.text("slug")
            if slug is not None and first[slug] is not entry:
                kind = SECTIONS[section]
                what = f"the slug {shown(slug)} is taken by the {kind} on line {first[slug].line}"
                yield Finding(entry.values["slug"], what, f"give this {kind} a slug of its own")


def levels_are_unique(document: Document) -> Iterator[Finding]:
    """No two levels share a number."""
    first: dict[int, Node] = {}
    for entry in document.entries("levels"):
        number = entry.get("number")
        if number is None or not isinstance(number.value, int):
            continue
        taken = first.setdefault(number.value, entry)
        if taken is not entry:
            what = f"the number {number.value} is taken by the level on line {taken.line}"
            yield Finding(number, what, "give this level a number of its own")


def levels_are_used(document: Document) -> Iterator[Finding]:
    """Every level has an outcome."""
    used = {node.value for entry in document.entries("outcomes") if (node := entry.get("level"))}
    for entry in document.entries("levels"):
        number = entry.get("number")
        if number is not None and isinstance(number.value, int) and number.value not in used:
            fix = f"add an outcome with `level: {number.value}`, or take the level out"
            yield Finding(number, f"level {number.value} has no outcome", fix)


def outcomes_have_a_level(document: Document) -> Iterator[Finding]:
    """The level of an outcome is one of the levels."""
    numbers = [node.value for entry in document.entries("levels") if (node := entry.get("number"))]
    known = dict.fromkeys(str(number) for number in numbers)
    for entry in document.entries("outcomes"):
        level = entry.get("level")
        if level is not None and isinstance(level.value, int) and known and level.value not in numbers:
            what = f"`level` of {label(entry, 'outcomes')} is {level.value}, but there is no such level"
            yield Finding(level, what, f"known: {', '.join(known)}")


def outcome_numbers_are_unique(document: Document) -> Iterator[Finding]:
    """No two outcomes share a number."""
    first: dict[str, Node] = {}
    for entry in document.entries("outcomes"):
        number = entry.text("number")
        if number is None:
            continue
        taken = first.setdefault(number, entry)
        if taken is not entry:
            what = f"the number {number} is taken by {label(taken, 'outcomes')} on line {taken.line}"
            yield Finding(entry.values["number"], what, f"give {label(entry, 'outcomes')} a number of its own")


def outcome_numbers_match_levels(document: Document) -> Iterator[Finding]:
    """The number of an outcome starts with its level."""
    for entry in document.entries("outcomes"):
        number, level = entry.text("number"), entry.get("level")
        if number is None or level is None or not isinstance(level.value, int):
            continue
        stem = number.partition(".")[0]
        if stem.isdigit() and int(stem) != level.value:
            what = f"{label(entry, 'outcomes')} has the number {number} but stands at level {level.value}"
            fix = f"write a number that starts with {level.value}, or `level: {stem}`"
            yield Finding(entry.values["number"], what, fix)


def no_outcome_is_reoffending(document: Document) -> Iterator[Finding]:
    """What people do afterwards is measured by an indicator, and contributes to outcomes."""
    for entry in document.entries("outcomes"):
        for key in ("slug", "name"):
            text = entry.text(key)
            if text is not None and REOFFENDING.search(text):
                what = f"`{key}` of {label(entry, 'outcomes')} makes reoffending or desistance an outcome"
                fix = "the framework has no such outcome: make it an indicator that contributes to one"
                yield Finding(entry.values[key], what, fix)


def references_are_known(document: Document) -> Iterator[Finding]:
    """Every slug that refers to an outcome, a programme or an indicator is one."""
    known = {section: _by_slug(document, section) for section in SLUGGED}
    for owner, section, node in _references(document):
        slug = node.value
        if isinstance(slug, str) and slug.strip() and known[section] and slug not in known[section]:
            kind = SECTIONS[section]
            elsewhere = [SECTIONS[other] for other in SLUGGED if slug in known[other]]
            hint = f" ({shown(slug)} is the slug of {_article(elsewhere[0])})" if elsewhere else ""
            what = f"{owner} refers to {_article(kind)} {shown(slug)} that does not exist{hint}"
            yield Finding(node, what, _correction(slug, known[section]))


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _correction(slug: str, known: Mapping[str, Node]) -> str:
    numbered = [name for name, entry in known.items() if entry.text("number") == slug]
    return f"write its slug, {numbered[0]!r}, not its number" if numbered else suggestion(slug, known)


def _references(document: Document) -> Iterator[tuple[str, str, Node]]:
    """Yield who refers, to an entry of which section, and the node that holds the slug."""
    for entry in document.entries("success_measures"):
        for key, section in (("outcome", "outcomes"), ("indicator", "indicators")):
            if node := entry.get(key):
                yield label(entry, "success_measures"), section, node
    for entry in document.entries("programmes"):
        towards = entry.get("works_towards")
        yield from ((label(entry, "programmes"), "outcomes", node) for node in (towards.items if towards else ()))
    for entry in document.entries("indicators"):
        if node := entry.get("programme"):
            yield label(entry, "indicators"), "programmes", node
        yield from ((label(entry, "indicators"), "outcomes", node) for node in _linked(entry))
        pooled = entry.values["measure"].get("programmes") if "measure" in entry.values else None
        yield from ((label(entry, "indicators"), "programmes", node) for node in (pooled.items if pooled else ()))


def _linked(indicator: Node) -> Iterator[Node]:
    links = indicator.get("contributes_to")
    for link in links.items if links else ():
        if (node := link.get("outcome")) is not None and isinstance(node.value, str):
            yield node


def outcomes_are_named_once(document: Document) -> Iterator[Finding]:
    """An indicator contributes to an outcome once, a programme works towards it once."""
    for entry in document.entries("indicators"):
        yield from _repeated(list(_linked(entry)), label(entry, "indicators"), "contributes to")
    for entry in document.entries("programmes"):
        towards = entry.get("works_towards")
        yield from _repeated(list(towards.items if towards else ()), label(entry, "programmes"), "works towards")


def _repeated(nodes: list[Node], owner: str, verb: str) -> Iterator[Finding]:
    first: dict[str, Node] = {}
    for node in nodes:
        if not isinstance(node.value, str):
            continue
        before = first.setdefault(node.value, node)
        if before is not node:
            what = f"{owner} {verb} {shown(node.value)} twice; the first is on line {before.line}"
            yield Finding(node, what, "keep one of them")


def success_measures_are_measured(document: Document) -> Iterator[Finding]:
    """The indicator of a success measure measures its outcome directly."""
    indicators = _by_slug(document, "indicators")
    for entry in document.entries("success_measures"):
        outcome, slug = entry.text("outcome"), entry.text("indicator")
        indicator = indicators.get(slug or "")
        if outcome is None or indicator is None or outcome not in _by_slug(document, "outcomes"):
            continue
        strengths = _strengths(indicator, outcome)
        if strengths <= {"contributory", "contextual"}:
            what = (
                f"{label(entry, 'success_measures')} is measured by {slug!r}, which has no direct link to {outcome!r}"
            )
            fix = f"name another indicator, or give {slug!r} the outcome {outcome!r} with `strength: direct`"
            yield Finding(entry.values["indicator"], what, fix)


def _strengths(indicator: Node, outcome: str) -> set[str | None]:
    links = indicator.get("contributes_to")
    return {link.text("strength") for link in (links.items if links else ()) if link.text("outcome") == outcome}


def years_are_in_order(document: Document) -> Iterator[Finding]:
    """The last year is not before the first."""
    about = document.root.get("framework")
    first, last = (about.get("first_year"), about.get("last_year")) if about else (None, None)
    if first is None or last is None or not (isinstance(first.value, int) and isinstance(last.value, int)):
        return
    if last.value < first.value:
        what = f"`last_year` is {last.value}, before `first_year`, {first.value}"
        yield Finding(last, what, "exchange the two, or correct one")


RULES: tuple[Callable[[Document], Iterator[Finding]], ...] = (
    slugs_are_unique,
    levels_are_unique,
    levels_are_used,
    outcomes_have_a_level,
    outcome_numbers_are_unique,
    outcome_numbers_match_levels,
    no_outcome_is_reoffending,
    references_are_known,
    outcomes_are_named_once,
    success_measures_are_measured,
    years_are_in_order,
    measured_or_not,
    measures_can_be_computed,
)
"""Every rule, in the order it is tried; faults are shown in the order of the file."""
