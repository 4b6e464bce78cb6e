"""Tables as Markdown that pandoc and Quarto read alike, with every cell plain text whatever is in it.

A hidden value is ``[c]`` and one that does not exist ``[x]``, as in the statistics of United Kingdom government; a line
under the table explains the signs it uses. Cells longer than ``LONGEST`` characters end in an ellipsis.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lvrn_eval.errors import ReportError
from lvrn_eval.report import numbers
from lvrn_eval.report.shown import Shown
from lvrn_eval.report.wording import LONGEST, clean

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["auto", "text", "code", "marked", "ready", "count", "number", "percent", "p_value"]
"""How a column is shown.

``ready`` is a number already formatted, ``marked`` is Markdown already; ``auto`` looks at the values.
"""

NUMERIC: frozenset[Kind] = frozenset({"ready", "count", "number", "percent", "p_value"})
PLAIN = frozenset(string.ascii_letters + string.digits + " ,;?/")
PUNCTUATION = frozenset(string.punctuation) - PLAIN
CODE = re.compile(r"[A-Za-z0-9_ <>=!.,'()+*/:-]+")
"""What may stand in a code span as it is: no mark of Markdown, shortcodes or tables among it."""

LABEL = re.compile(r"(fig|tbl)-[A-Za-z0-9][A-Za-z0-9_-]*")
LONGEST_VALUE = 2_000
"""How many characters of a rule or a choice are shown: all, as no rule may be longer."""

NARROWEST, WIDEST, AROUND = 4, 52, 4


@dataclass(frozen=True)
class Format:
    """How one column is shown; ``decimals`` is chosen for the whole column when it is not given."""

    kind: Kind = "auto"
    decimals: int | None = None


def escape(text: object, longest: int = LONGEST) -> str:
    """Return text that Markdown shows as it is: one line, nothing in it a mark, no longer than asked."""
    return "".join(f"\\{c}" if c in PUNCTUATION else c for c in clean(text, longest))


def code(text: object, longest: int = LONGEST) -> str:
    """Return text as a code span where that is safe, else as escaped text."""
    cleaned = clean(text, longest)
    return f"`{cleaned}`" if CODE.fullmatch(cleaned) else escape(cleaned, longest)


def checked_label(label: str, kind: Literal["fig", "tbl"]) -> str:
    """Return a label that can be referred to.

    Raises
    ------
    ReportError
        When it does not start with its kind, or has characters a reference cannot hold.
    """
    if not LABEL.fullmatch(label) or not label.startswith(kind):
        raise ReportError(
            f"label {clean(label, 60)!r} cannot be referred to; write {kind}- and letters, digits, _ or -, "
            f"such as {kind}-results",
        )
    return label


def markdown_table(
    frame: pd.DataFrame,
    *,
    headings: Mapping[str, str],
    caption: str | None = None,
    label: str | None = None,
    suppressed: pd.DataFrame | None = None,
    formats: Mapping[str, Format | Kind] | None = None,
) -> str:
    """Return a table in Markdown.

    Parameters
    ----------
    frame
        The values.
    headings
        Which columns are shown, in this order, and what each is called.
    caption, label
        What the table shows, in plain text, and its label (``tbl-…``). Both, or neither.
    suppressed
        True where a value was hidden, as in ``Result.suppressed``.
    formats
        How columns are shown, by name; others are looked at.

    Returns
    -------
    str
        A pipe table, its caption, and a line explaining the signs it uses.

    Raises
    ------
    ReportError
        When a column is missing, or the label cannot be referred to.
    """
    shown = Shown(frame, suppressed)
    if missing := [column for column in headings if column not in shown]:
        raise ReportError(f"a table asks for columns it has not: {', '.join(map(clean, missing))}")
    kinds = {column: _format(shown, column, (formats or {}).get(column, "auto")) for column in headings}
    texts = [_texts(shown, column, kind) for column, kind in kinds.items()]
    heads = [escape(heading) for heading in headings.values()]
    right = [kind.kind in NUMERIC for kind in kinds.values()]
    lines = [_row(heads), _rule(heads, texts, right), *map(_row, zip(*texts, strict=True))]
    if label is not None:
        lines += ["", f": {escape(caption or '')} {{#{checked_label(label, 'tbl')}}}"]
    if note := numbers.explained(text.replace("\\", "") for column in texts for text in column):
        lines += ["", "::: {.table-note}", escape(note), ":::"]
    return "\n".join(lines) + "\n"


def _format(shown: Shown, column: str, given: Format | Kind) -> Format:
    """Return a column's format with nothing left open."""
    form = given if isinstance(given, Format) else Format(given)
    kind = form.kind if form.kind != "auto" else _kind(shown, column)
    if kind == "number" and form.decimals is None:
        return Format(kind, numbers.places_for(shown.numbers(column)))
    return Format(kind, form.decimals)


def _kind(shown: Shown, column: str) -> Kind:
    import pandas as pd

    values = shown.table[column]
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return "text"
    return "number" if numbers.places_for(shown.numbers(column)) else "count"


def _texts(shown: Shown, column: str, form: Format) -> list[str]:
    """Return a column as Markdown."""
    hidden = shown.hidden(column)
    if form.kind == "marked":
        return [_ready(numbers.HIDDEN) if h else str(v) for h, v in zip(hidden, shown.table[column], strict=True)]
    if form.kind in {"text", "code", "ready"}:
        mark: Callable[[object], str] = {"text": escape, "code": code, "ready": _ready}[form.kind]
        texts = shown.texts(column, missing=numbers.MISSING)
        return [_ready(numbers.HIDDEN) if h else _signed(text, mark) for h, text in zip(hidden, texts, strict=True)]
    say = _sayer(form)
    return [_ready(say(v, hidden=bool(h))) for v, h in zip(shown.numbers(column), hidden, strict=True)]


def _signed(text: str, mark: Callable[[object], str]) -> str:
    return _ready(text) if text == numbers.MISSING else mark(text) if text else ""


def _sayer(form: Format) -> Callable[..., str]:
    places = form.decimals
    if form.kind == "percent":
        return lambda value, hidden: numbers.percent(value, 1 if places is None else places, hidden=hidden)
    if form.kind == "p_value":
        return numbers.p_value
    return lambda value, hidden: numbers.decimal(value, places or 0, hidden=hidden)


def _ready(text: object) -> str:
    """Return a number or sign of our own making: only its brackets and comparison need marking."""
    return re.sub(r"([\[\]<])", r"\\\1", clean(text))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(heads: Sequence[str], texts: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Return the line under the heads; its dashes say how wide each column is beside the others."""
    marks = []
    for head, column, numeric in zip(heads, texts, right, strict=True):
        longest = max((len(text.replace("\\", "")) for text in column), default=0)
        # a heading may break at a blank, a number may not
        words = max(len(word) for word in [*head.replace("\\", "").split(), ""])
        wide = min(max(longest, words, NARROWEST) + AROUND, WIDEST)
        marks.append(f"{'-' * wide}:" if numeric else f":{'-' * wide}")
    return f"|{'|'.join(marks)}|"


def definition_table(rows: Sequence[tuple[str, str]], heads: tuple[str, str]) -> str:
    """Return names and values as a table of two columns without a caption."""
    import pandas as pd

    marked = [(name, escape(value, LONGEST_VALUE)) for name, value in rows]
    frame = pd.DataFrame(marked, columns=["name", "value"])
    headings = {"name": heads[0], "value": heads[1]}
    return markdown_table(frame, headings=headings, formats={"name": "text", "value": "marked"})
