"""How the service tells of itself: structured log lines, and Sentry.

A log line is one decision. Its fields are given with `extra=`; they come out as `name=value`
pairs, or as one JSON object a line.
"""

import json
import logging
from datetime import UTC, datetime

import sentry_sdk

from bot import __version__

# What every LogRecord has; the rest was given with `extra=`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class TextFormatter(logging.Formatter):
    """`2026-01-02T03:04:05Z INFO bot.triage build read key=build/buildbot/45 …`."""

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


def start_sentry(dsn: str | None) -> None:
    """Report errors, with request bodies and local variables off: both may hold secrets."""
    if dsn is None:
        return
    sentry_sdk.init(
        dsn,
        release=f"nightswatch@{__version__}",
        max_request_body_size="never",
        include_local_variables=False,
        send_default_pii=False,
    )


def _find_fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def _format_time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _quote(value: object) -> str:
    text = _escape(str(value))
    return json.dumps(text, ensure_ascii=False) if " " in text or '"' in text else text


def _escape(text: str) -> str:
    return text.replace("\r", "\\r").replace("\n", "\\n")
