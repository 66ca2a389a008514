import datetime as dt

from db.usage import UsageRow, add_usage
from domain.durations import bucket_of
from tests.plugins.graph import NOW
from tests.server.operations.faces import Faces, code_of

COUNT = "query Count { functions { totalCount } }"


def calls(client: str, release: str, when: dt.datetime, calls: int, errors: int = 0) -> UsageRow:
    return UsageRow(
        client=client,
        release=release,
        public_id="Count",
        by_release=False,
        hour=when.replace(minute=0, second=0, microsecond=0),
        calls=calls,
        errors=errors,
        refused=0,
        cost=calls,
        durations={bucket_of(0.010): calls},
        last_seen=when,
    )


async def test_a_client_is_told_of_its_own_calls_by_day_and_release(faces: Faces) -> None:
    web, acme = await faces.client("web"), await faces.client("acme")
    for client in ("web", "acme"):
        await faces.publish(client, "1.0", {"Count": COUNT})
    await faces.publish("web", "1.1", {"Count": COUNT, "Other": COUNT + " "})
    days = [NOW - dt.timedelta(days=number) for number in (0, 1, 29, 30)]
    await add_usage(
        faces.graph.database,
        [
            calls("web", "1.0", days[1], 5, errors=2),
            calls("web", "1.1", days[0], 7),
            calls("web", "1.1", days[2], 1),
            calls("web", "1.1", days[3], 100),
            calls("acme", "1.0", days[0], 1000),
        ],
    )

    told = (await web.get("/operations/Count/usage")).json()
    others = (await acme.get("/operations/Count/usage")).json()

    assert [len(told["days"]), told["days"][0]["day"], told["days"][-1]["day"]] == [30, "2027-04-02", "2027-05-01"]
    assert [day["calls"] for day in told["days"] if day["calls"]] == [1, 5, 7]
    releases = [(each["release"], each["calls"], each["errors"]) for each in told["releases"]]
    assert releases == [("1.0", 5, 2), ("1.1", 8, 0)]
    assert 0.0098 <= told["releases"][0]["p50"] <= 0.0102
    assert [each["calls"] for each in others["releases"]] == [1000]


async def test_usage_is_nobody_elses_business(faces: Faces) -> None:
    await faces.public("rest")
    await faces.publish("rest", "1.0", {"Count": COUNT}, {"GET /api/count": "Count"})
    web = await faces.client("web")

    anyone = await faces.anyone().get("/operations/Count/usage")
    other = await web.get("/operations/Count/usage")

    assert (anyone.status_code, code_of(anyone)) == (401, "UNAUTHENTICATED")
    assert (other.status_code, code_of(other)) == (404, "PERSISTED_DOCUMENT_NOT_FOUND")
