"""An analysis plan: locked once, amended with a reason, kept in order, and held against what was run."""

import json

import pandas as pd
import pytest

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release import open_release, write_release
from lvrn_eval.release.manifest import readable_json
from lvrn_eval.release.plan import held_against, lock_plan, outcomes, read_plan
from lvrn_eval.result import Result

CONTENT = {
    "analysis": "reoffending",
    "programme": "champions",
    "indicators": ["desistance"],
    "primary": "equal_windows:rate_ratio",
    "families": {"secondary": ["equal_windows:share_desisted", "curve"]},
    "parameters": {"window": "183 days", "as_of": None, "kinds": ["suspect"]},
    "policy": "strict",
    "digests": {"analysis": "a" * 64, "framework": "f" * 64},
    "releases_before": 0,
}
RUN = {key: CONTENT[key] for key in ("parameters", "policy", "indicators", "digests")}


def result(name, *terms):
    table = pd.DataFrame({"term": list(terms), "n": 40}) if terms else pd.DataFrame({"n": [40]})
    return Result(name, "Title", table, {}, count_columns=("n",), shape="counts")


RESULTS = [result("equal_windows", "rate_ratio", "share_desisted"), result("curve")]


def lock(path, on="2026-03-01", by="A. Analyst", amend=None, **changed):
    return lock_plan(path / "reoffending.json", {**CONTENT, **changed}, on=on, by=by, amend=amend)


def deviations(plan, results=RESULTS, **changed):
    return held_against(plan, results=results, **{**RUN, **changed})["deviations"]


def refusal(action):
    with pytest.raises(ReleaseError) as refused:
        action()
    return str(refused.value)


def test_a_plan_is_read_back_as_it_was_locked(tmp_path):
    plan = lock(tmp_path)
    assert read_plan(tmp_path / "reoffending.json") == plan
    assert {key: plan.current[key] for key in CONTENT} == CONTENT
    assert (plan.current["number"], plan.current["previous"], plan.current["reason"]) == (1, None, None)
    assert (plan.current["on"], plan.current["by"], plan.amendments) == ("2026-03-01", "A. Analyst", ())
    assert read_plan(tmp_path / "another.json") is None


