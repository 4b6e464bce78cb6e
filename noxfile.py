"""The project's chores. `nox -s demo` is the main job, `nox -s tests` the tests; `nox -l` lists the rest."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.error_on_external_run = True

PROJECT = nox.project.load_toml("pyproject.toml")
OLDEST = PROJECT["project"]["requires-python"].removeprefix(">=")
# what a test may need to know of the machine, and nothing more
PASSED_ON = ("LVRN_REQUIRE_ALL",)
QUICK = "not spark and not simulation"
"""The tests that have no session of their own."""


def group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PROJECT, name))


def install(session: nox.Session, *more: str, constraints: str = "constraints.txt") -> None:
    """Install the project as a user gets it (a wheel, not this checkout) at the tested versions."""
    session.install("-c", constraints, ".", *more)


def pytest(session: nox.Session, *arguments: str) -> None:
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    session.run("pytest", *arguments, env=passed)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, format and the direction of imports; reads the checkout, needs nothing else of it."""
    session.install("-c", "constraints.txt", *group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly."""
    install(session, *group("types"))
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, with branch coverage; arguments after `--` choose some, and then coverage sets no bar."""
    if os.environ.get("CI"):
        session.notify("lint")
        session.notify("types")
    install(session, *group("tests"))
    if session.posargs:
        pytest(session, *session.posargs)
    else:
        pytest(session, "-n", "2", "--dist", "loadgroup", "--cov", "-m", QUICK)


@nox.session(python=OLDEST)
def lower_bounds(session: nox.Session) -> None:
    """The tests with the oldest versions that pyproject.toml promises to work with."""
    pins = [re.sub(r">=\s*", "==", line) for line in PROJECT["project"]["dependencies"]]
    constraints = Path(session.cache_dir) / "lower_bounds.txt"
    constraints.write_text("\n".join(pins) + "\n", encoding="utf-8")
    install(session, *group("tests"), constraints=str(constraints))
    # a warning there is about an old library meeting a newer one, which is not ours to mend
    pytest(session, "-W", "default", "-m", QUICK, *session.posargs)


@nox.session
def spark(session: nox.Session) -> None:
    """The whole path on Spark in this machine, beside DuckDB; needs Java 17."""
    session.install("-c", "constraints.txt", ".[spark]", *group("tests"))
    pytest(session, "-m", "spark", *(session.posargs or ["tests/engine", "tests/differential"]))


@nox.session
def coverage(session: nox.Session) -> None:
    """Simulate what intervals cover and how often tests err; hold it to the bands the documentation states; slow."""
    install(session, *group("tests"))
    pytest(session, "-n", "2", "-m", "simulation", *(session.posargs or ["tests/coverage"]))


@nox.session
def demo(session: nox.Session) -> None:
    """The main job: a synthetic Lancashire, from raw records to a rendered report, in ./demo."""
    install(session)
    session.run("lvrn-eval", "demo", *(session.posargs or ["demo"]))


@nox.session
def reports(session: nox.Session) -> None:
    """Make every report of the synthetic project in every format, twice, and fail when a byte differs."""
    install(session)
    made = []
    for name in ("first", "second"):
        folder = Path("build", "reports", name).absolute()
        session.run("python", "-c", "import shutil, sys; shutil.rmtree(sys.argv[1], ignore_errors=True)", str(folder))
        session.run("lvrn-eval", "demo", "--all", str(folder))
        made.append(digests(folder))
    first, second = made
    for ending in (".html", ".docx", ".pdf", ".xlsx"):
        if not any(name.endswith(ending) for name in first):
            session.error(f"no {ending} was made")
    if drift := sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name)):
        session.error("two runs on the same inputs differ in: " + ", ".join(drift))
    session.log(f"{len(first)} files, the same in both runs")


@nox.session
def bench(session: nox.Session) -> None:
    """Time the main pieces beside the same work done with other libraries; nothing fails for being slow."""
    install(session)
    session.run("python", "bench/run.py", *session.posargs)


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file under ``folder``, by its path there; when a release was made does not count."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        content = path.read_bytes()
        if path.name == "manifest.json":
            content = json.dumps({**json.loads(content), "created_at": None, "seal": None}).encode()
        found[path.relative_to(folder).as_posix()] = hashlib.sha256(content).hexdigest()
    return found
