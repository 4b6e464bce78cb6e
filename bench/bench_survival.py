"""Every estimator of `lvrn_eval.survival` beside lifelines, statsmodels, scikit-survival and R, on the same data.

`python bench/bench_survival.py --quick` tries 1,000 people; without it, 10,000, 100,000 and 1,000,000. Tools take
turns, round by round; each first does the row on a few people, uncounted. A peer that is not installed is left out; one
that exceeds the time limit is stopped, shown as ">", and not asked for more people. Fails when answers differ; never
for being slow.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

import survival_data
from harness import machine
from survival_workers import TOOLS, Worker, does, installed

HERE = Path(__file__).parent
OURS = TOOLS[0]
NOTHING = "-"
FEW = 2000
QUICK = 0.25
"""Seconds below which a row is done several times in a turn."""


@dataclass(frozen=True)
class Row:
    """What is compared: up to how many people, how near the answers, and how many columns of the data it needs.

    ``loose`` names the tools whose answer is known to differ, and by how much at most.
    """

    name: str
    columns: int
    tolerance: float = 1e-8
    largest: int = 1_000_000
    loose: Mapping[str, float] = field(default_factory=dict)


ROWS = (
    Row("kaplan-meier", 2),
    Row("kaplan-meier, 9 groups", 3),
    Row("log-rank, 9 groups", 3),
    # lifelines takes tied events one by one, and spreads those of competing causes at random
    Row("nelson-aalen", 2, loose={"lifelines": 0.05}),
    Row("aalen-johansen", 2, loose={"lifelines": 0.01}),
    Row("restricted mean", 2),
    Row("cox", 12, 1e-5),
    Row("cox, clusters", 13, 1e-5, 100_000, {"lifelines": 0.05, "statsmodels": 0.05}),
    # statsmodels counts a row at risk at the time it begins, too
    Row("andersen-gill", 13, 1e-5, loose={"statsmodels": 0.02}),
    Row("andersen-gill, robust", 14, 1e-5, 100_000),
    # scikit-survival counts pairs whose times are tied otherwise
    Row("concordance", 3, loose={"scikit-survival": 0.01}),
    Row("fine-gray", 12, 1e-5, 10_000),
    Row("mean cumulative", 4),
)


@dataclass
class Found:
    """What one tool took for one row at one size; without seconds it was stopped or could not."""

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak: int = 0
    stopped: bool = False
    failed: bool = False

    @property
    def shown(self) -> str:
        if self.stopped:
            return ">"
        return "failed" if self.failed or not self.seconds else f"{self.median:.3g}"

    @property
    def median(self) -> float:
        return statistics.median(self.seconds) if self.seconds and not self.stopped else math.nan

    @property
    def spent(self) -> float:
        """The median of the processor's seconds, which other work on the machine moves less."""
        return statistics.median(self.processor) if self.processor and not self.stopped else math.nan


Figures = dict[tuple[str, int, str], Found]


def run(
    rows: Sequence[Row],
    sizes: Sequence[int],
    tools: Sequence[str],
    rounds: int,
    limit: float,
) -> tuple[Figures, list[str]]:
    """Measure every row at every size, each tool in its turn; return also how answers differ."""
    figures: Figures = {}
    wrong = []
    for people in sizes:
        folder = survival_data.folder_for(HERE.parent / "build" / "bench", people)
        workers = {tool: Worker(tool, folder) for tool in tools}
        try:
            for row in rows:
                if people <= max(row.largest, min(sizes)):
                    wrong += _measure(figures, row, people, workers, rounds, limit)
                    print(_progress(figures, row, people, tools), file=sys.stderr, flush=True)
        finally:
            for worker in workers.values():
                worker.stop()
    return figures, wrong


def _measure(
    figures: Figures,
    row: Row,
    people: int,
    workers: Mapping[str, Worker],
    rounds: int,
    limit: float,
) -> list[str]:
    """Let every tool do a row in its turn; return how answers differ."""
    answers: dict[str, Mapping[str, float]] = {}
    for _ in range(rounds):
        for tool, worker in workers.items():
            if not does(tool, row.name):
                continue
            found = figures.setdefault((row.name, people, tool), Found())
            smaller = [
                one for (name, size, who), one in figures.items() if (name, who) == (row.name, tool) and size < people
            ]
            found.stopped |= any(one.stopped for one in smaller)
            if not (found.stopped or found.failed):
                answer = _turn(found, worker, row, people, limit)
                answers.setdefault(tool, answer)
    return [f"{row.name}, {people} people, {wrong}" for wrong in _differences(row, answers)]


def _turn(found: Found, worker: Worker, row: Row, people: int, limit: float) -> Mapping[str, float]:
    """Let a tool do a row; return its answer."""
    if not found.seconds:
        worker.ask(row.name, min(FEW, people), 1, limit)
    times = 1
    if found.seconds and found.median < QUICK:
        times = 7
    told = worker.ask(row.name, 0, times, limit)
    if told is None:
        found.stopped = True
        return {}
    if "failed" in told["answer"]:
        found.failed = True
        return {}
    found.seconds += told["seconds"]
    found.processor += told["processor"]
    found.peak = max(found.peak, int(told["peak"]))
    return dict(told["answer"])


