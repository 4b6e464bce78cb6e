"""From files to canonical tables: read, stage, check, pseudonymise. Refused as a whole, with every fault listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lvrn_eval.engine import DuckDBEngine, Engine, RanStep, Table, build, quoted
from lvrn_eval.errors import RecordsError, suggestion
from lvrn_eval.records.gather import Progress
from lvrn_eval.records.load_sources import load_sources
from lvrn_eval.records.named_texts import vocabulary
from lvrn_eval.records.pseudonyms import checked_key, key_from_environment
from lvrn_eval.records.quality_checks import check_all
from lvrn_eval.records.quality_rules import QualityFault
from lvrn_eval.records.readers import FileRead
from lvrn_eval.records.sources import DataStatus, Sources
from lvrn_eval.records.staged import Staged, stage_all
from lvrn_eval.records.tables import LINEAGE, TABLES, TYPES, CanonicalTable, Kind

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass(frozen=True)
class Records:
    """One programme's records as canonical tables in an engine; ids are pseudonyms.

    Parameters
    ----------
    programme
        Whose records they are.
    data
        What the data is: personal, synthetic, reconstructed or public.
    extracted_on, observed_from
        The day of the extracts, and the day from which recorded events are known.
    sites
        Every site, by slug, with the name shown to readers.
    tables
        The canonical tables by name; one that the sources do not mention is there, and empty.
    lineage
        Every file that was read, with its digest and its number of rows.
    warnings
        What a person should look at, and what does not stop anything; see ``quality_report``.
    vocabulary
        By table, the text columns that hold nothing but words which the sources name. What else is typed into a text
        column never leaves the building, even as the name of a group.
    """

    programme: str
    data: DataStatus
    extracted_on: date
    observed_from: date
    sites: Mapping[str, str]
    tables: Mapping[str, Table]
    lineage: tuple[FileRead, ...] = field(repr=False)
    warnings: tuple[QualityFault, ...] = field(default=(), repr=False)
    vocabulary: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)

    @property
    def people(self) -> Table:
        """One row per person."""
        return self.tables["people"]

    @property
    def referrals(self) -> Table:
        """One row per referral."""
        return self.tables["referrals"]

    @property
    def contacts(self) -> Table:
        """One row per engagement, kept or missed."""
        return self.tables["contacts"]

    @property
    def events(self) -> Table:
        """One row per recorded event."""
        return self.tables["events"]

    @property
    def custody(self) -> Table:
        """One row per spell in custody."""
        return self.tables["custody"]

    @property
    def engine(self) -> Engine:
        """Where the tables live."""
        return self.people.engine

    @property
    def dialect(self) -> str:
        """The engine that holds them, by name."""
        return self.engine.dialect

    @property
    def ran(self) -> tuple[RanStep, ...]:
        """Every step that ran on them."""
        return self.engine.ran

    def on(self, engine: Engine) -> Records:
        """Return the same records handed over to another engine, such as PostgreSQL."""
        return replace(self, tables={name: engine.take(table) for name, table in self.tables.items()})

    def to_spss(self, path: Path | str, **choices: Any) -> tuple[Path, ...]:
        """Write every table as a labelled ``.sav`` into a folder, to be kept inside; see ``to_spss``."""
        from lvrn_eval.records.spss import to_spss

        return to_spss(self, path, **choices)


def read_records(
    sources: Sources | Path | str,
    programme: str,
    *,
    key: bytes | None = None,
    progress: Progress | None = None,
) -> Records:
    """Read one programme's records from the files its sources name.

    Parameters
    ----------
    sources
        The sources, or the path of ``sources.yaml``.
    programme
        Which programme's.
    key
        The pseudonym key, at least 16 bytes; by default the environment variable that the sources name.
    progress
        Called with a line for each table as it is read.

    Returns
    -------
    Records

    Raises
    ------
    RecordsError
        When anything is wrong in any file: all faults of all tables at once.
    """
    sources, staged = stage_programme(sources, programme, key=key, progress=progress)
    found = check_all(staged, sources, programme, progress)
    errors = [fault for fault in found.faults if fault.severity == "error"]
    if errors:
        raise refused(programme, errors)
    known = {name: held.table for name, held in staged.tables.items()}
    tables = {name: _finish(staged.engine, spec, known.get(name), staged.people) for name, spec in TABLES.items()}
    return Records(
        programme,
        sources.data,
        sources.extracted_on,
        sources.observed_from,
        sources.sites[programme],
        tables,
        staged.lineage,
        tuple(fault for fault in found.faults if fault.severity == "warning"),
        vocabulary(sources.programmes[programme], tables),
    )


def stage_programme(
    sources: Sources | Path | str, programme: str, *, key: bytes | None, progress: Progress | None
) -> tuple[Sources, Staged]:
    """Read and stage one programme's records, as ``read_records`` and ``quality_report`` begin.

    Raises
    ------
    RecordsError
        When the sources cannot be read or do not name the programme, or there is no key.
    """
    if not isinstance(sources, Sources):
        sources = load_sources(sources)
    if programme not in sources.programmes:
        raise RecordsError(
            f"{sources.path.name} has no programme {programme!r}; {suggestion(programme, sources.programmes)}",
        )
    key = key_from_environment(sources.pseudonym_key) if key is None else checked_key(key)
    return sources, stage_all(DuckDBEngine(), sources, programme, key, progress)


def refused(programme: str, errors: list[QualityFault]) -> RecordsError:
    """Return the error of a programme whose records cannot be used."""
    return RecordsError(
        f"the records of {programme} cannot be used: {len(errors)} fault{'s' if len(errors) > 1 else ''}",
        [error.fault for error in errors],
    )


def _finish(engine: DuckDBEngine, spec: CanonicalTable, staged: Table | None, people: Table | None) -> Table:
    """Return the canonical table: what the checks needed is taken out, and people get their pseudonyms."""
    from sqlglot import select

    if staged is None:
        empty = [_null(column.name, column.kind) for column in spec.columns] + [_null(name, "text") for name in LINEAGE]
        return engine.run(build(f"records/empty {spec.name}", select(*empty).where("false")))
    plain = engine.without(staged, [column for column in staged.columns if ":" in column])
    if spec.name != "people" or people is None:
        return plain
    columns = [
        quoted("pseudonym", "known").as_(name, quoted=True) if name == "person_id" else quoted(name, "plain")
        for name in plain.columns
    ]
    joined = select(*columns).from_("plain").join("known", on="known.identifier = plain.person_id")
    made = engine.run(build("records/people", joined), tables={"plain": plain, "known": people})
    for table in (plain, people):
        engine.drop(table)
    return made


def _null(name: str, kind: Kind) -> exp.Expr:
    from sqlglot import exp

    return exp.alias_(exp.cast(exp.null(), TYPES[kind]), name, quoted=True)
