"""A fleet that may be asked, as a history file's backtest knows it: JSON lines there and back.

Questions out, answers in. Nothing is asked at a commit that has not landed, and nothing is
collected before it has ended; whoever answers otherwise is not believed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from bot.core.errors import Malformed, UserError
from bot.core.history.read import make_build
from bot.core.model import Observation, ScheduledBy

_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
_SHOWN = 200  # characters of an answer that nobody understands


class Answerer(Protocol):
    """Whoever answers builds on request; it may be another process."""

    def answer(self, question: dict[str, object]) -> object:
        """The JSON of the answer to one question; raises `UserError` where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Appointment:
    """When a build that was asked for begins and ends."""

    starts: datetime
    ends: datetime


class RequestedBuilds:
    """The fleet behind `--requests`."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._builds = 0

    def ask(self, name: str, at: datetime, builder: str, revision: str) -> Appointment | str:
        """When it will be built, or why not."""
        answer = self._put({"ask": name, "at": _unix(at), "builder": builder, "revision": revision})
        if refused := _find_refusal(answer):
            return refused
        starts, ends = _time(answer, "starts"), _time(answer, "ends")
        if not at <= starts <= ends:
            raise _misunderstood(answer, "it begins before it was asked for, or ends before that")
        return Appointment(starts, ends)

    def cancel(self, name: str, at: datetime) -> bool:
        """Whether it will not be built."""
        cancelled = (answer := self._put({"cancel": name, "at": _unix(at)})).get("cancelled")
        if not isinstance(cancelled, bool):
            raise _misunderstood(answer, "cancelled is neither true nor false")
        return cancelled

    def collect(
        self, name: str, at: datetime, like: Observation, revision: str
    ) -> Observation | str:
        """What a build said that has ended by now, or why there is none.

        `like` is an earlier build of the same builder: it tells its branch and tags.
        """
        answer = self._put({"collect": name, "at": _unix(at)})
        if refused := _find_refusal(answer):
            return refused
        self._builds += 1
        try:
            build = make_build(
                _FIRST_ID + self._builds,
                answer,
                like.builder,
                like.branch,
                tags=like.tags,
                known={},
            )
        except Malformed as error:
            raise _misunderstood(answer, str(error)) from error
        told = (answer.get("builder"), build.revision, build.scheduled_by)
        if told != (like.builder, revision, ScheduledBy.REQUEST) or build.complete_at > at:
            raise _misunderstood(answer, "it is another build, or has not ended by now")
        return build

    def _put(self, question: dict[str, object]) -> dict[str, object]:
        answer = self._answerer.answer(question)
        if not isinstance(answer, dict):
            raise _misunderstood(answer, "it is not an object")
        return answer


# Ids of builds on request, behind those of any history: they are no lines of it.
_FIRST_ID = 10**9


def _find_refusal(answer: dict[str, object]) -> str:
    refused = answer.get("refused")
    return refused[:_SHOWN] if isinstance(refused, str) else ""


def _unix(at: datetime) -> int:
    return int(at.timestamp())


def _time(answer: dict[str, object], name: str) -> datetime:
    value = answer.get(name)
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not 0 <= float(str(value)) <= _LATEST:
        raise _misunderstood(answer, f"{name} is missing or not a time in unix seconds")
    return datetime.fromtimestamp(float(str(value)), UTC)


def _misunderstood(answer: object, why: str) -> UserError:
    return UserError(f"--requests: an answer is not understood, {why}: {str(answer)[:_SHOWN]}")
