"""Mapping, published figures and frameworks from the command: what it prints, at any width, and what it writes."""

from __future__ import annotations

import contextlib
import csv
import io
import shutil
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from lvrn_eval import errors
from lvrn_eval.cli import main
from lvrn_eval.errors import LvrnError
from lvrn_eval.project import init_project, open_project
from lvrn_eval.records.synthetic.network import write_network
from lvrn_eval.terminal import MARKS, WORDED, show_figures, show_frame, write_csv

KEPT = ("youth_engagement", "communications", "data_sharing")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A project whose sources name three small programmes only."""
    project = init_project(tmp_path_factory.mktemp("few") / "p")
    write_network(project.folder / "data", seed=2024, champions_supported=600)
    yaml, path = YAML(), project.folder / "sources.yaml"
    content = yaml.load(path)
    for programme in set(content["programmes"]) - set(KEPT):
        del content["programmes"][programme]
    yaml.dump(content, path)
    return project.folder


@pytest.fixture(autouse=True, scope="module")
def _surroundings():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LVRN_PSEUDONYM_KEY", "a key that is long enough for tests")
        patch.setenv("COLUMNS", "80")
        yield


def printed(*arguments: object) -> list[str]:
    """Run the command and return the lines it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main([str(argument) for argument in arguments]) == 0
    return [line.rstrip() for line in out.getvalue().splitlines()]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def mapped(few):
    """What `map` prints for all programmes; its files lie in the project."""
    return printed("map", "--project", few, "--csv", few / "o.csv", "--coverage", few / "c.csv")


@pytest.fixture(scope="module")
def figures(few, tmp_path_factory):
    """What `headlines` prints where one figure is false, and the rows it writes."""
    folder = tmp_path_factory.mktemp("false") / "p"
    shutil.copytree(few, folder)
    event = folder / "data" / "youth_engagement" / "hope_hack.csv"
    event.write_text(event.read_text(encoding="utf-8").replace("School,52", "School,42"), encoding="utf-8")
    lines = printed("headlines", "--project", folder, "--csv", folder / "h.csv")
    assert lines.pop() == f"The table is in {folder / 'h.csv'}. It is not protected: keep it inside."
    return lines, {row["id"]: row for row in rows(folder / "h.csv")}


def test_map_shows_the_grid_and_what_nobody_measures(few, mapped):
    assert max(map(len, mapped[:17])) <= 80
    assert mapped[0] == "Which programme measures which outcome"
    assert mapped[1].split() == ["4"] * 4 + ["3"] * 3 + ["2"] * 3 + ["1"] * 4
    assert "".join(mapped[2].split()) == "outcome.1.2.3.4.1.2.3.1.2.3.1.2.3.4"
    grid = {line.split()[0]: line.split()[1:] for line in mapped[3:16]}
    assert list(grid) == [each.slug for each in open_project(few).framework.programmes]
    assert grid["youth_engagement"] == ["#"]
    assert grid["communications"] == ["+"]
    assert set(grid["champions"]) == {"?"}
    assert mapped[16] == "# measured   + counted only   ? claimed   blank nothing"
    assert any(line.startswith("Nobody measures these") for line in mapped)


def test_map_writes_observations_and_why_each_blank_stands(few, mapped):
    observations, cells = rows(few / "o.csv"), rows(few / "c.csv")
    assert mapped[-2:] == [
        f"Why each mark and each blank stands is in {few / 'c.csv'}.",
        f"{len(observations)} observations are in {few / 'o.csv'}. It is not protected: keep it inside.",
    ]
    assert {row["programme"] for row in observations} == set(KEPT)
    assert len(cells) == 13 * 14
    # a blank, or a mark that is less than measured, says why
    assert [cell for cell in cells if (cell["mark"] != "measured") != bool(cell["reason"])] == []


def test_map_of_some_programmes_shows_these_alone(few):
    lines = printed("map", "youth_engagement", "youth_engagement", "--project", few)
    assert [line.split()[0] for line in lines[3:]] == ["youth_engagement", "#"]


SAID = [
    "yes comms.night_guardian_views: published rounded 221,000 (views), computed 221,304 (+304) ",
    "(+304) views of the Night Guardian campaign, page 29; records of 2023-01-01 to 2023-12-31",
    "no youth.hope_hack_participants: published over 85 (people), computed 79 (-6)",
    "open: page 28 dates the event September 2022; page 6 lists it under 2023",
    "- sceptre.arrests: published 152 (arrests) arrests in Operation Sceptre, page 24 not computed: no records of grip",
    'open: page 7 says "almost 20,000", page 24 "additional 20,000"',
    "4 of 58 published figures could be computed from records; each of the others says why not. 3 of those computed",
    "Do not hold: youth.hope_hack_participants.",
]


def test_headlines_show_each_figure_with_what_is_open(figures):
    lines, _ = figures
    assert max(map(len, lines[:-4])) <= 80
    text = " ".join(" ".join(lines).split())
    assert [said for said in SAID if said not in text] == []


def test_headlines_write_the_table(figures):
    _, table = figures
    assert len(table) == 58
    assert table["youth.hope_hack_participants"]["computed"] == "79.0"
    holds = ("youth.hope_hack_participants", "comms.night_guardian_views", "sceptre.arrests")
    assert [table[name]["holds"] for name in holds] == ["False", "True", ""]


