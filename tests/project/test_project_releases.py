"""Releases of a project from the command: run, planned, listed, verified; what is printed, and the exit codes."""

import re
import shutil
from datetime import date

import pytest

from lvrn_eval.cli import main
from lvrn_eval.cli.releases import FILES_ONLY
from lvrn_eval.errors import AnalysisError, ReleaseError
from lvrn_eval.project import init_project, open_project, verify
from lvrn_eval.project.releasing import explained
from lvrn_eval.records.synthetic import write_exports
from lvrn_eval.records.synthetic.network import write_network
from lvrn_eval.release import latest_release, open_release

KEY = "a key that is long enough for tests"

NO_PROJECT = "this is not a project folder; `--project DIR` says which project it is of."

SMALL = """
from datetime import date
import lvrn_eval as lv

@lv.analysis(programme="champions", indicators=["champions_desistance"])
def small(records, *, as_of: date | None = None, least: int = 2, roles: tuple[str, ...] = ("mentor", "coach")):
    features = lv.engagement_features(records, as_of=as_of or records.extracted_on, roles=roles)
    cohort = lv.Cohort(features, name="Small").require("Engaged", f"mentor_contacts >= {least:d}")
    return [cohort.attrition(), cohort.sample(4, per="site", seed=7).sampling()]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project with one analysis more than the template, and one release of it, whose parameters were given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LVRN_PSEUDONYM_KEY", KEY)
        project = init_project(tmp_path_factory.mktemp("releases") / "p")
        write_exports(project.folder / "data" / "champions", seed=2024)
        (project.folder / "analyses" / "small.py").write_text(SMALL, encoding="utf-8")
        run = ["run", "small", "--set", "as_of=2024-03-31", "--set", "roles=mentor", "--project", str(project.folder)]
        assert main(run) == 0
    return project.folder


@pytest.fixture
def folder(made, tmp_path, monkeypatch):
    """Return a copy of that project, to be changed; the key is set."""
    monkeypatch.setenv("LVRN_PSEUDONYM_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(made, tmp_path / "p")


@pytest.fixture
def said(capsys):
    """Return a function that runs the command and returns its exit code, its lines, and what it complains of."""

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        complaint = [line for line in captured.err.splitlines() if not line.startswith("✓")]
        return code, captured.out.splitlines(), "\n".join(complaint)

    return run


def newest(folder):
    return latest_release(folder / "releases", "small")


def test_the_manifest_says_what_it_was_made_with(folder):
    manifest = open_release(newest(folder)).manifest
    assert manifest["parameters"] == {"as_of": "2024-03-31", "least": 2, "roles": ["mentor"]}
    assert manifest["seeds"] == {"sampling": [7]}
    assert (manifest["engine"], manifest["plan"], manifest["allowed_difference"]) == ("duckdb", None, None)


def test_a_release_is_verified_by_running_its_analysis_again(folder, said):
    path = newest(folder)
    code, lines, _ = said("verify", path, "--project", folder)
    assert lines == [
        f"Release {path.name} of small, verified",
        f"All 5 files of release {path.name} are as they were written.",
        "Computed again from the same inputs, the release has the same digest.",
        "Unchanged: the input files.",
        "Unchanged: the analysis, the framework and the description of the sources.",
        "Unchanged: the parameters, the policy and the plan.",
        "Unchanged: the versions of Python, of the packages and of their code.",
    ]
    assert code == 0


def test_one_byte_changed_is_refused_by_the_command(folder, said):
    path = newest(folder)
    file = path / "attrition.csv"
    file.write_bytes(file.read_bytes().replace(b",", b";", 1))
    code, lines, complaint = said("verify", path, "--project", folder)
    assert (code, lines) == (ReleaseError.exit_code, [])
    assert complaint == (
        f"lvrn-eval: release {path.name} is not as it was written\n"
        "  attrition.csv: the file was changed after it was written"
    )


def test_another_analysis_gives_other_cells_and_is_told_as_the_reason(folder, said):
    source = folder / "analyses" / "small.py"
    source.write_text(SMALL.replace("{least:d}", "{least + 1:d}"), encoding="utf-8")
    code, lines, _ = said("verify", newest(folder), "--project", folder)
    assert code == ReleaseError.exit_code
    tables = "attrition, attrition.by_site, sampling"
    assert re.fullmatch(rf"Computed again, \d+ things differ in 3 of the tables: {tables}\.", lines[2])
    assert lines[4] == "Changed since: the analysis's source was changed."
    assert (lines[3], lines[6]) == (
        "Unchanged: the input files.",
        "Unchanged: the versions of Python, of the packages and of their code.",
    )
    cells = [line for line in lines if line.startswith("  attrition, row ") and ", rule: " not in line]
    shape = r"  attrition, row \d+ \(.+\), (people|records)_(left|removed): released (\d+|\[c\]), computed (\d+|\[c\])"
    assert [cell for cell in cells if not re.fullmatch(shape, cell)] == []
    # behind the wall on both sides: multiples of 5 alone
    numbers = [int(number) for cell in cells for number in re.findall(r"(?:released|computed) (\d+)", cell)]
    assert numbers
    assert {number % 5 for number in numbers} == {0}


def test_another_input_is_told_by_its_file(folder, said):
    file = folder / "data" / "champions" / "engagements_trust_a.csv"
    content = file.read_bytes()
    file.write_bytes(b"".join(content.splitlines(keepends=True)[:-1]))
    _, lines, _ = said("verify", newest(folder), "--project", folder)
    assert lines[3] == f"Changed since: the file data/champions/{file.name} of the table contacts has other content."


def test_without_a_key_only_the_files_are_checked(folder, said, monkeypatch):
    monkeypatch.delenv("LVRN_PSEUDONYM_KEY")
    code, lines, _ = said("verify", newest(folder), "--project", folder)
    assert code == FILES_ONLY
    assert lines[2] == (
        "The numbers were not computed again: no key: identifiers become pseudonyms with a secret key, read from the "
        "environment variable LVRN_PSEUDONYM_KEY; set it to a long random text that is kept outside the project."
    )


def test_without_records_or_analysis_only_the_files_are_checked(folder, said):
    path = newest(folder)
    (folder / "analyses" / "small.py").write_text(SMALL.replace("least", "leastwise"), encoding="utf-8")
    code, lines, _ = said("verify", path, "--project", folder)
    assert (code, lines[2]) == (
        FILES_ONLY,
        "The numbers were not computed again: small has no parameter 'least'; did you mean 'leastwise'?",
    )
    shutil.rmtree(folder / "data")
    (folder / "analyses" / "small.py").write_text(SMALL, encoding="utf-8")
    code, lines, _ = said("verify", path, "--project", folder)
    assert code == FILES_ONLY
    assert re.fullmatch(
        r"The numbers were not computed again: the records of champions cannot be used: \d+ faults?\.", lines[2]
    )


def test_outside_a_project_only_the_files_are_checked(folder, said):
    path = newest(folder)
    assert said("verify", path) == (
        FILES_ONLY,
        [
            f"Release {path.name} of small, verified",
            f"All 5 files of release {path.name} are as they were written.",
            f"The numbers were not computed again: {NO_PROJECT}",
        ],
        "",
    )


def test_the_project_of_the_current_folder_is_used(folder, said, monkeypatch):
    monkeypatch.chdir(folder)
    code, lines, _ = said("verify", newest(folder))
    assert (code, lines[2]) == (0, "Computed again from the same inputs, the release has the same digest.")


def test_a_project_that_is_none_is_refused(folder, said, tmp_path):
    code, lines, complaint = said("verify", newest(folder), "--project", tmp_path)
    assert (code, lines) == (1, [])
    assert complaint == (
        f"lvrn-eval: {tmp_path} is not a project folder: it has no outcomes_framework.yaml, sources.yaml, analyses, "
        "reports; lay one out with `lvrn-eval init DIR`"
    )


def test_an_analysis_of_several_programmes_is_verified_too(folder, said):
    write_network(folder / "data", seed=2024, champions_supported=600)
    source = """
