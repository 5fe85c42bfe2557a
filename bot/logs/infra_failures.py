"""What is the machine's fault and nobody's commit, and who is believed to say so.

Buildbot's worker, git, the package manager, the kernel and make are. A test is not: it may print
any word of theirs, and expect it. So where tests failed, or behind whose words a runner came to
its end well, such words are the tests' own; a failed test keeps its name, and the log its kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.log_reading import Kind
from bot.core.patterns import late
from bot.logs.formats.base import Finding, FormatResult, Weight

# ENOSPC, ENOMEM and EDQUOT by their numbers, as the runtimes of Python, Rust, node and Windows
# raise them. The words alone are what tests compare and print. A MemoryError is not among them:
# programs run out of their own limits, too.
_EXHAUSTED = late(
    r"\[Errno (?:28|12|122)\]|\(os error (?:28|12|122)\)|\bE(?:NOSPC|NOMEM|DQUOT)\b|WinError 112\b"
)
# Nothing kills itself with SIGKILL: it is the kernel without memory, or a person.
_KILLED = late(r"Exit code -9\b|\bSIGKILL\b|\bsignal:? (?:9\b|killed\b)")
# A test of this very thing says so in an assertion.
_ASSERTED = late(r"^(?:\w+\.)*Assertion|^assert\b")
# It writes outside of any command: nothing that runs in one can write there.
_WORKER = "buildbot"


def classify_infra(finding: Finding) -> Finding:
    """The finding, as `infra` when its own message tells of the machine."""
    text = finding.message or finding.lines[0].text
    if _ASSERTED.match(text):
        return finding
    is_full = finding.test and _EXHAUSTED.search(text)
    is_killed = (finding.test or finding.kind is Kind.CRASH) and _KILLED.search(text)
    return replace(finding, kind=Kind.INFRA) if is_full or is_killed else finding


def drop_tests_words(
    outcomes: Sequence[FormatResult], *, is_cut: bool = False
) -> list[FormatResult]:
    """The outcomes without machine faults that tests may have printed.

    Of a log that `is_cut` nobody knows what came of them.
    """
    failed = is_cut or any(_says_tests_failed(outcome) for outcome in outcomes)
    ends = (o.span.last or 0 for o in outcomes if o.runs and all(run.complete for run in o.runs))
    last = max(ends, default=0)
    return [
        outcome if outcome.suite == _WORKER else _without(outcome, last=None if failed else last)
        for outcome in outcomes
    ]


def _says_tests_failed(outcome: FormatResult) -> bool:
    """A guess is made only where some line says so."""
    return outcome.is_guess or any(finding.test for finding in outcome.findings)


def _without(outcome: FormatResult, last: int | None) -> FormatResult:
    kept = (
        finding
        for finding in outcome.findings
        if finding.kind is not Kind.INFRA
        or finding.test
        or (last is not None and finding.at > last)
    )
    return replace(outcome, findings=tuple(kept))


def drop_guesses(outcomes: Sequence[FormatResult], *, ended_well: bool) -> list[FormatResult]:
    """The outcomes without guesses where one that knows says what failed, or nothing did."""
    known = [outcome for outcome in outcomes if not outcome.is_guess]
    is_known = any(
        f.test or f.weight is Weight.CAUSE for outcome in known for f in outcome.findings
    )
    last = max((outcome.span.last or 0 for outcome in known if outcome.runs), default=0)
    return [
        _without_guesses(outcome, None if is_known or ended_well else last)
        if outcome.is_guess
        else outcome
        for outcome in outcomes
    ]


def _without_guesses(outcome: FormatResult, last: int | None) -> FormatResult:
    """Above a runner's last line it is what tests printed."""
    kept = tuple(f for f in outcome.findings if last is not None and f.at > last)
    return replace(outcome, findings=kept, notes=outcome.notes if kept else ())
