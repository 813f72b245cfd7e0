"""Coming in: first admin, guesses, cookies, foreign pages."""

import asyncio
import re
from http.cookies import SimpleCookie

import aiohttp
import pytest

from backend.core.config import Settings, SignUpMode
from backend.core.redis import RedisClient
from tests.support.sandbox import Faults
from tests.support.server import BROWSER, PASSWORD, Person, RunningApp, run_app, sign_up

STREAM_ENDS_S = 5.0


async def test_of_fifty_first_sign_ups_at_once_exactly_one_becomes_admin(app: RunningApp) -> None:
    people = await asyncio.gather(*(sign_up(app, f"p{n}@example.org") for n in range(20)))

    assert sorted(person.user["role"] for person in people).count("admin") == 1
    for person in people:
        await person.browser.close()


async def try_password(app: RunningApp, email: str, password: str, **headers: str) -> tuple[int, dict[str, object]]:
    async with (
        aiohttp.ClientSession(app.url, headers={**BROWSER, **headers}) as stranger,
        stranger.post("/api/auth/sign-in", json={"email": email, "password": password}) as response,
    ):
        return response.status, await response.json()


async def test_a_known_and_an_unknown_account_answer_alike(app: RunningApp, anna: Person) -> None:
    known = await try_password(app, "anna@example.org", "wrong password")
    unknown = await try_password(app, "nobody@example.org", "wrong password")

    for _status, problem in (known, unknown):
        problem.pop("request_id")
    assert known == unknown == (401, known[1])
    assert known[1]["code"] == "invalid_credentials"


async def test_guesses_are_limited_whatever_address_they_claim(app: RunningApp, anna: Person) -> None:
    most = app.container.settings.sign_in_attempts_per_account
    statuses = [
        (await try_password(app, "anna@example.org", "wrong", **{"X-Forwarded-For": f"203.0.113.{n}"}))[0]
        for n in range(most + 2)
    ]

    assert statuses == [401] * most + [429] * 2
    assert (await try_password(app, "ANNA@example.org", PASSWORD))[0] == 429
    assert (await anna.get("/api/me"))["email"] == "anna@example.org"


async def test_a_session_sent_before_sign_in_is_never_kept(app: RunningApp, anna: Person) -> None:
    async with aiohttp.ClientSession(app.url, headers=BROWSER) as browser:
        planted = {"Cookie": "latent_session=planted-by-someone"}
        body = {"email": "anna@example.org", "password": PASSWORD}
        async with browser.post("/api/auth/sign-in", json=body, headers=planted) as response:
            cookie = SimpleCookie(response.headers["Set-Cookie"])["latent_session"]
        async with browser.get("/api/me", headers=planted) as response:
            assert response.status == 401
    assert cookie.value != "planted-by-someone"
    assert len(cookie.value) >= 43


@pytest.mark.parametrize("public_url", [None, "https://studio.example"])
async def test_cookies_are_as_tight_as_the_connection_allows(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults, public_url: str | None
) -> None:
    async with (
        run_app(settings.model_copy(update={"public_url": public_url})) as app,
        aiohttp.ClientSession(app.url, headers=BROWSER) as browser,
        browser.post("/api/auth/sign-up", json={"email": "a@example.org", "password": PASSWORD}) as response,
    ):
        cookie = response.headers["Set-Cookie"].lower()
        secure = public_url is not None
        assert cookie.startswith("__host-latent_session=" if secure else "latent_session=")
        assert ("; secure" in cookie) == secure
        assert ("strict-transport-security" in {name.lower() for name in response.headers}) == secure
        assert {"httponly", "samesite=lax", "path=/"} <= set(re.split(r";\s*", cookie))


async def test_signing_out_ends_the_session_on_the_server(app: RunningApp, anna: Person) -> None:
    cookies = {cookie.key: cookie.value for cookie in anna.browser.cookie_jar}
    async with anna.browser.post("/api/auth/sign-out") as response:
        assert response.status == 204
        assert "cookies" in response.headers["Clear-Site-Data"]
    async with aiohttp.ClientSession(app.url, cookies=cookies) as thief, thief.get("/api/me") as response:
        assert response.status == 401


async def test_signing_out_ends_the_streams_of_that_session_and_no_answer(
    app: RunningApp, anna: Person, faults: Faults
) -> None:
    await faults.order(silence_after=2)
    answer_id = (await (await anna.ask("wait")).next("started"))["answer"]["id"]
    browser = app.browser()
    async with browser.post("/api/auth/sign-in", json={"email": "anna@example.org", "password": PASSWORD}) as response:
        assert response.status == 200
    phone = Person(browser, anna.user)
    follower = await phone.stream(f"/api/messages/{answer_id}/stream", method="GET")

    assert (await phone.call("POST", "/api/auth/sign-out"))[0] == 204
    async with asyncio.timeout(STREAM_ENDS_S):
        assert [event["type"] for event in await follower.all()] == ["snapshot"]
    assert (await phone.call("GET", f"/api/messages/{answer_id}/stream"))[0] == 401
    assert (await anna.call("POST", f"/api/messages/{answer_id}/stop"))[1]["status"] == "stopped"
    await phone.close()


