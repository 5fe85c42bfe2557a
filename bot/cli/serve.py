"""`nightswatch serve`: the service, until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import asyncio.selector_events
import errno
import logging
import resource
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web, web_response

from bot.app.factory import SHUTDOWN_SECONDS, STORE, create_app
from bot.app.logging_setup import start_logging, start_sentry
from bot.app.setting import WrongSettings
from bot.app.settings import Settings
from bot.app.start_line import tell_start, tell_stop
from bot.app.wiring import SystemClock
from bot.cli.environment import find_cache_folder, load_environ
from bot.core.errors import Unavailable, UserError
from bot.store.store import wait_for_database
from bot.web.security import SERVER

log = logging.getLogger(__name__)

# "Try again later", as sysexits.h has it: supervisors restart on it, and not on 2.
EX_TEMPFAIL = 75

# A PostgreSQL that lost its power is through its log again by then, and a machine has its network.
_WAIT_SECONDS = 60

OPEN_FILES = 65_536
"""Connections of strangers, of ours, and files, where the system's own limit lets us."""

READ_AHEAD = 16 * 1024
"""Bytes that are read of a connection before anybody asks for them; twice that is held at most."""

PIECE = 64 * 1024
"""Bytes of a connection that are taken at once."""

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


def _load_settings() -> Settings:
    """Of the environment and `.env`; raises `UserError`, with who knows what to do about it."""
    try:
        return Settings.from_environ(load_environ())
    except WrongSettings as wrong:
        raise UserError(f"{wrong} (`nightswatch doctor` names the lines to change)") from wrong


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop; 75 where only waiting helps."""
    settings = _load_settings()
    start_logging(settings.log_format)
    start_sentry(settings.sentry_dsn, settings.secrets)
    _allow_open_files()
    read_in_pieces()
    hide_versions()
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
            _make_app(settings),
            sock=door,
            shutdown_timeout=SHUTDOWN_SECONDS,
            access_log=None,
            read_bufsize=READ_AHEAD,
            auto_decompress=False,  # compressed bodies are refused, not unpacked
            print=lambda line: print(line, flush=True),
        )


async def _make_app(settings: Settings) -> web.Application:
    """The service, which says in its log that it starts and stops."""
    app, began = await create_app(settings, cache=find_cache_folder()), time.monotonic()

    async def tell(app: web.Application) -> AsyncIterator[None]:
        telling = asyncio.create_task(tell_start(settings, SystemClock(), app[STORE].facts))
        yield
        telling.cancel()
        tell_stop(began)

    app.cleanup_ctx.append(tell)
    return app


def _allow_open_files() -> None:
    """As many as the system lets us have: each connection of a stranger is one.

    The soft limit is small for the sake of old programs, which we are not:
    https://0pointer.net/blog/file-descriptor-limits.html
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        with suppress(OSError):  # a supervisor that forbids it has set its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def read_in_pieces(size: int = PIECE) -> None:
    """Have asyncio take no more than this of a connection at once.

    It takes 256 KiB, whether anybody asks for them or not: 50 MiB of two hundred strangers at each
    turn of the loop. The attribute has no public name; a test sees that it does what is said here.
    """
    asyncio.selector_events._SelectorTransport.max_size = size  # type: ignore[attr-defined]  # as said


def hide_versions() -> None:
    """What aiohttp answers to what is no HTTP goes by no handler of ours: it told its version."""
    web_response.SERVER_SOFTWARE = SERVER  # type: ignore[attr-defined]  # it has no other name


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
