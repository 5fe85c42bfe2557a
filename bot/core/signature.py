"""A failure → its signature: the stable name under which it is met again.

Input: the branch and a `Failure`. Output: a `Signature` that is the same for the same failure on
two builders, two runs and two machines, and different for two different failures.
"""

from __future__ import annotations

import re

from bot.core.model import Failure, Kind, Signature

# A signature is compared, stored and shown in lists; what two failures share in 300 characters
# they share altogether.
MAX_MESSAGE = 300
# Numbers of up to four digits are kept: "41 != 42" and "503 != 200" are different failures, and
# counters and ids that run away have more, or stand where a rule of their own finds them.
_RUNAWAY_DIGITS = 5

_Rule = tuple[re.Pattern[str], str]


def _rule(pattern: str, instead: str, flags: int = 0) -> _Rule:
    return re.compile(pattern, flags), instead


_RULES: tuple[_Rule, ...] = (
    # Addresses and hexadecimal ids.
    _rule(r"\b0x[0-9a-fA-F]+", "0x?"),
    _rule(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<uuid>"),
    _rule(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12,}\b", "<hex>"),
    # Times.
    _rule(
        r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", "<time>"
    ),
    _rule(r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b", "<time>"),
    _rule(
        r"\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b", "<time>"
    ),
    # Processes, threads and ports.
    _rule(r"==\d+==", "==?=="),
    _rule(r"\b(pid|process|thread|tid|port)(\s*[=:#]?\s*)\d+", r"\1\2?", re.IGNORECASE),
    _rule(
        r"((?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]*\])(?:['\"]?,\s*|:))\d{2,5}\b",
        r"\1?",
        re.IGNORECASE,
    ),
    # Names made up for one run: `tmpab12cd34`, `tmp.Xy12Zw`, `@test_1234_tmp`, `test_python_99æ`.
    _rule(r"\btmp[._-]?[A-Za-z0-9_]{6,12}\b", "tmp?"),
    _rule(r"@test_\d+_tmp\w*", "@test_?_tmp"),
    _rule(r"\btest_python_(?:worker_)?\d+\w*", "test_python_?"),
    # Paths: two builders agree on the last part only. Windows' drive and slashes too.
    _rule(
        r"(?<![\w.<])(?:[A-Za-z]:)?(?:[\\/]+[^\\/\s'\":;,()<>\[\]]+)+[\\/]+(?=[^\\/\s'\":;,()<>\[\]])",
        "",
    ),
    _rule(r"(?<![\w.])(?:\.{1,2}[\\/])+", ""),
    # Places in the source move with every change above them.
    _rule(r"(?<=[A-Za-z0-9_])(\.[A-Za-z+]{1,4}):\d+(?::\d+)?\b", r"\1"),
    _rule(r"\b(line|column|col|char|offset|position)(\s+)\d+", r"\1\2?", re.IGNORECASE),
    # Counters: `[12/345]`, `3 of 21`, `(12 tests)`.
    _rule(r"\[\s*\d+(?:/\s*\d+)+\]", "[?]"),
    _rule(r"\b\d+ of \d+\b", "? of ?"),
    # What is measured is never the same twice.
    _rule(r"(?<![\w.])-?\d+\.\d+(?:e[+-]?\d+)?(?![\w.])", "?", re.IGNORECASE),
    _rule(rf"(?<![\w.])\d{{{_RUNAWAY_DIGITS},}}(?!\w)", "?"),
)
# Of a leak, how much leaked and of what differs from run to run.
_ALL_NUMBERS = re.compile(r"\d+")


def make_signature(branch: str, failure: Failure) -> Signature:
    """The signature of a failure on a branch."""
    return Signature(
        branch=branch,
        suite=failure.suite,
        kind=failure.kind,
        site=make_site(failure),
        message=normalise(failure.message, failure.kind),
    )


def make_site(failure: Failure) -> str:
    """The canonical test, or the file of the first error; empty when neither is known."""
    if failure.test:
        return failure.test
    path, colon, number = (failure.location or "").rpartition(":")
    if colon and number.isdigit():
        return path
    return failure.location or ""


def normalise(message: str, kind: Kind = Kind.UNKNOWN) -> str:
    """The message without what differs between runs, builders and machines; idempotent."""
    text = " ".join(message.split())
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    if kind is Kind.REFLEAK:
        text = _ALL_NUMBERS.sub("?", text)
    return " ".join(text.split())[:MAX_MESSAGE].rstrip()
