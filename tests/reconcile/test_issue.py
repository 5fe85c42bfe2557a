"""What is filed, followed and closed; what people do to an issue is never undone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import IncidentState
from bot.core.model.build_results import Result
from bot.core.model.tracker import IssueOrder, IssueState, TrackerMode, TrackerOptions
from bot.core.repository_settings.settings import RepositorySettings
from bot.fakes.github.repository import DemoComment
from tests.clients.hubs import REPO, DemoHub
from tests.support.make_issues import make_red
from tests.support.make_stored import MOMENT, make_facts
from tests.support.refs import refs
from tests.support.trackers import AUTO, RED, Tracker

OVER = replace(RED, state=IncidentState.FIXED, closed_at=MOMENT + timedelta(hours=1))
AGAIN = replace(RED, id="again", opened_at=MOMENT + timedelta(hours=2))


async def comments(tracker: Tracker, hub: DemoHub) -> list[DemoComment]:
    (issue,) = await tracker.own_issues()
    return hub.demo.comments(issue.number)


async def test_it_is_told_when_it_comes_back_and_once_a_week_at_most(
    tracker: Tracker, hub: DemoHub
) -> None:
    await tracker.settle()
    await tracker.save(OVER)
    await tracker.settle()
    (first,) = await comments(tracker, hub)
    assert "green again" in first.body
    await tracker.save(AGAIN)
    await tracker.settle()
    (first,) = await comments(tracker, hub)
    assert "It is back." in first.body
    await tracker.save(replace(AGAIN, state=IncidentState.FIXED, closed_at=MOMENT))
    await tracker.settle()
    await tracker.later(timedelta(days=8))
    await tracker.save(replace(AGAIN, id="third"))
    await tracker.settle()
    _, second = await comments(tracker, hub)
    assert "It is back." in second.body


@pytest.mark.e2e
@pytest.mark.parametrize("edit", ["I took it all away.", None])
async def test_where_people_took_our_comment_or_its_marks_nothing_more_is_written(
    tracker: Tracker, hub: DemoHub, edit: str | None
) -> None:
    await tracker.settle()
    await tracker.save(OVER)
    await tracker.settle()
    (comment,) = await comments(tracker, hub)
    comment.deleted, comment.bodies = edit is None, [edit or ""]
    await tracker.save(AGAIN)
    await tracker.settle()
    left = await comments(tracker, hub)
    assert [c.body for c in left] == ([] if edit is None else [edit])


async def test_a_locked_issue_is_asked_again_a_day_later(tracker: Tracker, hub: DemoHub) -> None:
    await tracker.settle()
    (issue,) = await tracker.own_issues()
    locked = hub.demo.repository().issues[issue.number]
    locked.locked = True
    await tracker.save(OVER)
    await tracker.settle()
    asked = hub.count("post-comment")
    await tracker.settle()
    assert (hub.count("post-comment"), await comments(tracker, hub)) == (asked, [])
    locked.locked = False
    await tracker.later(timedelta(days=1, minutes=1))
    await tracker.settle()
    assert len(await comments(tracker, hub)) == 1


async def test_it_is_closed_only_where_a_setting_says_so(tracker: Tracker) -> None:
    await tracker.settle()
    await tracker.save(OVER)
    await tracker.settle()
    (issue,) = await tracker.own_issues()
    assert issue.state is IssueState.OPEN
    tracker.use(tracker=replace(AUTO, close_after=2))
    for number in (1, 2):
        (issue,) = await tracker.own_issues()
        assert issue.state is IssueState.OPEN
        at = MOMENT + timedelta(hours=1 + number)
        green = make_facts(number, result=Result.SUCCESS, complete_at=at)
        await tracker.store.facts.save_build(replace(green, repo_id=tracker.repo_id), [])
        await tracker.settle()
    (issue,) = await tracker.own_issues()
    assert (issue.state, issue.state_reason) == (IssueState.CLOSED, "completed")


@pytest.mark.e2e
async def test_a_fleet_wide_break_files_as_many_as_a_day_allows(tracker: Tracker) -> None:
    tracker.use(tracker=replace(AUTO, per_day=2))
    reds = [
        make_red(f"test.test_{n}.T.test_x", ident=f"i{n}", red_builds=refs(1, 2)) for n in range(5)
    ]
    await tracker.save(*reds)
    await tracker.settle()
    assert len(await tracker.own_issues()) == 2
    await tracker.later(timedelta(days=1, minutes=1))
    await tracker.settle()
    assert len(await tracker.own_issues()) == 4


@pytest.mark.e2e
async def test_dropped_labels_are_noticed(tracker: Tracker, hub: DemoHub) -> None:
    hub.demo.rest.drops_labels = True
    await tracker.settle()
    (cause,) = await tracker.causes()
    assert cause.problem == "GitHub did not take the labels buildbot"


@pytest.mark.e2e
async def test_who_may_not_file_is_told_and_asks_a_day_later(
    tracker: Tracker, hub: DemoHub
) -> None:
    hub.demo.rest.permissions["issues"] = "read"
    await tracker.settle()
    (cause,) = await tracker.causes()
    assert "issues=write" in cause.problem
    asked = hub.count("create-issue")
    await tracker.settle()
    assert hub.count("create-issue") == asked


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("options", "posts"),
    [
        (TrackerOptions(TrackerMode.LINK), True),
        (TrackerOptions(TrackerMode.ASK), True),
        (AUTO, False),
        (TrackerOptions(), True),
    ],
)
async def test_where_nobody_said_so_nothing_is_filed(
    tracker: Tracker, options: TrackerOptions, *, posts: bool
) -> None:
    tracker.use(tracker=options, post_comments=posts)
    await tracker.settle()
    assert await tracker.own_issues() == []


async def test_what_was_asked_for_or_begun_is_not_filed_once_filing_is_off(
    tracker: Tracker,
) -> None:
    """A setting that was taken back counts for what waited, too."""
    tracker.use(tracker=TrackerOptions(TrackerMode.LINK))
    order = IssueOrder(tracker.repo_id, 7, 0, 101, "writer", RED.id)
    await tracker.store.tracker.save_issue_answer(order)
    await tracker.settle()
    (answered,) = await tracker.store.tracker.load_orders_of(tracker.repo_id, 7)
    assert "not filed here any more" in answered.answer
    (cause,) = await tracker.causes()
    begun = replace(cause, intent_at=tracker.hub.clock.now() - timedelta(minutes=5))
    await tracker.store.tracker.save_causes([begun])
    await tracker.settle()
    assert await tracker.own_issues() == []


async def test_a_tracker_elsewhere_hears_of_public_repositories_only(
    tracker: Tracker, hub: DemoHub
) -> None:
    hub.demo.create_repository("octo-org/bugs")
    tracker.use(tracker=replace(AUTO, repository="octo-org/bugs"))
    repository = await tracker.client.fetch_repository(REPO)
    await tracker.store.facts.save_repository(replace(repository, private=True))
    await tracker.settle()
    assert hub.demo.repository("octo-org/bugs").issues == {}
    await tracker.store.facts.save_repository(replace(repository, private=False))
    await tracker.settle()
    assert len(hub.demo.repository("octo-org/bugs").issues) == 1


async def test_of_a_quiet_branch_nothing_is_filed(tracker: Tracker) -> None:
    tracker.use(settings=RepositorySettings(quiet_branches=("main",)))
    await tracker.settle()
    assert await tracker.causes() == ()
