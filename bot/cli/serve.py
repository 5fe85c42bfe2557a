"""`python -m bot serve`: the service, until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import errno
import logging
import os
import socket
import sys

from aiohttp import web
from dotenv import dotenv_values

from bot.app import SHUTDOWN_SECONDS, create_app
from bot.core.errors import Unavailable, UserError
from bot.observe import start_logging, start_sentry
from bot.settings import Settings
from bot.store.store import wait_for_database

log = logging.getLogger(__name__)

# "Try again later", as sysexits.h has it: supervisors restart on it, and not on 2.
EX_TEMPFAIL = 75

# A PostgreSQL that lost its power is through its log again by then, and a machine has its network.
_WAIT_SECONDS = 60

HELP = "Run the service. Settings come from the environment, and from a file .env."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How patient it is; settings come from the environment."""
    parser.add_argument(
        "--wait",
        type=float,
        default=_WAIT_SECONDS,
        metavar="SECONDS",
        help=f"for a database that is away (default {_WAIT_SECONDS}); then exit status 75",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop; 75 where only waiting helps."""
    settings = Settings.from_environ(load_environ())
    start_logging(settings.log_format)
    start_sentry(settings.sentry_dsn, settings.secrets)
    try:
        asyncio.run(wait_for_database(settings.database_url, args.wait, log.warning))
        _serve(settings)
    except Unavailable as away:
        print(f"nightswatch: {away}", file=sys.stderr)
        return EX_TEMPFAIL
    return 0


def _serve(settings: Settings) -> None:
    with _listen(settings.host, settings.port) as door:
        web.run_app(
            create_app(settings),
            sock=door,
            shutdown_timeout=SHUTDOWN_SECONDS,
            access_log=None,
            auto_decompress=False,  # compressed bodies are refused, not unpacked
            print=lambda line: print(line, flush=True),
        )


def _listen(host: str, port: int) -> socket.socket:
    """Take the address before any work begins: a second service must not even sweep."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        words = f"cannot listen on {host}:{port}: {error.strerror or error}"
        # Whoever has the port may be our own predecessor, on its way out.
        passes = error.errno == errno.EADDRINUSE
        raise (Unavailable if passes else UserError)(words) from error


def load_environ() -> dict[str, str]:
    """The environment over the file `.env`; the file may be absent."""
    from_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**from_file, **os.environ}
