"""A server, a registry with a client for each of the programs, and a folder with their packages to run them in."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from schema import sdl
from tests.plugins import node, program
from tests.plugins.program import Serving, serving
from tests.plugins.servers import _servers, database_from, with_database

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Shop:
    """A server, and the folder in which programs run that ask it.

    Attributes:
        folder: with the documents, the schema and the packages.
        settings: of the server, for the command line.
    """

    folder: Path
    settings: dict[str, str]
    server: Serving
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.server.base}/graphql"

    def client(self, name: str, policy: str) -> str:
        """Make a client, and give its key."""
        shown = self._boxoffice("clients", "create", name, "--policy", policy)
        (key,) = re.findall(r"^boxoffice_\S+$", shown, re.MULTILINE)
        return key

    def publish(self, client: str, manifest: str) -> None:
        """Publish what a tool has written; it is served when this returns."""
        self._boxoffice("operations", "publish", client, "1.0", manifest)

    def tool(self, name: str, *arguments: str) -> str:
        """Run a program that a package brings."""
        path = (self.folder / "node_modules" / ".bin" / name).resolve()
        return node.run([str(path), *arguments], self.folder)

    def run(self, script: str, *arguments: str) -> Any:
        """Run one of the programs of this folder: what it tells."""
        return orjson.loads(node.run([script, self.url, *arguments], self.folder))

    def _boxoffice(self, *arguments: str) -> str:
        done = program.run(*arguments, cwd=self.folder, **self.settings)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def shop(
    postgres_server: str,
    template_database: str,
    worker_id: str,
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """One for all tests of a module."""
    packages = node.install(HERE, pytestconfig.cache.mkdir("npm"))
    folder = tmp_path_factory.mktemp("clients")
    shutil.copytree(HERE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "node_modules").symlink_to(packages / "node_modules")
    (folder / "schema.graphql").write_text(sdl())
    number = 0 if worker_id == "master" else 1 + int(worker_id.removeprefix("gw"))
    with database_from(postgres_server, template_database) as url:
        settings = {
            "DATABASE_URL": url,
            "REDIS_URL": with_database(_servers(pytestconfig)["valkey"], str(number)),
            "SECRET_KEY": "of the clients, at least 32 characters",
        }
        with serving("--data-folder", str(folder / "data"), cwd=folder, **settings) as server:
            yield Shop(folder, settings, server)
