"""A browser as far as logins need one: it keeps cookies, and goes where it is sent.

In: a farm. Out: answers. What is addressed to the service's public name reaches the farm; cookies
are kept for the service alone, as browsers keep `__Host-` ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import Morsel
from typing import Any

import aiohttp

from tests.support.farm import Farm

PUBLIC = "https://watch.example.org"


@dataclass(frozen=True)
class Answer:
    """What was answered; `headers` as they came last."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def place(self) -> str:
        """Where it sends a browser."""
        return self.headers.get("Location", "")


@dataclass
class Browser:
    """One person's."""

    farm: Farm
    cookies: dict[str, str] = field(default_factory=dict)
    set: dict[str, Morsel[str]] = field(default_factory=dict)  # as they came last, by name

    async def call(self, method: str, url: str, **sent: Any) -> Answer:
        """One request, whatever it is answered with."""
        url = url.replace(PUBLIC, self.farm.url) if url.startswith("http") else self.farm.url + url
        ours = url.startswith(self.farm.url)
        header = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Accept": "text/html"} | ({"Cookie": header} if ours and header else {})
        headers |= sent.pop("headers", {})
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(
                method,
                url,
                headers=headers,
                allow_redirects=False,
                **sent,
            ) as answer,
        ):
            for name, morsel in answer.cookies.items():
                self.set[name] = morsel
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
            return Answer(answer.status, await answer.text(), answer.headers.copy())

    async def get(self, url: str) -> Answer:
        """One page."""
        return await self.call("GET", url)

    async def go(self, url: str) -> Answer:
        """A page, and wherever it leads."""
        for _ in range(5):
            answer = await self.get(url)
            if answer.status not in {302, 303}:
                return answer
            url = answer.place
        raise AssertionError("sent in circles")

    async def begin_login(self, to: str = "/") -> str:
        """Up to GitHub's page; where that sends the browser."""
        begun = await self.get(f"/login?to={to}")
        assert begun.status == 303, begun.text
        return (await self.get(begun.place)).place
