"""What may be asked of the administrators' pages, and by whom."""

import re
from typing import Any

import httpx

from domain.flags import USE_FUNCTIONS
from tests.server.admin.conftest import OWN, PROOF, Form, Office

FLAG = {"enabled": "", "percentage": "5", "segments": "{}", "reason": "Why not.", "version": ""}
PATH = f"/admin/flags/edit?pk={USE_FUNCTIONS}"


async def proof_of(admin: Office) -> str:
    return Form.of(await admin.page("")).values[PROOF]


async def share(admin: Office) -> str:
    return Form.of(await admin.page("flags/edit", pk=USE_FUNCTIONS)).values["percentage"]


FOREIGN: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site", "origin": "http://localhost"},
    {},
]


async def test_a_change_from_elsewhere_is_refused_whatever_it_holds(admin: Office) -> None:
    data = {**FLAG, PROOF: await proof_of(admin)}
    for headers in FOREIGN:
        refused = await admin.http.post(PATH, data=data, headers=headers)
        login = await admin.http.post("/admin/login", data={"token": admin.token()}, headers=headers)
        assert refused.status_code == login.status_code == 403, headers
    assert await share(admin) == "100"
    assert (await admin.http.post(PATH, data=data, headers={"origin": "http://localhost"})).status_code == 303


async def test_no_script_of_another_origin_reads_them(admin: Office) -> None:
    for headers in FOREIGN[:2]:
        refused = await admin.http.get("/admin/", headers={**headers, "sec-fetch-mode": "cors"})
        opened = await admin.http.get("/admin/", headers={**headers, "sec-fetch-mode": "navigate"})
        assert (refused.status_code, opened.status_code) == (403, 200)
    assert (await admin.http.get("/admin/", headers={"origin": "https://shop.example.org"})).status_code == 403


async def test_a_change_needs_what_the_pages_of_this_session_hold(admin: Office) -> None:
    await admin.http.get("/admin/")
    others = httpx.AsyncClient(transport=admin.http._transport, base_url="http://localhost")
    async with others:
        await others.post("/admin/login", data={"token": admin.token("eve")}, headers=OWN)
        foreign = Form.of(await others.get("/admin/")).values[PROOF]
    for proof in ("", "x", foreign):
        sent = await admin.http.post(PATH, data={**FLAG, PROOF: proof}, headers=OWN)
        by_script = await admin.http.post(PATH, data=FLAG, headers={**OWN, "x-csrftoken": proof})
        assert sent.status_code == by_script.status_code == 403
    assert await share(admin) == "100"
    assert (await admin.http.post(PATH, data={**FLAG, PROOF: await proof_of(admin)}, headers=OWN)).status_code == 303
    assert await share(admin) == "5"


async def test_a_change_without_a_session_is_refused(office: Office) -> None:
    for path in (PATH, "/admin/_api/functions/row-action?name=remove&pk=x", "/admin/logout"):
        assert (await office.http.post(path, data=FLAG, headers=OWN)).status_code == 401


async def test_nothing_changes_by_reading(admin: Office) -> None:
    function = admin.graph.function(name="Winterfest")
    await admin.graph.flush()
    pk = f"Function_{function.hex}"
    for path in (
        f"/admin/_api/functions/row-action?name=remove&pk={pk}",
        "/admin/_api/functions/action?name=delete",
        "/admin/logout",
    ):
        assert (await admin.http.get(path)).status_code == 405
    assert (await admin.http.put(PATH, headers=OWN)).status_code == 405
    assert (await admin.page("functions/detail", pk=pk)).status_code == 200


async def test_there_is_no_way_round_the_commands(admin: Office) -> None:
    pk = f"Function_{admin.graph.function(name='Winterfest').hex}"
    await admin.graph.flush()
    proof = {PROOF: await proof_of(admin)}
    for path, status in (
        (f"/admin/_api/functions/action?name=delete&pks={pk}", 400),
        (f"/admin/_api/functions/row-action?name=delete&pk={pk}", 400),
        (f"/admin/_api/functions/inline-edit?field=name&pk={pk}", 403),
        ("/admin/_api/functions/import", 403),
        ("/admin/flags/create", 403),
        ("/admin/releases/create", 403),
        ("/admin/releases/edit?pk=web/1", 403),
    ):
        assert (await admin.http.post(path, data=proof, headers=OWN)).status_code == status, path
    assert "Winterfest" in (await admin.page("functions/list")).text
    large = {**proof, "segments": "x" * 300_000}
    assert (await admin.http.post(PATH, data=large, headers=OWN)).status_code == 413


async def test_pages_say_what_browsers_may_do(admin: Office) -> None:
    for path in ("/admin/", "/admin/login", "/admin/functions/list", "/admin/functions/detail?pk=none"):
        answer = await admin.http.get(path)
        policy = dict(each.split(" ", 1) for each in answer.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_nothing_is_inline_and_nothing_comes_from_elsewhere(admin: Office) -> None:
    event = admin.graph.event(admin.graph.function())
    await admin.graph.flush()
    pk = f"Event_{event.hex}"
    for page in (
        await admin.page(""),
        await admin.page("events/list"),
        await admin.page("events/detail", pk=pk),
        await admin.page("events/edit", pk=pk),
        await admin.page("flags/list"),
    ):
        tags = re.findall(r"<script\b([^>]*)>", page.text)
        assert all("src=" in each or 'type="application/json"' in each for each in tags)
        assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=\"", page.text)
        linked = re.findall(r'(?:src|href|action)="([a-z]+:)?//([^/"]+)', page.text)
        assert {host for _, host in linked} == {"localhost"}


async def test_what_the_pages_load_is_there_for_everybody_and_kept(office: Office) -> None:
    login = await office.http.get("/admin/login")
    for url in re.findall(r'(?:src|href)="([^"]+/static/[^"]+)"', login.text):
        asset = await office.http.get(url)
        assert asset.status_code == 200
        assert "public" in asset.headers["cache-control"]


async def test_markup_in_a_name_is_shown_as_text(admin: Office) -> None:
    attack = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}"
    function = admin.graph.function(name=attack, slug="attack", description=attack)
    event = admin.graph.event(function, title=attack)
    admin.graph.ticket(event, name=attack)
    await admin.graph.flush()
    pk = f"Function_{function.hex}"
    pages: list[Any] = [await admin.page(f"{key}/list") for key in ("functions", "events", "tickets")]
    pages += [await admin.page("functions/detail", pk=pk), await admin.page("functions/edit", pk=pk)]
    pages.append(await admin.page("functions/list", q='"><script>alert(3)</script>'))

    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "49" not in re.sub(r"[\w-]{20,}", "", "".join(re.findall(r"&gt;&lt;img.{0,60}", page.text)))
    assert "&lt;script&gt;alert(1)" in pages[0].text
