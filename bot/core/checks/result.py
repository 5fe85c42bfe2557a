"""Results of checks: one line for each thing that was looked at.

In: findings. Out: lines for people, or JSON; and the exit status. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"  # it works, but not as well as it could, or nobody can tell
    FAIL = "fail"  # it does not work


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing, how it is, and what to do about it where it is not well."""

    check: str
    level: Level
    words: str
    todo: str = ""
    about: tuple[str, ...] = ()  # full names of repositories that its words tell of

    @property
    def is_warning(self) -> bool:
        """It works, and could be better."""
        return self.level is Level.WARN


def ok(check: str, words: str) -> CheckResult:
    """All is well."""
    return CheckResult(check, Level.OK, words)


def warn(check: str, words: str, todo: str) -> CheckResult:
    """It could be better."""
    return CheckResult(check, Level.WARN, words, todo)


def fail(check: str, words: str, todo: str) -> CheckResult:
    """It does not work."""
    return CheckResult(check, Level.FAIL, words, todo)


def find_status(findings: Iterable[CheckResult]) -> int:
    """The exit status: 1 where anything fails."""
    return int(any(finding.level is Level.FAIL for finding in findings))


def render_text(findings: Sequence[CheckResult]) -> Iterator[str]:
    """Lines for people: level, check, words; then what to do, indented."""
    width = max((len(finding.check) for finding in findings), default=0)
    for finding in findings:
        yield f"{finding.level:<4}  {finding.check:<{width}}  {_one_line(finding.words)}"
        if finding.todo:
            yield f"      {'':<{width}}  → {_one_line(finding.todo)}"
    counts = (f"{sum(f.level is level for f in findings)} {level}" for level in Level)
    yield ", ".join(counts)


def render_json(findings: Sequence[CheckResult]) -> dict[str, object]:
    """`{"status", "checks": [{"check", "level", "words", "todo"}]}`."""
    rows = [
        {"check": f.check, "level": f.level.value, "words": f.words, "todo": f.todo}
        for f in findings
    ]
    levels = [level for level in reversed(Level) if any(f.level is level for f in findings)]
    return {"status": levels[0].value if levels else Level.OK.value, "checks": rows}


def _one_line(text: str) -> str:
    """What others told us may hold anything; a line stays a line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
