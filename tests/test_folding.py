"""Folding beside the event loop, and what is explained anew in a rush of builds."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from bot.core.blame import BranchState, advance
from bot.core.model import Incident, Suspect, Verdict
from bot.folding import is_news
from bot.store import Store
from tests.core.blame.make import LATE
from tests.folding import REPOSITORY, make_folding, prepare_red_pull
from tests.store.make import make_incident


class Thought:
    """An advance that takes as long as a test wants."""

    def __init__(self) -> None:
        self.began, self.may_end = threading.Event(), threading.Event()

    def advance(self, *args: Any) -> BranchState:
        self.began.set()
        assert self.may_end.wait(20), "nobody else ran meanwhile"
        return advance(*args)


@asynccontextmanager
async def thinking(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Thought]:
    """Folds begun within think until told to end."""
    thought = Thought()
    with monkeypatch.context() as patch:
        patch.setattr("bot.folding.advance", thought.advance)
        yield thought
        thought.may_end.set()


async def test_others_are_served_while_a_fold_thinks(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build came late, 20,000 were folded again, and health was silent for 18 seconds."""
    await prepare_red_pull(store)
    async with thinking(monkeypatch) as thought:
        fold = asyncio.create_task(make_folding(store).fold(REPOSITORY, "main", LATE))
        while not thought.began.is_set():
            await asyncio.sleep(0.01)
        thought.may_end.set()
        (incident,) = (await fold).after
    assert incident.pull == 2


async def test_a_fold_that_was_given_up_leaves_nothing_half_done(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lease was lost while it thought; the thread went on, and the key came back."""
    await prepare_red_pull(store)
    folding = make_folding(store)
    async with thinking(monkeypatch) as thought:
        fold = asyncio.create_task(folding.fold(REPOSITORY, "main", LATE))
        while not thought.began.is_set():
            await asyncio.sleep(0.01)
        fold.cancel()
        with suppress(asyncio.CancelledError):
            await fold
    assert await folding.fold(REPOSITORY, "main", LATE) == await make_folding(store).fold(
        REPOSITORY, "main", LATE
    )


def make(p: float = 0.9, **changes: Any) -> Incident:
    suspects = (Suspect("a" * 40, 12, p), Suspect("b" * 40, 13, 0.97 - p))
    known: dict[str, Any] = {"pull": 12, "verdict": Verdict.SUSPECTED, "suspects": suspects}
    return make_incident("i1", **(known | changes))


def test_what_was_never_explained_is_news() -> None:
    assert is_news(None, make())


def test_a_green_build_that_hardly_moves_anything_is_none() -> None:
    """Explaining each of them took half of the processor's time."""
    assert not is_news(make(), make(p=0.905))


@pytest.mark.parametrize(
    "changes",
    [
        {"p": 0.85},
        {"pull": 13},
        {"verdict": Verdict.CONFIRMED},
        {"red_builds": (1, 2)},
        {"suspects": ()},
        {"suspects": (Suspect("a" * 40, 12, 0.9),)},
    ],
)
def test_what_people_would_read_otherwise_is_news(changes: dict[str, Any]) -> None:
    """A comment whose reasons are those of an older verdict would be wrong in public."""
    assert is_news(make(), make(**changes))
