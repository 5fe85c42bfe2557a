"""Who can read a repository at GitHub can read it here, and nobody else: told through the doors."""

from typing import Any

from yarl import URL

from bot.core.model import Repository
from tests.support.browser import PUBLIC, Answer, Browser
from tests.support.farm import Farm

PAGES = ("/", "/api/v1/pulls", "/api/v1/incidents", "/api/v1/audit", "/api/v1/labels")
SECRET = "Break the vault"


async def set_up(farm: Farm, *, private: bool = True, **settings: Any) -> None:
    """People log in with GitHub; of them only `octocat` may read the repository."""
    await farm.stop_service()
    farm.github.repository().private = private
    farm.github.repository().roles["octocat"] = "read"
    logins = farm.github.logins
    logins.callbacks = [f"{PUBLIC}/login/callback"]
    app: dict[str, Any] = {
        "dashboard": "github",
        "github_app_client_id": logins.client_id,
        "github_app_client_secret": logins.client_secret,
    }
    await farm.start_service(**app | settings)


async def break_it(farm: Farm, **how: Any) -> None:
    """A pull of the repository stands accused."""
    await set_up(farm, **how)
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101, SECRET)
    for _ in range(2):
        await farm.red(builder, at=broken)


async def log_in(farm: Farm, login: str = "octocat") -> Browser:
    farm.github.logins.visitor = login
    browser = Browser(farm)
    answer = await browser.go("/login")
    assert answer.status == 200, answer.text
    return browser


async def test_who_can_read_it_at_github_can_read_it_here(farm: Farm) -> None:
    await break_it(farm)
    stranger = Browser(farm)
    for path in PAGES:
        assert (await stranger.get(path)).status == 401
    browser = await log_in(farm)
    assert SECRET in (await browser.get("/")).text
    for path in PAGES:
        assert (await browser.get(path)).status == 200
    assert "octo-org/demo" in (await browser.get("/api/v1/incidents")).text


async def test_who_cannot_read_it_there_logs_in_and_sees_nothing(farm: Farm) -> None:
    await break_it(farm)
    browser = await log_in(farm, "mallory")
    for path in PAGES:
        answer = await browser.get(path)
        assert answer.status == 200
        assert SECRET not in answer.text
        assert "octo-org" not in answer.text
    assert "GitHub did not show them to you" in (await browser.get("/")).text


async def test_with_auto_a_login_adds_what_is_private(farm: Farm) -> None:
    await break_it(farm, dashboard="auto")
    stranger = await Browser(farm).get("/")
    assert (stranger.status, SECRET in stranger.text) == (200, False)
    assert f'<a href="{PUBLIC}/login">a login</a>' in stranger.text
    assert SECRET in (await (await log_in(farm)).get("/")).text


async def test_a_session_is_sealed_short_and_of_no_use_to_scripts_or_other_sites(
    farm: Farm,
) -> None:
    await set_up(farm)
    browser = await log_in(farm)
    morsel = browser.set["__Host-nightswatch"]
    assert (morsel["httponly"], morsel["secure"], morsel["samesite"]) == (True, True, "Lax")
    assert (morsel["path"], morsel["domain"], morsel["max-age"]) == ("/", "", "3600")
    assert "octocat" not in morsel.value
    assert "__Host-nightswatch-login" not in browser.cookies, "what began it is used up"


async def test_a_session_ends_after_an_hour_and_is_told_to_have_ended(farm: Farm) -> None:
    await set_up(farm)
    browser = await log_in(farm)
    farm.clock.advance(3599)
    assert (await browser.get("/")).status == 200
    farm.clock.advance(2)
    ended = await browser.get("/")
    assert (ended.status, "Your login has ended" in ended.text) == (401, True)
    assert 'href="/login?to=/"' in ended.text


async def test_a_clock_that_jumps_ends_sessions_and_opens_none(farm: Farm) -> None:
    """One that was set back would make sessions of the future: those are as good as forged."""
    await set_up(farm)
    for hours in (-2, 4):
        browser = await log_in(farm)
        farm.clock.advance(hours * 3600)
        assert (await browser.get("/")).status == 401


