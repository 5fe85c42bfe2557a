"""GitHub's lasting no, in words that say what it is about.

Input: a refusal as a call met it. Output: the same, naming what was asked for.
"""

from bot.core.errors import Refused
from bot.core.model import ARCHIVED

# What GitHub's words mean for good, and how we say it; the first that fits.
_REASONS = (
    ("is locked", "{what} is locked"),
    ("was archived", f"the repository of {{what}} {ARCHIVED}"),
    ("been suspended", "our installation is suspended, so no {what}"),
    ("not accessible", "no permission for {what}: {said}"),
)


def describe_refusal(what: str, refused: Refused) -> Refused:
    """The same refusal, saying what it is about."""
    said = refused.reason
    if refused.status in {404, 410}:
        return Refused(f"{what} is gone, or hidden from us", refused.status)
    for word, reason in _REASONS:
        if word in said.lower():
            return Refused(reason.format(what=what, said=said), refused.status)
    return Refused(f"{what}: {said}", refused.status)
