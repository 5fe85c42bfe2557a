"""A real Buildbot at one end, a GitHub that checks every request at the other; we are an App.

The strict GitHub is not part of the project: `NIGHTSWATCH_DATA` says where it is.
"""

from pathlib import Path
from typing import Any

import pytest

from bot.demo.service import Service, find_free_port
from tests.clients.hubs import APP_KEY, REPO, load_strict
from tests.e2e.fleet import Fleet, FleetBuilder
from tests.scenarios.farm import SECRET, TOKEN

pytestmark = pytest.mark.e2e

BUILDERS = (FleetBuilder("AMD64 Debian"), FleetBuilder("ARM64 Debian"))

# What a test may print to make us say something on GitHub that we do not mean.
HOSTILE = (
    "cc @octocat @octo-org/team, fixes #1 and GH-2, octo-org/other#3, "
    "https://github.com/octo-org/demo/issues/4 ![x](https://example.org/x.png) "
    "</details></pre>``` &#64;ghost &commat;ghost <img src=x> "
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"
)


class StrictStage:
    """The strict GitHub with a repository whose commits are real ones of the fleet's."""

    def __init__(self, fleet: Fleet, module: Any, specs: Any, hook_url: str) -> None:
        self.fleet = fleet
        self.github = module.Standin(specs, app_id=1, app_key=APP_KEY, webhook_secret=SECRET)
        self.github.hook["url"] = hook_url
        self.control = module.Control(self.github)
        self.github.add_repo(REPO, files=[{"filename": "README.md", "content": "hi"}])

    def push(self, title: str) -> str:
        sha = self.fleet.make_commit(title, self._tips())
        self.control.post_push({"repo": REPO, "message": title, "sha": sha})
        self._announce(sha, title)
        return sha

    def merge(self, number: int, title: str, *, built: bool = True, **broken: Any) -> str:
        """A pull lands; where it is not `built`, the fleet hears of it with the next one."""
        self.fleet.break_tests(**broken)
        sha = self.fleet.make_commit(title, self._tips())
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
        self._last = sha
        return sha

    def build(self, sha: str) -> None:
        """The fleet builds this commit, also where newer ones were built before."""
        self.fleet.announce("main", sha, "Look again")

    def comments(self, number: int) -> list[Any]:
        found: list[Any] = self.control.get_comments({"repo": REPO, "number": number})
        return found

    def _announce(self, sha: str, title: str) -> None:
        self.fleet.announce("main", sha, title)
        self._last = sha

    def _tips(self) -> list[str]:
        return [self._last] if hasattr(self, "_last") else []


@pytest.mark.parametrize("fault", [None, "commit_then_reset"])
async def test_nothing_we_send_breaks_a_rule_and_nothing_from_a_log_takes_effect(
    buildbot: None, tmp_path: Path, fault: str | None
) -> None:
    loaded = load_strict()
    if isinstance(loaded, str):
        pytest.skip(loaded)
    port = find_free_port()
    key = tmp_path / "app.pem"
    key.write_text(APP_KEY)
    with Fleet(
        tmp_path / "fleet", BUILDERS, f"http://127.0.0.1:{port}/buildbot", TOKEN, project=REPO
    ) as fleet:
        stage = StrictStage(fleet, *loaded, f"http://127.0.0.1:{port}/github")
        await stage.github.start()
        settings = {
            "BUILDBOT_URL": fleet.url,
            "BUILDBOT_WEBHOOK_TOKEN": TOKEN,
            "GITHUB_API_URL": stage.github.url,
            "GITHUB_APP_ID": "1",
            "GITHUB_APP_PRIVATE_KEY": str(key),
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "POST_COMMENTS": "1",
        }
        service = Service(tmp_path, settings, port)
        try:
            await service.start()
            await service.wait_for("/health", lambda h: bool(h["last_sweep"]), 30)
            await tell_the_story(stage, service, fault)
        finally:
            await service.stop()
            await stage.github.stop()


async def tell_the_story(stage: StrictStage, service: Service, fault: str | None) -> None:
    stage.push("Begin")
    stage.fleet.wait_until(stage.fleet.is_idle, 60, "the fleet")
    if fault:
        stage.control.post_faults(
            {"match": {"op": "issues/create-comment"}, "kind": fault, "times": 1}
        )
    stage.merge(101, "Speed up ssl", test_ssl={"on": "*", "message": HOSTILE})

    def stands(words: str) -> Any:
        return lambda page: any(words in (p["standing"] or "") for p in page["pulls"])

    await service.wait_for("/api/v1/pulls", stands("test_ssl"), 90)
    stage.merge(102, "Mend ssl", test_ssl=None)
    await service.wait_for("/api/v1/pulls", stands("Fixed"), 90)
    await stage.github.drain()

    (comment,) = stage.comments(101)
    assert comment["user"] == "standin-bot[bot]"
    ours = {"request", "auth", "graphql", "unimplemented"}
    assert [v for v in stage.github.violations if v["kind"] in ours] == []
    for effect in stage.control.get_effects({"user": "standin-bot[bot]"}):
        assert effect["mentions"] == []
        assert set(effect["refs"]) <= {f"{REPO}#101", f"{REPO}#102"}
        assert effect["images"] == []
