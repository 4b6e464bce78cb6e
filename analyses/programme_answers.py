"""What each programme's records say of the outcomes framework: one analysis a programme, for its page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import lvrn_eval as lv

PROJECT = Path(__file__).parents[1]


def answers_of(programme: str) -> lv.Analysis:
    """Return the analysis of one programme, called ``<programme>_answers``."""

    def answers(records: lv.Records, *, as_of: date | None = None) -> Sequence[lv.Result]:
        framework = lv.load_framework(PROJECT / "outcomes_framework.yaml")
        published = lv.load_published(PROJECT / "published_figures.yaml", framework)
        return lv.programme_answers(records, framework, programme, published=published, as_of=as_of)

    answers.__name__ = f"{programme}_answers"
    return lv.analysis(programme=programme, indicators=())(answers)


champions_answers = answers_of("champions")
ed_navigators_answers = answers_of("ed_navigators")
trauma_informed_education_answers = answers_of("trauma_informed_education")
trauma_informed_workforce_answers = answers_of("trauma_informed_workforce")
prisoners_and_families_answers = answers_of("prisoners_and_families")
grip_answers = answers_of("grip")
data_sharing_answers = answers_of("data_sharing")
community_projects_answers = answers_of("community_projects")
youth_engagement_answers = answers_of("youth_engagement")
communications_answers = answers_of("communications")
serious_violence_duty_answers = answers_of("serious_violence_duty")
needs_assessment_answers = answers_of("needs_assessment")
