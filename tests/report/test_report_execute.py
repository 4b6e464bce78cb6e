"""What happens when a report's code runs. A kernel takes a second or two, so few tests start one."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from lvrn_eval.errors import ReportError
from lvrn_eval.report.execute import Shown, Task, _best, _failure, _shown, clean, execute
from lvrn_eval.report.lint import lint
from lvrn_eval.report.markdown import compose, written
from lvrn_eval.report.qmd import read
from lvrn_eval.report.render import render


def run(source, told=None, **environment):
    document = read(source)
    lint(document)
    progress = (lambda _: None) if told is None else told.append
    return document, execute(document, environment=environment, epoch=1_743_465_600, progress=progress)


def stopped(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_code_runs_in_a_fixed_world_and_its_kernel_ends(write, tmp_path):
    body = """```{python}
#| label: first
import datetime as dt, os, sys, time
n = 3
print(os.getpid())
```

```{python}
#| label: skipped
#| eval: false
1 / 0
```

```{python}
#| label: world
import matplotlib
print([sys.executable, os.getcwd(), time.tzname[0], matplotlib.rcParams["svg.hashsalt"]])
print([os.environ[name] for name in ("PYTHONHASHSEED", "SOURCE_DATE_EPOCH", "LVRN_RELEASE")])
print("to stderr", file=sys.stderr)
n
```

Text `{python} n` and `{python} f"{n:.1f}"`.
"""
    told = []
    source = write(body)
    document, execution = run(source, told, LVRN_RELEASE="here")
    (first,), skipped, (errors, printed, value) = execution.cells
    assert stopped(int(first.text))
    assert skipped == ()
    import sys

    world = [sys.executable, str(source.parent), "UTC", "lvrn-eval"]
    assert printed == Shown("stdout", f"{world}\n['0', '1743465600', 'here']\n")
    assert errors == Shown("stderr", "to stderr\n")
    assert value == Shown("text", "3")
    assert execution.expressions == [(Shown("text", "3"),), (Shown("text", "3.0"),)]
    assert told == [
        "Running cell first (1 of 4)",
        "Running cell world (2 of 4)",
        "Running `{python} n` (3 of 4)",
        'Running `{python} f"{n:.1f}"` (4 of 4)',
    ]
    assert compose(document, execution, "html").text.count("lvrn-output") == 4


def test_an_exception_names_its_line_its_cell_and_its_message_and_the_kernel_ends(write, tmp_path):
    body = """
```{python}
#| label: fine
import os, pathlib
pathlib.Path("pid").write_text(str(os.getpid()))
```

