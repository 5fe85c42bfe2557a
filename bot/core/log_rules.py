"""A project's own log format, as its file of rules describes it: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.log_reading import Kind


class Meaning(StrEnum):
    """What a line that a rule matches says."""

    FAILED = "failed"  # a test failed
    PROBLEM = "problem"  # something is wrong, no test is named
    SCOPE = "scope"  # the tests below belong to this file or suite
    BEGINS = "begins"  # the tool begins: only it prints this
    ENDS = "ends"  # the run came to its end, nothing was left out
    SEED = "seed"  # what the order of the tests hangs on


@dataclass(frozen=True, slots=True)
class ProjectRule:
    """One rule of a file: lines with `needle` that match `pattern` mean this."""

    means: Meaning
    needle: str
    pattern: str
    kind: Kind | None = None
    above: int = 0
    below: int = 0


@dataclass(frozen=True, slots=True)
class ProjectFormat:
    """A whole file. `reproduce` holds `{id}` or `{ids}`, and `{seed}`, outside of quotes."""

    name: str
    rules: tuple[ProjectRule, ...]
    reproduce: str | None = None
    stop: str | None = None
    cause: str | None = None

    def find(self, means: Meaning) -> tuple[ProjectRule, ...]:
        """The rules that mean this."""
        return tuple(rule for rule in self.rules if rule.means is means)
