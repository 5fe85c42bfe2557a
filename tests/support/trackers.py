"""A tracker's road without the rest of the service: a store, a GitHub, incidents, and kills."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp

from bot.clients.github.client import GitHubClient
from bot.core.errors import Unavailable
from bot.core.model import Incident, issue_key
from bot.core.model.tracker import Issue, TrackedCause, TrackerMode, TrackerOptions
from bot.core.payloads.issues import parse_issues
from bot.core.ports import Result
from bot.reconcile.context import Context
from bot.reconcile.cursors import FILING_SINCE, name_baseline, name_cursor, name_posting
from bot.reconcile.issue import IssueReconciler
from bot.reconcile.options import Options
from bot.store import Store, open_store
from tests.clients.hubs import APP_KEY, REPO, Hub
from tests.support.contexts import make_context
from tests.support.make_issues import make_red
from tests.support.make_stored import MOMENT
from tests.support.refs import refs

AUTO = TrackerOptions(TrackerMode.AUTO, labels=("buildbot",), per_day=100)
RED = make_red("test.test_ssl.T.test_x", red_builds=refs(1, 2))


class Killed(BaseException):
    """The process is gone: nothing that it knew is left."""


class Mortal:
    """A neighbour that is called through a process which may be killed, before or after."""

    def __init__(self, neighbour: Any, fate: "Fate") -> None:
        self._neighbour, self._fate = neighbour, fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._neighbour, name)

        async def call(*args: Any, **more: Any) -> Any:
            self._fate.decide(name, before=True)
            answer = await method(*args, **more)
            self._fate.decide(name, before=False)
            return answer

        return call


# Where a kill could file twice: half of all go there, so that a story gets as far.
_RISKY = frozenset({"create_issue", "save_issue_intent", "post_comment", "save_comment_intent"})


class Fate:
    """Kills now and then, as often as it is told."""

    def __init__(self, kills: int, seed: int) -> None:
        self.kills, self._random = kills, random.Random(seed)
        self.where: list[str] = []

    def decide(self, name: str, *, before: bool) -> None:
        likely = 0.01 if name not in _RISKY else 0.05 if before else 0.4
        if self.kills and self._random.random() < likely:
            self.kills -= 1
            self.where.append(name)
            raise Killed


class Tracker:
    """The issues of a repository, and who looks after them."""

    def __init__(self, store: Store, hub: Hub, client: GitHubClient, ctx: Context) -> None:
        self.store, self.hub, self.client, self.ctx = store, hub, client, ctx
        self.repo_id = 0
        self._reconciler = IssueReconciler()

    async def begin(self) -> None:
        repository = await self.client.fetch_repository(REPO)
        self.repo_id = repository.repo_id
        await self.store.facts.save_repository(repository)
        for name in (name_baseline, name_posting):
            await self.store.facts.save_time(name("buildbot"), MOMENT - timedelta(days=9))
        await self.store.facts.save_time(FILING_SINCE, MOMENT - timedelta(days=9))
        await self.store.facts.save_time(name_cursor("buildbot"), MOMENT + timedelta(days=9))

    async def save(self, *incidents: Incident) -> None:
        for branch in {i.branch for i in incidents}:
            own = [i for i in incidents if i.branch == branch]
            await self.store.incidents.save_incidents(self.repo_id, branch, own, [])

    def use(self, **changes: Any) -> None:
        """Other options from here on."""
        options = replace(self.ctx.options, **changes)
        self.ctx = replace(self.ctx, options=options)

    async def run(self, ctx: Context | None = None) -> Result:
        """One turn of the key, under a lease."""
        await self.store.inbox.put([issue_key(self.repo_id)])
        lease = await self.store.inbox.take("me", 30, issue_key(self.repo_id))
        assert lease is not None
        result = await self._reconciler.reconcile(ctx or self.ctx, lease)
        await self.store.inbox.finish(lease)
        return result

    async def settle(self, turns: int = 30) -> None:
        """Until nothing is left to do soon; the clock runs as far as it must."""
        for _ in range(turns):
            try:
                result = await self.run()
            except Unavailable as away:
                await self.hub.clock.sleep((away.retry_after or timedelta(60)).total_seconds())
                continue
            if result.again_at is None or result.again_at > self.hub.clock.now() + timedelta(
                hours=1
            ):
                return
            await self.later(result.again_at - self.hub.clock.now())

    async def later(self, time: timedelta) -> None:
        await self.hub.clock.sleep(max(0.0, time.total_seconds()))

    async def survive(self, kills: int, seed: int) -> list[str]:
        """The same while the process is killed so often; where it was."""
        fate = Fate(kills, seed)
        mortal = replace(
            self.ctx,
            github=Mortal(self.ctx.github, fate),
            issues=Mortal(self.ctx.issues, fate),
            tracker=Mortal(self.ctx.tracker, fate),
        )
        while fate.kills:
            try:
                await self.run(mortal)
            except Killed:
                self._reconciler = IssueReconciler()
            except Unavailable:
                pass
            await self.later(timedelta(seconds=61))  # leases end, and lists show what was posted
        await self.settle()
        return fate.where

    async def own_issues(self) -> Sequence[Issue]:
        """All that we filed, as GitHub lists them."""
        repository = await self.client.fetch_repository(REPO)
        path = "/issues?state=all&per_page=100"
        rows = await self.client.calls.read_all(repository, "issues", path, 1000)
        me = await self.client.fetch_me()
        return [issue for issue in parse_issues(rows) if issue.author == me]

    async def causes(self) -> Sequence[TrackedCause]:
        return (await self.store.tracker.load_scene(self.repo_id)).causes


@asynccontextmanager
async def open_tracker(
    folder: Path, hub: Hub, options: TrackerOptions = AUTO
) -> AsyncIterator[Tracker]:
    """As the App, which may write; all that is fails by itself, and by no pull."""
    store = await open_store(f"sqlite+aiosqlite:///{folder}/tracker.db", hub.clock)
    async with aiohttp.ClientSession() as session:
        client = GitHubClient(session, hub.clock, api_url=hub.url, app_id="1", private_key=APP_KEY)
        await hub.allow_issues()
        source: Any = SimpleNamespace(source="buildbot")
        ctx = make_context(
            store,
            source,
            github=client,
            issues=client.issues,
            clock=hub.clock,
            options=Options(post_comments=True, tracker=options),
        )
        tracker = Tracker(store, hub, client, ctx)
        try:
            await tracker.begin()
            yield tracker
        finally:
            await store.close()
