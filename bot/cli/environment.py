"""Where settings come from: the environment, and a file `.env` beside it."""

import os
from pathlib import Path


def load_environ() -> dict[str, str]:
    """The environment over the file `.env`, whose values are as they stand; it may be absent."""
    # Reading a log needs no settings, and must not wait for this.
    from dotenv import dotenv_values

    values = dotenv_values(".env", interpolate=False)  # a password may well hold `${`
    return {**{name: value for name, value in values.items() if value is not None}, **os.environ}


def find_database_url() -> str:
    """All that commands need which only read the database; raises `UserError`."""
    from bot.app.settings import read_some

    url: str = read_some(load_environ(), "DATABASE_URL", "DATABASE_PASSWORD")["DATABASE_URL"]
    return url


def find_log_rules() -> str:
    """What `LOG_RULES` holds, without more work than that where no settings are."""
    is_set = "LOG_RULES" in os.environ or not Path(".env").is_file()
    environ = os.environ if is_set else load_environ()
    return environ.get("LOG_RULES", "").strip()


def load_process_environ() -> dict[str, str]:
    """The environment alone."""
    return dict(os.environ)


def find_cache_folder() -> Path | None:
    """Where files belong that may be lost; None for a user without a home.

    By the XDG Base Directory Specification 0.8, which says to ignore a relative path.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path.home() / ".cache"
        except RuntimeError:
            return None
    return base / "nightswatch" if base.is_absolute() else None
