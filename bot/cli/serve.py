"""`python -m bot serve`: the service, until SIGTERM or Ctrl-C."""

import argparse
import os
import socket

from aiohttp import web
from dotenv import dotenv_values

from bot.app import SHUTDOWN_SECONDS, create_app
from bot.core.errors import UserError
from bot.observe import start_logging, start_sentry
from bot.settings import Settings

HELP = "Run the service. Settings come from the environment, and from a file .env."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none: settings come from the environment."""


def run(_: argparse.Namespace) -> int:
    """Serve until told to stop."""
    settings = Settings.from_environ(load_environ())
    start_logging(settings.log_format)
    start_sentry(settings.sentry_dsn, settings.secrets)
    with _listen(settings.host, settings.port) as door:
        web.run_app(
            create_app(settings),
            sock=door,
            shutdown_timeout=SHUTDOWN_SECONDS,
            access_log=None,
            auto_decompress=False,  # compressed bodies are refused, not unpacked
            print=lambda line: print(line, flush=True),
        )
    return 0


def _listen(host: str, port: int) -> socket.socket:
    """Take the address before any work begins: a second service must not even sweep."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise UserError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error


def load_environ() -> dict[str, str]:
    """The environment over the file `.env`; the file may be absent."""
    from_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**from_file, **os.environ}
