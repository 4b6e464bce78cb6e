"""Analysis plans: what was decided before the numbers were seen, every amendment, and how a run deviates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release.frames import tables_of
from lvrn_eval.release.manifest import SOURCES, canonical_json, digest_of, readable_json
from lvrn_eval.release.writing import alone, put_file

if TYPE_CHECKING:
    from lvrn_eval.result import Result

SCHEMA = 1
ITSELF = frozenset({"digest"})


@dataclass(frozen=True)
class Plan:
    """The plan of an analysis.

    Parameters
    ----------
    analysis
        Whose plan it is.
    versions
        The plan as it was locked, then as each amendment left it. Each holds the digest of the one before.
    """

    analysis: str
    versions: tuple[Mapping[str, Any], ...]

    @property
    def current(self) -> Mapping[str, Any]:
        """What is planned now."""
        return self.versions[-1]

    @property
    def amendments(self) -> tuple[Mapping[str, Any], ...]:
        """The versions after the first."""
        return self.versions[1:]

    def lines(self) -> list[str]:
        """Return the plan as lines for a person to read."""
        first, now = self.versions[0], self.current
        families = [f"{name}: {', '.join(members)}" for name, members in now["families"].items()]
        return [
            f"Plan of {self.analysis}, locked on {first['on']} by {first['by']}",
            *(f"Amended on {each['on']} by {each['by']}: {each['reason']}" for each in self.amendments),
            f"Programme: {now['programme']}",
            f"Indicators: {', '.join(now['indicators'])}",
            f"Primary outcome: {now['primary'] or 'none'}",
            f"Families: {'; '.join(families) or 'none'}",
            f"Disclosure policy: {now['policy']}",
            "Parameters:",
            *(f"  {name} = {canonical_json(value)}" for name, value in now["parameters"].items()),
            f"Digest: {now['digest']}",
        ]


def read_plan(path: Path) -> Plan | None:
    """Return the plan in a file, or None when there is no such file.

    Raises
    ------
    ReleaseError
        When it is not as it was locked.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise ReleaseError(f"the plan {path.name} cannot be read") from None
    try:
        data = json.loads(text)
        plan = Plan(data["analysis"], tuple(data["versions"]))
        unchanged = text == _rendered(plan) and plan.current["analysis"] == plan.analysis
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        unchanged = False
    if not unchanged:
        raise ReleaseError(f"the plan {path.name} is not as it was locked")
    return plan


def lock_plan(path: Path, content: Mapping[str, Any], *, on: str, by: str, amend: str | None = None) -> Plan:
    """Write a plan that does not exist yet, or amend one.

    Parameters
    ----------
    path
        The plan's file.
    content
        What is planned: ``analysis``, ``programme``, ``indicators``, ``primary``, ``families``, ``parameters``,
        ``policy``, ``digests``, and ``releases_before``, how many releases of it had been made.
    on, by
        The day, and who locks or amends.
    amend
        Why an existing plan is changed; None locks a new one.

    Returns
    -------
    Plan
        With all its versions.

    Raises
    ------
    ReleaseError
        When there is a plan already and no reason to amend it, or there is none to amend, or nothing would change.
    """
    try:
        with alone(path.parent):
            before = read_plan(path)
            _refuse(before, content, amend)
            made = _next(before, {**content, "on": on, "by": by, "reason": amend})
            put_file(path, _rendered(made))
    except OSError as error:
        raise ReleaseError(f"the plan {path.name} could not be written: {error.strerror or error}") from error
    return made


def held_against(
    plan: Plan | None,
    *,
    results: Sequence[Result],
    parameters: Mapping[str, Any],
    policy: str,
    indicators: Sequence[str],
    digests: Mapping[str, str],
) -> dict[str, Any] | None:
    """Return what a release's manifest says of the plan, with every deviation; None when nothing was planned.

    Parameters
    ----------
    plan
        The plan.
    results
        What the analysis returned.
    parameters, policy, indicators, digests
        What it was run with.
    """
    if plan is None:
        return None
    now = plan.current
    sentences = [
        *_history(plan),
        *_parameters(now["parameters"], parameters),
        *_missing(now, results),
        *_rest(now, policy, indicators, digests),
    ]
    return {
        "digest": now["digest"],
        "locked_on": plan.versions[0]["on"],
        "amendments": [{"on": version["on"], "reason": version["reason"]} for version in plan.amendments],
        "primary": now["primary"],
        "families": now["families"],
        "deviations": sentences,
    }


