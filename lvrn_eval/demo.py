"""The main job from end to end, on people who do not exist."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lvrn_eval.errors import LvrnError
from lvrn_eval.project import TEMPLATE, Project, init_project, open_project

if TYPE_CHECKING:
    from lvrn_eval.steps import Steps

KEY = b"not a secret: nobody in this data exists"
"""The demo's own key, in the open because it protects nobody; no other command has one."""

SEED = 2024
ANALYSIS = "champions_reoffending"
REPORT = "champions"


def demo(folder: Path, *, steps: Steps) -> Path:
    """Lay out a project, make synthetic records, evaluate Champions and render the report.

    Parameters
    ----------
    folder
        A folder that does not exist or is empty, or one that an earlier demo made.
    steps
        Where progress is shown.

    Returns
    -------
    Path
        The rendered page.

    Raises
    ------
    LvrnError
        When the folder holds something else.
    """
    from lvrn_eval.records.synthetic import write_exports
    from lvrn_eval.report.build import build_report

    with steps.step("laying out a project folder"):
        project = _project(folder)
    with steps.step("making a synthetic Lancashire with messy Champions exports"):
        write_exports(project.folder / "data" / "champions", seed=SEED)
    with steps.step("checking the outcomes framework"):
        found = project.analysis(ANALYSIS)
    with steps.step("reading, checking and mapping the records") as tell:
        records = project.records(found.programme, key=KEY, progress=tell)
    with steps.step("applying the eligibility rules, pre/post and survival"):
        results = found(records)
    with steps.step("writing the release"):
        release = project.release(ANALYSIS, results, records)
    with steps.step("rendering the report"):
        return build_report(
            project.folder / "reports" / f"{REPORT}.qmd",
            project.releases,
            project.folder / "pages",
            release=release,
        )


def _project(folder: Path) -> Project:
    if folder.exists() and any(folder.iterdir()):
        if not all((folder / name).exists() for name in TEMPLATE):
            raise LvrnError(f"{folder} holds something that is not a demo; choose a folder that does not exist yet")
        return open_project(folder)
    return init_project(folder)
