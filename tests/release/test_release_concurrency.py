"""Killed at any moment, refused by the disk, or two at once: there is the old release or the new one, never half."""

import errno
import os
import shutil
import signal
import subprocess
import sys

import pytest

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release import latest_release, open_release
from lvrn_eval.release.plan import lock_plan, read_plan
from lvrn_eval.release.store import releases_of
from lvrn_eval.release.writing import LOCK, UNFINISHED, alone

fcntl = pytest.importorskip("fcntl", reason="locks, limits and signals are those of POSIX")
resource = pytest.importorskip("resource")

WRITER = '''
import os, shutil, signal, stat, sys
from pathlib import Path
import pandas as pd
from lvrn_eval.release import write_release
from lvrn_eval.release.plan import lock_plan
from lvrn_eval.result import Result

ASKED = {"open", "os.mkdir", "os.rename", "os.chmod", "os.remove", "os.rmdir", "shutil.rmtree"}


def write(folder, people):
    table = pd.DataFrame({"class": ["a", "b"], "people": [people, 40]})
    result = Result("classes", "Title", table, {}, count_columns=("people",), shape="counts")
    return write_release(folder, "an_analysis", [result], data="synthetic")


def plan(folder, policy):
    content = {"analysis": "an_analysis", "programme": "p", "indicators": [], "primary": None, "families": {},
               "parameters": {}, "policy": policy, "digests": {}, "releases_before": 0}
    path = folder / "an_analysis.json"
    lock_plan(path, content, on="2026-01-01", by="A", amend="Because." if path.exists() else None)


WORK = {"write": lambda folder: write(folder, 20), "again": lambda folder: write(folder, 30),
        "plan": lambda folder: plan(folder, "hes")}


def at_each_step(folder, do):
    """Call `do` before everything that is asked of the disk below a folder; with the file, where it is flushed."""
    def hook(event, arguments):
        if event in ASKED and str(folder) in str(arguments[0]):
            do(event)
    sys.addaudithook(hook)
    fsync = os.fsync
    def flush(descriptor):
        do("fsync", descriptor)
        fsync(descriptor)
    os.fsync = flush


def die_at(last):
    """Return what dies at the given step; of a file that was not flushed yet, half is lost."""
    steps = iter(range(1, last + 1))
    def do(event, descriptor=None):
        if next(steps, 0) == last:
            if descriptor is not None and stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)
    return do
'''

KILLED_AT_EVERY_STEP = """
base = Path(sys.argv[1])
write(base, 30)
plan(base, "strict")
for name, work in WORK.items():
    shutil.copytree(base, base.parent / name / "alive")
    work(base.parent / name / "alive")
    step, done = 0, False
    while not done:
        step += 1
        folder = base.parent / name / f"killed-{step:03}"
        shutil.copytree(base, folder)
        child = os.fork()
        if child == 0:
            at_each_step(folder, die_at(step))
            work(folder)
            os._exit(0)
        done = os.waitpid(child, 0)[1] == 0
"""

PAUSED = """
def pause(event, descriptor=None):
    if event == "fsync" and stat.S_ISREG(os.fstat(descriptor).st_mode):
        print("writing", flush=True)
        sys.stdin.readline()

at_each_step(Path(sys.argv[1]), pause)
print(write(Path(sys.argv[1]), int(sys.argv[2])), flush=True)
"""

IN_TURN = """
print("ready", flush=True)
sys.stdin.readline()
for people in map(int, sys.argv[2:]):
    print(write(Path(sys.argv[1]), people), flush=True)
"""

HERE = {}
"""The same writer in this process."""

exec(WRITER, HERE)  # noqa: S102 (our own)


