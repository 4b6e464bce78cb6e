"""Commands about analyses, their plans, releases and reports."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from lvrn_eval.cli.shared import named, progress

if TYPE_CHECKING:
    from lvrn_eval.release import Release

FILES_ONLY = 10
"""The exit code of `verify` when the files are as they were written, and the numbers could not be computed again."""


def run_analysis(options: argparse.Namespace) -> None:
    """Run an analysis and write its release."""
    from lvrn_eval.project import open_project
    from lvrn_eval.release import open_release

    project, steps = open_project(options.project), progress()
    found = project.analysis(options.analysis)
    parameters = found.parse(named(options.set, "--set"))
    with steps.step(f"reading and checking {found.programme}") as tell:
        records = project.records_for(found, progress=tell)
    with steps.step(f"running {found.name}"):
        results = found(records, **parameters)
    with steps.step(f"writing the release under the policy {options.policy}"):
        path = project.release(
            found.name,
            results,
            records,
            parameters=parameters,
            policy=options.policy,
            allow_difference=options.allow_difference,
        )
    print(path)
    _tell_deviations(open_release(path))


def explain_analysis(options: argparse.Namespace) -> None:
    """Run an analysis and print its steps of SQL."""
    from lvrn_eval.project import open_project

    project = open_project(options.project)
    found = project.analysis(options.analysis)
    parameters = found.parse(named(options.set, "--set"))
    records = project.records_for(found)
    found(records, **parameters)
    for number, step in enumerate(records.ran, start=1):
        print(f"-- {number}. {step.name} -> {step.into}: {step.rows:,} rows in {step.seconds:.3f} s\n{step.sql};\n")


def lock_plan(options: argparse.Namespace) -> None:
    """Lock the plan of an analysis, or amend it."""
    from lvrn_eval.project import open_project

    project = open_project(options.project)
    families = named(options.family, "--family")
    plan = project.lock_plan(
        options.analysis,
        parameters=project.analysis(options.analysis).parse(named(options.set, "--set")),
        policy=options.policy,
        primary=options.primary,
        families={name: [member.strip() for member in text.split(",")] for name, text in families.items()},
        by=options.by,
        amend=options.amend,
    )
    print(f"{project.plan_file(options.analysis)}: version {len(plan.versions)}, digest {plan.current['digest']}")


def show_plan(options: argparse.Namespace) -> None:
    """Print the plan of an analysis, and its amendments."""
    from lvrn_eval.errors import ReleaseError
    from lvrn_eval.project import open_project

    project = open_project(options.project)
    name = project.analysis(options.analysis).name
    plan = project.plan(name)
    if plan is None:
        raise ReleaseError(f"there is no plan of {name!r}; lock one with `lvrn-eval plan lock {name}`")
    print("\n".join(plan.lines()))


def list_releases(options: argparse.Namespace) -> None:
    """Print the releases of an analysis, the newest first; or what is hidden in the newest, and why."""
    from lvrn_eval.project import open_project
    from lvrn_eval.project.releasing import explained
    from lvrn_eval.release.store import latest_release, open_release, releases_of
    from lvrn_eval.terminal import show_frame

    project = open_project(options.project)
    name = project.analysis(options.analysis).name
    newest = open_release(latest_release(project.releases, name))
    if options.explain:
        with progress().step(f"running {name} again"):
            found = explained(project, newest)
        show_frame(found.table, found.title)
        print(*found.text, sep="\n")
        return
    for path in reversed(releases_of(project.releases, name)):
        manifest = open_release(path).manifest
        print(f"{path}, made at {manifest['created_at'][:16]} under the policy {manifest['policy']['name']}")
    _tell_deviations(newest)


def _tell_deviations(release: Release) -> None:
    """Say on the standard error how a release deviates from its plan, so that what is printed stays a list of paths."""
    for deviation in release.deviations:
        print(f"Deviates from its plan: {deviation}", file=sys.stderr)


def verify_release(options: argparse.Namespace) -> int:
    """Print whether a release is as it was written and its numbers come out again; return an exit code that says so."""
    from lvrn_eval.errors import ReleaseError
    from lvrn_eval.project import verify

    with progress().step(f"verifying {options.release.name}"):
        found = verify(options.release, options.project)
    print(found.title)
    for sentence in found.text:
        print(sentence)
    for table, row, column, released, computed in found.table.itertuples(index=False, name=None):
        where = ", ".join(part for part in (table, row, column) if part)
        print(f"  {where}: released {released}, computed {computed}")
    numbers = found.check("numbers").passed
    return FILES_ONLY if numbers is None else 0 if numbers else ReleaseError.exit_code


def render_report(options: argparse.Namespace) -> None:
    """Render a report from a release."""
    from lvrn_eval.project import open_project
    from lvrn_eval.report.build import build_report

    project = open_project(options.project)
    with progress().step(f"rendering {options.name}"):
        pages = build_report(
            project.folder / "reports" / f"{options.name}.qmd",
            project.releases,
            options.output or project.folder / "pages",
            formats=options.to,
            audience=options.audience,
            release=options.release,
            engine=options.engine,
        )
    print(*pages, sep="\n")


def put_together(options: argparse.Namespace) -> None:
    """Put a report and everything that belongs to it into one folder."""
    from lvrn_eval.project import open_project
    from lvrn_eval.report.bundle.build import build_bundle

    project = open_project(options.project)
    with progress().step(f"putting together the bundle of {options.name}") as tell:
        folder = build_bundle(
            options.name,
            project.folder / "reports",
            project.releases,
            options.output or project.folder / "bundles",
            formats=options.to,
            audience=options.audience,
            release=options.release,
            engine=options.engine,
            progress=tell,
        )
    print(folder)


def render_site(options: argparse.Namespace) -> None:
    """Render the reports as the pages of one site."""
    from lvrn_eval.project import open_project
    from lvrn_eval.report.site import build_site

    project = open_project(options.project)
    with progress().step("rendering the site") as tell:
        pages = build_site(
            project.folder / "reports",
            project.releases,
            options.output or project.folder / "pages",
            only=options.reports or None,
            formats=options.to,
            audience=options.audience,
            engine=options.engine,
            progress=tell,
        )
    print(*pages, sep="\n")
