"""Time the main pieces beside the same work done with other libraries: `nox -s bench`, or `-- --people 100000 main`.

Prints seconds, ratios, memory and the machine, and keeps them under bench/results. Fails when answers differ; never
for being slow. `-- survival` chooses the bench of survival, which has sizes of its own.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

import bench_survival
from harness import disagreements, keep, machine, measure, report, work_here

HERE = Path(__file__).parent
MODULES = ("bench_main", "bench_map", "bench_before_after", "bench_case_series", "bench_help")


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        module, name, contender, data = sys.argv[2:]
        print(json.dumps(asdict(work_here(module, name, contender, Path(data)))))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000, help="how many people (default 1000000)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender; the median is shown")
    parser.add_argument("only", nargs="*", help="names of benchmarks, or parts of them; all by default")
    options = parser.parse_args()
    for module in MODULES:
        for benchmark in importlib.import_module(module).BENCHMARKS:
            if options.only and not any(word in benchmark.name for word in options.only):
                continue
            runs = measure(module, benchmark, options, HERE.parent / "build" / "bench")
            if wrong := disagreements(runs, benchmark.tolerance):
                sys.exit(f"{benchmark.name}: the answers differ\n" + "\n".join(wrong))
            print(report(benchmark, runs), end="\n\n", flush=True)
            keep(benchmark, runs, HERE / "results")
    if not options.only or any(word in "survival" for word in options.only):
        bench_survival.main(["--rounds", str(options.rounds)])
    print(", ".join(f"{name} {value}" for name, value in machine([]).items()))


if __name__ == "__main__":
    main()
