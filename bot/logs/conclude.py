"""From what the formats found to the reading of the log.

Input: the formats' outcomes. Output: one `Reading`: one kind, the failures in the order of the
log, the excerpt with the cause first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.core.model import Failure, Kind, Reading
from bot.logs.excerpt import LIMIT, make_excerpt, make_text, prune
from bot.logs.formats.base import Finding, LogFacts, Outcome, Weight
from bot.logs.lines import Line
from bot.logs.reproduce import make_note, make_reproduce
from bot.logs.secrets import mask_secrets

# Which kind a log with several is. A dead interpreter explains failed tests, failed tests explain
# nothing above them; a test runner that came to its verdict is believed before a compiler whose
# errors a test may have provoked.
PRIORITY = (
    Kind.CRASH,
    Kind.TIMEOUT,
    Kind.TEST_FAILURE,
    Kind.REFLEAK,
    Kind.ENV_CHANGED,
    Kind.INTERRUPTED,
    Kind.INFRA,
    Kind.LINK_ERROR,
    Kind.COMPILE_ERROR,
    Kind.CONFIG_ERROR,
    Kind.LINT,
    Kind.DOCS,
    Kind.COVERAGE,
    Kind.NO_TESTS,
    Kind.PYTHON_ERROR,
    Kind.BUILD_FAILURE,
    Kind.UNKNOWN,
)
# A failure's own lines; in a comment several stand together.
_OWN_LINES = 25
# More failures than this are one cause, and nobody reads the rest.
MAX_FAILURES = 2000
_LAST_LINES = 15

# Where nothing else is known: timeout(1), Ctrl-C, and 128 and the signal that killed a program.
_EXIT_KINDS: dict[int | None, Kind] = {
    124: Kind.TIMEOUT,
    130: Kind.INTERRUPTED,
    132: Kind.CRASH,
    134: Kind.CRASH,
    135: Kind.CRASH,
    136: Kind.CRASH,
    137: Kind.INFRA,
    139: Kind.CRASH,
    143: Kind.INFRA,
}

Claim = tuple[str, Finding]  # suite, finding


def conclude(
    outcomes: Sequence[Outcome], facts: LogFacts, *, size: int, lines: int, capped: dict[str, int]
) -> Reading:
    """The reading of one log."""
    outcomes = _without_absorbed(outcomes)
    claims = _choose(outcomes, ended_well=facts.exit_status == 0)
    notes = [note for outcome in outcomes for note in outcome.notes]
    notes += [f"stopped looking for {name!r} at line {n}" for name, n in sorted(capped.items())]
    if len(claims) > MAX_FAILURES:
        notes.append(f"only the first {MAX_FAILURES} of {len(claims)} failures are listed")
    kept = claims[:MAX_FAILURES]
    ranked = sorted(kept, key=lambda claim: (_rank(claim[1]), claim[1].at))
    return Reading(
        kind=ranked[0][1].kind if ranked else _EXIT_KINDS.get(facts.exit_status, Kind.UNKNOWN),
        failures=tuple(make_failure(suite, finding) for suite, finding in kept),
        excerpt=make_excerpt([finding for _, finding in ranked]) or make_last_lines(facts),
        rerun=_first(outcome.rerun for outcome in outcomes),
        seed=_first(outcome.seed for outcome in outcomes),
        command=_mask(_first(outcome.command for outcome in outcomes) or facts.command),
        reproduce=_mask(_reproduce(outcomes, ranked, facts)),
        exit_status=facts.exit_status,
        runs=tuple(run for outcome in outcomes for run in outcome.runs),
        notes=tuple(notes + _notes_of(ranked)),
        bytes=size,
        lines=lines,
        partial=bool(capped) or len(claims) > MAX_FAILURES,
    )


def _reproduce(outcomes: Sequence[Outcome], ranked: Sequence[Claim], facts: LogFacts) -> str | None:
    """Of the suite that failed worst."""
    if not ranked:
        return None
    command = _first(outcome.command for outcome in outcomes) or facts.command
    seed = _first(outcome.seed for outcome in outcomes)
    suite = next((suite for suite, finding in ranked if finding.test), ranked[0][0])
    findings = [finding for name, finding in ranked if name == suite]
    return make_reproduce(suite, findings, command, seed)


def _notes_of(ranked: Sequence[Claim]) -> list[str]:
    suites = dict.fromkeys(suite for suite, _ in ranked)
    made = (make_note(suite, [f for name, f in ranked if name == suite]) for suite in suites)
    return [note for note in made if note]


def _without_absorbed(outcomes: Sequence[Outcome]) -> list[Outcome]:
    absorbed = {suite for outcome in outcomes for suite in outcome.absorbs}
    failed = [outcome for outcome in outcomes if any(f.test for f in outcome.findings)]
    absorbed |= {suite for outcome in failed for suite in outcome.outranks}
    return [outcome for outcome in outcomes if outcome.suite not in absorbed]


def _choose(outcomes: Sequence[Outcome], *, ended_well: bool) -> list[Claim]:
    """The strongest findings, each line claimed once, in the order of the log.

    Of a command that ended well only a tool's own verdict counts: all else it lived through.
    """
    claims = [
        (finding.suite or outcome.suite, finding)
        for outcome in outcomes
        for finding in outcome.findings
    ]
    if not claims:
        return []
    caused = {finding.kind for _, finding in claims if finding.weight is Weight.CAUSE}
    spans = [_span(finding) for _, finding in claims if finding.test]
    strongest = max(finding.weight for _, finding in claims)
    # Symptoms stand beside causes: a step that was killed has both.
    least = Weight.CAUSE if ended_well else min(strongest, Weight.SYMPTOM)
    seen: set[tuple[int, str | None]] = set()
    chosen: list[Claim] = []
    for suite, finding in claims:
        mark = (finding.at, finding.test)
        if finding.weight < least or mark in seen or _is_inside(finding, spans):
            continue
        if finding.weight < Weight.CAUSE and not finding.test and finding.kind in caused:
            continue
        seen.add(mark)
        chosen.append((suite, finding))
    return sorted(chosen, key=lambda claim: claim[1].at)


def _span(finding: Finding) -> tuple[int, int]:
    numbers = [line.number for line in finding.lines]
    return min(numbers), max(numbers)


def _is_inside(finding: Finding, spans: Sequence[tuple[int, int]]) -> bool:
    """True for what a failed test printed: the test is the failure, that only its words."""
    return not finding.test and any(low <= finding.at <= high for low, high in spans)


def _rank(finding: Finding) -> int:
    return PRIORITY.index(finding.kind)


def make_failure(suite: str, finding: Finding) -> Failure:
    """A finding as the rest of the program knows it."""
    own = prune(finding.lines, _OWN_LINES)
    message = finding.message or finding.lines[0].text.strip()
    return Failure(
        suite=suite,
        kind=finding.kind,
        test=finding.test,
        message=make_text(Line(finding.at, message)),
        exception=finding.exception,
        location=finding.location,
        line=finding.at,
        passed_on_rerun=finding.passed_on_rerun,
        excerpt=tuple(make_text(line) for line in own),
    )


def make_last_lines(facts: LogFacts) -> tuple[str, ...]:
    """When nothing is understood: the last lines that say anything."""
    telling = [line for line in facts.tail if not line.is_blank and not line.is_workers]
    return tuple(make_text(line) for line in telling[-min(_LAST_LINES, LIMIT) :])


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _mask(text: str | None) -> str | None:
    return mask_secrets(text) if text else None
