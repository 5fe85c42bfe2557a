"""What no single pull broke is told in the project's tracker: found there, or filed once."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.model import issue_key
from bot.fakes.github.repository import DemoIssue
from tests.scenarios.talking import DEBIAN, FEDORA, break_ssl, replies
from tests.support.farm import Farm

HOUR, DAY = 3600, 86_400


async def restart(farm: Farm, mode: str, **more: str) -> None:
    """Issues are not filed until somebody says so."""
    await farm.stop_service()
    await farm.start_service(environ={"TRACKER": mode, **more})


async def flake(
    farm: Farm, *tests: str, branch: str = "main", message: str = "41 != 42"
) -> list[str]:
    """They fail, pass at the same commit, and fail on another builder; the builders."""
    names = [farm.builder(f"{name} {branch}") for name in (DEBIAN, FEDORA)]
    base = farm.github.repository().tip(branch)
    for builder in names:
        await farm.green(builder, at=base, branch=branch)
    sha = await farm.push("Change it", branch=branch)
    how: dict[str, Any] = {"failing": tests or ("test_ssl",), "message": message, "branch": branch}
    await farm.red(names[0], at=sha, **how)
    await farm.green(names[0], at=sha, scheduler="force", reason="once more", branch=branch)
    await farm.red(names[1], at=sha, **how)
    return names


def ours(farm: Farm, repository: str | None = None) -> list[DemoIssue]:
    """The issues that we filed, oldest first."""
    issues = farm.github.repository(repository).issues.values()
    return [issue for issue in issues if issue.author == "nightswatch"]


def tell(farm: Farm, title: str, body: str = "", *labels: str) -> DemoIssue:
    """Somebody files an issue."""
    where = farm.github.repository()
    return where.open_issue(title, body, "octocat", farm.clock.now(), labels)


def news(farm: Farm, issue: DemoIssue) -> list[str]:
    """Our comments on an issue."""
    return [c.body for c in farm.github.comments(issue.number) if c.author == "nightswatch"]


async def link(farm: Farm, branch: str) -> str | None:
    """The issue that is linked for the incident of a branch."""
    (incident,) = [i for i in await farm.incidents() if i["branch"] == branch]
    repo_id = farm.github.repository().repo_id
    known = await farm.store.tracker.load_known_issues(repo_id, [incident["id"]])
    return known[incident["id"]].place if known else None


async def leap(farm: Farm, seconds: float) -> None:
    """So much later, whoever looks at trackers by the hour looks."""
    farm.clock.advance(seconds)
    await farm.store.inbox.put([issue_key(farm.github.repository().repo_id)])
    await farm.settle()


async def test_a_flaky_test_is_filed_once_and_followed_on_every_branch(farm: Farm) -> None:
    await restart(farm, "auto")
    builders = await flake(farm)
    (issue,) = ours(farm)
    assert issue.title == "test_ssl: test_basic() fails now and then on some buildbots"
    assert issue.labels == ["buildbot"]
    for words in ("**main**: red on", "AMD64 Debian main", "41 != 42", "Reproduce:"):
        assert words in issue.body, words
    assert news(farm, issue) == []

    await flake(farm, branch="3.14")
    assert ours(farm) == [issue]
    (comment,) = news(farm, issue)
    assert "- **3\\.14**: red on" in comment
    assert "- **main**: red on" in comment
    incident = (await farm.incidents())[0]
    assert f"octo-org/demo#{issue.number}" in await farm.get(f"/incidents/{incident['id']}")

    tip = await farm.push("Mend it")
    for builder in builders:
        await farm.green(builder, at=tip)
    (comment,) = news(farm, issue)
    assert "- **main**: green again on" in comment
    assert issue.body.count("**main**") == 1, "a body is never edited"
    assert issue.state == "open"


@pytest.mark.e2e
async def test_what_somebody_told_under_other_words_is_linked_and_not_filed(farm: Farm) -> None:
    """The one carries our label, the other one only the search finds."""
    tell(farm, "test_ssl broken on buildbots", "FAIL: test_basic", "buildbot")
    told = tell(farm, "Intermittent failure", "test_os, test_basic: OSError: no such device")
    await restart(farm, "auto")
    await flake(farm, "test_ssl")
    await flake(farm, "test_os", branch="3.14", message="OSError: no such device")
    assert ours(farm) == []
    assert await link(farm, "3.14") == f"octo-org/demo#{told.number}"


async def test_where_it_is_off_nobody_looks(farm: Farm) -> None:
    await flake(farm)
    assert farm.github.count("search") == farm.github.count("issues") == 0


@pytest.mark.e2e
async def test_a_link_is_all_that_link_makes(farm: Farm) -> None:
    """The search is late: an hour later it knows."""
    farm.github.rest.index.lag = timedelta(hours=1)
    await restart(farm, "link")
    await flake(farm)
    assert await link(farm, "main") is None
    issue = tell(farm, "test_ssl: test_basic() fails")
    await leap(farm, 0.5 * HOUR)
    assert await link(farm, "main") is None
    await leap(farm, 7 * HOUR)
    assert await link(farm, "main") == f"octo-org/demo#{issue.number}"
    assert ours(farm) == []


@pytest.mark.e2e
async def test_what_was_red_before_it_was_switched_on_is_not_filed(farm: Farm) -> None:
    await flake(farm)
    await restart(farm, "auto")
    await leap(farm, HOUR)
    assert ours(farm) == []


@pytest.mark.e2e
async def test_somebody_asks_and_is_answered_with_the_issue(farm: Farm) -> None:
    await restart(farm, "ask")
    await break_ssl(farm, 100, 101)
    await leap(farm, DAY + 2 * HOUR)
    assert ours(farm) == []
    no = await farm.say(101, "/buildbot file-issue", by="octocat")
    assert "may write to this repository only" in replies(farm, no)[0]
    said = await farm.say(101, "/buildbot file-issue", by="writer")
    again = await farm.say(101, "/buildbot file-issue", by="boss")
    (issue,) = ours(farm)
    for comment in (said, again):
        assert f"issues/{issue.number}), which is ours." in replies(farm, comment)[0]
    assert "as writer asked" in issue.body
    status = await farm.say(101, "/buildbot status", by="octocat")
    assert f"issues/{issue.number})" in replies(farm, status)[0]


@pytest.mark.e2e
async def test_a_person_knows_the_issue_better_than_we_do(farm: Farm) -> None:
    """A guess files nothing; `#number` links it, and our one comment tells how it stands."""
    guess = tell(farm, "test_ssl: test_basic() fails on s390x", "41 != 42", "buildbot")
    right = tell(farm, "Sockets are odd")
    await restart(farm, "ask")
    await break_ssl(farm, 100, 101)
    said = await farm.say(101, "/buildbot file-issue", by="writer")
    assert f"issues/{guess.number}) reads like it" in replies(farm, said)[0]
    await farm.say(101, f"/buildbot file-issue #{right.number}", by="writer")
    (comment,) = news(farm, right)
    assert "- **main**: red on" in comment
    assert (ours(farm), news(farm, guess)) == ([], [])
    lost = await farm.say(101, "/buildbot file-issue #99999", by="writer")
    assert "shows us no issue 99999" in replies(farm, lost)[0]
    await farm.say(101, "/buildbot file-issue anyway", by="writer")
    assert len(ours(farm)) == 1


@pytest.mark.e2e
@pytest.mark.parametrize(
    "fault",
    [
        "commit_then_502",
        pytest.param("commit_then_reset", marks=pytest.mark.e2e),
        pytest.param("502", marks=pytest.mark.e2e),
        pytest.param("secondary", marks=pytest.mark.e2e),
    ],
)
async def test_a_lost_answer_files_nothing_twice(farm: Farm, fault: str) -> None:
    await restart(farm, "auto")
    farm.github.fail_next(fault, "create-issue")
    await flake(farm)
    await leap(farm, 300)
    assert len(ours(farm)) == 1


@pytest.mark.e2e
async def test_people_close_move_edit_and_delete_and_nothing_of_it_is_undone(farm: Farm) -> None:
    await restart(farm, "auto")
    await flake(farm)
    (issue,) = ours(farm)
    issue.change(
        farm.clock.now(), body="I made this shorter.", state="closed", state_reason="not_planned"
    )
    await leap(farm, 7 * HOUR)
    assert (issue.state, issue.body, len(ours(farm))) == ("closed", "I made this shorter.", 1)
    incident = await farm.only_incident()
    assert "closed as not planned" in await farm.get(f"/incidents/{incident['id']}")
    bugs = farm.github.create_repository("octo-org/bugs")
    moved = bugs.open_issue(issue.title, issue.body, "nightswatch", farm.clock.now())
    issue.moved_to = ("octo-org/bugs", moved.number)
    await leap(farm, 7 * HOUR)
    assert await link(farm, "main") == f"octo-org/bugs#{moved.number}"
    moved.deleted = True
    await leap(farm, 7 * HOUR)
    assert "(gone)" in await farm.get(f"/incidents/{incident['id']}")
    assert len(ours(farm)) == 1
