"""Designs that make a comparison where people were not assigned by lot."""

from lvrn_eval.designs.case_series import case_series

__all__ = ["case_series"]