def _rendered(plan: Plan) -> str:
    """Return the only text this plan may have: every version's digest follows from it and the ones before."""
    again = None
    for version in plan.versions:
        again = _next(again, {k: v for k, v in version.items() if k not in {"number", "previous", "digest"}})
    return readable_json(
        {"schema": SCHEMA, "analysis": plan.analysis, "versions": list(again.versions if again else ())}
    )


def _next(before: Plan | None, content: Mapping[str, Any]) -> Plan:
    versions = before.versions if before else ()
    version = {**content, "number": len(versions) + 1, "previous": versions[-1]["digest"] if versions else None}
    return Plan(str(content["analysis"]), (*versions, {**version, "digest": digest_of(version, ITSELF)}))


def _refuse(before: Plan | None, content: Mapping[str, Any], amend: str | None) -> None:
    name = content["analysis"]
    if before is None and amend is not None:
        raise ReleaseError(f"there is no plan of {name!r} to amend; lock one with `lvrn-eval plan lock {name}`")
    if before is None:
        return
    if amend is None:
        raise ReleaseError(
            f"{name!r} has a plan, locked on {before.versions[0]['on']}; nothing of it is overwritten: "
            "`--amend REASON` puts a new version after it",
        )
    if not amend.strip():
        raise ReleaseError("an amendment needs a reason")
    if all(before.current[key] == value for key, value in content.items()):
        raise ReleaseError(f"there is nothing to amend: the plan of {name!r} already says all this")


def _history(plan: Plan) -> Iterator[str]:
    first = plan.versions[0]
    if count := first["releases_before"]:
        were = "release of this analysis had" if count == 1 else "releases of this analysis had"
        yield f"{count} {were} been made when the plan was locked on {first['on']}."
    for version in plan.amendments:
        yield f"The plan was amended on {version['on']}: {version['reason'].strip().rstrip('.')}."


def _parameters(planned: Mapping[str, Any], used: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*planned, *used]):
        if name not in used:
            yield f"The planned parameter {name} is no longer one of the analysis."
        elif name not in planned:
            yield f"The parameter {name} was {canonical_json(used[name])}; it is not in the plan."
        elif used[name] != planned[name]:
            yield f"The parameter {name} was {canonical_json(used[name])}; planned was {canonical_json(planned[name])}."


def _missing(planned: Mapping[str, Any], results: Sequence[Result]) -> Iterator[str]:
    """Yield the planned outcomes that the results lack."""
    known = set(outcomes(results))
    if planned["primary"] is not None and planned["primary"] not in known:
        yield f"The planned primary outcome {planned['primary']} is not among the results."
    for family, members in planned["families"].items():
        if gone := [member for member in members if member not in known]:
            are = "is" if len(gone) == 1 else "are"
            yield f"Of the planned family {family}, {', '.join(gone)} {are} not among the results."


def outcomes(results: Sequence[Result]) -> list[str]:
    """Return what a plan can name: each table, and each of its terms as ``table:term``."""
    found = []
    for name, table in (pair for result in results for pair in tables_of(result)):
        terms = table.table["term"].dropna().astype(str).unique() if "term" in table.table.columns else ()
        found += [name, *(f"{name}:{term}" for term in terms)]
    return found


def _rest(
    planned: Mapping[str, Any], policy: str, indicators: Sequence[str], digests: Mapping[str, str]
) -> Iterator[str]:
    if policy != planned["policy"]:
        yield f"The disclosure policy was {policy}; planned was {planned['policy']}."
    if list(indicators) != planned["indicators"]:
        spoken, meant = ", ".join(indicators) or "none", ", ".join(planned["indicators"]) or "none"
        yield f"The analysis speaks to the indicators {spoken}; planned were {meant}."
    for name, digest in planned["digests"].items():
        if digests.get(name) != digest:
            what = SOURCES.get(name, name)
            yield f"{what[0].upper()}{what[1:]} was changed after the plan was locked."
