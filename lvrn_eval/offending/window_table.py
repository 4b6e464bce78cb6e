"""The same comparison with several windows: whether the answer hangs on how far one looks."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import pandas as pd

from lvrn_eval.cohort.windows import AS_AFTER
from lvrn_eval.errors import AnalysisError, Fault
from lvrn_eval.offending.counting import count_events, grouped
from lvrn_eval.offending.estimates import estimate
from lvrn_eval.offending.pre_post import window_choices
from lvrn_eval.offending.sentences import named
from lvrn_eval.offending.several import COUNTS, NO_RATIO, NOT_SHOWN, numbers, ratio_is, read_several, row_of
from lvrn_eval.offending.study import Choices, read_study
from lvrn_eval.phrases import SMALL, WEAKEST, direction, many, percent
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.cohort.cohort import Cohort
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.study import Study

TERMS = ("share_falling", "rate_ratio_robust")
OF_ONE = ("before", "after", "boundaries")
"""Choices that each window makes for itself."""


def window_table(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    windows: Sequence[str | tuple[str, str]],
    kinds: Sequence[str],
    where: str | None = None,
    conf_level: float = 0.95,
    **choices: Unpack[Choices],
) -> Result:
    """Compare recorded events before and after with each of several windows.

    Parameters
    ----------
    cohort, events, kinds, where, conf_level
        As in ``pre_post``.
    windows
        Each a length for both sides, such as ``"183 days"`` or ``"all"``; or a pair of lengths, before and after, such
        as ``("365 days", "183 days")``. ``"as after"`` stands for ``("as after", "all")``.
    **choices
        Further choices of ``pre_post``, the same for every window: ``before_anchor``, ``after_anchor``, ``washout``,
        ``custody``, ``min_age``, ``as_of``, ``observed_from``, ``incomplete``.

    Returns
    -------
    Result
        ``table`` with the columns of every table of estimates, ``measure``, ``interval``, ``descriptive`` (whether
        fewer than 30 people inform the row), ``events_before`` and ``events_after`` (all there are), ``before`` and
        ``after`` (the window); for every window a row of the terms
        ``share_falling`` and ``rate_ratio_robust`` of ``pre_post``. ``group`` names the window.

    Raises
    ------
    AnalysisError
        As ``pre_post``; with everything wrong with any of the windows.

    Notes
    -----
    The rows are of the same people and are no independent evidence; with ``incomplete="drop"`` longer windows leave
    more of them out. *Validated against* ``pre_post`` (tests/offending/test_offending_windows.py).

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"person_id": ["a", "b"]})
    >>> people["first_contact"], people["last_contact"] = pd.Timestamp("2023-03-01"), pd.Timestamp("2023-06-30")
    >>> events = pd.DataFrame({"person_id": ["a", "b"], "on": pd.to_datetime(["2023-01-09", "2023-07-04"])})
    >>> windows = ["30 days", "90 days"]
    >>> suspects = events.assign(kind="suspect")
    >>> result = window_table(people, suspects, windows=windows, kinds=["suspect"], as_of="2024-03-31")
    >>> result.table.loc[result.table["term"] == "share_falling", ["group", "n", "n_events"]].to_numpy().tolist()
    [['30 days', 1, 0], ['90 days', 2, 1]]
    """
    pairs = _pairs(windows)
    common: dict[str, Any] = {**choices, "kinds": kinds, "where": where, "conf_level": conf_level}
    studies = read_several(
        {
            label: partial(read_study, cohort, events, **{**common, "before": before, "after": after})
            for label, (before, after) in pairs.items()
        }
    )
    rows = [row for label, study in studies.items() for row in _rows(study, label, pairs[label], conf_level)]
    table = pd.DataFrame(rows)
    first = next(iter(studies.values()))
    shared = {name: choice for name, choice in window_choices(first).items() if name not in OF_ONE}
    said = list(_sentences(table))
    return Result(
        name="window_table",
        title=f"{named(first)[0].upper()}{named(first)[1:]} before and after, with several windows",
        table=table,
        method={
            "design": "before and after the programme, without a comparison group",
            "windows": [{"before": before, "after": after} for before, after in pairs.values()],
            **shared,
            "conf_level": conf_level,
            "rate_ratio_robust": "Poisson GEE, log link, log days as offset, independence, no small-sample correction",
            "share_falling": "Clopper-Pearson interval; of people with any before or after",
        },
        checks=(_agreement(table),),
        text=(*said, *_cautions()),
        count_columns=COUNTS,
        wording=restate,
    )


def _pairs(windows: Sequence[str | tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return the length of each window before and after, by its name."""
    pairs: dict[str, tuple[str, str]] = {}
    faults: list[Fault] = []
    if isinstance(windows, str) or not len(windows):
        faults.append(Fault("windows", "is not a list of windows", 'name some, as in windows=["183 days", "365 days"]'))
        windows = ()
    for window in windows:
        pair = (AS_AFTER, "all") if window == AS_AFTER else (window, window) if isinstance(window, str) else window
        if not (isinstance(pair, tuple) and [type(length) for length in pair] == [str, str]):
            fix = 'write a length, as "183 days", or a pair, as ("365 days", "183 days")'
            faults.append(Fault("windows", "one of them is neither a length nor a pair of lengths", fix))
            continue
        before, after = pair
        label = window if isinstance(window, str) else f"{before} before, {after} after"
        if label in pairs:
            faults.append(Fault("windows", f"{label!r} stands there twice", "name every window once"))
        pairs[label] = (before, after)
    if faults:
        raise AnalysisError("the question cannot be answered as asked", faults)
    return pairs


