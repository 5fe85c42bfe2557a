"""From what the formats found to the reading of the log.

Input: the formats' outcomes. Output: one `Reading`: one kind, the failures in the order of the
log, the excerpt with the cause first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.core.model import Failure, Kind, Reading, TestRun
from bot.logs.choose import Claim, choose, is_of_account, without_explained
from bot.logs.excerpt import LIMIT, count_shown, make_excerpt, make_text, prune
from bot.logs.facts import LogFacts
from bot.logs.formats.base import Finding, Outcome
from bot.logs.lines import Line
from bot.logs.reproduce import make_note, make_reproduce
from bot.logs.secrets import mask_name, mask_script

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
class GivenUp:
    """A needle of which there were too many, and what its formats said all the same."""

    needle: str
    line: int
    suites: frozenset[str]

    def is_of_account(self, outcomes: Sequence[Outcome], claims: Sequence[Claim]) -> bool:
        """True when what was not looked at could have changed the reading."""
        mine = (outcome for outcome in outcomes if outcome.suite in self.suites)
        return any(is_of_account(outcome, claims) for outcome in mine)


def conclude(
    outcomes: Sequence[Outcome],
    facts: LogFacts,
    *,
    size: int,
    lines: int,
    given_up: Sequence[GivenUp] = (),
) -> Reading:
    """The reading of one log."""
    ended_well = facts.exit_status == 0
    outcomes = without_explained(outcomes, ended_well=ended_well)
    claims = choose(outcomes, ended_well=ended_well)
    kept = claims[:MAX_FAILURES]
    ranked = sorted(kept, key=lambda claim: (RANK[claim.finding.kind], claim.finding.at))
    missing = [gone for gone in given_up if gone.is_of_account(outcomes, claims)]
    excerpt = make_excerpt([claim.finding for claim in ranked])
    return Reading(
        kind=ranked[0].finding.kind if ranked else facts.end_kind or Kind.UNKNOWN,
        failures=tuple(make_failure(claim.suite, claim.finding) for claim in kept),
        excerpt=excerpt or make_last_lines(facts),
        rerun=_find("rerun", ranked, outcomes),
        seed=_find("seed", ranked, outcomes),
        command=_mask(_find("command", ranked, outcomes) or facts.command),
        reproduce=_mask(_reproduce(ranked, facts)),
        exit_status=facts.exit_status,
        runs=tuple(_mask_run(run) for outcome in outcomes for run in outcome.runs),
        notes=tuple(mask_name(note) for note in _make_notes(outcomes, claims, ranked, missing)),
        bytes=size,
        lines=lines,
        partial=bool(missing) or len(claims) > MAX_FAILURES,
    )


def _make_notes(
    outcomes: Sequence[Outcome],
    claims: Sequence[Claim],
    ranked: Sequence[Claim],
    missing: Sequence[GivenUp],
) -> Iterator[str]:
    for outcome in outcomes:
        yield from outcome.notes
    for gone in missing:
        yield f"stopped looking for {gone.needle!r} at line {gone.line}"
    if len(claims) > MAX_FAILURES:
        yield f"only the first {MAX_FAILURES} of {len(claims)} failures are listed"
    unseen = len(ranked) - count_shown([claim.finding for claim in ranked])
    if unseen:
        yield f"the excerpt shows {len(ranked) - unseen} failures; and {unseen} more"
    for suite in dict.fromkeys(claim.suite for claim in ranked):
        note = make_note(suite, [c.finding for c in ranked if c.suite == suite])
        if note:
            yield note


def _reproduce(ranked: Sequence[Claim], facts: LogFacts) -> str | None:
    """Of the suite that failed worst."""
    if not ranked:
        return None
    worst = next((claim for claim in ranked if claim.finding.test), ranked[0])
    findings = [claim.finding for claim in ranked if claim.suite == worst.suite]
    command = _mask(worst.outcome.command or facts.command)
    return make_reproduce(worst.suite, findings, command, worst.outcome.seed)


def _find(name: str, ranked: Sequence[Claim], outcomes: Sequence[Outcome]) -> str | None:
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
        message=make_text(Line(finding.at, message)),
        exception=_mask_name(finding.exception),
        location=_mask_name(finding.location),
        line=finding.at,
        passed_on_rerun=finding.passed_on_rerun,
        excerpt=tuple(make_text(line) for line in own),
    )


def make_last_lines(facts: LogFacts) -> tuple[str, ...]:
    """When nothing is understood: the last lines that say anything."""
    telling = [line for line in facts.tail if not line.is_blank and not line.is_workers]
    return tuple(make_text(line) for line in telling[-min(_LAST_LINES, LIMIT) :])


def _mask(command: str | None) -> str | None:
    return mask_script(command) if command else None


def _mask_name(name: str | None) -> str | None:
    return mask_name(name) if name else name


def _mask_run(run: TestRun) -> TestRun:
    names = run.not_reached
    return replace(run, not_reached=names and tuple(mask_name(name) for name in names))
