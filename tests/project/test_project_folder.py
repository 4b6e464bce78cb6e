"""A project folder: laid out from the template, opened, its analyses found and their parameters read."""

from datetime import date

import pytest

import lvrn_eval as lv
from lvrn_eval.errors import AnalysisError, FrameworkError, LvrnError
from lvrn_eval.project import init_project, open_project

PUBLIC = """
    Analysis AnalysisError Check Cohort CohortError Fault Features Framework FrameworkError LvrnError
    NetworkRecords Observations Project QualityReport Records RecordsError Release ReleaseError ReportError Result
    RuleError Sentence Sources Table analysis build_report case_series coverage diff_frameworks
    engagement_features headlines indicators_of init_project instruments load_framework load_published
    load_sources map_outcomes network_answers offending open_project open_release pre_post pre_post_counts
    programme_answers protect quality_report read_records survival time_to_event to_spss verify write_release
"""


@pytest.fixture
def project(tmp_path):
    return init_project(tmp_path / "p")


def add_analysis(project, text, name="mine"):
    (project.folder / "analyses" / f"{name}.py").write_text(text, encoding="utf-8")
    return open_project(project.folder)


MINE = """
from datetime import date
import lvrn_eval as lv

@lv.analysis(programme="champions", indicators=["champions_desistance"])
def mine(records, *, as_of: date | None = None, seed: int = 1, share: float = 0.5, roles: tuple[str, ...] = ("mentor",),
         strict: bool = True, label: str = "x", odd: dict = None):
    return []
"""


def test_a_new_project_has_all_that_a_project_has_and_keeps_data_out_of_version_control(project):
    names = {path.name for path in project.folder.iterdir()}
    assert names == {
        "outcomes_framework.yaml", "sources.yaml", "published_figures.yaml", "analyses", "reports", ".gitignore",
    }  # fmt: skip
    kept_out = (project.folder / ".gitignore").read_text(encoding="utf-8").split()
    assert {"data/", "releases/", "*.key"} <= set(kept_out)
    assert len(project.framework.outcomes) == 14
    assert set(project.sources.programmes) == {each.slug for each in project.framework.programmes}
    assert len(project.published.figures) == 58
    assert "champions_reoffending" in project.analyses


def test_nothing_is_ever_overwritten(project):
    with pytest.raises(
        LvrnError, match=r"already has outcomes_framework.yaml, sources.yaml, published_figures.yaml, anal"
    ):
        init_project(project.folder)


def test_a_folder_that_is_no_project_is_refused(tmp_path):
    with pytest.raises(LvrnError, match=r"not a project folder: it has no outcomes_framework.yaml"):
        open_project(tmp_path)


def test_parameters_given_as_text_are_read_as_annotated(project):
    mine = add_analysis(project, MINE).analysis("mine")
    given = {
        "as_of": "2024-03-31",
        "seed": "7",
        "share": "0.25",
        "roles": "mentor, coach",
        "strict": "false",
        "label": "a b",
    }
    assert mine.parse(given) == {
        "as_of": date(2024, 3, 31),
        "seed": 7,
        "share": 0.25,
        "roles": ("mentor", "coach"),
        "strict": False,
        "label": "a b",
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sed": "1"}, "mine has no parameter 'sed'; did you mean 'seed'?"),
        ({"seed": "many"}, "mine: seed must be a whole number"),
        ({"as_of": "31/03/2024"}, "mine: as_of must be a day, as 2024-03-31"),
        ({"strict": "maybe"}, "mine: strict must be true or false"),
        ({"odd": "x"}, "mine: odd cannot be given as text; call the analysis from Python"),
    ],
)
def test_parameters_that_cannot_be_read_are_refused(project, given, message):
    mine = add_analysis(project, MINE).analysis("mine")
    with pytest.raises(AnalysisError) as refused:
        mine.parse(given)
    assert str(refused.value) == message


def test_an_unknown_analysis_gets_the_nearest_name(project):
    with pytest.raises(
        AnalysisError, match="no analysis 'champions_reofending' in analyses/; did you mean 'champions_r"
    ):
        project.analysis("champions_reofending")


def test_an_analysis_must_speak_to_the_framework(project):
    changed = add_analysis(project, MINE.replace("champions_desistance", "champions_desistence"))
    with pytest.raises(FrameworkError, match="champions_desistance"):
        changed.analysis("mine")


def test_a_module_that_cannot_be_loaded_says_so(project):
    broken = add_analysis(project, "import nothing_of_that_name", "broken")
    with pytest.raises(AnalysisError, match=r"analyses/broken\.py cannot be loaded: ModuleNotFoundError"):
        _ = broken.analyses


def test_the_public_names_are_locked():
    assert lv.__all__ == sorted(lv.__all__)
    assert set(lv.__all__) == set(PUBLIC.split())


def test_every_public_name_is_there_and_documented():
    for name in lv.__all__:
        assert (getattr(lv, name).__doc__ or "").strip(), name
    assert set(dir(lv)) == {*lv.__all__, "__version__"}
    with pytest.raises(AttributeError, match="no attribute 'kaplan'"):
        _ = lv.kaplan
