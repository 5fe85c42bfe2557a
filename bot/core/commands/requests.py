"""Commands that have builds asked for, or taken back.

In: a `GivenCommand` with its `RequestScene`. Out: a `CommandDecision` with requests. An argument
only chooses among builders and incidents that are known already, by a pattern that takes linear
time; answers repeat none of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.core.commands.arguments import find_builders
from bot.core.commands.decision import (
    CommandDecision,
    GivenCommand,
    RequestScene,
    refuse,
)
from bot.core.commands.replies import describe_incidents
from bot.core.model import (
    BuildRecord,
    BuildRequest,
    Incident,
    ListedBuilder,
    RequestPurpose,
    RequestState,
    Verdict,
    branch_key,
)
from bot.core.model.commands import CommandResult, Role
from bot.core.model.counts import count_words
from bot.core.model.request_records import TAKEN_BACK, RequestChanges, RequestRecord, SpendingOrder
from bot.core.patterns import make_search
from bot.core.render.markdown import make_text

_YES = "--yes"
# More names than that are no list that anybody reads.
_LISTED = 40
# Of one command: a fleet's whole is some hundred.
_MOST_BUILDERS = 200


def _say(words: str, result: CommandResult = CommandResult.NOT_UNDERSTOOD) -> CommandDecision:
    return CommandDecision(result, words)


# ---------------------------------------------------------------- rerun


def decide_rerun(given: GivenCommand) -> CommandDecision:
    """The failing build of each incident here, at its revision, once more."""
    context, scene = given.context, given.context.requests
    if scene is None or scene.problem:
        return _say(_find_problem(scene))
    chosen = list(_find_failing(context.open, scene, given.argument))
    if not chosen:
        return _say("No build that could be repeated is known here.")
    records = [
        _make_request(
            given,
            RequestPurpose.RERUN,
            _find_listed(scene, red.builder.name),
            red.build.revision or "",
            branch=incident.branch,
            incident=incident.id,
        )
        for incident, red in chosen
    ]
    return _ask(given, records)


def _find_failing(
    incidents: Sequence[Incident], scene: RequestScene, builder: str
) -> Iterator[tuple[Incident, BuildRecord]]:
    """Of each incident one red build that can be repeated: on the builder that is named its last
    one, else its first; no commit is built twice on a builder.
    """
    startable = {b.name for b in scene.builders}
    taken: set[tuple[str, str | None]] = set()
    chosen = find_builders(incidents, builder) if builder else incidents
    for incident in chosen:
        reds = [
            red
            for red in scene.reds
            if red.build.ref in incident.red_builds
            and red.build.revision
            and red.builder.name in startable
            and (not builder or red.builder.name.lower() == builder.strip("`' \"").lower())
        ]
        reds = reds[::-1] if builder else reds
        fresh = [r for r in reds[:1] if (r.builder.name, r.build.revision) not in taken]
        for red in fresh:
            taken.add((red.builder.name, red.build.revision))
            yield incident, red


# ---------------------------------------------------------------- bisect


def decide_bisect(given: GivenCommand) -> CommandDecision:
    """So many builds may be spent on an incident now."""
    context, scene = given.context, given.context.requests
    if scene is None or scene.problem:
        return _say(_find_problem(scene))
    name = given.argument.strip("`' ").lower()
    chosen = [i for i in context.open if i.id.startswith(name)]
    if not context.open:
        return _say("No open incident concerns this pull.")
    if len(chosen) != 1:
        return _say(describe_incidents(context.open, "add the id of the one that you mean"))
    (incident,) = chosen
    if incident.verdict is Verdict.CONFIRMED:
        return _say("It is confirmed: no build would tell more.", CommandResult.DONE)
    comment, builds = context.comment, scene.options.bisect_builds
    order = SpendingOrder(
        repo_id=comment.repo_id,
        incident=incident.id,
        comment_id=comment.comment_id,
        position=given.position,
        number=comment.number,
        by=comment.author,
        at=scene.now,
        builds=builds,
    )
    answer = (
        f"Up to {builds} builds are spent on this now, one after the other as each tells what to"
        " ask next."
    )
    return CommandDecision(
        CommandResult.DONE,
        answer + _find_dry(scene),
        requests=RequestChanges(orders=(order,)),
        wakes=(branch_key(comment.repo_id, incident.branch),),
    )


# ---------------------------------------------------------------- test


def decide_test(given: GivenCommand) -> CommandDecision:
    """The head of an open pull, as it is now, on the builders whose names match."""
    context, scene = given.context, given.context.requests
    if scene is None or scene.problem:
        return _say(_find_problem(scene))
    head, pushed = context.pull.head_sha, context.fork_pushed_at
    if head is None or (pushed is not None and pushed > context.comment.created_at):
        words = "Somebody pushed to that fork after you wrote: look at it, and ask again."
        return _say(words, CommandResult.NOT_ALLOWED)
    pattern, agreed = _split(given.argument)
    matching = find_matching(pattern, _find_testers(scene, context.pull.base))
    if isinstance(matching, str):
        return _say(matching)
    many = _find_too_many(matching, _MOST_BUILDERS if agreed else scene.options.test_builders)
    if many is not None:
        return many
    ref = f"refs/pull/{context.pull.number}/head"
    records = [_make_request(given, RequestPurpose.TEST, b, head, branch=ref) for b in matching]
    return _ask(given, [replace(record, base=context.pull.base) for record in records])


def _find_too_many(matching: Sequence[ListedBuilder], most: int) -> CommandDecision | None:
    """Ask first, and list them; None: go on."""
    if len(matching) <= most:
        return None
    if len(matching) > _MOST_BUILDERS:
        return _say(f"That is {len(matching)} builders: {_MOST_BUILDERS} at once are the most.")
    many = count_words(len(matching), "builder")
    words = f"That is {many}: {_join(matching)}. To build on all of them, write"
    return _say(f"{words} the same again with `{_YES}` at its end.", CommandResult.DONE)


def _split(argument: str) -> tuple[str, bool]:
    agreed = argument.endswith(_YES)
    return argument.removesuffix(_YES).strip().strip("`"), agreed


def _find_testers(scene: RequestScene, base: str) -> list[ListedBuilder]:
    """Builders of the pull's branch, and those that built no other: a builder of an older branch
    has other compilers and tests.
    """
    return [b for b in scene.builders if base in (scene.built.get(b.name) or {base})]


def find_matching(pattern: str, builders: Iterable[ListedBuilder]) -> list[ListedBuilder] | str:
    """The builders in whose names the pattern is found; a sentence where there is none."""
    search = make_search(pattern)
    if search is None:
        return "That is no regular expression that RE2 knows (no look-around, no back-references)."
    known = sorted(builders, key=lambda b: b.name)
    found = [b for b in known if search(b.name)]
    if not pattern or not found:
        return f"No builder's name matches. There are: {_join(known)}."
    return found


# ---------------------------------------------------------------- cancel


def decide_cancel(given: GivenCommand) -> CommandDecision:
    """What was asked for here is taken back: by those who may write all of it, else one's own."""
    context, scene = given.context, given.context.requests
    names = {i.id for i in context.incidents}
    number = context.pull.number
    outstanding = scene.outstanding if scene else ()
    here = [r for r in outstanding if r.number == number or r.request.incident in names]
    me = context.comment.author.lower()
    writes = context.role.is_at_least(Role.WRITE)
    mine = [r for r in here if writes or (r.request.asked_by or "").lower() == me]
    if not mine and here:
        return refuse(given.command)
    if not mine and not writes:
        return _say("Nothing was asked for here.")
    changes = RequestChanges(
        cancelled=tuple(r.request.id for r in mine),
        why=TAKEN_BACK,
        orders_of=None if writes else context.comment.author,
    )
    builds = "No build was under way" if not mine else f"Taken back: {_join_records(mine)}"
    return CommandDecision(CommandResult.DONE, f"{builds}.", requests=changes)


