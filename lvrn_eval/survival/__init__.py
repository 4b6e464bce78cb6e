"""Time to a recorded event: risk tables, curves, tests between groups, and models."""

from lvrn_eval.survival.compare import logrank
from lvrn_eval.survival.competing import cumulative_incidence
from lvrn_eval.survival.concordance import concordance
from lvrn_eval.survival.cox import cox, fit_cox
from lvrn_eval.survival.cure import cure
from lvrn_eval.survival.curves import kaplan_meier, nelson_aalen
from lvrn_eval.survival.effects_over_time import effects_over_time
from lvrn_eval.survival.fine_gray import fine_gray
from lvrn_eval.survival.gray import gray_test
from lvrn_eval.survival.mean_cumulative import mean_cumulative
from lvrn_eval.survival.parametric import parametric
from lvrn_eval.survival.pool import pool
from lvrn_eval.survival.predict import predict_hazard, predict_survival
from lvrn_eval.survival.proportional_hazards import test_proportional_hazards
from lvrn_eval.survival.proven import proven_reoffending
from lvrn_eval.survival.recurrent import andersen_gill, pwp, wlw
from lvrn_eval.survival.required_events import detectable_hazard_ratio, required_events
from lvrn_eval.survival.residuals import cox_residuals
from lvrn_eval.survival.risk_file import read_risk_table, write_risk_table
from lvrn_eval.survival.risk_table import risk_table
from lvrn_eval.survival.rmst import rmst, rmst_difference
from lvrn_eval.survival.times import time_to_event

__all__ = [
    "andersen_gill",
    "concordance",
    "cox",
    "cox_residuals",
    "cumulative_incidence",
    "cure",
    "detectable_hazard_ratio",
    "effects_over_time",
    "fine_gray",
    "fit_cox",
    "gray_test",
    "kaplan_meier",
    "logrank",
    "mean_cumulative",
    "nelson_aalen",
    "parametric",
    "pool",
    "predict_hazard",
    "predict_survival",
    "proven_reoffending",
    "pwp",
    "read_risk_table",
    "required_events",
    "risk_table",
    "rmst",
    "rmst_difference",
    "test_proportional_hazards",
    "time_to_event",
    "wlw",
    "write_risk_table",
]
