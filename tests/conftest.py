"""What every test stands on: the programs a machine may lack, determinism, and no way out to the network."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings

# before anything imports pyplot: no test opens a window
os.environ["MPLBACKEND"] = "Agg"

settings.register_profile("lvrn", derandomize=True, deadline=None, database=None)
settings.load_profile("lvrn")

ANY_OF = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "poppler-utils": ("pdftotext",),
}
"""The names a program goes by, where it has more than its own."""

NOT_IN_DEBIAN = frozenset({"quarto"})
"""Programs `.ci/run` cannot install: a test that needs one may skip even where everything else is required."""

LOCAL = frozenset({"", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"})  # noqa: S104 (nothing is bound here)


def find_program(name: str) -> str | None:
    """Return the path of a program, or None when this machine lacks it."""
    return next((path for known in ANY_OF.get(name, (name,)) if (path := shutil.which(known))), None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing; fail it when `LVRN_REQUIRE_ALL=1`."""
    for mark in item.iter_markers("needs"):
        (name,) = mark.args
        if find_program(name):
            continue
        reason = f"needs the program {name!r}, which this machine lacks"
        if os.environ.get("LVRN_REQUIRE_ALL") == "1" and name not in NOT_IN_DEBIAN:
            pytest.fail(f"{reason}; LVRN_REQUIRE_ALL=1 forbids the skip", pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the browser; mark the test `needs("chromium")`."""
    path = find_program("chromium")
    assert path is not None, 'mark this test @pytest.mark.needs("chromium")'
    return path


@pytest.fixture(autouse=True, scope="session")
def _nothing_left_running() -> Iterator[None]:
    """Fail at the end when a test left a process of its own behind (where the system tells us: Linux)."""
    before = children()
    yield
    left = {pid: name for pid, name in children().items() if pid not in before}
    assert not left, f"processes left running: {left}"


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Refuse connections and look-ups that would leave this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


def children() -> dict[int, str]:
    """Return the processes started by this one that still run, with the name of each."""
    found = {}
    for listing in Path("/proc/self/task").glob("*/children"):
        for pid in map(int, listing.read_text().split()):
            with suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
                name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
                if rest.split()[0] != "Z":
                    found[pid] = name
    return found


def _guarded(connect):
    def guard(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOCAL:
            raise AssertionError(f"a test tried to reach the network: {address[0]}")
        return connect(self, address)

    return guard


def _guarded_lookup(lookup):
    def guard(host, *arguments, **named):
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and name not in LOCAL | {socket.gethostname()}:
            raise AssertionError(f"a test tried to look a name up: {name}")
        return lookup(host, *arguments, **named)

    return guard
