"""Checking in on a real database, as doors do it: twice, at once, late, and at the wrong one."""

import asyncio
import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from auth.check_in_codes import CheckInKeys
from auth.viewer import ADMIN, ANONYMOUS, OrgRole, Role, Viewer
from commands.checking_in import check_in_attendee
from commands.writing import Writer
from db.contention import transact
from db.deployment import Part, Within
from domain.audit import ANYONE
from domain.user_errors import Rejected
from tests.plugins.graph import NOW, SECRET, Graph, gid

KEYS = CheckInKeys.of([SECRET])
CHECK_IN = """
    mutation CheckIn($code: String!, $eventId: ID!, $at: DateTime, $place: String) {
      checkInAttendee(code: $code, eventId: $eventId, at: $at, place: $place) {
        attendee { id name status checkedInAt checkedInPlace }
        alreadyCheckedIn
        firstCheckIn { at place }
        overtakenCheckIn { at place }
        userErrors { __typename field message code ... on NoAdmission { status } }
      }
    }
"""
CODE = "query Code($id: ID!) { node(id: $id) { ... on Attendee { checkInCode } } }"
MINUTE = dt.timedelta(minutes=1)


@dataclass(slots=True)
class Door:
    """An event with one attendee, and whoever stands at its door."""

    graph: Graph
    viewer: Viewer
    owner: Viewer
    organisation: uuid.UUID
    registration: uuid.UUID
    attendee: uuid.UUID
    event: uuid.UUID
    other_event: uuid.UUID

    @property
    def code(self) -> str:
        return KEYS.issue(self.attendee)

    async def show(self, *, viewer: Viewer | None = None, **given: Any) -> Any:
        variables = {"code": self.code, "eventId": gid("Event", self.event), "place": "North", **given}
        data = await self.graph.data(CHECK_IN, viewer=viewer or self.viewer, **variables)
        return data["checkInAttendee"]

    async def facts(self) -> list[dict[str, Any]]:
        async with self.graph.owner.write() as connection:
            rows = await connection.execute(text("SELECT payload FROM outbox ORDER BY sequence"))
            return [row.payload["data"] for row in rows]


def staff(graph: Graph, organisation: uuid.UUID, role: OrgRole = OrgRole.DOOR) -> Viewer:
    person = graph.customer()
    membership = graph.member(organisation, person, role)
    return Viewer(Role.CUSTOMER, "door", customer_id=person, memberships=frozenset({membership}))


@pytest.fixture
async def door(graph: Graph) -> Door:
    event = graph.event(graph.function())
    ticket = graph.ticket(event)
    buyer = graph.customer()
    registration = graph.registration(
        customer_id=buyer, state="CONFIRMED", confirmation_number="7KQ2M9", confirmed_at=NOW - dt.timedelta(days=9)
    )
    attendee = graph.attendee(registration, graph.line(registration, ticket), ticket, event, name="Ada", state="VALID")
    owner = Viewer(Role.CUSTOMER, "buyer", customer_id=buyer)
    other = graph.event(graph.function())
    door = Door(graph, staff(graph, graph.home), owner, graph.home, registration, attendee, event, other)
    await graph.flush()
    return door


