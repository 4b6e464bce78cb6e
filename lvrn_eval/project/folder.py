"""A project folder: an outcomes framework, sources of records, analyses, plans, reports and releases."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import AnalysisError, LvrnError, suggestion
from lvrn_eval.project.analyses import Analysis, load_module

if TYPE_CHECKING:
    from lvrn_eval.framework import Framework
    from lvrn_eval.framework.observations import Observations
    from lvrn_eval.framework.published import Published
    from lvrn_eval.records import Records, Sources
    from lvrn_eval.records.network import NetworkRecords
    from lvrn_eval.release.plan import Plan
    from lvrn_eval.result import Result

FRAMEWORK = "outcomes_framework.yaml"
SOURCES = "sources.yaml"
PUBLISHED = "published_figures.yaml"
TEMPLATE = (FRAMEWORK, SOURCES, PUBLISHED, "analyses", "reports")
KEPT_OUT = "# records, keys and unpublished results never go into version control\ndata/\nreleases/\npages/\n*.key\n"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Project:
    """A project folder.

    Parameters
    ----------
    folder
        Where ``outcomes_framework.yaml``, ``sources.yaml``, ``analyses/`` and ``reports/`` are.
    """

    folder: Path

    @cached_property
    def framework(self) -> Framework:
        """The outcomes framework."""
        from lvrn_eval.framework import load_framework

        return load_framework(self.folder / FRAMEWORK)

    @cached_property
    def sources(self) -> Sources:
        """Where the records live."""
        from lvrn_eval.records import load_sources

        return load_sources(self.folder / SOURCES)

    @cached_property
    def published(self) -> Published:
        """The register of published figures."""
        from lvrn_eval.framework.published import load_published

        return load_published(self.folder / PUBLISHED, self.framework)

    @property
    def releases(self) -> Path:
        """The folder of all releases."""
        return self.folder / "releases"

    @property
    def policies(self) -> Path:
        """The folder of the project's own disclosure policies; it need not be there."""
        return self.folder / "policies"

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        """The analyses in ``analyses/``, by name."""
        found: dict[str, Analysis] = {}
        for path in sorted((self.folder / "analyses").glob("*.py")):
            module = load_module(path)
            found |= {value.name: value for value in vars(module).values() if isinstance(value, Analysis)}
        return MappingProxyType(found)

    def analysis(self, name: str) -> Analysis:
        """Return the analysis called ``name``.

        Raises
        ------
        AnalysisError
            When there is none, or it names a programme or an indicator the framework lacks.
        """
        if name not in self.analyses:
            raise AnalysisError(f"there is no analysis {name!r} in analyses/; {suggestion(name, self.analyses)}")
        found = self.analyses[name]
        for programme in found.programmes:
            self.framework.programme(programme)
        for indicator in found.indicators:
            self.framework.indicator(indicator)
        return found

    def records(self, programme: str, *, key: bytes | None = None, progress: Progress | None = None) -> Records:
        """Read a programme's records; see ``read_records``."""
        from lvrn_eval.records import read_records

        return read_records(self.sources, programme, key=key, progress=progress)

    def records_for(
        self, analysis: Analysis, *, key: bytes | None = None, progress: Progress | None = None
    ) -> Records | NetworkRecords:
        """Read the records that an analysis takes: one programme's, or those of several together.

        Raises
        ------
        RecordsError
            When the records of any of them have faults: those of all at once.
        """
        if len(analysis.programmes) == 1:
            return self.records(*analysis.programmes, key=key, progress=progress)
        return self.all_records(analysis.programmes, key=key, progress=progress)

    def map(
        self, programmes: Sequence[str] = (), *, key: bytes | None = None, progress: Progress | None = None
    ) -> Observations:
        """Read the records of some programmes, or of all, and map them onto the framework.

        Raises
        ------
        RecordsError
            When the records of any of them have faults: those of all at once.
        """
        from lvrn_eval.framework.mapping import map_outcomes

        return map_outcomes(self.all_records(programmes, key=key, progress=progress), self.framework)

    def all_records(
        self, programmes: Sequence[str] = (), *, key: bytes | None = None, progress: Progress | None = None
    ) -> NetworkRecords:
        """Read the records of some programmes, or of all.

        Raises
        ------
        RecordsError
            When the records of any of them have faults: those of all at once.
        """
        from lvrn_eval.errors import Fault, RecordsError
        from lvrn_eval.records.network import NetworkRecords

        found: dict[str, Records] = {}
        faults: list[Fault] = []
        for programme in dict.fromkeys(programmes or self.sources.programmes):
            try:
                found[programme] = self.records(programme, key=key, progress=progress)
            except RecordsError as error:
                if not error.faults:
                    raise
                faults += error.faults
        if faults:
            count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
            raise RecordsError(f"the records cannot be used: {count}", faults)
        return NetworkRecords(found)

    def release(
        self,
        name: str,
        results: Sequence[Result],
        records: Records | NetworkRecords,
        *,
        parameters: Mapping[str, Any] | None = None,
        policy: str = "strict",
        allow_difference: str | None = None,
    ) -> Path:
        """Write what an analysis returned as a release; return its folder.

        Parameters
        ----------
        name
            The analysis.
        results, records, parameters
            What it returned, and what it was given.
        policy
            The disclosure policy by name.
        allow_difference
            Why this release may stand beside an earlier one although their difference tells of few people.

        Raises
        ------
        ReleaseError
            As ``write_release`` does, or when the analysis's plan is not as it was locked.
        """
        from lvrn_eval.project.releasing import write

        found = self.analysis(name)
        return write(
            self,
            found,
            results,
            records,
            choices=found.choices(parameters),
            policy=policy,
            allow_difference=allow_difference,
            folder=self.releases,
        )

    def plan_file(self, name: str) -> Path:
        """Return where the plan of an analysis is kept."""
        return self.folder / "plans" / f"{name}.json"

    def plan(self, name: str) -> Plan | None:
        """Return the locked plan of an analysis, or None when there is none.

        Raises
        ------
        ReleaseError
            When it is not as it was locked.
        """
        from lvrn_eval.release.plan import read_plan

        return read_plan(self.plan_file(name))

    def lock_plan(self, name: str, **content: Any) -> Plan:
        """Lock the plan of an analysis before its numbers are seen, or amend it.

        Parameters
        ----------
        name
            The analysis.
        content
            ``parameters``, as its function takes them; ``policy`` (``strict``); ``primary``, the primary outcome, a
            result or ``result:term``; ``families`` of outcomes that are judged together, by name; ``by``, who locks it;
            ``on``, the day; ``amend``, why an existing plan is changed.

        Raises
        ------
        ReleaseError
            When there is a plan already and ``amend`` is not given, or there is none to amend.
        """
        from lvrn_eval.project.releasing import lock

        return lock(self, name, **content)


