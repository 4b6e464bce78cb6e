"""Freeze the answers of today; then say in the changelog why they changed, as README.md asks."""

from __future__ import annotations

import shutil

from backtests_questions import FROZEN, POLICIES, QUESTIONS, write

if __name__ == "__main__":
    shutil.rmtree(FROZEN, ignore_errors=True)
    for question in QUESTIONS:
        for policy in POLICIES:
            write(FROZEN, question, policy)
    for lock in FROZEN.glob("*/.lock"):
        lock.unlink()
