"""How people's scores changed between two occasions, and whose change is more than measurement error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import pandas as pd

from lvrn_eval.engine import Step, Table
from lvrn_eval.errors import RecordsError
from lvrn_eval.phrases import SMALL, people
from lvrn_eval.records.instruments.change_words import restate, sentences
from lvrn_eval.records.instruments.definitions import ReliableChange
from lvrn_eval.records.instruments.intervals import check_level, mean_of, mean_row, share_row
from lvrn_eval.records.instruments.pairs import PACKAGE, Cells, cells_of, check_scale, paired
from lvrn_eval.records.instruments.reliable import as_sql, classes_of, described
from lvrn_eval.records.instruments.score import Scored
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result

if TYPE_CHECKING:
    from lvrn_eval.result import Choice


def change(
    scored: Scored,
    *,
    scale: str | None = None,
    before: str = "pre",
    after: str = "post",
    reliable: ReliableChange | Literal["published"] | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Return how the scores of people with a score on both occasions changed, per informant.

    Parameters
    ----------
    scored
        What ``score_answers`` returned.
    scale
        Which scale; the total where none is named.
    before, after
        The two occasions.
    reliable
        The rule for reliable change: one of your own, ``"published"`` for the one kept with the instrument, or None
        for no such rows.
    conf_level
        Of the intervals.

    Returns
    -------
    Result
        Estimates, ``group`` the informant. ``mean_before``, ``mean_after`` and ``mean_change`` (after minus before)
        have Student's intervals, ``mean_change`` the p-value of no change; ``share_reliably_improved``,
        ``share_not_reliably_changed`` and ``share_reliably_deteriorated`` have Wilson's. ``n`` are the people with both
        scores, ``n_events`` those of the share. ``parts``: ``pairing`` (``group, scores, people``: both, before only,
        after only).

    Raises
    ------
    RecordsError
        When the scale is unknown, no rule is published, the occasions are the same, or somebody has several valid
        scores on one occasion.
    AnalysisError
        When ``conf_level`` is no level.

    Notes
    -----
    The index of reliable change is ``(after - before) / (sd * sqrt(2) * sqrt(1 - reliability))`` (Jacobson and Truax
    1991, J. Consult. Clin. Psychol. 59, 12-19); beyond 1.96 the change is reliable. Whether more is better is the
    scale's.

    *Validated against* scipy (``ttest_rel``), the Wilson interval of ``lvrn_eval.offending`` and by hand: see
    ``tests/instruments`` and ``tests/hand/test_hand_instruments.py``.

    Examples
    --------
    >>> import pandas as pd
    >>> from lvrn_eval.records.instruments import score_answers
    >>> answers = pd.DataFrame(
    ...     {"person_id": ["a", "b"] * 2, "occasion": ["pre"] * 2 + ["post"] * 2, "score": [14, 9, 7, 8]},
    ... )
    >>> result = change(score_answers(answers, "gad7"), reliable="published")
    >>> [float(result.row(term)["estimate"]) for term in ("mean_change", "share_reliably_improved")]
    [-4.0, 0.5]
    """
    check_level(conf_level)
    scale = check_scale(scored, scale)
    rule = _rule(scored, scale, reliable)
    pairs, backwards = paired(scored, scale, before, after)
    cells = cells_of(pairs, scale)
    higher = scored.instrument.higher(scale)
    rows = [row for group, found in cells.items() for row in _rows(group, found, rule, higher == "better", conf_level)]
    method: dict[str, Choice] = {
        **scored.method, **described(rule), "scale": scale, "before": before, "after": after, "higher_is": higher,
        "conf_level": conf_level, "design": "before and after, without a comparison group",
        "pairs": "people with a valid score on both occasions, from the same informant",
    }  # fmt: skip
    table = pd.DataFrame(rows, columns=[*ESTIMATE_COLUMNS, "measure", "interval"])
    title = f"{scored.instrument.title}, {scale}: {before} to {after}"
    return Result(
        name="score_change",
        title=title,
        table=table.astype({"n": "Int64", "n_events": "Int64"}),
        method=method,
        checks=tuple(_checks(cells, backwards, rule)),
        text=sentences(table, method),
        count_columns=("n", "n_events"),
        wording=restate,
        parts={"pairing": _pairing(cells, title, method)},
    )


