"""Transactions of one SQLite file that share a commit: each commit waits for the disk.

In: transactions as functions. Out: what each returned, once the commit that it is part of is
durable. All that come while one group is written make the next group; it is written in one visit
to a thread. A function may be called twice, so it has to do nothing but talk to its connection.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

_T = TypeVar("_T")
_Work = Callable[[Connection], Any]
_Waiting = tuple[_Work, asyncio.Future[Any]]

# One group stays far below a second, so that whoever else wants to write gets a turn.
_LARGEST_GROUP = 50


class GroupCommit:
    """Runs transactions in groups, in the order in which they came."""

    def __init__(
        self, engine: Engine, turn: Callable[[], AbstractAsyncContextManager[None]]
    ) -> None:
        """`turn` is held while a group is written."""
        self._engine = engine
        self._turn = turn
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[Connection], _T]) -> _T:
        """What `work` returned, once it is durable; its error is its own, the database's is all's.

        It is written even if the caller is cancelled meanwhile.
        """
        done: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all(), name="writer")
        return await done

    async def _write_all(self) -> None:
        while self._waiting:
            try:
                async with self._turn():
                    await self._write_group(self._pick())
            except Exception as error:  # no turn: those who waited longest come again later
                _settle(self._pick(), [error] * _LARGEST_GROUP)

    def _pick(self) -> list[_Waiting]:
        group = self._waiting[:_LARGEST_GROUP]
        del self._waiting[:_LARGEST_GROUP]
        return group

    async def _write_group(self, group: Sequence[_Waiting]) -> None:
        works = [work for work, _ in group]
        loop = asyncio.get_running_loop()
        try:
            ends = await loop.run_in_executor(self._thread, _run, self._engine, works)
        except Exception as error:
            ends = [error] * len(works)
        _settle(group, ends)

    async def close(self) -> None:
        """After what is under way."""
        await asyncio.to_thread(self._thread.shutdown)


def _settle(group: Sequence[_Waiting], ends: Sequence[Any]) -> None:
    for (_, done), end in zip(group, ends, strict=False):
        if done.done():
            continue
        if isinstance(end, Exception):
            done.set_exception(end)
        else:
            done.set_result(end)


def _run(engine: Engine, works: Sequence[_Work]) -> list[Any]:
    """What each returned or raised; raises what none of them is to blame for."""
    with engine.connect() as connection, connection.begin() as transaction:
        try:
            ends = [work(connection) for work in works]
        except Exception:
            if len(works) == 1:
                raise
            transaction.rollback()  # only whose fault it is shall fail
        else:
            return ends
    return [_run_alone(engine, work) for work in works]


def _run_alone(engine: Engine, work: _Work) -> Any:
    try:
        return _run(engine, [work])[0]
    except Exception as error:
        return error