def started(script, *arguments):
    """Start a writer that is talked to."""
    command = [sys.executable, "-c", WRITER + script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def unfinished(folder):
    return [path.name for path in folder.rglob(f"{UNFINISHED}*")]


def whole(folder):
    """Return the names of the releases, the oldest first; every folder that is there can be opened."""
    for path in (folder / "an_analysis").glob("[!.]*"):
        open_release(path)
    return [path.name for path in releases_of(folder, "an_analysis")]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder with one release, of 30 people, and one plan."""
    folder = tmp_path_factory.mktemp("base") / "base"
    HERE["write"](folder, 30)
    HERE["plan"](folder, "strict")
    return folder


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Return, by what was being done, copies of that folder: one for every step at which the doer was killed."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-c", WRITER + KILLED_AT_EVERY_STEP, str(folder / "base")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return {name: sorted((folder / name).glob("killed-*")) for name in HERE["WORK"]} | {"before": [folder / "base"]}


def test_killed_at_any_step_there_is_the_old_release_or_both(killed):
    (old,) = whole(*killed["before"])
    folders = killed["write"]
    # a folder, three files, each opened and flushed; renamed; three folders flushed; the lock
    assert len(folders) > 12
    found = [whole(folder) for folder in folders]
    (new,) = set(found[-1]) - {old}
    assert [names for names in found if names not in ([old], [old, new])] == []
    # there is one moment from which on the new one is there
    assert found == sorted(found, key=len)
    assert any(unfinished(folder) for folder in folders)
    assert latest_release(folders[0], "an_analysis").name == old


def test_what_a_killed_run_left_is_removed_by_the_next(killed, tmp_path):
    folder = tmp_path / "next"
    shutil.copytree(next(folder for folder in killed["write"] if unfinished(folder)), folder)
    HERE["write"](folder, 50)
    assert unfinished(folder) == []
    assert len(whole(folder)) == 2


def test_killed_while_a_release_is_made_again_it_stays_whole(killed):
    (old,) = whole(*killed["before"])
    folders = killed["again"]
    assert [whole(folder) for folder in folders] == [[old]] * len(folders)
    times = [open_release(latest_release(folder, "an_analysis")).manifest["created_at"] for folder in folders]
    assert len(set(times)) > 1
    assert times == sorted(times)


def test_killed_while_a_plan_is_amended_there_is_the_old_or_the_new(killed):
    policies = [read_plan(folder / "an_analysis.json").current["policy"] for folder in killed["plan"]]
    assert policies == sorted(policies, reverse=True)
    assert set(policies) == {"strict", "hes"}


def test_a_file_that_cannot_grow_is_said_and_leaves_nothing(base, tmp_path):
    folder = tmp_path / "full"
    shutil.copytree(base, folder)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(ReleaseError) as refused:
            HERE["write"](folder, 20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(refused.value) == (
        "the release of an_analysis could not be written: File too large; every release that is there is whole"
    )
    assert whole(folder) == whole(base)
    assert unfinished(folder) == []


def test_whatever_the_disk_refuses_leaves_nothing_half(base, tmp_path, monkeypatch):
    at, fsync, done = 0, os.fsync, False
    while not done:
        at += 1
        folder = tmp_path / str(at)
        shutil.copytree(base, folder)
        steps = iter(range(1, at + 1))

        def refuse(descriptor, steps=steps, at=at):
            if next(steps, 0) == at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            fsync(descriptor)

        monkeypatch.setattr(os, "fsync", refuse)
        try:
            HERE["write"](folder, 20)
            done = True
        except ReleaseError as refused:
            assert str(refused) == (  # noqa: PT017 (the last round raises nothing)
                "the release of an_analysis could not be written: No space left on device; "
                "every release that is there is whole"
            )
        assert unfinished(folder) == []
        assert len(whole(folder)) in {1, 2}
    assert at > 5


def test_a_plan_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ReleaseError) as refused:
        lock_plan(tmp_path / "x.json", {"analysis": "x"}, on="2026-01-01", by="A")
    assert str(refused.value) == "the plan x.json could not be written: No space left on device"
    assert not (tmp_path / "x.json").exists()


def test_two_at_once_write_every_release_whole(base, tmp_path):
    folder = tmp_path / "two"
    shutil.copytree(base, folder)
    numbers = [(60, 80, 100, 80), (80, 100, 140, 60)]
    with started(IN_TURN, folder, *numbers[0]) as one, started(IN_TURN, folder, *numbers[1]) as other:
        both = (one, other)
        assert [process.stdout.readline() for process in both] == ["ready\n", "ready\n"]
        for process in both:
            process.stdin.write("go\n")
            process.stdin.flush()
        paths = [process.communicate()[0].split() for process in both]
    assert [one.returncode, other.returncode] == [0, 0]
    assert {len(found) for found in paths} == {4}
    # 60, 80, 100, 140, and the 30 that were there
    assert len(whole(folder)) == 5
    assert unfinished(folder) == []


def test_who_writes_is_alone_and_is_not_harmed_by_who_waits(base, tmp_path):
    folder = tmp_path / "slow"
    shutil.copytree(base, folder)
    lock = folder / "an_analysis" / LOCK
    with started(PAUSED, folder, 50) as slow, started(IN_TURN, folder, 70) as waiting:
        assert slow.stdout.readline() == "writing\n"
        (made,) = unfinished(folder)
        with lock.open("ab") as stream, pytest.raises(BlockingIOError):
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert waiting.stdout.readline() == "ready\n"
        waiting.stdin.write("go\n")
        waiting.stdin.flush()
        assert unfinished(folder) == [made]
        slow.stdin.close()
        said = slow.stdout.read().split()
        assert waiting.wait() == slow.wait() == 0
    assert os.path.basename(said[-1]) in whole(folder)  # noqa: PTH119
    assert len(whole(folder)) == 3
    assert unfinished(folder) == []


def test_a_lock_dies_with_who_held_it(base, tmp_path):
    folder = tmp_path / "dead"
    shutil.copytree(base, folder)
    with started(PAUSED, folder, 20) as dead:
        assert dead.stdout.readline() == "writing\n"
        dead.send_signal(signal.SIGKILL)
    assert len(unfinished(folder)) == 1
    with alone(folder / "an_analysis"):
        assert unfinished(folder) == []