def change_per_person(
    scored: Scored,
    *,
    scale: str | None = None,
    before: str = "pre",
    after: str = "post",
    reliable: ReliableChange | Literal["published"] | None = None,
) -> Table:
    """Return each person's change: people's rows, for analysis and never for release.

    Parameters
    ----------
    scored, scale, before, after, reliable
        As in ``change``.

    Returns
    -------
    Table
        One row per person and informant with a valid score on both occasions: ``person_id, informant, scale, before,
        after, band_before, band_after, change, reliable_index`` (missing where the rule is in points),
        ``class`` (improved, unchanged, deteriorated; missing without a rule).

    Raises
    ------
    RecordsError
        As ``change``.
    """
    scale = check_scale(scored, scale)
    rule = _rule(scored, scale, reliable)
    pairs, _ = paired(scored, scale, before, after)
    return pairs.engine.run(
        Step.load(PACKAGE, "pairs_change.sql"),
        tables={"pairs": pairs},
        values={"scale": scale},
        expressions=as_sql(rule, scored.instrument.higher(scale)),
    )


def _rule(scored: Scored, scale: str, reliable: ReliableChange | str | None) -> ReliableChange | None:
    if not isinstance(reliable, str):
        return reliable
    published = scored.instrument.reliable
    if reliable != "published" or scale not in published:
        raise RecordsError(
            f"no rule for reliable change of {scored.instrument.slug} ({scale}) is kept here; give "
            "ReliableChange(sd=…, reliability=…, source=…) with numbers from a study of people like yours",
        )
    return published[scale]


def _rows(
    group: str, cells: Cells, rule: ReliableChange | None, higher_is_better: bool, conf_level: float
) -> Iterator[dict[str, Choice]]:
    moved = cells.after - cells.before
    for term, values in (("mean_before", cells.before), ("mean_after", cells.after), ("mean_change", moved)):
        mean = mean_of(values, cells.people, conf_level)
        yield mean_row(term, group, mean, cells.n, conf_level, tested=term == "mean_change")
    if rule is None:
        return
    classes = classes_of(moved, rule, "better" if higher_is_better else "worse")
    terms = ("share_reliably_improved", "share_not_reliably_changed", "share_reliably_deteriorated")
    for term, which in zip(terms, classes.values(), strict=True):
        yield share_row(term, group, int(cells.people[which].sum()), cells.n, conf_level)


def _pairing(cells: Mapping[str, Cells], title: str, method: dict[str, Choice]) -> Result:
    rows = [
        {"group": group, "scores": name, "people": people}
        for group, found in cells.items()
        for name, people in (("both", found.n), ("before_only", found.before_only), ("after_only", found.after_only))
    ]
    table = pd.DataFrame(rows, columns=["group", "scores", "people"]).astype({"people": "int64"})
    return Result("pairing", f"People with scores: {title}", table, method, count_columns=("people",), shape="counts")


def _checks(cells: Mapping[str, Cells], backwards: int, rule: ReliableChange | None) -> Iterator[Check]:
    for group, found in cells.items():
        alone = found.before_only + found.after_only
        yield Check(
            f"pairs_{group}",
            alone == 0,
            f"{group}: {people(found.n)} with both scores, {found.before_only:,} with the one before only, "
            f"{found.after_only:,} with the one after only; those without a pair are left out.",
            counts=(found.n, found.before_only, found.after_only),
            instead=f"{group}: people without a pair of scores are left out."
            if alone
            else f"{group}: everybody with a score has both.",
        )
        yield Check(
            f"small_sample_{group}",
            found.n >= SMALL,
            f"{group}: {people(found.n)} with both scores"
            + ("." if found.n >= SMALL else f", fewer than {SMALL}: descriptive only."),
            counts=(found.n,),
            instead=f"{group}: at least {SMALL} people have both scores."
            if found.n >= SMALL
            else f"{group}: fewer than {SMALL} people have both scores: descriptive only.",
        )
    yield Check(
        "order_of_dates",
        backwards == 0,
        f"Pairs with the later occasion dated before the earlier one: {backwards:,}."
        if backwards
        else "No pair has its dates the wrong way round.",
        counts=(backwards,) if backwards else (),
        instead="Some pairs have their dates the wrong way round.",
    )
    if rule is not None:
        yield Check(
            "reliable_change_confirmed",
            rule.source.confirmed,
            f"Reliable change rests on: {rule.source.text}.",
        )
