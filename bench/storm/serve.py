"""The service with a clock that is off, and jumps: the offset in seconds is read from a file.

    python -m bench.storm.serve FILE

Everything else is as `python -m bot serve` has it.
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web

from bot.app import SHUTDOWN_SECONDS, create_app
from bot.core.errors import UserError
from bot.observe import start_logging
from bot.parts import SystemClock
from bot.settings import Settings


class JumpingClock(SystemClock):
    """The machine's clock, moved by what the file says now."""

    def __init__(self, offset: Path) -> None:
        self._offset = offset

    def now(self) -> datetime:
        """Aware UTC."""
        text = self._offset.read_text() if self._offset.exists() else ""
        return super().now() + timedelta(seconds=float(text or 0))


def main() -> None:
    """Serve until told to stop."""
    settings = Settings.from_environ(os.environ)
    start_logging(settings.log_format)
    web.run_app(
        create_app(settings, JumpingClock(Path(sys.argv[1]))),
        host=settings.host,
        port=settings.port,
        shutdown_timeout=SHUTDOWN_SECONDS,
        access_log=None,
        auto_decompress=False,
        print=None,
    )


if __name__ == "__main__":
    try:
        main()
    except UserError as error:  # the database is away
        sys.exit(str(error))
