"""What one programme's records, or those of all, say of the framework: everything that a programme's page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.framework.coverage import coverage
from lvrn_eval.framework.headlines import headlines
from lvrn_eval.framework.mapping import map_outcomes
from lvrn_eval.framework.published import Published
from lvrn_eval.result import Result, Shape

if TYPE_CHECKING:
    from lvrn_eval.framework.mapping import Given
    from lvrn_eval.framework.model import Framework

SHAPE: Shape = "counts"
"""Nothing in these tables counts anybody."""


def programme_answers(
    records: Given,
    framework: Framework,
    programme: str,
    *,
    published: Published | None = None,
    as_of: date | str | None = None,
) -> list[Result]:
    """Return what a programme's records say of the outcomes.

    Parameters
    ----------
    records
        The programme's records; as in ``map_outcomes``.
    framework
        What is to be measured, and how.
    programme
        Its slug.
    published
        The register of published figures; without one, ``headlines`` is left out.
    as_of
        The last day that is looked at; by default the day of the extract.

    Returns
    -------
    list of Result
        ``programme`` (what it is), ``indicators`` (what each counts, and which outcome it speaks to, how strongly),
        ``observations`` with its parts (the values), ``coverage`` (the programme's row) and ``headlines``.

    Raises
    ------
    FrameworkError
        When the framework has no such programme.
    """
    about = framework.programme(programme)
    own = [each.slug for each in framework.indicators if each.programme == programme and each.measure is not None]
    observations = map_outcomes(records, framework, indicators=own, as_of=as_of)
    covered = coverage(framework, observations)
    names = {outcome.slug: outcome.name for outcome in framework.outcomes}
    row = covered.table[covered.table["programme"] == programme].reset_index(drop=True)
    found = [
        _about(framework, programme, as_of or getattr(records, "extracted_on", None)),
        indicators_of(framework, [programme]),
        observations.to_result(),
        replace(
            covered,
            title=f"What {about.name} measures",
            table=row.assign(outcome=row["outcome"].map(names)),
            checks=(),
            text=(),
            figure=None,
        ),
    ]
    figures = [each for each in published.figures if each.programme == programme] if published else []
    if published and figures:
        found.append(headlines(Published(published.report, tuple(figures)), observations))
    return found


def network_answers(
    records: Given,
    framework: Framework,
    *,
    published: Published | None = None,
    as_of: date | str | None = None,
) -> list[Result]:
    """Return what the records of all programmes say of the outcomes.

    Parameters
    ----------
    records, framework, published, as_of
        As in ``programme_answers``; the records of every programme.

    Returns
    -------
    list of Result
        ``names`` of programmes and outcomes, ``coverage``, ``indicators`` and ``headlines``.
    """
    observations = map_outcomes(records, framework, as_of=as_of)
    found = [
        _names(framework),
        coverage(framework, observations),
        indicators_of(framework, [each.slug for each in framework.programmes]),
    ]
    return [*found, headlines(published, observations)] if published else found


def _names(framework: Framework) -> Result:
    """Return what programmes and outcomes are called."""
    rows = [(each.slug, each.name) for each in framework.programmes]
    rows += [(each.slug, f"{each.number} {each.name}") for each in framework.outcomes]
    table = pd.DataFrame(rows, columns=["slug", "name"], dtype=object)
    return Result("names", "What programmes and outcomes are called", table, {}, shape=SHAPE)


def _about(framework: Framework, programme: str, end: date | str | None) -> Result:
    """Return what a programme is, and on what day its records end, as a table of facts."""
    about = framework.programme(programme)
    outcomes = {outcome.slug: f"{outcome.number} {outcome.name}" for outcome in framework.outcomes}
    facts: Mapping[str, str] = {
        "name": about.name,
        "about": about.about,
        "works towards": "; ".join(outcomes[slug] for slug in about.works_towards),
        "left open by the source": about.source_note,
        "records end": str(end or ""),
    }
    table = pd.DataFrame([pair for pair in facts.items() if pair[1]], columns=["what", "text"], dtype=object)
    return Result("programme", about.name, table, {"framework_digest": framework.digest}, shape=SHAPE)


def indicators_of(framework: Framework, programmes: Sequence[str]) -> Result:
    """Return what the indicators of some programmes count, a row for each link to an outcome.

    Parameters
    ----------
    framework
        Whose indicators.
    programmes
        The programmes' slugs.

    Returns
    -------
    Result
        ``indicators``: ``programme``, ``indicator``, ``name``, ``definition``, ``unit``, ``direction``; the ``number``
        and name of the ``outcome`` it speaks to and the ``strength`` of the link; why it is ``not_measured``, and the
        ``source_note``.
    """
    outcomes = {outcome.slug: outcome for outcome in framework.outcomes}
    rows = [
        (one.programme, one.slug, one.name, one.definition, one.unit, one.direction, outcomes[link.outcome].number,
         outcomes[link.outcome].name, link.strength, one.not_measured, one.source_note)
        for one in framework.indicators
        if one.programme in programmes
        for link in one.contributes_to
    ]  # fmt: skip
    columns = [
        "programme", "indicator", "name", "definition", "unit", "direction", "number", "outcome", "strength",
        "not_measured", "source_note",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns, dtype=object)
    return Result("indicators", "What is counted, and what it speaks to", table, {"framework_digest": framework.digest},
                  shape=SHAPE)  # fmt: skip
