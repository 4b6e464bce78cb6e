"""Named, versioned rules for what may be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lvrn_eval.errors import ReleaseError, suggestion

if TYPE_CHECKING:
    from lvrn_eval.records import DataStatus
    from lvrn_eval.result import Choice

Zeros = Literal["hidden", "shown"]
Rounding = Literal["nearest", "midpoint"]
Audience = Literal["anyone", "internal"]
Data = Literal["any", "not_personal"]

PACKAGED = ("strict", "opensafely", "opensafely_midpoint", "hes", "fingertips", "internal", "open")
"""The policies of this package, the default first; each is a file of ``policies/``."""


FOLDER = Path(__file__).parent / "policies"


@dataclass(frozen=True)
class Policy:
    """One set of rules.

    Parameters
    ----------
    name, version
        What it is called; a version never changes its meaning.
    threshold
        Counts below it are hidden; 0 hides none.
    zeros
        Whether zero is hidden with them: that nobody did something is also a fact about everybody.
    base, rounding
        Counts that are shown are rounded to the nearest multiple of the base, or moved to the middle of a band as wide
        as the base; base 1 leaves them as they are.
    rate_threshold
        Estimates, shares and rates that rest on fewer people or events than this are hidden, though the count is not.
    dominance_percent
        A total is hidden when its two largest contributions come to this percentage of it or more; 0 for no such rule.
    p_percent
        A total is hidden when it tells its largest contribution to within this percentage to whoever made the second
        largest; 0 for no such rule.
    audience
        ``internal`` for what must not leave the building.
    data
        ``not_personal`` for what may not be used on records about living people.
    about
        What it does, in a sentence.
    source
        Whose rule it is.
    """

    name: str
    version: int
    threshold: int
    zeros: Zeros
    base: int
    rounding: Rounding
    rate_threshold: int
    dominance_percent: int
    p_percent: int
    audience: Audience
    data: Data
    about: str
    source: str

    @property
    def public(self) -> bool:
        """Whether what it lets pass may be shown to the public."""
        return self.audience == "anyone"

    @property
    def shows_everything(self) -> bool:
        """Whether it changes nothing."""
        return self.threshold <= 0 and self.base <= 1

    @property
    def width(self) -> int:
        """How many people or events at least stand behind one step of a curve."""
        return self.base if self.rounding == "midpoint" else self.threshold

    @property
    def spread(self) -> int:
        """How far apart the smallest and the largest count are that are hidden for being small."""
        return max(self.threshold - (1 if self.zeros == "hidden" else 2), 0)

    @property
    def least_hidden(self) -> int:
        """The smallest count that can be hidden."""
        return 0 if self.zeros == "hidden" else 1

    def hides(self, count: float) -> bool:
        """Return whether a count must not be shown."""
        return self.least_hidden <= count < self.threshold

    def few(self, counts: Any) -> Any:
        """Return which counts of a Series or DataFrame must not be shown; a missing one is none."""
        return _below(counts, self.least_hidden, self.threshold)

    def few_for_rates(self, counts: Any) -> Any:
        """Return which counts of a Series or DataFrame are too few for any number that rests on them."""
        return _below(counts, self.least_hidden, max(self.threshold, self.rate_threshold))

    def rounded(self, count: float) -> int:
        """Return a count as it may be shown; halves are rounded upwards, and zero is no band's middle."""
        if self.rounding == "midpoint":
            return int(-(-count // self.base) * self.base - (self.base // 2) * (count != 0))
        return int((count + self.base / 2) // self.base * self.base)

    def told(self, count: float) -> tuple[float, float]:
        """Return the smallest and the largest count that would be shown as this one is."""
        shown = self.rounded(count)
        alike = [
            other
            for other in range(max(int(count) - self.base, 0), int(count) + self.base + 1)
            if self.rounded(other) == shown and not self.hides(other)
        ]
        return min([count, *alike]), max([count, *alike])

    def described(self) -> dict[str, Choice]:
        """Return the policy as plain data, for the manifest."""
        return asdict(self)


def _below(counts: Any, least: int, threshold: int) -> Any:
    return ((counts >= least) & (counts < threshold)).fillna(value=False).astype(bool)


class _Packaged(Mapping[str, Policy]):
    """The policies of this package, each read when it is first asked for."""

    def __getitem__(self, name: str) -> Policy:
        if name not in PACKAGED:
            raise KeyError(name)
        return _packaged(name)

    def __iter__(self) -> Iterator[str]:
        return iter(PACKAGED)

    def __len__(self) -> int:
        return len(PACKAGED)


@cache
def _packaged(name: str) -> Policy:
    from lvrn_eval.release.read_policy import read_policy

    return read_policy(FOLDER / f"{name}.yaml")


POLICIES: Mapping[str, Policy] = _Packaged()


def choose(name: str, data: DataStatus, folder: Path | None = None) -> Policy:
    """Return the policy called ``name``, if it may be used on such data.

    Parameters
    ----------
    name
        A policy of this package, or one of the project's own.
    data
        What the data is.
    folder
        Where the project keeps policies of its own, each in ``<name>.yaml``; None for nowhere.

    Raises
    ------
    ReleaseError
        When there is no such policy, it cannot be read, or it would show everything about living people.
    """
    own = {path.stem: path for path in sorted(folder.glob("*.yaml"))} if folder is not None else {}
    if name in POLICIES:
        policy = POLICIES[name]
    elif name in own:
        from lvrn_eval.release.read_policy import read_policy

        policy = read_policy(own[name])
    else:
        raise ReleaseError(f"there is no disclosure policy {name!r}; {suggestion(name, [*POLICIES, *own])}")
    if policy.data == "not_personal" and data == "personal":
        raise ReleaseError(
            f"the policy {name!r} hides nothing, and these records are about living people; use 'strict'",
        )
    return policy
