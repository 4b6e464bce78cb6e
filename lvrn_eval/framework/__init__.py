"""The outcomes framework: what a network wants to change, how it would know, and what its records say of it."""

from lvrn_eval.framework.diff import Change, FrameworkDiff, diff_frameworks
from lvrn_eval.framework.load import load_framework
from lvrn_eval.framework.measure import Measure
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
    "Change",
    "Contribution",
    "Framework",
    "FrameworkDiff",
    "Indicator",
    "Level",
    "Measure",
    "Outcome",
    "Programme",
    "SuccessMeasure",
    "diff_frameworks",
    "load_framework",
]
