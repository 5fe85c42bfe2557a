"""What goes wrong with a database: by a name of ours for everybody, in full for who runs us.

In: exceptions of SQLAlchemy and the drivers. Out: whose fault it is, and words.
"""

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.core.errors import Unavailable

# Errors that a mistake of ours causes; all others tell of the database.
_BUGS = (ProgrammingError, IntegrityError, DataError, NotSupportedError)

# PostgreSQL's own codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
# "No right to do that", which SQLAlchemy counts among the mistakes of ours; and the class of values
# that do not fit, which it does not tell from a database that is away.
_NO_RIGHT = "42501"
_BAD_VALUE = "22"


def is_bug(error: BaseException) -> bool:
    """True for a statement that no database would take; all else tells of this one."""
    return isinstance(error, _BUGS) and _find_code(error) != _NO_RIGHT


def is_bad_value(error: BaseException) -> bool:
    """SQLite's driver refuses a number past 64 bits in one way, PostgreSQL's in another."""
    return isinstance(error, OverflowError) or _find_code(error).startswith(_BAD_VALUE)


def _find_code(error: BaseException) -> str:
    """PostgreSQL's code of an error; empty for all others."""
    orig = error.orig if isinstance(error, DBAPIError) else None
    return getattr(orig, "sqlstate", None) or ""


def find_first_line(error: BaseException) -> str:
    """What the driver says, without SQLAlchemy's statement and links."""
    words = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    return words.splitlines()[0] if words else type(error).__name__


# What a person can do something about, by PostgreSQL's code (or its class) or SQLite's words; the
# first that fits. Drivers' own texts name hosts, users and files, and reasons are for everybody.
_FAULTS = (
    ("28", "it refuses our user or password"),
    ("3D000", "it has no database of that name"),
    (_NO_RIGHT, "we have no right to do that"),
    ("53100", "its disk is full"),
    ("53", "it has no room for more connections"),
    ("57", "it is shutting down or starting"),
    ("08", "the connection broke"),
    ("database is locked", "it is locked"),
    ("disk is full", "its disk is full"),
    ("readonly", "it is readonly"),
    ("not a database", "the file is not a database"),
    ("malformed", "the file is damaged"),
    ("unable to open", "the file cannot be opened"),
    ("disk I/O error", "its disk fails"),
)


def name_error(error: BaseException) -> str:
    """Why a database is not available, by a name of ours."""
    if isinstance(error, PoolTimeout):
        return "too many wait for a connection"
    code, words = _find_code(error), find_first_line(error)
    for sign, name in _FAULTS:
        if code.startswith(sign) if sign[0].isdigit() else sign in words:
            return name
    orig = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(orig, TimeoutError):
        return "no answer in time"
    return "it does not answer" if isinstance(orig, OSError) else f"it failed ({code or 'unknown'})"


# What passes by itself: a server that starts or restarts, a network that comes up, a lock.
_PASSING = ("53", "57", "08", "database is locked")


def is_transient(error: BaseException) -> bool:
    """True where it is worth waiting; false where a setting or a right is wrong."""
    cause = error.__cause__ if isinstance(error, Unavailable) and error.__cause__ else error
    if isinstance(cause, PoolTimeout):
        return True
    code, words = _find_code(cause), find_first_line(cause)
    if any(code.startswith(s) if s[0].isdigit() else s in words for s in _PASSING):
        return True
    orig = cause.orig if isinstance(cause, DBAPIError) else cause
    # TimeoutError is one; so is what asyncpg says of encryption, which is a setting.
    return isinstance(orig, OSError) and "SSL" not in words


def explain_fault(error: BaseException) -> str:
    """The same for who runs us, with the driver's own words."""
    if isinstance(error, Unavailable) and error.__cause__ is not None:
        return f"{error.reason.removeprefix('database: ')} ({find_first_line(error.__cause__)})"
    return find_first_line(error).removeprefix("database: ")


def connection_lost(away: Unavailable) -> bool:
    """True when a connection was found dead, as all are after the server restarted."""
    return isinstance(away.__cause__, DBAPIError) and away.__cause__.connection_invalidated
