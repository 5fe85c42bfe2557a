"""A fleet that answers builds on request: the rows of a story with its truth in, answers out.

It plays recorded histories and simulated ones. Builds that ran anyway keep their times; what was
asked for waits for the one that runs, and for what was asked before. What a build says depends on
the builder, the commit and how often both were asked for, and on nothing else.
"""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass

from bench.histories.stories import Row, Story, as_list, as_number

_LOST = 0.02  # of the builds end in an exception: as often as a builder's own
_HIDDEN = 0.02  # of the failures of a broken test that another one hides
_LATENCY = 60  # seconds from a question to its build


@dataclass(slots=True)
class _Asked:
    """A build that was asked for."""

    builder: str
    revision: str
    starts: int
    ends: int
    dice: random.Random
    cancelled: bool = False


class AnsweringFleet:
    """Speaks what `python -m bot backtest --requests` speaks with its command."""

    def __init__(self, story: Story) -> None:
        self._name = story.name
        self._truth = story.truth
        commits = [r for r in story.rows if r["type"] == "commit"]
        builds = [r for r in story.rows if r["type"] == "build"]
        self._position = {str(c["sha"]): n for n, c in enumerate(commits)}
        self._landed = {str(c["sha"]): as_number(c["at"]) for c in commits}
        self._minutes = {
            str(r["name"]): as_number(r["minutes"]) for r in story.rows if r["type"] == "builder"
        }
        self._own: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._says: dict[str, str] = {}
        for b in builds:
            self._own[str(b["builder"])].append((as_number(b["started"]), as_number(b["finished"])))
            for failure in as_list(b["failures"]):
                self._says.setdefault(failure["test"], failure["message"])
        ends = [end for own in self._own.values() for _, end in own]
        self._span = max(ends) - min(self._landed.values())
        self._free: dict[str, int] = {}
        self._times: Counter[tuple[str, str]] = Counter()
        self._number = len(builds)
        self.asked: dict[str, _Asked] = {}

    def answer(self, question: dict[str, object]) -> object:
        """One answer to one question."""
        if "ask" in question:
            return self._take(str(question["ask"]), question)
        name = str(question.get("cancel") or question.get("collect"))
        build, at = self.asked.get(name), as_number(question["at"])
        if "cancel" in question:
            return {"id": name, "cancelled": build is not None and self._cancel(build, at)}
        if build is None or build.cancelled or at < build.ends:
            return {"id": name, "refused": "there is no such build, or it has not ended"}
        return self._say(build)

    def find_shares(self) -> dict[str, float]:
        """By builder, how much of its time was asked for."""
        seconds: Counter[str] = Counter()
        for build in self.asked.values():
            if not build.cancelled:
                seconds[build.builder] += build.ends - build.starts
        return {name: spent / self._span for name, spent in seconds.items()}

    def _take(self, name: str, question: dict[str, object]) -> Row:
        builder, revision = str(question["builder"]), str(question["revision"])
        at = as_number(question["at"])
        if builder not in self._minutes or self._landed.get(revision, at + 1) > at:
            return {"id": name, "refused": "no such builder, or the commit has not landed"}
        dice = random.Random(f"{self._name} {builder} {revision} {self._times[builder, revision]}")
        self._times[builder, revision] += 1
        running = next((end for begin, end in self._own[builder] if begin <= at < end), at)
        starts = int(max(at + _LATENCY, running, self._free.get(builder, 0)))
        ends = starts + int(self._minutes[builder] * 60 * dice.uniform(0.8, 1.2))
        self._free[builder] = ends
        self.asked[name] = _Asked(builder, revision, starts, ends, dice)
        return {"id": name, "starts": starts, "ends": ends}

    def _cancel(self, build: _Asked, at: float) -> bool:
        if build.cancelled or at >= build.starts:
            return False
        build.cancelled = True
        if self._free[build.builder] == build.ends:
            self._free[build.builder] = build.starts
        return True

    def _say(self, build: _Asked) -> Row:
        lost = build.dice.random() < _LOST
        failing, compiles = ({}, True) if lost else self._fail(build)
        red = any(failing.values())
        self._number += 1
        return {
            "type": "build",
            "builder": build.builder,
            "number": self._number,
            "worker": build.builder.lower().replace(" ", "-"),
            "revision": build.revision,
            "started": build.starts,
            "finished": build.ends,
            "result": "exception" if lost else "failure" if red else "success",
            "scheduled_by": "request",
            "tests_ran": compiles and not lost,
            "failures": [
                {
                    "kind": "test" if compiles else "compile",
                    "test": test,
                    "message": self._says.get(test, "unexpected result"),
                }
                for test in sorted(failing)
            ],
        }

    def _fail(self, build: _Asked) -> tuple[dict[str, bool], bool]:
        """The tests that fail, and whether it compiles."""
        position, middle = self._position[build.revision], (build.starts + build.ends) / 2
        failing: dict[str, bool] = {}
        for truth in self._truth:
            if not self._strikes(truth, build.builder, position, middle):
                continue
            rate, own = as_number(truth["fail_rate"]), [str(t) for t in as_list(truth["tests"])]
            if truth["kind"] == "flaky":
                failing |= {test: True for test in own if build.dice.random() < rate}
            elif build.dice.random() < rate:
                if truth["compile"]:
                    return dict.fromkeys(own, True), False
                failing |= {test: True for test in own if build.dice.random() >= _HIDDEN}
        return failing, True

    def _strikes(self, truth: Row, builder: str, position: int, at: float) -> bool:
        if builder not in as_list(truth["builders"]):
            return False
        if truth["kind"] == "regression":
            end = self._position.get(str(truth["fixed_by"]), 10**9)
            return self._position[str(truth["culprit"])] <= position < end
        return as_number(truth.get("from", 0)) <= at <= as_number(truth.get("to", 1e12))
