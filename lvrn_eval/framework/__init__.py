"""The outcomes framework: what a network wants to change, and how it would know."""

from lvrn_eval.framework.load import load_framework
from lvrn_eval.framework.model import (
    Contribution,
    Framework,
    Indicator,
    Level,
    Outcome,
    Programme,
    SuccessMeasure,
)

__all__ = [
    "Contribution",
    "Framework",
    "Indicator",
    "Level",
    "Outcome",
    "Programme",
    "SuccessMeasure",
    "load_framework",
]
