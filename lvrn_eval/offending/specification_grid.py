"""The declared choices of a specification curve: read, refused where they are none, and combined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from lvrn_eval.cohort.windows import ANCHORS, AS_AFTER, read_washout, read_window
from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.offending.study import INCOMPLETE, Anchor, Incomplete, _anchor_faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Required

    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.result import Choice

CustodyRule = Literal["taken out", "ignored"]
CUSTODY: tuple[CustodyRule, ...] = ("taken out", "ignored")

MOST = 500
"""No grid makes more specifications: they could neither be drawn nor read."""

PAIR = 2


class Grid(TypedDict, total=False):
    """The choices that are varied; one that is not named keeps the default of ``pre_post``."""

    kinds: Required[Mapping[str, Sequence[str]]]
    window: Sequence[str | tuple[str, str]]
    anchors: Sequence[tuple[Anchor, Anchor]]
    washout: Sequence[str]
    custody: Sequence[CustodyRule]
    incomplete: Sequence[Incomplete]


@dataclass(frozen=True)
class Option:
    """One value of one choice: what it is called, and the arguments of ``pre_post`` it stands for."""

    label: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Specification:
    """One value of every choice, numbered in the order declared: the first is the main one."""

    number: int
    options: Mapping[str, Option]

    @property
    def main(self) -> bool:
        """Whether it is the one the evaluation is about."""
        return self.number == 1

    @property
    def labels(self) -> dict[str, str]:
        """What is chosen, by the name of the choice."""
        return {name: option.label for name, option in self.options.items()}

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of ``pre_post`` it stands for."""
        return {name: value for option in self.options.values() for name, value in option.arguments.items()}


Options = dict[str, tuple[Option, ...]]


def read_grid(grid: Grid, custody: Table | Frame | None) -> Options:
    """Return the options of every choice, in the order they were declared.

    Raises
    ------
    AnalysisError
        Listing everything that is no choice.
    """
    faults: list[Fault] = []
    usual = {
        "window": ["all"],
        "anchors": [("first_contact", "last_contact")],
        "washout": ["0 days"],
        "custody": [CUSTODY[0 if custody is not None else 1]],
        "incomplete": ["drop"],
    }
    readers: dict[str, Callable[[Any], Option | list[Fault]]] = {
        "window": _window,
        "anchors": _anchors,
        "washout": _washout,
        "custody": partial(_custody, custody),
        "incomplete": _incomplete,
    }
    given: Mapping[str, Any] = grid if isinstance(grid, Mapping) else {}
    known = ["kinds", *readers]
    strange = [name for name in given if name not in known]
    faults += [Fault(f"grid[{name!r}]", "is not a choice", suggestion(str(name), known)) for name in strange]
    options = {"kinds": _kinds(given.get("kinds"), faults)}
    for name, read in readers.items():
        options[name] = _read(f"grid[{name!r}]", given.get(name, usual[name]), read, faults)
    number = prod(map(len, options.values()))
    if number > MOST:
        faults.append(Fault("grid", f"makes {number:,} specifications, where {MOST} are the most", "vary fewer"))
    if faults:
        raise AnalysisError("the question cannot be answered as asked", faults)
    return options


def specifications(options: Options) -> list[Specification]:
    """Return every combination, the main one first."""
    combined = product(*options.values())
    return [Specification(number, dict(zip(options, one, strict=True))) for number, one in enumerate(combined, start=1)]


def declared(options: Options) -> dict[str, Choice]:
    """Return the grid as it is echoed in the method."""
    echoed: dict[str, Choice] = {name: [option.label for option in values] for name, values in options.items()}
    return {**echoed, "kinds": {option.label: list(option.arguments["kinds"]) for option in options["kinds"]}}


def _kinds(given: object, faults: list[Fault]) -> tuple[Option, ...]:
    where, fix = "grid['kinds']", 'write {"Suspect": ["suspect"]}: a name, and the kinds of event it stands for'
    if not isinstance(given, Mapping) or not given:
        faults.append(Fault(where, "names no set of kinds of event", fix))
        return ()
    wrong = [
        name
        for name, kinds in given.items()
        if isinstance(kinds, str) or not kinds or not all(isinstance(kind, str) for kind in kinds)
    ]
    faults += [Fault(f"{where}[{name!r}]", "is not a list of kinds of event", fix) for name in wrong]
    return tuple(Option(str(name), {"kinds": kinds}) for name, kinds in given.items())


def _read(
    where: str, given: object, read: Callable[[Any], Option | list[Fault]], faults: list[Fault]
) -> tuple[Option, ...]:
    """Return the options of a choice, with a fault for each value that is none."""
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        faults.append(Fault(where, "is not a list with at least one value", "write the values in a list"))
        return ()
    options: dict[str, Option] = {}
    for value in given:
        found = read(value)
        if isinstance(found, list):
            faults += [replace(fault, where=where) for fault in dict.fromkeys(found)]
        elif found.label in options:
            faults.append(Fault(where, f"{found.label!r} stands there twice", "name every value once"))
        else:
            options[found.label] = found
    return tuple(options.values())


def _window(value: Any) -> Option | list[Fault]:
    before, after = (value, value) if isinstance(value, str) or len(value) != PAIR else value
    asked = [
        window for window, free in ((before, before == AS_AFTER and after != AS_AFTER), (after, False)) if not free
    ]
    wrong = [found for window in asked if isinstance(found := read_window(window, "window"), Fault)]
    label = before if before == after else f"{before} before, {after} after"
    return wrong or Option(label, {"before": before, "after": after})


def _anchors(value: Any) -> Option | list[Fault]:
    if isinstance(value, str) or len(value) != PAIR:
        return [Fault("", f"{value!r} is not a pair of anchors", 'write ("first_contact", "last_contact")')]
    if wrong := list(_anchor_faults(*value)):
        return wrong
    before, after = (ANCHORS[name].removeprefix("the ") for name in value)
    label = before if before == after else f"{before} to {after}"
    return Option(label, {"before_anchor": value[0], "after_anchor": value[1]})


def _washout(value: Any) -> Option | list[Fault]:
    found = read_washout(value)
    return [found] if isinstance(found, Fault) else Option(value, {"washout": value})


def _custody(custody: Table | Frame | None, value: Any) -> Option | list[Fault]:
    if wrong := list(_one_of(CUSTODY, value)):
        return wrong
    if value == CUSTODY[0] and custody is None:
        return [Fault("", "no custody records were given, so nothing can be taken out", "give custody=")]
    return Option(value, {"custody": custody if value == CUSTODY[0] else None})


def _incomplete(value: Any) -> Option | list[Fault]:
    return list(_one_of(INCOMPLETE, value)) or Option(value, {"incomplete": value})


def _one_of(known: Sequence[str], value: Any) -> Iterator[Fault]:
    if value not in known:
        yield Fault("", f"{value!r} is not a rule", suggestion(str(value), known))
