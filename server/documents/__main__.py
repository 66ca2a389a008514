"""`python -m server.documents write|check|release`."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

from server.documents import REPOSITORY, check, write
from server.releasing import Unreleasable, release


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the generated documents, check that they are what they should be, or release the schema.

    Returns:
        The exit code: 0 done, 1 at least one is stale, or the schema may not be released; argparse ends the process
        with 2 on wrong usage.
    """
    parser = argparse.ArgumentParser(prog="python -m server.documents", description="The generated documents.")
    parser.add_argument(
        "action",
        choices=("write", "check", "release"),
        help="write the stale ones again, only name them, or keep the schema as released",
    )
    parser.add_argument("--root", type=Path, default=REPOSITORY, help="the repository (default: where this stands)")
    given = parser.parse_args(arguments)
    if given.action == "write":
        for path in write(given.root):
            sys.stdout.write(f"wrote {path}\n")
        return 0
    if given.action == "release":
        try:
            sys.stdout.write(f"released {release(dt.datetime.now(dt.UTC).date())}\n")
        except Unreleasable as refused:
            sys.stderr.write(f"{refused}\n")
            return 1
        return 0
    stale = check(given.root)
    for path, difference in stale.items():
        sys.stdout.write(f"{path} is stale:\n{difference}\n\n")
    if stale:
        sys.stdout.write("`make docs` writes them again.\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
