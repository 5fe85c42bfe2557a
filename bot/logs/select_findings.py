"""Of all that the formats found, what counts.

Input: the formats' outcomes. Output: claims, the strongest findings, each line claimed once, in
the order of the log; and whether a needle that was given up could have changed them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.logs.formats.base import Finding, FormatResult, Weight
from bot.logs.infra_failures import classify_infra, drop_guesses


class SelectedFinding(NamedTuple):
    """A finding that counts, and whose it is."""

    suite: str
    finding: Finding
    outcome: FormatResult


def drop_explained(outcomes: Sequence[FormatResult], *, ended_well: bool) -> list[FormatResult]:
    """The outcomes without what another one explains."""
    outcomes = drop_guesses(outcomes, ended_well=ended_well)
    return [_strip(outcome, outcomes, ended_well=ended_well) for outcome in outcomes]


def _strip(
    outcome: FormatResult, others: Sequence[FormatResult], *, ended_well: bool
) -> FormatResult:
    absorbing = [other for other in others if outcome.suite in other.absorbs]
    above = [other for other in others if outcome.suite in other.outranks]
    findings = tuple(
        finding
        for finding in outcome.findings
        if not any(_absorbs(other, finding) for other in absorbing)
        and not any(_provoked(other, finding, ended_well=ended_well) for other in above)
    )
    # The run of a part is no run of its own, unless it came later.
    apart = all(not _meet(other, outcome) for other in absorbing)
    return replace(outcome, findings=findings, runs=outcome.runs if apart else ())


def _absorbs(outcome: FormatResult, finding: Finding) -> bool:
    """What failed explains its parts all over the log; what passed only within its own lines."""
    passed = outcome.span.last is not None and outcome.span.holds(finding.at)
    return bool(outcome.findings) or passed


def _provoked(outcome: FormatResult, finding: Finding, *, ended_well: bool) -> bool:
    """True for what tests printed.

    Runners without a first line are known by their last; of a command that ended well all that
    stands above it was meant.
    """
    failed = any(other.test for other in outcome.findings)
    is_above = bool(outcome.runs) and finding.at < (outcome.span.last or 0)
    return (
        outcome.span.holds(finding.at) or (failed and not finding.test) or (ended_well and is_above)
    )


def _meet(one: FormatResult, other: FormatResult) -> bool:
    return one.span.last is None or other.span.first <= one.span.last


def select_findings(outcomes: Sequence[FormatResult], *, ended_well: bool) -> list[SelectedFinding]:
    """The claims of a log.

    Of a command that ended well only a tool's own verdict counts: all else it lived through.
    """
    claims = [
        SelectedFinding(finding.suite or outcome.suite, classify_infra(finding), outcome)
        for outcome in outcomes
        for finding in outcome.findings
    ]
    if not claims:
        return []
    caused = {claim.finding.kind for claim in claims if claim.finding.weight is Weight.CAUSE}
    spans = [_find_lines(claim.finding) for claim in claims if claim.finding.test]
    strongest = max(claim.finding.weight for claim in claims)
    # Symptoms stand beside causes: a step that was killed has both.
    least = Weight.CAUSE if ended_well else min(strongest, Weight.SYMPTOM)
    seen: set[tuple[int, str | None]] = set()
    chosen: list[SelectedFinding] = []
    for claim in claims:
        finding = claim.finding
        mark = (finding.at, finding.test)
        if finding.weight < least or mark in seen or _is_printed(finding, spans):
            continue
        if finding.weight < Weight.CAUSE and not finding.test and finding.kind in caused:
            continue
        seen.add(mark)
        chosen.append(claim)
    return sorted(chosen, key=lambda claim: claim.finding.at)


def _find_lines(finding: Finding) -> tuple[int, int]:
    numbers = [line.number for line in finding.lines]
    return min(numbers), max(numbers)


def _is_printed(finding: Finding, spans: Sequence[tuple[int, int]]) -> bool:
    """True for what a failed test printed: the test is the failure, that only its words."""
    return not finding.test and any(low <= finding.at <= high for low, high in spans)


def could_change_result(outcome: FormatResult, claims: Sequence[SelectedFinding]) -> bool:
    """True when more findings of this outcome's format could have changed the claims.

    It could when some of them are its own; or, a test runner that found nothing, when it explains
    what is claimed instead, or nothing is.
    """
    if any(claim.outcome.suite == outcome.suite for claim in claims):
        return True
    explained = {*outcome.absorbs, *outcome.outranks}
    silent = not outcome.findings and bool(outcome.runs)
    return silent and (not claims or any(c.outcome.suite in explained for c in claims))
