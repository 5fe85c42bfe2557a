"""What is known of a log as a whole: the command, where it ran, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.core.log_reading import Kind
from bot.core.patterns import late
from bot.logs.lines import LogLine

# Of the end of a command so many lines are kept for those who look for its last word.
TAIL = 80
# Signals by which a program dies of itself; any other came from outside.
OWN_SIGNALS = frozenset({4, 5, 6, 7, 8, 11})
# timeout(1), Ctrl-C, and what came from outside; 128 is added to the signal that killed a program.
_STATUS_KINDS = {
    124: Kind.TIMEOUT,
    130: Kind.INTERRUPTED,
    137: Kind.INFRA,
    143: Kind.INFRA,
    # Windows: access violation, stack overflow, abort; as signed and as unsigned numbers.
    **dict.fromkeys((-1073741819, -1073741571, -1073740791), Kind.CRASH),
    **dict.fromkeys((3221225477, 3221225725, 3221226505), Kind.CRASH),
    **{128 + signal: Kind.CRASH for signal in OWN_SIGNALS},
}
# What C, C++ and their libraries say before a program dies.
_LAST_WORDS = late(
    r"Assertion [`'\"].*failed|^Assertion failed: |: assertion \"|^terminate called |^\s+what\(\):"
    r"|[Cc]heck failed: |^(?:free|malloc|realloc|munmap_chunk)\(\): |^double free or corruption"
    r"|\*\*\* stack smashing detected|\bfatal runtime error: |has overflowed its stack"
)


def find_last_words(lines: Sequence[LogLine]) -> tuple[LogLine, ...]:
    """Why a program died, by its own words."""
    return tuple(line for line in lines if _LAST_WORDS.search(line.text))


@dataclass(slots=True)
class LogMetadata:
    """What the formats learn of the log as a whole; the first to know writes it down."""

    command: str | None = None
    argv: str | None = None  # the command as the worker tells it
    directory: str | None = None
    exit_status: int | None = None
    timed_out: LogLine | None = None  # where somebody outside lost patience
    signal: int | None = None  # what ended the command
    header_end: int = 0  # the last line of what the worker writes above the command's output
    # The last lines before the command ended or was ended, or else of the log.
    tail: tuple[LogLine, ...] = ()
    # What tools say of where they run: kernel, compiler, libraries, by name.
    environment: dict[str, str] = field(default_factory=dict)

    def end(self, above: Iterable[LogLine], exit_status: int) -> None:
        """The command ended here; `above` are the lines before, nearest first."""
        self.exit_status = exit_status
        if self.timed_out is None:
            self.tail = _take_tail(above)

    def time_out(self, line: LogLine, above: Iterable[LogLine]) -> None:
        """Somebody outside lost patience: what ran until then, hung."""
        self.timed_out = line
        self.tail = _take_tail(above)

    @property
    def end_kind(self) -> Kind | None:
        """What kind of failure the end itself is; None for an ordinary one."""
        if self.timed_out is not None:
            return Kind.TIMEOUT
        if self.signal in OWN_SIGNALS:
            return Kind.CRASH
        return _STATUS_KINDS.get(self.exit_status) if self.exit_status is not None else None

    @property
    def is_cut(self) -> bool:
        """True when the worker wrote how the command began, and not how it ended."""
        return bool(self.header_end) and self.exit_status is None and self.end_kind is None

    @property
    def was_ended(self) -> bool:
        """True when the command did not end of itself, as far as the log tells."""
        return self.signal is not None or self.end_kind is not None


def _take_tail(above: Iterable[LogLine]) -> tuple[LogLine, ...]:
    return tuple(above)[::-1]