def stamp(at: dt.datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def when(shown: dict[str, Any]) -> tuple[dt.datetime, str | None]:
    return dt.datetime.fromisoformat(shown["at"]), shown["place"]


async def test_the_first_time_somebody_comes_in_and_it_is_told(door: Door) -> None:
    answer = await door.show()

    assert answer["userErrors"] == []
    assert answer["alreadyCheckedIn"] is False
    assert answer["overtakenCheckIn"] is None
    assert when(answer["firstCheckIn"]) == (NOW, "North")
    assert answer["attendee"]["name"] == "Ada"
    assert dt.datetime.fromisoformat(answer["attendee"]["checkedInAt"]) == NOW
    assert answer["attendee"]["checkedInPlace"] == "North"
    (fact,) = await door.facts()
    assert (fact["attendee_id"], fact["place"], fact["was_first"]) == (str(door.attendee), "North", True)


async def test_the_second_time_says_when_and_where_the_first_was(door: Door) -> None:
    await door.show()
    door.graph.now = NOW + 7 * MINUTE
    answer = await door.show(place="South")

    assert answer["alreadyCheckedIn"] is True
    assert when(answer["firstCheckIn"]) == (NOW, "North")
    assert answer["attendee"]["checkedInPlace"] == "North"


async def test_a_door_that_was_offline_and_was_earlier_counts_and_says_whom_it_overtook(door: Door) -> None:
    await door.show(place="South")
    door.graph.now = NOW + 90 * MINUTE
    late = await door.show(place="North", at=stamp(NOW - 5 * MINUTE))
    later = await door.show(place="West", at=stamp(NOW - 2 * MINUTE))

    assert late["alreadyCheckedIn"] is False
    assert when(late["firstCheckIn"]) == (NOW - 5 * MINUTE, "North")
    assert when(late["overtakenCheckIn"]) == (NOW, "South")
    assert late["attendee"]["checkedInPlace"] == "North"
    assert later["alreadyCheckedIn"] is True
    assert when(later["firstCheckIn"]) == (NOW - 5 * MINUTE, "North")
    assert [fact["was_first"] for fact in await door.facts()] == [True, True, False]


async def test_the_same_told_twice_has_the_same_answer_and_no_second_effect(door: Door) -> None:
    first = await door.show(at=stamp(NOW))
    door.graph.now = NOW + MINUTE
    again = await door.show(at=stamp(NOW))

    assert again == first
    assert len(await door.facts()) == 1


async def test_two_doors_at_once_let_one_in(door: Door) -> None:
    answers = await asyncio.gather(*(door.show(place=f"Door {number}") for number in range(8)))

    let_in = [answer for answer in answers if not answer["alreadyCheckedIn"]]
    assert len(let_in) == 1
    assert {when(answer["firstCheckIn"]) for answer in answers} == {when(let_in[0]["firstCheckIn"])}
    assert len(await door.facts()) == 8


async def test_at_another_event_nobody_comes_in(door: Door) -> None:
    answer = await door.show(eventId=gid("Event", door.other_event))

    (error,) = answer["userErrors"]
    assert (error["__typename"], error["field"], error["status"]) == ("NoAdmission", ["eventId"], None)
    assert answer["attendee"] is None
    assert await door.facts() == []


@pytest.mark.parametrize("state", ["RESERVED", "CANCELLED"])
async def test_without_a_place_nobody_comes_in(door: Door, state: str) -> None:
    await door.graph.sql("UPDATE attendees SET state = :state", state=state)
    answer = await door.show()

    (error,) = answer["userErrors"]
    assert (error["__typename"], error["field"], error["status"]) == ("NoAdmission", ["code"], state)


async def test_what_others_sell_is_like_what_is_not_there(door: Door) -> None:
    stranger = staff(door.graph, door.graph.organisation())
    foreign = await door.show(viewer=stranger)
    missing = await door.show(code=KEYS.issue(uuid.uuid4()))
    forged = await door.show(code=CheckInKeys.of([b"x" * 32]).issue(door.attendee))

    assert foreign == missing == forged
    assert foreign["userErrors"][0]["__typename"] == "NotFound"
    assert await door.facts() == []


async def test_a_deployment_for_something_else_knows_nobody(door: Door) -> None:
    keys = KEYS
    arguments: dict[str, Any] = {"code": door.code, "event_id": gid("Event", door.event), "at": None, "place": None}

    def writer(within: Within | None) -> Writer:
        return Writer(door.graph.database, door.viewer, ANYONE, NOW, within=within, keys=keys)

    for part in Part:
        with pytest.raises(Rejected, match="nobody with this code"):
            await check_in_attendee(writer(Within(part, uuid.uuid4())), **arguments)
    own = Within(Part.ORGANISATION, door.organisation)
    assert (await check_in_attendee(writer(own), **arguments)).decision.is_first


@pytest.mark.parametrize(
    ("role", "may"),
    [(OrgRole.DOOR, True), (OrgRole.MANAGER, True), (OrgRole.OWNER, True), (OrgRole.FINANCE, False)],
)
async def test_whoever_stands_at_the_door_may_check_in(door: Door, role: OrgRole, may: bool) -> None:  # noqa: FBT001 - a parameter of the test
    answer = await door.graph(
        CHECK_IN,
        {"code": door.code, "eventId": gid("Event", door.event)},
        viewer=staff(door.graph, door.organisation, role),
    )

    assert answer.codes == ([] if may else ["FORBIDDEN"])


async def test_nobody_else_may_ask(door: Door) -> None:
    for viewer in (ANONYMOUS, door.owner):
        answer = await door.graph(CHECK_IN, {"code": door.code, "eventId": gid("Event", door.event)}, viewer=viewer)
        assert answer.codes == ["FORBIDDEN"]
    assert await door.facts() == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"eventId": "nothing"}, "eventId"),
        ({"eventId": gid("Ticket", uuid.uuid4())}, "eventId"),
        ({"place": "x" * 101}, "place"),
        ({"at": stamp(NOW + 3 * MINUTE)}, "at"),
    ],
)
async def test_what_cannot_be_right_is_told(door: Door, given: dict[str, str], field: str) -> None:
    answer = await door.show(**given)

    assert [(error["__typename"], error["field"]) for error in answer["userErrors"]] == [("InvalidInput", [field])]


async def test_codes_are_for_whoever_ordered_and_for_the_door(door: Door) -> None:
    async def code_for(viewer: Viewer) -> object:
        data = await door.graph.data(CODE, viewer=viewer, id=gid("Attendee", door.attendee))
        return json.dumps(data["node"])

    told, withheld, unseen = json.dumps({"checkInCode": door.code}), '{"checkInCode": null}', "null"
    guest = Viewer(Role.GUEST, "guest", registration_id=door.registration)
    for viewer, expected in (
        (door.owner, told),
        (guest, told),
        (door.viewer, told),
        (ADMIN, told),
        (staff(door.graph, door.organisation, OrgRole.FINANCE), withheld),
        (staff(door.graph, door.graph.organisation()), unseen),
        (ANONYMOUS, unseen),
    ):
        assert await code_for(viewer) == expected, viewer
    await door.graph.sql("UPDATE attendees SET state = 'CANCELLED'")
    assert await code_for(door.owner) == withheld


async def test_a_check_in_waits_for_a_refund_under_way_and_heeds_it(door: Door) -> None:
    async def refund(connection: Any) -> None:
        await connection.execute(text("UPDATE attendees SET state = 'CANCELLED'"))
        begun.set()
        await asyncio.sleep(0.2)

    begun = asyncio.Event()
    refunding = asyncio.create_task(transact(door.graph.owner, refund, patience=5))
    await begun.wait()
    answer = await door.show()
    await refunding

    assert answer["userErrors"][0]["__typename"] == "NoAdmission"