# ---------------------------------------------------------------- asking


def _find_problem(scene: RequestScene | None) -> str:
    return (scene.problem if scene else None) or "Builds on request are switched off here."


def _find_listed(scene: RequestScene, name: str) -> ListedBuilder:
    return next(b for b in scene.builders if b.name == name)


def _make_request(
    given: GivenCommand,
    purpose: RequestPurpose,
    builder: ListedBuilder,
    revision: str,
    *,
    branch: str,
    incident: str | None = None,
) -> RequestRecord:
    comment, scene = given.context.comment, given.context.requests
    assert scene is not None  # noqa: S101 - whoever makes requests has looked
    request = BuildRequest(
        id=f"c{comment.comment_id}.{given.position}.{builder.builderid}",
        source=scene.source,
        builder=builder.name,
        revision=revision,
        purpose=purpose,
        state=RequestState.PLANNED,
        asked_at=scene.now,
        incident=incident,
        reason=f"{given.command.name} on pull request {comment.number}",
        asked_by=comment.author,
    )
    return RequestRecord(
        request=request,
        repo_id=comment.repo_id,
        builderid=builder.builderid,
        branch=branch,
        deadline=scene.now + scene.options.lasts,
        number=comment.number,
        comment_id=comment.comment_id,
        position=given.position,
        dry_run=scene.dry_run,
    )


def _ask(given: GivenCommand, records: Sequence[RequestRecord]) -> CommandDecision:
    """What is on its way already is not asked for again: two people at once get one build."""
    scene = given.context.requests
    outstanding = scene.outstanding if scene else ()
    asked = {(r.request.builder, r.request.revision, r.branch): r for r in outstanding}
    fresh: list[RequestRecord] = []
    known: list[RequestRecord] = []
    for record in records:
        place = (record.request.builder, record.request.revision, record.branch)
        (known if place in asked else fresh).append(record)
    told = [f"Asked for: {_join_records(fresh)}."] if fresh else []
    told += [f"On its way already: {_join_records(known)}."] if known else []
    answer = " ".join(told) + (_find_dry(scene) if scene else "")
    return CommandDecision(
        CommandResult.DONE, answer, requests=RequestChanges(new=tuple(fresh)) if fresh else None
    )


def _find_dry(scene: RequestScene) -> str:
    return " In a dry run nothing is asked for." if scene.dry_run else ""


def _join_records(records: Sequence[RequestRecord]) -> str:
    shown = [
        f"{make_text(r.request.builder, 60)} at `{r.request.revision[:7]}`"
        for r in records[:_LISTED]
    ]
    more = [f"{len(records) - _LISTED} more"] if len(records) > _LISTED else []
    return ", ".join([*shown, *more])


def _join(builders: Sequence[ListedBuilder]) -> str:
    shown = [make_text(b.name, 60) for b in builders[:_LISTED]]
    more = [f"{len(builders) - _LISTED} more"] if len(builders) > _LISTED else []
    return ", ".join([*shown, *more]) or "none"
