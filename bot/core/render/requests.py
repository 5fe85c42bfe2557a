"""Builds that were asked for, as people read of them: records in, lines of Markdown out.

It repeats nothing that people wrote; names of builders, tests and words of Buildbot are made text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.model import BuildRecord, Occurrence, RequestPurpose, RequestState
from bot.core.model.build_results import is_evidence, is_green
from bot.core.model.request_records import RequestRecord
from bot.core.render.headline import LinkContext, describe
from bot.core.render.markdown import make_link, make_text

_SHOWN = 60
_TESTS = 8


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """What the build of a request says, once it was read."""

    build: BuildRecord
    own: tuple[Occurrence, ...] = ()  # of a pull's build: what its branch does not have
    shared: int = 0  # failures that its branch has, too
    compared: int = 0  # builds of the branch that it was compared with


def render_progress(
    records: Sequence[RequestRecord], outcomes: Mapping[str, RequestOutcome], place: LinkContext
) -> str:
    """A line for each request of a command, and how far they are; `outcomes` by id."""
    ended = sum(not record.request.is_outstanding for record in records)
    head = f"{ended} of {len(records)} ended:" if ended < len(records) else "All have ended:"
    lines = [_render(record, outcomes.get(record.request.id), place) for record in records[:_SHOWN]]
    if len(records) > _SHOWN:
        lines.append(f"- and {len(records) - _SHOWN} more")
    return "\n".join([head, "", *lines])


def _render(record: RequestRecord, outcome: RequestOutcome | None, place: LinkContext) -> str:
    request = record.request
    builder = make_text(request.builder, 60)
    commit = place.link_commit(request.revision)
    return f"- {builder} at {commit}: {_describe(record, outcome)}"


_SIGNS = {
    RequestState.PLANNED: "⏳ to be asked for",
    RequestState.QUEUED: "⏳ waits for its builder",
    RequestState.RUNNING: "▶️ runs",
    RequestState.CANCELLED: "⚪ taken back",
    RequestState.REFUSED: "⚪ not built",
    RequestState.LOST: "⚪ it never came",
    RequestState.FINISHED: "⏳ it ended, and is being read",
}


def _describe(record: RequestRecord, outcome: RequestOutcome | None) -> str:
    if record.request.state is RequestState.FINISHED and outcome is not None:
        return _describe_outcome(record, outcome)
    words = f" ({make_text(record.words, 200).rstrip('.')})" if record.words else ""
    return _SIGNS[record.request.state] + words


def _describe_outcome(record: RequestRecord, outcome: RequestOutcome) -> str:
    build = outcome.build
    page = make_link(f"build {build.build.number}", build.url)
    result = record.request.result
    if result is None or not is_evidence(result):
        return f"⚪ {page} told nothing ({make_text(build.build.state_string, 120)})"
    if build.build.revision != record.request.revision:
        return f"⚪ {page} could not get this commit"
    if record.request.purpose is not RequestPurpose.TEST:
        return f"🟢 {page} passed" if is_green(result) else f"🔴 {page} failed again"
    return _describe_test(outcome, page, green=is_green(result))


def _describe_test(outcome: RequestOutcome, page: str, *, green: bool) -> str:
    shared = _tell_shared(outcome)
    if outcome.own:
        named = [_name(o) for o in outcome.own[:_TESTS]]
        more = [f"{len(outcome.own) - _TESTS} more"] if len(outcome.own) > _TESTS else []
        return f"🔴 {page} failed: {', '.join([*named, *more])}{shared}"
    if green:
        return f"🟢 {page} passed"
    if outcome.shared:
        return f"🟡 {page} failed as its branch does{shared}"
    return f"🔴 {page} failed, and no test is named ({make_text(outcome.build.build.state_string)})"


def _tell_shared(outcome: RequestOutcome) -> str:
    if not outcome.compared:
        return " (no build of its branch on this builder is known to compare with)"
    return f" (besides {outcome.shared} that its branch has, too)" if outcome.shared else ""


def _name(occurrence: Occurrence) -> str:
    signature = occurrence.signature
    return describe(signature.kind, signature.site, signature.suite)


def render_asked(records: Sequence[RequestRecord], place: LinkContext) -> str:
    """What was asked for about an incident, and why, for the comment; empty: nothing was."""
    lines = []
    for record in records[-_ASKED:]:
        request, commit = record.request, place.link_commit(record.request.revision)
        why = f": {make_text(request.reason, 200)}" if request.reason else ""
        lines.append(
            f"- asked {make_text(request.builder, 60)} to build {commit}{why} – {_tell(record)}"
        )
    return "\n".join(lines)


_ASKED = 8


def _tell(record: RequestRecord) -> str:
    request = record.request
    if request.state is not RequestState.FINISHED:
        return _SIGNS[request.state].partition(" ")[2]
    if request.result is None or not is_evidence(request.result):
        return "it told nothing"
    return "it passed" if is_green(request.result) else "it failed"