async def test_a_forged_session_opens_nothing(farm: Farm) -> None:
    await break_it(farm)
    browser = await log_in(farm)
    await browser.begin_login()
    name = "__Host-nightswatch"
    good = browser.cookies[name]
    other_kind = browser.cookies[f"{name}-login"]
    for forged in (good[:-8] + "AAAAAAA=", good[:-4], other_kind, "gAAAAA-{}", "x", ""):
        browser.cookies[name] = forged
        assert (await browser.get("/")).status == 401
        assert SECRET not in (await browser.get("/api/v1/pulls")).text
    browser.cookies[name] = good
    assert (await browser.get("/")).status == 200


async def test_a_new_client_secret_ends_every_session(farm: Farm) -> None:
    await set_up(farm)
    browser = await log_in(farm)
    await set_up(farm, github_app_client_secret="another one")
    assert (await browser.get("/")).status == 401


async def test_a_repository_that_turns_private_while_its_pages_are_open_is_shut(
    farm: Farm,
) -> None:
    """Who logged in while it was public has not shown that they may read it now."""
    await break_it(farm, private=False)
    browser = await log_in(farm, "mallory")
    assert SECRET in (await browser.get("/")).text
    farm.github.repository().private = True
    await farm.wait(660)
    assert SECRET not in (await browser.get("/")).text
    assert SECRET in (await (await log_in(farm)).get("/")).text


async def test_a_login_comes_back_to_the_browser_that_began_it_or_nowhere(farm: Farm) -> None:
    """Else a link would log somebody in as somebody else, or hand them a code."""
    await set_up(farm)
    mine, other = Browser(farm), Browser(farm)
    back = await mine.begin_login()
    assert (await other.get(back)).status == 400
    await other.begin_login()
    assert (await other.get(back)).status == 400
    without = URL(back)
    assert (await mine.get(str(without.with_query(code=without.query["code"])))).status == 400


async def test_a_code_is_good_once_and_for_ten_minutes(farm: Farm) -> None:
    await set_up(farm)
    browser = Browser(farm)
    back = await browser.begin_login()
    kept = dict(browser.cookies)
    assert (await browser.get(back)).status == 303
    browser.cookies = kept
    assert (await browser.get(back)).status == 403
    assert "__Host-nightswatch" not in browser.cookies
    back = await browser.begin_login()
    farm.clock.advance(601)
    assert (await browser.get(back)).status == 400


async def test_the_token_is_ended_at_once_and_kept_nowhere(farm: Farm) -> None:
    await break_it(farm)
    await log_in(farm)
    assert farm.github.count("end-token") == 1
    assert farm.github.door.visitors == {}
    farm.github.fail_next("status", "end-token", status=500)
    assert SECRET in (await (await log_in(farm)).get("/")).text, "it ends by itself"


async def leave(farm: Farm) -> Answer:
    browser = Browser(farm)
    answer = await browser.get(await browser.begin_login())
    assert "__Host-nightswatch" not in browser.cookies
    return answer


async def test_who_says_no_at_github_is_told_and_stays_out(farm: Farm) -> None:
    await set_up(farm)
    farm.github.logins.agrees = False
    answer = await leave(farm)
    assert (answer.status, "GitHub did not let you in" in answer.text) == (403, True)


FAULTS: tuple[tuple[str, str, int], ...] = (
    ("exchange", "status", 500),
    ("exchange", "status", 429),
    ("exchange", "invalid_json", 0),
    ("exchange", "reset", 0),
    ("user", "status", 502),
    ("repository", "status", 503),
)


async def test_a_github_that_is_away_lets_nobody_in_and_loses_nothing(farm: Farm) -> None:
    await set_up(farm)
    vault = farm.github.repository()
    known = Repository(vault.repo_id, vault.full_name, private=True)
    await farm.store.facts.save_repository(known)
    for op, kind, status in FAULTS:
        farm.github.fail_next(kind, op, status=status)
        answer = await leave(farm)
        assert (answer.status, "try again" in answer.text) == (503, True), (op, kind)
        assert answer.headers["Retry-After"] == "60"
        if op != "exchange":
            assert farm.github.count("end-token") > 0, "what was given is ended all the same"
        assert (await (await log_in(farm)).get("/")).status == 200


