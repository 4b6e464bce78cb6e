"""Commands about records and the outcomes framework."""

from __future__ import annotations

import argparse

from lvrn_eval.cli.shared import progress

UNPROTECTED = "It is not protected: keep it inside."


def make_synthetic(options: argparse.Namespace) -> None:
    """Make a synthetic Lancashire."""
    from lvrn_eval.records.synthetic import synthesise

    with progress().step(f"making {options.people:,} people who do not exist") as tell:
        synthesise(options.folder, people=options.people, seed=options.seed, progress=tell)
    print(f"Written to {options.folder}. These people are made up; the data is synthetic.")


def check_programme(options: argparse.Namespace) -> None:
    """Read and check a programme's records, and tell of them."""
    from lvrn_eval.project import open_project
    from lvrn_eval.records.quality import quality_report

    project = open_project(options.project)
    with progress().step(f"reading and checking {options.programme}") as tell:
        report = quality_report(project.sources, options.programme, progress=tell)
    if options.csv is not None:
        report.to_csv(options.csv)
    if options.html is not None:
        report.to_html(options.html)
    report.to_terminal()
    report.raise_errors(told=True)


def map_programmes(options: argparse.Namespace) -> None:
    """Map programmes' records onto the outcomes framework, and show the grid."""
    from lvrn_eval.framework.coverage import coverage
    from lvrn_eval.project import open_project
    from lvrn_eval.terminal import show_coverage, write_csv

    project = open_project(options.project)
    with progress().step("reading and mapping the records") as tell:
        observations = project.map(options.programmes, progress=tell)
    covered = coverage(project.framework, observations)
    asked = covered.table[covered.table["programme"].isin(options.programmes or covered.table["programme"])]
    show_coverage(asked, covered.title)
    if not options.programmes:
        for sentence in covered.text:
            print(sentence)
    if options.coverage:
        write_csv(asked, options.coverage)
        print(f"Why each mark and each blank stands is in {options.coverage}.")
    if options.csv:
        write_csv(observations.table, options.csv)
        print(f"{len(observations.table):,} observations are in {options.csv}. {UNPROTECTED}")


def judge_headlines(options: argparse.Namespace) -> None:
    """Compute every published figure again."""
    from lvrn_eval.framework.headlines import headlines
    from lvrn_eval.project import open_project
    from lvrn_eval.terminal import show_figures, write_csv

    project = open_project(options.project)
    published = project.published
    with progress().step("reading and mapping the records") as tell:
        observations = project.map(progress=tell)
    result = headlines(published, observations)
    show_figures(result.table, result.title)
    print()
    for sentence in result.text:
        print(sentence)
    if failed := [check.text for check in result.checks if check.passed is False]:
        print(*failed, sep="\n")
    if options.csv:
        write_csv(result.table, options.csv)
        print(f"The table is in {options.csv}. {UNPROTECTED}")


def list_framework(options: argparse.Namespace) -> None:
    """List the outcomes of a framework that has no faults."""
    from lvrn_eval.project import open_project

    framework = open_project(options.project).framework
    for outcome in framework.outcomes:
        mark = "" if outcome.numbering == "attested" else " (number reconstructed)"
        print(f"{outcome.number}  {outcome.slug}{mark}")
    print(f"{len(framework.outcomes)} outcomes, {len(framework.indicators)} indicators; no faults.")


def compare_frameworks(options: argparse.Namespace) -> None:
    """Say what changed in meaning between two frameworks."""
    from lvrn_eval.framework import load_framework
    from lvrn_eval.framework.diff import diff_frameworks

    print(diff_frameworks(load_framework(options.old), load_framework(options.new)))
