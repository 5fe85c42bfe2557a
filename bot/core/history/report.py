"""What a backtest says of each comment, for people: on what it rests, and how it ended.

In: a comment as it would have been said, the incident as it ended, and where builds are shown.
Out: lines of text.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bot.core.history.backtest import BranchReport, PredictedComment
from bot.core.history.hindsight import Proof
from bot.core.model import (
    BuilderRange,
    BuildRecord,
    BuildRef,
    Incident,
    IncidentState,
    Suspect,
    Verdict,
)
from bot.core.model.counts import name_some

_TESTS = 3
_BUILDERS = 5
_TESTIMONY = 4

_SIGNS = {Proof.RIGHT: "right", Proof.WRONG: "WRONG", None: "not proved"}

# Why nothing was said of an incident, by what it was believed to be in the end.
_SILENT = {
    Verdict.UNKNOWN: "of unknown cause",
    Verdict.SUSPECTED: "suspected too late to be told",
    Verdict.CONFIRMED: "confirmed without a pull to tell",
    Verdict.FLAKY: "flaky",
    Verdict.ENVIRONMENT: "the machine's or the world's",
    Verdict.OLD: "older than what was read",
}


def render_headline(spoken: PredictedComment, ended: Incident | None) -> str:
    """One comment in one line: when, on which pull, what of, and how it ended."""
    incident = spoken.incident
    said = f"{spoken.at:%Y-%m-%d %H:%M}  #{spoken.pull}  {incident.verdict} ({incident.percent}%)"
    return f"{said}: {_name_tests(incident)} – {describe_end(spoken, ended)}"


def describe_end(spoken: PredictedComment, ended: Incident | None) -> str:
    """How the incident of a comment ended, and whether that proves the comment."""
    if spoken.withdrawn_at is not None:
        end = f"withdrawn {spoken.withdrawn_at:%Y-%m-%d %H:%M}"
    elif ended is None or ended.state is IncidentState.OPEN:
        end = "still red"
    elif ended.fix is not None and ended.fix.pull is not None:
        end = f"fixed by #{ended.fix.pull}"
    else:
        end = "fixed" if ended.state is IncidentState.FIXED else ended.state.value
    return f"{end}; {_SIGNS[spoken.proved.proof]}: {spoken.proved.why}"


def render_evidence(
    spoken: PredictedComment, builds: Mapping[BuildRef, BuildRecord]
) -> Iterator[str]:
    """What a comment rests on: its reason, the range of each builder, what builds say of it."""
    incident = spoken.incident
    yield f"because {incident.reason}"
    for one in incident.ranges[:_BUILDERS]:
        yield from _render_range(one, builds)
    if len(incident.ranges) > _BUILDERS:
        yield f"and on {len(incident.ranges) - _BUILDERS} more builders"
    accused = [s for s in incident.suspects if s.pull == spoken.pull]
    for suspect in accused[:1]:
        yield from _render_testimony(suspect)


def count_silent(reports: Sequence[BranchReport]) -> Iterator[str]:
    """How many incidents nothing would have been said of, by what they were."""
    told = {s.incident.id for r in reports for s in r.spoken}
    counts = Counter(i.verdict for r in reports for i in r.incidents if i.id not in told)
    for verdict in Verdict:
        if counts[verdict]:
            yield f"{counts[verdict]} {_SILENT[verdict]}"


def _name_tests(incident: Incident) -> str:
    return name_some([s.site for s in incident.signatures], _TESTS)


def _render_range(one: BuilderRange, builds: Mapping[BuildRef, BuildRecord]) -> Iterator[str]:
    good, bad = _short(one.range.last_good), _short(one.range.first_bad)
    yield f"{one.builder}: green at {good}, red at {bad}"
    for word, ref in (("green", one.last_good_build), ("red", one.first_bad_build)):
        record = builds.get(ref) if ref is not None else None
        if record is not None and record.url:
            yield f"  {word}: {record.url}"


def _render_testimony(suspect: Suspect) -> Iterator[str]:
    for one in suspect.testimony[:_TESTIMONY]:
        yield f"{'for it' if one.weight > 0 else 'against it'}: {one.told}"


def _short(sha: str | None) -> str:
    return sha[:10] if sha else "an unknown commit"
