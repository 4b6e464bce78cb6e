"""Recorded offending before and after a programme."""

from lvrn_eval.offending.pre_post import pre_post, pre_post_counts

__all__ = ["pre_post", "pre_post_counts"]
