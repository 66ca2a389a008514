import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.routes import InvalidRoute, Route, are_ambiguous, parse_route, precedence

SEGMENTS = st.sampled_from(["a", "b", "{x}", "{y}"])


def route(path: str) -> Route:
    return parse_route(f"GET {path}")


@st.composite
def routes(draw: st.DrawFn) -> Route:
    segments = draw(
        st.lists(SEGMENTS, min_size=1, max_size=4, unique_by=lambda each: each if "{" in each else object())
    )
    return route("/api/" + "/".join(segments))


def test_a_route_has_literals_and_parameters() -> None:
    found = route("/api/functions/{slug}/events")

    assert found.parameters == ("slug",)
    assert found.shape == ("api", "functions", None, "events")
    assert str(found) == "GET /api/functions/{slug}/events"


def test_a_parameter_takes_one_segment_that_is_not_empty() -> None:
    found = route("/api/functions/{slug}")

    assert found.match(["api", "functions", "camp"]) == {"slug": "camp"}
    for other in (
        ["api", "functions"],
        ["api", "functions", ""],
        ["api", "events", "camp"],
        ["api", "functions", "a", "b"],
    ):
        assert found.match(other) is None


@pytest.mark.parametrize(
    "text",
    [
        "/api/functions",
        "POST /api/functions",
        "GET /functions",
        "GET /api/",
        "GET /api/functions/",
        "GET /api//functions",
        "GET /api/../health",
        "GET /api/{slug}.json",
        "GET /api/{1}",
        "GET /api/{a}/{a}",
        "GET /api/ü",
        "GET /api/" + "a" * 300,
    ],
)
def test_what_is_no_route_is_refused(text: str) -> None:
    with pytest.raises(InvalidRoute):
        parse_route(text)


@pytest.mark.parametrize(
    ("one", "other", "ambiguous"),
    [
        ("/api/a/{x}", "/api/{x}/b", True),
        ("/api/a/{x}", "/api/a/b", False),
        ("/api/a/{x}", "/api/{x}/{y}", False),
        ("/api/a/{x}", "/api/b/{x}", False),
        ("/api/a", "/api/a/b", False),
    ],
)
def test_ambiguous_are_routes_of_which_neither_is_the_narrower(one: str, other: str, *, ambiguous: bool) -> None:
    assert are_ambiguous(route(one), route(other)) is ambiguous
    assert are_ambiguous(route(other), route(one)) is ambiguous


@given(routes(), routes(), st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=4))
def test_of_two_that_fit_a_path_and_are_not_ambiguous_precedence_puts_the_narrower_first(
    one: Route, other: Route, path: list[str]
) -> None:
    segments = ["api", *path]
    if one.match(segments) is None or other.match(segments) is None or one.shape == other.shape:
        return
    if are_ambiguous(one, other):
        return

    first = min(one, other, key=precedence)

    assert sum(each is None for each in first.shape) == min(
        sum(each is None for each in found.shape) for found in (one, other)
    )
