"""Answers become scores: one row per questionnaire and scale, with a score and a band, or the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lvrn_eval.engine import Table, as_table, build, quoted
from lvrn_eval.errors import Fault, RecordsError, suggestion
from lvrn_eval.records.instruments.definitions import Instrument
from lvrn_eval.records.instruments.registry import INSTRUMENTS
from lvrn_eval.records.instruments.statement import scoring

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.engine import Frame
    from lvrn_eval.result import Choice

NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "HUGEINT", "U", "DOUBLE", "FLOAT", "REAL", "DECIMAL", "NUMERIC")
LONGEST = 40
"""Items of one questionnaire a row can hold."""

REASONS: Mapping[str, str] = {
    "informant_missing": "nobody wrote down who answered, and the instrument has forms for several",
    "wrong_informant": "the instrument has no form for whoever answered",
    "version_missing": "nobody wrote down which version it is, and versions are scored differently",
    "wrong_version": "another version than those known here",
    "age_missing": "the form is for certain ages, and the age is not known",
    "age_outside": "the person is outside the ages the form was made for",
    "out_of_range": "an answer, or a total entered by hand, that the form does not allow",
    "unknown_items": "answers to items the form does not have",
    "not_answered": "no item of the scale was answered",
    "too_few_items": "fewer items answered than the scale needs",
}
"""Why a questionnaire has no score on a scale; where several are true the first in this order is given."""


@dataclass(frozen=True)
class Scored:
    """Scored questionnaires: people's rows, for analysis and never for release.

    Parameters
    ----------
    table
        One row per questionnaire and scale: ``person_id, site, instrument, version, informant, on, occasion, age,
        scale, answered`` (items), ``score, band, valid, reason`` (why not; missing where valid), ``source`` (``items``,
        or ``total`` where only a total was entered), ``entered`` (that total, on its scale).
    instrument
        What it was scored with.
    bands
        How scores were cut; None where the instrument has no bands.
    """

    table: Table
    instrument: Instrument
    bands: str | None

    def to_pandas(self) -> pd.DataFrame:
        """Bring the rows home."""
        return self.table.to_pandas()

    @property
    def method(self) -> dict[str, Choice]:
        """Return what was chosen and where it comes from, for a Result."""
        return {
            "instrument": self.instrument.title,
            "bands": self.bands,
            "copyright": self.instrument.copyright,
            "sources": [
                {"about": about, "source": source.text, "confirmed": source.confirmed}
                for about, source in self.instrument.sources()
            ],
            "engine": self.table.engine.dialect,
        }


def score_answers(
    scores: Table | Frame,
    instrument: str | Instrument,
    *,
    version: str | None = None,
    informant: str | None = None,
    bands: str | None = None,
) -> Scored:
    """Score answered questionnaires.

    Parameters
    ----------
    scores
        One row per answered questionnaire: ``person_id``, and ``item_1``, ``item_2``, … (answers, by the number of the
        item) or ``score`` (a total entered by hand). Also, where there are such columns, ``site``, ``instrument`` (rows
        of others are left out), ``version``, ``informant``, ``on``, ``occasion``, ``age`` (years).
    instrument
        Its slug, such as ``"sdq"``, or a definition.
    version, informant
        What rows are that do not say. The order of the items of Rosenberg's scale must be said one way or the other.
    bands
        How to cut scores into bands; by default the instrument's first way (``"four_band"`` for the SDQ).

    Returns
    -------
    Scored
        ``.table`` has one row per questionnaire and scale.

    Raises
    ------
    RecordsError
        When the instrument, version, informant or bands are unknown, a column is missing or holds no numbers, a
        person is not named, or no row says which version it is where that decides the score. All faults at once.

    Notes
    -----
    A sum of fewer items than all is scaled up where the instrument allows it, and rounded, halves upwards. An answer
    outside its range leaves the whole questionnaire without scores: answers were probably coded in another way. A
    total entered by hand is used where no item was answered.

    *Validated against* published tables and by hand: see ``tests/hand/test_hand_instruments.py`` and
    ``tests/instruments``.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"person_id": ["a"]} | {f"item_{number}": [2] for number in range(1, 8)})
    >>> score_answers(answers, "gad7").to_pandas()[["scale", "score", "band"]].values.tolist()
    [['total', 14.0, 'moderate']]
    """
    chosen = choose(instrument)
    cut = _check_choices(chosen, version, informant, bands)
    table = as_table(scores, "scores")
    columns = _check_columns(table)
    statement = scoring(chosen, columns, version=version, informant=informant, bands=cut)
    step = build(f"instruments/{chosen.slug}", statement)
    scored = table.engine.run(step, tables={"scores": table})
    _check_rows(scored, chosen)
    return Scored(scored, chosen, cut)


def choose(instrument: str | Instrument) -> Instrument:
    """Return the instrument of this slug, or the definition that was given.

    Raises
    ------
    RecordsError
        When there is no such instrument.
    """
    if isinstance(instrument, Instrument):
        return instrument
    if instrument not in INSTRUMENTS:
        raise RecordsError(f"there is no instrument {instrument!r}; {suggestion(instrument, INSTRUMENTS)}")
    return INSTRUMENTS[instrument]


def _check_choices(instrument: Instrument, version: str | None, informant: str | None, bands: str | None) -> str | None:
    """Return the bands to use."""
    asked = (
        ("version", version, instrument.versions),
        ("informant", informant, instrument.informants),
        ("bands", bands, instrument.band_sets),
    )
    faults = [
        Fault(name, f"{value!r} is not known of {instrument.slug}", suggestion(value, known))
        for name, value, known in asked
        if value is not None and value not in known
    ]
    if faults:
        raise RecordsError(f"{instrument.slug} cannot be scored as asked", faults)
    return bands or next(iter(instrument.band_sets), None)


def _check_columns(table: Table) -> dict[str, str]:
    """Return the columns that can be used, with their types; those that must be numbers and hold nothing are left out.

    Raises
    ------
    RecordsError
        When columns are missing or hold something else than numbers.
    """
    answers = [name for name in (f"item_{number}" for number in range(1, LONGEST + 1)) if name in table.columns]
    faults = []
    if "person_id" not in table.columns:
        faults.append(Fault("scores.person_id", "there is no such column", suggestion("person_id", table.columns)))
    if not answers and "score" not in table.columns:
        fix = "name the columns of answers item_1, item_2, … by the number of the item"
        faults.append(Fault("scores", "there are neither answers nor a score", fix))
    numbers = [name for name in (*answers, "age", "score") if name in table.columns]
    strange = [name for name in numbers if not table.columns[name].upper().startswith(NUMBERS)]
    held = _held(table, strange) if strange else {}
    faults += [
        Fault(f"scores.{name}", f"holds {table.columns[name]}, where numbers are needed", "make numbers of it before")
        for name in strange
        if held[name]
    ]
    if faults:
        raise RecordsError("these answers cannot be scored", faults)
    return {name: kind for name, kind in table.columns.items() if name not in strange}


def _held(table: Table, columns: list[str]) -> dict[str, int]:
    """Return how many values each column holds."""
    from sqlglot import exp, select

    counts = [exp.alias_(exp.Count(this=quoted(name)), name, quoted=True) for name in columns]
    counted = table.engine.run(build("instruments/held", select(*counts).from_("given")), tables={"given": table})
    row: dict[str, int] = counted.to_arrow().to_pylist()[0]
    return row


def _check_rows(scored: Table, instrument: Instrument) -> None:
    """Refuse what no row can be scored without.

    Raises
    ------
    RecordsError
        With counts, and never a value.
    """
    from lvrn_eval.engine import Step

    step = Step.load("lvrn_eval.records.instruments", "rows_check.sql")
    found = scored.engine.run(step, tables={"scored": scored}).to_arrow().to_pylist()[0]
    each = len(instrument.scales)
    faults = []
    if found["unnamed"]:
        where = _rows(found["unnamed"] // each)
        faults.append(Fault("scores.person_id", f"missing in {where}", "name the person of every questionnaire"))
    if found["no_version"]:
        known = " or ".join(f'version="{name}"' for name in instrument.versions)
        faults.append(
            Fault(
                "scores.version",
                f"missing in {_rows(found['no_version'] // each)}, and it decides how {instrument.slug} is scored",
                f"look at the questionnaire that was used, and pass {known}",
            ),
        )
    if faults:
        raise RecordsError("these answers cannot be scored", faults)


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
