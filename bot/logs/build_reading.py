"""From what the formats found to the reading of the log.

Input: the formats' outcomes. Output: one `Reading`: one kind, the failures in the order of the
log, the excerpt with the cause first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.core.log_reading import Failure, Kind, Reading, TestRun
from bot.core.model.counts import count_words
from bot.logs.excerpt import LIMIT, count_shown, make_excerpt, make_text, prune
from bot.logs.formats.base import Finding, FormatResult
from bot.logs.infra_failures import drop_tests_words
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata
from bot.logs.redaction.secrets import redact_command, redact_name
from bot.logs.rerun.command import make_note, make_reproduce
from bot.logs.select_findings import (
    SelectedFinding,
    could_change_result,
    drop_explained,
    select_findings,
)

# Which kind a log with several is, by rank; of one rank the first in the log. A dead interpreter
# explains failed tests, failed tests explain nothing above them; a test runner that came to its
# verdict is believed before a compiler whose errors a test may have provoked.
_RANKS = (
    (Kind.CRASH,),
    (Kind.TIMEOUT,),
    (Kind.TEST_FAILURE,),
    (Kind.REFLEAK,),
    (Kind.ENV_CHANGED,),
    (Kind.INTERRUPTED,),
    (Kind.INFRA,),
    (Kind.COMPILE_ERROR, Kind.LINK_ERROR),
    (Kind.CONFIG_ERROR,),
    (Kind.LINT,),
    (Kind.DOCS,),
    (Kind.COVERAGE,),
    (Kind.NO_TESTS,),
    (Kind.PYTHON_ERROR,),
    (Kind.BUILD_FAILURE,),
    (Kind.UNKNOWN,),
)
RANK = {kind: rank for rank, kinds in enumerate(_RANKS) for kind in kinds}
# A failure's own lines; in a comment several stand together.
_OWN_LINES = 25
# More failures than this are one cause, and nobody reads the rest.
MAX_FAILURES = 2000
_LAST_LINES = 15


@dataclass(frozen=True, slots=True)
class SkippedPattern:
    """A needle of which there were too many, and what its formats said all the same."""

    needle: str
    line: int
    suites: frozenset[str]

    def is_of_account(
        self, outcomes: Sequence[FormatResult], claims: Sequence[SelectedFinding]
    ) -> bool:
        """True when what was not looked at could have changed the reading."""
        mine = (outcome for outcome in outcomes if outcome.suite in self.suites)
        return any(could_change_result(outcome, claims) for outcome in mine)


def build_reading(
    outcomes: Sequence[FormatResult],
    facts: LogMetadata,
    *,
    size: int,
    lines: int,
    given_up: Sequence[SkippedPattern] = (),
) -> Reading:
    """The reading of one log."""
    ended_well = facts.exit_status == 0
    outcomes = drop_tests_words(outcomes, is_cut=facts.is_cut)
    outcomes = drop_explained(outcomes, ended_well=ended_well)
    claims = select_findings(outcomes, ended_well=ended_well)
    kept = claims[:MAX_FAILURES]
    ranked = sorted(kept, key=lambda claim: (RANK[claim.finding.kind], claim.finding.at))
    missing = [gone for gone in given_up if gone.is_of_account(outcomes, claims)]
    excerpt = make_excerpt([claim.finding for claim in ranked])
    return Reading(
        kind=_choose_kind(ranked) or facts.end_kind or Kind.UNKNOWN,
        failures=tuple(make_failure(claim.suite, claim.finding) for claim in kept),
        excerpt=excerpt or make_last_lines(facts),
        rerun=_find("rerun", ranked, outcomes),
        seed=_find("seed", ranked, outcomes),
        command=_mask(_find("command", ranked, outcomes) or facts.command),
        reproduce=_mask(_reproduce(ranked, facts)),
        exit_status=facts.exit_status,
        runs=tuple(_mask_run(run) for outcome in outcomes for run in outcome.runs),
        notes=tuple(
            redact_name(note)
            for note in (
                *_make_notes(outcomes, claims, ranked, missing),
                *_note_silence(outcomes, claims, facts),
            )
        ),
        bytes=size,
        lines=lines,
        partial=bool(missing) or len(claims) > MAX_FAILURES,
        argv=_mask(facts.argv),
        environment=tuple((n, redact_name(v)) for n, v in sorted(facts.environment.items())),
    )


def _choose_kind(ranked: Sequence[SelectedFinding]) -> Kind | None:
    """The gravest one's; where tests failed, whatever of, it is not the machine's."""
    if not ranked:
        return None
    kind = ranked[0].finding.kind
    named = any(claim.finding.test for claim in ranked)
    return Kind.TEST_FAILURE if kind is Kind.INFRA and named else kind


def _make_notes(
    outcomes: Sequence[FormatResult],
    claims: Sequence[SelectedFinding],
    ranked: Sequence[SelectedFinding],
    missing: Sequence[SkippedPattern],
) -> Iterator[str]:
    for outcome in outcomes:
        yield from outcome.notes
    for gone in missing:
        yield f"stopped looking for {gone.needle!r} at line {gone.line}"
    if len(claims) > MAX_FAILURES:
        yield f"only the first {MAX_FAILURES} of {len(claims)} failures are listed"
    unseen = len(ranked) - count_shown([claim.finding for claim in ranked])
    if unseen:
        yield f"the excerpt shows {count_words(len(ranked) - unseen, 'failure')}; and {unseen} more"
    for suite in dict.fromkeys(claim.suite for claim in ranked):
        note = make_note(suite, [c.finding for c in ranked if c.suite == suite])
        if note:
            yield note


def _note_silence(
    outcomes: Sequence[FormatResult], claims: Sequence[SelectedFinding], facts: LogMetadata
) -> Iterator[str]:
    """A red run never reads as one in which nothing failed.

    GoogleTest skips the tests of a suite that could not be set up, and counts no failure.
    """
    if facts.exit_status and not claims and any(outcome.runs for outcome in outcomes):
        yield f"the tests ended with status {facts.exit_status}, and no line names what failed"


def _reproduce(ranked: Sequence[SelectedFinding], facts: LogMetadata) -> str | None:
    """Of the suite that failed worst."""
    if not ranked:
        return None
    worst = next((claim for claim in ranked if claim.finding.test), ranked[0])
    findings = [claim.finding for claim in ranked if claim.suite == worst.suite]
    command = _mask(worst.outcome.command or facts.command or worst.outcome.recipe)
    outcome = worst.outcome
    return make_reproduce(worst.suite, findings, command, outcome.seed, outcome.reproduce)


def _find(
    name: str, ranked: Sequence[SelectedFinding], outcomes: Sequence[FormatResult]
) -> str | None:
    """What the suite says that failed worst, or else any."""
    said = [getattr(claim.outcome, name) for claim in ranked]
    said += [getattr(outcome, name) for outcome in outcomes]
    return next((value for value in said if value), None)


def make_failure(suite: str, finding: Finding) -> Failure:
    """A finding as the rest of the program knows it."""
    own = prune(finding.lines, _OWN_LINES)
    message = finding.message or finding.lines[0].text.strip()
    return Failure(
        suite=suite,
        kind=finding.kind,
        test=_mask_name(finding.test),
        message=make_text(LogLine(finding.at, message)),
        exception=_mask_name(finding.exception),
        location=_mask_name(finding.location),
        line=finding.at,
        passed_on_rerun=finding.passed_on_rerun,
        excerpt=tuple(make_text(line) for line in own),
    )


def make_last_lines(facts: LogMetadata) -> tuple[str, ...]:
    """When nothing is understood: the last lines that say anything."""
    said = (line for line in facts.tail if line.number > facts.header_end)
    telling = [line for line in said if not line.is_blank and not line.is_workers]
    return tuple(make_text(line) for line in telling[-min(_LAST_LINES, LIMIT) :])


def _mask(command: str | None) -> str | None:
    return redact_command(command) if command else None


def _mask_name(name: str | None) -> str | None:
    return redact_name(name) if name else name


def _mask_run(run: TestRun) -> TestRun:
    names = run.not_reached
    return replace(run, not_reached=names and tuple(redact_name(name) for name in names))
