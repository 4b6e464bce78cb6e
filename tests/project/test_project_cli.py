"""The command: what it prints, what it refuses, and its exit codes."""

import re

import pytest

from lvrn_eval import errors
from lvrn_eval.cli import main
from lvrn_eval.project import init_project
from lvrn_eval.records.synthetic import write_exports

KEY = "a key that is long enough for tests"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    project = init_project(tmp_path_factory.mktemp("cli") / "p")
    write_exports(project.folder / "data" / "champions", seed=2024)
    return project.folder


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("LVRN_PSEUDONYM_KEY", KEY)


def test_help_names_every_command(capsys):
    assert main([]) == 0
    text = capsys.readouterr().out
    commands = "demo init synthesise check map headlines run explain plan release verify report framework doctor"
    for command in commands.split():
        assert re.search(rf"^ +{command}\s", text, re.MULTILINE)


def test_version(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith("lvrn-eval ")


def test_init_lays_out_a_project_once(tmp_path, capsys):
    assert main(["init", str(tmp_path / "new")]) == 0
    assert "A new project is laid out" in capsys.readouterr().out
    assert main(["init", str(tmp_path / "new")]) == 1
    assert "already has" in capsys.readouterr().err


@pytest.mark.usefixtures("key")
def test_check_says_what_was_read(folder, capsys):
    assert main(["check", "champions", "--project", str(folder)]) == 0
    text = capsys.readouterr().out
    assert "No faults" in text
    assert "data/champions/clients_trust_a.csv (cp1252)" in text


def test_no_key_no_run(folder, capsys, monkeypatch):
    monkeypatch.delenv("LVRN_PSEUDONYM_KEY", raising=False)
    assert main(["check", "champions", "--project", str(folder)]) == errors.RecordsError.exit_code
    assert "read from the environment variable LVRN_PSEUDONYM_KEY" in capsys.readouterr().err


@pytest.mark.usefixtures("key")
def test_run_writes_a_release_and_says_where(folder, capsys):
    assert main(["run", "champions_reoffending", "--project", str(folder), "--set", "seed=7"]) == 0
    captured = capsys.readouterr()
    assert "releases/champions_reoffending/" in captured.out.replace("\\", "/")
    assert KEY not in captured.out + captured.err


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--set", "seed"], 7, "--set takes NAME=VALUE; seed has no '='"),
        (["--set", "sed=1"], 7, "did you mean 'seed'?"),
        (["--policy", "strikt"], 8, "did you mean 'strict'?"),
    ],
)
def test_run_refuses_with_an_exit_code_of_its_own(folder, capsys, arguments, code, message):
    assert main(["run", "champions_reoffending", "--project", str(folder), *arguments]) == code
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("key")
def test_explain_prints_the_steps_and_no_secret(folder, capsys):
    assert main(["explain", "champions_reoffending", "--project", str(folder)]) == 0
    text = capsys.readouterr().out
    assert "cohort/engagement_features" in text
    assert "$inner_pad" in text
    assert KEY not in text


def test_synthesise(tmp_path, capsys):
    assert main(["synthesise", str(tmp_path), "--people", "200"]) == 0
    assert "the data is synthetic" in capsys.readouterr().out
    assert {path.stem for path in tmp_path.glob("*.parquet")} == {
        "people",
        "referrals",
        "contacts",
        "events",
        "custody",
    }


def test_framework_and_doctor(folder, capsys):
    assert main(["framework", "--project", str(folder)]) == 0
    assert "14 outcomes" in capsys.readouterr().out
    assert main(["doctor"]) == 0
    assert "duckdb" in capsys.readouterr().out


def test_a_report_that_is_not_there(folder, capsys):
    assert main(["report", "champion", "--project", str(folder)]) == errors.ReportError.exit_code
    assert "there is no report 'champion'; there are: champions" in capsys.readouterr().err


def test_demo_refuses_a_folder_that_holds_something_else(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert main(["demo", str(tmp_path)]) == 1
    assert "holds something that is not a demo" in capsys.readouterr().err
