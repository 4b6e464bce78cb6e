"""Which measures are added up person by person before all else."""

from __future__ import annotations

from lvrn_eval.framework.measure import Measure
from lvrn_eval.framework.scope import of_rows

ADDED_UP = frozenset({"records", "distinct", "sum", "proportion", "ratio", "rate", "share"})
"""Kinds whose rows may be added up person by person first."""


def is_folded(measure: Measure) -> bool:
    """Return whether rows are added up by person, or by the values that are counted, before all else."""
    return measure.kind in ADDED_UP and (bool(measure.of) or people_are_ids(measure))


def people_are_ids(measure: Measure) -> bool:
    """Return whether different people are counted, rather than head-counts added up, or nobody."""
    name = measure.per.one if measure.per is not None else measure.about
    return bool(name) and of_rows(measure)[name].kind == "id"


def person_is_key(measure: Measure) -> bool:
    """Return whether the values that are counted are the people themselves."""
    return people_are_ids(measure) and measure.per is None and measure.of == measure.about
