"""Analyses: functions in ``analyses/`` that answer one evaluation question each, found by name."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import AnalysisError, LvrnError, suggestion

if TYPE_CHECKING:
    from lvrn_eval.records import Records
    from lvrn_eval.records.network import NetworkRecords
    from lvrn_eval.result import Choice, Result


@dataclass(frozen=True)
class Analysis:
    """A function that answers one evaluation question, and what it speaks to.

    Parameters
    ----------
    name
        Its slug: the function's name.
    programmes
        Whose records it takes; none means every programme's.
    indicators
        The framework's indicators it speaks to.
    function
        Takes the records and named, typed parameters; returns Results. An analysis of one programme takes its
        ``Records``, any other a ``NetworkRecords``, from programme to records.
    """

    name: str
    programmes: tuple[str, ...]
    indicators: tuple[str, ...]
    function: Callable[..., Sequence[Result]]

    def __call__(self, records: Records | NetworkRecords, **parameters: Any) -> Sequence[Result]:
        """Run the function."""
        return self.function(records, **parameters)

    @property
    def programme(self) -> str:
        """Whose records it takes, in words."""
        return ", ".join(self.programmes) or "all programmes"

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
            self._refuse_unknown(name)
            parsed[name] = _read_as(kinds[name], text, f"{self.name}: {name}")
        return parsed

    def choices(self, given: Mapping[str, Any] | None = None) -> dict[str, Choice]:
        """Return the value of every parameter, those ``given`` and the defaults of the others, as JSON can say it."""
        defaults = {name: parameter.default for name, parameter in self.parameters.items()}
        return {name: _as_choice(value) for name, value in {**defaults, **(given or {})}.items()}

    def restore(self, choices: Mapping[str, Choice]) -> dict[str, Any]:
        """Return the parameters that ``choices`` were made of.

        Raises
        ------
        AnalysisError
            When the analysis no longer has one of them.
        """
        kinds = typing.get_type_hints(self.function)
        for name in choices:
            self._refuse_unknown(name)
        return {name: _from_choice(kinds[name], value) for name, value in choices.items()}

    def _refuse_unknown(self, name: str) -> None:
        if name not in self.parameters:
            raise AnalysisError(f"{self.name} has no parameter {name!r}; {suggestion(name, self.parameters)}")


def analysis(
    *,
    programme: str | Sequence[str] | None,
    indicators: Iterable[str],
) -> Callable[[Callable[..., Sequence[Result]]], Analysis]:
    """Mark a function in ``analyses/`` as an analysis that the command finds by name.

    Parameters
    ----------
    programme
        Whose records it takes: one programme, several, or None for every programme.
    indicators
        The framework's indicators it speaks to.
    """
    programmes = (programme,) if isinstance(programme, str) else tuple(programme or ())

    def mark(function: Callable[..., Sequence[Result]]) -> Analysis:
        return Analysis(function.__name__, programmes, tuple(indicators), function)

    return mark


def load_module(path: Path) -> types.ModuleType:
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
    options = _options(kind)
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


def _from_choice(kind: Any, choice: Choice) -> Any:
    if isinstance(choice, list):
        return tuple(choice)
    return date.fromisoformat(choice) if isinstance(choice, str) and date in _options(kind) else choice


def _options(kind: Any) -> list[Any]:
    """Return what an annotation allows, but for None."""
    return [option for option in (typing.get_args(kind) or (kind,)) if option is not type(None)]
