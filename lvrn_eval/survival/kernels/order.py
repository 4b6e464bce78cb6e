"""Orders found in linear time, by 16 bits of a number after another: stable, so that orders can be put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.survival.kernels.tally import Floats, Integers

RADIX_BITS = 16
"""NumPy sorts whole numbers of so many bits in linear time."""


def argsort_whole(values: NDArray[np.signedinteger[Any]]) -> Integers:
    """Return a stable order of whole numbers of -1 or more."""
    values = values + 1
    order = np.argsort((values & 0xFFFF).astype(np.uint16), kind="stable")
    high = values >> RADIX_BITS
    while high.any():
        order = order[np.argsort((high[order] & 0xFFFF).astype(np.uint16), kind="stable")]
        high = high >> RADIX_BITS
    return order


def argsort_real(values: Floats, order: Integers) -> Integers:
    """Return the order of real numbers, those that are equal in the order given; none is missing."""
    # adding 0 makes the two zeros one
    bits = (values + 0.0).view(np.int64)
    # in this form the bits of a number are in the order of the numbers
    bits = np.where(bits < 0, ~bits, bits | np.int64(-(2**63)))
    for _ in range(0, 64, RADIX_BITS):
        digit = bits.astype(np.uint16).take(order, mode="clip")
        order = order.take(np.argsort(digit, kind="stable"), mode="clip")
        bits >>= RADIX_BITS
    return order
