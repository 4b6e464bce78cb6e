"""What a release itself answers of a checklist: only what its results and its manifest say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.phrases import WEAKEST, listed, many
from lvrn_eval.release.frames import tables_of
from lvrn_eval.report.cells import spelt_out
from lvrn_eval.report.numbers import HIDDEN

if TYPE_CHECKING:
    from lvrn_eval.release import Release
    from lvrn_eval.result import Result

DIGEST = 16
SAME = "; "
CLEANED = (
    "Files with faults are refused as a whole, with every fault listed: the data-quality report of `lvrn-eval check`."
)


def answers_of(release: Release) -> Mapping[str, str]:
    """Return what a release answers, by the names that checklists use; what it does not say is left out."""
    found = {name: answer(release) for name, answer in ANSWERS.items()}
    return {name: text for name, text in found.items() if text}


def _results(release: Release) -> Iterator[Result]:
    for result in release.results.values():
        yield from (table for _, table in tables_of(result))


def _said(release: Release, *choices: str) -> str:
    """Return what the results' methods say of some choices, each thing once."""
    found = dict.fromkeys(
        spelt_out(result.method[name])
        for result in _results(release)
        for name in choices
        if result.method.get(name) is not None
    )
    return SAME.join(found)


def _titles(release: Release, *having: str) -> str:
    """Return the titles of the results that have these columns."""
    found = [result.title for result in release.results.values() if set(having) <= set(result.table.columns)]
    return SAME.join(dict.fromkeys(found))


def _named(release: Release, *words: str) -> str:
    """Return the titles of the results whose names hold one of these words."""
    return SAME.join(result.title for name, result in release.results.items() if any(word in name for word in words))


def _databases(release: Release) -> str:
    files = Counter(str(each["table"]) for each in release.manifest["inputs"])
    tables = [f"{table} ({many(number, 'file', 'files')})" for table, number in files.items()]
    return f"Records read: {listed(tables)}." if tables else ""


def _region_and_time(release: Release) -> str:
    first, last = _said(release, "observed_from"), _said(release, "as_of")
    return f"Records of {release.manifest['programme']}, from {first or 'their beginning'} to {last}." if last else ""


def _linkage(release: Release) -> str:
    if not release.manifest["inputs"]:
        return ""
    return "Rows are joined by the identifiers they carry, replaced by keyed pseudonyms; nobody was linked by likeness."


def _attrition(release: Release) -> pd.DataFrame | None:
    """Return the table of who was left by each rule, where there is one."""
    found = [
        result.table for result in release.results.values() if {"rule", "people_left"} <= set(result.table.columns)
    ]
    return found[0] if found else None


def _rules(release: Release) -> str:
    table = _attrition(release)
    if table is None:
        return ""
    rules = dict.fromkeys(zip(table["label"], table["rule"], strict=True))
    return SAME.join(f"{label}: {rule}" for label, rule in rules if isinstance(rule, str) and rule)


def _codes(release: Release) -> str:
    kinds = _said(release, "kinds")
    sources = str(release.manifest["digests"].get("sources", ""))[:DIGEST]
    lists = f" The code lists stand in sources.yaml, whose digest begins {sources}." if sources else ""
    return f"Kinds of recorded event counted: {kinds}.{lists}" if kinds else lists.strip()


def _size(release: Release) -> str:
    table = _attrition(release)
    if table is None:
        return ""
    left = table.loc[table["group"] == "all", "people_left"].iloc[-1]
    return f"People who met all rules: {HIDDEN if pd.isna(left) else f'about {int(left):,}'}."


def _estimates(release: Release) -> str:
    levels = _said(release, "conf_level")
    return f"{_titles(release, 'estimate', 'conf_low')}. Confidence level: {levels}." if levels else ""


def _code(release: Release) -> str:
    source = str(release.manifest["digests"].get("analysis", ""))[:DIGEST]
    version = release.manifest["versions"].get("lvrn-eval", "")
    return f"lvrn-eval {version}; the analysis's source has a digest that begins {source}." if source else ""


def _interpretation(release: Release) -> str:
    said = any(sentence.text == WEAKEST for result in _results(release) for sentence in result.text)
    return WEAKEST if said else ""


def _cleaning(release: Release) -> str:
    return CLEANED if release.manifest["inputs"] else ""


ANSWERS: Mapping[str, Callable[[Release], str]] = {
    "databases": _databases,
    "region_and_time": _region_and_time,
    "linkage": _linkage,
    "rules": _rules,
    "codes": _codes,
    "cleaning": _cleaning,
    "flow": lambda release: _titles(release, "people_left", "people_removed"),
    "code": _code,
    "design": lambda release: _said(release, "design"),
    "bias": lambda release: _named(release, "regression_to_mean", "case_series", "balance"),
    "size": _size,
    "quantities": lambda release: _said(release, "before", "after", "classes"),
    "methods": lambda release: _said(release, "estimator", "rate_ratio_exact", "rate_ratio_robust"),
    "subgroups": lambda release: _named(release, "subgroup"),
    "missing": lambda release: _said(release, "missing"),
    "follow_up": lambda release: _said(release, "incomplete", "at_risk"),
    "sensitivity": lambda release: _named(release, "sensitivity", "specification"),
    "described": lambda release: _named(release, "balance"),
    "events": lambda release: _titles(release, "n_events"),
    "estimates": _estimates,
    "interpretation": _interpretation,
}
"""Every answer a release may hold, by name."""
