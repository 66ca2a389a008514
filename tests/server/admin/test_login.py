"""Coming in to the administrators' pages, and leaving them."""

import datetime as dt
import time

import httpx

from auth.sessions import issue_session, session_key
from auth.tokens import Token
from commands.revoking import revoke_subject, revoke_token
from db.cache import open_cache
from db.revocations import Mirror
from domain.audit import Actor
from server.app import open_app
from server.settings import load_settings
from tests.server.admin.conftest import ORIGIN, OWN, Form, Office


async def test_without_a_session_a_page_leads_to_the_login_and_from_there_on(office: Office) -> None:
    sent = await office.http.get("/admin/functions/list?q=lights")
    assert sent.status_code == 303
    assert sent.headers["location"] == "/admin/login?next=%2Fadmin%2Ffunctions%2Flist%3Fq%3Dlights"

    entered = await office.log_in(next_page="/admin/functions/list?q=lights")
    assert (entered.status_code, entered.headers["location"]) == (303, "/admin/functions/list?q=lights")
    assert (await office.http.get(entered.headers["location"])).status_code == 200
    assert (await office.audit())[0][:2] == ("begin session", "root")


async def test_the_cookie_is_for_these_pages_alone_and_for_no_script(office: Office) -> None:
    cookie = (await office.log_in()).headers["set-cookie"]

    assert cookie.startswith("boxoffice_admin=")
    assert {"HttpOnly", "Path=/admin", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Secure" not in cookie, "on this machine"
    assert office.token() not in cookie


async def test_a_login_leads_nowhere_else(office: Office) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example", "/graphql", "/admin.evil", "/adminx"):
        assert (await office.log_in(next_page=elsewhere)).headers["location"] == "/admin/", elsewhere


async def test_nobody_but_administrators_comes_in(office: Office) -> None:
    for token, status, told in (
        (office.token("ada", role=None), 403, "not an administrator's"),
        ("nonsense", 401, "not valid"),
        ("bxo_" + "0" * 40, 401, "not valid"),
    ):
        refused = await office.log_in(token)
        assert refused.status_code == status
        assert told in Form.of(refused).told
        assert "set-cookie" not in refused.headers
    assert (await office.http.get("/admin/")).status_code == 303


async def test_over_plain_http_from_elsewhere_nobody_comes_in(office: Office) -> None:
    async with httpx.AsyncClient(transport=office.http._transport, base_url="http://tickets.example.org") as http:
        refused = await http.post(
            "/admin/login", data={"token": office.token()}, headers={"sec-fetch-site": "same-origin"}
        )
    async with httpx.AsyncClient(transport=office.http._transport, base_url="https://tickets.example.org") as http:
        entered = await http.post(
            "/admin/login", data={"token": office.token()}, headers={"sec-fetch-site": "same-origin"}
        )

    assert refused.status_code == 403
    assert "come by https" in Form.of(refused).told
    assert entered.status_code == 303
    assert "Secure" in entered.headers["set-cookie"].split("; ")


async def test_attempts_are_counted(office: Office) -> None:
    statuses = [(await office.log_in("nonsense")).status_code for _ in range(9)]

    assert statuses == [401] * 8 + [429]
    limited = await office.log_in()
    assert int(limited.headers["retry-after"]) > 0
    assert "8 times a day" in Form.of(limited).told


async def test_leaving_ends_the_session_for_whoever_has_a_copy(admin: Office) -> None:
    copy = admin.http.cookies["boxoffice_admin"]
    proof = Form.of(await admin.page("")).values["csrftoken"]
    left = await admin.http.post("/admin/logout", data={"csrftoken": proof}, headers=OWN)

    assert (left.status_code, left.headers["location"]) == (303, "/admin/login")
    assert "boxoffice_admin" not in admin.http.cookies
    again = await admin.http.get("/admin/", headers={"cookie": f"boxoffice_admin={copy}"})
    assert again.status_code == 303
    assert [entry[0] for entry in await admin.audit()] == ["begin session", "revoke token"]


async def test_a_session_ends_with_its_token(admin: Office) -> None:
    settings, token = admin.settings, Token("root", time.time() - 60, time.time() + 600, "the-token")
    assert settings.secret_key is not None
    assert settings.redis_url is not None
    key = session_key(settings.secret_key.get_secret_value().encode())

    async def status(session: str) -> int:
        admin.http.cookies.clear()
        return (await admin.http.get("/admin/", headers={"cookie": f"boxoffice_admin={session}"})).status_code

    now = time.time()
    good = issue_session(key, token, now=now, lifetime=600)
    assert await status(good) == 200
    assert await status(issue_session(key, token, now=now - 100, lifetime=60)) == 303, "it was for a minute"
    assert await status(issue_session(b"x" * 32, token, now=now, lifetime=600)) == 303, "another server's"
    assert await status(admin.token()) == 303, "a token is no session"
    actor = Actor("operator")
    async with open_cache(settings.redis_url.get_secret_value(), 1) as cache:
        until = dt.datetime.fromtimestamp(token.expires_at, dt.UTC)
        await revoke_token(admin.graph.owner, Mirror(cache), "the-token", expires_at=until, actor=actor, reason="Lost.")
        assert await status(good) == 303, "its token was revoked"
        other = issue_session(key, Token("eve", now - 60, now + 600, "another"), now=now - 5, lifetime=600)
        assert await status(other) == 200
        moment = dt.datetime.now(dt.UTC)
        await revoke_subject(
            admin.graph.owner,
            Mirror(cache),
            "eve",
            before=moment,
            max_lifetime=settings.token_max_lifetime_seconds,
            actor=actor,
            reason="Gone.",
        )
        assert await status(other) == 303, "whose it is was revoked"


async def test_where_it_is_not_wanted_there_is_no_such_page(database_url: str, redis_url: str) -> None:
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as http,
    ):
        assert (await http.get("/admin")).status_code == 404
        assert (await http.get("/admin/login")).status_code == 404
