"""Signatures of webhooks, in both forms."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auth.signatures import (
    Form,
    MalformedSignature,
    SignatureRefused,
    Source,
    StaleSignature,
    WrongSignature,
    read_sources,
    verify,
)

NOW = 1_800_000_000.0
BODY = b'{"type": "ping"}'
OLD, NEW, FOREIGN = b"o" * 24, b"n" * 24, b"f" * 24
STANDARD = Source(Form.STANDARD, (OLD, NEW))
STRIPE = Source(Form.STRIPE, (OLD, NEW))

Head = Mapping[str, str | Sequence[str]]


def sign(key: bytes, body: bytes = BODY, delivery_id: str = "msg_1", at: float = NOW) -> dict[str, str]:
    """Header fields as Standard Webhooks says."""
    digest = hmac.new(key, f"{delivery_id}.{at:.0f}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": delivery_id, "webhook-timestamp": f"{at:.0f}", "webhook-signature": signature}


def stripe(key: bytes, body: bytes = BODY, at: float = NOW) -> dict[str, str]:
    """The header field as Stripe says."""
    digest = hmac.new(key, f"{at:.0f}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={at:.0f},v1={digest}"}


def check(source: Source, head: Head, body: bytes = BODY) -> str | None:
    def values(name: str) -> Sequence[str]:
        given = head.get(name, ())
        return [given] if isinstance(given, str) else given

    return verify(source, values, body, NOW)


def test_the_example_of_standard_webhooks_itself() -> None:
    """From the libraries of its authors."""
    source = read_sources('{"x": {"form": "standard", "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]}}')["x"]
    head = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }

    found = verify(source, lambda name: [head[name]], b'{"test": 2432232314}', 1614265330)

    assert found == "msg_p5jXN8AQM9LWM0D4loKWxJek"


@pytest.mark.parametrize("key", [OLD, NEW])
def test_every_secret_of_a_source_holds(key: bytes) -> None:
    assert check(STANDARD, sign(key)) == "msg_1"
    assert check(STRIPE, stripe(key)) is None


def test_one_signature_of_several_is_enough() -> None:
    ours, theirs = sign(NEW), sign(FOREIGN)
    both = f"{theirs['webhook-signature']} v1a,whatever {ours['webhook-signature']}"
    two = f"{stripe(FOREIGN)['stripe-signature']},v0=whatever,{stripe(NEW)['stripe-signature'].partition(',')[2]}"

    assert check(STANDARD, {**ours, "webhook-signature": both}) == "msg_1"
    assert check(STRIPE, {"stripe-signature": two}) is None


@pytest.mark.parametrize("body", [b"", BODY + b" ", b'{"type": "other"}'])
def test_a_signature_holds_for_its_body_alone(body: bytes) -> None:
    with pytest.raises(WrongSignature):
        check(STANDARD, sign(NEW), body)
    with pytest.raises(WrongSignature):
        check(STRIPE, stripe(NEW), body)


def test_a_signature_holds_for_its_id_and_its_moment_alone() -> None:
    with pytest.raises(WrongSignature):
        check(STANDARD, {**sign(NEW), "webhook-id": "msg_2"})
    with pytest.raises(WrongSignature):
        check(STANDARD, {**sign(NEW), "webhook-timestamp": f"{NOW + 1:.0f}"})
    with pytest.raises(WrongSignature):
        check(STRIPE, {"stripe-signature": stripe(NEW)["stripe-signature"].replace("t=18", "t=17")})


def test_a_foreign_secret_does_not_hold() -> None:
    with pytest.raises(WrongSignature):
        check(STANDARD, sign(FOREIGN))
    with pytest.raises(WrongSignature):
        check(STRIPE, stripe(FOREIGN))


def test_a_signature_of_one_form_is_none_of_the_other() -> None:
    with pytest.raises(MalformedSignature):
        check(STRIPE, sign(NEW))
    with pytest.raises(MalformedSignature):
        check(STANDARD, stripe(NEW))


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
def test_a_signature_of_another_time_is_stale(seconds: float) -> None:
    with pytest.raises(StaleSignature):
        check(STANDARD, sign(NEW, at=NOW + seconds))
    with pytest.raises(StaleSignature):
        check(STRIPE, stripe(NEW, at=NOW + seconds))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_clocks_may_be_five_minutes_apart(seconds: float) -> None:
    assert check(STANDARD, sign(NEW, at=NOW + seconds)) == "msg_1"


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_field_must_stand_once(name: str) -> None:
    head = sign(NEW)

    with pytest.raises(MalformedSignature, match=name):
        check(STANDARD, {each: value for each, value in head.items() if each != name})
    with pytest.raises(MalformedSignature, match=name):
        check(STANDARD, {**head, name: [head[name], head[name]]})


@pytest.mark.parametrize(
    "head",
    [
        {"webhook-id": ""},
        {"webhook-id": "msg 1"},
        {"webhook-id": "msg\u00e9"},
        {"webhook-id": "m" * 256},
        {"webhook-id": 'msg.1800000000.{"a":"'},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "٣"},
        {"webhook-timestamp": "9" * 5000},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,%%%"},
        {"webhook-signature": "v1,abc"},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": "v2,QUJD"},
        {"webhook-signature": "v1,QUJD  v1,QUJD"},
    ],
)
def test_what_cannot_be_read_is_refused(head: dict[str, str]) -> None:
    # An empty signature can be read: it is the signature of nothing.
    with pytest.raises(SignatureRefused):
        check(STANDARD, {**sign(NEW), **head})


@pytest.mark.parametrize(
    "value",
    [
        "", "t", "t=", "t=1", "v1=ab", "t=1,t=2,v1=ab", "t=x,v1=ab", "t=1,v1=xy", "t=1,v1=a", "t=1,v1=é", "t=1,,v1=ab",
        "t=1,v0=ab", "=,=",
    ],
)  # fmt: skip
def test_what_cannot_be_read_of_stripes_field_is_refused(value: str) -> None:
    with pytest.raises(MalformedSignature):
        check(STRIPE, {"stripe-signature": value})


texts = st.text(st.characters(max_codepoint=0xFF), max_size=60)


@given(texts, texts, texts, st.binary(max_size=40))
@example("msg_1", "1800000000", "v1,=", b"")
def test_whatever_stands_in_the_head_is_refused_and_nothing_else(i: str, t: str, s: str, body: bytes) -> None:
    with pytest.raises(SignatureRefused):
        check(STANDARD, {"webhook-id": i, "webhook-timestamp": t, "webhook-signature": s}, body)
    with pytest.raises(SignatureRefused):
        check(STRIPE, {"stripe-signature": s}, body)


class TestDeclaring:
    def test_a_standard_secret_is_base64_and_stripes_is_taken_as_it_is(self) -> None:
        stripe_secret = "whsec_" + "s" * 32
        declared = {
            "cron": {"form": "standard", "secrets": ["whsec_" + base64.b64encode(NEW).decode()]},
            "payments": {"form": "stripe", "secrets": [stripe_secret]},
        }

        sources = read_sources(json.dumps(declared))

        assert sources["cron"] == Source(Form.STANDARD, (NEW,))
        assert sources["payments"] == Source(Form.STRIPE, (stripe_secret.encode(),))

    def test_keys_are_not_shown(self) -> None:
        assert "nnn" not in repr(STANDARD)

    @pytest.mark.parametrize("text", ["", "[]", "null", "{", '"x"', "[" * 100_000])
    def test_what_is_no_object_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="expected a JSON object"):
            read_sources(text)

    def test_every_fault_is_told_and_no_secret(self) -> None:
        declared = {
            "Cron": {"form": "standard", "secrets": ["hunter2"]},
            "a": {"form": "pgp", "secrets": []},
            "b": {"form": "stripe", "secrets": ["hunter2hunter2"], "extra": 1},
            "c": {"form": ["standard"], "secrets": "hunter2"},
            "d": {"form": "standard", "secrets": [7, "whsec_aHVudGVyMg=="]},
            "e": ["hunter2"],
        }

        with pytest.raises(ValueError, match="small letters") as refused:
            read_sources(json.dumps(declared))

        told = str(refused.value)
        assert "secret 1 of 'Cron'" in told
        assert "the form of 'a' is none of standard, stripe" in told
        assert "the secrets of 'a' are not a list" in told
        assert "'b' needs a form and secrets, and nothing else" in told
        assert "the form of 'c'" in told
        assert "the secrets of 'c'" in told
        assert "secret 1 of 'd'" in told
        assert "secret 2 of 'd'" in told
        assert "'e' needs" in told
        assert "hunter2" not in told
        assert "aHVudGVyMg" not in told
