"""How the service tells of itself: structured log lines, and Sentry.

A log line is one decision. Its fields are given with `extra=`; they come out as `name=value`
pairs, or as one JSON object a line. Sentry hears of errors, of a sample of the work, and of every
sweep; nothing that is secret leaves with it.
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import sentry_sdk
from aiohttp.http_exceptions import HttpProcessingError
from sentry_sdk.crons import MonitorStatus, capture_checkin
from sentry_sdk.types import MonitorConfig

from bot import __version__
from bot.core.render.control_characters import show_controls

# What every LogRecord has; the rest was given with `extra=`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

# One in fifty: a busy fleet makes some ten thousand keys a day, of which two hundred are enough to
# see what is slow, and stay within the smallest plan.
_TRANSACTIONS = 0.02
# What supervisors and scrapers ask all day tells nothing.
_NEVER_TRACED = frozenset({"/livez", "/readyz", "/health", "/metrics"})

# Minutes between two sweeps, as Sentry counts; late after a second one would have been due, of
# that once a day after two hours.
_SWEEPS = {
    "buildbot": (1, 3),
    "speech": (5, 10),
    "builders": (5, 10),
    "github": (10, 20),
    "settings": (60, 60),
    "issues": (60, 60),
    "retention": (1440, 120),
    "reports": (5, 10),
    "workers": (60, 60),
}

MASK = "[secret]"

# Secrets that are made while we run, and what a client may quote: https://docs.github.com tokens,
# JSON web tokens, Buildbot's session, credentials in headers and URLs.
_MADE = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{10,}|github_pat_\w{10,}|eyJ[\w-]{8,}(?:\.[\w-]*)*"
    r"|TWISTED_\w{0,40}?SESSION\w{0,40}=[^;,\s'\"]+|(?i:\b(?:bearer|basic|token) )[\w.~+/=-]{8,}"
    r"|(?<=://)[^/\s@'\":]*:[^/\s@'\"]*(?=@)"
)
# The lines of a private key are secret one by one: a traceback may quote only some.
_SHORTEST_LINE = 16
# Who has a password of three letters has none, and every other word would be masked.
_SHORTEST = 4


class TextFormatter(logging.Formatter):
    """`2026-01-02T03:04:05Z INFO bot.reconcile.build build read key=build/buildbot/45 …`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; values with spaces are quoted, line breaks are escaped."""
        pairs = (f"{name}={_quote(value)}" for name, value in _find_fields(record).items())
        head = f"{_format_time(record)} {record.levelname} {record.name} {record.getMessage()}"
        line = " ".join([_escape(head), *pairs])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, then the fields."""
        entry: dict[str, object] = {
            "time": _format_time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_find_fields(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str, ensure_ascii=False)


_FORMATTERS: dict[str, type[logging.Formatter]] = {"text": TextFormatter, "json": JsonFormatter}


def start_logging(log_format: str, level: int = logging.INFO) -> None:
    """Log to stderr in this format."""
    handler = logging.StreamHandler()
    handler.setFormatter(_FORMATTERS[log_format]())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(_calm_down)


def _calm_down(record: logging.LogRecord) -> bool:
    """What is no HTTP is nobody's error here, and may hold a password in its headers.

    aiohttp logs it with a traceback and what was sent, and Sentry would be told: by any stranger,
    as often as they like.
    """
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args, record.exc_info = "a request was no HTTP", (), None
    return True


# ---------------------------------------------------------------- Sentry


def start_sentry(
    dsn: str | None, secrets: Sequence[str] = (), transactions: float = _TRANSACTIONS
) -> None:
    """Report errors, sampled work and sweeps; request bodies and local variables stay here.

    What is left is searched for `secrets` and for what looks like one.
    """
    if dsn is None:
        return
    scrub = make_redactor([secret for secret in secrets if secret != dsn])
    sentry_sdk.init(
        dsn,
        release=f"nightswatch@{__version__}",
        traces_sampler=lambda context: find_sample_rate(context, transactions),
        before_send=lambda event, _: scrub(event),
        before_send_transaction=lambda event, _: scrub(event),
        before_breadcrumb=lambda crumb, _: scrub(crumb),
        max_request_body_size="never",
        include_local_variables=False,
        include_source_context=False,
    )


def find_sample_rate(context: Mapping[str, Any], transactions: float) -> float:
    """How likely a transaction is sent."""
    path = getattr(context.get("aiohttp_request"), "path", "")
    return 0.0 if path in _NEVER_TRACED else transactions


def make_redactor(secrets: Sequence[str]) -> Callable[[Any], Any]:
    """A function that takes secrets out of all text in nested data, keys included."""
    wanted = {piece for secret in secrets for piece in _find_pieces(secret)}
    known = re.compile("|".join(map(re.escape, sorted(wanted, key=len, reverse=True))) or r"(?!)")

    def scrub(value: Any) -> Any:
        if isinstance(value, str):
            return _MADE.sub(MASK, known.sub(MASK, value))
        if isinstance(value, bytes):
            return scrub(value.decode("utf-8", "replace"))
        if isinstance(value, dict):
            return {scrub(name): scrub(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [scrub(inner) for inner in value]
        return value

    return scrub


def _find_pieces(secret: str) -> Iterator[str]:
    """A secret, also as Python, JSON and URLs write it; the passwords in a URL; its lines."""
    yield from _find_spellings(secret)
    if "://" in secret:
        for password in _find_passwords(secret):
            yield from _find_spellings(password)
        yield secret.partition("://")[2]  # drivers put a prefix of theirs before it
    lines = [line.strip() for line in secret.splitlines()]
    if len(lines) > 1:
        yield repr(secret)[1:-1]
        yield from (line for line in lines if len(line) >= _SHORTEST_LINE and "-----" not in line)


def _find_spellings(secret: str) -> Iterator[str]:
    """As it is, without its percent signs, and with them; too short a word is in every text."""
    plain = unquote(secret)
    for text in (secret, plain, quote(plain), quote(plain, safe=""), quote_plus(plain)):
        if len(text) >= _SHORTEST:
            yield text
            yield json.dumps(text)[1:-1]
            yield repr(text)[1:-1]


def _find_passwords(url: str) -> Iterator[str]:
    """Of the user, and of the query (`password`, `sslpassword`); percent signs as they are."""
    rest = url.partition("://")[2]
    place, _, query = rest.partition("?")
    account = place.rpartition("@")[0]  # a password may hold a bare @
    yield account.partition(":")[2]
    for field in query.split("&"):
        name, _, value = field.partition("=")
        if "password" in unquote(name).lower():
            yield value
            yield value.replace("+", " ")


@contextmanager
def trace_work(kind: str, name: str) -> Iterator[None]:
    """A transaction around the work on one key; of a sweep, a check-in of its monitor, too."""
    if not sentry_sdk.is_initialized():
        yield
        return
    is_watched = kind == "sweep" and name in _SWEEPS
    transaction = sentry_sdk.start_transaction(op="reconcile", name=f"reconcile {kind}")
    with transaction, _check_in(name) if is_watched else nullcontext():
        yield


@contextmanager
def _check_in(name: str) -> Iterator[None]:
    """Tell Sentry how a sweep ended; of one that was cancelled nothing is told.

    It is done again by whoever takes it next, and where nobody does, Sentry misses it. So its
    beginning is not told either: it would be called a failure when its end does not come.
    """
    began = time.monotonic()
    status: str | None = MonitorStatus.ERROR
    try:
        yield
        status = MonitorStatus.OK
    except asyncio.CancelledError:
        status = None
        raise
    finally:
        if status is not None:
            capture_checkin(
                monitor_slug=f"sweep-{name}",
                status=status,
                duration=time.monotonic() - began,
                monitor_config=_make_monitor(name),
            )


def _make_monitor(name: str) -> MonitorConfig:
    """What Sentry creates the monitor from, when it hears of it first."""
    every, margin = _SWEEPS[name]
    return {
        "schedule": {"type": "interval", "value": every, "unit": "minute"},
        "checkin_margin": margin,
        "failure_issue_threshold": 3,
        "recovery_threshold": 1,
    }


# ---------------------------------------------------------------- parts of a log line


def _find_fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def _format_time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _quote(value: object) -> str:
    text = _escape(str(value))
    return json.dumps(text, ensure_ascii=False) if " " in text or '"' in text else text


def _escape(text: str) -> str:
    return show_controls(text.replace("\r", "\\r").replace("\n", "\\n"))
