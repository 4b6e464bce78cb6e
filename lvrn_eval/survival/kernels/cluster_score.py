"""Score residuals of a Cox model added up over the rows of each person, without a matrix in the caller's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.survival.kernels.cox import Ties, cumulate, expectations
from lvrn_eval.survival.kernels.cox_rows import Rows
from lvrn_eval.survival.kernels.residuals import moments
from lvrn_eval.survival.kernels.tally import Floats, Integers

if TYPE_CHECKING:
    from numpy.typing import NDArray


def score_by_person(rows: Rows, beta: Floats, person: Integers, n_people: int, ties: Ties = "efron") -> Floats:
    """Return each person's part of the score, shape ``(n_people, n_terms)``.

    Parameters
    ----------
    rows
        From ``arrange``, without weights.
    beta
        Coefficients, shape ``(n_terms,)``.
    person
        Codes from 0 of the caller's rows, shape ``(n_rows,)``.
    n_people
        How many codes there are.
    ties
        How tied events are treated.

    Notes
    -----
    A row's part is x - mean at risk at its event, less the sum of (x - mean at risk) d(hazard) while it was at risk.
    Everything a row needs of its moments is spread over runs of neighbouring rows, so memory is read in order.
    """
    at = moments(rows, beta, ties)
    pull = cumulate(rows, at.pull)
    left = np.empty((rows.n_terms, 2 * rows.n_moments))
    left[:, 0::2], left[:, 1::2] = pull, pull - at.pull_out
    spared = np.concatenate([np.zeros((rows.n_terms, 1)), pull], axis=1)
    count = np.column_stack([rows.first_event - rows.start, rows.deaths]).ravel()
    found = np.empty((rows.n_terms, rows.n_kept))
    for where, expected in expectations(rows, at.risk, at.hazard, at.hazard_out):
        first, last = np.searchsorted(rows.start, [where.start, where.stop])
        runs, own = count[2 * first : 2 * last], np.flatnonzero(_with_event(count[2 * first : 2 * last]))
        at_event = np.repeat(at.mean_at_risk[:, first:last], rows.deaths[first:last], axis=1)
        for term, x in enumerate(rows.x[:, where]):
            part = np.repeat(left[term, 2 * first : 2 * last], runs)
            if rows.entered is not None:
                part -= spared[term][rows.entered[where]]
            part *= at.risk[where]
            part -= x * expected
            part[own] += x[own] - at_event[term]
            found[term, where] = part
    who = person[rows.order]
    scores = np.empty((n_people, rows.n_terms))
    for column, values in zip(scores.T, found, strict=True):
        column[:] = np.bincount(who, values, n_people)
    return scores


def _with_event(runs: Integers) -> NDArray[np.bool_]:
    """Return which rows have an event, from the lengths of runs without and with one by turns."""
    return np.repeat(np.arange(runs.size) % 2 == 1, runs)
