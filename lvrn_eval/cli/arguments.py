"""The command line: its commands, their arguments, and which function does each."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

from lvrn_eval.cli import projects, records, releases

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no other name


def parser() -> argparse.ArgumentParser:
    """Return the command's parser."""
    top = argparse.ArgumentParser(
        prog="lvrn-eval",
        description="Evaluate violence reduction programmes, from raw records to a report.",
        epilog="Each command explains itself: lvrn-eval COMMAND --help.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    _about_projects(commands)
    _about_records(commands)
    _about_releases(commands)
    _about_the_rest(commands)
    return top


def _about_projects(commands: Commands) -> None:
    add = commands.add_parser("demo", help="go from made-up raw records to a rendered report in DIR")
    add.add_argument("folder", metavar="DIR", type=Path, help="a folder that does not exist yet, or an earlier demo")
    add.add_argument("--all", action="store_true", help="run every analysis, and render every report in every format")
    add.add_argument("--open", action="store_true", help="open the report in the browser when it is ready")
    add.set_defaults(call=projects.make_demo)

    add = commands.add_parser("init", help="lay out a new project folder")
    add.add_argument("folder", metavar="DIR", type=Path)
    add.set_defaults(call=projects.lay_out)

    add = commands.add_parser("synthesise", help="make a synthetic Lancashire, as Parquet of any size")
    add.add_argument("folder", metavar="DIR", type=Path)
    add.add_argument("--people", type=_positive, default=10_000, help="how many people (default 10000)")
    add.add_argument("--seed", type=int, default=2024, help="same seed, same bytes (default 2024)")
    add.set_defaults(call=records.make_synthetic)


def _about_records(commands: Commands) -> None:
    add = _in_project(commands, "check", "read and check a programme's records, and say everything that is wrong")
    add.add_argument("programme", metavar="PROGRAMME")
    add.add_argument("--csv", metavar="FILE", type=Path, help="write the data-quality report as one long table")
    add.add_argument("--html", metavar="FILE", type=Path, help="write it as a page that stands alone")
    add.set_defaults(call=records.check_programme)

    add = _in_project(commands, "map", "map programmes' records onto the outcomes framework, and show what they cover")
    add.add_argument("programmes", metavar="PROGRAMME", nargs="*", help="which (default: all)")
    add.add_argument("--csv", metavar="FILE", type=_new_file, help="write the observations")
    add.add_argument("--coverage", metavar="FILE", type=_new_file, help="write why each mark and each blank stands")
    add.set_defaults(call=records.map_programmes)

    add = _in_project(commands, "headlines", "compute every published figure again, and say whether it holds")
    add.add_argument("--csv", metavar="FILE", type=_new_file, help="write the table")
    add.set_defaults(call=records.judge_headlines)


def _about_releases(commands: Commands) -> None:
    add = _in_project(commands, "run", "run an analysis and write a release")
    _with_analysis(add)
    _with_policy(add)
    add.add_argument(
        "--allow-difference",
        metavar="REASON",
        help="write it although its difference from an earlier release tells of few people; the reason is recorded",
    )
    add.set_defaults(call=releases.run_analysis)

    add = _in_project(commands, "explain", "run an analysis and print every step of SQL that ran")
    _with_analysis(add)
    add.set_defaults(call=releases.explain_analysis)

    add = commands.add_parser("plan", help="lock an analysis's plan before its numbers are seen, or show it")
    _plan(add)

    add = _in_project(commands, "release", "list the releases of an analysis, and what is hidden in the newest")
    add.add_argument("analysis", metavar="ANALYSIS", help="the name of an analysis in analyses/")
    add.add_argument("--explain", action="store_true", help="run it again, and say what the newest hides and why")
    add.set_defaults(call=releases.list_releases)

    add = commands.add_parser("verify", help="check a release's files, run its analysis again, and compare")
    add.add_argument("release", metavar="RELEASE_DIR", type=Path, help="the release's folder")
    add.add_argument(
        "--project", metavar="DIR", type=Path, help="the project it is of (default: here, when this is one)"
    )
    add.set_defaults(call=releases.verify_release)


def _about_the_rest(commands: Commands) -> None:
    add = _in_project(commands, "report", "render a report from a release")
    _with_report(add)
    _with_pages(add, default="html", where="pages")
    add.set_defaults(call=releases.render_report)

    add = _in_project(commands, "bundle", "put together a report, its plan, logs, checklists and tables in one folder")
    _with_report(add)
    _with_pages(add, default="html,docx,pdf", where="bundles")
    add.set_defaults(call=releases.put_together)

    add = _in_project(commands, "site", "render the reports as the pages of one site")
    add.add_argument("reports", metavar="REPORT", nargs="*", help="which (default: all in reports/)")
    _with_pages(add, default="html", where="pages")
    add.set_defaults(call=releases.render_site)

    add = _in_project(commands, "framework", "check the outcomes framework and list its outcomes")
    add.set_defaults(call=records.list_framework)
    compare = add.add_subparsers(title="comparing two versions", metavar="").add_parser(
        "diff", help="say what changed in meaning between two versions"
    )
    compare.add_argument("old", metavar="OLD", type=Path)
    compare.add_argument("new", metavar="NEW", type=Path)
    compare.set_defaults(call=records.compare_frameworks)

    add = commands.add_parser("doctor", help="say what this machine has, and what is optional")
    add.set_defaults(call=projects.describe_machine)


def _with_report(add: argparse.ArgumentParser) -> None:
    add.add_argument("name", metavar="REPORT", help="the name of a .qmd in reports/")
    add.add_argument("--release", type=Path, help="the release's folder (default: the newest of the report's analysis)")


def _with_pages(add: argparse.ArgumentParser, *, default: str, where: str) -> None:
    add.add_argument(
        "--to",
        metavar="FORMATS",
        type=_names,
        default=_names(default),
        help=f"any of html,docx,pdf (default: {default})",
    )
    add.add_argument(
        "--audience", choices=("arc", "public"), default="arc", help="whom the pages are for (default: arc)"
    )
    add.add_argument("--engine", choices=("auto", "builtin", "quarto"), default="auto")
    add.add_argument("--output", type=Path, help=f"where they go (default: {where}/ in the project)")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


class _Version(argparse.Action):
    """Print the version, looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from lvrn_eval import __version__

        print(f"lvrn-eval {__version__}")
        parser.exit()


def _in_project(commands: Commands, name: str, text: str) -> argparse.ArgumentParser:
    add = commands.add_parser(name, help=text)
    add.add_argument("--project", metavar="DIR", type=Path, default=Path(), help="the project folder (default: here)")
    return add


def _plan(add: argparse.ArgumentParser) -> None:
    """Add what can be done with a plan; without either word, nothing is."""
    add.set_defaults(call=lambda _: add.print_help())
    actions = add.add_subparsers(title="what to do", metavar="")
    lock = _in_project(actions, "lock", "write the plan to plans/; an existing one is only ever amended")
    _with_analysis(lock)
    _with_policy(lock)
    lock.add_argument("--primary", metavar="OUTCOME", help="the primary outcome: a result, or RESULT:TERM")
    lock.add_argument(
        "--family",
        metavar="NAME=OUTCOMES",
        action="append",
        default=[],
        help="outcomes that are judged together, with commas between them",
    )
    lock.add_argument("--by", metavar="NAME", help="who locks it (default: your name on this machine)")
    lock.add_argument("--amend", metavar="REASON", help="put a new version after the plan that is there")
    lock.set_defaults(call=releases.lock_plan)
    show = _in_project(actions, "show", "print the plan, with every amendment")
    show.add_argument("analysis", metavar="ANALYSIS")
    show.set_defaults(call=releases.show_plan)


def _with_policy(add: argparse.ArgumentParser) -> None:
    add.add_argument("--policy", default="strict", help="disclosure policy (default strict)")


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
