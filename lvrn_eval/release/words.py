"""Sentences and checks as they may be shown: written again, or left out, with a note that says so."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from lvrn_eval.release.digits import FEWER_DIGITS, shown_statistics, significant
from lvrn_eval.result import Check, Result, Sentence

ONE_PERSONS = frozenset({"follow_up"})
"""Checks that tell a median, which is the time of one person: two of its digits are shown."""

NUMBER = re.compile(r"\d+(?:\.\d+)?")

SINGLE_CASE = re.compile(
    r"\b(?:one|a single|the only|1) (?:young )?(?:person|people|child|man|woman|boy|girl|case|participant)\b",
    re.IGNORECASE,
)
"""A sentence about one person, whatever counts it lists."""

WITHHELD = "This sentence is left out: it rests on numbers that may not be shown."

REGISTER = "headlines"
"""Published figures: which of them hold must be told of those that are shown alone."""

A_NUMBER_FOUND = re.compile(r"\d\.\d")
"""Numbers with decimals are estimates; whole ones in a sentence without counts are limits such as 10 events."""


def shown_checks(result: Result, protected: Result) -> tuple[Check, ...]:
    """Return the checks with verdicts, and without what reveals a count or rests on hidden numbers."""
    if result.name == REGISTER:
        from lvrn_eval.framework.headlines import _checks

        return _checks(protected.table)
    return tuple(_check(check, hidden=_hides(protected)) for check in result.checks)


def _check(check: Check, *, hidden: bool) -> Check:
    if check.name in ONE_PERSONS:
        check = replace(check, text=NUMBER.sub(_fewer_digits, check.text), statistic=None)
    if check.counts or (hidden and A_NUMBER_FOUND.search(check.text)):
        return replace(check, text=check.instead or WITHHELD, statistic=None, p_value=None, counts=())
    return shown_statistics(replace(check, statistic=None, p_value=None) if hidden else check)


def _fewer_digits(found: re.Match[str]) -> str:
    number = float(significant(pd.Series([float(found.group())]), FEWER_DIGITS).astype(float).iloc[0])
    return f"{number:g}"


def shown_sentences(result: Result, protected: Result) -> tuple[Sentence, ...]:
    """Write the sentences again from the protected numbers; withhold those that cannot be."""
    if result.name == REGISTER:
        from lvrn_eval.framework.headlines import _sentences

        return _sentences(protected.table)
    if result.wording is not None:
        return tuple(replace(sentence, counts=()) for sentence in result.wording(protected))
    hidden = _hides(protected)
    return tuple(Sentence(WITHHELD) if _reveals(sentence, hidden=hidden) else sentence for sentence in result.text)


def _reveals(sentence: Sentence, *, hidden: bool) -> bool:
    return (
        bool(sentence.counts)
        or bool(SINGLE_CASE.search(sentence.text))
        or (hidden and A_NUMBER_FOUND.search(sentence.text) is not None)
    )


def _hides(protected: Result) -> bool:
    """Say whether anything of the table is hidden: a sentence might be about just that."""
    return protected.suppressed is not None and bool(protected.suppressed.to_numpy().any())
