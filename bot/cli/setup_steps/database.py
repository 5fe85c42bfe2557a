"""The database: a file, or a PostgreSQL whose database is made where the user may.

In: answers. Out: DATABASE_URL, and DATABASE_PASSWORD apart from it, so that any character may be
in it; tried by a table that is rolled back.
"""

from __future__ import annotations

import asyncio

from sqlalchemy import URL

from bot.cli.setup_steps.answers import Answers
from bot.cli.setup_steps.env_file import quote_value
from bot.cli.setup_steps.prompts import Prompts
from bot.core.errors import Refused, Unavailable, UserError
from bot.store.engine.create_database import create_database, has_database, quote_name
from bot.store.engine.database import parse_database_url
from bot.store.inspection import fetch_survey, find_sqlite_file

_FILE = "nightswatch.db"
_SQLITE = "sqlite+aiosqlite:///"
_ASKED_NEXT = "leave the password out: it is asked for next, and may hold any character"


def ask_database(prompts: Prompts, answers: Answers) -> None:
    """Which one, and that it can be written; asked until one can."""
    while not _ask_once(prompts, answers):
        pass


def _ask_once(prompts: Prompts, answers: Answers) -> bool:
    known = answers.find("DATABASE_URL") or _SQLITE + _FILE
    on_file = known.startswith("sqlite")
    kinds = ("a file (SQLite; one machine that keeps its disk)", "PostgreSQL")
    if prompts.choose("Where is what was read and said kept?", kinds, 1 if on_file else 2) == 1:
        file = find_sqlite_file(known) if on_file else None
        url = prompts.ask("File", check_file, default=str(file or _FILE))
        answers.put(DATABASE_URL=url, DATABASE_PASSWORD=None)
        return True
    return _ask_postgres(prompts, answers, None if on_file else parse_database_url(known))


def check_file(text: str) -> str:
    """The URL of a file that can be written; it is not made yet."""
    url = _SQLITE + text.removeprefix(_SQLITE)
    quote_value(url)
    _try(url)
    return url


def _ask_postgres(prompts: Prompts, answers: Answers, default: URL | None) -> bool:
    """True where it can be used; else what to do was said."""
    shown = _hide(default) if default is not None else None
    url = prompts.ask("Its address, as postgres://user@host:5432/name", check_url, default=shown)
    known = answers.find("DATABASE_PASSWORD") or (default.password if default is not None else None)
    password = url.password
    if password is None:
        words = "The password of its user (nothing: none)"
        password = prompts.ask(words, _check_password, default=known, secret=True) or None
    answers.put(DATABASE_URL=_hide(url), DATABASE_PASSWORD=password)
    whole = url.set(password=password)
    try:
        if not asyncio.run(has_database(whole)) and not _create(prompts, whole):
            return False
        _try(whole.render_as_string(hide_password=False))
    except (Refused, Unavailable, UserError) as error:
        prompts.refuse("Its address", str(error))
        return False
    prompts.say("  it can be read and written")
    return True


def check_url(text: str) -> URL:
    """An address of PostgreSQL with a user and a name; a password in it must be readable.

    One that is a parameter would be shown, and written into DATABASE_URL.
    """
    if text.count("@") > 1 or "#" in text:
        raise UserError(_ASKED_NEXT)
    url = parse_database_url(text)
    if "password" in url.query:
        raise UserError(_ASKED_NEXT)
    if url.get_backend_name() != "postgresql":
        raise UserError("it begins with postgres://")
    missing = [w for w, v in (("user", url.username), ("name", url.database)) if not v]
    if missing:
        raise UserError(f"it names no {' and no '.join(missing)}")
    return url


def _create(prompts: Prompts, url: URL) -> bool:
    """True where the database is there by now."""
    if not prompts.confirm(
        f"  The server has no database {url.database!r}: make it?", default=True
    ):
        return False
    try:
        asyncio.run(create_database(url))
    except Refused as refused:
        name, owner = quote_name(url.database or ""), quote_name(url.username or "")
        prompts.say(f"  no: {refused}. Let who may say, in psql:")
        prompts.say(f"    CREATE DATABASE {name} OWNER {owner};")
        return False
    return True


def _check_password(text: str) -> str:
    quote_value(text)
    return text


def _try(url: str) -> None:
    survey = asyncio.run(fetch_survey(url, try_to_write=True))
    if survey.fault is not None:
        raise UserError(f"it cannot be used: {survey.fault}")


def _hide(url: URL) -> str:
    """Without its password."""
    return url.set(password=None, drivername="postgresql").render_as_string(hide_password=False)
