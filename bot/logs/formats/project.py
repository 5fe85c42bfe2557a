"""A project's own format, as its file of rules describes it.

Input: a `ProjectFormat`, which is plain data and goes to other processes as it is. Output: the
class that reads it, a `Runner` like the others. Its patterns are RE2's: whoever wrote them, a line
takes linear time.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.log_rules import Meaning, ProjectFormat, ProjectRule
from bot.core.patterns import linear
from bot.logs.formats.base import PRINTED, Finding, Format, FormatResult, Hit, Rule
from bot.logs.formats.runner import Runner, Sign, Verdict, gather
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata


class ProjectRunner(Runner):
    """What is common to them; `make_format` makes the class of one."""

    definition: ClassVar[ProjectFormat]
    _problems: ClassVar[dict[Rule, ProjectRule]]
    _kinds: ClassVar[dict[Verdict, Kind | None]]

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._kind: Kind | None = None  # of the line that is read

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """A test that failed, of the kind that the rule says."""
        self._kind = self._kinds[self._rows[hit.rule]]
        super().failed(hit, match)

    def make(
        self,
        head: LogLine,
        groups: dict[str, str | None],
        above: list[LogLine],
        below: list[LogLine],
        test: str,
    ) -> Finding:
        """As a `Runner` does, but a kind that is written down is not guessed."""
        made = super().make(head, groups, above, below, test)
        return replace(made, kind=self._kind) if self._kind else made

    def told(self, hit: Hit, match: re.Match[str]) -> None:
        """Something that is wrong, and no test."""
        rule = self._problems[hit.rule]
        groups = match.groupdict()
        path = groups.get("path")
        around = (
            *gather(hit.above(rule.above), self.stop)[::-1],
            *gather(hit.below(rule.below), self.stop),
        )
        place = make_location(path, groups.get("line"), self.facts.directory) if path else None
        finding = Finding(
            rule.kind or Kind.BUILD_FAILURE,
            (hit.line, *(line for line in around if not line.is_blank)),
            groups.get("text") or hit.line.text.strip(),
            location=place,
        )
        said = {(known.message, known.location) for known in self.findings}
        if (finding.message, finding.location) not in said:
            self.findings.append(finding)

    def finish(self) -> FormatResult | None:
        """A run is whole only where a rule tells its end; a tool without tests has no run."""
        result = super().finish()
        if result is None:
            return None
        runs = tuple(replace(run, complete=run.complete and self.ended) for run in result.runs)
        return replace(
            result,
            runs=runs if self.definition.find(Meaning.FAILED) else (),
            reproduce=self.definition.reproduce,
        )


@lru_cache(maxsize=64)
def make_format(definition: ProjectFormat) -> type[Format]:
    """The class that reads logs by these rules."""
    kinds = {
        Verdict(rule.needle, linear(rule.pattern), rule.above, rule.below): rule.kind
        for rule in definition.find(Meaning.FAILED)
    }
    problems = {
        Rule(rule.needle, linear(rule.pattern), "told"): rule
        for rule in definition.find(Meaning.PROBLEM)
    }
    signs = {
        means: tuple(Sign(rule.needle, linear(rule.pattern)) for rule in definition.find(means))
        for means in (Meaning.SCOPE, Meaning.BEGINS, Meaning.ENDS, Meaning.SEED)
    }
    has_scope = bool(signs[Meaning.SCOPE]) or any(
        "(?P<scope>" in rule.pattern for rule in definition.find(Meaning.FAILED)
    )
    described = {
        "__doc__": f"{definition.name}, by a project's own rules.",
        "definition": definition,
        "suite": definition.name,
        "verdicts": tuple(kinds),
        "scopes": signs[Meaning.SCOPE],
        "opening": signs[Meaning.BEGINS],
        "closing": signs[Meaning.ENDS],
        "seeds": signs[Meaning.SEED],
        "more": tuple(problems),
        "stop": linear(definition.stop or r"^\s*$"),
        "cause": linear(definition.cause) if definition.cause else None,
        "spelling": "{scope}: {id}" if has_scope else "{id}",
        "needs_sign": any(signs.values()),
        # A tool without tests explains nobody else's words.
        "absorbs": ("process",) if kinds else (),
        "outranks": PRINTED if kinds else (),
        "_kinds": kinds,
        "_problems": problems,
    }
    return type(definition.name, (ProjectRunner,), described)
