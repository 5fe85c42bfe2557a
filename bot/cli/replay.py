"""`nightswatch replay BUILDER/NUMBER`: what is said of one build, and why; dry."""

import argparse
import asyncio
import math
from collections.abc import Iterator

from bot.app.settings import Settings
from bot.app.wiring import SystemClock
from bot.cli.environment import load_environ
from bot.cli.replay_build import Replay, replay
from bot.core.model import (
    BuilderRange,
    BuildRecord,
    BuildRef,
    Commit,
    Incident,
    PullComment,
    Suspect,
)
from bot.core.model.build_results import Result
from bot.core.model.counts import count_words
from bot.core.render.not_red import describe_not_red

HELP = "Take one build through the road, dry: the comment, or why there is none."

_EARLIER = 10
_MOST = 20  # commits, failures or lines; who wants more reads the incident's page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which build."""
    parser.add_argument(
        "build", metavar="BUILDER/NUMBER", help="or the address of the build's page"
    )
    parser.add_argument(
        "--before",
        type=int,
        default=_EARLIER,
        metavar="N",
        help=f"earlier builds of the builder to read where they are not known (default {_EARLIER})",
    )


def run(args: argparse.Namespace) -> int:
    """Replay, and print; 0 whatever came of it."""
    settings = Settings.from_environ(load_environ())
    came = asyncio.run(replay(settings, SystemClock(), args.build, args.before))
    print("\n".join(render(came)))
    return 0


def render(came: Replay) -> Iterator[str]:
    """All of it for people, line by line."""
    words = describe_not_red(came.facts.build.result)
    yield from [f"{words[0].upper()}{words[1:]}."] if words else []
    yield from (f"note: {note}" for note in came.notes)
    yield from _render_build(came.facts)
    yield from _render_reading(came.facts)
    if not came.incidents:
        yield f"No incident: {_find_why_none(came)}"
    for incident in came.incidents:
        yield ""
        yield from _render_incident(came, incident)
    for comment in came.comments:
        yield ""
        yield from _render_pull_comment(comment)
    if came.incidents and not came.comments:
        yield ""
        yield "Nothing is said: no pull is accused."


def _find_why_none(came: Replay) -> str:
    facts = came.facts
    if facts.repo_id is None or facts.build.branch is None:
        return facts.note or "the build names no branch"
    if facts.build.result is not Result.FAILURE:
        return "the build is not red"
    if not facts.sightings:
        return "no failure was found in what was read"
    if facts.build.revision not in {commit.sha for commit in came.line.commits}:
        return "the revision is not on the branch's first-parent line"
    if not facts.stable:
        return f"{facts.builder.name} may not open one: it is not stable"
    return "its failures open none by themselves"


def _render_build(facts: BuildRecord) -> Iterator[str]:
    build = facts.build
    result = build.result.name if build.result is not None else "unfinished"
    stable = "stable" if facts.stable else "not stable"
    yield f"{facts.builder.name} #{build.number}: {result} on {build.worker} ({stable})"
    yield f"  {facts.url}"
    yield f"  branch {build.branch}, revision {build.revision}, {build.scheduled_by.value}"
    if facts.note:
        yield f"  note: {facts.note}"


def _render_reading(facts: BuildRecord) -> Iterator[str]:
    reading = facts.reading
    if reading is None:
        yield "Read: no log (only those of failed steps are)."
        return
    size = f"{count_words(reading.bytes, 'byte')}, {count_words(reading.lines, 'line')}"
    yield f"Read: {', '.join(facts.sources)}: {size}"
    yield f"  {reading.kind.value}" + (", partial: it mints no signatures" * reading.partial)
    for failure in reading.failures[:_MOST]:
        again = " (passed when run again)" if failure.passed_on_rerun else ""
        yield f"  {failure.test or failure.location or failure.suite}: {failure.message}{again}"
    for one in reading.runs:
        yield f"  {one.suite}: {'complete' if one.complete else 'not complete'}"
    yield from (f"  note: {note}" for note in reading.notes)


