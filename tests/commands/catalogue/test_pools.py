"""Pools hold so many places, and never fewer than are gone."""

from tests.commands.catalogue.office import Office, org
from tests.plugins.graph import gid


async def test_a_pool_is_entered_with_or_without_a_limit(office: Office) -> None:
    own = {"organisationId": org(office.home)}
    limited = await office(
        "upsertPool", "name capacity sold held version", input={"name": "Hall", "capacity": 5, **own}
    )
    unlimited = await office("upsertPool", "capacity", input={"name": "Web", **own})
    nobodys = await office("upsertPool", input={})

    assert limited.thing == {"name": "Hall", "capacity": 5, "sold": 0, "held": 0, "version": 1}
    assert unlimited.thing == {"capacity": None}
    assert nobodys.kinds == [("InvalidInput", "input.name"), ("InvalidInput", "input.organisationId")]


async def test_a_pool_never_has_fewer_places_than_are_sold_and_held(office: Office) -> None:
    pool = gid("CapacityPool", office.graph.pool(20, sold=7, held=3))
    fewer = await office("upsertPool", id=pool, version=1, input={"capacity": 9})
    negative = await office("upsertPool", id=pool, version=1, input={"capacity": -1})
    for version, capacity in enumerate([10, None, 2**31 - 1], start=1):
        done = await office("upsertPool", "capacity", id=pool, version=version, input={"capacity": capacity})

        assert done.thing == {"capacity": capacity}
    assert fewer.kinds == negative.kinds == [("InvalidInput", "input.capacity")]
    assert fewer.errors[0]["message"] == "`capacity` must be at least 10: 7 are sold, and 3 held."


async def test_a_pool_stays_with_its_organisation_and_its_changes_need_its_version(office: Office) -> None:
    pool = gid("CapacityPool", office.graph.pool())
    moved = await office("upsertPool", id=pool, version=1, input={"organisationId": org(office.other)})
    unversioned = await office("upsertPool", id=pool, input={"name": "Hall"})
    stale = await office("upsertPool", id=pool, version=2, input={"name": "Hall"})

    assert moved.kinds == [("InvalidInput", "input.organisationId")]
    assert unversioned.kinds == [("InvalidInput", "version")]
    assert unversioned.errors[0]["code"] == "REQUIRED"
    assert stale.kinds == [("VersionConflict", "version")]
