"""Test runners that a few lines describe: what a failed test's line looks like, and what is around.

A runner is one call of `make_runner`. Where that is not enough, a class derived from `Runner`
says the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import Source, late
from bot.logs.formats.base import PRINTED, Finding, Format, FormatResult, Hit, Rule
from bot.logs.identifiers import make_location, make_test_id
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

# In a verdict or a message, never in what a test printed besides.
_DIED = late(
    r"\bSIG(?:SEGV|ABRT|BUS|FPE|ILL|TRAP)\b|[Ss]egmentation (?:fault|violation)|\bAborted\b"
    r"|[Ss]ignal:? (?:4|6|7|8|11)\b|core dumped|\bCRASH|[Uu]nexpected signal"
    r"|[Ee]xit (?:status|code):? (?:13[2-9]|-6|-11)\b|failed with status 13[2-9]\b"
)
_TIMED_OUT = late(r"(?i)\btim(?:ed|e|ing)[ -]?out\b|\btook too long\b")


def find_kind(text: str) -> Kind:
    """What kind of failure a verdict tells of."""
    if _DIED.search(text):
        return Kind.CRASH
    return Kind.TIMEOUT if _TIMED_OUT.search(text) else Kind.TEST_FAILURE


# Lines of one failure; a runner that repeats itself for ever adds no more.
_ENOUGH = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """A line that names a test that failed.

    Of `pattern` the group `id` names it; `scope` (its file or suite), `text` (why), `path` and
    `line` count where they exist. Up to `above` and `below` lines around belong to the test.
    """

    needle: str
    pattern: re.Pattern[str]
    above: int
    below: int


@dataclass(frozen=True, slots=True)
class Sign:
    """A line that only this runner prints."""

    needle: str
    pattern: re.Pattern[str]


def verdict(needle: str, pattern: Source, *, above: int = 0, below: int = 0) -> Verdict:
    """A `Verdict` from the source of its pattern."""
    return Verdict(needle, late(pattern), above, below)


def sign(needle: str, pattern: Source) -> Sign:
    """A `Sign` from the source of its pattern."""
    return Sign(needle, late(pattern))


class Runner(Format):
    """A test runner, known by its signs, that names each failed test on a line."""

    verdicts: ClassVar[tuple[Verdict, ...]] = ()
    # Their group `scope` is the file or suite that the tests below belong to.
    scopes: ClassVar[tuple[Sign, ...]] = ()
    # Without one of these, or of `closing`, the same lines are some other tool's.
    opening: ClassVar[tuple[Sign, ...]] = ()
    closing: ClassVar[tuple[Sign, ...]] = ()
    seeds: ClassVar[tuple[Sign, ...]] = ()
    more: ClassVar[tuple[Rule, ...]] = ()
    # Where the lines of one test end.
    stop: ClassVar[re.Pattern[str]] = late(r"^\s*$")
    # The line of a test that says why; without the group `text` the one below it says it.
    cause: ClassVar[re.Pattern[str] | None] = None
    # A line of a test that holds its place, where neither of the two does.
    place: ClassVar[re.Pattern[str] | None] = None
    # So many lines from there on are the message.
    message_lines: ClassVar[int] = 1
    # What changes in a name although the test is the same → what to write for it.
    unstable: ClassVar[tuple[tuple[re.Pattern[str], str], ...]] = ()
    # Other runners close with the same words: without a failed test it is not known whose they are.
    closes_like_others: ClassVar[bool] = False
    spelling: ClassVar[str] = "{id}"
    needs_sign: ClassVar[bool] = True
    absorbs: ClassVar[tuple[str, ...]] = ("process",)
    outranks: ClassVar[tuple[str, ...]] = PRINTED
    _rows: ClassVar[dict[Rule, Verdict]]

    def __init_subclass__(cls) -> None:
        """The rules follow from the lines that are described."""
        cls._rows = {Rule(row.needle, row.pattern, "failed"): row for row in cls.verdicts}
        cls.rules = (
            *cls._rows,
            *(Rule(row.needle, row.pattern, "entered") for row in cls.scopes),
            *(Rule(row.needle, row.pattern, "opened") for row in cls.opening),
            *(Rule(row.needle, row.pattern, "closed") for row in cls.closing),
            *(Rule(row.needle, row.pattern, "seeded") for row in cls.seeds),
            *cls.more,
        )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self.tests: dict[str, Finding] = {}
        self.scope = ""
        self.seed: str | None = None
        self.ended = False
        self.known = False

    def entered(self, _hit: Hit, match: re.Match[str]) -> None:
        """The tests below belong to this file or suite."""
        self.known = True
        self.scope = match["scope"]

    def opened(self, _hit: Hit, _match: re.Match[str]) -> None:
        """It is this runner's output."""
        self.known = True

    def closed(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self.ended = True

    def seeded(self, _hit: Hit, match: re.Match[str]) -> None:
        """What the order of the tests hangs on."""
        self.known = True
        self.seed = match["seed"]

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """A test that failed."""
        row = self._rows[hit.rule]
        above = gather(hit.above(row.above), self.stop)[::-1]
        below = gather(hit.below(row.below), self.stop)
        test = self.make_id(hit, match)
        if test:
            self.add(self.make(hit.line, match.groupdict(), above, below, test))

    def make_id(self, _hit: Hit, match: re.Match[str]) -> str | None:
        """The canonical id; None for a line that names no test after all."""
        groups = match.groupdict()
        name = groups["id"]
        for pattern, instead in self.unstable:
            name = pattern.sub(instead, name)
        name = make_test_id(name, self.facts.directory)
        scope = make_test_id(groups.get("scope") or self.scope, self.facts.directory)
        return self.spelling.format(scope=scope, id=name) if scope else name

    def make(
        self,
        head: LogLine,
        groups: dict[str, str | None],
        above: list[LogLine],
        below: list[LogLine],
        test: str,
    ) -> Finding:
        """The failure of one test, its cause first."""
        at, text, place = self._find_cause([*below, *above])
        own = [line for line in (*above, *below) if not line.is_blank]
        text = groups.get("text") or text or self._choose(above, below, head)
        path, line = groups.get("path"), groups.get("line")
        path, line = (path, line) if path else place
        if path is None and self.place:
            found = next((m for more in own if (m := self.place.search(more.text))), None)
            path, line = (found["path"], found["line"]) if found else (None, None)
        first = [at] if at else []
        lines = dict.fromkeys((head, *first, *own) if below else (*first, *own, head))
        return Finding(
            find_kind(f"{head.text} {text}"),
            tuple(lines),
            text,
            test,
            location=make_location(path, line, self.facts.directory) if path else None,
        )

    def _find_cause(
        self, lines: list[LogLine]
    ) -> tuple[LogLine | None, str | None, tuple[str | None, str | None]]:
        for n, line in enumerate(lines):
            found = self.cause.search(line.text) if self.cause else None
            if found:
                groups = found.groupdict()
                after = [more.text.strip() for more in lines[n + 1 :] if not more.is_blank]
                said = [text] if (text := groups.get("text")) else []
                text = "; ".join([*said, *after][: self.message_lines])
                return line, text.strip() or None, (groups.get("path"), groups.get("line"))
        return None, None, (None, None)

    def _choose(self, above: list[LogLine], below: list[LogLine], head: LogLine) -> str:
        """The first lines below tell most, or the last above."""
        said = [line.text.strip() for line in below if not line.is_blank][: self.message_lines]
        last = [line.text.strip() for line in above if not line.is_blank][-1:]
        return "; ".join(said or last) or head.text.strip()

    def add(self, finding: Finding) -> None:
        """A runner that repeats itself at its end tells of the same failure."""
        test = finding.test or ""
        known = self.tests.get(test)
        self.tests[test] = merge(known, finding) if known else finding

    def finish(self) -> FormatResult | None:
        """The tests that failed, in the order of the log."""
        signed = self.known or (self.ended and bool(self.tests or not self.closes_like_others))
        if self.needs_sign and not signed:
            return None
        if not self.tests and not self.ended and not self.findings:
            return None
        findings = sorted((*self.tests.values(), *self.findings), key=lambda f: f.at)
        complete = self.ended or not self.closing
        run = TestRun(self.suite, complete and not (self.facts.was_ended and not self.ended))
        return FormatResult(self.suite, tuple(findings), (run,), seed=self.seed)


def gather(lines: Iterable[LogLine], stop: re.Pattern[str]) -> list[LogLine]:
    """Lines up to the first that matches `stop` or is the worker's."""
    taken: list[LogLine] = []
    for line in lines:
        if line.is_workers or stop.search(line.text):
            break
        taken.append(line)
    return taken


def merge(known: Finding, new: Finding) -> Finding:
    """Two tellings of one failure: the longer one's words, the lines of both."""
    if len(known.lines) >= _ENOUGH:
        return known
    more, less = (new, known) if len(new.lines) > len(known.lines) else (known, new)
    said = {line.text for line in more.lines}
    lines = (*more.lines, *(line for line in less.lines if line.text not in said))
    kinds = (more.kind, less.kind)
    kind = next((kind for kind in kinds if kind is not Kind.TEST_FAILURE), Kind.TEST_FAILURE)
    return replace(more, lines=lines, kind=kind, location=more.location or less.location)


def make_runner(
    suite: str,
    *verdicts: Verdict,
    scopes: tuple[Sign, ...] = (),
    opening: tuple[Sign, ...] = (),
    closing: tuple[Sign, ...] = (),
    seeds: tuple[Sign, ...] = (),
    stop: Source = r"^\s*$",
    cause: Source | None = None,
    place: str | None = None,
    message_lines: int = 1,
    unstable: tuple[tuple[str, str], ...] = (),
    closes_like_others: bool = False,
    spelling: str = "{id}",
) -> type[Runner]:
    """The format of a runner that needs no code of its own."""
    described = {
        "__doc__": f"{suite}.",
        "suite": suite,
        "verdicts": verdicts,
        "scopes": scopes,
        "opening": opening,
        "closing": closing,
        "seeds": seeds,
        "stop": late(stop),
        "cause": late(cause) if cause else None,
        "place": late(place) if place else None,
        "message_lines": message_lines,
        "unstable": tuple((late(pattern), instead) for pattern, instead in unstable),
        "closes_like_others": closes_like_others,
        "spelling": spelling,
        "needs_sign": bool(scopes or opening or closing),
    }
    return type(suite, (Runner,), described)
