"""Which programme measures which outcome: measured, only counted, only claimed, or nothing, each with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from lvrn_eval.framework.model import Framework, Indicator, Outcome, Programme
    from lvrn_eval.framework.observations import Observations
    from lvrn_eval.result import Result, Sentence

Mark = Literal["measured", "counted only", "claimed", "nothing"]
"""What a programme says of an outcome.

``measured``: an indicator that speaks to it directly or as a contribution has a value. ``counted only``: the only
values are of indicators that count what was done around it. ``claimed``: the programme works towards it, and no
indicator has a value. ``nothing``: it does not work towards it either.
"""

MARKS: tuple[Mark, ...] = ("measured", "counted only", "claimed", "nothing")
MEASURING = frozenset({"direct", "contributory"})
NOT_COMPUTED = "no mapping was made"


class Cell(NamedTuple):
    """One programme and one outcome."""

    programme: Programme
    outcome: Outcome
    mark: Mark
    strength: str
    computed: tuple[str, ...]
    reason: str


def coverage(framework: Framework, observations: Observations | None = None) -> Result:
    """Return programmes by outcomes, with what measures each.

    Parameters
    ----------
    framework
        Which programmes and outcomes there are, and which indicator speaks to which.
    observations
        What could be computed; without it every indicator stands as not computed.

    Returns
    -------
    Result
        A row for each programme and outcome: ``programme``, ``outcome``, ``number``, ``mark`` (measured, counted
        only, claimed, nothing), ``strength`` (the strongest link of an indicator with a value), ``indicators`` (those
        with a value), ``reason`` (why there is nothing more; empty where it is measured). Its sentences name the
        outcomes that nobody measures and the programmes that measure none.
    """
    import pandas as pd

    from lvrn_eval.result import Check, Result

    found = _found(framework, observations)
    cells = [_cell(framework, each, outcome, found) for each in framework.programmes for outcome in framework.outcomes]
    table = pd.DataFrame(
        [
            (cell.programme.slug, cell.outcome.slug, cell.outcome.number, cell.mark, cell.strength,
             "; ".join(cell.computed), cell.reason)
            for cell in cells
        ],
        columns=["programme", "outcome", "number", "mark", "strength", "indicators", "reason"],
        dtype=object,
    )  # fmt: skip
    outcomes, programmes = _unmeasured(framework, cells)
    return Result(
        name="coverage",
        title="Which programme measures which outcome",
        table=table,
        method={
            "measured": "an indicator linked directly or as a contribution has a value",
            "counted only": "only indicators that describe what was done around it have a value",
            "claimed": "the programme works towards it, and no indicator has a value",
            "framework_digest": framework.digest,
            "mapped": observations is not None,
        },
        checks=(
            Check("every_outcome_measured", not outcomes, _outcomes_said(outcomes)),
            Check("every_programme_measures", not programmes, _programmes_said(programmes)),
        ),
        text=_sentences(outcomes, programmes, cells),
        shape="counts",
        figure="coverage",
    )


class _Found(NamedTuple):
    computed: frozenset[str]
    reasons: dict[str, str]


def _found(framework: Framework, observations: Observations | None) -> _Found:
    if observations is None:
        return _Found(frozenset(), {each.slug: each.not_measured or NOT_COMPUTED for each in framework.indicators})
    reasons = dict(zip(observations.unanswered["indicator"], observations.unanswered["reason"], strict=True))
    return _Found(frozenset(observations.table["indicator"]), reasons)


def _cell(framework: Framework, programme: Programme, outcome: Outcome, found: _Found) -> Cell:
    linked = [
        (indicator, link.strength)
        for indicator in framework.indicators
        if indicator.programme == programme.slug
        for link in indicator.contributes_to
        if link.outcome == outcome.slug
    ]
    computed = [(indicator, strength) for indicator, strength in linked if indicator.slug in found.computed]
    strongest = next((s for s in ("direct", "contributory", "contextual") if s in {s for _, s in computed}), "")
    claims = outcome.slug in programme.works_towards
    names = tuple(indicator.slug for indicator, _ in computed)
    if strongest in MEASURING:
        return Cell(programme, outcome, "measured", strongest, names, "")
    missing = _missing(linked, found)
    if computed:
        reason = "its indicators count what was done, not whether the outcome moved"
        return Cell(
            programme, outcome, "counted only", strongest, names, f"{reason}{f'; {missing}' if missing else ''}"
        )
    mark: Mark = "claimed" if claims else "nothing"
    if missing:
        return Cell(programme, outcome, mark, "", (), missing)
    reason = "no indicator of the programme speaks to it"
    return Cell(programme, outcome, mark, "", (), reason if claims else f"not among its aims, and {reason}")


def _missing(linked: Sequence[tuple[Indicator, str]], found: _Found) -> str:
    """Return why the indicators without a value have none."""
    said = [
        f"{indicator.slug}: {found.reasons.get(indicator.slug, 'it was not asked for')}"
        for indicator, _ in linked
        if indicator.slug not in found.computed
    ]
    return "; ".join(said)


def _unmeasured(framework: Framework, cells: Sequence[Cell]) -> tuple[list[Outcome], list[Programme]]:
    measured = {cell.outcome.slug for cell in cells if cell.mark == "measured"}
    measuring = {cell.programme.slug for cell in cells if cell.mark == "measured"}
    outcomes = [outcome for outcome in framework.outcomes if outcome.slug not in measured]
    programmes = [each for each in framework.programmes if each.kind == "programme" and each.slug not in measuring]
    return outcomes, programmes


def _sentences(outcomes: list[Outcome], programmes: list[Programme], cells: Sequence[Cell]) -> tuple[Sentence, ...]:
    from lvrn_eval.result import Sentence

    marks = [cell.mark for cell in cells]
    said = ", ".join(f"{marks.count(mark)} {mark}" for mark in MARKS)
    whole = f"Of {len(cells)} pairs of a programme and an outcome: {said}."
    return Sentence(whole), Sentence(_outcomes_said(outcomes)), Sentence(_programmes_said(programmes))


def _outcomes_said(outcomes: list[Outcome]) -> str:
    if not outcomes:
        return "Every outcome is measured by some programme."
    named = _listed([f"{outcome.number} {outcome.name}" for outcome in outcomes])
    return f"Nobody measures {'this outcome' if len(outcomes) == 1 else f'these {len(outcomes)} outcomes'}: {named}."


def _programmes_said(programmes: list[Programme]) -> str:
    if not programmes:
        return "Every programme measures some outcome."
    one = len(programmes) == 1
    which = "This programme measures" if one else f"These {len(programmes)} programmes measure"
    return f"{which} no outcome: {_listed([each.name for each in programmes])}."


def _listed(names: Sequence[str]) -> str:
    # names hold commas and the word "and"
    return "; ".join(names)
