"""Telling a person what is going on: one line a step, with its time, alive while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


class Steps:
    """Prints each step as it starts and when it is done; in a terminal the running one moves."""

    def __init__(self) -> None:
        from rich.console import Console

        self.console: Console = Console(stderr=True, highlight=False)

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Show a step while it runs; what is yielded takes lines about where it is."""
        started = time.perf_counter()
        with self.console.status(f"{name} …") as status:
            yield lambda line: status.update(f"{name}: {line} …")
        self.console.print(f"[green]✓[/green] {name} [dim]({time.perf_counter() - started:.1f} s)[/dim]")
