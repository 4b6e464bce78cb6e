"""The ground the tests stand on does what it says."""

import os
import re
import signal
import socket
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).parents[1] / "conftest.py"
INI = "[pytest]\nmarkers =\n    needs(program): x\n"


def outcome_of(pytester, monkeypatch, program, *, require_all):
    pytester.makeini(INI)
    pytester.makeconftest(CONFTEST.read_text())
    pytester.makepyfile(f"import pytest\n@pytest.mark.needs({program!r})\ndef test_it():\n    pass\n")
    monkeypatch.setenv("LVRN_REQUIRE_ALL", "1" if require_all else "")
    return pytester.runpytest_inprocess("-rs", "-p", "no:cacheprovider")


@pytest.mark.parametrize("require_all", [False, True])
def test_a_test_whose_program_is_there_runs(pytester, monkeypatch, require_all):
    outcome_of(pytester, monkeypatch, Path(sys.executable).name, require_all=require_all).assert_outcomes(passed=1)


def test_a_missing_program_skips_with_the_reason(pytester, monkeypatch):
    result = outcome_of(pytester, monkeypatch, "no-such-program", require_all=False)
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*needs the program 'no-such-program', which this machine lacks*"])


def test_a_missing_program_fails_where_all_are_required(pytester, monkeypatch):
    result = outcome_of(pytester, monkeypatch, "no-such-program", require_all=True)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*'no-such-program'*LVRN_REQUIRE_ALL=1 forbids the skip*"])


def test_a_program_debian_does_not_have_may_always_skip(pytester, monkeypatch):
    monkeypatch.setenv("PATH", "")
    outcome_of(pytester, monkeypatch, "quarto", require_all=True).assert_outcomes(skipped=1)


def test_every_program_a_test_needs_is_installed_by_ci(pytestconfig):
    tests = pytestconfig.rootpath / "tests"
    needed = {
        name
        for path in tests.rglob("test_*.py")
        if path != Path(__file__)
        for name in re.findall(r"mark\.needs\(\"([\w.-]+)\"\)", path.read_text(encoding="utf-8"))
    }
    (packages,) = re.findall(r"^packages=\((.*)\)$", (pytestconfig.rootpath / ".ci/run").read_text(), re.MULTILINE)
    assert needed - {"quarto"} <= set(packages.split())


def test_a_test_cannot_reach_the_network():
    with socket.socket() as outward, pytest.raises(AssertionError, match=r"reach the network: 192\.0\.2\.1"):
        outward.connect(("192.0.2.1", 80))
    with pytest.raises(AssertionError, match=r"look a name up: example\.invalid"):
        socket.create_connection(("example.invalid", 80))


def test_a_test_may_talk_to_itself():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as here:
        assert here.getpeername() == server.getsockname()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not list a process's children")
def test_a_process_left_running_is_an_error(pytester):
    pytester.makeini(INI)
    pytester.makeconftest(CONFTEST.read_text())
    pytester.makepyfile(
        "import subprocess, sys\n"
        "left = []\n"
        "def test_it():\n"
        "    left.append(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']))\n"
        "    print('pid', left[0].pid)\n"
    )
    result = pytester.runpytest_subprocess("-s", "-p", "no:cacheprovider")
    (pid,) = re.findall(r"pid (\d+)", result.stdout.str())
    os.kill(int(pid), signal.SIGKILL)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*processes left running*python*"])
