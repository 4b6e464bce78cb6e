"""Quotations: words of a person, which pass only with that person's consent and somebody's name under them.

A program cannot tell whether words identify whoever said them. So a table with a column ``quote`` says of every row
that there is ``consent``, who read it with that in mind (``approved_by``), and on which day (``approved_on``, a text
such as 2026-03-31). Without these nothing of the table passes, under any policy. What passes is the words and, where it
is given, ``about``: who speaks, in words as general as the reader of the page may know.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.errors import Fault, ReleaseError

if TYPE_CHECKING:
    from lvrn_eval.result import Result

QUOTE = "quote"
NEEDED = ("consent", "approved_by", "approved_on")
PASSING = (QUOTE, "about")
LONGEST = 1000
"""Characters of a quotation; a longer one is a document."""

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
NOT_TEXT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Kinds of characters that are no text: control, direction and format marks among them."""


def protect_quotes(result: Result) -> Result:
    """Return approved quotations as plain text.

    Parameters
    ----------
    result
        With the columns ``quote``, ``consent``, ``approved_by`` and ``approved_on``.

    Raises
    ------
    ReleaseError
        When any quotation lacks consent or an approval, or is no quotation: how many, never which words.
    """
    if faults := list(_faults(result.table)):
        raise ReleaseError(f"the quotations of {result.name!r} cannot be released", faults)
    kept = [name for name in PASSING if name in result.table.columns]
    table = pd.DataFrame({name: result.table[name].map(plain_text, na_action="ignore") for name in kept})
    suppressed = pd.DataFrame(data=False, index=table.index, columns=table.columns)
    return replace(result, table=table, suppressed=suppressed, count_columns=(), text=(), checks=(), parts={})


def plain_text(words: object) -> str:
    """Return words on one line, without characters that are no text."""
    text = "".join(" " if letter.isspace() else letter for letter in str(words))
    return " ".join("".join(one for one in text if unicodedata.category(one) not in NOT_TEXT).split())


def _faults(table: pd.DataFrame) -> Iterator[Fault]:
    missing = [name for name in NEEDED if name not in table.columns]
    if missing:
        fix = "say for every quotation who approved it, and when"
        yield Fault("quotes", f"the table has no {', '.join(missing)}", fix)
        return
    wrong = {
        "without consent": table["consent"].map(lambda given: str(given) != "True"),
        "approved by nobody": table["approved_by"].map(lambda name: not plain_text("" if pd.isna(name) else name)),
        "approved on no day": table["approved_on"].map(lambda day: not DAY.fullmatch(str(day))),
        "empty": table[QUOTE].map(lambda words: not plain_text("" if pd.isna(words) else words)),
        f"longer than {LONGEST} characters": table[QUOTE].map(lambda words: len(str(words)) > LONGEST),
    }
    for what, rows in wrong.items():
        if number := int(rows.sum()):
            yield Fault("quotes", f"{number} of {len(table)} {what}", "take them out, or have them approved")
