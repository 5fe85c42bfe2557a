"""Repositories by the names that builds give: GitHub is asked once a day, and answers are kept.

In: a full name, old or new. Out: the repository with its number, which outlives renames.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.errors import Refused, Unavailable
from bot.core.model import Repository, TroubleKind, repository_key
from bot.core.ports import BuildStore, Clock, GitHub, Inbox

# A repository may be renamed, and its name may pass to another one.
_NAME_HOLDS = timedelta(days=1)


class Repositories:
    """All repositories that builds name."""

    def __init__(self, github: GitHub, facts: BuildStore, inbox: Inbox, clock: Clock) -> None:
        self._github = github
        self._facts = facts
        self._inbox = inbox
        self._clock = clock
        self._asking = asyncio.Lock()
        self._named: dict[str, tuple[datetime, Repository]] = {}  # when asked, and the answer

    async def fetch(self, full_name: str) -> Repository:
        """By the name that a build gives; asked of GitHub once a day, and kept."""
        known = self._find_known(full_name)
        if known is not None:
            return known
        async with self._asking:  # at a start many builds want to know the same
            return self._find_known(full_name) or await self._ask(full_name)

    def _find_known(self, full_name: str) -> Repository | None:
        asked_at, known = self._named.get(full_name, (None, None))
        is_old = asked_at is None or self._clock.now() - asked_at >= _NAME_HOLDS
        return None if is_old else known

    async def _ask(self, full_name: str) -> Repository:
        known, now = await self._facts.find_repository(full_name), self._clock.now()
        try:
            repository = await self._github.fetch_repository(full_name)
        except Unavailable:
            if known is None:
                raise
            return known
        except Refused as refused:
            await self._facts.save_trouble(full_name, TroubleKind.REFUSED, refused.reason)
            raise
        await self._facts.save_trouble(full_name, TroubleKind.REFUSED, None)
        self._named[full_name] = (now, repository)
        if known is None or (repository, repository.private) != (known, known.private):
            await self._facts.save_repository(repository)
        if known is None:  # what it says of itself should be known before we speak there
            await self._inbox.put([repository_key(repository.repo_id)])
        return repository


async def refresh_privacy(github: GitHub, facts: BuildStore) -> None:
    """Ask GitHub of every repository that we know whether it is private now.

    One that we may not read any more is private: its pages are not for everybody any longer. It is
    asked for by its number, for its name may have passed to another.
    """
    for known in await facts.load_repositories():
        try:
            private = (await github.follow_repository(known)).private
        except Refused:
            private = True
        if private != known.private:
            await facts.save_repository(replace(known, private=private))
