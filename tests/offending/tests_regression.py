"""Cells for tests of regression to the mean, with what a test does not state left plain."""

from dataclasses import fields

import numpy as np

from lvrn_eval.offending.regression_to_mean_counts import Cells


def cells(**columns):
    """Return cells whose raw window is the before window unless stated, with windows of one day and no washout."""
    n = len(columns["before"])
    plain = {
        "needed": 0.0, "met_without_before": True, "met_without_earlier": True, "met_without_both": True,
        "washout": 0.0, "raw": columns["before"], "earlier": 0.0, "days_washout": 0.0, "days_raw": 1.0,
        "days_before": 1.0, "days_earlier": 1.0, "days_rest": 1.0, "days_after": 1.0, "people": 1.0,
    }  # fmt: skip
    given = plain | columns
    return Cells(*(np.broadcast_to(np.asarray(given[field.name]), n).copy() for field in fields(Cells)))