def test_the_same_plan_has_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        lock(tmp_path / name)
    one, two = (tmp_path / name / "reoffending.json" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_a_locked_plan_is_never_overwritten(tmp_path):
    first = lock(tmp_path)
    assert refusal(lambda: lock(tmp_path, policy="hes")) == (
        "'reoffending' has a plan, locked on 2026-03-01; nothing of it is overwritten: "
        "`--amend REASON` puts a new version after it"
    )
    assert read_plan(tmp_path / "reoffending.json") == first


def test_amendments_are_kept_in_order(tmp_path):
    first = lock(tmp_path)
    lock(tmp_path, on="2026-04-01", amend="Shorter follow-up.", parameters={"window": "90 days"})
    plan = lock(tmp_path, on="2026-05-01", by="B", amend="Fewer outcomes", families={})
    assert plan.versions[0] == first.current
    assert [(each["number"], each["on"], each["by"], each["reason"]) for each in plan.versions] == [
        (1, "2026-03-01", "A. Analyst", None),
        (2, "2026-04-01", "A. Analyst", "Shorter follow-up."),
        (3, "2026-05-01", "B", "Fewer outcomes"),
    ]
    assert [each["previous"] for each in plan.versions] == [None, *(each["digest"] for each in plan.versions[:-1])]
    assert plan.lines() == [
        "Plan of reoffending, locked on 2026-03-01 by A. Analyst",
        "Amended on 2026-04-01 by A. Analyst: Shorter follow-up.",
        "Amended on 2026-05-01 by B: Fewer outcomes",
        "Programme: champions",
        "Indicators: desistance",
        "Primary outcome: equal_windows:rate_ratio",
        "Families: none",
        "Disclosure policy: strict",
        "Parameters:",
        '  window = "183 days"',
        "  as_of = null",
        '  kinds = ["suspect"]',
        f"Digest: {plan.current['digest']}",
    ]


def test_what_is_no_amendment_is_refused(tmp_path):
    assert refusal(lambda: lock(tmp_path, amend="Because.")) == (
        "there is no plan of 'reoffending' to amend; lock one with `lvrn-eval plan lock reoffending`"
    )
    lock(tmp_path)
    assert refusal(lambda: lock(tmp_path, amend=" ", policy="hes")) == "an amendment needs a reason"
    assert refusal(lambda: lock(tmp_path, amend="Because.", on="2026-04-01")) == (
        "there is nothing to amend: the plan of 'reoffending' already says all this"
    )


def forged(text):
    """Yield ways to change the past: another day, no first version, another reason, another order, no version."""
    data = json.loads(text)
    first, second = data["versions"]
    yield text.replace("2026-03-01", "2026-02-01")
    yield readable_json({**data, "versions": [second]})
    yield readable_json({**data, "versions": [first, {**second, "reason": "Another."}]})
    yield readable_json({**data, "versions": [second, first]})
    yield readable_json({**data, "versions": []})
    yield readable_json({**data, "analysis": "another"})
    yield readable_json({**data, "versions": [first, first]})
    yield text + "\n"
    yield text[:-3]
    yield "[]"


def test_a_plan_whose_past_was_changed_is_refused(tmp_path):
    lock(tmp_path)
    lock(tmp_path, on="2026-04-01", amend="Shorter.", parameters={"window": "90 days"})
    path = tmp_path / "reoffending.json"
    whole = path.read_text(encoding="utf-8")
    for text in forged(whole):
        path.write_text(text, encoding="utf-8")
        assert refusal(lambda: read_plan(path)) == "the plan reoffending.json is not as it was locked", text
        assert refusal(lambda: lock(tmp_path, amend="More.")) == "the plan reoffending.json is not as it was locked"
    path.write_bytes(b"\xff")
    assert refusal(lambda: read_plan(path)) == "the plan reoffending.json cannot be read"


def test_a_run_as_planned_deviates_in_nothing(tmp_path):
    plan = lock(tmp_path)
    assert held_against(plan, results=RESULTS, **RUN) == {
        "digest": plan.current["digest"],
        "locked_on": "2026-03-01",
        "amendments": [],
        "primary": "equal_windows:rate_ratio",
        "families": {"secondary": ["equal_windows:share_desisted", "curve"]},
        "deviations": [],
    }


def test_without_a_plan_nothing_is_said():
    assert held_against(None, results=RESULTS, **RUN) is None


def test_every_deviation_is_a_plain_sentence(tmp_path):
    lock(tmp_path, releases_before=2)
    plan = lock(tmp_path, on="2026-04-01", amend="Shorter follow-up.", releases_before=3)
    found = deviations(
        plan,
        results=[result("equal_windows", "rate_difference")],
        parameters={"window": "90 days", "kinds": ["suspect", "charge"], "seed": 1},
        policy="hes",
        indicators=["desistance", "wellbeing"],
        digests={"analysis": "b" * 64, "framework": "e" * 64, "sources": "s"},
    )
    assert found == [
        "2 releases of this analysis had been made when the plan was locked on 2026-03-01.",
        "The plan was amended on 2026-04-01: Shorter follow-up.",
        'The parameter window was "90 days"; planned was "183 days".',
        "The planned parameter as_of is no longer one of the analysis.",
        'The parameter kinds was ["suspect","charge"]; planned was ["suspect"].',
        "The parameter seed was 1; it is not in the plan.",
        "The planned primary outcome equal_windows:rate_ratio is not among the results.",
        "Of the planned family secondary, equal_windows:share_desisted, curve are not among the results.",
        "The disclosure policy was hes; planned was strict.",
        "The analysis speaks to the indicators desistance, wellbeing; planned were desistance.",
        "The analysis's source was changed after the plan was locked.",
        "The outcomes framework was changed after the plan was locked.",
    ]


def test_one_of_anything_is_told_in_the_singular(tmp_path):
    plan = lock(tmp_path, releases_before=1)
    assert deviations(plan, results=[RESULTS[0]]) == [
        "1 release of this analysis had been made when the plan was locked on 2026-03-01.",
        "Of the planned family secondary, curve is not among the results.",
    ]


def test_a_plan_can_name_tables_parts_and_terms():
    whole = Result("curve", "T", pd.DataFrame({"n": [4]}), {}, parts={"at_times": result("at_times", "at 26", "at 52")})
    assert outcomes([whole]) == ["curve", "curve.at_times", "curve.at_times:at 26", "curve.at_times:at 52"]


def test_a_release_holds_its_plan_and_its_deviations(tmp_path):
    plan = held_against(lock(tmp_path), results=RESULTS, **{**RUN, "policy": "open"})

    def release(plan):
        path = write_release(tmp_path, "reoffending", RESULTS, data="public", policy="open", plan=plan)
        return open_release(path)

    with_plan, without = release(plan), release(None)
    assert with_plan.plan == plan
    assert with_plan.deviations == ("The disclosure policy was open; planned was strict.",)
    assert (without.plan, without.deviations) == (None, ())
    assert with_plan.manifest["digest"] != without.manifest["digest"]
