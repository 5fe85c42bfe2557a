"""Deliveries that we refused: a wrong token is seen by nobody, for neither sender looks at answers.

In: the answers of both doors. Out: what is wrong, stored like every trouble, until one is taken.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import web

from bot.core.model import TroubleKind
from bot.core.ports import Clock
from bot.web.webhooks.requests import Handler

_GITHUB, _BUILDBOT = "/github", "/buildbot"

# What an answer means to whoever has to mend it.
_TODO = {
    (_BUILDBOT, 401): "give the reporter in master.cfg our BUILDBOT_WEBHOOK_TOKEN, in `auth=`",
    (_BUILDBOT, 400): "they hold no build: give the reporter the formatter that the README shows",
    (_GITHUB, 401): "the secret in the App's or hook's settings is not our GITHUB_WEBHOOK_SECRET",
    (_GITHUB, 400): "they are no webhooks of GitHub's: see what else is sent to this address",
}


class TroubleStore(Protocol):
    """Where trouble is remembered."""

    async def save_trouble(self, place: str, kind: TroubleKind, words: str | None) -> None:
        """What is wrong with a place, or that it is well there again (None)."""
        ...


_PASSING = frozenset({408, 429})  # slow, or too much at once: nothing of the set-up


@dataclass(frozen=True, slots=True)
class _Refused:
    """Deliveries refused since the last that was taken."""

    count: int
    status: int
    at: datetime


class RefusedDeliveries:
    """Counts in memory, so that nobody can fill the store; `save` is called every few seconds."""

    def __init__(self, store: TroubleStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._refused: dict[str, _Refused | None] = {}
        self._unsaved: set[str] = set()

    @web.middleware
    async def watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """See how each delivery is answered: a 4xx is for a person to mend."""
        answer = await handler(request)
        if request.transport is None or request.transport.is_closing():
            return answer  # who hangs up is told nothing, and has nothing to mend
        if request.method == "POST" and request.path in {_GITHUB, _BUILDBOT}:
            self.note(request.path, answer.status)
        return answer

    def note(self, path: str, status: int) -> None:
        """One delivery."""
        known = self._refused.get(path)
        if status in _PASSING:
            return
        if 400 <= status < 500:
            count = known.count + 1 if known else 1
            self._refused[path] = _Refused(count, status, self._clock.now())
            self._unsaved.add(path)
        elif status < 300 and (known is not None or path not in self._refused):
            self._refused[path] = None
            self._unsaved.add(path)

    async def save(self) -> None:
        """Remember what is new; what an earlier process stored holds until one is taken."""
        for path in sorted(self._unsaved):
            refused = self._refused[path]
            words = _describe(path, refused) if refused else None
            await self._store.save_trouble(f"POST {path}", TroubleKind.REFUSED, words)
            self._unsaved.discard(path)


def _describe(path: str, refused: _Refused) -> str:
    what = "1 delivery was" if refused.count == 1 else f"{refused.count} deliveries were"
    todo = _TODO.get((path, refused.status), "the log has the reason of each")
    return (
        f"{what} refused with {refused.status}, the last at {refused.at:%F %T} UTC,"
        f" and none was taken since: {todo}"
    )
