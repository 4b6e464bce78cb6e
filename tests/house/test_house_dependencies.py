"""Every dependency is used, and said to be: what for, why not ours, under which licence."""

import ast
import re
import tomllib

import pytest

USED_BY_NAME = {"ipykernel", "python-calamine"}
"""Used without an import: nbclient starts a kernel of ipykernel, pandas reads workbooks with calamine."""

AWAITED = "*Not used yet*"
"""How the page marks a dependency that a later part of the work brings into use."""


def plain(name):
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=~! ]", name)[0]).lower()


@pytest.fixture(scope="module")
def project(pytestconfig):
    return tomllib.loads((pytestconfig.rootpath / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def explained(pytestconfig):
    """Return the rows of docs/explanation/dependencies.md: (package, module, what for, why not ours, licence)."""
    text = (pytestconfig.rootpath / "docs/explanation/dependencies.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:3] == "| `"]
    return {plain(row[0].strip("`")): row for row in rows}


@pytest.fixture(scope="module")
def imported(pytestconfig):
    roots = [pytestconfig.rootpath / folder for folder in ("lvrn_eval", "analyses", "examples")]
    found = set()
    for path in (path for root in roots for path in root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module)
    return {".".join(name.split(".")[:depth]) for name in found for depth in (1, 2)}


def test_every_dependency_is_explained_and_nothing_else_is(project, explained):
    extras = project["project"]["optional-dependencies"]
    declared = {*project["project"]["dependencies"], *(name for names in extras.values() for name in names)}
    assert set(explained) == {plain(name) for name in declared}


def test_every_explanation_is_whole(explained):
    assert [name for name, row in explained.items() if len(row) != 5 or not all(row)] == []


def test_every_dependency_is_used_or_said_to_be_awaited(project, explained, imported):
    declared = {plain(name) for name in project["project"]["dependencies"]} - USED_BY_NAME
    unused = {name for name in declared if explained[name][1].strip("`") not in imported}
    assert sorted(unused) == sorted(name for name in declared if AWAITED in explained[name][2])


def test_constraints_are_plain_pins_within_the_declared_bounds(pytestconfig, project):
    from packaging.requirements import Requirement

    text = (pytestconfig.rootpath / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
    pins = dict(line.split("==") for line in lines)
    groups = project["dependency-groups"]
    wanted = map(
        Requirement, [*project["project"]["dependencies"], *(name for names in groups.values() for name in names)]
    )
    assert [str(need) for need in wanted if pins.get(plain(need.name)) not in need.specifier] == []
    assert (pins["lifelines"], pins["pandas"]) == ("0.30.3", "2.3.3")
