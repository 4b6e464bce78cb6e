"""Keyed pseudonyms: HMAC-SHA-256 of an identifier, so that nobody without the key can find whose row it is.

The hash runs inside DuckDB, over whole columns. The key enters as two prepared blobs, bound by the engine, so that no
statement, log or error ever holds it (RFC 2104: ``H(K ^ opad || H(K ^ ipad || message))``).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lvrn_eval.errors import RecordsError

if TYPE_CHECKING:
    from sqlglot import exp

BLOCK = 64
SHORTEST_KEY = 16
HEX_DIGITS = 18
"""A pseudonym keeps 72 bits, written as 12 characters: any two of a million people collide once in 10^10 data sets."""


def key_from_environment(variable: str) -> bytes:
    """Return the key that the environment variable holds.

    Raises
    ------
    RecordsError
        When it is not set or too short to protect anyone.
    """
    text = os.environ.get(variable, "")
    if not text:
        raise RecordsError(
            f"no key: identifiers become pseudonyms with a secret key, read from the environment variable {variable}; "
            "set it to a long random text that is kept outside the project",
        )
    return checked_key(text.encode("utf-8"))


def checked_key(key: bytes) -> bytes:
    """Return the key, if it is long enough.

    Raises
    ------
    RecordsError
        When it has fewer than 16 bytes.
    """
    if len(key) < SHORTEST_KEY:
        raise RecordsError(f"the pseudonym key has {len(key)} bytes; it needs at least {SHORTEST_KEY}")
    return key


def pads(key: bytes) -> Mapping[str, bytes]:
    """Return the key's inner and outer pad, as the engine binds them."""
    block = (hashlib.sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    return {
        "inner_pad": bytes(byte ^ 0x36 for byte in block),
        "outer_pad": bytes(byte ^ 0x5C for byte in block),
    }


def pseudonym(column: exp.Expr, domain: str) -> exp.Expr:
    """Return the expression that turns a text column into pseudonyms.

    ``domain`` is the kind of identifier, such as ``person_id``: the same number used for a person and for a referral
    gives two pseudonyms that have nothing in common.
    """
    from sqlglot import exp, parse_one

    hashed = parse_one(
        "to_base64(unhex(substr(sha256($outer_pad || unhex(sha256($inner_pad || encode($message)))), 1, "
        f"{HEX_DIGITS})))",
        read="duckdb",
    )
    message = exp.DPipe(this=exp.Literal.string(f"{domain}:"), expression=column.copy())
    return hashed.transform(
        lambda node: message if isinstance(node, exp.Placeholder) and node.name == "message" else node,
    )
