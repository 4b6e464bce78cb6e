"""The Quarto engine, with a stand-in for its program that writes down how it was called."""

from __future__ import annotations

import json
import os
import platform
import sys
import zipfile

import pytest

from lvrn_eval.errors import ReportError
from lvrn_eval.report.render import render

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a script with a first line #!")

STAND_IN = """#!{python}
import json, os, pathlib, shutil, sys
if sys.argv[1:] == ["--version"]:
    print({version!r})
    sys.exit({version_status})
here = pathlib.Path(__file__).parent
names = ["QUARTO_PYTHON", "SOURCE_DATE_EPOCH", "LVRN_RELEASE", "TZ", "PYTHONHASHSEED", "LVRN_PICTURES", "LVRN_ENGINE"]
call = {{"argv": sys.argv[1:], "cwd": os.getcwd(), "env": {{name: os.environ.get(name) for name in names}}}}
(here / "call.json").write_text(json.dumps(call))
with (here / "calls.txt").open("a") as calls:
    calls.write(" ".join(sys.argv[3:5]) + "\\n")
if "--reference-doc" in sys.argv:
    shutil.copy(sys.argv[sys.argv.index("--reference-doc") + 1], here / "styles.docx")
sys.stderr.write({stderr!r})
if {page!r}:
    output = pathlib.Path(sys.argv[sys.argv.index("--output-dir") + 1])
    output.mkdir()
    ending = "." + sys.argv[4].replace("typst", "pdf")
    (output / pathlib.Path(sys.argv[2]).with_suffix(ending).name).write_text({page!r})
sys.exit({status})
"""
PAGE = "<!DOCTYPE html><title>By Quarto</title><script>let its_own = 1</script>"


