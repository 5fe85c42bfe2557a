"""Folding beside the event loop, and what is explained anew in a rush of builds."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from bot.core.model import Builder, Incident, Suspect, Verdict
from bot.reconcile.branch_cache import needs_new_explanation
from bot.reconcile.options import Options
from bot.store import Store
from tests.support.folding import REPOSITORY, is_stable, make_branch_folder, prepare_red_pull
from tests.support.make_observations import LATE
from tests.support.make_stored import make_incident
from tests.support.refs import refs


class SlowThought:
    """A fold that asks about its first builder gets no answer until it may go on."""

    def __init__(self) -> None:
        self.began, self.may_end = threading.Event(), threading.Event()

    def is_stable(self, builder: Builder) -> bool:
        if not self.began.is_set():
            self.began.set()
            assert self.may_end.wait(60), "nobody else ran meanwhile"
        return is_stable(builder)

    async def wait(self) -> None:
        async with asyncio.timeout(60):
            while not self.began.is_set():
                await asyncio.sleep(0.01)


@contextmanager
def watching_threads() -> Iterator[None]:
    """In the end all threads that were begun within are through."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor() as threads:
        loop.set_default_executor(threads)
        yield
    loop.set_default_executor(ThreadPoolExecutor())


async def test_others_are_served_while_a_fold_thinks(store: Store) -> None:
    """A build came late, 20,000 were folded again, and health was silent for 18 seconds."""
    await prepare_red_pull(store)
    thought = SlowThought()
    folding, options = make_branch_folder(store), Options(is_stable=thought.is_stable)
    fold = asyncio.create_task(folding.fold(REPOSITORY, "main", LATE, options))
    await thought.wait()
    thought.may_end.set()
    (incident,) = (await fold).after
    assert incident.pull == 2


async def test_what_a_fold_that_was_given_up_works_on_is_nobody_elses(store: Store) -> None:
    """A lease was lost while it thought; its thread went on, and the key came back."""
    await prepare_red_pull(store)
    thought = SlowThought()
    folding, options = make_branch_folder(store), Options(is_stable=thought.is_stable)
    with watching_threads():
        given_up = asyncio.create_task(folding.fold(REPOSITORY, "main", LATE, options))
        await thought.wait()
        given_up.cancel()
        with suppress(asyncio.CancelledError):
            await given_up
        folded = await folding.fold(REPOSITORY, "main", LATE, options)
        state = folded.cache.state
        thought.may_end.set()
    assert folded.cache.state is state, "the thread that went on knows nothing of it"
    assert [i.pull for i in folded.after] == [2]


def make(p: float = 0.9, **changes: Any) -> Incident:
    suspects = (Suspect("a" * 40, 12, p), Suspect("b" * 40, 13, 0.97 - p))
    known: dict[str, Any] = {"pull": 12, "verdict": Verdict.SUSPECTED, "suspects": suspects}
    return make_incident("i1", **(known | changes))


def test_what_was_never_explained_is_news() -> None:
    assert needs_new_explanation(None, make())


def test_a_green_build_that_hardly_moves_anything_is_none() -> None:
    """Explaining each of them took half of the processor's time."""
    assert not needs_new_explanation(make(), make(p=0.905))


@pytest.mark.parametrize(
    "changes",
    [
        {"p": 0.85},
        {"pull": 13},
        {"verdict": Verdict.CONFIRMED},
        {"red_builds": refs(1, 2)},
        {"suspects": ()},
        {"suspects": (Suspect("a" * 40, 12, 0.9),)},
    ],
)
def test_what_people_would_read_otherwise_is_news(changes: dict[str, Any]) -> None:
    """A comment whose reasons are those of an older verdict would be wrong in public."""
    assert needs_new_explanation(make(), make(**changes))