def _differences(row: Row, answers: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return every number on which a peer differs from us; a peer may tell fewer."""
    ours, wrong = answers.get(OURS, {}), []
    for tool, answer in answers.items():
        near = row.loose.get(tool, row.tolerance)
        shared = list(ours.values()) if len(ours) == 1 and len(answer) == 1 else None
        pairs = (
            [("the answer", shared[0], next(iter(answer.values())))]
            if shared
            else [(name, ours[name], answer[name]) for name in answer if name in ours]
        )
        if answer and ours and not pairs:
            wrong.append(f"{tool}: nothing to compare")
        wrong += [
            f"{tool}: {name} is {theirs!r}, ours is {mine!r}"
            for name, mine, theirs in pairs
            if not math.isclose(mine, theirs, rel_tol=near, abs_tol=near)
        ]
    return wrong


def _progress(figures: Figures, row: Row, people: int, tools: Sequence[str]) -> str:
    told = [f"{tool} {figures[key].shown}" for tool in tools if (key := (row.name, people, tool)) in figures]
    return f"{people:>9} {row.name}: " + ", ".join(told)


def table(figures: Figures, rows: Sequence[Row], people: int, tools: Sequence[str]) -> str:
    """Return one size's seconds as a table: ours, each peer, by how much ours is ahead of the best, and our memory.

    The lead is of seconds on the clock, then of the processor's.
    """
    heads = [f"{people:,} people", *tools, "best peer / ours", "of the processor", "memory, times the input"]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for row in rows:
        found = {tool: figures[row.name, people, tool] for tool in tools if (row.name, people, tool) in figures}
        if OURS not in found:
            continue
        peers = [one for tool, one in found.items() if tool not in {OURS, "R, bare"} and one.median > 0]
        ahead = [
            f"{min(taken(one) for one in peers) / taken(found[OURS]):.1f}" if peers else NOTHING
            for taken in (attrgetter("median"), attrgetter("spent"))
        ]
        memory = f"{found[OURS].peak / _input_bytes(row, people):.1f}"
        cells = [found[tool].shown if tool in found else NOTHING for tool in tools]
        lines.append("| " + " | ".join([row.name, *cells, *ahead, memory]) + " |")
    return "\n".join(lines)


def _input_bytes(row: Row, people: int) -> int:
    spells = row.name.startswith(("andersen", "mean"))
    rows = (HERE.parent / "build" / "bench" / f"survival-{people}" / "spells.start").stat().st_size // 4
    return 8 * row.columns * (rows if spells else people)


def growth(figures: Figures, rows: Sequence[Row], sizes: Sequence[int], tools: Sequence[str]) -> str:
    """Return how many times longer the largest size takes than the one before it, of every tool."""
    small, large = sizes[-2:]
    heads = [f"from {small:,} to {large:,}", *tools]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for row in rows:
        pairs = [[figures.get((row.name, size, tool), Found()).median for size in (small, large)] for tool in tools]
        times = [NOTHING if math.isnan(after / before) else f"{after / before:.1f}" for before, after in pairs]
        if set(times) != {NOTHING}:
            lines.append("| " + " | ".join([row.name, *times]) + " |")
    return "\n".join(lines)


def _keep(figures: Figures, tools: Sequence[str]) -> None:
    """Write the figures as JSON."""
    python = [tool for tool in tools if tool in {"lifelines", "statsmodels", "scikit-survival"}]
    found = [
        {"row": row, "people": people, "tool": tool, "stopped": one.stopped}
        | {"seconds": one.seconds, "processor": one.processor, "peak": one.peak}
        for (row, people, tool), one in figures.items()
    ]
    (HERE / "results").mkdir(exist_ok=True)
    text = json.dumps({"machine": machine(["numpy", "pandas", *python]), "figures": found}, indent=1)
    (HERE / "results" / "survival.json").write_text(text + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 people, one round: does it run at all")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="numbers of people")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each tool; the median is shown")
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a peer is stopped")
    parser.add_argument("--rows", nargs="+", default=[""], help="names of rows, or parts of them; all by default")
    parser.add_argument(
        "--tools", nargs="+", default=list(TOOLS), choices=TOOLS, help="all that are installed by default"
    )
    options = parser.parse_args(arguments)
    sizes, rounds = ([1000], 1) if options.quick else (sorted(options.sizes), options.rounds)
    rows = [row for row in ROWS if any(word in row.name for word in options.rows)]
    tools = [tool for tool in TOOLS if tool == OURS or (tool in options.tools and installed(tool))]
    figures, wrong = run(rows, sizes, tools, rounds, options.limit)
    for people in sizes:
        print(table(figures, rows, people, tools), end="\n\n")
    if len(sizes) > 1:
        print(growth(figures, rows, sizes, tools), end="\n\n")
    peers = [tool for tool in tools if tool in {"lifelines", "statsmodels", "scikit-survival"}]
    print(", ".join(f"{name} {value}" for name, value in machine(["numpy", "pandas", *peers]).items()))
    if not options.quick:
        _keep(figures, tools)
    if wrong:
        sys.exit("The answers differ:\n" + "\n".join(wrong))


if __name__ == "__main__":
    main()
