"""A failure → its signature: the stable name under which it is met again.

Input: the branch and a `Failure`. Output: a `Signature` that is the same for the same failure on
two builders, two runs and two machines, and different for two different failures.
"""

from __future__ import annotations

from bot.core.failures.normalize import normalise
from bot.core.failures.paths import make_short_path
from bot.core.model import Failure, Signature
from bot.core.patterns import linear

# `x.c:3`, `x.c:3:9`, and MSVC's `x.c(3,9)`.
_PLACE = linear(r"(?::\d+)+$|\(\d+(?:,\s?\d+)?\)$")


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
    return failure.test or make_short_path(_PLACE.sub("", failure.location or ""))
