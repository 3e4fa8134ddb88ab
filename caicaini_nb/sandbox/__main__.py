"""`python -m caicaini_nb.sandbox`: the same as `caicaini sandbox`."""

from __future__ import annotations

import sys

from caicaini_nb.sandbox.cli import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
