"""A project folder: an outcomes framework, sources of records, analyses, plans, reports and releases."""

from lvrn_eval.project.analyses import Analysis, analysis
from lvrn_eval.project.folder import TEMPLATE, Project, init_project, open_project, template_folder
from lvrn_eval.project.releasing import verify

__all__ = [
    "TEMPLATE", "Analysis", "Project", "analysis", "init_project", "open_project", "template_folder", "verify",
]  # fmt: skip
