"""Looking for an issue: what is late, half, refused or limited is never taken for "none"."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.model.tracker import IssueSource
from tests.clients.hubs import DemoHub
from tests.support.trackers import AUTO, RED, Tracker, open_tracker


async def test_half_a_search_files_nothing(tracker: Tracker, hub: DemoHub) -> None:
    hub.demo.rest.index.is_incomplete = True
    await tracker.run()
    assert await tracker.own_issues() == []
    hub.demo.rest.index.is_incomplete = False
    await tracker.settle()
    assert len(await tracker.own_issues()) == 1


@pytest.mark.e2e
@pytest.mark.parametrize(("kind", "status"), [("status", 422), ("status", 403), ("status", 503)])
async def test_a_search_that_fails_files_nothing(
    tracker: Tracker, hub: DemoHub, kind: str, status: int
) -> None:
    await hub.fail(kind, "search", status=status)
    await tracker.run()
    assert await tracker.own_issues() == []
    (cause,) = await tracker.causes()
    assert cause.problem
    await tracker.settle()
    assert len(await tracker.own_issues()) == 1


async def test_where_the_store_was_lost_ours_is_known_by_its_marker(
    tracker: Tracker, hub: DemoHub, tmp_path: Path
) -> None:
    """Somebody copied it meanwhile: that is not ours."""
    await tracker.settle()
    (ours,) = await tracker.own_issues()
    await hub.open_issue("test_ssl: test_x() fails", ours.body, "buildbot")
    folder = tmp_path / "new"
    folder.mkdir()
    async with open_tracker(folder, hub) as again:
        await again.save(RED)
        await again.settle()
        (cause,) = await again.causes()
        assert cause.issue is not None
        assert (cause.issue.number, cause.issue.source) == (ours.number, IssueSource.FILED)
        assert len(await again.own_issues()) == 1


@pytest.mark.e2e
async def test_ten_thousand_open_issues_are_not_all_read(tracker: Tracker, hub: DemoHub) -> None:
    where, now = hub.demo.repository(), hub.clock.now()
    for number in range(10_000):
        where.open_issue(f"Something {number}", "", "octocat", now, ["buildbot"])
    before = hub.count("issues")
    await tracker.run()
    assert hub.count("issues") - before <= 11
    assert len(await tracker.own_issues()) == 1


@pytest.mark.e2e
async def test_without_labels_only_the_search_is_asked(tracker: Tracker, hub: DemoHub) -> None:
    tracker.use(tracker=replace(AUTO, labels=()))
    issue = await hub.open_issue("test_ssl: test_x() fails")
    await tracker.run()
    (cause,) = await tracker.causes()
    assert cause.issue is not None
    assert (cause.issue.number, cause.issue.source) == (issue, IssueSource.SEARCHED)


async def test_a_list_too_large_to_be_kept_is_read_all_the_same(
    hub: DemoHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.reconcile.issue_search._LIST_LETTERS", 50)
    title = "test_ssl: test_x() fails"
    where, now = hub.demo.repository(), hub.clock.now()
    issue = where.open_issue(title, "x" * 60, "octocat", now, ["buildbot"])
    async with open_tracker(tmp_path, hub) as tracker:
        await tracker.save(RED)
        await tracker.run()
        (cause,) = await tracker.causes()
    assert cause.issue is not None
    assert (cause.issue.number, cause.issue.source) == (issue.number, IssueSource.LISTED)
