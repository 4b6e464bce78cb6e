"""``python -m lvrn_eval.cli``: the command where its program is not on the path."""

import sys

from lvrn_eval.cli import main

if __name__ == "__main__":
    sys.exit(main())
