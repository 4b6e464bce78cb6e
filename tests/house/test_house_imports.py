"""`lvrn-eval --help` answers at once because nothing heavy is imported for it. Imports are counted, never timed."""

import subprocess
import sys

import pytest

HEAVY = (
    "duckdb", "formulaic", "jsonschema", "lifelines", "matplotlib", "nbclient", "numpy", "pandas", "pingouin",
    "pyarrow", "pypandoc", "ruamel", "scipy", "sqlglot", "statsmodels",
)  # fmt: skip


def imported_by(code):
    """Return the heavy modules that are loaded once `code` ran in a fresh interpreter."""
    script = f"import sys\n{code}\nprint(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("module", ["lvrn_eval", "lvrn_eval.cli", "lvrn_eval.errors"])
def test_importing_it_imports_nothing_heavy(module):
    assert imported_by(f"import {module}") == []


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_and_version_import_nothing_heavy(arguments):
    code = (
        "from lvrn_eval.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as done:\n    assert not done.code, done.code\n"
    )
    assert imported_by(code) == []


def test_importing_the_package_changes_nothing_of_the_process():
    code = (
        "import logging, warnings\n"
        "before = (logging.root.level, list(logging.root.handlers), list(warnings.filters))\n"
        "import lvrn_eval.cli\n"
        "assert (logging.root.level, list(logging.root.handlers), list(warnings.filters)) == before"
    )
    assert imported_by(code) == []
