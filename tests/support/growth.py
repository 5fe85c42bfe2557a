"""How the time of a pattern grows with the text: by ratios of two lengths, never by seconds.

Processor time of this thread is measured, so that a busy machine does no harm; a ratio that looks
bad is measured again, and counts only when it stays bad.
"""

import gc
import signal
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tests.support.worst_cases import make_texts

# From n to 4n linear time grows 4-fold, quadratic time 16-fold.
BOUND = 8.0
_SHORT = 500
# Exponential time never ends: it is ended, and is no linear time whatever the machine.
_PATIENCE = 2.0


class EndedError(Exception):
    """A search that was ended."""


@contextmanager
def patience(seconds: float = _PATIENCE) -> Iterator[None]:
    """End what takes longer; `re` looks for signals while it searches."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise EndedError

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def find_slow_text(
    compiled: Any, methods: Collection[str], *, lines: bool
) -> tuple[str, str, str] | None:
    """(beginning, what is repeated, end) of a text on which the time grows too fast, or None.

    `lines`: the pattern meets single lines only, without their ends.
    """
    source = compiled.pattern
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    for before, pump, after in make_texts(text, getattr(compiled, "flags", 0), lines=lines):

        def make(size: int, parts: tuple[str, str, str] = (before, pump, after)) -> Any:
            made = parts[0] + parts[1] * (size // len(parts[1]) + 1) + parts[2]
            return made.encode("latin-1", "ignore") if isinstance(source, bytes) else made

        if grows_too_fast(lambda text: run(compiled, text, methods), make):
            return before, pump, after
    return None


def run(compiled: Any, text: Any, methods: Collection[str]) -> None:
    """What the methods do: search match by match, or match once from the beginning."""
    if "match" in methods:
        compiled.match(text)
    if "fullmatch" in methods:
        compiled.fullmatch(text)
    if not {"match", "fullmatch"}.issuperset(methods):
        deque(compiled.finditer(text), 0)


def grows_too_fast(work: Callable[[Any], None], make: Callable[[int], Any]) -> bool:
    """True when the time for four times the text is well over four times the time.

    A disturbed run of the longer text is caught by the scales that follow; one of the shorter
    text would hide what is slow, so that it never counts by a single run.
    """
    try:
        with patience():
            scales = ((_SHORT, 1, 3), (_SHORT, 5, 5), (2 * _SHORT, 5, 5))
            return all(
                measure(work, make(4 * size), longer) > BOUND * measure(work, make(size), shorter)
                for size, longer, shorter in scales
            )
    except EndedError:
        return True


def measure(work: Callable[[Any], None], text: Any, times: int) -> float:
    """Processor seconds of the best of some runs."""
    best = float("inf")
    gc.disable()  # a collection of all that was imported costs more than a search
    try:
        for _ in range(times):
            start = time.thread_time()
            work(text)
            best = min(best, time.thread_time() - start)
    finally:
        gc.enable()
    return best
