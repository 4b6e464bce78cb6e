"""Loading an outcomes framework: read, check everything, and only then build the model."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from lvrn_eval.framework.measure import read_measure
from lvrn_eval.framework.model import (
    Contribution,
    Framework,
    Indicator,
    Level,
    Outcome,
    Programme,
    SuccessMeasure,
)


def load_framework(path: str | os.PathLike[str]) -> Framework:
    """Load an outcomes framework.

    Parameters
    ----------
    path
        A file such as ``outcomes_framework.yaml``, in UTF-8.

    Returns
    -------
    Framework
        The framework, frozen, with the digest of its content.

    Raises
    ------
    FrameworkError
        When the file cannot be read or anything in it is wrong. ``faults`` lists every fault in the order of the
        file, each with its line and column, the line marked, and the nearest known name. When the file is not YAML,
        reading ends at the first place that cannot be read.

    Notes
    -----
    Reading is by ruamel.yaml's parser, without tags, anchors, aliases or further documents; the shape is checked
    against the JSON Schema (draft 2020-12) named by ``schema_version``; rules between entries follow.

    Examples
    --------
    >>> framework = load_framework("outcomes_framework.yaml")
    >>> framework.outcome("knife_hospital_admissions").number
    '4.1'
    """
    from lvrn_eval.documents.reading import read_document
    from lvrn_eval.framework.rules import rule_findings
    from lvrn_eval.framework.sections import FRAMEWORK
    from lvrn_eval.framework.shape import shape_findings

    path = Path(path)
    document = read_document(path, FRAMEWORK)
    if faults := document.faults([*shape_findings(document), *rule_findings(document)]):
        raise FRAMEWORK.refused(path, faults)
    content: Any = document.root.value
    return _build(content)


def digest(content: object) -> str:
    """Return the SHA-256, in hexadecimal, of content as JSON with sorted keys and no spaces, in UTF-8."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _build(content: dict[str, Any]) -> Framework:
    return Framework(
        **content["framework"],
        schema_version=content["schema_version"],
        levels=tuple(Level(**entry) for entry in content["levels"]),
        outcomes=tuple(Outcome(**entry) for entry in content["outcomes"]),
        success_measures=tuple(SuccessMeasure(**entry) for entry in content["success_measures"]),
        programmes=tuple(
            Programme(**{**entry, "works_towards": tuple(entry["works_towards"])}) for entry in content["programmes"]
        ),
        indicators=tuple(_indicator(entry) for entry in content["indicators"]),
        digest=digest(content),
    )


def _indicator(entry: dict[str, Any]) -> Indicator:
    links = tuple(Contribution(**link) for link in entry["contributes_to"])
    measure = read_measure(entry["measure"]) if "measure" in entry else None
    return Indicator(**{**entry, "contributes_to": links, "measure": measure})
