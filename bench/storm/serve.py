"""The service with a clock that is off, and jumps: the offset in seconds is read from a file.

    python -m bench.storm.serve FILE [--next]

With `--next` it is a newer version, which migrates the database. Everything else is as
`python -m bot serve` has it, the exit statuses, too.
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web

from bench.storm.next_version import learn_next_schema
from bot.app.factory import SHUTDOWN_SECONDS, create_app
from bot.app.logging_setup import start_logging
from bot.app.settings import Settings
from bot.app.wiring import SystemClock
from bot.cli.serve import EX_TEMPFAIL
from bot.core.errors import Unavailable, UserError


class JumpingClock(SystemClock):
    """The machine's clock, moved by what the file says now."""

    def __init__(self, offset: Path) -> None:
        self._offset = offset

    def now(self) -> datetime:
        """Aware UTC."""
        text = self._offset.read_text() if self._offset.exists() else ""
        return super().now() + timedelta(seconds=float(text or 0))


def main() -> int:
    """Serve until told to stop."""
    if "--next" in sys.argv:
        learn_next_schema()
    settings = Settings.from_environ(os.environ)
    start_logging(settings.log_format)
    try:
        web.run_app(
            create_app(settings, JumpingClock(Path(sys.argv[1]))),
            host=settings.host,
            port=settings.port,
            shutdown_timeout=SHUTDOWN_SECONDS,
            access_log=None,
            auto_decompress=False,
            print=None,
        )
    except Unavailable as away:
        print(f"nightswatch: {away}", file=sys.stderr)
        return EX_TEMPFAIL
    except UserError as error:
        print(f"nightswatch: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
