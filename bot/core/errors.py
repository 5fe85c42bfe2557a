"""The three kinds of error that are not bugs; anything else is one.

`UserError` is answered to the person who caused it. `Unavailable` is retried later.
`Refused` is a lasting "no" from outside: it becomes a named reason, and is not retried.
"""

from datetime import timedelta


class UserError(Exception):
    """A setting, argument or file is wrong; the text is one clear line for a person."""


class Unavailable(Exception):
    """Something outside does not answer now; try again, not before `retry_after` if given."""

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Refused(Exception):
    """Something outside said no for good: gone, locked, forbidden, unknown. `reason` names it."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Malformed(UserError):
    """A message or file from outside does not have the shape it promises."""
