"""Manifests and routes as files."""

from __future__ import annotations

from pathlib import Path

from persisted_queries.publications import ROUTES_FILE, Publication, read_documents, read_publication

_DOCUMENTS = frozenset({".graphql", ".gql"})


def read_path(path: Path, routes: Path | None = None) -> Publication:
    """Read a manifest, or a folder of documents, with its routes.

    Args:
        path: of the manifest or the folder.
        routes: of the file with the routes; None for a folder's own `routes.json`, if it has one, else for none.

    Raises:
        BrokenManifest: with every fault.
        OSError: a file cannot be read.
    """
    is_folder = path.is_dir()
    if routes is None and is_folder and (path / ROUTES_FILE).exists():
        routes = path / ROUTES_FILE
    written = None if routes is None else routes.read_bytes()
    if not is_folder:
        return read_publication(path.name, path.read_bytes(), written)
    files = sorted(each for each in path.rglob("*") if each.suffix in _DOCUMENTS)
    return read_documents({str(each): each.read_bytes() for each in files}, written)
