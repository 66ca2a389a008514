import json
import uuid

import orjson
import pytest

from server.http.answer import Executed, RequestError, RequestErrorCause, StatusProfile, answer, encode, refusal
from server.http.negotiate import MediaType
from server.http.refusals import Refused, mutation_by_get, not_acceptable

JSON = MediaType.JSON
GRAPHQL = MediaType.GRAPHQL_RESPONSE
AUDITED = StatusProfile.AUDITED
DRAFT = StatusProfile.DRAFT
ERROR = {"message": "No."}

WHOLE = Executed({"a": 1})
PARTIAL = Executed({"a": None}, [ERROR])
NOTHING = Executed(None, [ERROR])


@pytest.mark.parametrize(
    ("outcome", "media_type", "profile", "status"),
    [
        (WHOLE, JSON, AUDITED, 200),
        (WHOLE, GRAPHQL, AUDITED, 200),
        (PARTIAL, JSON, AUDITED, 200),
        (PARTIAL, GRAPHQL, AUDITED, 200),
        (NOTHING, JSON, AUDITED, 200),
        (NOTHING, GRAPHQL, AUDITED, 200),
        (WHOLE, JSON, DRAFT, 200),
        (WHOLE, GRAPHQL, DRAFT, 200),
        (PARTIAL, JSON, DRAFT, 200),
        (PARTIAL, GRAPHQL, DRAFT, 294),
        (NOTHING, JSON, DRAFT, 200),
        (NOTHING, GRAPHQL, DRAFT, 294),
    ],
)
def test_what_was_executed_has_a_2xx_status(
    outcome: Executed, media_type: MediaType, profile: StatusProfile, status: int
) -> None:
    response = answer(outcome, media_type, profile)

    assert response.status_code == status
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"


@pytest.mark.parametrize("cause", RequestErrorCause)
def test_a_request_error_is_a_400_or_in_plain_json_a_200(cause: RequestErrorCause) -> None:
    outcome = RequestError([ERROR], cause)

    assert answer(outcome, GRAPHQL, AUDITED).status_code == 400
    assert answer(outcome, JSON, AUDITED).status_code == 200
    assert answer(outcome, JSON, AUDITED).headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (RequestErrorCause.SYNTAX, 400),
        (RequestErrorCause.VALIDATION, 422),
        (RequestErrorCause.OPERATION, 422),
        (RequestErrorCause.VARIABLES, 422),
    ],
)
@pytest.mark.parametrize("media_type", MediaType)
def test_the_draft_tells_request_errors_apart_under_either_type(
    media_type: MediaType, cause: RequestErrorCause, status: int
) -> None:
    response = answer(RequestError([ERROR], cause), media_type, DRAFT)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


@pytest.mark.parametrize(
    ("outcome", "body"),
    [
        (WHOLE, '{"data":{"a":1}}'),
        (PARTIAL, '{"errors":[{"message":"No."}],"data":{"a":null}}'),
        (NOTHING, '{"errors":[{"message":"No."}],"data":null}'),
        (Executed({}, extensions={"cost": 3}), '{"data":{},"extensions":{"cost":3}}'),
        (Executed(orjson.Fragment(b'{"a":1}')), '{"data":{"a":1}}'),
        (RequestError([ERROR], RequestErrorCause.SYNTAX), '{"errors":[{"message":"No."}]}'),
    ],
)
def test_a_body_has_the_members_that_the_specification_names(outcome: Executed | RequestError, body: str) -> None:
    assert bytes(answer(outcome, JSON, AUDITED).body).decode() == body


def test_an_answer_is_kept_by_nobody_unless_the_outcome_says_so() -> None:
    plain = answer(WHOLE, JSON, AUDITED)
    cached = answer(Executed({}, headers={"Cache-Control": "public, max-age=60", "Sunset": "x"}), JSON, AUDITED)

    assert (plain.headers["cache-control"], plain.headers["vary"]) == ("no-store", "Accept")
    assert (cached.headers["cache-control"], cached.headers["vary"]) == ("public, max-age=60", "Accept")
    assert cached.headers["sunset"] == "x"


@pytest.mark.parametrize("media_type", MediaType)
def test_a_refusal_has_one_status_whatever_the_type(media_type: MediaType) -> None:
    response = refusal(mutation_by_get(), media_type, AUDITED)

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert json.loads(response.body) == {
        "errors": [
            {
                "message": "Only queries may be sent by GET: send this operation by POST.",
                "extensions": {"code": "METHOD_NOT_ALLOWED"},
            }
        ]
    }


def test_a_refusal_may_carry_details() -> None:
    response = refusal(Refused(410, "RETIRED", "Gone.", details={"since": "2026-01-01"}), JSON, AUDITED)

    assert json.loads(response.body)["errors"][0]["extensions"] == {"code": "RETIRED", "since": "2026-01-01"}


def test_a_refusal_may_have_another_status_in_the_draft() -> None:
    refused = Refused(400, "X", "No.", draft_status=422)

    assert [refusal(refused, JSON, profile).status_code for profile in (AUDITED, DRAFT)] == [400, 422]
    assert refusal(not_acceptable("x"), JSON, DRAFT).status_code == 406


@pytest.mark.parametrize("value", [2**64, -(2**70), "\ud800", {"deep": None}])
def test_what_orjson_cannot_write_is_written_all_the_same(value: object) -> None:
    for _ in range(300):
        value = [value]

    assert json.loads(encode(value)) == value


def test_what_has_no_json_form_is_an_error_of_the_server() -> None:
    with pytest.raises(TypeError):
        encode(object())


def test_common_values_of_a_database_have_a_json_form() -> None:
    assert encode(uuid.UUID(int=1)) == b'"00000000-0000-0000-0000-000000000001"'
