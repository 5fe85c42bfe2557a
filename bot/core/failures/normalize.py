"""A failure's message without what differs between runs, builders and machines.

Input: one message. Output: its wording: addresses, times, processes, temporary names, places and
roots of paths give way to marks that are the same everywhere; all else stays, for it is what
tells one failure from another.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.core.failures.paths import strip_roots
from bot.core.model import Kind

# A signature is compared, stored and shown in lists; what two failures share in 300 characters
# they share altogether.
MAX_MESSAGE = 300
# What is read of a message: enough that 300 characters are left once long paths are short.
_MAX_READ = 2_000
# A mark never matches a rule again, but what a cut leaves may: two rounds do, eight are safe.
_MAX_ROUNDS = 8

_Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


def _rule(pattern: str, instead: str | Callable[[re.Match[str]], str], flags: int = 0) -> _Rule:
    return re.compile(pattern, flags), instead


def _keep_telling(found: re.Match[str]) -> str:
    """An exit code is the failure, and so is what an assertion compared, if no clock gave it.

    Any other number this long is a counter or an id.
    """
    compared = found["before"] or found["after"]
    if found["code"] or (compared and not _SINCE_1970.fullmatch(found["number"])):
        return found[0]
    return f"{found['before'] or ''}?"


def _keep_stem(found: re.Match[str]) -> str:
    return f"{found[1].rstrip('0123456789')}?"


# Numbers of up to four digits are kept: "41 != 42" and "503 != 200" are different failures, and
# counters and ids that run away have more, or stand where a rule of their own finds them.
_RUNAWAY_DIGITS = 5
# From seven digits on it is an address of a process (32 bits have six to eight of them); shorter
# ones are values. 0xC0000005 and 0x80070005 are Windows' status codes.
_ADDRESS_DIGITS = 7
_CODES = r"(?:exit(?:ed)?(?: with)?(?: code| status)?|return ?code|code|status|rc|errno|winerror)"

# What stands between the two sides of an assertion, or before one of them.
_SIGN = (
    r"(?:[!=]==?|[<>]=|(?<=\s)[<>](?=\s)|\bnot (?:less|greater) than(?: or equal to)?\b|\bis not\b)"
)
_SIDE = r"\b(?:got|want(?:ed)?|expected|actual|received|left|right|which is)\b:?"
# Seconds, or thousandths to billionths of them, from 2014 to 2033.
_SINCE_1970 = re.compile(r"1[4-9]\d{8}(?:\d{3}){0,3}")

_NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_UNIT = r"(?:\s?(?:[nuµμm]s|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?)|[smh])"
_SPAN = rf"{_NUMBER}{_UNIT}(?=\b|\d)"
_CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?:\s?[AP]M\b)?"
_ZONE = r"(?:\s?(?:Z|UTC|GMT|[ECMP][SD]T|CES?T|BST|[+-]\d\d:?\d\d)\b)?"
_DAY = r"(?:Mon|Tue(?:s)?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DATE = (
    r"(?:\d{4}[-/]\d\d[-/]\d\d|\d{1,2}/\d{1,2}/\d{4}"
    rf"|\d{{1,2}}[ /-]{_MONTH}[ /-]\d{{4}}"
    rf"|{_MONTH} +\d{{1,2}}(?:,? \d{{4}}\b|(?= +\d{{1,2}}:\d\d)))"
)

_BEFORE_PATHS: tuple[_Rule, ...] = (
    # A compiler quotes as the worker's language has it.
    _rule("[‘’`´]", "'"),
    _rule("[“”]", '"'),
    # regrtest's dots, or what a test was just printing, stand before its warning.
    _rule(r"^.{1,200}?(?=Warning -- )", ""),
)
_AFTER_PATHS: tuple[_Rule, ...] = (
    # Which Python: the path and the version are the builder's.
    _rule(
        r"(?:(?<![\w.\\/-])(?:[A-Za-z]:)?[\w.\\/-]*[\\/])?(?<![\w.-])"
        r"(?:python(?:\d(?:\.\d+)?t?)?(?:_d|d)?(?:\.exe)?)(?![\w\\/-]|\.\w)",
        "python",
    ),
    _rule(r"(?<=\w)\.exe\b", "", re.IGNORECASE),
    # Addresses and hexadecimal ids.
    _rule(
        r"\b(at|addr|address|ptr|pointer|pc|bp|sp|ip)\b([ =:]*)(?:0x[0-9a-f]+|[0-9a-f]{8})\b",
        r"\1\g<2>0x?",
        re.IGNORECASE,
    ),
    _rule(r"\+0x[0-9a-f]+\b", "+0x?", re.IGNORECASE),
    _rule(
        rf"\b0x(?!c0000[0-9a-f]{{3}}\b|800[0-9a-f]{{5}}\b)[0-9a-f]{{{_ADDRESS_DIGITS},}}\b",
        "0x?",
        re.IGNORECASE,
    ),
    _rule(r"\b0000[0-9a-f]{12}\b", "0x?", re.IGNORECASE),
    _rule(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<uuid>"),
    _rule(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b", "<hex>", re.IGNORECASE),
    # Times. With its microseconds a `datetime` was read from a clock, without it was written down.
    _rule(r"\bdatetime\.datetime\((?:\d+, ){6}\d+", "datetime.datetime(<time>"),
    _rule(
        rf"\b(?:{_DAY},? +)?{_DATE}(?:[T :,]+(?:at )?{_CLOCK}|[T ]\d\d:\d\d\b)?"
        rf"{_ZONE}(?: \d{{4}}\b)?(?!\w)",
        "<time>",
    ),
    _rule(r"\b\d{8}[T-]?\d{6}Z?\b", "<time>"),
    _rule(rf"\b(?:\d+ days?, )?{_CLOCK}{_ZONE}(?!\w)", "<time>"),
    _rule(rf"\b{_SPAN}(?:,?\s?(?:and )?{_SPAN})*", "<time>"),
    # With a blank before it a letter is a unit where nothing else can be meant.
    _rule(r"\b\d+ ?m,? ?\d+(?:\.\d+)? ?s\b|\b\d+\.\d+(?:e[+-]?\d+)? s\b", "<time>"),
    # Processes, threads, workers, descriptors.
    _rule(r"==\d+==", "==?=="),
    _rule(
        r"\b(p?pid|pgid|process|thread|tid|fd)(\s*(?:[=:#]\s*)?T?)\d+\b", r"\1\2?", re.IGNORECASE
    ),
    _rule(
        r"\b((?:Thread|Task|Dummy|\w{0,20}Process|\w{0,20}Worker|\w{0,40}Executor|pytest)-)"
        r"\d+(?:_\d+)?(?![\w.-]{0,99}\.\d)",
        r"\1?",
    ),
    _rule(r"\bgw\d+\b", "gw?"),
    # Ports that are handed out: below 1024 they are chosen, and part of what was expected.
    _rule(r"\b(port)(\s*(?:[=:#]\s*)?)\d{4,5}\b", r"\1\2?", re.IGNORECASE),
    _rule(
        r"((?:localhost|\b\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]*\])['\"]?(?:,\s*|:))\d{4,5}\b",
        r"\1?",
        re.IGNORECASE,
    ),
    # Python's address of IPv6: host, port, flow, scope; the last is the worker's card.
    _rule(
        r"(['\"][0-9a-f]{0,4}:[0-9a-f:.]*)(?:%\w+)?(['\"],\s*)\d{4,5}(,\s*\d+,\s*)\d+\b",
        r"\1\2?\3?",
        re.IGNORECASE,
    ),
    # Names made up for one run. Python's are of eight letters; with `_` first and letters alone
    # it is somebody's variable (one in 500 of Python's looks like that).
    _rule(r"(?<![A-Za-z0-9_])tmp(?!_[a-z]{7}\b)[a-z0-9_]{8}(?![A-Za-z0-9_])", "tmp?"),
    _rule(r"\btmp\.(?:[A-Za-z0-9]{10}|(?=[A-Za-z]*\d)[A-Za-z0-9]{6,8})\b", "tmp?"),
    _rule(r"@test_\d+_tmp\w*", "@test_?_tmp"),
    _rule(r"\btest_python_(?:worker_)?\d\w*", "test_python_?"),
    _rule(r"\bcc(?=\w*[A-Z0-9])[A-Za-z0-9]{6}(\.(?:o|s|res|ltrans\w*|cdtor\.o))\b", r"cc?\1"),
    _rule(r"\b(go-build\d|rustc(?=[A-Za-z]*\d)|pytest-of-)\w+\b", _keep_stem),
    # Places in the source move with every change above them.
    _rule(r"(?<=[A-Za-z0-9_])(\.[A-Za-z+]{1,4}):\d+(?::\d+)?\b", r"\1"),
    _rule(r"(?<=[A-Za-z0-9_])(\.[A-Za-z+]{1,4})\(\d+(?:,\s?\d+)?\)", r"\1"),
    _rule(r"\b((?:GNU|M|m)akefile|configure|Dockerfile):\d+\b", r"\1"),
    _rule(r"\b(line|column|col|char|offset|position)(\s+)\d+", r"\1\2?", re.IGNORECASE),
    # Counters: `[12/345]`, `3 of 21`.
    _rule(r"\[\s*\d+(?:/\s*\d+)+\]", "[?]"),
    _rule(r"\b\d+ of \d+\b", "? of ?"),
    # Measured; with one or two digits behind the point somebody wrote it down.
    _rule(
        r"(?<![\w.])-?\d+(?:\.\d{3,}(?:e[+-]?\d+)?|(?:\.\d+)?e[+-]?\d+)(?![\w.])",
        "?",
        re.IGNORECASE,
    ),
    _rule(
        rf"(?:(?P<code>\b{_CODES}\b[ :=(]*-?)|(?P<before>(?:{_SIGN}|{_SIDE})\s?-?))?"
        rf"(?<![\w.])(?P<number>\d{{{_RUNAWAY_DIGITS},}})(?!\w)(?=(?P<after>\s?{_SIGN})?)",
        _keep_telling,
        re.IGNORECASE,
    ),
)
# Of a leak and of coverage, how much it was is not what failed.
_MEASURES = frozenset({Kind.REFLEAK, Kind.COVERAGE})
_ANY_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?!\w)")
_SEVERAL = re.compile(r"\?(?:, \?)+")


def normalise(message: str, kind: Kind = Kind.UNKNOWN) -> str:
    """The wording of a message, at most `MAX_MESSAGE` letters; idempotent for one kind."""
    text = message[:_MAX_READ]
    for _ in range(_MAX_ROUNDS):
        before, text = text, _normalise_once(text, kind)
        if text == before:
            break
    return text


def _normalise_once(text: str, kind: Kind) -> str:
    text = " ".join(text.split())
    for pattern, instead in _BEFORE_PATHS:
        text = pattern.sub(instead, text)
    text = strip_roots(text)
    for pattern, instead in _AFTER_PATHS:
        text = pattern.sub(instead, text)
    if kind in _MEASURES:
        text = _SEVERAL.sub("?", _ANY_NUMBER.sub("?", text))
    return " ".join(text.split())[:MAX_MESSAGE].rstrip()
