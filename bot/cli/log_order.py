"""A log with the order of its tests: what ran before the one that failed, and how to run that."""

from __future__ import annotations

import shlex
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from bot.app.compiled_needles import prepare_needles
from bot.cli.environment import find_cache_folder
from bot.cli.log_file import open_log
from bot.core.errors import UserError
from bot.core.log_reading import Failure, Kind, Reading, is_inside
from bot.logs import LogScanner
from bot.logs.encodings import Transcoder
from bot.logs.lines import MAX_LINE, Unwrapper
from bot.logs.rerun.python import make_bisect_command, make_order_template
from bot.logs.run_order import OrderReader, RunOrder

_CHUNK = 1 << 18
_START = 1 << 16  # bytes by which it is told whether Buildbot's stream letters are there
_UNENDED = frozenset({Kind.TIMEOUT, Kind.CRASH})  # of these no verdict is told
# What a test leaves behind or changes is found by regrtest's own search among its methods.
_BY_METHOD = frozenset({Kind.REFLEAK, Kind.ENV_CHANGED})


@dataclass(frozen=True, slots=True)
class OrderLog:
    """What a log tells of the order; `template` runs a list of tests, `{tests}`, one by one."""

    order: RunOrder
    reading: Reading
    victim: str
    victim_id: str
    failure: Failure | None
    before: tuple[str, ...]
    others: tuple[str, ...]  # that failed as well
    template: str | None

    @property
    def suite(self) -> str:
        """The test runner."""
        return self.order.suite

    @property
    def by_method(self) -> bool:
        """True where the file itself is at fault, and its methods are searched."""
        is_kind = self.failure is not None and self.failure.kind in _BY_METHOD
        return is_kind and self.suite == "regrtest"


def load_order_log(name: str, victim: str | None, python: str | None) -> OrderLog:
    """Read it; raises `UserError` where it tells no order, or no test that failed in it."""
    order, reading = _read(name)
    if order is None:
        raise UserError(
            f"{name} does not tell in which order tests ran: regrtest tells it, pytest -v "
            "(with xdist, too) and unittest -v do, and a list of tests, one a line"
        )
    hung = next((f.test for f in reading.failures if f.kind in _UNENDED), None)
    if hung is not None and order.find(hung) is None and order.suite != "regrtest":
        order = order.end_with(hung)
    wanted = _choose_victim(order, reading, victim)
    entry = order.find(wanted)
    if entry is None:
        raise UserError(f"{wanted} did not run in {name}")
    failure = next((f for f in reading.failures if f.test and is_inside(f.test, wanted)), None)
    others = dict.fromkeys(order.find(test) for test in reading.tests)
    kinds = {f.kind for f in reading.failures if f.test and is_inside(f.test, wanted)}
    return OrderLog(
        order,
        reading,
        victim=entry,
        # Of a file regrtest may name no test.
        victim_id=order.make_id(entry) if order.suite == "regrtest" else wanted,
        failure=failure,
        before=order.find_before(entry),
        others=tuple(test for test in others if test and test != entry),
        template=_make_template(order, reading, entry, kinds, python),
    )


def _choose_victim(order: RunOrder, reading: Reading, victim: str | None) -> str:
    if victim is not None:
        return order.make_id(victim) if order.find(victim) == victim else victim
    failed = dict.fromkeys(f.test for f in reading.failures if f.test)
    known = [test for test in failed if order.find(test)]
    places = {test: order.tests.index(order.find(test) or "") for test in known}
    if known:
        return min(known, key=lambda test: places[test])
    if not reading.failures and not reading.runs:  # a list
        return order.make_id(order.tests[-1])
    raise UserError("no test of this log is seen to fail: name one with --victim")


def _make_template(
    order: RunOrder, reading: Reading, entry: str, kinds: set[Kind], python: str | None
) -> str | None:
    command = reading.command or reading.argv or ""
    parallel = any(order.workers)
    if kinds & _BY_METHOD and order.suite == "regrtest":
        made: str | None = make_bisect_command(command, entry, kinds)
    else:
        made = make_order_template(order.suite, command, parallel=parallel)
    if made is None or python is None:
        return made
    return " ".join([shlex.quote(python), *shlex.split(made, posix=False)[1:]])


def _read(name: str) -> tuple[RunOrder | None, Reading]:
    scanner = LogScanner(compiled=prepare_needles(find_cache_folder()))
    reader = OrderReader()
    with open_log(name) as file:
        try:
            for line in _find_lines(_read_chunks(file, scanner)):
                reader.take(line)
        except (EOFError, OSError) as error:
            raise UserError(f"{name} is broken: {error}") from error
    return reader.finish(), scanner.finish()


def _read_chunks(file: object, scanner: LogScanner) -> Iterator[bytes]:
    while chunk := bytes(file.read(_CHUNK)):  # type: ignore[attr-defined]
        scanner.feed(chunk)
        yield chunk


def _find_lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """The lines as the tool printed them; of a very long one its beginning."""
    transcoder, rest = Transcoder(), b""
    unwrapper: Unwrapper | None = None
    for chunk in chain(chunks, (None,)):
        final = chunk is None
        rest += transcoder.feed(chunk or b"", final=final)
        if not rest:
            continue
        if unwrapper is None:
            rest = rest.removeprefix(BOM_UTF8)
            unwrapper = Unwrapper(rest[:_START])
        *lines, rest = rest.split(b"\n")
        for line in lines + [rest] * final:
            # A progress bar: its last state is what stands there.
            shown = line[:MAX_LINE].rstrip(b"\r").rpartition(b"\r")[2]
            yield unwrapper.unwrap(shown)
        rest = rest[:MAX_LINE]
