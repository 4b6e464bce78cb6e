"""Who is evaluated, over which days: features, eligibility rules, attrition, sampling, windows."""

from lvrn_eval.cohort.cohort import Cohort
from lvrn_eval.cohort.features import Features, engagement_features

__all__ = ["Cohort", "Features", "engagement_features"]
