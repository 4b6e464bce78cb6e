"""Questionnaires: what they are, how they are scored, and how people's scores change.

Scoring goes by item number. No item's text is part of this library; each definition says who may use the instrument.
"""

from lvrn_eval.records.instruments.added_value import added_value
from lvrn_eval.records.instruments.change import change, change_per_person
from lvrn_eval.records.instruments.definitions import (
    Ages,
    Band,
    BandSet,
    Form,
    Instrument,
    Items,
    ReliableChange,
    Scale,
    Source,
)
from lvrn_eval.records.instruments.likert import likert
from lvrn_eval.records.instruments.registry import INSTRUMENTS
from lvrn_eval.records.instruments.score import REASONS, Scored, score_answers
from lvrn_eval.records.instruments.summary import score_summary

__all__ = [
    "INSTRUMENTS",
    "REASONS",
    "Ages",
    "Band",
    "BandSet",
    "Form",
    "Instrument",
    "Items",
    "ReliableChange",
    "Scale",
    "Scored",
    "Source",
    "added_value",
    "change",
    "change_per_person",
    "likert",
    "score_answers",
    "score_summary",
]
