"""A project folder: an outcomes framework, sources of records, analyses and reports."""

from __future__ import annotations

import inspect
import shutil
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import AnalysisError, LvrnError, suggestion

if TYPE_CHECKING:
    from lvrn_eval.framework import Framework
    from lvrn_eval.framework.observations import Observations
    from lvrn_eval.framework.published import Published
    from lvrn_eval.records import Records, Sources
    from lvrn_eval.result import Result

FRAMEWORK = "outcomes_framework.yaml"
SOURCES = "sources.yaml"
PUBLISHED = "published_figures.yaml"
TEMPLATE = (FRAMEWORK, SOURCES, PUBLISHED, "analyses", "reports")
KEPT_OUT = "# records, keys and unpublished results never go into version control\ndata/\nreleases/\npages/\n*.key\n"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Analysis:
    """A function that answers one evaluation question, and what it speaks to.

    Parameters
    ----------
    name
        Its slug: the function's name.
    programme
        Whose records it takes.
    indicators
        The framework's indicators it speaks to.
    function
        Takes the records and named, typed parameters; returns Results.
    """

    name: str
    programme: str
    indicators: tuple[str, ...]
    function: Callable[..., Sequence[Result]]

    def __call__(self, records: Records, **parameters: Any) -> Sequence[Result]:
        """Run the function."""
        return self.function(records, **parameters)

    @property
    def source(self) -> Path:
        """The file it is written in."""
        return Path(inspect.getsourcefile(self.function) or "")

    @property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """Its parameters after the records."""
        return dict(list(inspect.signature(self.function).parameters.items())[1:])

    def parse(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return parameters given as text, read as the function's annotations say.

        Raises
        ------
        AnalysisError
            When there is no such parameter, or the text is not of its kind.
        """
        kinds = typing.get_type_hints(self.function)
        parsed = {}
        for name, text in given.items():
            if name not in self.parameters:
                raise AnalysisError(
                    f"{self.name} has no parameter {name!r}; {suggestion(name, self.parameters)}",
                )
            parsed[name] = _read_as(kinds[name], text, f"{self.name}: {name}")
        return parsed


def analysis(
    *,
    programme: str,
    indicators: Iterable[str],
) -> Callable[[Callable[..., Sequence[Result]]], Analysis]:
    """Mark a function in ``analyses/`` as an analysis that the command finds by name.

    Parameters
    ----------
    programme
        Whose records it takes.
    indicators
        The framework's indicators it speaks to.
    """

    def mark(function: Callable[..., Sequence[Result]]) -> Analysis:
        return Analysis(function.__name__, programme, tuple(indicators), function)

    return mark


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

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        """The analyses in ``analyses/``, by name."""
        found: dict[str, Analysis] = {}
        for path in sorted((self.folder / "analyses").glob("*.py")):
            module = _load(path)
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
        self.framework.programme(found.programme)
        for indicator in found.indicators:
            self.framework.indicator(indicator)
        return found

    def records(self, programme: str, *, key: bytes | None = None, progress: Progress | None = None) -> Records:
        """Read a programme's records; see ``read_records``."""
        from lvrn_eval.records import read_records

        return read_records(self.sources, programme, key=key, progress=progress)

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
    ) -> dict[str, Records]:
        """Read the records of some programmes, or of all.

        Raises
        ------
        RecordsError
            When the records of any of them have faults: those of all at once.
        """
        from lvrn_eval.errors import Fault, RecordsError

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
        return found

    def release(
        self,
        name: str,
        results: Sequence[Result],
        records: Records,
        *,
        parameters: Mapping[str, Any] | None = None,
        policy: str = "strict",
    ) -> Path:
        """Write what an analysis returned as a release; return its folder."""
        from lvrn_eval.release import write_release
        from lvrn_eval.release.manifest import source_digest

        found = self.analysis(name)
        defaults = {key: parameter.default for key, parameter in found.parameters.items()}
        return write_release(
            self.releases,
            name,
            results,
            data=records.data,
            policy=policy,
            lineage=records.lineage,
            parameters={key: _as_choice(value) for key, value in {**defaults, **(parameters or {})}.items()},
            digests={
                "framework": self.framework.digest,
                "analysis": source_digest([found.source]),
                "sources": source_digest([self.sources.path]),
            },
            programme=found.programme,
        )


def open_project(folder: Path | str = ".") -> Project:
    """Open a project folder.

    Raises
    ------
    LvrnError
        When it lacks what a project has.
    """
    folder = Path(folder)
    # a register of published figures is only needed by who publishes figures
    missing = [name for name in TEMPLATE if name != PUBLISHED and not (folder / name).exists()]
    if missing:
        raise LvrnError(
            f"{folder} is not a project folder: it has no {', '.join(missing)}; lay one out with `lvrn-eval init DIR`",
        )
    return Project(folder)


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


def _load(path: Path) -> types.ModuleType:
    """Import a project's module under a name of its own."""
    spec = spec_from_file_location(f"lvrn_eval_analyses.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise AnalysisError(f"{path.name} is not a Python module that can be loaded")
    module = module_from_spec(spec)
    # type hints of the module are looked up by its name
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except LvrnError:
        raise
    except Exception as error:
        raise AnalysisError(f"analyses/{path.name} cannot be loaded: {type(error).__name__}: {error}") from error
    return module


def _read_as(kind: Any, text: str, what: str) -> Any:
    """Read text as an annotation says: text, whole number, number, true/false, date, or a list of texts."""
    options = [option for option in (typing.get_args(kind) or (kind,)) if option is not type(None)]
    readers: dict[Any, Callable[[str], Any]] = {
        str: str,
        int: int,
        float: float,
        bool: {"true": True, "false": False}.__getitem__,
        date: date.fromisoformat,
    }
    if typing.get_origin(kind) in {tuple, list, Sequence}:
        return tuple(item.strip() for item in text.split(","))
    reader = readers.get(options[0])
    if reader is None:
        raise AnalysisError(f"{what} cannot be given as text; call the analysis from Python")
    try:
        return reader(text)
    except (ValueError, KeyError):
        raise AnalysisError(f"{what} must be {_kind_name(options[0])}") from None


def _kind_name(kind: Any) -> str:
    return {int: "a whole number", float: "a number", bool: "true or false", date: "a day, as 2024-03-31"}.get(
        kind, "text"
    )


def _as_choice(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
