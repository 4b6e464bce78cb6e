"""The synthetic network, written, read and mapped once for all tests that look at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lvrn_eval.framework.mapping import map_outcomes
from lvrn_eval.framework.observations import Observations
from lvrn_eval.project import Project, init_project
from lvrn_eval.records import Records
from lvrn_eval.records.synthetic import write_lancashire

if TYPE_CHECKING:
    import pytest

KEY = b"a key that is long enough for tests"
SEED = 2024


@dataclass(frozen=True)
class World:
    """A project with the exports of all programmes, its records, and what they give."""

    project: Project
    records: dict[str, Records]
    observations: Observations

    @property
    def data(self) -> Path:
        """The folder of the exports."""
        return self.project.folder / "data"


_MADE: dict[int, World] = {}


def network(folders: pytest.TempPathFactory, seed: int = SEED) -> World:
    """Return the network of a seed, made when it is first asked for."""
    if seed not in _MADE:
        project = init_project(folders.mktemp("network") / "project")
        write_lancashire(project.folder / "data", seed=seed)
        records = project.all_records(key=KEY)
        _MADE[seed] = World(project, records, map_outcomes(records, project.framework))
    return _MADE[seed]
