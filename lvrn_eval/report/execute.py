"""Run the cells and inline expressions of a report in one kernel of this Python, and keep what they show.

The kernel is this process's interpreter, started for one report and always stopped: its settings, time zone, hash
seed and drawing ids are fixed, so that the same report shows the same bytes.
"""

from __future__ import annotations

import os
import re
import tempfile
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from lvrn_eval.errors import Fault, ReportError
from lvrn_eval.report.qmd import Cell, Document, Expression
from lvrn_eval.report.yaml_block import Line

Kind = Literal["markdown", "text", "table", "image", "stdout", "stderr"]

START_SECONDS = 120
PICTURES = ("image/svg+xml", "image/png", "image/jpeg")
SETUP = '''
def _lvrn_inline(value, /):
    """Show the value of an inline expression: its Markdown if it has any, else its text."""
    from IPython.display import display

    markdown = getattr(value, "_repr_markdown_", None)
    display({"text/plain": str(value)} if markdown is None else {"text/markdown": markdown()}, raw=True)
'''

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
CELL_FILE = re.compile(r"(?:[A-Za-z]:)?[\\/]\S*?ipykernel_\d+[\\/]\d+\.py")
UNNAMED_FILE = re.compile(r" \(\d+\.py, line \d+\)$")
ADDRESS = re.compile(r"<\S.* at 0x[0-9A-Fa-f]+>|^<IPython\.core\.display\.\w+ object>$")
FRAME = re.compile(r"(?:Cell |Input )?In ?\[\d+\](?:, line |:)(?P<line>\d+)|File <(?:cell|ipython)[^>]*>:(?P<old>\d+)")

MATPLOTLIB = "svg.hashsalt: lvrn-eval\nsvg.fonttype: path\nfigure.figsize: 7.3, 4.0\n"


class Shown(NamedTuple):
    """One thing a cell shows: Markdown, plain text, an HTML table, a picture's data address, or what it printed."""

    kind: Kind
    text: str


class Task(NamedTuple):
    """One piece of code to run: a cell, or an inline expression wrapped so that its value is shown."""

    of: Cell | Expression
    code: str
    name: str
    lines: tuple[Line, ...]

    @property
    def where(self) -> Line:
        """The line a fault in this code is told at."""
        return self.of.opening if isinstance(self.of, Cell) else self.of.line


@dataclass(frozen=True)
class Execution:
    """What the cells and the inline expressions of a document show, by the order they stand in."""

    cells: Sequence[tuple[Shown, ...]]
    expressions: Sequence[tuple[Shown, ...]]


def execute(
    document: Document,
    *,
    environment: Mapping[str, str],
    epoch: int,
    progress: Callable[[str], None],
) -> Execution:
    """Run a document's code, in its folder.

    Parameters
    ----------
    document
        A linted source.
    environment
        Variables for the kernel, over those of this process.
    epoch
        Seconds since 1970, given to the kernel as ``SOURCE_DATE_EPOCH``.
    progress
        Told what runs now.

    Raises
    ------
    ReportError
        When code raises an exception, or shows something a page cannot hold.
    """
    tasks = _tasks(document)
    shown: list[tuple[Shown, ...]] = []
    if tasks:
        notebook = _run(document, tasks, {**environment, "SOURCE_DATE_EPOCH": str(epoch)}, progress)
        faults: list[Fault] = []
        for task, cell in zip(tasks, notebook.cells[1:], strict=True):
            shown.append(_shown(task, cell.outputs, faults))
        if faults:
            raise ReportError(f"{document.path.name} is not rendered: its code failed", faults)
    by_task = list(zip(tasks, shown, strict=True))
    ran = {id(task.of): result for task, result in by_task}
    return Execution(
        [ran.get(id(cell), ()) for cell in document.cells],
        [result for task, result in by_task if isinstance(task.of, Expression)],
    )


def _tasks(document: Document) -> list[Task]:
    """Return every cell that runs and every inline expression, in the order of the source."""
    tasks: list[Task] = []
    for part in document.parts:
        if isinstance(part, Cell):
            if document.runs(part):
                tasks.append(Task(part, part.source, f"cell {part.label}", part.code))
        else:
            tasks += [
                Task(found, f"_lvrn_inline(\n{found.code}\n)", f"`{{python}} {found.code}`", ())
                for found in part.expressions
            ]
    return tasks