async def test_a_secret_that_github_does_not_know_is_told_in_health(farm: Farm) -> None:
    """Nobody can log in, and whoever runs this must not hear of it from them."""
    await set_up(farm, dashboard="auto", dashboard_password="open sesame")
    farm.github.logins.client_secret = "was renewed"
    assert (await leave(farm)).status == 503
    await farm.wait(360)
    health = await farm.get("/health")
    assert health["status"] == "degraded"
    (found,) = (check for check in health["checks"] if check["check"] == "logins")
    assert found["level"] == "fail"


ELSEWHERE = (
    "//evil.example",
    "https://evil.example/",
    "/%5Cevil.example",
    "/%09/evil.example",
    "/incidents/../../evil",
    "/login",
    "javascript:alert(1)",
    "/incidents/a%0d%0aSet-Cookie: x=y",
)


async def test_nobody_is_led_elsewhere_after_a_login(farm: Farm) -> None:
    await set_up(farm)
    for to in ELSEWHERE:
        browser = Browser(farm)
        assert (await browser.get(await browser.begin_login(to))).place == f"{PUBLIC}/", to


async def test_the_page_that_was_asked_for_is_shown_after_the_login(farm: Farm) -> None:
    await set_up(farm)
    browser = Browser(farm)
    shut = await browser.get("/incidents/i-1")
    assert 'href="/login?to=/incidents/i-1"' in shut.text
    back = await browser.get(await browser.begin_login("/incidents/i-1"))
    assert back.place == f"{PUBLIC}/incidents/i-1"


async def test_a_session_is_ended_by_our_own_form_only(farm: Farm) -> None:
    """A page elsewhere that sends a form here ends nobody's session."""
    await set_up(farm)
    browser = await log_in(farm)
    page = await browser.get("/")
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    token = page.text.partition('name="form_token" value="')[2].partition('"')[0]
    for form in ({}, {"form_token": "guessed"}, {"form_token": token[:-1]}):
        assert (await browser.call("POST", "/logout", data=form)).status == 403
    assert (await browser.call("POST", "/logout", json={"form_token": token})).status == 403
    assert (await browser.get("/")).status == 200
    out = await browser.call("POST", "/logout", data={"form_token": token})
    assert (out.status, "__Host-nightswatch" in browser.cookies) == (200, False)
    assert (await browser.get("/")).status == 401


async def test_a_form_is_no_way_to_fill_the_memory(farm: Farm) -> None:
    await set_up(farm)
    browser = await log_in(farm)
    large = "form_token=" + "x" * 100_000
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    sent: dict[str, Any] = {"data": large.encode(), "headers": kind}
    assert (await Browser(farm).call("POST", "/logout", **sent)).status == 200, "not even read"
    assert (await browser.call("POST", "/logout", **sent)).status == 413


async def test_many_logins_at_once_are_put_off(farm: Farm) -> None:
    """Each costs GitHub some calls: strangers could use up what the App may ask."""
    await set_up(farm)
    browser = Browser(farm)
    statuses = []
    for _ in range(32):
        back = await browser.begin_login()
        statuses.append((await browser.get(back)).status)
    assert statuses.count(429) == 2
    farm.clock.advance(61)
    assert (await (await log_in(farm)).get("/")).status == 200


async def test_the_password_opens_everything_to_machines(farm: Farm) -> None:
    await set_up(farm, dashboard_password="open sesame")
    assert await farm.get_status("/api/v1/pulls") == 401
    assert await farm.get_status("/api/v1/pulls", "guessed") == 401
    assert await farm.get_status("/api/v1/pulls", "open sesame") == 200


async def test_what_a_page_says_of_itself_is_said_of_every_answer(farm: Farm) -> None:
    """Refusals and JSON are as little for caches, frames and other origins as pages are."""
    await set_up(farm)
    browser = Browser(farm)
    for path in ("/", "/nowhere", "/login", "/login/callback", "/health", "/static/style.css"):
        headers = (await browser.get(path)).headers
        assert headers["Cache-Control"] == "private, no-store", path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Server"] == "nightswatch"
