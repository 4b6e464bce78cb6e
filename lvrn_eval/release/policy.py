"""Named, versioned rules for what may be shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from lvrn_eval.errors import ReleaseError, suggestion

if TYPE_CHECKING:
    from lvrn_eval.records import DataStatus
    from lvrn_eval.result import Choice


@dataclass(frozen=True)
class Policy:
    """One set of rules.

    Parameters
    ----------
    name, version
        What it is called; a version never changes its meaning.
    threshold
        Counts below it are hidden, zero among them: that nobody did something is also a fact about everybody.
    base
        Counts that are shown are rounded to the nearest multiple of it; 1 leaves them as they are.
    about
        What it is for, in a sentence.
    """

    name: str
    version: int
    threshold: int
    base: int
    about: str

    def hides(self, count: float) -> bool:
        """Return whether a count must not be shown."""
        return count < self.threshold

    def rounded(self, count: float) -> int:
        """Return a count as it may be shown: the nearest multiple of the base, halves upwards."""
        return int((count + self.base / 2) // self.base * self.base)

    def described(self) -> dict[str, Choice]:
        """Return the policy as plain data, for the manifest."""
        return asdict(self)


STRICT = Policy("strict", 1, 10, 5, "counts under 10 are hidden, zero among them; all others are rounded to 5")
OPEN = Policy(
    "open",
    1,
    0,
    1,
    "nothing is hidden: for made-up, reconstructed or public data only, in which nobody can be found",
)
POLICIES: MappingProxyType[str, Policy] = MappingProxyType({policy.name: policy for policy in (STRICT, OPEN)})


def choose(name: str, data: DataStatus) -> Policy:
    """Return the policy called ``name``, if it may be used on such data.

    Raises
    ------
    ReleaseError
        When there is no such policy, or it would show everything about living people.
    """
    if name not in POLICIES:
        raise ReleaseError(f"there is no disclosure policy {name!r}; {suggestion(name, POLICIES)}")
    policy = POLICIES[name]
    if policy is OPEN and data == "personal":
        raise ReleaseError(
            "the policy 'open' hides nothing, and these records are about living people; use 'strict'",
        )
    return policy
