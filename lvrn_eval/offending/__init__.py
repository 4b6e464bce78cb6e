"""Recorded offending before and after a programme, and how much of a change is to be expected anyway."""

from lvrn_eval.offending.bootstrap import bootstrap_rates
from lvrn_eval.offending.did_it_work import did_it_work
from lvrn_eval.offending.effects import effect_sizes
from lvrn_eval.offending.event_study import event_study
from lvrn_eval.offending.family import outcome_family
from lvrn_eval.offending.harm import harm_change
from lvrn_eval.offending.harm_weights import HarmWeights, load_harm_weights
from lvrn_eval.offending.models import rate_ratios
from lvrn_eval.offending.permutation import exchange_test
from lvrn_eval.offending.power import detectable_rate_ratio, people_needed
from lvrn_eval.offending.pre_post import pre_post, pre_post_counts
from lvrn_eval.offending.regression_to_mean import regression_to_mean
from lvrn_eval.offending.selection import simulate_no_effect
from lvrn_eval.offending.specification import specification_curve
from lvrn_eval.offending.subgroups import subgroup_changes
from lvrn_eval.offending.window_table import window_table

__all__ = [
    "HarmWeights",
    "bootstrap_rates",
    "detectable_rate_ratio",
    "did_it_work",
    "effect_sizes",
    "event_study",
    "exchange_test",
    "harm_change",
    "load_harm_weights",
    "outcome_family",
    "people_needed",
    "pre_post",
    "pre_post_counts",
    "rate_ratios",
    "regression_to_mean",
    "simulate_no_effect",
    "specification_curve",
    "subgroup_changes",
    "window_table",
]