def test_a_wide_terminal_needs_fewer_lines(monkeypatch, capsys):
    figure = {
        "id": "a.b", "programme": "p", "about": "what it is about", "published": -58.0, "qualifier": "never_more_than",
        "unit": "percent", "page": 3, "computed": -58.1254, "difference": -0.1254, "holds": True, "reason": "",
        "leaves_open": "much that is not stated " * 5, "period_start": None, "period_end": "2024-03-31",
    }  # fmt: skip
    shown = {}
    for width in (80, 150):
        monkeypatch.setenv("COLUMNS", str(width))
        show_figures(pd.DataFrame([figure]), "title")
        shown[width] = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
        assert max(map(len, shown[width])) <= width
    assert len(shown[80]) == len(shown[150]) + 1
    assert shown[80][:6] == [
        "title", "", "p", "  yes  a.b: published at most -58 (percent), computed -58.125 (-0.125)",
        "       what it is about, page 3; records up to 2024-03-31",
        "       open: much that is not stated much that is not stated much that is not",
    ]  # fmt: skip


def test_an_unknown_programme_gets_the_nearest(few, capsys):
    assert main(["map", "youth_engagment", "--project", str(few)]) == errors.RecordsError.exit_code
    said = "lvrn-eval: sources.yaml has no programme 'youth_engagment'; did you mean 'youth_engagement'?"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["map", "--csv"], ["map", "--coverage"], ["headlines", "--csv"]])
def test_a_folder_that_is_not_there_is_told_before_the_work(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "nowhere/x.csv"])
    assert stopped.value.code == 2
    assert f"argument {arguments[1]}: there is no folder nowhere" in capsys.readouterr().err


def test_a_file_that_cannot_be_written(tmp_path):
    with pytest.raises(LvrnError) as refused:
        write_csv(pd.DataFrame({"a": [1]}), tmp_path)
    assert str(refused.value) == f"{tmp_path} cannot be written: is a directory"


def test_faults_of_all_programmes_come_at_once(few, capsys, tmp_path):
    folder = tmp_path / "p"
    shutil.copytree(few, folder)
    for name in ("youth_engagement/hope_hack.csv", "communications/content.csv"):
        path = folder / "data" / name
        path.write_bytes(path.read_bytes().replace(b"20", b"3x", 1))
    assert main(["map", "--project", str(folder)]) == errors.RecordsError.exit_code
    said = capsys.readouterr().err
    assert "the records cannot be used: 2 faults" in said
    assert "youth_engagement.training.on (data/youth_engagement/hope_hack.csv)" in said
    assert "(data/communications/content.csv)" in said


def test_a_register_with_faults_stops_before_the_records_are_read(few, capsys, tmp_path, monkeypatch):
    folder = tmp_path / "p"
    shutil.copytree(few, folder)
    path = folder / "published_figures.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("page: 24", "page: many", 1), encoding="utf-8")
    monkeypatch.delenv("LVRN_PSEUDONYM_KEY")
    assert main(["headlines", "--project", str(folder)]) == errors.FrameworkError.exit_code
    assert "`page` must be a whole number from 1 on" in capsys.readouterr().err


def test_a_project_need_not_publish_figures(few, capsys, tmp_path):
    folder = tmp_path / "p"
    shutil.copytree(few, folder)
    (folder / "published_figures.yaml").unlink()
    assert open_project(folder).framework.outcomes
    assert main(["headlines", "--project", str(folder)]) == errors.FrameworkError.exit_code
    assert "published_figures.yaml: there is no such file" in capsys.readouterr().err


def test_framework_diff(capsys, tmp_path):
    old = ROOT / "outcomes_framework.yaml"
    new = tmp_path / "new.yaml"
    text = old.read_text(encoding="utf-8")
    new.write_text(text.replace("where: measure = 'arrests'", "where: measure = 'arrest'", 1), encoding="utf-8")
    told = "\n".join(printed("framework", "diff", old, new))
    assert "sceptre_arrests" in told
    assert "measure = 'arrest'" in told
    assert main(["framework", "diff", str(tmp_path / "none.yaml"), str(old)]) == errors.FrameworkError.exit_code
    assert "there is no such file" in capsys.readouterr().err


def test_every_mark_and_wording_is_shown():
    from typing import get_args

    from lvrn_eval.framework.coverage import Mark
    from lvrn_eval.framework.judging import Qualifier

    assert set(MARKS) == set(get_args(Mark))
    assert set(WORDED) == set(get_args(Qualifier))
    assert len(set(MARKS.values())) == len(MARKS)


def test_no_cell_of_a_csv_can_run(tmp_path):
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "plain", None]
    frame = pd.DataFrame(
        {
            "text": hostile,
            "category": pd.Categorical(hostile),
            "string": pd.array(hostile, dtype="string"),
            "number": [-1.5] * len(hostile),
            "whole": pd.array([None] * len(hostile), dtype="Int64"),
            "day": pd.to_datetime(["2023-01-01"] * len(hostile)),
        },
    )
    write_csv(frame, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    for name in ("text", "category", "string"):
        cells = [row[name] for row in rows(tmp_path / "x.csv")]
        assert cells == [f"'{text}" for text in hostile[:-2]] + ["plain", ""]
    first = rows(tmp_path / "x.csv")[0]
    assert (first["number"], first["whole"], first["day"]) == ("-1.5", "", "2023-01-01")


def test_cells_are_shown_as_people_write_them(capsys):
    frame = pd.DataFrame(
        {
            "[red]text[/red]": ["[bold]x[/bold]", None],
            "number": [1234.5, float("nan")],
            "whole": pd.array([1_000, None], dtype="Int64"),
            "holds": pd.array([True, None], dtype="boolean"),
        },
    )
    show_frame(frame, "title")
    text = capsys.readouterr().out
    assert "[bold]x[/bold]" in text
    assert "1,234.5" in text
    assert "yes" in text
    assert text.count(" - ") == 4
