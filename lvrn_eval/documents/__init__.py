"""YAML files that people write: read safely, with the line and column of everything, so that a fault can be shown.

Reading itself is in `lvrn_eval.documents.reading`, which is imported where a file is read: it loads the parser.
"""

from lvrn_eval.documents.document import Document, FileKind, Finding, Node, Plain, Step, fault_at, shown

__all__ = ["Document", "FileKind", "Finding", "Node", "Plain", "Step", "fault_at", "shown"]
