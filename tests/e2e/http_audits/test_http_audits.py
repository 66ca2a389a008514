"""The npm package `graphql-http` says what a server of GraphQL over HTTP must, should and may do; ours does all."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.plugins import node

HERE = Path(__file__).parent


@pytest.mark.parametrize("server", ["sample_url", "boxoffice_url"])
def test_all_61_audits_pass(server: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(server)
    packages = node.install(HERE, request.config.cache.mkdir("npm"))
    audits = json.loads(node.run([str(HERE / "audit.mjs"), url, str(packages)], HERE))
    failed = [f"{audit['id']} {audit['name']}: {audit['reason']}" for audit in audits if audit["status"] != "ok"]

    assert Counter(audit["name"].split(" ")[0] for audit in audits) == {"MUST": 13, "SHOULD": 23, "MAY": 25}
    assert not failed, "\n".join(failed)