def _run(
    document: Document,
    tasks: Sequence[Task],
    environment: Mapping[str, str],
    progress: Callable[[str], None],
) -> Any:
    """Run the tasks as a notebook whose first cell is ``SETUP``, and return it."""
    import nbformat.v4
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    notebook = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    codes = (SETUP, *(task.code for task in tasks))
    notebook.cells = [nbformat.v4.new_code_cell(code) for code in codes]  # type: ignore[no-untyped-call]
    running = 0

    def started(cell: Any, cell_index: int) -> None:  # noqa: ARG001 (nbclient passes both by name)
        nonlocal running
        running = cell_index
        if cell_index:
            progress(f"Running {tasks[cell_index - 1].name} ({cell_index} of {len(tasks)})")

    with tempfile.TemporaryDirectory(prefix="lvrn-", ignore_cleanup_errors=True) as folder:
        client = NotebookClient(
            notebook,
            km=_kernel(Path(folder)),
            timeout=None,
            startup_timeout=START_SECONDS,
            iopub_timeout=START_SECONDS,
            raise_on_iopub_timeout=True,
            resources={"metadata": {"path": str(document.path.resolve().parent)}},
            extra_arguments=["--InlineBackend.figure_formats={'svg'}", "--HistoryManager.enabled=False"],
            on_cell_start=started,
        )
        # a manager made elsewhere is left running unless the client is told that it owns it
        client.owns_km = True
        try:
            client.execute(env={**os.environ, **_settings(Path(folder)), **environment})
        except CellExecutionError as error:
            # the reply may not know the exception: one raised while a value is shown is only among the outputs
            told = next((out for out in notebook.cells[running].outputs if out.output_type == "error"), error)
            fault = _failure(tasks[running - 1], told.ename, told.evalue, told.traceback)
            raise ReportError(f"{document.path.name} is not rendered: its code failed", [fault]) from None
        except DeadKernelError:
            fault = Fault(tasks[running - 1].where.where, f"{tasks[running - 1].name} ended its Python process")
            raise ReportError(f"{document.path.name} is not rendered: its code failed", [fault]) from None
    return notebook


def _kernel(folder: Path) -> Any:
    """Return the manager of a kernel of this interpreter, talking through files in ``folder`` where it can."""
    from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    # no folders of kernels: what is left is the kernel of the running interpreter
    specs = KernelSpecManager(kernel_dirs=[])
    manager = AsyncKernelManager(
        kernel_name=NATIVE_KERNEL_NAME,
        kernel_spec_manager=specs,
        connection_file=str(folder / "kernel.json"),
    )
    if os.name == "posix":
        # sockets as files: no port another user of the machine could reach
        manager.transport = "ipc"
        manager.ip = str(folder / "k")
    return manager


def _settings(folder: Path) -> dict[str, str]:
    """Return the variables that make what a kernel shows the same on every run."""
    rc = folder / "matplotlibrc"
    rc.write_text(MATPLOTLIB, "utf-8")
    return {
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "MATPLOTLIBRC": str(rc),
        # the inline backend draws with Agg and shows what `plt.show` would; another choice must not leak in
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": str(folder / "ipython"),
        "NO_COLOR": "1",
    }


def _failure(task: Task, kind: str, message: str, traceback: str | Sequence[str]) -> Fault:
    """Return the fault of an exception: at its line in the source, with its message."""
    text = ANSI.sub("", traceback if isinstance(traceback, str) else "\n".join(traceback))
    # the first frame is the cell's own; those below it are inside libraries
    frame = FRAME.search(text)
    number = int(frame["line"] or frame["old"]) if frame else 0
    at = task.lines[number - 1] if 0 < number <= len(task.lines) else task.where
    message = UNNAMED_FILE.sub("", ANSI.sub("", message))
    return Fault(at.where, f"{task.name}: {kind}: {message}", excerpt=at.text.rstrip())


def _shown(task: Task, outputs: Sequence[Any], faults: list[Fault]) -> tuple[Shown, ...]:
    """Return what one task shows; what a page cannot hold is added to ``faults``."""
    shown: list[Shown] = []
    errors = ""
    for output in outputs:
        if output.output_type == "error":
            # IPython goes on after a failure to show a value; a report must not
            faults.append(_failure(task, output.ename, output.evalue, ""))
        elif output.output_type == "stream" and output.name == "stderr":
            errors += output.text
        elif output.output_type == "stream":
            printed = shown.pop().text if shown and shown[-1].kind == "stdout" else ""
            shown.append(Shown("stdout", printed + output.text))
        elif output.output_type in {"display_data", "execute_result"}:
            item = _best(output.data)
            if isinstance(item, Shown):
                shown.append(item)
            else:
                faults.append(Fault(task.where.where, f"{task.name} {item[0]}", item[1], task.where.text))
    # the two streams race: what was written to stderr always comes first
    return (*([Shown("stderr", errors)] if errors else []), *shown)


def _best(data: Mapping[str, str]) -> Shown | tuple[str, str]:
    """Return the richest form a page can hold, or the fault and its remedy."""
    picture = next((kind for kind in PICTURES if kind in data), None)
    text = data.get("text/plain", "")
    best: Shown | tuple[str, str]
    if "text/markdown" in data:
        best = Shown("markdown", data["text/markdown"])
    elif picture:
        best = Shown("image", _address(picture, data[picture]))
    elif "<table" in data.get("text/html", "").lower():
        best = Shown("table", data["text/html"])
    elif "text/html" in data or "application/javascript" in data:
        best = "shows HTML that is not a table", "show Markdown: an object with `_repr_markdown_`"
    elif ADDRESS.search(text):
        best = "shows a Python object that has no text of its own", "end the cell with the Markdown to show"
    else:
        best = Shown("text", text)
    return best


def _address(kind: str, picture: str) -> str:
    """Return a picture as a data address; Jupyter hands SVG over as text and the others in base 64."""
    encoded = b64encode(picture.encode()).decode() if kind == "image/svg+xml" else "".join(picture.split())
    return f"data:{kind};base64,{encoded}"


def clean(text: str) -> str:
    """Return printed text without colours, and without the temporary name of the cell's file."""
    return CELL_FILE.sub("<cell>", ANSI.sub("", text)).rstrip("\n")
