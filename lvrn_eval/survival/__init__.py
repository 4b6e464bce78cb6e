"""Time to a recorded event: risk tables, curves and the test between groups."""

from lvrn_eval.survival.compare import logrank
from lvrn_eval.survival.curves import kaplan_meier, nelson_aalen
from lvrn_eval.survival.risk_table import risk_table
from lvrn_eval.survival.times import time_to_event

__all__ = ["kaplan_meier", "logrank", "nelson_aalen", "risk_table", "time_to_event"]
