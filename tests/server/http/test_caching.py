"""Entity tags, `If-None-Match`, and what an answer says of being kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.http.caching import Answer, Content, Freshness, confirms, etag_of, respond

JSON = "application/json; charset=utf-8"
OTHER = "application/graphql-response+json; charset=utf-8"
PUBLIC = Freshness(60, shared=True)
BODY = b'{"data":{}}'


def answer(freshness: Freshness = PUBLIC, if_none_match: str | None = None, **options: object) -> Answer:
    sent = [] if if_none_match is None else [(b"if-none-match", if_none_match.encode())]
    return respond(Content(BODY), JSON, freshness, sent, **options)


def fields(given: Answer) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in given.headers}


def test_an_entity_tag_tells_bytes_and_media_types_apart() -> None:
    tags = {etag_of(BODY, JSON), etag_of(BODY + b" ", JSON), etag_of(BODY, OTHER)}

    assert len(tags) == 3
    assert etag_of(BODY, JSON) in tags
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("{}", 304),
        ("W/{}", 304),
        ('"other", {}', 304),
        ('"other",W/{} ,"third"', 304),
        ('"a,b", {}', 304),
        ("*", 304),
        (" * ", 304),
        ('"other"', 200),
        ("", 200),
    ],
)
def test_a_client_that_has_it_is_told_so(sent: str, status: int) -> None:
    given = answer(if_none_match=sent.format(etag_of(BODY, JSON)))

    assert given.status == status
    assert given.body == (b"" if status == 304 else BODY)


def test_an_unquoted_tag_confirms_nothing() -> None:
    assert answer(if_none_match=etag_of(BODY, JSON).strip('"')).status == 200


@given(st.binary(max_size=200))
def test_whatever_is_sent_confirms_only_what_it_names(sent: bytes) -> None:
    etag = etag_of(BODY, JSON).encode()

    assert not confirms(sent, etag) or sent.strip() == b"*" or etag in sent


def test_a_304_has_the_fields_of_the_200_but_for_the_contents() -> None:
    whole = fields(answer(headers={"Sunset": "soon"}))
    confirmed = fields(answer(headers={"Sunset": "soon"}, if_none_match="*"))

    assert whole == confirmed | {"content-type": JSON, "content-length": str(len(BODY))}
    assert confirmed["sunset"] == "soon"
    assert confirmed["vary"] == "Accept, Authorization, X-API-Key"


@pytest.mark.parametrize(
    ("freshness", "said"),
    [
        (PUBLIC, "public, max-age=60"),
        (Freshness(60, shared=False), "private, max-age=60"),
        (Freshness(0, shared=True), "public, no-cache"),
        (Freshness(0, shared=False), "private, no-cache"),
        (Freshness(5, shared=True, stale_if_error=300), "public, max-age=5, stale-if-error=300"),
        (Freshness(5, shared=False, stale_if_error=300), "private, max-age=5"),
    ],
)
def test_who_may_keep_it_and_for_how_long(freshness: Freshness, said: str) -> None:
    assert fields(answer(freshness))["cache-control"] == said


def test_what_was_made_before_has_an_age() -> None:
    assert "age" not in fields(answer())
    assert fields(answer(Freshness(60, shared=True, age=7)))["age"] == "7"
