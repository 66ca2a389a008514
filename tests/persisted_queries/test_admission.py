"""What each policy admits."""

import pytest

from domain.registry import POLICIES
from persisted_queries.admission import Verdict, admit
from persisted_queries.identifiers import DocumentId
from persisted_queries.refusals import Reason
from persisted_queries.requests import DocumentRequest

TEXT = DocumentRequest(text="{a}")
ID = DocumentRequest(id=DocumentId("Home"))
HASH = DocumentRequest(hash="ab" * 32)
BOTH = DocumentRequest(text="{a}", hash="ab" * 32)

NO = Reason.AUTOMATIC_NOT_ALLOWED
REFUSED = {
    ("open", HASH, False): NO,
    ("open", HASH, True): None,
    ("safelist", TEXT, False): Reason.NOT_IN_SAFELIST,
    ("safelist", HASH, False): NO,
    ("safelist", BOTH, False): NO,
    ("ids-only", TEXT, False): Reason.ID_REQUIRED,
    ("ids-only", TEXT, True): Reason.ID_REQUIRED,
    ("ids-only", HASH, False): NO,
    ("ids-only", BOTH, False): NO,
    ("ids-only", BOTH, True): NO,
}


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("request_", [TEXT, HASH, BOTH], ids=["text", "hash", "both"])
@pytest.mark.parametrize("policy", ["open", "apq", "safelist", "ids-only"])
def test_texts_and_hashes_are_admitted_by_policy(policy: str, request_: DocumentRequest, *, published: bool) -> None:
    reason = REFUSED.get((policy, request_, published))

    assert admit(POLICIES[policy], request_, published=published) == Verdict(refusal=reason)
    if policy != "open":
        recorded = admit(POLICIES[f"{policy}-log-only"], request_, published=published)
        assert recorded == Verdict(recorded=reason)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_an_id_is_admitted_if_it_is_published_whatever_the_policy(policy: object) -> None:
    assert admit(policy, ID, published=True) == Verdict()  # type: ignore[arg-type]  # one of the policies
    assert admit(policy, ID, published=False) == Verdict(refusal=Reason.DOCUMENT_NOT_FOUND)  # type: ignore[arg-type]  # the same
