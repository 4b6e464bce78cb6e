"""Whether a release is as it was written, and whether the same inputs still give its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, fields
from typing import TYPE_CHECKING

from lvrn_eval.release.compare import Difference, changes, differences
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.release.store import Release

KINDS = {
    "inputs": "the input files",
    "sources": "the analysis, the framework and the description of the sources",
    "choices": "the parameters, the policy and the plan",
    "versions": "the versions of Python, of the packages and of their code",
}
"""What else may differ between two releases, and how a reader calls it."""

NOT_RECORDED = (
    "Nothing that the manifest records has changed. It does not record the pseudonym key, by which people are sampled: "
    "it may be another."
)


def files_only(release: Release, why: str) -> Result:
    """Return the verification of a release whose numbers could not be computed again.

    Parameters
    ----------
    release
        The release, opened: its files are as they were written.
    why
        Why not, in a sentence.
    """
    numbers = Check("numbers", None, f"The numbers were not computed again: {why}")
    return _verification(release, [], [numbers])


def compared(release: Release, again: Release) -> Result:
    """Return the verification of a release beside the one that the same analysis gives now.

    Parameters
    ----------
    release
        The release, opened.
    again
        The same analysis with the same parameters, run now.
    """
    found = differences(release, again)
    changed = changes(release.manifest, again.manifest)
    return _verification(release, found, [_numbers(release, again, found), *_why(changed, differ=bool(found))])


def _verification(release: Release, found: list[Difference], checks: list[Check]) -> Result:
    import pandas as pd

    files = f"All {len(release.manifest['files'])} files of release {release.path.name} are as they were written."
    checks = [Check("files", passed=True, text=files), *checks]
    return Result(
        name="verification",
        title=f"Release {release.path.name} of {release.manifest['analysis']}, verified",
        table=pd.DataFrame([astuple(each) for each in found], columns=[field.name for field in fields(Difference)]),
        method={"digest": release.manifest["digest"], "policy": release.manifest["policy"]["name"]},
        checks=tuple(checks),
        text=tuple(Sentence(check.text) for check in checks),
        shape="counts",
    )


def _numbers(release: Release, again: Release, found: list[Difference]) -> Check:
    if found:
        tables = list(dict.fromkeys(each.table for each in found))
        what = "thing differs" if len(found) == 1 else "things differ"
        text = f"Computed again, {len(found)} {what} in {len(tables)} of the tables: {', '.join(tables)}."
    elif release.manifest["digest"] == again.manifest["digest"]:
        text = "Computed again from the same inputs, the release has the same digest."
    else:
        text = "Computed again, every number and every sentence is the same."
    return Check("numbers", passed=not found, text=text)


def _why(changed: Mapping[str, list[str]], *, differ: bool) -> list[Check]:
    """Return a check for each kind of thing that may explain a difference; none passes over what has changed."""
    checks = []
    for kind, called in KINDS.items():
        told = changed[kind]
        text = f"Changed since: {'; '.join(told)}." if told else f"Unchanged: {called}."
        checks.append(Check(kind, passed=not told, text=text))
    if differ and not any(changed.values()):
        checks.append(Check("not_recorded", None, NOT_RECORDED))
    return checks