def _render_incident(came: Replay, incident: Incident) -> Iterator[str]:
    accused = f", #{incident.pull} ({incident.percent}%)" if incident.pull is not None else ""
    yield f"Incident {incident.id}: {incident.verdict.value}, {incident.state.value}{accused}"
    yield f"  {incident.reason}"
    for signature in incident.signatures[:_MOST]:
        yield f"  {signature.kind.value} {signature.site}: {signature.message}"
    numbers = {facts.build.ref: facts for facts in came.builds}
    for one in incident.ranges:
        yield f"  {one.builder}: {_render_end(one, numbers)}"
    yield from _render_commits(came, incident)
    record = incident.record
    if record is not None and record.runs:
        runs = count_words(record.runs, "build")
        yield f"  failed for no cause before: {record.flakes} of {runs}"
    yield from (f"  awaited: {words}" for words in incident.awaited)


def _render_end(one: BuilderRange, builds: dict[BuildRef, BuildRecord]) -> str:
    last = f"build {_number(one.last_good_build, builds)}" if one.last_good_build else "unknown"
    good, bad = _short(one.range.last_good), _short(one.range.first_bad)
    first = _number(one.first_bad_build, builds)
    return f"last green {last} at {good}, first red build {first} at {bad}"


def _number(ref: BuildRef, builds: dict[BuildRef, BuildRecord]) -> str:
    facts = builds.get(ref)
    return f"#{facts.build.number}" if facts else f"with id {ref.id}"


def _render_commits(came: Replay, incident: Incident) -> Iterator[str]:
    """Every commit of the widest range: still a suspect, or cleared, and by whom."""
    places = {commit.sha: place for place, commit in enumerate(came.line.commits)}
    lows = [places[r.range.last_good] for r in incident.ranges if r.range.last_good in places]
    highs = [places[r.range.first_bad] for r in incident.ranges if r.range.first_bad in places]
    if not lows or not highs:
        yield "  range: open, no commit was seen good before"
        return
    low, high = max(lows), min(highs)
    suspects = {suspect.sha: suspect for suspect in incident.suspects}
    shown = came.line.commits[min(lows) + 1 : max(highs) + 1]
    for commit in shown[:_MOST]:
        place = places[commit.sha]
        if low < place <= high:
            chance = f" {suspects[commit.sha].percent}%" if commit.sha in suspects else ""
            yield f"  suspect {_describe(commit)}{chance}"
            yield from _render_testimony(suspects.get(commit.sha))
        else:
            yield f"  cleared {_describe(commit)} {_find_witness(incident, places, place)}"
            yield from _render_testimony(suspects.get(commit.sha))
    if len(shown) > _MOST:
        yield f"  and {len(shown) - _MOST} more commits"


def _find_witness(incident: Incident, places: dict[str, int], place: int) -> str:
    """Who cleared the commit at this place: green with it, or red without it."""
    for one in incident.ranges:
        if places.get(one.range.last_good or "", -1) >= place:
            return f"by {one.builder}, green at {_short(one.range.last_good)}"
        if places.get(one.range.first_bad or "", place) < place:
            return f"by {one.builder}, red at {_short(one.range.first_bad)} already"
    return ""


def _render_testimony(suspect: Suspect | None) -> Iterator[str]:
    """What builds say for it (times so much on its odds) and against it."""
    for one in suspect.testimony if suspect else ():
        yield f"    {'for' if one.weight > 0 else 'against'} ×{math.exp(one.weight):.2g} {one.told}"


def _describe(commit: Commit) -> str:
    pull = f"#{commit.pull}" if commit.pull is not None else "no pull"
    return f"{_short(commit.sha)} {pull} {commit.title[:60]!r}"


def _short(sha: str | None) -> str:
    return sha[:10] if sha else "?"


def _render_pull_comment(comment: PullComment) -> Iterator[str]:
    if comment.why_silent or comment.wanted is None:
        yield f"On #{comment.number} nothing is said: {comment.why_silent or 'no reason was kept'}"
        return
    yield f"On #{comment.number} this would stand (dry: nothing is written):"
    yield ""
    yield from (f"  │ {line}" for line in comment.wanted.rstrip().splitlines())
