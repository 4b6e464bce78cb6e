"""The two lines of the README, the CI that runs them and the workflows that run the same chores."""

import ast
import os
import re

import pytest
from ruamel.yaml import YAML

SESSIONS = {"lint", "types", "tests", "lower_bounds", "demo", "reports", "bench", "spark", "coverage"}
LINE = "python3 -m venv .venv && .venv/bin/pip install -q nox && .venv/bin/nox -s {}"


@pytest.fixture(scope="module")
def root(pytestconfig):
    return pytestconfig.rootpath


@pytest.fixture(scope="module")
def workflows(root):
    found = sorted(root.glob(".github/workflows/*.yml"))
    assert found
    return {path.name: YAML(typ="safe").load(path.read_text(encoding="utf-8")) for path in found}


def commands(workflow):
    return [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]


def test_the_noxfile_has_the_chores(root):
    tree = ast.parse((root / "noxfile.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    sessions = {node.name for node in functions if "nox.session" in map(ast.unparse, node.decorator_list)}
    sessions |= {node.name for node in functions if any("nox.session(" in ast.unparse(d) for d in node.decorator_list)}
    assert sessions == SESSIONS


@pytest.mark.parametrize("session", ["demo", "tests"])
def test_the_readme_has_the_line(root, session):
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(LINE.format(session))}( +#.*)?$", readme, re.MULTILINE)


def test_ci_ends_with_exactly_the_readmes_line(root):
    script = root / ".ci/run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[-1] == LINE.format("tests")
    assert "set -euo pipefail" in lines
    assert "export LVRN_REQUIRE_ALL=1" in lines
    assert os.access(script, os.X_OK)


def test_every_chore_worth_automating_is_in_a_workflow(workflows):
    run = "\n".join(command for workflow in workflows.values() for command in commands(workflow))
    called = {name for found in re.findall(r"nox -s ([\w ]+)", run) for name in found.split()}
    if ".ci/run" in run:
        called |= {"tests", "lint", "types"}
    assert SESSIONS - {"demo", "bench"} <= called <= SESSIONS


def test_workflows_ask_for_no_more_than_reading(workflows):
    assert [name for name, workflow in workflows.items() if workflow.get("permissions") != {"contents": "read"}] == []
    jobs = [job for workflow in workflows.values() for job in workflow["jobs"].values()]
    assert all("permissions" not in job and "timeout-minutes" in job for job in jobs)


def test_actions_are_pinned(workflows):
    used = [
        step["uses"]
        for workflow in workflows.values()
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if "uses" in step
    ]
    assert used
    assert [name for name in used if not re.fullmatch(r"actions/[\w-]+@(v\d+|[0-9a-f]{40})", name)] == []


def test_the_matrix_covers_every_python_the_project_promises(root, workflows):
    promised = re.findall(r"Python :: (3\.\d+)\"", (root / "pyproject.toml").read_text(encoding="utf-8"))
    assert workflows["tests.yml"]["jobs"]["tests"]["strategy"]["matrix"]["python"] == promised
