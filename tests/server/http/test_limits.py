import pytest

from server.http.limits import HttpLimits


def test_the_defaults_are_sound() -> None:
    HttpLimits()


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ValueError, match="max_body_bytes") as error:
        HttpLimits(max_body_bytes=0, body_timeout_seconds=-1, max_json_depth=201, max_url_bytes=2, max_head_bytes=1)

    assert str(error.value).split("; ") == [
        "max_body_bytes must be above 0",
        "body_timeout_seconds must be above 0",
        "max_json_depth must be at most 200: input values are coerced recursively",
        "max_url_bytes must not exceed max_head_bytes: the URL is a part of the head",
    ]
