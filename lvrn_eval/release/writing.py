"""Files put in place as a whole or not at all: made beside their place, flushed to the disk, and renamed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".writing-"
"""How the names of what is not in its place yet begin."""

LOCK = ".lock"
READABLE = 0o755
"""A temporary folder is its maker's alone; a release is for others to read."""

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only process that writes in a folder; another waits until this one is done, or dead.

    The system itself gives the lock back when its holder dies. So whatever is unfinished while the lock is held was
    left by a process that was killed, and is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _flush_folder(folder.parent)
    with (folder / LOCK).open("ab") as stream:
        _lock(stream.fileno())
        for left in folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield


def put_folder(final: Path, contents: Mapping[str, str]) -> None:
    """Put a folder of text files in place; whoever looks sees none of it or all of it.

    Parameters
    ----------
    final
        Its place, which is empty; held by ``alone`` on its parent.
    contents
        The text of each file by name.
    """
    made = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=final.parent))
    try:
        for name, text in contents.items():
            _write(made / name, text)
        made.chmod(READABLE)
        _flush_folder(made)
        made.replace(final)
        _flush_folder(final.parent)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def put_file(final: Path, text: str, *, beside: Path | None = None) -> None:
    """Put one text file in place of what was there before; whoever looks sees the old one or the new one.

    Parameters
    ----------
    final
        Its place.
    text
        What it says.
    beside
        The folder it is made in, held by ``alone``; by default the file's own.
    """
    made = (beside or final.parent) / f"{UNFINISHED}{final.name}"
    try:
        _write(made, text)
        made.replace(final)
        _flush_folder(final.parent)
    finally:
        made.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the system can open a folder."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
