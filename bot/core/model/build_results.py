"""Buildbot's result codes, and the one table of what each says about the code that was built.

Source: https://docs.buildbot.net/current/developer/results.html
"""

from enum import IntEnum
from typing import NamedTuple


class Result(IntEnum):
    """Buildbot's codes; a build that is not finished has none."""

    SUCCESS = 0
    WARNINGS = 1
    FAILURE = 2
    SKIPPED = 3
    EXCEPTION = 4
    RETRY = 5
    CANCELLED = 6


class _Meaning(NamedTuple):
    red: bool
    green: bool


# Exception, retry, cancelled and skipped tell of the machine or of people, not of a commit:
# they neither start nor end a red streak.
_MEANINGS = {
    Result.SUCCESS: _Meaning(red=False, green=True),
    Result.WARNINGS: _Meaning(red=False, green=True),
    Result.FAILURE: _Meaning(red=True, green=False),
    Result.SKIPPED: _Meaning(red=False, green=False),
    Result.EXCEPTION: _Meaning(red=False, green=False),
    Result.RETRY: _Meaning(red=False, green=False),
    Result.CANCELLED: _Meaning(red=False, green=False),
}


def is_red(result: Result | None) -> bool:
    """True when the build failed because of what it built, as far as Buildbot can tell."""
    return result is not None and _MEANINGS[result].red


def is_green(result: Result | None) -> bool:
    """True when everything that ran, passed; warnings are green."""
    return result is not None and _MEANINGS[result].green


def is_evidence(result: Result | None) -> bool:
    """True when the build as a whole says something about its revision."""
    return is_red(result) or is_green(result)


def is_read(result: Result | None) -> bool:
    """True when its failed steps tell something, also where a later one ended the whole build."""
    return is_evidence(result) or result is Result.EXCEPTION
