"""A synthetic Lancashire: made-up people and their records for Champions, and the exports of every programme.

Nobody in it exists, and its parameters are assumptions, not Lancashire data.
"""

from lvrn_eval.records.synthetic.assumptions import Assumptions, Trust
from lvrn_eval.records.synthetic.exports import write_exports, write_lancashire
from lvrn_eval.records.synthetic.parquet import parquet_sources, synthesise
from lvrn_eval.records.synthetic.population import blocks, population

__all__ = [
    "Assumptions",
    "Trust",
    "blocks",
    "parquet_sources",
    "population",
    "synthesise",
    "write_exports",
    "write_lancashire",
]
