"""The instruments that can be scored, by slug."""

from __future__ import annotations

from types import MappingProxyType

from lvrn_eval.records.instruments.definitions import Instrument
from lvrn_eval.records.instruments.sdq import SDQ
from lvrn_eval.records.instruments.symptoms import GAD7, PHQ9, ROSENBERG
from lvrn_eval.records.instruments.wellbeing import ONS4, SWEMWBS, WEMWBS

INSTRUMENTS: MappingProxyType[str, Instrument] = MappingProxyType(
    {found.slug: found for found in (SDQ, SWEMWBS, WEMWBS, GAD7, PHQ9, ROSENBERG, ONS4)},
)
"""All of them."""
