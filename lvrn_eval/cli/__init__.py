"""The ``lvrn-eval`` command: parse, call, print.

Nothing heavy is imported before it is needed, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from lvrn_eval.cli.arguments import parser
from lvrn_eval.errors import LvrnError

__all__ = ["main", "parser"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; 0 means it did what was asked."""
    options = parser().parse_args(arguments)
    if not hasattr(options, "call"):
        parser().print_help()
        return 0
    try:
        return options.call(options) or 0
    except LvrnError as error:
        print(f"lvrn-eval: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # whoever reads our output has read enough; Python would complain once more on closing it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("lvrn-eval: stopped", file=sys.stderr)
        return 130
