"""The answer of time to event: a table that knows how it was made and who was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lvrn_eval.engine import Step, Table
from lvrn_eval.result import Check, Result, Sentence
from lvrn_eval.survival.tables import PACKAGE

if TYPE_CHECKING:
    from lvrn_eval.result import Choice


@dataclass(frozen=True)
class Times(Table):
    """A table of times, one row per person or per stretch of a person's time.

    Parameters
    ----------
    method
        Every choice that made it, by name.
    checks
        What was looked at on the way, with counts.
    left_out
        How many of the people are not in the table, by reason, in the order in which they left.
    start_stop
        Whether a person may have several rows, so that ``entry`` must be given to every estimator.
    """

    method: Mapping[str, Choice] = field(default_factory=lambda: MappingProxyType({}))
    checks: tuple[Check, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    start_stop: bool = False

    def account(self) -> Result:
        """Return how many people there were, how many were not followed and why, and how everyone's time ended.

        Returns
        -------
        Result
            ``table``: ``group`` (``"all"``), ``what``, ``people``. The rows after ``followed`` add up to it, and
            ``followed`` and the rows before it add up to ``people given``.

        Examples
        --------
        >>> import pandas as pd
        >>> from lvrn_eval.survival import time_to_event
        >>> day = pd.to_datetime(["2024-01-01", "2024-02-01"])
        >>> people = pd.DataFrame({"person_id": ["a", "b"], "site": ["x", "y"], "last_contact": day})
        >>> events = pd.DataFrame({"person_id": ["a"], "on": [pd.Timestamp("2024-01-11")], "kind": ["suspect"]})
        >>> times = time_to_event(people, events, end="2024-03-31", kinds=["suspect"])
        >>> print(times.account().table[["what", "people"]].to_string(index=False))
                                 what  people
                         people given       2
                             followed       2
        ended: recorded suspect event       1
                ended: end of records       1
        """
        import pandas as pd

        step = Step.load(PACKAGE, "times_account.sql")
        ended = self.engine.run(step, tables={"times": self}).to_arrow().to_pylist()
        followed = sum(int(row["people"]) for row in ended)
        rows = [
            ("people given", followed + sum(self.left_out.values())),
            *self.left_out.items(),
            ("followed", followed),
        ]
        rows += [(f"ended: {row['cause']}", int(row["people"])) for row in ended]
        return Result(
            name="times_account",
            title="Who was followed, and how their time ended",
            table=pd.DataFrame(rows, columns=["what", "people"]).assign(group="all")[["group", "what", "people"]],
            method=dict(self.method),
            checks=self.checks,
            text=tuple(_sentences(self.left_out, followed)),
            count_columns=("people",),
            shape="counts",
        )


def _sentences(left_out: Mapping[str, int], followed: int) -> list[Sentence]:
    given = followed + sum(left_out.values())
    said = [Sentence(f"{followed:,} of {given:,} people were followed.", (followed, given, given - followed))]
    said += [Sentence(f"Not followed, {why}: {n:,}.", (n,)) for why, n in left_out.items() if n]
    return said


def made(table: Table, **known: Any) -> Times:
    """Return a table as one of times, with what is known of its making."""
    return Times(table.engine, table.name, table.columns, **known)
