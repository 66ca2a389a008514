"""Requests that are the same are answered by the short way; all others are read."""

from starlette.types import Scope

from server.http.answer import Kept
from server.http.caching import Content, Freshness
from server.http.recalling import Recalled

JSON = "application/json"
KEPT = Kept(Content(b'{"data":{}}'), Freshness(60, shared=True))


def scope(query: bytes = b"query=x", path: str = "/graphql", **headers: str) -> Scope:
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": fields}


def recalled_of(first: Scope) -> Recalled:
    recalled = Recalled()
    recalled.remember(first, lambda: KEPT, JSON)
    return recalled


def test_the_same_request_is_answered_again() -> None:
    recalled = recalled_of(scope(accept="*/*", user_agent="one"))

    answer = recalled.answer(scope(accept="*/*", user_agent="other"))

    assert answer is not None
    assert (answer.status, answer.body) == (200, KEPT.content.body)


def test_whatever_has_a_say_in_the_answer_makes_another_request() -> None:
    recalled = recalled_of(scope(accept="*/*", authorization="Bearer a"))

    for other in (
        scope(accept="*/*"),
        scope(accept="*/*", authorization="Bearer b"),
        scope(accept="*/*", authorization="Bearer a", x_api_key="k"),
        scope(accept="application/json", authorization="Bearer a"),
        scope(b"query=y", accept="*/*", authorization="Bearer a"),
        scope(path="/graphql/query", accept="*/*", authorization="Bearer a"),
    ):
        assert recalled.answer(other) is None


def test_an_encoded_slash_is_not_a_slash() -> None:
    """Which matters to named routes: it is a character of a parameter."""
    recalled = recalled_of(scope(path="/api/a/b") | {"raw_path": b"/api/a%2Fb"})

    assert recalled.answer(scope(path="/api/a/b") | {"raw_path": b"/api/a/b"}) is None
    assert recalled.answer(scope(path="/api/a/b") | {"raw_path": b"/api/a%2Fb"}) is not None


def test_what_cannot_be_given_anew_is_asked_for_in_full() -> None:
    recalled = Recalled()
    answers = iter([KEPT, None, KEPT])
    recalled.remember(scope(), lambda: next(answers), JSON)

    assert [recalled.answer(scope()) is None for _ in range(3)] == [False, True, True]


def test_those_asked_last_are_remembered() -> None:
    recalled = recalled_of(scope(b"first"))
    for number in range(2_000):
        recalled.remember(scope(b"%d" % number), lambda: KEPT, JSON)
    recalled.remember(scope(b"x" * 5_000), lambda: KEPT, JSON)

    assert recalled.answer(scope(b"first")) is None
    assert recalled.answer(scope(b"0")) is not None
    assert recalled.answer(scope(b"x" * 5_000)) is None


def test_who_has_it_is_told_so() -> None:
    recalled = recalled_of(scope())

    answer = recalled.answer(scope(if_none_match="*"))

    assert answer is not None
    assert answer.status == 304


def test_an_answer_that_is_older_by_now_says_so() -> None:
    recalled = Recalled()
    ages = iter([0, 0, 1])
    recalled.remember(scope(), lambda: Kept(KEPT.content, Freshness(60, shared=True, age=next(ages))), JSON)

    answers = [recalled.answer(scope()) for _ in range(3)]

    assert [dict(answer.headers)[b"age"] for answer in answers if answer is not None] == [b"0", b"0", b"1"]
