"""One App on several repositories of an organisation, and one Buildbot that builds them all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from bot.fakes.github.auth import _find_public_key
from tests.clients.hubs import APP_KEY
from tests.support.farm import Farm

DEMO, TOOLS, SHUT = "octo-org/demo", "octo-org/tools", "octo-org/shut"

BuildsOf = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
async def builds_of(farm: Farm) -> BuildsOf:
    """The service as an App on two of three repositories; what is built within is of one."""
    for name in (TOOLS, SHUT):
        farm.github.create_repository(name)
    farm.github.repository(SHUT).installed = False
    farm.github.door._public_key = _find_public_key(APP_KEY)
    await farm.stop_service()
    await farm.start_service(
        github_token=None, github_app_id="1", github_app_private_key=APP_KEY, repository=None
    )

    @contextmanager
    def build_of(name: str) -> Iterator[None]:
        farm.buildbot.master.repository = f"https://github.com/{name}"
        yield
        farm.buildbot.master.repository = f"https://github.com/{DEMO}"

    return build_of


async def break_pull(farm: Farm, builds_of: BuildsOf, repository: str, *, red: bool = True) -> None:
    """Pull 101 of a repository is merged; two builders that build it go red, or stay green."""
    builders = [farm.builder(f"{repository} on {name}") for name in ("AMD64", "ARM64")]
    with builds_of(repository):
        base = await farm.merge(100, repository=repository)
        for builder in builders:
            await farm.green(builder, at=base)
        merged = await farm.merge(101, repository=repository)
        for builder in builders:
            await (farm.red if red else farm.green)(builder, at=merged)


async def test_the_pull_of_the_right_repository_is_told(farm: Farm, builds_of: BuildsOf) -> None:
    """Both have a pull 101 on `main`; a comment on the wrong one would accuse a stranger."""
    await break_pull(farm, builds_of, DEMO, red=False)
    await break_pull(farm, builds_of, TOOLS)
    assert farm.comments(101) == []
    (comment,) = farm.github.comments(101, TOOLS)
    assert comment.author == farm.github.door.bot_login
    assert f"{TOOLS}/compare/" in comment.body
    assert f"{DEMO}/" not in comment.body
    assert [i["repo"] for i in await farm.incidents()] == [TOOLS]


async def test_the_same_failure_in_two_repositories_is_two_incidents(
    farm: Farm, builds_of: BuildsOf
) -> None:
    """They share test names, as forks do; each is judged by its own commits and builds."""
    for name in (DEMO, TOOLS):
        await break_pull(farm, builds_of, name)
    assert [len(farm.github.comments(101, name)) for name in (DEMO, TOOLS)] == [1, 1]
    assert sorted(i["repo"] for i in await farm.incidents()) == [DEMO, TOOLS]


async def test_a_repository_without_the_app_holds_up_no_other(
    farm: Farm, builds_of: BuildsOf
) -> None:
    """Somebody builds one where the App was never installed: `/health` names it, and only it."""
    await break_pull(farm, builds_of, SHUT)
    await break_pull(farm, builds_of, TOOLS)
    assert len(farm.github.comments(101, TOOLS)) == 1
    assert farm.github.comments(101, SHUT) == []
    problems = (await farm.get("/health"))["problems"]
    assert [words for words in problems if SHUT in words]
    assert not [words for words in problems if TOOLS in words]
