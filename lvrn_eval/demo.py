"""The main job from end to end, on people who do not exist."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lvrn_eval.errors import LvrnError
from lvrn_eval.project import TEMPLATE, Project, init_project, open_project

if TYPE_CHECKING:
    from lvrn_eval.report.subset import Format
    from lvrn_eval.steps import Steps

KEY = b"not a secret: nobody in this data exists"
"""The demo's own key, in the open because it protects nobody; no other command has one."""

SEED = 2024
FORMATS: tuple[Format, ...] = ("html", "docx", "pdf")
REPORTS = {"champions_reoffending": "champions", "champions_time_to_event": "champions_time"}
"""The analyses, each with its report; the first one's page is the one to open."""


def demo(folder: Path, *, steps: Steps) -> Path:
    """Lay out a project, make synthetic records, evaluate Champions and render the reports.

    Parameters
    ----------
    folder
        A folder that does not exist or is empty, or one that an earlier demo made.
    steps
        Where progress is shown.

    Returns
    -------
    Path
        The first rendered page.

    Raises
    ------
    LvrnError
        When the folder holds something else.
    """
    from lvrn_eval.report.build import build_report

    project = _made_up(folder, steps)
    with steps.step("checking the outcomes framework"):
        analyses = [project.analysis(name) for name in REPORTS]
    with steps.step("reading, checking and mapping the records") as tell:
        records = project.records(analyses[0].programme, key=KEY, progress=tell)
    with steps.step("applying the eligibility rules, pre/post and survival"):
        results = {analysis.name: analysis(records) for analysis in analyses}
    with steps.step("writing the releases"):
        releases = {name: project.release(name, found, records) for name, found in results.items()}
    pages: list[Path] = []
    for name, release in releases.items():
        with steps.step(f"rendering the report {REPORTS[name]}"):
            source = project.folder / "reports" / f"{REPORTS[name]}.qmd"
            pages += build_report(source, project.releases, project.folder / "pages", release=release)
    return pages[0]


def everything(folder: Path, *, steps: Steps) -> Path:
    """Do what the demo does for every analysis of the project, and render every report in every format, as a site.

    Parameters
    ----------
    folder, steps
        As in ``demo``.

    Returns
    -------
    Path
        The first page of the site.

    Raises
    ------
    LvrnError
        When the folder holds something else.
    """
    from lvrn_eval.report.bundle.build import build_bundle
    from lvrn_eval.report.bundle.evaluation import ENDING
    from lvrn_eval.report.site import build_site

    project = _made_up(folder, steps)
    with steps.step("reading and checking the records of every programme") as tell:
        network = project.all_records(key=KEY, progress=tell)
    for name, analysis in project.analyses.items():
        with steps.step(f"running {name} and writing its release"):
            records = network.only(analysis.programmes)
            project.release(name, analysis(records), records)
    reports, releases = project.folder / "reports", project.releases
    with steps.step("rendering every report in every format") as tell:
        pages = build_site(reports, releases, project.folder / "pages", formats=FORMATS, progress=tell)
    for evaluation in sorted(reports.glob(f"*{ENDING}")):
        name = evaluation.name.removesuffix(ENDING)
        with steps.step(f"putting together the bundle of {name}") as tell:
            build_bundle(name, reports, releases, project.folder / "bundles", formats=FORMATS, progress=tell)
    return pages[0]


def _made_up(folder: Path, steps: Steps) -> Project:
    """Return a project with the messy exports of a synthetic Lancashire."""
    from lvrn_eval.records.synthetic import write_lancashire

    with steps.step("laying out a project folder"):
        project = _project(folder)
    with steps.step("making a synthetic Lancashire with messy exports of every programme"):
        write_lancashire(project.folder / "data", seed=SEED)
    return project


def _project(folder: Path) -> Project:
    if folder.exists() and any(folder.iterdir()):
        if not all((folder / name).exists() for name in TEMPLATE):
            raise LvrnError(f"{folder} holds something that is not a demo; choose a folder that does not exist yet")
        return open_project(folder)
    return init_project(folder)
