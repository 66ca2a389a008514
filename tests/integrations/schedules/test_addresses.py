import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.schedules.addresses import split_address, web_address
from tests.integrations.schedules.writing import PATIENT

BASE = "https://events.example/camp/2019/Fahrplan/"


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        "http://example.org:8080/a?b=c#d",
        "https://matrix.to/#/#2026-ai:example.org?web-instance[element.io]=chat.example.org",
        "https://bücher.example/ä",
    ],
)
def test_an_address_of_the_web_is_kept_as_it_is(text: str) -> None:
    assert web_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:someone@example.org",
        "ftp://example.org/x",
        "https://",
        "https:///path",
        "http://[::1",
        "http://example.org:port/",
        "https://example.org/\n",
        "https://example.org/\u202e",
        "https://example.org/" + "x" * 2000,
    ],
)
def test_anything_else_is_left_out(text: str) -> None:
    assert web_address(text, BASE) is None


def test_a_pasted_space_is_written_as_browsers_write_it() -> None:
    assert web_address("http://example.org/Austin, TX") == "http://example.org/Austin,%20TX"


def test_a_path_is_relative_to_the_base_address() -> None:
    assert web_address("/system/logo.png?1", BASE) == "https://events.example/system/logo.png?1"


def test_a_path_without_a_base_address_is_left_out() -> None:
    assert web_address("/system/logo.png") is None
    assert web_address("/system/logo.png", "file:///etc/") is None
    assert web_address("//[", BASE) is None


@PATIENT
@given(st.text(), st.text())
def test_no_text_at_all_leads_anywhere_but_to_the_web(text: str, base: str) -> None:
    address = web_address(text, base)

    assert address is None or address.startswith(("http://", "https://"))
    assert address is None or split_address(address)
