"""Ten failures, four of them known under other words: six are filed once, whatever happens."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.model import Incident
from bot.core.model.tracker import IssueSource
from bot.core.tracker.causes import find_markers
from tests.clients.hubs import Hub, open_hub
from tests.support.make_issues import make_red
from tests.support.refs import refs
from tests.support.trackers import Tracker, open_tracker

# Title, text and labels as people wrote them; the first is in our list, the others in the search.
KNOWN = (
    ("test_0 broken on buildbots", "FAIL: test_x (test.test_0.T.test_x)", "buildbot"),
    ("Intermittent failure", "test_1.py, in test_x\nOSError: no such device", ""),
    ("test_2: test_x() failed on Debian buster", "", ""),
    ("Buildbots: test_x of test_3", "", ""),
)
OTHERS = ("Document test_4", "test_x is slow", "test_5 was removed")


def make_reds() -> list[Incident]:
    message = "OSError: no such device"
    return [
        make_red(f"test.test_{n}.T.test_x", message, ident=f"i{n}", red_builds=refs(1, 2))
        for n in range(10)
    ]


@pytest.fixture(params=["demo", pytest.param("strict", marks=pytest.mark.e2e)])
async def hub(request: pytest.FixtureRequest) -> AsyncIterator[Hub]:
    async with open_hub(request.param) as opened:
        yield opened


@pytest.fixture
async def tracker(hub: Hub, tmp_path: Path) -> AsyncIterator[Tracker]:
    for title, body, label in KNOWN:
        await hub.open_issue(title, body, *filter(None, [label]))
    for title in OTHERS:
        await hub.open_issue(title)
    async with open_tracker(tmp_path, hub) as opened:
        await hub.clock.sleep(3600)
        hub.delay_search(1800)  # what was filed an hour ago is found; what we file now is not
        await opened.save(*make_reds())
        yield opened


async def check(tracker: Tracker) -> None:
    """Six of ours, each of another cause; four of theirs, as they were."""
    issues = await tracker.own_issues()
    markers = [find_markers(issue.body) for issue in issues]
    assert len(issues) == 6
    assert len(frozenset().union(*markers)) == 6
    causes = await tracker.causes()
    found = [cause.issue.source for cause in causes if cause.issue]
    assert (
        sorted(found) == [IssueSource.FILED] * 6 + [IssueSource.LISTED] + [IssueSource.SEARCHED] * 3
    )


async def test_four_are_found_and_six_are_filed(tracker: Tracker) -> None:
    await tracker.settle()
    await check(tracker)
    await tracker.settle()
    await check(tracker)


@pytest.mark.parametrize("kills", [8, pytest.param(50, marks=pytest.mark.e2e)])
async def test_six_are_filed_once_through_so_many_kills(tracker: Tracker, kills: int) -> None:
    where = await tracker.survive(kills, seed=3)
    assert {"create_issue", "save_issue_intent"} <= set(where)
    await check(tracker)
