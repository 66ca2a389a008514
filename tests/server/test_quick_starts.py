"""`docs/persisted-operations.md`: its commands do what it says, in the order in which they stand there."""

import re
import shlex
import subprocess
from pathlib import Path

from markdown_it import MarkdownIt

from tests.plugins.program import PROGRAM, environment, serving

PAGE = Path(__file__).parents[2] / "docs" / "persisted-operations.md"
DOCUMENTED = "http://127.0.0.1:8000"
MARK = "--- the next block ---"
PATIENCE_SECONDS = 300


def blocks() -> list[tuple[str, str | None]]:
    """Each block of shell, and what the page says that it prints."""
    fences = [token for token in MarkdownIt().parse(PAGE.read_text()) if token.type == "fence"]
    following = [*fences[1:], None]
    return [
        (each.content, after.content if after is not None and after.info in {"json", "text"} else None)
        for each, after in zip(fences, following, strict=True)
        if each.info == "sh"
    ]


def test_every_command_does_what_the_page_says(tmp_path: Path, database_url: str, redis_url: str) -> None:
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
    program = tmp_path / "bin" / "boxoffice"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n')
    program.chmod(0o755)
    (tmp_path / ".curlrc").write_text('write-out = "\\n"\nmax-time = 60\n')
    found = blocks()

    with serving("--demo", cwd=tmp_path, **given) as server:
        script = f"\necho '{MARK}'\n".join(["set -euo pipefail", *(block for block, _ in found)])
        inherited = environment({"HOME": str(tmp_path), **given})
        done = subprocess.run(
            ["bash", "-c", script.replace(DOCUMENTED, server.base)],
            cwd=tmp_path,
            env={**inherited, "PATH": f"{program.parent}:{inherited['PATH']}"},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    printed = done.stdout.split(f"{MARK}\n")[1:]
    assert len(printed) == len(found)
    for (block, said), out in zip(found, printed, strict=True):
        assert said is None or re.fullmatch(pattern_of(said), out.strip(), re.DOTALL), f"{block}\nprinted\n{out}"
    assert sum(said is not None for _, said in found) > 5


def pattern_of(said: str) -> str:
    """What the page shows, where an ellipsis stands for anything."""
    return ".*?".join(map(re.escape, said.strip().split("…")))
