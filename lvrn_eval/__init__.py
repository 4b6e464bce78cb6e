"""Evaluate violence reduction programmes: from raw records to a report, with nobody in it who can be found.

The names below are the whole public face; a test locks them. Each is imported when it is first used, so that
``lvrn-eval --help`` and a bare ``import lvrn_eval`` answer at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from lvrn_eval import offending, survival
    from lvrn_eval.cohort import Cohort, Features, engagement_features
    from lvrn_eval.designs import case_series
    from lvrn_eval.engine import Table
    from lvrn_eval.errors import (
        AnalysisError,
        CohortError,
        Fault,
        FrameworkError,
        LvrnError,
        RecordsError,
        ReleaseError,
        ReportError,
        RuleError,
    )
    from lvrn_eval.framework import Framework, diff_frameworks, load_framework
    from lvrn_eval.framework.answers import indicators_of, network_answers, programme_answers
    from lvrn_eval.framework.coverage import coverage
    from lvrn_eval.framework.headlines import headlines
    from lvrn_eval.framework.mapping import map_outcomes
    from lvrn_eval.framework.observations import Observations
    from lvrn_eval.framework.published import load_published
    from lvrn_eval.offending import pre_post, pre_post_counts
    from lvrn_eval.project import Analysis, Project, analysis, init_project, open_project, verify
    from lvrn_eval.records import Records, Sources, instruments, load_sources, read_records
    from lvrn_eval.records.network import NetworkRecords
    from lvrn_eval.records.quality import QualityReport, quality_report
    from lvrn_eval.records.spss import to_spss
    from lvrn_eval.release import Release, open_release, protect, write_release
    from lvrn_eval.report.build import build_report
    from lvrn_eval.result import Check, Result, Sentence
    from lvrn_eval.survival import time_to_event

_HOMES = {
    "Analysis": "project",
    "AnalysisError": "errors",
    "Check": "result",
    "Cohort": "cohort",
    "CohortError": "errors",
    "Fault": "errors",
    "Features": "cohort",
    "Framework": "framework",
    "FrameworkError": "errors",
    "LvrnError": "errors",
    "NetworkRecords": "records.network",
    "Observations": "framework.observations",
    "Project": "project",
    "QualityReport": "records.quality",
    "Records": "records",
    "RecordsError": "errors",
    "Release": "release",
    "ReleaseError": "errors",
    "ReportError": "errors",
    "Result": "result",
    "RuleError": "errors",
    "Sentence": "result",
    "Sources": "records",
    "Table": "engine",
    "analysis": "project",
    "build_report": "report.build",
    "case_series": "designs",
    "coverage": "framework.coverage",
    "diff_frameworks": "framework",
    "engagement_features": "cohort",
    "headlines": "framework.headlines",
    "indicators_of": "framework.answers",
    "init_project": "project",
    "load_framework": "framework",
    "load_published": "framework.published",
    "load_sources": "records",
    "map_outcomes": "framework.mapping",
    "network_answers": "framework.answers",
    "open_project": "project",
    "open_release": "release",
    "pre_post": "offending",
    "pre_post_counts": "offending",
    "programme_answers": "framework.answers",
    "protect": "release",
    "quality_report": "records.quality",
    "read_records": "records",
    "time_to_event": "survival",
    "to_spss": "records.spss",
    "verify": "project",
    "write_release": "release",
}

_MODULES = {"instruments": "records.instruments", "offending": "offending", "survival": "survival"}

__all__ = [
    "Analysis",
    "AnalysisError",
    "Check",
    "Cohort",
    "CohortError",
    "Fault",
    "Features",
    "Framework",
    "FrameworkError",
    "LvrnError",
    "NetworkRecords",
    "Observations",
    "Project",
    "QualityReport",
    "Records",
    "RecordsError",
    "Release",
    "ReleaseError",
    "ReportError",
    "Result",
    "RuleError",
    "Sentence",
    "Sources",
    "Table",
    "analysis",
    "build_report",
    "case_series",
    "coverage",
    "diff_frameworks",
    "engagement_features",
    "headlines",
    "indicators_of",
    "init_project",
    "instruments",
    "load_framework",
    "load_published",
    "load_sources",
    "map_outcomes",
    "network_answers",
    "offending",
    "open_project",
    "open_release",
    "pre_post",
    "pre_post_counts",
    "programme_answers",
    "protect",
    "quality_report",
    "read_records",
    "survival",
    "time_to_event",
    "to_spss",
    "verify",
    "write_release",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"lvrn_eval.{_MODULES[name]}")
    if name == "__version__":
        return _version()
    if name not in _HOMES:
        raise AttributeError(f"module 'lvrn_eval' has no attribute {name!r}")
    return getattr(import_module(f"lvrn_eval.{_HOMES[name]}"), name)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("lvrn-eval")
    except PackageNotFoundError:
        return "0+unknown"  # run from a folder that was never installed


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
