"""What a cell of a report calls. Each function returns an object that shows itself as Markdown, and does nothing else.

The text is plain whatever is in the data; captions and headings are plain text too, not Markdown.
"""

from __future__ import annotations

import os
import string
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import ReportError, suggestion
from lvrn_eval.report.quarto import ENGINE_VARIABLE, PICTURES_VARIABLE
from lvrn_eval.report.tables import Kind, checked_label, definition_table, escape, markdown_table
from lvrn_eval.report.wording import choice_name, clean, plain_name

if TYPE_CHECKING:
    from lvrn_eval.records import DataStatus
    from lvrn_eval.release import Release
    from lvrn_eval.result import Choice, Result

BANNERS: Mapping[str, str] = MappingProxyType(
    {
        "personal": "These numbers come from records about real people. Small numbers are hidden and the others "
        "rounded, so that nobody can be recognised.",
        "synthetic": "The data in this report is synthetic: a program made it up. It describes no real person, and its "
        "numbers say nothing about any real programme.",
        "reconstructed": "The data in this report was reconstructed from numbers that had been published. It agrees "
        "with them, but its rows are not records of real people.",
        "public": "The data in this report was published for anybody to use. Its source is named in the report.",
    },
)
"""What each kind of data is, in words for the head of a page."""

NOT_FOR_RELEASE = (
    "Not for release. Small numbers are not hidden in this report: it is for those who may see the records, and for "
    "nobody else."
)

MARKS: Mapping[bool | None, str] = MappingProxyType({True: "✓ Passed", False: "✗ Look", None: "\u2013 For information"})
LONGEST_SENTENCE = 2_000
DIGEST = 16
ATTRIBUTE = frozenset(string.ascii_letters + string.digits + " ,;:.()%-")


