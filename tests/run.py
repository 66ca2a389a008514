"""Run the tests: what `make test`, `make check` and `make nightly` call.

First all that may run side by side, on all cores; then, one at a time, those that measure time against a bar (`quiet`).
Prints one line about what is left out, if anything is, and closes with how many there were. Ends with pytest's exit
code: that of the first part, if that failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OUTCOMES = ("failed", "errors", "passed", "skipped")
NOTHING_CHOSEN = 5
"""What pytest ends with if no test was chosen."""


def main() -> int:
    """Choose the tests, run them, and with `--coverage` hold the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coverage", action="store_true", help="measure coverage, and fail below the bar")
    parser.add_argument("--nightly", action="store_true", help="run the long campaigns alone")
    options, rest = parser.parse_known_args()

    browser = any(shutil.which(name) for name in BROWSERS)
    chosen = "nightly" if options.nightly else "not nightly"
    if not browser:
        chosen += " and not browser"
        _say("Left out: the browser tests. `apt-get install chromium` adds them.")
    cores = ["-n", str(os.cpu_count() or 2), "--dist", "worksteal"]
    # What is measured is the server, and not the tracing: the second part adds nothing to coverage.
    coverage = ["--cov", "--cov-report", "term:skip-covered"] if options.coverage else []
    with tempfile.TemporaryDirectory() as folder:
        reports = [Path(folder, name) for name in ("together.xml", "alone.xml")]
        codes = [
            _pytest(reports[0], f"{chosen} and not quiet", [*cores, *coverage, *rest]),
            _pytest(reports[1], f"{chosen} and quiet", rest or _quiet_files()),
        ]
        _say(closing_line(reports))
    found = [code for code in codes if code != NOTHING_CHOSEN]
    return next((code for code in found if code), 0) if found else NOTHING_CHOSEN


def closing_line(reports: Sequence[Path]) -> str:
    """How all tests of several reports ended, and how long they took: `3 failed, 5000 passed in 300 s`."""
    counts, seconds = Counter[str](), 0.0
    for report in reports:
        if not report.exists():  # pytest could not begin, and has said why
            continue
        for suite in ET.parse(report).iter("testsuite"):  # noqa: S314 - pytest wrote it just now
            failed, errors, skipped = (int(suite.get(name, 0)) for name in ("failures", "errors", "skipped"))
            passed = int(suite.get("tests", 0)) - failed - errors - skipped
            counts.update(failed=failed, errors=errors, passed=passed, skipped=skipped)
            seconds += float(suite.get("time", 0))
    parts = [f"{counts[name]} {name}" for name in OUTCOMES if counts[name] or name == "passed"]
    return f"{', '.join(parts)} in {seconds:.0f} s"


def _pytest(report: Path, chosen: str, arguments: Sequence[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-m", chosen, f"--junit-xml={report}", *arguments]
    # Python keeps what it has compiled, whatever it is told elsewhere: hundreds of processes load the same modules.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _quiet_files() -> list[str]:
    """The files that have tests of the second part: nothing else needs to be read for it."""
    files = sorted(ROOT.glob("tests/**/test_*.py"))
    return [str(path.relative_to(ROOT)) for path in files if "pytest.mark.quiet" in path.read_text(encoding="utf-8")]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
