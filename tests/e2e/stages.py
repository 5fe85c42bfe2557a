"""Where the stories are told: the real service, on a real Buildbot with real workers, and a GitHub.

In: builders. Out: a stage on which all three run, with verbs that do on GitHub and in git what
happens together in life. The GitHub is our small one, or the strict one that checks every request.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.fakes.github.server import FakeGitHub
from bot.fakes.service_process import ServiceProcess, find_free_port
from tests.clients.hubs import APP_KEY, REPO
from tests.e2e.fleet import Fleet, FleetBuilder, GitHistory
from tests.support.farm import GITHUB_TOKEN, SECRET, TOKEN


@dataclass(slots=True)
class Stage:
    """The small GitHub, with commits of a real git repository."""

    fleet: Fleet
    github: FakeGitHub
    service: ServiceProcess

    async def merge(self, pull: int, title: str, *, branch: str = "main", **how: Any) -> str:
        """Merge a pull and tell the master; `broken` is what its commit breaks or mends."""
        self.fleet.break_tests(**how.pop("broken", {}))
        sha = await self.github.merge(pull, title, branch=branch, **how)
        self.fleet.announce(branch, sha, title)
        return sha

    def wait_idle(self, seconds: float = 180) -> None:
        self.fleet.wait_until(self.fleet.is_idle, seconds, "the fleet")

    async def wait_for_comment(self, pull: int, words: str, seconds: float = 180) -> str:
        def is_there(page: Any) -> bool:
            return any(
                p["number"] == pull and words in (p["standing"] or "") for p in page["pulls"]
            )

        page = await self.service.wait_for("/api/v1/pulls", is_there, seconds)
        (standing,) = (p["standing"] for p in page["pulls"] if p["number"] == pull)
        return str(standing)

    async def wait_until_read(self, seconds: float = 180) -> None:
        """Until the service has read every build that the master has finished."""
        await self.service.wait_for("/health", lambda h: h["inbox"]["depth"] == 0, seconds)

    def comments(self, pull: int) -> list[str]:
        return [comment.body for comment in self.github.comments(pull)]


@dataclass(slots=True)
class StrictStage:
    """The strict GitHub, on which we are an App, with commits of a real git repository."""

    fleet: Fleet
    github: Any
    control: Any  # of `github`: what happens there
    service: ServiceProcess
    _tips: tuple[str, ...] = ()

    def push(self, title: str) -> str:
        sha = self.fleet.make_commit(title, self._tips)
        self.control.post_push({"repo": REPO, "message": title, "sha": sha})
        self._announce(sha, title)
        return sha

    def merge(self, number: int, title: str, *, built: bool = True, **broken: Any) -> str:
        """A pull lands; where it is not `built`, the fleet hears of it with the next one."""
        self.fleet.break_tests(**broken)
        sha = self.fleet.make_commit(title, self._tips)
        self.control.post_pulls(
            {
                "repo": REPO,
                "number": number,
                "title": title,
                "files": ["Lib/ssl.py"],
                "merge": "squash",
                "merge_commit_sha": sha,
            }
        )
        if built:
            self._announce(sha, title)
        self._tips = (sha,)
        return sha

    def build(self, sha: str) -> None:
        """The fleet builds this commit, also where newer ones were built before."""
        self.fleet.announce("main", sha, "Look again")

    def comments(self, number: int) -> list[Any]:
        found: list[Any] = self.control.get_comments({"repo": REPO, "number": number})
        return found

    async def wait_for_words(self, words: str, seconds: float = 180) -> None:
        """Until they stand in our comment on some pull."""

        def stand(page: Any) -> bool:
            return any(words in (p["standing"] or "") for p in page["pulls"])

        await self.service.wait_for("/api/v1/pulls", stand, seconds)

    def _announce(self, sha: str, title: str) -> None:
        self.fleet.announce("main", sha, title)
        self._tips = (sha,)


@asynccontextmanager
async def open_small_stage(folder: Path, builders: Sequence[FleetBuilder]) -> AsyncIterator[Stage]:
    """A stage with these builders, green at the first commit, the service running."""
    port = find_free_port()
    hook_url = f"http://127.0.0.1:{port}/github"
    github = FakeGitHub(lambda: datetime.now(UTC), hook_url=hook_url, hook_secret=SECRET)
    with Fleet(folder / "fleet", builders, f"http://127.0.0.1:{port}/buildbot", TOKEN) as fleet:
        await github.start()
        repository = github.create_repository(fleet.project, history=GitHistory(fleet))
        # A fleet of an hour has no past to believe from, so the plain rule has to speak.
        more = {"GITHUB_TOKEN": GITHUB_TOKEN, "POLICY_PLAIN_UNTIL": "1000"}
        service = _make_service(folder, fleet, port, {"GITHUB_API_URL": github.url, **more})
        try:
            await _start(service)
            for branch in sorted({b.branch for b in builders}):
                if branch not in repository.history.branches:
                    repository.create_branch(branch)
                fleet.announce(branch, repository.tip(branch), "Begin")
            yield Stage(fleet, github, service)
        finally:
            await service.stop()
            await github.stop()


@asynccontextmanager
async def open_strict_stage(
    folder: Path, builders: Sequence[FleetBuilder], module: Any, specs: Any
) -> AsyncIterator[StrictStage]:
    """The same with the strict GitHub, of this module; nothing is pushed yet."""
    port = find_free_port()
    key = folder / "app.pem"
    key.write_text(APP_KEY)
    github = module.Standin(specs, app_id=1, app_key=APP_KEY, webhook_secret=SECRET)
    github.hook["url"] = f"http://127.0.0.1:{port}/github"
    github.add_repo(REPO, files=[{"filename": "README.md", "content": "hi"}])
    push_url = f"http://127.0.0.1:{port}/buildbot"
    with Fleet(folder / "fleet", builders, push_url, TOKEN, project=REPO) as fleet:
        await github.start()
        more = {"GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": str(key)}
        service = _make_service(folder, fleet, port, {"GITHUB_API_URL": github.url, **more})
        try:
            await _start(service)
            yield StrictStage(fleet, github, module.Control(github), service)
        finally:
            await service.stop()
            await github.stop()


def _make_service(folder: Path, fleet: Fleet, port: int, more: Mapping[str, str]) -> ServiceProcess:
    settings = {
        "BUILDBOT_URL": fleet.url,
        "BUILDBOT_WEBHOOK_TOKEN": TOKEN,
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "POST_COMMENTS": "1",
        "BUILDER_GONE_MINUTES": "0",
        **more,
    }
    return ServiceProcess(folder, settings, port)


async def _start(service: ServiceProcess) -> None:
    await service.start()
    await service.wait_for("/health", lambda h: bool(h["last_sweep"]), 120)
