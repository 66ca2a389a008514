"""Run the tests: what `make test`, `make check` and `make nightly` call.

Prints one line about what is left out, if anything is, and ends with pytest's exit code.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Choose the tests, run them on all cores, and with `--coverage` hold the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coverage", action="store_true", help="measure coverage, and fail below the bar")
    parser.add_argument("--nightly", action="store_true", help="run the long campaigns alone")
    options, rest = parser.parse_known_args()

    browser = any(shutil.which(name) for name in BROWSERS)
    chosen = "nightly" if options.nightly else "not nightly"
    if not browser:
        chosen += " and not browser"
        sys.stdout.write("Left out: the browser tests. `apt-get install chromium` adds them.\n")
        sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", "-n", str(os.cpu_count() or 2), "--dist", "worksteal", "-m", chosen]
    if options.coverage:
        command += ["--cov", "--cov-report", "term:skip-covered"]
    return subprocess.run([*command, "-q", *rest], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
