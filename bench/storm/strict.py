"""The strict GitHub as the stage's, where it is at hand: it checks every request that we make.

In: a folder that `NIGHTSWATCH_DATA` names. Out: a stage as any other; its faults are of the same
kinds, its own, and each request that breaks one of GitHub's rules is told at the end.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, cast

from bench.storm.stage import SECRET, Stage, Written
from bench.storm.story import Merge
from bot.fakes.github.server import FakeGitHub
from tests.clients.hubs import OPERATIONS, load_strict

_REPO = "octo-org/demo"
_BOT = "standin-bot[bot]"
_NAMES = {operation: op for op, operation in OPERATIONS.items()}
_KINDS = {"html": "html_200", "cut": "truncated"}

# The bot's mistakes; others are the stand-in's own.
_OURS = ("request", "auth", "graphql", "unimplemented")

# What a storm does on purpose: the first signature after a start is dated by a clock that is off.
_CLOCK_OFF = ("JWT exp > 10 min", "JWT expired", "JWT iat in the future")


class StrictHooks:
    """Its webhooks with the handles of an outbox."""

    def __init__(self, control: Any, mode: dict[str, Any]) -> None:
        self._control = control
        self._mode = mode

    @property
    def lose_next(self) -> int:
        """So many are not delivered; its list tells of them."""
        return int(self._mode["unreachable"])

    @lose_next.setter
    def lose_next(self, count: int) -> None:
        self._mode["unreachable"] = count

    @property
    def double_next(self) -> int:
        """So many are delivered twice."""
        return int(self._mode["duplicate"])

    @double_next.setter
    def double_next(self, count: int) -> None:
        self._mode["duplicate"] = count

    @property
    def hold(self) -> bool:
        """All wait."""
        return bool(self._mode["hold"])

    @hold.setter
    def hold(self, held: bool) -> None:
        self._mode["hold"] = held

    async def release(self, *, newest_first: bool = False) -> None:
        """Send what was held back, and hold no more."""
        self._control.post_release({"order": "lifo" if newest_first else "fifo"})


class StrictGitHub:
    """What a storm does to a GitHub, as the demo's has it."""

    def __init__(self, module: ModuleType, specs: Any, now: Callable[[], datetime], key: str):
        self.skew = timedelta(0)
        self.server = module.Standin(specs, app_id=1, app_key=key, webhook_secret=SECRET)
        self._now = now
        self.server.now = self._find_time
        self.server.add_repo(_REPO)
        self.control = module.Control(self.server)
        self.hooks = StrictHooks(self.control, self.server.hook_mode)
        self._port = 0

    def _find_time(self) -> float:
        return (self._now() + self.skew).timestamp()

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self.server.url)

    @property
    def hook_url(self) -> str | None:
        """Where webhooks go."""
        return cast("str | None", self.server.hook["url"])

    @hook_url.setter
    def hook_url(self, url: str | None) -> None:
        self.server.hook["url"] = url

    async def start(self) -> None:
        """Listen; on the same port again."""
        await self.server.start(port=self._port)
        self._port = int(self.url.rpartition(":")[2])

    async def stop(self) -> None:
        """Listen no more."""
        await self.server.stop()

    go_down, come_back = stop, start

    @property
    def arrived(self) -> Counter[str]:
        """How many calls arrived, by the demo's names."""
        return Counter(_NAMES.get(call["op"], "") for call in self.server.journal)

    @property
    def faults_left(self) -> int:
        """How many orders to misbehave were not carried out yet."""
        return sum(fault["left"] != 0 for fault in self.server.faults)

    def clear_faults(self) -> None:
        """Behave again."""
        self.server.faults.clear()

    def fail_next(self, kind: str, op: str | None = None, **details: Any) -> None:
        """Misbehave on the next call of `op`, or on any."""
        match = {"op": OPERATIONS[op]} if op else {}
        self.control.post_faults({"match": match, "kind": _KINDS.get(kind, kind), **details})


class StrictStage(Stage):
    """A stage with the strict GitHub on it."""

    def __init__(self) -> None:
        super().__init__()
        loaded = load_strict()
        if isinstance(loaded, str):
            raise SystemExit(loaded)
        self._strict = StrictGitHub(*loaded, self.now, self.key)
        self.github = cast("FakeGitHub", self._strict)  # it has the handles that a storm uses

    def begin(self) -> str:
        """The first commit; its sha."""
        sha = _make_sha("Begin")
        self._strict.control.post_push({"repo": _REPO, "message": "Begin", "sha": sha})
        return sha

    async def merge(self, step: Merge) -> str:
        """A pull lands; the sha that it put on the branch."""
        sha = _make_sha(f"{step.number} {step.title}")
        pull = {"number": step.number, "title": step.title, "files": [step.path]}
        order = {"repo": _REPO, "merge": "squash", "merge_commit_sha": sha, **pull}
        self._strict.control.post_pulls(order)
        return sha

    def find_written(self) -> list[Written]:
        """All comments of ours that ever were."""
        server = self._strict.server
        standing = server.repo(_REPO)["comments"]
        ever = {e["comment_id"]: e for e in server.effects if e["user"] == _BOT}
        return [
            Written(e["number"], standing[n]["body"] if n in standing else None)
            for n, e in sorted(ever.items())
        ]

    def find_mistakes(self) -> list[str]:
        """The requests of ours that broke a rule of GitHub's, each once."""
        violations = self._strict.server.violations
        found = [v for v in violations if v["kind"] in _OURS and v["message"] not in _CLOCK_OFF]
        return sorted({f"{v.get('request')}: {v['message']}" for v in found})


def _make_sha(words: str) -> str:
    """The same commits in each telling of a story."""
    return hashlib.sha1(words.encode(), usedforsecurity=False).hexdigest()
