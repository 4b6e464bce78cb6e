"""Releases of a project's analyses: written, planned beforehand, and verified by running the analysis again."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import LvrnError, ReleaseError
from lvrn_eval.project.folder import Project, is_project, open_project

if TYPE_CHECKING:
    from lvrn_eval.project.analyses import Analysis
    from lvrn_eval.records import Records
    from lvrn_eval.records.network import NetworkRecords
    from lvrn_eval.release import Release
    from lvrn_eval.release.plan import Plan
    from lvrn_eval.result import Choice, Result


def write(
    project: Project,
    found: Analysis,
    results: Sequence[Result],
    records: Records | NetworkRecords,
    *,
    choices: Mapping[str, Choice],
    policy: str,
    allow_difference: str | None,
    folder: Path,
) -> Path:
    """Write what an analysis returned as a release into ``folder``; see ``Project.release``."""
    from lvrn_eval.release import write_release
    from lvrn_eval.release.plan import held_against

    digests = _digests(project, found)
    return write_release(
        folder,
        found.name,
        results,
        data=records.data,
        policy=policy,
        policies=project.policies,
        lineage=records.lineage,
        parameters=choices,
        digests=digests,
        programme=found.programme,
        engine=records.dialect,
        plan=held_against(
            project.plan(found.name),
            results=results,
            parameters=choices,
            policy=policy,
            indicators=found.indicators,
            digests=digests,
        ),
        allow_difference=allow_difference,
    )


def lock(
    project: Project,
    name: str,
    *,
    parameters: Mapping[str, Any] | None = None,
    policy: str = "strict",
    primary: str | None = None,
    families: Mapping[str, Sequence[str]] | None = None,
    by: str | None = None,
    on: date | None = None,
    amend: str | None = None,
) -> Plan:
    """Lock the plan of an analysis in ``plans/``, or amend it; see ``Project.lock_plan``."""
    from lvrn_eval.release.plan import lock_plan
    from lvrn_eval.release.policy import choose
    from lvrn_eval.release.store import releases_of

    found = project.analysis(name)
    digests = _digests(project, found)
    content = {
        "analysis": name,
        "programme": found.programme,
        "indicators": list(found.indicators),
        "primary": primary,
        "families": {family: list(members) for family, members in (families or {}).items()},
        "parameters": found.choices(parameters),
        "policy": choose(policy, project.sources.data, project.policies).name,
        "digests": {"analysis": digests["analysis"], "framework": digests["framework"]},
        "releases_before": len(releases_of(project.releases, name)),
    }
    return lock_plan(
        project.plan_file(name),
        content,
        on=(on or date.today()).isoformat(),  # noqa: DTZ011 - the day where the person is who locks it
        by=by or _who(),
        amend=amend,
    )


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise ReleaseError("this machine does not say who you are; say it with `--by NAME`") from None


def verify(release: Path | str, project: Project | Path | str | None = None, *, key: bytes | None = None) -> Result:
    """Check every file of a release against its manifest, run its analysis again, and compare.

    Parameters
    ----------
    release
        The release's folder.
    project
        The project whose records and analysis are used; by default the one in the current folder, if it is one.
    key
        The pseudonym key; by default the environment variable that the sources name.

    Returns
    -------
    Result
        Named ``verification``. Its ``table`` has a row for each thing that differs: ``table``, ``row``, ``column``,
        ``released`` and ``computed``, protected values both. Its checks are ``files``; ``numbers``, which is None when
        they could not be computed again; and, when they could, ``inputs``, ``sources``, ``choices`` and ``versions``,
        which say what has changed since.

    Raises
    ------
    ReleaseError
        When a file was changed, added or removed: every such file is named.
    LvrnError
        When ``project`` is given and is not a project folder.
    """
    from lvrn_eval.release import open_release
    from lvrn_eval.release.verify import compared, files_only

    opened = open_release(release)
    if project is None:
        if not is_project(Path()):
            return files_only(opened, "this is not a project folder; `--project DIR` says which project it is of.")
        project = Path()
    if not isinstance(project, Project):
        project = open_project(project)
    try:
        with TemporaryDirectory() as folder:
            return compared(opened, open_release(_again(project, opened, Path(folder), key)))
    except LvrnError as error:
        return files_only(opened, error.summary if error.summary.endswith("?") else f"{error.summary}.")


def explained(project: Project, release: Release, *, key: bytes | None = None) -> Result:
    """Run a release's analysis again and return what its policy hides, and why; for those who may see the records."""
    from lvrn_eval.release.explain import explain
    from lvrn_eval.release.policy import choose

    _, _, results, records = _run_again(project, release, key)
    return explain(results, choose(release.manifest["policy"]["name"], records.data, project.policies))


def _again(project: Project, release: Release, folder: Path, key: bytes | None) -> Path:
    """Run a release's analysis again; return the release it gives now, in another folder."""
    found, parameters, results, records = _run_again(project, release, key)
    return write(
        project,
        found,
        results,
        records,
        choices=found.choices(parameters),
        policy=release.manifest["policy"]["name"],
        allow_difference=release.manifest["allowed_difference"],
        folder=folder,
    )


def _run_again(
    project: Project, release: Release, key: bytes | None
) -> tuple[Analysis, dict[str, Any], Sequence[Result], Records | NetworkRecords]:
    """Run a release's analysis with the parameters that it was run with."""
    found = project.analysis(release.manifest["analysis"])
    parameters = found.restore(release.manifest["parameters"])
    records = project.records_for(found, key=key)
    return found, parameters, found(records, **parameters), records


def _digests(project: Project, found: Analysis) -> dict[str, str]:
    from lvrn_eval.release.manifest import source_digest

    return {
        "framework": project.framework.digest,
        "analysis": source_digest([found.source]),
        "sources": source_digest([project.sources.path]),
    }
