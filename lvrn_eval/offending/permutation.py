"""A test of no change that assumes nothing of how events are distributed: before and after change places."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending.bootstrap import draw_faults
from lvrn_eval.offending.checks import evidence_level, small_sample
from lvrn_eval.offending.estimates import Row
from lvrn_eval.offending.kernels.sign_flip import contributions, sign_flip
from lvrn_eval.offending.paired_words import SIDES, enough, few, numbers, table_of, with_sides
from lvrn_eval.offending.pairs import floats, read_pairs
from lvrn_eval.phrases import SMALL, WEAKEST, decimal, p_text
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.counting import Cells


def exchange_test(counts: Table | Frame, *, draws: int = 10_000, seed: int = 2024) -> Result:
    """Test whether before and after could change places, person by person.

    Parameters
    ----------
    counts
        One row per person with ``before``, ``after`` (events), ``days_before``, ``days_after`` (days at risk): the
        table of ``pre_post_counts``, or a frame.
    draws
        How often signs are drawn where there are too many for all of them; at least 100.
    seed
        Of NumPy's default generator.

    Returns
    -------
    Result
        ``table`` has one row of the term ``exchange_test`` with the columns of every table of estimates, ``measure``,
        ``interval`` and all events of either side, ``events_before`` and ``events_after``. ``estimate`` is the events
        after less those expected of each person's own total if nothing changed; ``p_value`` is two-sided; there is no
        interval. ``n`` are the people with an event and days in both windows, ``n_events`` their events.

    Raises
    ------
    AnalysisError
        When the counts cannot be used, or a choice is none, every reason at once.

    Notes
    -----
    A person with ``b`` and ``a`` events over ``s`` and ``t`` days contributes ``(a s - b t) / (s + t)``. Turning the
    sign of one with equal days exchanges its windows, so the test is exact where nothing changes, whatever the counts.
    With unequal days it is the sign-flipped score test, which holds for many people. All signs are worked out where
    they give few sums, else drawn; ``method`` says which. The kernel states the sources.

    *Validated against* enumeration and ``scipy.stats.permutation_test``: tests/offending/test_offending_bootstrap.py.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"before": [2, 4, 1], "after": [1, 2, 0], "days_before": 365, "days_after": 365})
    >>> float(exchange_test(frame).row("exchange_test")["p_value"])
    0.25
    """
    if faults := draw_faults(draws, seed):
        raise AnalysisError("exchange_test: the question cannot be answered as asked", faults)
    cells = read_pairs("exchange_test", counts)
    before, after, days_before, days_after, people = floats(cells)
    tested = sign_flip(contributions(before, after, days_before, days_after), people, draws=draws, seed=seed)
    told = (before + after > 0) & (days_before > 0) & (days_after > 0)
    n, events = cells.count(told), int(cells.total(cells.before * told) + cells.total(cells.after * told))
    p_value, statistic = (tested.p_value, tested.statistic) if n else (math.nan, math.nan)
    row = Row(
        "exchange_test", "all", statistic, math.nan, math.nan, math.nan, math.nan, p_value, n, events, "rate ratio",
        "none",
    )  # fmt: skip
    table = with_sides(table_of([row]), cells)
    everybody = cells.count()
    return Result(
        name="exchange_test",
        title="Recorded events after, against what an exchange of before and after would give",
        table=table,
        method={
            "design": "before and after, without a comparison group",
            "statistic": "events after less those expected of each person's own total",
            "p_value": f"two-sided, {tested.method}",
            "draws": draws,
            "seed": seed,
            "generator": "numpy default_rng",
        },
        checks=(evidence_level(), small_sample(cells), _exchangeable(cells)),
        text=_sentences(table, everybody, enough=everybody >= SMALL),
        count_columns=("n", "n_events", *SIDES),
        wording=lambda shown: _sentences(shown.table, None, enough=enough(shown)),
    )


def _exchangeable(cells: Cells) -> Check:
    alike = bool((cells.days_before == cells.days_after).all())
    text = (
        "Everybody has as many days at risk after as before, so the windows can be exchanged and the test is exact."
        if alike
        else "Windows differ in length, so they cannot simply be exchanged: the test holds for many people only."
    )
    return Check("windows_exchangeable", passed=alike, text=text)


def _sentences(table: pd.DataFrame, n: int | None, *, enough: bool) -> tuple[Sentence, ...]:
    """Return what a reader may take from the test; ``n`` is None behind the wall, where counts are rounded."""
    row = numbers(table)["exchange_test"]
    if math.isnan(row["p_value"]):
        none = Sentence("Whether before and after could change places cannot be said, or is not shown.")
        return (none, *(() if enough else (few(n),)), Sentence(WEAKEST))
    size = decimal(abs(row["estimate"]), 1)
    more = f"{size} {'more' if row['estimate'] > 0 else 'fewer'}" if size != "0.0" else "as many"
    text = (
        f"There were {more} recorded events after {'as' if size == '0.0' else 'than'} each person's own total would "
        f"give if nothing had changed; a difference of this size, or a larger one, comes about by chance with "
        f"{p_text(row['p_value'])}."
    )
    return (
        Sentence(text, (int(row["n"]), int(row["n_events"]))),
        *(() if enough else (few(n),)),
        Sentence(WEAKEST),
    )