```{python}
#| label: fig-flow
from lvrn_eval.errors import Fault, ReleaseError

def inner():
    raise ReleaseError("the release is not whole", [Fault("manifest.json", "one byte differs")])

inner()
```
"""
    source = write(body)
    with pytest.raises(ReportError) as caught:
        render(source, tmp_path / "out", engine="builtin")
    assert str(caught.value) == (
        "champions.qmd is not rendered: its code failed\n"
        "  champions.qmd:18: cell fig-flow: ReleaseError: the release is not whole\n"
        "    manifest.json: one byte differs\n"
        "      inner()"
    )
    assert stopped(int((source.parent / "pid").read_text()))
    assert not (tmp_path / "out").exists()


def test_a_failure_to_show_a_value_is_a_failure(write):
    body = """```{python}
#| label: broken
class Broken:
    def _repr_markdown_(self):
        raise ValueError("no Markdown today")

Broken()
```
"""
    with pytest.raises(ReportError) as caught:
        run(write(body))
    (fault,) = caught.value.faults
    assert (fault.where, fault.what) == ("champions.qmd:8", "cell broken: ValueError: no Markdown today")


def test_everything_a_page_cannot_hold_is_told_at_once(write, monkeypatch):
    body = "```{python}\n#| label: a\nobject()\n```\n\nText\n`{python} object()`.\n"
    shows = {"text/plain": "<object at 0x7f00>"}, {"text/html": "<b>bold</b>", "text/plain": "x"}
    cells = [SimpleNamespace(outputs=[SimpleNamespace(output_type="display_data", data=data)]) for data in shows]
    notebook = SimpleNamespace(cells=[None, *cells])
    monkeypatch.setattr("lvrn_eval.report.execute._run", lambda *_: notebook)
    with pytest.raises(ReportError) as caught:
        run(write(body))
    assert str(caught.value) == (
        "champions.qmd is not rendered: its code failed\n"
        "  champions.qmd:4: cell a shows a Python object that has no text of its own\n"
        "      ```{python}\n"
        "      → end the cell with the Markdown to show\n"
        "  champions.qmd:10: `{python} object()` shows HTML that is not a table\n"
        "      `{python} object()`.\n"
        "      → show Markdown: an object with `_repr_markdown_`"
    )


def test_a_kernel_that_dies_is_told(write, monkeypatch):
    def die(self, **_):
        self.on_cell_start(cell=None, cell_index=1)
        raise DeadKernelError("Kernel died")

    monkeypatch.setattr(NotebookClient, "execute", die)
    with pytest.raises(ReportError) as caught:
        run(write("```{python}\n#| label: a\nimport os\nos._exit(3)\n```\n"))
    assert [str(fault) for fault in caught.value.faults] == ["champions.qmd:4: cell a ended its Python process"]


def test_an_expression_that_fails_is_told_at_its_line(write):
    (expression,) = read(write("Words,\nmore: `{python} 1 / 0`.\n")).prose[0].expressions
    task = Task(expression, "", "`{python} 1 / 0`", ())
    fault = _failure(task, "ZeroDivisionError", "division by zero", "Cell In[2], line 2")
    assert (fault.where, fault.what) == ("champions.qmd:5", "`{python} 1 / 0`: ZeroDivisionError: division by zero")


TASK = Task(SimpleNamespace(line=SimpleNamespace(where="a.qmd:1", text="x")), "", "cell a", ())


def test_the_richest_form_a_page_can_hold_is_kept():
    assert _best({"text/markdown": "*a*", "image/png": "AA", "text/plain": "a"}) == Shown("markdown", "*a*")
    both = {"image/svg+xml": "<svg/>", "image/png": "AA"}
    assert _best(both) == Shown("image", "data:image/svg+xml;base64,PHN2Zy8+")
    assert _best({"image/png": "A\nA=\n"}) == Shown("image", "data:image/png;base64,AA=")
    assert _best({"text/html": "<table></table>", "text/plain": "a"}) == Shown("table", "<table></table>")
    assert _best({"text/plain": "a"}) == Shown("text", "a")
    assert _best({"application/javascript": "1", "text/plain": "a"})[0] == "shows HTML that is not a table"
    for text in ("<IPython.core.display.HTML object>", "[<a.B object at 0x7f00>]"):
        assert _best({"text/plain": text})[0] == "shows a Python object that has no text of its own"


def test_what_is_printed_is_joined_and_stderr_comes_first():
    def stream(name, text):
        return SimpleNamespace(output_type="stream", name=name, text=text)

    value = SimpleNamespace(output_type="display_data", data={"text/plain": "v"})
    outputs = [stream("stdout", "a"), stream("stderr", "w"), stream("stdout", "b"), value, stream("stdout", "c")]
    assert [tuple(item) for item in _shown(TASK, outputs, [])] == [
        ("stderr", "w"),
        ("stdout", "ab"),
        ("text", "v"),
        ("stdout", "c"),
    ]


def test_the_place_of_an_exception_is_the_line_of_its_own_cell(write):
    document = read(write("```{python}\n#| label: a\nx = 1\n1 / 0\n```\n"))
    task = Task(document.cells[0], "", "cell a", document.cells[0].code)
    frames = "Cell In[2], line 2\n----> 2 1 / 0\nFile /lib/x.py:99\nCell In[1], line 1"
    assert _failure(task, "ZeroDivisionError", "m", frames).where == "champions.qmd:7"
    assert _failure(task, "SyntaxError", "m", "no frame at all").where == "champions.qmd:4"
    assert _failure(task, "KeyError", "\x1b[31mm\x1b[0m", ["Cell In[2], line 77"]).what == "cell a: KeyError: m"


def test_printed_text_is_the_same_on_every_run():
    text = "\x1b[1m/tmp/ipykernel_4711/123.py:3: UserWarning: w\x1b[0m\n\n"
    assert clean(text) == "<cell>:3: UserWarning: w"


def test_dates_are_written_as_a_reader_says_them():
    assert written("2025-03-01") == "1 March 2025"
    assert written("spring") == "spring"
    assert written(3) == "3"
