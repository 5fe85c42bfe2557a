"""How a scripted build goes: its steps, and what their logs say.

Input: which step decides the result, and the text of its log. Output: steps with results, and the
lines of a `stdio` log with the letter that Buildbot keeps before each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.model.build_results import Result

# The usual life of a build; a step that is not among these comes before `clean`.
STEPS = ("worker_preparation", "git", "configure", "compile", "test", "clean")
_NEXT_TO_LAST = -1
_BOOM = "finished (exception)"
_WORDS = {
    Result.FAILURE: "failed {} (failure)",
    Result.WARNINGS: "warnings {} (warnings)",
    Result.EXCEPTION: "exception {} (exception)",
    Result.RETRY: "retry {} (retry)",
    Result.CANCELLED: "cancelled {} (cancelled)",
}


@dataclass(frozen=True, slots=True)
class BuildScript:
    """How a build goes: which step decides it, and what the logs say."""

    result: Result = Result.SUCCESS
    step: str = "test"
    log: str = ""
    logs: Mapping[str, str] = field(default_factory=dict)  # further logs of the same step
    killed: str | None = None  # Buildbot's own header line, "command timed out: …"
    exit_status: int | None = None
    skipped: Sequence[str] = ()  # steps that were not run, and have no log
    beside: Mapping[str, str] = field(default_factory=dict)  # failed without harm: their logs
    hidden: Sequence[str] = ()  # steps that pages do not show
    boom: str | None = None  # a step that met an exception after the deciding one

    @property
    def end(self) -> Result:
        """The result of the build."""
        return Result.EXCEPTION if self.boom else self.result

    def describe(self) -> str:
        """Buildbot's words for the build: those of the steps that count."""
        words = _WORDS.get(self.result, "build successful").format(self.step)
        return f"exception {words} {_BOOM}" if self.boom else words

    def describe_step(self, name: str, result: Result) -> str:
        """Buildbot's words for one of its steps."""
        return _BOOM if name == self.boom else _WORDS.get(result, "{}").format(name)


def plan_steps(course: BuildScript) -> list[tuple[str, Result]]:
    """The steps that ran: after one that failed only `clean` does."""
    names = list(STEPS)
    if course.step not in names:
        names.insert(_NEXT_TO_LAST, course.step)
    for beside in course.beside:
        names.insert(names.index(course.step), beside)
    upto = names.index(course.step)
    ran = names[: upto + 1] if course.result > Result.WARNINGS else names[:-1]
    results = {course.step: course.result} | dict.fromkeys(course.skipped, Result.SKIPPED)
    results |= dict.fromkeys(course.beside, Result.FAILURE)
    plan = [(name, results.get(name, Result.SUCCESS)) for name in ran]
    if course.boom:
        plan.append((course.boom, Result.EXCEPTION))
    return [*plan, (STEPS[-1], Result.SUCCESS)]


def make_stdio(course: BuildScript) -> list[str]:
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