async def test_a_new_password_ends_the_other_sessions_and_renews_this_one(app: RunningApp, anna: Person) -> None:
    other = app.browser()
    async with other.post("/api/auth/sign-in", json={"email": "anna@example.org", "password": PASSWORD}):
        pass
    before = {cookie.value for cookie in anna.browser.cookie_jar}
    body = {"current_password": PASSWORD, "new_password": "another long sentence"}

    assert (await anna.call("POST", "/api/me/password", {**body, "current_password": "wrong one"}))[0] == 403
    assert (await anna.call("POST", "/api/me/password", body))[0] == 204
    assert {cookie.value for cookie in anna.browser.cookie_jar}.isdisjoint(before)
    assert (await anna.get("/api/me"))["email"] == "anna@example.org"
    async with other.get("/api/me") as response:
        assert response.status == 401
    await other.close()


FOREIGN = [
    pytest.param({}, 403, id="no origin at all"),
    pytest.param({"Origin": "https://evil.example"}, 403, id="foreign origin"),
    pytest.param({"Origin": "null"}, 403, id="null origin"),
    pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="cross-site"),
    pytest.param({"Sec-Fetch-Site": "same-site"}, 403, id="sister domain"),
    pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": "{own}"}, 403, id="contradiction"),
    pytest.param({"Origin": "{own}.evil.example"}, 403, id="look-alike"),
    pytest.param({"Origin": "{own}"}, 201, id="own origin"),
    pytest.param({"Sec-Fetch-Site": "same-origin"}, 201, id="own page"),
]


@pytest.mark.parametrize(("headers", "expected"), FOREIGN)
async def test_foreign_pages_change_nothing(
    app: RunningApp, anna: Person, headers: dict[str, str], expected: int
) -> None:
    cookies = {cookie.key: cookie.value for cookie in anna.browser.cookie_jar}
    sent = {name: value.replace("{own}", app.url) for name, value in headers.items()}
    async with (
        aiohttp.ClientSession(app.url, cookies=cookies) as page,
        page.post("/api/conversations", json={}, headers=sent) as response,
    ):
        assert response.status == expected
        assert not any(name.lower().startswith("access-control") for name in response.headers)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_forms_are_no_json(anna: Person, kind: str) -> None:
    async with anna.browser.post("/api/conversations", data=b"{}", headers={"Content-Type": kind}) as response:
        assert response.status == 415


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
async def test_sockets_from_foreign_pages_are_refused_before_they_open(
    app: RunningApp, anna: Person, origin: str | None
) -> None:
    headers = {"Origin": origin} if origin else {}
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await anna.browser.ws_connect("/ws", headers=headers)


@pytest.mark.parametrize("name", ["Authorization", "Idempotency-Key", "Last-Event-ID", "X-Anything"])
@pytest.mark.parametrize("value", ["x" * 70_000, "' OR 1=1 --", "ÿ\u202e"], ids=["70 KB", "quotes", "beyond ASCII"])
async def test_odd_headers_are_answered_by_name(app: RunningApp, anna: Person, name: str, value: str) -> None:
    try:
        async with anna.browser.get("/api/me", headers={name: value}) as response:
            assert response.status < 500
    except aiohttp.ClientConnectionError:
        assert len(value) > 65_536
    assert (await anna.get("/api/me"))["email"] == "anna@example.org"


async def test_a_second_credential_beside_the_cookie_is_refused(anna: Person) -> None:
    status, problem = await anna.call("GET", "/api/me", Authorization="Bearer something")

    assert (status, problem["code"]) == (400, "malformed_request")


@pytest.fixture
async def strict_app(
    request: pytest.FixtureRequest, settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> object:
    async with run_app(settings.model_copy(update={"sign_up": request.param})) as running:
        yield running


@pytest.mark.parametrize("strict_app", [SignUpMode.APPROVAL], indirect=True)
async def test_with_approval_an_account_waits_and_a_taken_address_is_not_told(strict_app: RunningApp) -> None:
    admin = await sign_up(strict_app, "anna@example.org")
    answers = []
    for email in ("ben@example.org", "ben@example.org", "anna@example.org"):
        async with (
            strict_app.browser() as browser,
            browser.post("/api/auth/sign-up", json={"email": email, "password": PASSWORD}) as response,
        ):
            answers.append((response.status, await response.json(), "Set-Cookie" in response.headers))
    assert answers == [(201, {"user": None}, False)] * 3

    assert (await try_password(strict_app, "ben@example.org", PASSWORD))[1]["code"] == "account_pending"
    ben = (await admin.get("/api/admin/users?status=pending"))["items"][0]
    assert (await admin.call("PATCH", f"/api/admin/users/{ben['id']}", {"status": "active"}))[0] == 200
    assert (await try_password(strict_app, "ben@example.org", PASSWORD))[0] == 200
    assert (await admin.call("PATCH", f"/api/admin/users/{ben['id']}", {"status": "disabled"}))[0] == 200
    assert (await try_password(strict_app, "ben@example.org", PASSWORD))[1]["code"] == "account_disabled"
    status, problem = await admin.call("PATCH", f"/api/admin/users/{admin.user['id']}", {"role": "user"})
    assert (status, problem["code"]) == (409, "last_admin")
    await admin.browser.close()


@pytest.mark.parametrize("strict_app", [SignUpMode.CLOSED], indirect=True)
async def test_closed_means_closed_after_the_first_account(strict_app: RunningApp) -> None:
    admin = await sign_up(strict_app, "anna@example.org")
    async with (
        strict_app.browser() as browser,
        browser.post("/api/auth/sign-up", json={"email": "b@example.org", "password": PASSWORD}) as response,
    ):
        assert (response.status, (await response.json())["code"]) == (403, "sign_up_closed")
    await admin.browser.close()
