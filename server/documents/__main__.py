"""`python -m server.documents write|check`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from server.documents import REPOSITORY, check, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the generated documents, or check that they are what they should be.

    Returns:
        The exit code: 0 done, 1 at least one is stale; argparse ends the process with 2 on wrong usage.
    """
    parser = argparse.ArgumentParser(prog="python -m server.documents", description="The generated documents.")
    parser.add_argument("action", choices=("write", "check"), help="write the stale ones again, or only name them")
    parser.add_argument("--root", type=Path, default=REPOSITORY, help="the repository (default: where this stands)")
    given = parser.parse_args(arguments)
    if given.action == "write":
        for path in write(given.root):
            sys.stdout.write(f"wrote {path}\n")
        return 0
    stale = check(given.root)
    for path, difference in stale.items():
        sys.stdout.write(f"{path} is stale:\n{difference}\n\n")
    if stale:
        sys.stdout.write("`make docs` writes them again.\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
