"""What is published at once: a manifest, and beside it the routes that some of its operations have.

Manifests are written by build tools, and have no place for routes; those stand in a file of their own, by hand:

    {"GET /api/functions/{slug}": "FunctionPage", …}

The operation is named by its name or its id. Over HTTP both come in one body, `{"manifest": …, "routes": …}`, or in
place of the manifest the documents of a folder, `{"files": {"<path>": "<text>", …}, "routes": …}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.routes import InvalidRoute, Route, parse_route
from persisted_queries.compiling import Candidate
from persisted_queries.manifests import (
    BrokenManifest,
    Fault,
    Manifest,
    ManifestOperation,
    Pairs,
    decode_manifest,
    manifest_of,
    read_folder,
)

ROUTES_FILE: Final = "routes.json"
"""The name of the file with the routes of a folder's documents."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A manifest, and the operations that routes name, by name or id."""

    manifest: Manifest
    routes: Mapping[Route, str]

    def candidates(self, client: str | None) -> list[Candidate]:
        """What it has for a client: entries that name another one are not for it; without a client, all are.

        Raises:
            BrokenManifest: a route names no operation, or one that has a route, or a name that several have.
        """
        chosen = [
            each
            for each in self.manifest.operations
            if client is None or each.client_name is None or each.client_name == client
        ]
        # An entry that names the client goes before one of the same id that names none.
        by_id = {each.id: each for each in sorted(chosen, key=lambda each: each.client_name is not None)}
        routes = _routes_by_id(self.routes, list(by_id.values()))
        return [Candidate(each.id, each.text, file=each.where, route=routes.get(each.id)) for each in by_id.values()]


def read_publication(name: str, data: bytes, routes: bytes | None = None) -> Publication:
    """Read a manifest of any form, and a file of routes.

    Args:
        name: of the manifest's file, for faults.
        data: UTF-8.
        routes: the content of `ROUTES_FILE`.

    Raises:
        BrokenManifest: with every fault.
    """
    found = {} if routes is None else _routes(ROUTES_FILE, decode_manifest(ROUTES_FILE, routes))
    return Publication(manifest_of(name, decode_manifest(name, data)), found)


def read_documents(files: Mapping[str, bytes], routes: bytes | None = None) -> Publication:
    """Read a folder of documents, and a file of routes.

    Raises:
        BrokenManifest: with every fault.
    """
    found = {} if routes is None else _routes(ROUTES_FILE, decode_manifest(ROUTES_FILE, routes))
    return Publication(read_folder(files), found)


def read_body(data: bytes) -> Publication:
    """Read what a build pipeline sends: a manifest of any form by itself, or with routes around it.

    Raises:
        BrokenManifest: with every fault.
    """
    value = decode_manifest("the body", data)
    members = dict(value) if isinstance(value, Pairs) else {}
    routes = _routes("routes", members["routes"]) if isinstance(members.get("routes"), Pairs) else {}
    if isinstance(members.get("files"), Pairs):
        return Publication(read_folder(dict(_files(members["files"]))), routes)
    if not isinstance(members.get("manifest", ""), str):
        return Publication(manifest_of("manifest", members["manifest"]), routes)
    return Publication(manifest_of("the body", value), {})


def _files(value: object) -> Iterator[tuple[str, bytes]]:
    assert isinstance(value, Pairs), "looked at before"
    for path, text in value:
        if not isinstance(text, str):
            raise BrokenManifest((Fault(f"files: `{path}`", "its text must be a string"),))
        yield path, text.encode()


def _routes(name: str, value: object) -> dict[Route, str]:
    if not isinstance(value, Pairs):
        raise BrokenManifest((Fault(name, 'expected a JSON object, {"GET /api/…": "<operation>", …}'),))
    faults: list[Fault] = []
    routes: dict[Route, str] = {}
    for text, operation in value:
        try:
            route = parse_route(text)
        except InvalidRoute as error:
            faults.append(Fault(f"{name}: `{text}`", str(error)))
            continue
        if not isinstance(operation, str):
            faults.append(Fault(f"{name}: `{text}`", "its operation must be named by a string"))
        elif route in routes:
            faults.append(Fault(f"{name}: `{text}`", "it stands here already"))
        else:
            routes[route] = operation
    if faults:
        raise BrokenManifest(tuple(faults))
    return routes


def _routes_by_id(routes: Mapping[Route, str], operations: Sequence[ManifestOperation]) -> dict[str, Route]:
    faults: list[Fault] = []
    by_id: dict[str, Route] = {}
    for route, called in routes.items():
        found = [each for each in operations if each.id == called] or [
            each for each in operations if each.name == called
        ]
        where = f"{ROUTES_FILE}: `{route}`"
        if len(found) != 1:
            what = "no operation is" if not found else f"{len(found)} operations are"
            faults.append(Fault(where, f"{what} called `{called}`"))
        elif found[0].id in by_id:
            faults.append(Fault(where, f"`{called}` has the route `{by_id[found[0].id]}`; an operation has one"))
        else:
            by_id[found[0].id] = route
    if faults:
        raise BrokenManifest(tuple(faults))
    return by_id
