"""Findings: one line for each thing that was looked at.

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
class Finding:
    """One thing, how it is, and what to do about it where it is not well."""

    check: str
    level: Level
    words: str
    todo: str = ""


def ok(check: str, words: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, words)


def warn(check: str, words: str, todo: str) -> Finding:
    """It could be better."""
    return Finding(check, Level.WARN, words, todo)


def fail(check: str, words: str, todo: str) -> Finding:
    """It does not work."""
    return Finding(check, Level.FAIL, words, todo)


def find_status(findings: Iterable[Finding]) -> int:
    """The exit status: 1 where anything fails."""
    return int(any(finding.level is Level.FAIL for finding in findings))


def render_text(findings: Sequence[Finding]) -> Iterator[str]:
    """Lines for people: level, check, words; then what to do, indented."""
    width = max((len(finding.check) for finding in findings), default=0)
    for finding in findings:
        yield f"{finding.level:<4}  {finding.check:<{width}}  {_one_line(finding.words)}"
        if finding.todo:
            yield f"      {'':<{width}}  → {_one_line(finding.todo)}"
    counts = (f"{sum(f.level is level for f in findings)} {level}" for level in Level)
    yield ", ".join(counts)


def render_json(findings: Sequence[Finding]) -> dict[str, object]:
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