def _rows(study: Study, label: str, pair: tuple[str, str], conf_level: float) -> Iterator[dict[str, Hashable]]:
    table = count_events(study).table
    cells = grouped(table)
    whole = grouped(table, whole=True) if study.incomplete == "model" else cells
    for row in estimate(cells, conf_level, whole).rows:
        if row.term in TERMS:
            of = cells if row.term == "rate_ratio_robust" else whole
            yield row_of(row, of, label, before=pair[0], after=pair[1])


def _agreement(table: pd.DataFrame) -> Check:
    """Return whether all windows point the same way; a window that points nowhere contradicts none."""
    ratios = table[table["term"] == "rate_ratio_robust"]
    found = {direction(row["conf_low"], row["conf_high"], int(row["n"])) for row in numbers(ratios)} - {None}
    passed = len(found) < 2  # noqa: PLR2004 - lower and higher
    text = "No two windows point in opposite directions." if passed else "Some windows point in opposite directions."
    return Check("windows_agree", passed=passed, text=text)


def _sentences(table: pd.DataFrame) -> Iterator[Sentence]:
    shares = table[table["term"] == "share_falling"]
    ratios = table[table["term"] == "rate_ratio_robust"]
    for label, share, ratio in zip(ratios["group"], numbers(shares), numbers(ratios), strict=True):
        n, fell = int(share["n"]), int(share["n_events"])
        text = f"Window {label}: the rate ratio, after against before, {ratio_is(ratio, NO_RATIO)}"
        if n:
            text += (
                f"; of {many(n, 'person', 'people')} with any, {fell:,} had fewer after ({percent(share['estimate'])})"
            )
        yield Sentence(f"{text}.", (n, fell, n - fell, int(ratio["n"]), int(ratio["n_events"])))


def _cautions() -> tuple[Sentence, ...]:
    return (
        Sentence(
            "The windows are of the same people and share events, so that they agree is no independent evidence; the "
            "window to report is the one that was declared beforehand."
        ),
        Sentence(f"Nothing is concluded of a window that fewer than {SMALL} people inform."),
        Sentence(WEAKEST),
    )


def restate(result: Result) -> tuple[Sentence, ...]:
    """Return the sentences again from a protected table."""
    ratios = result.table[result.table["term"] == "rate_ratio_robust"]
    shown = [
        Sentence(f"Window {label}: the rate ratio, after against before, {ratio_is(ratio, NOT_SHOWN)}.")
        for label, ratio in zip(ratios["group"], numbers(ratios), strict=True)
    ]
    return (*shown, *_cautions())
