"""Write a report as one HTML page that needs nothing else."""

from __future__ import annotations

from importlib.resources import as_file, files

from lvrn_eval.report.pandoc import Job, contents, read, write


def page(job: Job) -> bytes:
    """Return a document as HTML.

    Raises
    ------
    ReportError
        When the document is at fault, or pandoc warns.
    """
    with as_file(files(__package__)) as package:
        template = ["--template", str(package / "page.html")]
        switches = ["--to", "html5", "--section-divs", "--mathml", "--embed-resources", *contents(job)]
        made = write(job, read(job), [*template, *switches])
    return made.replace(b"\r\n", b"\n")
