"""The page on orders draws every step of the table, and no other."""

import re

from domain.registrations import TRANSITIONS
from server.documents.registrations import diagram, registrations_page


def test_the_diagram_has_every_step() -> None:
    steps = re.findall(r"^  (\w+) --> (\w+):", diagram(), re.MULTILINE)

    assert steps == [(source.value, target.value) for source, target in TRANSITIONS]


def test_the_page_has_every_step_in_words() -> None:
    text = registrations_page()

    assert all(f"| `{a.value}` | `{b.value}` | {when} |" in text for (a, b), when in TRANSITIONS.items())
