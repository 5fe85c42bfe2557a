"""One click ends a subscription; a link that is only looked at, or guessed, ends nothing."""

from urllib.parse import urlsplit

import aiohttp

from bot.core.notices.subscriptions import Medium, Subscription
from bot.web.unsubscribe import make_token, make_way_out
from tests.support.farm import Farm

TO = Subscription("owner", Medium.MAIL, "owner@example.org")
SECRET = "unsubscribe-secret"
ENVIRON = {
    "SUBSCRIPTIONS": '[[subscriptions]]\nname = "owner"\nmail = "owner@example.org"',
    "SMTP_HOST": "127.0.0.1",
    "SMTP_TLS": "off",
    "MAIL_FROM": "watch@example.net",
    "UNSUBSCRIBE_SECRET": SECRET,
}


async def call(farm: Farm, method: str, address: str) -> tuple[int, str]:
    parts = urlsplit(address)
    async with aiohttp.ClientSession() as session:
        # What a mail program sends: https://www.rfc-editor.org/rfc/rfc8058#section-3.1
        data = {"List-Unsubscribe": "One-Click"} if method == "POST" else None
        url = f"{farm.url}{parts.path}?{parts.query}"
        async with session.request(method, url, data=data) as response:
            return response.status, await response.text()


async def test_one_click_and_nothing_more_is_sent(farm: Farm) -> None:
    await farm.stop_service()
    await farm.start_service(environ=ENVIRON)
    there = make_way_out(TO, SECRET, "https://watch.example.org/")
    assert there.startswith("https://watch.example.org/unsubscribe?to=owner&token=")

    status, page = await call(farm, "GET", there)
    assert (status, "<form" in page) == (200, True)
    assert not await farm.store.notices.is_stopped("owner"), "scanners of mail follow links"
    for wrong in (there[:-1], there.replace("owner", "other"), there.partition("?")[0]):
        assert (await call(farm, "POST", wrong))[0] == 403
    assert not await farm.store.notices.is_stopped("owner")

    assert (await call(farm, "POST", there))[0] == 200
    assert await farm.store.notices.is_stopped("owner")
    await farm.stop_service()
    await farm.start_service(environ=ENVIRON)
    assert await farm.store.notices.is_stopped("owner"), "a restart does not begin it again"


async def test_without_a_secret_no_token_is_right(farm: Farm) -> None:
    there = f"https://watch.example.org/unsubscribe?to=owner&token={make_token('owner', '')}"
    assert (await call(farm, "POST", there))[0] == 403
