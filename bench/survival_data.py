"""People, and their spells, for the bench of survival: the same for every tool, as plain arrays in files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

COVARIATES = tuple(f"x{number}" for number in range(1, 11))
FOUR_YEARS = 1461
SITES = 50
"""How many clusters; as many as a country has areas, not as many as people."""

Arrays = Mapping[str, np.ndarray[Any, Any]]
INTEGERS = frozenset({"time", "event", "cause", "group", "site", "person", "start", "stop", "again"})


def folder_for(root: Path, people: int) -> Path:
    """Make the data of so many people once; the same number is always the same files."""
    folder = root / f"survival-{people}"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(2024)
        covariates = rng.normal(size=(people, len(COVARIATES))) * 0.5
        covariates[:, ::3] = covariates[:, ::3] > 0
        risk = covariates @ np.linspace(-0.4, 0.4, len(COVARIATES))
        _write(folder, "people", _people(rng, risk, people) | dict(zip(COVARIATES, covariates.T, strict=True)))
        spells = _spells(rng, risk, people)
        constant = dict(zip(COVARIATES, covariates[spells["person"]].T, strict=True))
        _write(folder, "spells", spells | constant)
        (folder / "done").touch()
    return folder


def _people(rng: np.random.Generator, risk: Any, people: int) -> dict[str, Any]:
    """Draw whole days over four years, about 45% of them events, in nine groups; a third of the events compete."""
    group = rng.integers(0, 9, people)
    until = rng.exponential(1650 * (1 + group / 40) * np.exp(-risk))
    censored = rng.uniform(300, FOUR_YEARS, people)
    event = until <= censored
    return {
        "time": np.ceil(np.minimum(until, censored)).astype(np.int64),
        "event": event.astype(np.int64),
        "cause": np.where(event, 1 + (rng.random(people) < 1 / 3), 0),
        "group": group,
        "site": rng.integers(0, SITES, people),
    }


def _spells(rng: np.random.Generator, risk: Any, people: int) -> dict[str, Any]:
    """Draw start-stop rows: repeated events on whole days, and the stretch from the last of them to the end."""
    end = rng.integers(300, FOUR_YEARS + 1, people)
    number = rng.poisson(1.75 * np.exp(risk - np.var(risk) / 2))
    person = np.repeat(np.arange(people), number)
    on = np.floor(rng.random(person.size) * (end[person] - 1)).astype(np.int64) + 1
    # two events of a person on one day are one
    name = np.unique(person * (FOUR_YEARS + 1) + on)
    person = np.concatenate([name // (FOUR_YEARS + 1), np.arange(people)])
    stop = np.concatenate([name % (FOUR_YEARS + 1), end])
    again = np.concatenate([np.ones(name.size, np.int64), np.zeros(people, np.int64)])
    order = np.lexsort((stop, person))
    person, stop, again = person[order], stop[order], again[order]
    start = np.where(np.append(True, person[1:] != person[:-1]), 0, np.append(0, stop[:-1]))
    return {"person": person, "start": start, "stop": stop, "again": again}


def _write(folder: Path, name: str, columns: Arrays) -> None:
    for column, values in columns.items():
        kind = np.int32 if column in INTEGERS else np.float64
        values.astype(kind).tofile(folder / f"{name}.{column}")


def read(folder: Path, name: str) -> dict[str, Any]:
    """Return the columns of ``people`` or ``spells``, whole numbers as 64 bits."""
    columns = {}
    for path in sorted(folder.glob(f"{name}.*")):
        column = path.suffix[1:]
        kind = np.int32 if column in INTEGERS else np.float64
        values = np.fromfile(path, kind)
        columns[column] = values.astype(np.int64) if column in INTEGERS else values
    return columns
