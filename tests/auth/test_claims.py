"""What a token says decides who asks, by the operator's declaration."""

from typing import Any

import pytest

from auth.claims import ClaimMapping, claims_for, customer_id_of, viewer_of
from auth.tokens import Token
from auth.viewer import ANONYMOUS, Role

MAPPING = ClaimMapping(
    roles=(("role",), ("app_metadata", "role")), admin=frozenset({"admin", "root"}), anonymous=frozenset({"anon"})
)


def role_of(claims: dict[str, Any]) -> Role:
    return viewer_of(Token("ada", 0, 1, claims=claims), MAPPING).role


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({}, Role.CUSTOMER),
        ({"role": "authenticated"}, Role.CUSTOMER),
        ({"role": "authenticated", "app_metadata": {"provider": "email"}}, Role.CUSTOMER),
        ({"role": "authenticated", "app_metadata": {"role": "admin"}}, Role.ADMIN),
        ({"role": ["staff", "root"]}, Role.ADMIN),
        ({"role": "anon"}, Role.ANONYMOUS),
        ({"role": "anon", "app_metadata": {"role": "admin"}}, Role.ADMIN),
        ({"user_metadata": {"role": "admin"}}, Role.CUSTOMER),
        ({"app_metadata": "admin"}, Role.CUSTOMER),
        ({"app_metadata": {"role": {"admin": True}}}, Role.CUSTOMER),
        ({"app_metadata": {"role": [["admin"]]}}, Role.CUSTOMER),
        ({"role": "ADMIN"}, Role.CUSTOMER),
        ({"role": None}, Role.CUSTOMER),
    ],
)
def test_the_claims_decide_the_role(claims: dict[str, Any], role: Role) -> None:
    assert role_of(claims) is role


def test_a_customer_is_known_before_there_is_a_row() -> None:
    first, again = (viewer_of(Token("ada", 0, 1), MAPPING) for _ in range(2))

    assert first == again
    assert first.subject == "ada"
    assert first.customer_id == customer_id_of("ada") != customer_id_of("Ada")


def test_a_key_from_a_subject_is_a_uuid_of_version_8() -> None:
    assert customer_id_of("ada").version == 8
    assert customer_id_of("ada").variant == customer_id_of("").variant == "specified in RFC 4122"


def test_a_token_that_is_worth_nothing_stands_for_nobody() -> None:
    assert viewer_of(Token("ada", 0, 1, claims={"role": "anon"}), MAPPING) == ANONYMOUS


@pytest.mark.parametrize("path", [("role",), ("app_metadata", "roles", "boxoffice")])
def test_claims_made_for_a_role_are_read_as_it(path: tuple[str, ...]) -> None:
    mapping = ClaimMapping((path, ("other",)), frozenset({"admin"}), frozenset())

    assert viewer_of(Token("ada", 0, 1, claims=claims_for("admin", mapping)), mapping).role is Role.ADMIN
    assert claims_for(None, mapping) == {}
