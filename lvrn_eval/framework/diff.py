"""What changed in meaning between two frameworks: not in layout, order, or how a rule is spaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.framework.model import Framework, Indicator

Weight = Literal["meaning", "wording"]

WORDING = frozenset({"name", "about", "because", "source", "source_note", "data_source", "publisher"})
"""Fields that say the same thing in other words, or where it is printed."""

KINDS: Mapping[str, str] = {
    "levels": "level",
    "outcomes": "outcome",
    "success_measures": "success measure",
    "programmes": "programme",
    "indicators": "indicator",
}
ABOUT = ("name", "publisher", "first_year", "last_year", "source", "source_note")


@dataclass(frozen=True)
class Change:
    """One thing that changed.

    Parameters
    ----------
    what
        Added, removed, renamed (its slug) or changed.
    section, slug
        Which list of the file, and which entry of it.
    field
        Which of its fields; a link is ``contributes_to outcome``, a key of a measure ``measure key``.
    old, new
        What stood there and what stands there now; empty for nothing.
    weight
        Whether what is measured or wanted changed, or only how it is said.
    """

    what: Literal["added", "removed", "renamed", "changed"]
    section: str
    slug: str
    field: str = ""
    old: str = ""
    new: str = ""
    weight: Weight = "meaning"

    def __str__(self) -> str:
        who = f"{KINDS.get(self.section, 'framework')} {self.slug}".strip()
        if self.what in {"added", "removed"} and not self.field:
            return f"{who}: {self.what}"
        if self.what == "renamed":
            return f"{who}: renamed from {self.old}"
        if not self.old:
            return f"{who}: {self.field} added: {self.new}"
        return (
            f"{who}: {self.field} taken out: {self.old}"
            if not self.new
            else f"{who}: {self.field}: {self.old} → {self.new}"
        )


@dataclass(frozen=True)
class FrameworkDiff:
    """Everything that changed between two frameworks, in the order of the new one."""

    changes: tuple[Change, ...]
    same_digest: bool

    @property
    def meaning(self) -> tuple[Change, ...]:
        """What changed in what is wanted or measured."""
        return tuple(change for change in self.changes if change.weight == "meaning")

    @property
    def table(self) -> pd.DataFrame:
        """A row for each change: ``what, section, slug, field, old, new, weight``."""
        import pandas as pd

        names = [field.name for field in fields(Change)]
        return pd.DataFrame([[getattr(c, name) for name in names] for c in self.changes], columns=names, dtype=object)

    def __str__(self) -> str:
        """Return the changes as text, those of meaning first and each on its line."""
        if self.same_digest:
            return "Nothing changed."
        if not self.changes:
            return "Nothing changed but the order of entries, or how rules are spelt."
        wording = [change for change in self.changes if change.weight == "wording"]
        head = f"{_counted(len(self.meaning), 'change')} of meaning" if self.meaning else "No change of meaning"
        lines = [f"{head}{':' if self.meaning else '.'}", *(f"  {change}" for change in self.meaning)]
        if wording:
            lines += [f"{_counted(len(wording), 'change')} of wording only:", *(f"  {change}" for change in wording)]
        return "\n".join(lines)


def _counted(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"


def diff_frameworks(old: Framework, new: Framework) -> FrameworkDiff:
    """Return what changed from one framework to another.

    Parameters
    ----------
    old, new
        Two frameworks, as loaded.

    Returns
    -------
    FrameworkDiff
        ``changes``, each with its weight; ``table`` as a frame; as text with ``str()``.

    Notes
    -----
    Entries are matched by slug (levels by number), links by outcome, so the order of the file means nothing. Rules are
    compared as they are read, so that spacing, capitals of keywords and brackets too many mean nothing. An entry that
    is new under one slug and gone under another, and is otherwise the same, is renamed.

    Examples
    --------
    >>> import lvrn_eval as lv
    >>> from lvrn_eval.framework import diff_frameworks
    >>> framework = lv.load_framework("outcomes_framework.yaml")
    >>> str(diff_frameworks(framework, framework))
    'Nothing changed.'
    """
    changes = [*_about(old, new)]
    for section in KINDS:
        changes += _section(section, getattr(old, section), getattr(new, section))
    return FrameworkDiff(tuple(changes), old.digest == new.digest)


def _about(old: Framework, new: Framework) -> Iterator[Change]:
    for name in ABOUT:
        before, after = str(getattr(old, name)), str(getattr(new, name))
        if before != after:
            yield Change("changed", "framework", "", name, before, after, _weight(name))


def _weight(name: str) -> Weight:
    return "wording" if name in WORDING else "meaning"


def _key(entry: Any) -> str:
    return str(entry.number) if not hasattr(entry, "slug") else str(entry.slug)


def _section(section: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    before, after = {_key(entry): entry for entry in old}, {_key(entry): entry for entry in new}
    gone = [key for key in before if key not in after]
    renamed: dict[str, str] = {}
    for key in (key for key in after if key not in before):
        same = next((other for other in gone if _but_key(before[other]) == _but_key(after[key])), None)
        if same is not None:
            renamed[key] = same
            gone.remove(same)
    for key, entry in after.items():
        if key in renamed:
            yield Change("renamed", section, key, "slug", renamed[key], key)
        elif key not in before:
            yield Change("added", section, key)
        else:
            yield from _entry(section, key, before[key], entry)
    yield from (Change("removed", section, key) for key in gone)


def _but_key(entry: Any) -> dict[str, Any]:
    return {name: value for name, value in _plain(entry).items() if name not in {"slug", "number"}}


def _plain(entry: Any) -> dict[str, Any]:
    return {field.name: getattr(entry, field.name) for field in fields(entry)}


def _entry(section: str, key: str, old: Any, new: Any) -> Iterator[Change]:
    before, after = _told(old), _told(new)
    for name in dict.fromkeys([*after, *before]):
        first, last = before.get(name, ""), after.get(name, "")
        if first != last:
            yield Change(
                "changed",
                section,
                key,
                name,
                first,
                last,
                _weight(name.rpartition(" ")[2] if name.startswith("link to ") else name),
            )


def _told(entry: Any) -> dict[str, str]:
    """Return what an entry says, field by field, each link and each key of a measure by itself."""
    told: dict[str, str] = {}
    for name, value in _plain(entry).items():
        if name == "works_towards":
            told |= {f"works towards {slug}": "yes" for slug in value}
        elif name == "contributes_to":
            told |= {f"link to {link.outcome}": link.strength for link in value}
            told |= {f"link to {link.outcome}, because": link.because for link in value}
        elif name == "measure":
            told |= _measure(entry)
        elif name != "slug":
            told[name] = str(value)
    return told


def _measure(indicator: Indicator) -> dict[str, str]:
    """Return what a measure says, key by key; rules as they are read."""
    from lvrn_eval.framework.scope import rules_of

    measure = indicator.measure
    if measure is None:
        return {}
    rules = {text for text, _ in rules_of(measure)}
    found: dict[str, str] = {}
    for name, value in _flat(_plain(measure)):
        if value not in {"", "None"}:
            found[f"measure, {name.rstrip('_')}"] = as_read(value) if value in rules else value
    return found


def _flat(content: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, str]]:
    """Yield every key with its value as text; keys of what lies deeper are joined by a full stop."""
    for name, value in content.items():
        if is_dataclass(value) and not isinstance(value, type):
            yield from _flat(_plain(value), f"{under}{name}.")
        elif isinstance(value, tuple) and value and is_dataclass(value[0]):
            for each in value:
                yield from _flat(_plain(each), f"{under}{name}.{each.name}.")
        elif isinstance(value, tuple):
            yield f"{under}{name}", ", ".join(sorted(value))
        else:
            yield f"{under}{name}", str(value)


def as_read(rule: str) -> str:
    """Return a rule in one spelling: keywords in capitals, one space, no brackets that change nothing."""
    import sqlglot
    from sqlglot import exp

    from lvrn_eval.engine.steps import DIALECT

    try:
        tree = sqlglot.parse_one(rule, read=DIALECT)
    except sqlglot.errors.ParseError:
        return rule  # a column that SQL keeps for itself, such as `on`

    def bare(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Identifier):
            node.set("quoted", False)
        return node.this if isinstance(node, exp.Paren) and isinstance(node.this, exp.Column | exp.Literal) else node

    while isinstance(tree, exp.Paren):
        tree = tree.this
    return tree.transform(bare).sql(dialect=DIALECT)
