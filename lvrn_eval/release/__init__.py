"""The wall: what leaves the building is protected, complete, and says what it is made of."""

from lvrn_eval.release.policy import POLICIES, Policy
from lvrn_eval.release.store import Release, latest_release, open_release, write_release
from lvrn_eval.release.suppress import protect

__all__ = ["POLICIES", "Policy", "Release", "latest_release", "open_release", "protect", "write_release"]