@pytest.fixture
def quarto(tmp_path, monkeypatch):
    """Put a stand-in on the path; return its folder."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def install(*, version="1.9.3", version_status=0, stderr="Output created: a.html\n", status=0, page=PAGE):
        said = {"version": version, "version_status": version_status, "stderr": stderr, "status": status, "page": page}
        program = folder / "quarto"
        program.write_text(STAND_IN.format(python=sys.executable, **said))
        program.chmod(0o755)
        return folder

    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    return install


def test_quarto_is_called_as_it_must_be(quarto, write, tmp_path):
    folder = quarto()
    source = write("Words.\n")
    told = []
    rendered = render(source, tmp_path / "out", environment={"LVRN_RELEASE": "here"}, epoch=5, progress=told.append)
    assert (rendered.path, rendered.engine) == (tmp_path / "out" / "champions.html", "quarto")
    assert rendered.versions["quarto"] == "1.9.3"
    assert rendered.path.read_text() == PAGE
    call = json.loads((folder / "call.json").read_text())
    assert call["argv"][:5] == ["render", str(source), "--to", "html", "--output-dir"]
    assert call["argv"][6:] == ["--profile", "arc", "--no-execute-daemon"]
    assert call["cwd"] == str(source.parent)
    assert call["env"] == {
        "QUARTO_PYTHON": sys.executable,
        "SOURCE_DATE_EPOCH": "5",
        "LVRN_RELEASE": "here",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "LVRN_PICTURES": "svg",
        "LVRN_ENGINE": f"Quarto 1.9.3, Python {platform.python_version()}",
    }
    assert told == ["Checking champions.qmd", "Rendering champions.qmd with Quarto 1.9.3"]


def test_quarto_makes_every_format_for_an_audience(quarto, write, tmp_path):
    folder = quarto()
    rendered = render(write("Words.\n"), tmp_path / "out", formats=["pdf", "docx", "html"], audience="public")
    assert [path.name for path in rendered.pages.values()] == ["champions.pdf", "champions.docx", "champions.html"]
    assert (folder / "calls.txt").read_text() == "--to typst\n--to docx\n--to html\n"
    call = json.loads((folder / "call.json").read_text())
    assert call["argv"][6:8] == ["--profile", "public"]
    with zipfile.ZipFile(folder / "styles.docx") as styles:
        assert b"A report" in styles.read("word/header1.xml")


def test_quarto_does_not_make_pages_that_must_be_marked(quarto, write, tmp_path):
    folder = quarto()
    program = (folder / "quarto").read_text()
    touch = 'pathlib.Path(os.environ["LVRN_INTERNAL"]).touch()\n'
    (folder / "quarto").write_text(program.replace("sys.stderr.write", f"{touch}sys.stderr.write"))
    with pytest.raises(ReportError) as caught:
        render(write("Words.\n"), tmp_path / "out")
    assert str(caught.value) == (
        "champions.qmd is not kept\n  champions.qmd: its release is for the building alone, and Quarto cannot mark "
        "every page so\n      → render it with the built-in engine"
    )
    assert not (tmp_path / "out").exists()


FAILING = {
    "it fails": (
        {"status": 3, "stderr": "\x1b[31mERROR: no such thing\x1b[0m\n  at line 5\n"},
        (
            "champions.qmd is not rendered\n  quarto render: Quarto ended with status 3\n"
            "      ERROR: no such thing\n        at line 5"
        ),
    ),
    "it fails silently": (
        {"status": 1, "stderr": ""},
        "champions.qmd is not rendered\n  quarto render: Quarto ended with status 1\n      it said nothing",
    ),
    "it warns and says that all is well": (
        {"stderr": "pandoc\n[WARNING] Unable to resolve crossref @fig-x\nWARN: two\nOutput created: a.html\n"},
        (
            "champions.qmd is not rendered\n  quarto render: Quarto ended well but complained\n"
            "      [WARNING] Unable to resolve crossref @fig-x\n      WARN: two\n      → put right what it names"
        ),
    ),
    "it leaves no page": ({"page": ""}, "champions.qmd is not rendered: Quarto left no champions.html"),
    "it is too old": (
        {"version": "1.8.26"},
        (
            "Quarto is not used\n  quarto --version: Quarto 1.8.26 is too old: 1.9 is the oldest that renders offline; "
            "older ones download fonts for callouts while rendering\n"
            "      → update it, unset QUARTO_PATH, or ask for the built-in engine"
        ),
    ),
    "it tells no version": ({"version": "?"}, "Quarto cannot be called: `quarto --version` tells no version"),
    "it cannot tell": ({"version_status": 1}, "Quarto cannot be called: `quarto --version` tells no version"),
    "its page is not whole": (
        {"page": '<script src="https://cdn.example.org/a.js"></script>'},
        (
            "champions.html is not kept: a page must stand alone\n  champions.html: "
            "the page asks the network for something: "
            "<script src> (1)\n      → set `embed-resources: true` and `html-math-method: "
            "mathml`, and keep copies of pictures"
        ),
    ),
}


@pytest.mark.parametrize(("said", "expected"), FAILING.values(), ids=FAILING)
def test_a_failure_of_quarto_is_ours(quarto, write, tmp_path, said, expected):
    quarto(**said)
    with pytest.raises(ReportError) as caught:
        render(write("Words.\n"), tmp_path / "out")
    assert str(caught.value) == expected
    assert not (tmp_path / "out").exists()


def test_a_source_is_linted_before_quarto_is_asked(quarto, write, tmp_path):
    folder = quarto()
    with pytest.raises(ReportError, match="nothing in the report has the label 'sec-none'"):
        render(write("See @sec-none.\n"), tmp_path / "out")
    assert not (folder / "call.json").exists()


def test_quarto_path_comes_first(quarto, write, tmp_path, monkeypatch):
    folder = quarto()
    elsewhere = tmp_path / "my-quarto"
    (folder / "quarto").rename(elsewhere)
    monkeypatch.setenv("QUARTO_PATH", str(elsewhere))
    assert render(write("Words.\n"), tmp_path / "out").engine == "quarto"


def test_a_wrong_quarto_path_is_no_reason_to_use_another_engine(quarto, write, tmp_path, monkeypatch):
    quarto()
    monkeypatch.setenv("QUARTO_PATH", str(tmp_path / "none"))
    with pytest.raises(ReportError) as caught:
        render(write("Words.\n"), tmp_path / "out")
    assert str(caught.value) == (
        "Quarto cannot be called\n  QUARTO_PATH: the variable is set, but not to a program\n"
        "      → correct it, or unset it"
    )


def test_a_program_that_cannot_start(quarto, write, tmp_path):
    folder = quarto()
    (folder / "quarto").write_text("#!/no/such/interpreter\n")
    with pytest.raises(ReportError, match="Quarto cannot be called: No such file or directory"):
        render(write("Words.\n"), tmp_path / "out")


def test_the_built_in_engine_is_used_when_asked_for_or_when_there_is_no_other(quarto, write, tmp_path):
    source = write("Words.\n")
    assert render(source, tmp_path / "out").engine == "builtin"
    with pytest.raises(ReportError, match="Quarto is asked for, but neither QUARTO_PATH nor the path has it"):
        render(source, tmp_path / "out", engine="quarto")
    folder = quarto()
    assert render(source, tmp_path / "out", engine="builtin").engine == "builtin"
    assert not (folder / "call.json").exists()
