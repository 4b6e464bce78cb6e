"""Where tables live and how a step runs.

People-level work is SQL in DuckDB's dialect, one named step per ``.sql`` file beside the module that owns it. An engine
runs such a step and keeps the result as a table; only small tables come home.
"""

from lvrn_eval.engine.base import Engine, Frame, RanStep, Table, Value, as_table
from lvrn_eval.engine.duckdb import DuckDBEngine
from lvrn_eval.engine.expressions import Rule, parse_rule
from lvrn_eval.engine.steps import Step, build, literal, quoted, repeated

__all__ = [
    "DuckDBEngine",
    "Engine",
    "Frame",
    "RanStep",
    "Rule",
    "Step",
    "Table",
    "Value",
    "as_table",
    "build",
    "literal",
    "parse_rule",
    "quoted",
    "repeated",
]