@dataclass(frozen=True, repr=False)
class Block:
    """A piece of Markdown that a notebook shows as it is."""

    markdown: str

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __str__(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return f"<Markdown, {len(self.markdown):,} characters>"


def table(result: Result, *, label: str, caption: str, columns: Sequence[str] | None = None) -> Block:
    """Return the table of a result, with headings and formats that suit its kind.

    Parameters
    ----------
    result
        What to show.
    label
        How the text refers to it: ``tbl-…``.
    caption
        What it shows, in plain text.
    columns
        Which columns, in this order; by default those that suit the kind of result.

    Raises
    ------
    ReportError
        When there is no such column, or the label cannot be referred to.
    """
    from lvrn_eval.report.layouts import layout

    laid = layout(result, columns)
    text = markdown_table(
        laid.frame,
        headings=laid.headings,
        caption=caption,
        label=label,
        suppressed=laid.suppressed,
        formats=laid.formats,
    )
    return Block(text)


def figure(result: Result, *, label: str, caption: str) -> Block:
    """Return the drawing of a result as a picture inside the page, with its alternative text.

    Parameters
    ----------
    result
        A result whose ``figure`` names a drawing.
    label
        How the text refers to it: ``fig-…``.
    caption
        What it shows, in plain text.

    Raises
    ------
    ReportError
        When the label cannot be referred to.
    AnalysisError
        When the result has no drawing.
    """
    from lvrn_eval.report.figures import draw
    from lvrn_eval.report.theme import png, svg

    checked_label(label, "fig")
    drawn = draw(result)
    kind, content = ("png", png(drawn)) if os.environ.get(PICTURES_VARIABLE) == "png" else ("svg+xml", svg(drawn))
    address = f"data:image/{kind};base64,{b64encode(content).decode('ascii')}"
    alt = _attribute(str(drawn.get_label()))
    return Block(f'![{escape(caption)}]({address}){{#{label} fig-alt="{alt}"}}\n')


def _attribute(text: str) -> str:
    """Return text for an attribute in quotes: everything that could end or change it becomes a character reference."""
    return "".join(c if c in ATTRIBUTE or not c.isascii() else f"&#{ord(c)};" for c in text)


def sentences(result: Result) -> Block:
    """Return the sentences of a result: one as a paragraph, several as a list; those withheld are counted."""
    from lvrn_eval.release.suppress import WITHHELD

    said = [escape(sentence.text, LONGEST_SENTENCE) for sentence in result.text if sentence.text != WITHHELD]
    withheld = sum(sentence.text == WITHHELD for sentence in result.text)
    if withheld == 1:
        said.append(escape(WITHHELD))
    elif withheld:
        said.append(f"{withheld} sentences are left out: they rest on numbers that may not be shown.")
    return Block(_listed(said, "This result has no sentences."))


def _listed(said: Sequence[str], otherwise: str) -> str:
    if len(said) <= 1:
        return f"{said[0] if said else otherwise}\n"
    return "\n".join(f"- {one}" for one in said) + "\n"


def checks(result: Result) -> Block:
    """Return what was looked at before the numbers are believed, those to look at first."""
    order = {False: 0, None: 1, True: 2}
    ranked = sorted(result.checks, key=lambda check: order[check.passed])
    said = [
        f"**{MARKS[check.passed]}: {escape(plain_name(check.name))}.** {escape(check.text, LONGEST_SENTENCE)}"
        for check in ranked
    ]
    return Block("\n".join(f"- {one}" for one in said) + "\n" if said else "Nothing was checked.\n")


def method(result: Result, *, leave_out: Sequence[str] = ()) -> Block:
    """Return every choice behind a result, by name, but for those that the report shows elsewhere."""
    choices = {name: value for name, value in result.method.items() if name not in leave_out}
    return _definitions(choices, ("Choice", "Value"), "This result states no choices.")


def _definitions(choices: Mapping[str, Any], heads: tuple[str, str], otherwise: str) -> Block:
    rows = [(choice_name(name), spelt_out(value)) for name, value in choices.items()]
    return Block(definition_table(rows, heads) if rows else f"{otherwise}\n")


def spelt_out(value: Choice) -> str:
    """Return a choice in words: lists with commas, named parts with colons."""
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        parts = [f"{clean(name).replace('_', ' ')}: {spelt_out(part)}" for name, part in value.items()]
        return "; ".join(parts) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(spelt_out(part) for part in value) or "none"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def banner(of: DataStatus | Release) -> Block:
    """Return what the data is, for the head of a page; every page of a release for the building alone is marked so.

    Parameters
    ----------
    of
        The release, or the status of its data.

    Raises
    ------
    ReportError
        When the status is not known.
    """
    status = of if isinstance(of, str) else of.data
    if status not in BANNERS:
        raise ReportError(f"data status {status!r} is not known; {suggestion(str(status), BANNERS)}")
    said = f"::: {{.banner}}\n{BANNERS[status]}\n:::\n"
    internal = not isinstance(of, str) and of.manifest["policy"].get("audience") == "internal"
    return Block(f"::: {{.banner}}\n{NOT_FOR_RELEASE}\n:::\n\n{said}" if internal else said)


def provenance(release: Release) -> Block:
    """Return where a release comes from: its digest, policy, parameters and versions, and the files that were read.

    When it was made is left out, so that equal releases give equal pages. Quarto's version is told here; a page of the
    built-in engine ends with its own.
    """
    import pandas as pd

    manifest = release.manifest
    facts = {
        "Release": str(manifest["digest"])[:DIGEST],
        "Analysis": manifest["analysis"],
        "Programme": manifest["programme"],
    }
    policy = manifest["policy"]
    facts |= {
        "Data": manifest["data"],
        "Disclosure policy": f"{policy['name']}, version {policy['version']}: {policy['about']}",
    }
    facts |= {"Parameters": manifest["parameters"], "Digests": manifest["digests"], "Versions": manifest["versions"]}
    if engine := os.environ.get(ENGINE_VARIABLE):
        facts["Rendered by"] = engine
    text = _definitions(facts, ("What", "Value"), "").markdown
    if not manifest["inputs"]:
        return Block(text)
    files = pd.DataFrame(manifest["inputs"])
    files["sha256"] = files["sha256"].str[:DIGEST]
    headings = {"table": "Table", "file": "File", "rows": "Rows", "sha256": "SHA-256, its beginning"}
    files = files.astype({"rows": "Float64"})
    suppressed = pd.DataFrame(data=False, index=files.index, columns=files.columns)
    suppressed["rows"] = files["rows"].isna()
    kinds: dict[str, Kind] = {"table": "text", "file": "text", "rows": "count", "sha256": "code"}
    return Block(f"{text}\n{markdown_table(files, headings=headings, suppressed=suppressed, formats=kinds)}")
