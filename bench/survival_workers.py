"""One living process for each tool, asked for one row at a time, so that tools take turns on the same machine."""

from __future__ import annotations

import importlib.util
import json
import re
import select
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import harness
import survival_tools

HERE = Path(__file__).parent
R_TOOLS = ("R", "R, bare", "R cmprsk")
TOOLS = (*survival_tools.WORK, *R_TOOLS)


def does(tool: str, row: str) -> bool:
    """Say whether a tool offers a row."""
    if tool in survival_tools.WORK:
        return row in survival_tools.WORK[tool]
    script = (HERE / "survival_peers.R").read_text(encoding="utf-8")
    own = re.search(rf'^  "{re.escape(row)}" = list\((.*?)(?=^  "|^\)$)', script, re.MULTILINE | re.DOTALL)
    named = own.group(1) if own else ""
    quoted = tool if tool == "R" and re.search(r"\bR = function", named) else f'"{tool}" = function'
    return quoted in named


def installed(tool: str) -> bool:
    """Say whether a tool is there; a missing peer is left out."""
    if tool in survival_tools.MODULES:
        return importlib.util.find_spec(survival_tools.MODULES[tool]) is not None
    if shutil.which("Rscript") is None:
        return False
    packages = "survival jsonlite cmprsk" if "cmprsk" in tool else "survival jsonlite"
    asked = f"quit(status = !all(sapply(strsplit('{packages}', ' ')[[1]], requireNamespace, quietly = TRUE)))"
    return subprocess.run(["Rscript", "-e", asked], capture_output=True, check=False).returncode == 0


@dataclass
class Worker:
    """A tool's process on the data of one size."""

    tool: str
    folder: Path
    process: subprocess.Popen[str] | None = field(default=None, init=False)

    def ask(self, row: str, few: int, rounds: int, limit: float) -> dict[str, Any] | None:
        """Return what a row took, and its answer; None when it was stopped at the time limit."""
        if self.process is None:
            self.process = self._start()
        assert self.process.stdin is not None  # noqa: S101 - it was asked for as a pipe
        assert self.process.stdout is not None  # noqa: S101 - likewise
        self.process.stdin.write(f"{row}\t{self.tool}\t{few}\t{rounds}\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], limit)
        if not ready:
            self.stop()
            return None
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            return {"answer": {"failed": True}}
        found: dict[str, Any] = json.loads(line)
        return found

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _start(self) -> subprocess.Popen[str]:
        if self.tool in R_TOOLS:
            command = ["Rscript", str(HERE / "survival_peers.R"), str(self.folder)]
        else:
            command = [sys.executable, str(HERE / "survival_workers.py"), str(self.folder)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)


def serve(folder: Path) -> None:
    """Answer lines of row, tool, few and rounds, each with a line of JSON."""
    data = {0: survival_tools.Data(folder)}
    for line in sys.stdin:
        row, tool, few, rounds = line.rstrip("\n").split("\t")
        used = data.setdefault(int(few), survival_tools.Data(folder, int(few)))
        survival_tools.ready(used, row)
        before, seconds, processor, answer = _from_here(), [], [], {}
        try:
            for _ in range(int(rounds)):
                started, spent = time.perf_counter(), time.process_time()
                answer = dict(survival_tools.do(tool, row, used))
                seconds.append(time.perf_counter() - started)
                processor.append(time.process_time() - spent)
        except Exception as fault:  # noqa: BLE001 - whatever stops a peer is shown as a failure of that row
            print(f"{tool}, {row}: {fault!r}", file=sys.stderr)
            answer = {"failed": True}
        peak = harness._peak_bytes() - before  # noqa: SLF001 - the harness beside this file
        told = {"answer": answer, "seconds": seconds, "processor": processor, "peak": peak}
        print(json.dumps(told), flush=True)


def _from_here() -> int:
    """Forget the most memory held so far, where the system can, and return what is held now."""
    forget = Path("/proc/self/clear_refs")
    if forget.exists():
        forget.write_text("5", encoding="utf-8")
    return harness._peak_bytes()  # noqa: SLF001 - the harness beside this file


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
