"""The real service, on a real Buildbot with real workers, and a small GitHub with real commits."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.demo.github import DemoGitHub
from bot.demo.service import Service, find_free_port
from tests.e2e.fleet import Fleet, FleetBuilder, GitHistory, NoBuildbot, install_buildbot
from tests.scenarios.farm import GITHUB_TOKEN, SECRET, TOKEN


@pytest.fixture(scope="session")
def buildbot() -> None:
    """Buildbot, installed once; without it these tests skip, and in CI they fail."""
    try:
        install_buildbot()
    except NoBuildbot as reason:
        if "CI" in os.environ:
            raise
        pytest.skip(f"no real Buildbot here: {reason}")


@dataclass(slots=True)
class Stage:
    """All three, and verbs that do on GitHub and in git what happens together in life."""

    fleet: Fleet
    github: DemoGitHub
    service: Service

    async def merge(self, pull: int, title: str, *, branch: str = "main", **how: Any) -> str:
        """Merge a pull and tell the master; `broken` is what its commit breaks or mends."""
        self.fleet.break_tests(**how.pop("broken", {}))
        sha = await self.github.merge(pull, title, branch=branch, **how)
        self.fleet.announce(branch, sha, title)
        return sha

    def wait_idle(self, seconds: float = 60) -> None:
        self.fleet.wait_until(self.fleet.is_idle, seconds, "the fleet")

    async def wait_for_comment(self, pull: int, words: str, seconds: float = 60) -> str:
        def is_there(page: Any) -> bool:
            return any(
                p["number"] == pull and words in (p["standing"] or "") for p in page["pulls"]
            )

        page = await self.service.wait_for("/api/v1/pulls", is_there, seconds)
        (standing,) = (p["standing"] for p in page["pulls"] if p["number"] == pull)
        return str(standing)

    async def wait_until_read(self, seconds: float = 60) -> None:
        """Until the service has read every build that the master has finished."""
        await self.service.wait_for("/health", lambda h: h["inbox"]["depth"] == 0, seconds)

    def comments(self, pull: int) -> list[str]:
        return [comment.body for comment in self.github.comments(pull)]


OpenStage = Callable[[Sequence[FleetBuilder]], AbstractAsyncContextManager[Stage]]


@pytest.fixture
def open_stage(buildbot: None, tmp_path: Path) -> OpenStage:
    """A stage with these builders, green at the first commit, the service running."""

    @asynccontextmanager
    async def open_(builders: Sequence[FleetBuilder]) -> AsyncIterator[Stage]:
        port = find_free_port()
        push_url = f"http://127.0.0.1:{port}/buildbot"
        github = DemoGitHub(_now, hook_url=f"http://127.0.0.1:{port}/github", hook_secret=SECRET)
        with Fleet(tmp_path / "fleet", builders, push_url, TOKEN) as fleet:
            await github.start()
            repository = github.create_repository(fleet.project, history=GitHistory(fleet))
            settings = {
                "BUILDBOT_URL": fleet.url,
                "BUILDBOT_WEBHOOK_TOKEN": TOKEN,
                "GITHUB_API_URL": github.url,
                "GITHUB_TOKEN": GITHUB_TOKEN,
                "GITHUB_WEBHOOK_SECRET": SECRET,
                "POST_COMMENTS": "1",
                # A fleet of an hour has no past to believe from, so the plain rule has to speak.
                "POLICY_PLAIN_UNTIL": "1000",
            }
            service = Service(tmp_path, settings, port)
            stage = Stage(fleet, github, service)
            try:
                await service.start()
                await service.wait_for("/health", lambda h: bool(h["last_sweep"]), 30)
                for branch in sorted({b.branch for b in builders}):
                    if branch not in repository.history.branches:
                        repository.create_branch(branch)
                    fleet.announce(branch, repository.tip(branch), "Begin")
                yield stage
            finally:
                await service.stop()
                await github.stop()

    return open_


def _now() -> datetime:
    return datetime.now(UTC)
