"""We were away: what GitHub could not tell us is asked for again, and nothing is said twice."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.model import Repository
from bot.core.model.build_results import Result
from bot.core.payloads import ListedComment
from bot.core.payloads.diagnostics import HookDelivery
from bot.fakes.github.auth import make_app_key
from bot.reconcile.sweeps.github_missed import (
    FIRST_START,
    MissedDeliverySweep,
    SweepReport,
    find_lost,
)
from tests.support.farm import Farm, make_log

KEY = make_app_key()
BUILDERS = tuple(f"Builder {n:02}" for n in range(10))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def become_an_app(farm: Farm) -> None:
    """Tokens cannot ask for deliveries: only an App may."""
    await farm.stop_service()
    farm.github.door._public_key = None
    farm.github.door.__init__(  # type: ignore[misc]  # the same doorkeeper with an App's key
        farm.clock.now, token=None, login="", app_id=1, app_key=KEY, slug="nightswatch"
    )
    await start(farm)


async def start(farm: Farm) -> None:
    await farm.start_service(github_token=None, github_app_id="1", github_app_private_key=KEY)


async def test_webhooks_that_failed_are_delivered_again_once(farm: Farm) -> None:
    """GitHub never tries by itself: five pushes fell into a minute without our database."""
    await become_an_app(farm)
    await farm.merge(100)
    await farm.wait(700)  # a first sweep, which leaves the past alone
    port, farm.github.hook_url = farm.github.hook_url, "http://127.0.0.1:1/github"
    for number in range(101, 104):
        await farm.merge(number)
    farm.github.hook_url = port
    asked = farm.github.count("hook-deliveries")
    await farm.wait(700)
    lost = {s.posting.guid for s in farm.github.hooks.sent if s.status is None}
    found = [s.posting.guid for s in farm.github.hooks.sent if s.status == 202]
    assert lost
    assert lost <= set(found), "each arrived in the end"
    assert farm.github.count("redeliver") == len(lost)
    await farm.wait(1300)
    assert farm.github.count("redeliver") == len(lost), "and none is asked for again"
    # In 2000 seconds the sweep and the look at our set-up list them, each every ten minutes.
    assert farm.github.count("hook-deliveries") - asked <= 9


async def test_what_our_door_took_is_not_asked_for_again(farm: Farm) -> None:
    """GitHub timed out after ten seconds, but we had stored it: its list says failed."""
    await become_an_app(farm)
    await farm.merge(100)
    await farm.wait(700)
    await farm.merge(101)
    sent = farm.github.hooks.sent
    sent[:] = [*sent[:-1], replace(sent[-1], status=None)]
    await farm.wait(700)
    assert farm.github.count("redeliver") == 0


async def test_a_day_away_is_caught_up_on_in_minutes(
    farm: Farm, capsys: pytest.CaptureFixture[str]
) -> None:
    """The machine was off for a day: every build is read, at a cost that is known."""
    for name in BUILDERS:
        farm.builder(name)
        await farm.green(name, farm.github.repository().tip("main"))
    await farm.stop_service()
    farm.buildbot.push_url = farm.github.hook_url = None
    broken = ""
    for hour in range(24):
        farm.clock.advance(3600)
        sha = await farm.github.merge(200 + hour)
        broken = broken or (sha if hour == 20 else "")
        for name in BUILDERS:
            red = bool(broken) and name in BUILDERS[:3]
            log = make_log(["test_ssl"], "41 != 42") if red else ""
            result = Result.FAILURE if red else Result.SUCCESS
            await farm.buildbot.build(name, sha, result=result, log=log)
    builds, calls = len(farm.buildbot.master.builds), farm.buildbot.count() + farm.github.count()
    began = asyncio.get_running_loop().time()
    await farm.start_service()
    await farm.wait(120)
    took = asyncio.get_running_loop().time() - began
    calls = farm.buildbot.count() + farm.github.count() - calls
    with capsys.disabled():
        print(
            f"\na day away: {builds} builds caught up on in {took:.0f} s (two minutes of the"
            f" service's clock), at {farm.github.counts().total()} calls of GitHub in all and"
            f" {calls / builds:.1f} calls a build"
        )
    (incident,) = await farm.incidents()
    assert incident["state"] == "open"
    assert len(farm.comments(220)) == 1
    # Two as a rule, one at each start; a call that times out on a busy machine comes again.
    assert farm.github.count("graphql") < 12
    assert [n for n in range(200, 224) if n != 220 and farm.comments(n)] == []


# ---------------------------------------------------------------- lists, without a service


class Lists:
    """A GitHub that has these attempts and comments, and a store in memory."""

    def __init__(self, attempts: list[HookDelivery], comments: list[ListedComment]) -> None:
        self.attempts, self.comments = attempts, comments
        self.again: list[int] = []
        self.times: dict[str, datetime] = {}

    async def fetch_deliveries(self, since: datetime) -> tuple[HookDelivery, ...] | None:
        return tuple(a for a in self.attempts if a.at >= since) or tuple(self.attempts[:1])

    async def redeliver(self, delivery_id: int) -> None:
        self.again.append(delivery_id)

    async def fetch_comments_since(
        self, repository: Repository, since: datetime
    ) -> tuple[ListedComment, ...]:
        return tuple(c for c in self.comments if c.updated_at >= since)

    async def load_time(self, name: str) -> datetime | None:
        return self.times.get(name)

    async def save_time(self, name: str, at: datetime | None) -> None:
        assert at is not None
        self.times[name] = at

    async def load_repositories(self) -> tuple[Repository, ...]:
        return (Repository(1, "octo-org/demo", "main"),)

    async def load_taken(self, guids: object) -> frozenset[str]:
        return frozenset()


def attempt(number: int, guid: str, *, ok: bool = False, hours: float = 0) -> HookDelivery:
    at = NOON - timedelta(hours=hours)
    return HookDelivery(guid, at, ok, 202 if ok else 500, "", number)


def test_one_good_attempt_of_a_delivery_is_enough() -> None:
    """The redelivery has the same GUID; the first attempt stays failed for ever."""
    attempts = [
        attempt(5, "c", hours=0),
        attempt(4, "a", ok=True, hours=1),
        attempt(3, "b", hours=2),
        attempt(2, "b", hours=3),
        attempt(1, "a", hours=4),
        attempt(0, "old", hours=80),
    ]
    assert [a.delivery_id for a in find_lost(attempts, NOON)] == [3, 5]


async def test_a_hook_that_never_worked_is_heard_later() -> None:
    """The first webhook of all failed, a minute after the start: it was taken for the past."""
    lists = Lists([], [])
    lists.times[FIRST_START] = NOON
    sweeps = MissedDeliverySweep(lists, lists, lists, hears_webhooks=True)
    assert await sweeps.sweep() == SweepReport(calls=1)
    lists.attempts = [attempt(1, "a", hours=-1)]
    assert (await sweeps.sweep()).redelivered == 1
    assert lists.again == [1]


async def test_comments_are_handed_on_since_the_cursor() -> None:
    """A command was written while we were away; its webhook is lost for ever after three days."""
    from bot.core.model import Comment

    said = ListedComment(12, Comment(7, "ada", "/night help"), NOON, NOON)
    lists = Lists([attempt(1, "a", ok=True)], [said])
    heard: list[int] = []

    async def take(_: Repository, listed: ListedComment) -> None:
        heard.append(listed.comment.comment_id)

    sweeps = MissedDeliverySweep(lists, lists, lists, hears_webhooks=True, take_comment=take)
    assert (await sweeps.sweep()).redelivered == 0
    assert heard == [], "what was said before us is the past"
    assert await sweeps.sweep() == SweepReport(deliveries=1, comments=1, calls=2)
    assert heard == [7]