import pandas as pd
import lvrn_eval as lv

@lv.analysis(programme=["communications", "data_sharing"], indicators=[])
def both(records):
    return [lv.Result("whose", "Whose records", pd.DataFrame({"programme": list(records)}), {}, shape="counts")]
"""
    (folder / "analyses" / "both.py").write_text(source, encoding="utf-8")
    _, lines, _ = said("run", "both", "--project", folder)
    assert said("verify", lines[0], "--project", folder)[0] == 0


def test_verify_from_python_takes_a_project_and_a_key(folder, monkeypatch):
    monkeypatch.delenv("LVRN_PSEUDONYM_KEY")
    found = verify(newest(folder), open_project(folder), key=KEY.encode())
    assert (found.name, found.check("numbers").passed, len(found.table)) == ("verification", True, 0)
    assert list(found.table.columns) == ["table", "row", "column", "released", "computed"]


PLANNED = [
    "Plan of small, locked on {today} by A. Analyst",
    "Programme: champions",
    "Indicators: champions_desistance",
    "Primary outcome: attrition",
    "Families: selection: attrition, sampling",
    "Disclosure policy: strict",
    "Parameters:",
    "  as_of = null",
    "  least = 3",
    '  roles = ["mentor","coach"]',
]


def test_a_plan_is_locked_shown_and_deviated_from(folder, said):
    shutil.rmtree(folder / "releases")
    choices = ["--set", "least=3", "--primary", "attrition", "--family", "selection=attrition, sampling"]
    code, lines, _ = said("plan", "lock", "small", *choices, "--by", "A. Analyst", "--project", folder)
    plan = open_project(folder).plan("small")
    file = folder / "plans" / "small.json"
    assert (code, lines) == (0, [f"{file}: version 1, digest {plan.current['digest']}"])
    planned = [line.format(today=date.today().isoformat()) for line in PLANNED]  # noqa: DTZ011
    assert said("plan", "show", "small", "--project", folder) == (
        0,
        [*planned, f"Digest: {plan.current['digest']}"],
        "",
    )
    code, lines, _ = said("run", "small", "--project", folder, "--set", "least=3")
    assert open_release(lines[0]).deviations == ()
    assert open_release(lines[0]).plan["digest"] == plan.current["digest"]


def test_deviations_are_in_the_release_and_in_the_list(folder, said):
    first = newest(folder)
    assert said("plan", "lock", "small", "--by", "A", "--policy", "hes", "--project", folder)[0] == 0
    source = folder / "analyses" / "small.py"
    source.write_text(f"{SMALL}\n# another thought\n", encoding="utf-8")
    code, lines, complaint = said("run", "small", "--set", "least=1", "--project", folder)
    assert (code, lines) == (ReleaseError.exit_code, [])
    assert complaint.splitlines()[0] == (
        f"lvrn-eval: beside the earlier release {first.name} this one would tell of few people; "
        "`--allow-difference REASON` writes it all the same and records the reason"
    )
    allow = ["--allow-difference", "Nobody in these records exists."]
    code, lines, told = said("run", "small", "--set", "least=1", *allow, "--project", folder)
    assert (code, len(lines)) == (0, 1)
    release = open_release(lines[0])
    today = date.today().isoformat()  # noqa: DTZ011
    assert release.deviations == (
        f"1 release of this analysis had been made when the plan was locked on {today}.",
        "The parameter least was 1; planned was 2.",
        "The disclosure policy was strict; planned was hes.",
        "The analysis's source was changed after the plan was locked.",
    )
    assert release.manifest["allowed_difference"] == "Nobody in these records exists."
    assert told.splitlines() == [f"Deviates from its plan: {sentence}" for sentence in release.deviations]
    code, lines, again = said("release", "small", "--project", folder)
    at = [open_release(path).manifest["created_at"][:16] for path in (release.path, first)]
    assert (code, lines) == (
        0,
        [
            f"{release.path}, made at {at[0]} under the policy strict",
            f"{first}, made at {at[1]} under the policy strict",
        ],
    )
    assert again == told


def test_what_a_release_hides_is_explained(folder, said, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, lines, complaint = said("release", "small", "--explain", "--project", folder)
    project, release = open_project(folder), open_release(newest(folder))
    found = explained(project, release, key=KEY.encode())
    marks = [t.suppressed.to_numpy().sum() for r in release.results.values() for t in (r, *r.parts.values())]
    assert found.table["hidden"].sum() == sum(marks) > 9
    assert (code, lines[0].strip(), lines[-1], complaint) == (0, found.title, str(found.text[0]), "")
    assert [line for line in lines if "sampling" in line and "shortfall" in line]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "small"], 8, "there is no plan of 'small'; lock one with `lvrn-eval plan lock small`"),
        (["show", "smal"], 7, "there is no analysis 'smal' in analyses/; did you mean 'small'?"),
        (["lock", "small", "--set", "leest=1"], 7, "small has no parameter 'leest'; did you mean 'least'?"),
        (["lock", "small", "--family", "one"], 7, "--family takes NAME=VALUE; one has no '='"),
        (["lock", "small", "--policy", "strikt"], 8, "there is no disclosure policy 'strikt'; did you mean 'strict'?"),
        (
            ["lock", "small", "--amend", "x"],
            8,
            "there is no plan of 'small' to amend; lock one with `lvrn-eval plan lock small`",
        ),
    ],
)
def test_what_no_plan_can_be_is_refused(folder, said, arguments, code, message):
    assert said("plan", *arguments, "--project", folder) == (code, [], f"lvrn-eval: {message}")
    assert not (folder / "plans" / "small.json").exists()


def test_plan_alone_says_what_it_can_do(said):
    code, lines, _ = said("plan")
    assert code == 0
    assert [line.split()[0] for line in lines if line.startswith("    ")] == ["lock", "show"]


def test_who_locks_must_be_known(folder, monkeypatch):
    def nobody():
        raise OSError

    monkeypatch.setattr("getpass.getuser", nobody)
    with pytest.raises(ReleaseError) as refused:
        open_project(folder).lock_plan("small")
    assert str(refused.value) == "this machine does not say who you are; say it with `--by NAME`"


def test_an_analysis_without_a_release_says_so(folder, said):
    shutil.rmtree(folder / "releases")
    message = "lvrn-eval: there is no release of 'small' yet; make one with `lvrn-eval run small`"
    assert said("release", "small", "--project", folder) == (ReleaseError.exit_code, [], message)


def test_recorded_choices_become_parameters_again(folder):
    small = open_project(folder).analysis("small")
    given = {"as_of": date(2024, 3, 31), "least": 3, "roles": ("mentor",)}
    assert small.restore(small.choices(given)) == given
    assert small.restore(small.choices()) == {"as_of": None, "least": 2, "roles": ("mentor", "coach")}
    with pytest.raises(AnalysisError) as refused:
        small.restore({"leest": 1})
    assert str(refused.value) == "small has no parameter 'leest'; did you mean 'least'?"
