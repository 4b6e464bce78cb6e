"""The ``lvrn-eval`` command: parse, call, print.

Nothing heavy is imported before it is needed, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lvrn_eval.errors import LvrnError

if TYPE_CHECKING:
    from lvrn_eval.steps import Steps

UNPROTECTED = "It is not protected: keep it inside."

FURTHER = """
To look further, with any long text as the key, since nobody in this data exists:

    cd {folder}
    export LVRN_PSEUDONYM_KEY="a long text that is kept outside the project"
    lvrn-eval check ed_navigators   # another programme's records
    lvrn-eval map                   # what all records say of the outcomes
    lvrn-eval headlines             # every published figure, computed again"""
"""What the demo says at its end."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; 0 means it did what was asked."""
    options = parser().parse_args(arguments)
    if not hasattr(options, "call"):
        parser().print_help()
        return 0
    try:
        options.call(options)
    except LvrnError as error:
        print(f"lvrn-eval: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # whoever reads our output has read enough; Python would complain once more on closing it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("lvrn-eval: stopped", file=sys.stderr)
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command's parser."""
    top = argparse.ArgumentParser(
        prog="lvrn-eval",
        description="Evaluate violence reduction programmes, from raw records to a report.",
        epilog="Each command explains itself: lvrn-eval COMMAND --help.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")

    add = commands.add_parser("demo", help="go from made-up raw records to a rendered report in DIR")
    add.add_argument("folder", metavar="DIR", type=Path, help="a folder that does not exist yet, or an earlier demo")
    add.add_argument("--open", action="store_true", help="open the report in the browser when it is ready")
    add.set_defaults(call=_demo)

    add = commands.add_parser("init", help="lay out a new project folder")
    add.add_argument("folder", metavar="DIR", type=Path)
    add.set_defaults(call=_init)

    add = commands.add_parser("synthesise", help="make a synthetic Lancashire, as Parquet of any size")
    add.add_argument("folder", metavar="DIR", type=Path)
    add.add_argument("--people", type=_positive, default=10_000, help="how many people (default 10000)")
    add.add_argument("--seed", type=int, default=2024, help="same seed, same bytes (default 2024)")
    add.set_defaults(call=_synthesise)

    add = _in_project(commands, "check", "read and check a programme's records, and say everything that is wrong")
    add.add_argument("programme", metavar="PROGRAMME")
    add.add_argument("--csv", metavar="FILE", type=Path, help="write the data-quality report as one long table")
    add.add_argument("--html", metavar="FILE", type=Path, help="write it as a page that stands alone")
    add.set_defaults(call=_check)

    add = _in_project(commands, "map", "map programmes' records onto the outcomes framework, and show what they cover")
    add.add_argument("programmes", metavar="PROGRAMME", nargs="*", help="which (default: all)")
    add.add_argument("--csv", metavar="FILE", type=_new_file, help="write the observations")
    add.add_argument("--coverage", metavar="FILE", type=_new_file, help="write why each mark and each blank stands")
    add.set_defaults(call=_map)

    add = _in_project(commands, "headlines", "compute every published figure again, and say whether it holds")
    add.add_argument("--csv", metavar="FILE", type=_new_file, help="write the table")
    add.set_defaults(call=_headlines)

    add = _in_project(commands, "run", "run an analysis and write a release")
    _with_analysis(add)
    add.add_argument("--policy", default="strict", help="disclosure policy (default strict)")
    add.set_defaults(call=_run)

    add = _in_project(commands, "explain", "run an analysis and print every step of SQL that ran")
    _with_analysis(add)
    add.set_defaults(call=_explain)

    add = _in_project(commands, "report", "render a report from a release")
    add.add_argument("name", metavar="REPORT", help="the name of a .qmd in reports/")
    add.add_argument("--release", type=Path, help="the release's folder (default: the newest of the report's analysis)")
    add.add_argument("--engine", choices=("auto", "builtin", "quarto"), default="auto")
    add.add_argument("--output", type=Path, help="where the page goes (default: pages/ in the project)")
    add.set_defaults(call=_report)

    add = _in_project(commands, "framework", "check the outcomes framework and list its outcomes")
    add.set_defaults(call=_framework)
    compare = add.add_subparsers(title="comparing two versions", metavar="").add_parser(
        "diff", help="say what changed in meaning between two versions"
    )
    compare.add_argument("old", metavar="OLD", type=Path)
    compare.add_argument("new", metavar="NEW", type=Path)
    compare.set_defaults(call=_framework_diff)

    add = commands.add_parser("doctor", help="say what this machine has, and what is optional")
    add.set_defaults(call=_doctor)
    return top


class _Version(argparse.Action):
    """Print the version, looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from lvrn_eval import __version__

        print(f"lvrn-eval {__version__}")
        parser.exit()


def _in_project(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    add = commands.add_parser(name, help=text)
    add.add_argument("--project", metavar="DIR", type=Path, default=Path(), help="the project folder (default: here)")
    return add


def _with_analysis(add: argparse.ArgumentParser) -> None:
    add.add_argument("analysis", metavar="ANALYSIS", help="the name of an analysis in analyses/")
    add.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], help="a parameter of the analysis")


def _positive(text: str) -> int:
    number = int(text.replace("_", "").replace(",", ""))
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _new_file(text: str) -> Path:
    """Refuse a file in a folder that is not there, before long work is done for it."""
    path = Path(text)
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    return path


def _given(options: argparse.Namespace) -> dict[str, str]:
    from lvrn_eval.errors import AnalysisError

    pairs = [text.partition("=") for text in options.set]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise AnalysisError(f"--set takes NAME=VALUE; {', '.join(wrong)} has no '='")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _steps() -> Steps:
    from lvrn_eval.steps import Steps

    return Steps()


def _demo(options: argparse.Namespace) -> None:
    from lvrn_eval.demo import demo

    page = demo(options.folder, steps=_steps())
    print(f"\nThe report is ready: {page}")
    print(FURTHER.format(folder=shlex.quote(str(options.folder))))
    if options.open:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())


def _init(options: argparse.Namespace) -> None:
    from lvrn_eval.project import init_project

    project = init_project(options.folder)
    print(f"A new project is laid out in {project.folder}.")
    print("Next: put records where sources.yaml says, set the pseudonym key, and run `lvrn-eval check champions`.")


def _synthesise(options: argparse.Namespace) -> None:
    from lvrn_eval.records.synthetic import synthesise

    with _steps().step(f"making {options.people:,} people who do not exist") as tell:
        synthesise(options.folder, people=options.people, seed=options.seed, progress=tell)
    print(f"Written to {options.folder}. These people are made up; the data is synthetic.")


def _check(options: argparse.Namespace) -> None:
    from lvrn_eval.project import open_project
    from lvrn_eval.records.quality import quality_report

    project = open_project(options.project)
    with _steps().step(f"reading and checking {options.programme}") as tell:
        report = quality_report(project.sources, options.programme, progress=tell)
    if options.csv is not None:
        report.to_csv(options.csv)
    if options.html is not None:
        report.to_html(options.html)
    report.to_terminal()
    report.raise_errors(told=True)


def _map(options: argparse.Namespace) -> None:
    from lvrn_eval.framework.coverage import coverage
    from lvrn_eval.project import open_project
    from lvrn_eval.terminal import show_coverage, write_csv

    project = open_project(options.project)
    with _steps().step("reading and mapping the records") as tell:
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


def _headlines(options: argparse.Namespace) -> None:
    from lvrn_eval.framework.headlines import headlines
    from lvrn_eval.project import open_project
    from lvrn_eval.terminal import show_figures, write_csv

    project = open_project(options.project)
    published = project.published
    with _steps().step("reading and mapping the records") as tell:
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


def _run(options: argparse.Namespace) -> None:
    from lvrn_eval.project import open_project

    project, steps = open_project(options.project), _steps()
    found = project.analysis(options.analysis)
    parameters = found.parse(_given(options))
    with steps.step(f"reading and checking {found.programme}") as tell:
        records = project.records(found.programme, progress=tell)
    with steps.step(f"running {found.name}"):
        results = found(records, **parameters)
    with steps.step(f"writing the release under the policy {options.policy}"):
        path = project.release(found.name, results, records, parameters=parameters, policy=options.policy)
    print(path)


def _explain(options: argparse.Namespace) -> None:
    from lvrn_eval.project import open_project

    project = open_project(options.project)
    found = project.analysis(options.analysis)
    parameters = found.parse(_given(options))
    records = project.records(found.programme)
    found(records, **parameters)
    for number, step in enumerate(records.engine.ran, start=1):
        print(f"-- {number}. {step.name} -> {step.into}: {step.rows:,} rows in {step.seconds:.3f} s\n{step.sql};\n")


def _report(options: argparse.Namespace) -> None:
    from lvrn_eval.project import open_project
    from lvrn_eval.report.build import build_report

    project = open_project(options.project)
    with _steps().step(f"rendering {options.name}"):
        page = build_report(
            project.folder / "reports" / f"{options.name}.qmd",
            project.releases,
            options.output or project.folder / "pages",
            release=options.release,
            engine=options.engine,
        )
    print(page)


def _framework(options: argparse.Namespace) -> None:
    from lvrn_eval.project import open_project

    framework = open_project(options.project).framework
    for outcome in framework.outcomes:
        mark = "" if outcome.numbering == "attested" else " (number reconstructed)"
        print(f"{outcome.number}  {outcome.slug}{mark}")
    print(f"{len(framework.outcomes)} outcomes, {len(framework.indicators)} indicators; no faults.")


def _framework_diff(options: argparse.Namespace) -> None:
    from lvrn_eval.framework import load_framework
    from lvrn_eval.framework.diff import diff_frameworks

    print(diff_frameworks(load_framework(options.old), load_framework(options.new)))


def _doctor(_: argparse.Namespace) -> None:
    import shutil

    from lvrn_eval.release.manifest import versions

    for name, found in versions().items():
        print(f"{name:<14} {found}")
    optional = {"quarto": "renders reports instead of the built-in renderer", "chromium": "runs the browser tests"}
    for program, use in optional.items():
        print(f"{program:<14} {'found' if shutil.which(program) else 'not found'} (optional: {use})")


if __name__ == "__main__":
    sys.exit(main())
