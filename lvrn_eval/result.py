"""What every analysis returns: a tidy table with the choices behind it, its checks and its sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from lvrn_eval.errors import AnalysisError, suggestion

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Choice: TypeAlias = "str | int | float | bool | list[Choice] | dict[str, Choice] | None"
"""What a choice of method may be: anything JSON can say."""

Shape = Literal["estimates", "counts", "sparse", "curve"]
"""How the wall must treat a table.

Rows of estimates; a table of counts whose rows are there whoever is in them; counts whose rows are there only because
somebody is in them (``sparse``: a row of its own already reveals a person); or counts that accumulate over time.
"""

ESTIMATE_COLUMNS = (
    "term",
    "group",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "conf_level",
    "p_value",
    "n",
    "n_events",
)
"""The columns every row of estimates has, in this order; a table may add others after them."""


@dataclass(frozen=True)
class Sentence:
    """A plain sentence, with the counts of people or events it reveals.

    Disclosure control withholds a sentence whose counts are too small to show, so a sentence that states or implies
    a count must list it.
    """

    text: str
    counts: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Check:
    """One thing that was looked at before the numbers are believed.

    Parameters
    ----------
    name
        A stable slug, such as ``windows_equal``.
    passed
        True or False; None when the check only informs.
    text
        One plain sentence saying what was found.
    statistic, p_value
        The test behind it, where there is one.
    counts
        The counts of people or events that ``text`` reveals.
    instead
        The same without those counts, for where they may not be shown.
    """

    name: str
    passed: bool | None
    text: str
    statistic: float | None = None
    p_value: float | None = None
    counts: tuple[int, ...] = ()
    instead: str = ""


@dataclass(frozen=True, eq=False)
class Result:
    """The answer to one question.

    Parameters
    ----------
    name
        A stable slug, the file name in a release: ``pre_post``.
    title
        What the table shows, in words.
    table
        One tidy row per estimate, count or time. Estimates have the columns ``ESTIMATE_COLUMNS``.
    method
        Every choice, by name: estimator, ties, interval, window, missing-data rule, seed.
    checks
        What was looked at before the numbers are believed.
    text
        Plain sentences for a reader.
    count_columns
        Which columns of ``table`` count people or events. Disclosure control acts on these.
    shape
        How disclosure control treats the table.
    parts
        Further tables of the same analysis, each a Result of its own.
    figure
        The drawing that suits the table, a name known to ``lvrn_eval.report.figures``; None for none.
    suppressed
        After disclosure control, a frame of the shape of ``table``: True where a value was hidden. None before it.
    wording
        How the sentences are written again from protected numbers. Without it, disclosure control withholds every
        sentence that reveals counts.
    """

    name: str
    title: str
    table: pd.DataFrame
    method: Mapping[str, Choice]
    checks: tuple[Check, ...] = ()
    text: tuple[Sentence, ...] = ()
    count_columns: tuple[str, ...] = ()
    shape: Shape = "estimates"
    parts: Mapping[str, Result] = field(default_factory=dict)
    figure: str | None = None
    suppressed: pd.DataFrame | None = None
    wording: Callable[[Result], tuple[Sentence, ...]] | None = None

    def __post_init__(self) -> None:
        missing = [column for column in self.count_columns if column not in self.table.columns]
        if missing:
            raise AnalysisError(
                f"result {self.name!r} declares count columns its table lacks: {', '.join(missing)}",
            )
        object.__setattr__(self, "method", MappingProxyType(dict(self.method)))
        object.__setattr__(self, "parts", MappingProxyType(dict(self.parts)))

    def row(self, term: str, group: str | None = None) -> pd.Series:
        """Return the one row of estimates for ``term`` (and ``group``, where there are groups).

        Raises
        ------
        AnalysisError
            When no row, or more than one, has that term and group.
        """
        found = self.table[self.table["term"] == term]
        if group is not None:
            found = found[found["group"] == group]
        if len(found) != 1:
            terms = list(dict.fromkeys(self.table["term"]))
            raise AnalysisError(
                f"result {self.name!r} has {len(found)} rows for term {term!r}"
                f"{f' and group {group!r}' if group else ''}; {suggestion(term, terms)}",
            )
        return found.iloc[0]

    def check(self, name: str) -> Check:
        """Return the check called ``name``.

        Raises
        ------
        AnalysisError
            When there is no such check.
        """
        for check in self.checks:
            if check.name == name:
                return check
        raise AnalysisError(
            f"result {self.name!r} has no check {name!r}; {suggestion(name, [c.name for c in self.checks])}",
        )

    def plot(self) -> Figure:
        """Draw the result and return a matplotlib figure, with its alternative text as the figure's metadata.

        Raises
        ------
        AnalysisError
            When no drawing suits this result.
        """
        # the one import that points up the layers, declared in pyproject.toml
        from lvrn_eval.report.figures import draw

        return draw(self)
