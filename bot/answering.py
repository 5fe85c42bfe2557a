"""Act on what people tell us in comments: each command once for ever, and answer in one reply.

In: a remark as it was stored, with everything that a command may ask about. Out: deeds in the
store, reactions and at most one reply on GitHub.

A remark is believed for its text and author alone. Who that author is here, is asked of GitHub
when we act; what a command does is decided by `core.deeds` and stored in one transaction with the
record of it, so that a crash or a second delivery finds it done. In a dry run nothing is written to
GitHub, and the reply is kept to be looked at.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.catching_up import FIRST_START
from bot.core.answers import make_reply_marker, render_reply, render_too_many
from bot.core.commands import MOST_COMMANDS, Call, parse_commands
from bot.core.deeds import Deed, decide_deed
from bot.core.errors import Refused
from bot.core.model import Key, Repository, branch_key, pull_key
from bot.core.people import Action, Hearing, Progress, Remark, Result, Role, parse_command_name
from bot.ports import Clock, Facts, GitHub, Hearings, Hush, Inbox, Incidents, Lease
from bot.posting import Settling, fetch_own_comment
from bot.scenes import MakeReport, Manners, Scenes

log = logging.getLogger(__name__)

# Who has waited longer than this has given up, or asked again.
_TOO_LATE = timedelta(hours=1)

_TAKEN, _DONE, _REFUSED = "eyes", "rocket", "confused"
_UNANSWERED = frozenset({Result.IGNORED, Result.REFUSED})

_WHOLE = -1  # the position of what is recorded of a remark as a whole: then none of it is done


class Answering:
    """Reconciles `command/…` keys."""

    def __init__(
        self,
        *,
        github: GitHub,
        inbox: Inbox,
        facts: Facts,
        incidents: Incidents,
        hearings: Hearings,
        clock: Clock,
        manners: Manners,
        make_report: MakeReport,
    ) -> None:
        self._github = github
        self._inbox = inbox
        self._facts = facts
        self._incidents = incidents
        self._hearings = hearings
        self._clock = clock
        self._manners = manners
        self._settling = Settling()
        self._scenes = Scenes(
            facts=facts,
            incidents=incidents,
            hearings=hearings,
            manners=manners,
            make_report=make_report,
        )

    async def reconcile_command(self, lease: Lease) -> datetime | None:
        """Do what a remark asks for, as far as it is not done; returns when to look again."""
        repo_id, comment_id = parse_command_name(lease.key.name)
        hearing = await self._hearings.load_hearing(repo_id, comment_id)
        if hearing is None:
            return None
        if hearing.progress is Progress.DONE:
            return await self._follow_pause(hearing.remark)
        repository = await self._facts.load_repository(repo_id) or Repository(
            repo_id, hearing.remark.repository
        )
        if hearing.progress is Progress.TAKEN:
            started = await self._facts.load_time(FIRST_START)
            if started is None:
                return self._clock.now() + timedelta(seconds=5)  # its sweep is not done yet
            hearing = await self._act(repository, hearing, started)
        return await self._answer(repository, hearing, lease)

    # ------------------------------------------------------------ acting

    async def _act(self, repository: Repository, hearing: Hearing, started: datetime) -> Hearing:
        """Do all commands that are not done; the hearing with what is to be answered."""
        remark = hearing.remark
        found = parse_commands(remark.body, self._manners.prefix)
        if not found.calls and not found.too_many:
            return hearing
        begun = await self._hearings.load_actions(remark.repo_id, remark.comment_id)
        refusal = None if begun else await self._find_refusal(repository, remark, started)
        if refusal is None and found.too_many:
            refusal = Deed(Result.NOT_UNDERSTOOD, render_too_many(MOST_COMMANDS))
        if refusal is not None:
            await self._record(remark, _WHOLE, Call(None), Role.NONE, refusal)
        elif all(action.position != _WHOLE for action in begun):
            await self._react(repository, remark, _TAKEN)
            await self._run(repository, remark, found.calls, {a.position for a in begun})
        actions = await self._hearings.load_actions(remark.repo_id, remark.comment_id)
        answers = [a.answer for a in actions if a.answer and a.result not in _UNANSWERED]
        return replace(hearing, reply=render_reply(remark.comment_id, answers) if answers else None)

    async def _find_refusal(
        self, repository: Repository, remark: Remark, started: datetime
    ) -> Deed | None:
        """Why nothing of a remark is done; all times are GitHub's own."""
        comment = await self._github.fetch_comment(repository, remark.comment_id)
        now = self._github.time
        if comment is None or comment.body != remark.body:
            return Deed(Result.IGNORED, "It was deleted or edited before it was read.")
        if remark.author.lower() == (await self._github.fetch_me()).lower():
            return Deed(Result.IGNORED, "It is our own.")
        if remark.created_at < started:
            return Deed(Result.IGNORED, "It was said before the first start.")
        if now is None or now - remark.created_at > _TOO_LATE:
            return Deed(Result.REFUSED, "It is older than an hour.")
        since = remark.created_at - timedelta(hours=1)
        said = await self._hearings.count_remarks(remark.author, since, remark.created_at)
        if said > self._manners.per_hour:
            return Deed(Result.REFUSED, f"More than {self._manners.per_hour} comments in an hour.")
        return None

    async def _run(
        self, repository: Repository, remark: Remark, calls: Sequence[Call], done: set[int]
    ) -> None:
        pull = await self._github.fetch_pull(repository, remark.number)
        role = await self._github.fetch_role(repository, remark.author)
        for position, call in enumerate(calls):
            if position not in done:
                scene = await self._scenes.load_scene(repository, remark, pull, role, call)
                deed = decide_deed(call, position, scene)
                await self._record(remark, position, call, role, deed)

    async def _record(
        self, remark: Remark, position: int, call: Call, role: Role, deed: Deed
    ) -> None:
        """Store a deed with all that it does; whoever did it first has done it."""
        now = self._clock.now()
        action = Action(
            repo_id=remark.repo_id,
            comment_id=remark.comment_id,
            position=position,
            number=remark.number,
            by=remark.author,
            role=role,
            command=call.name or "",
            argument=call.argument,
            said_at=remark.created_at,
            acted_at=now,
            result=deed.result,
            answer=deed.answer,
        )
        await self._hearings.save_deed(
            action,
            rulings_made=deed.rulings,
            undone=deed.undone,
            labels_made=deed.labels,
            hush=_make_hush(remark, deed, now),
            keys=await self._find_keys(remark, deed),
        )

    async def _find_keys(self, remark: Remark, deed: Deed) -> list[Key]:
        """Who has to look again after a deed."""
        branches = {ruling.target.branch for ruling in (*deed.rulings, *deed.undone)}
        keys = [branch_key(remark.repo_id, branch) for branch in sorted(branches)]
        if deed.hush is None:
            return keys
        if deed.hush.pull is not None:
            return [*keys, pull_key(remark.repo_id, deed.hush.pull)]
        return [*keys, *await self._find_pulls(remark.repo_id)]

    async def _find_pulls(self, repo_id: int) -> list[Key]:
        """The pulls that stand accused."""
        incidents = await self._incidents.load_incidents(repo_id)
        return [pull_key(repo_id, n) for n in sorted({i.pull for i in incidents if i.pull})]

    # ------------------------------------------------------------ answering

    async def _answer(
        self, repository: Repository, hearing: Hearing, lease: Lease
    ) -> datetime | None:
        """The reply, once, and the reactions; then the remark is done with."""
        remark = hearing.remark
        actions = await self._hearings.load_actions(remark.repo_id, remark.comment_id)
        try:
            again_at = await self._reply(repository, hearing, lease)
            if again_at is not None:
                return again_at
            for reaction in _find_reactions(actions):
                await self._react(repository, remark, reaction)
        except Refused as refused:  # locked, deleted, no longer ours: nobody is there to tell
            log.warning("answer refused", extra={"key": str(lease.key), "reason": refused.reason})
        answered = await self._hearings.load_hearing(remark.repo_id, remark.comment_id) or hearing
        await self._hearings.save_hearing(
            replace(answered, reply=hearing.reply, progress=Progress.DONE, intent_at=None)
        )
        return _find_end_of_pause(actions)

    async def _reply(
        self, repository: Repository, hearing: Hearing, lease: Lease
    ) -> datetime | None:
        """Post it under an intent; where one is open, look for it first."""
        if hearing.reply is None or hearing.reply_id or not self._manners.post_comments:
            return None
        remark, now = hearing.remark, self._clock.now()
        if hearing.intent_at is not None:
            marker = make_reply_marker(remark.comment_id)
            own = await fetch_own_comment(self._github, repository, remark.number, marker)
            if own is not None:
                await self._hearings.save_hearing(replace(hearing, reply_id=own.comment_id))
                return None
            settling = self._settling.find_end(remark.comment_id, hearing.intent_at, now)
            if settling is not None:
                return settling
        self._settling.begin(remark.comment_id, now)
        intent = replace(hearing, progress=Progress.REPLYING, intent_at=now)
        if not await self._hearings.save_reply_intent(intent, lease):
            return now
        comment = await self._github.post_comment(repository, remark.number, hearing.reply)
        await self._hearings.save_hearing(replace(intent, reply_id=comment.comment_id))
        return None

    async def _react(self, repository: Repository, remark: Remark, reaction: str) -> None:
        """A courtesy: where it is refused, the command goes on."""
        if self._manners.post_comments:
            try:
                await self._github.react(repository, remark.comment_id, reaction)
            except Refused as refused:
                log.warning(
                    "reaction refused", extra={"key": str(remark.key), "reason": refused.reason}
                )

    # ------------------------------------------------------------ the end of a pause

    async def _follow_pause(self, remark: Remark) -> datetime | None:
        """Wait for its end, however often we are told of it; then wake those who were silent."""
        actions = await self._hearings.load_actions(remark.repo_id, remark.comment_id)
        end = _find_end_of_pause(actions)
        if end is None or self._clock.now() < end:
            return end
        await self._inbox.put(await self._find_pulls(remark.repo_id))
        return None


def _find_end_of_pause(actions: Sequence[Action]) -> datetime | None:
    """A moment after the last pause that a comment asked for; None: it asked for none."""
    paused = [a for a in actions if a.command == "pause" and a.result is Result.DONE]
    if not paused:
        return None
    return paused[-1].acted_at + timedelta(hours=int(paused[-1].argument), seconds=1)


def _make_hush(remark: Remark, deed: Deed, now: datetime) -> Hush | None:
    """In our own clock, which is the one that ends it."""
    hush = deed.hush
    if hush is None:
        return None
    return Hush(
        repo_id=remark.repo_id,
        number=hush.pull,
        person=remark.author,
        until=now + timedelta(hours=hush.hours) if hush.hours else None,
        over=hush.hours == 0,
    )


def _find_reactions(actions: Sequence[Action]) -> list[str]:
    """What was done, and that something was not."""
    results = {action.result for action in actions}
    bad = results & {Result.NOT_ALLOWED, Result.NOT_UNDERSTOOD, Result.REFUSED}
    return [_DONE] * (Result.DONE in results) + [_REFUSED] * bool(bad)
