"""How a scripted build goes: its steps, and what their logs say.

Input: which step decides the result, and the text of its log. Output: steps with results, and the
lines of a `stdio` log with the letter that Buildbot keeps before each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.results import Result

# The usual life of a build; a step that is not among these comes before `clean`.
STEPS = ("worker_preparation", "git", "configure", "compile", "test", "clean")
_NEXT_TO_LAST = -1
_WORDS = {
    Result.FAILURE: "failed {} (failure)",
    Result.WARNINGS: "warnings {} (warnings)",
    Result.EXCEPTION: "exception {} (exception)",
    Result.RETRY: "retry {} (retry)",
    Result.CANCELLED: "cancelled {} (cancelled)",
}


@dataclass(frozen=True, slots=True)
class Course:
    """How a build goes: which step decides it, and what the logs say."""

    result: Result = Result.SUCCESS
    step: str = "test"
    log: str = ""
    logs: Mapping[str, str] = field(default_factory=dict)  # further logs of the same step
    killed: str | None = None  # Buildbot's own header line, "command timed out: …"
    exit_status: int | None = None
    skipped: Sequence[str] = ()  # steps that were not run, and have no log

    def describe(self, otherwise: str) -> str:
        """Buildbot's words for the build and for its deciding step; `otherwise` for a good end."""
        return _WORDS.get(self.result, otherwise).format(self.step)


def plan_steps(course: Course) -> list[tuple[str, Result]]:
    """The steps that ran: after one that failed only `clean` does."""
    names = list(STEPS)
    if course.step not in names:
        names.insert(_NEXT_TO_LAST, course.step)
    upto = names.index(course.step)
    ran = names[: upto + 1] if course.result > Result.WARNINGS else names[:-1]
    results = {course.step: course.result} | dict.fromkeys(course.skipped, Result.SKIPPED)
    plan = [(name, results.get(name, Result.SUCCESS)) for name in ran]
    return [*plan, (STEPS[-1], Result.SUCCESS)]


def make_stdio(course: Course) -> list[str]:
    """Lines with their first letter: `h` Buildbot's own, `o` the command's output."""
    status = course.exit_status
    if status is None:
        status = 0 if course.result in (Result.SUCCESS, Result.WARNINGS) else 2
    head = [
        f"make {course.step}",
        " in dir /srv/worker/build (timeout 1200 secs)",
        " watching logfiles {}",
        f" argv: [b'make', b'{course.step}']",
        " environment:",
        "  HOME=/srv/worker",
        "  PATH=/usr/bin:/bin",
        " using PTY: False",
    ]
    tail = [course.killed] if course.killed else []
    tail += [f"program finished with exit code {status}", "elapsedTime=1.000000"]
    body = course.log.removesuffix("\n").split("\n") if course.log else []
    return [*_prefix("h", head), *_prefix("o", body), *_prefix("h", tail)]


def _prefix(letter: str, lines: Sequence[str]) -> list[str]:
    return [letter + line for line in lines]
