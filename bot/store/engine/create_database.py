"""A database of PostgreSQL that is not there yet: is it, and make it.

In: a `DATABASE_URL` that names it. Out: it is there; `Refused` where the server says no for good,
`Unavailable` where it does not answer.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import URL

from bot.core.errors import Refused, Unavailable
from bot.store.engine.errors import find_first_line
from bot.store.engine.postgres import make_connect

# Every server has it, and everybody may connect to it unless somebody forbade that.
_OTHER = "postgres"
_PATIENCE_SECONDS = 10


async def has_database(url: URL) -> bool:
    """Whether its server has it; raises `Refused` and `Unavailable`."""
    try:
        async with _connect(url):
            return True
    except asyncpg.InvalidCatalogNameError:
        return False


async def create_database(url: URL) -> None:
    """Make it, owned by the user of the URL; raises `Refused` where that user may not."""
    try:
        async with _connect(url.set(database=_OTHER)) as connection:
            await connection.execute(f"CREATE DATABASE {quote_name(url.database or '')}")
    except asyncpg.DuplicateDatabaseError:
        return  # somebody was quicker
    except asyncpg.InsufficientPrivilegeError as error:
        raise Refused(f"{url.username} may not make databases") from error
    except asyncpg.PostgresError as error:
        raise Refused(find_first_line(error)) from error


def quote_name(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


@asynccontextmanager
async def _connect(url: URL) -> AsyncIterator["asyncpg.Connection[Any]"]:
    try:
        connection = await make_connect(url, _PATIENCE_SECONDS)()
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise Refused("the server refuses our user or password") from error
    except asyncpg.InvalidCatalogNameError:
        raise
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable(f"the server does not answer: {find_first_line(error)}") from error
    try:
        yield connection
    finally:
        await connection.close()
