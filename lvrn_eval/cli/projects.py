"""Commands about a whole project, and about the machine."""

from __future__ import annotations

import argparse
import shlex

from lvrn_eval.cli.shared import progress

FURTHER = """
To look further, with any long text as the key, since nobody in this data exists:

    cd {folder}
    export LVRN_PSEUDONYM_KEY="a long text that is kept outside the project"
    lvrn-eval check ed_navigators   # another programme's records
    lvrn-eval map                   # what all records say of the outcomes
    lvrn-eval headlines             # every published figure, computed again"""
"""What the demo says at its end."""


def make_demo(options: argparse.Namespace) -> None:
    """Go from made-up raw records to a rendered report."""
    from lvrn_eval.demo import demo, everything

    page = (everything if options.all else demo)(options.folder, steps=progress())
    print(f"\nThe report is ready: {page}")
    print(FURTHER.format(folder=shlex.quote(str(options.folder))))
    if options.open:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())


def lay_out(options: argparse.Namespace) -> None:
    """Lay out a new project folder."""
    from lvrn_eval.project import init_project

    project = init_project(options.folder)
    print(f"A new project is laid out in {project.folder}.")
    print("Next: put records where sources.yaml says, set the pseudonym key, and run `lvrn-eval check champions`.")


def describe_machine(_: argparse.Namespace) -> None:
    """Say which versions and optional programs there are."""
    import shutil

    from lvrn_eval.release.manifest import versions

    for name, found in versions().items():
        print(f"{name:<14} {found}")
    optional = {"quarto": "renders reports instead of the built-in renderer", "chromium": "runs the browser tests"}
    for program, use in optional.items():
        print(f"{program:<14} {'found' if shutil.which(program) else 'not found'} (optional: {use})")
