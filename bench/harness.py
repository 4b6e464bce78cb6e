"""A small harness: every contender does the same work on the same data, each run in a process of its own.

A contender is a function that takes the folder of the data and yields the name of each stage as it is done; its last
value is its answer. A first stage called "imports" is shown and counts for nobody. Peak memory is that of the process.
Answers must agree; times are printed and never judged.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

IMPORTS = "imports"
"""The stage before the work: what is loaded, and in the small benchmarks also the data."""

Answer = Mapping[str, float]
Work = Callable[[Path], Iterator["str | Answer"]]


@dataclass(frozen=True)
class Benchmark:
    """One piece of work and who does it; the first contender is ours.

    Parameters
    ----------
    name, title
        Its slug, and what it is in words.
    contenders
        Functions of the same module, by the name shown.
    packages
        Whose versions are printed.
    prepare
        Makes the data in a folder from the command line's options; a folder made before is used again.
    tolerance
        How much answers may differ, relatively; 0 for counts.
    """

    name: str
    title: str
    contenders: Mapping[str, Work]
    packages: Sequence[str]
    prepare: Callable[[argparse.Namespace, Path], Path]
    tolerance: float = 0.0


@dataclass
class Run:
    """What one run of one contender took: seconds per stage, processor seconds, and the process's peak memory."""

    answer: dict[str, float]
    stages: dict[str, float] = field(default_factory=dict)
    processor_seconds: float = 0.0
    peak_bytes: int = 0

    @property
    def seconds(self) -> float:
        return sum(took for stage, took in self.stages.items() if stage != IMPORTS)


def work_here(module: str, name: str, contender: str, data: Path) -> Run:
    """Run one contender in this process."""
    (benchmark,) = (benchmark for benchmark in importlib.import_module(module).BENCHMARKS if benchmark.name == name)
    stages: dict[str, float] = {}
    answer: Answer = {}
    processor, started = time.process_time(), time.perf_counter()
    for done in benchmark.contenders[contender](data):
        if isinstance(done, str):
            stages[done] = time.perf_counter() - started
            if done == IMPORTS:
                processor = time.process_time()
            started = time.perf_counter()
        else:
            answer = done
    return Run(dict(answer), stages, time.process_time() - processor, _peak_bytes())


def measure(module: str, benchmark: Benchmark, options: argparse.Namespace, folder: Path) -> dict[str, list[Run]]:
    """Run every contender in turn, round by round, each time in a fresh process."""
    data = benchmark.prepare(options, folder)
    runs: dict[str, list[Run]] = {name: [] for name in benchmark.contenders}
    for _ in range(options.rounds):
        for name in benchmark.contenders:
            script = Path(__file__).with_name("run.py")
            command = [sys.executable, str(script), "--worker", module, benchmark.name, name, str(data)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"{benchmark.name}: {name} failed\n{done.stderr}")
            runs[name].append(Run(**json.loads(done.stdout.splitlines()[-1])))
    return runs


def disagreements(runs: Mapping[str, Sequence[Run]], tolerance: float) -> list[str]:
    """Return every number on which a contender's answer differs from ours."""
    ours = next(iter(runs.values()))[0].answer
    found = []
    for name, tries in runs.items():
        for answer in (run.answer for run in tries):
            found += [f"{name}: {key} is only in one answer" for key in sorted(ours.keys() ^ answer.keys())]
            found += [
                f"{name}: {key} is {answer[key]!r}, ours is {ours[key]!r}"
                for key in ours.keys() & answer.keys()
                if not math.isclose(answer[key], ours[key], rel_tol=tolerance, abs_tol=tolerance)
            ]
    return found


def report(benchmark: Benchmark, runs: Mapping[str, Sequence[Run]]) -> str:
    """Return the figures as a table: median seconds, the ratio to ours, processor seconds, memory, stages."""
    ours = statistics.median(run.seconds for run in next(iter(runs.values())))
    lines = [benchmark.title, f"{'':28}{'seconds':>10}{'ratio':>8}{'cpu s':>10}{'peak MB':>10}  stages"]
    for name, tries in runs.items():
        seconds = statistics.median(run.seconds for run in tries)
        middle = min(tries, key=lambda run: abs(run.seconds - seconds))
        stages = ", ".join(f"{stage} {took:.2f}" for stage, took in middle.stages.items() if len(middle.stages) > 1)
        lines.append(
            f"{name:28}{seconds:>10.3f}{seconds / ours:>7.1f}x{middle.processor_seconds:>10.2f}"
            f"{middle.peak_bytes / 1e6:>10.0f}  {stages}"
        )
    lines.append("Answers agree.")
    return "\n".join(lines)


def machine(packages: Sequence[str]) -> dict[str, str]:
    """Return what the figures were taken on; nothing that names the machine."""
    import lvrn_eval

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _processor(),
        "cores": str(cores),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "lvrn-eval": lvrn_eval.__version__,
        **{name: version(name) for name in packages},
    }


def keep(benchmark: Benchmark, runs: Mapping[str, Sequence[Run]], folder: Path) -> None:
    """Write the figures as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {
        "title": benchmark.title,
        "machine": machine(benchmark.packages),
        "runs": {name: [asdict(run) for run in tries] for name, tries in runs.items()},
    }
    (folder / f"{benchmark.name}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _peak_bytes() -> int:
    """Return the most memory this process has held; on Linux not what its parent held, which rusage inherits."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (AttributeError, ValueError, OSError):
        return "unknown"