def open_project(folder: Path | str = ".") -> Project:
    """Open a project folder.

    Raises
    ------
    LvrnError
        When it lacks what a project has.
    """
    folder = Path(folder)
    if missing := _missing(folder):
        raise LvrnError(
            f"{folder} is not a project folder: it has no {', '.join(missing)}; lay one out with `lvrn-eval init DIR`",
        )
    return Project(folder)


def is_project(folder: Path) -> bool:
    """Say whether a folder has what a project has."""
    return not _missing(folder)


def _missing(folder: Path) -> list[str]:
    # a register of published figures is only needed by who publishes figures
    return [name for name in TEMPLATE if name != PUBLISHED and not (folder / name).exists()]


def init_project(folder: Path | str) -> Project:
    """Lay out a new project folder from the template, and open it.

    Raises
    ------
    LvrnError
        When any of its files is there already: nothing is ever overwritten.
    """
    folder = Path(folder)
    taken = [name for name in TEMPLATE if (folder / name).exists()]
    if taken:
        raise LvrnError(f"{folder} already has {', '.join(taken)}; choose an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    template = template_folder()
    for name in TEMPLATE:
        source = template / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.html"))
        else:
            shutil.copyfile(source, folder / name)
    (folder / ".gitignore").write_text(KEPT_OUT, encoding="utf-8")
    return Project(folder)


def template_folder() -> Path:
    """Return the folder that new projects are copied from: in the package, or the repository it runs from."""
    inside = Path(str(files("lvrn_eval").joinpath("template")))
    return inside if inside.is_dir() else Path(str(files("lvrn_eval"))).parent
