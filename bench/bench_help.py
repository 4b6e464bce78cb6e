"""How long `lvrn-eval --help` takes, beside a Python that does nothing and one that imports pandas."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from harness import Answer, Benchmark


def prepare(options: argparse.Namespace, folder: Path) -> Path:
    del options
    return folder


def _started(*arguments: str) -> Iterator[str | Answer]:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    yield "start"
    yield {}


def with_help(data: Path) -> Iterator[str | Answer]:
    del data
    return _started("-m", "lvrn_eval.cli", "--help")


def with_nothing(data: Path) -> Iterator[str | Answer]:
    del data
    return _started("-c", "pass")


def with_pandas(data: Path) -> Iterator[str | Answer]:
    del data
    return _started("-c", "import pandas")


BENCHMARKS = [
    Benchmark(
        "help",
        "lvrn-eval --help, from start to end",
        {"lvrn-eval --help": with_help, "python -c pass": with_nothing, "import pandas": with_pandas},
        (),
        prepare,
    )
]
