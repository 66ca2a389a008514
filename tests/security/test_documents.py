"""Documents below 30 KB are answered, or refused, within 100 ms of the server's CPU."""

from typing import Final

import pytest

from tests.plugins.measuring import least
from tests.security.attacks import LARGEST, SHAPED, documents
from tests.security.site import Site

MOST_CPU: Final = 0.1
"""Seconds, for one document that the server has not seen before."""

SIZES: Final = (10_000, 4_900, 2_900, 900)
"""Tokens: more than a parser should read, as many as one might, and fewer than most limits."""


def cpu_of(site: Site, document: str) -> float:
    """The CPU that a document takes which the server has not seen before."""

    def measure(attempt: int) -> float:
        text = document + " " * attempt
        assert len(text.encode()) <= LARGEST
        before = site.cpu()
        answer = site.ask(text)
        taken = site.cpu() - before
        assert answer.status_code in {200, 400}, answer.text[:300]
        assert answer.json().keys() <= {"data", "errors", "extensions"}
        return taken

    return least(measure, MOST_CPU)


@pytest.mark.quiet
@pytest.mark.parametrize("name", documents(100))
def test_an_attack_of_any_size(site: Site, name: str) -> None:
    taken = {tokens: cpu_of(site, documents(tokens)[name]) for tokens in SIZES}

    assert max(taken.values()) < MOST_CPU, taken


@pytest.mark.quiet
@pytest.mark.parametrize("name", SHAPED)
def test_an_attack_of_a_shape(site: Site, name: str) -> None:
    assert cpu_of(site, SHAPED[name]) < MOST_CPU


EVENT: Final = (
    "id type title slug description eventStart eventEnd timezone location imageUrl isPublished isFeatured metadata "
    "version createdAt updatedAt"
)


@pytest.mark.quiet
def test_the_largest_answer_that_is_allowed_takes_no_longer(site: Site) -> None:
    """Nearly ten thousand rows with all that is read from them, from a document of 250 bytes."""
    document = "{functions(first:100){nodes{events(first:%d){nodes{" + EVENT + "}}}}}"

    assert len(site.ask(document % 99).content) > 4_000_000

    assert cpu_of(site, document % 99) < MOST_CPU
    assert site.ask(document % 100).json()["errors"]


@pytest.mark.parametrize(
    "name", ["values of many rows, many times", "type names of many rows", "thirty lists of lists"]
)
def test_an_answer_of_many_megabytes_is_refused_by_its_cost(site: Site, name: str) -> None:
    """Whether there are that many rows does not matter, nor need the server look."""
    answer = site.ask(SHAPED[name])

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["limit"] == "cost"


@pytest.mark.parametrize("name", ["fragments in a cycle of one", "fragments in a cycle of two"])
def test_cyclic_fragments_are_named(site: Site, name: str) -> None:
    answer = site.ask(SHAPED[name])

    assert answer.status_code == 400
    assert "within itself" in answer.json()["errors"][0]["message"]


def test_the_server_has_lived_through_it(site: Site) -> None:
    assert site.ask("{ __typename }").json() == {"data": {"__typename": "Query"}}
