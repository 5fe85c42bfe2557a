"""A database that is not there is made, whatever it is called; who may not is told so."""

import pytest

from bot.core.errors import Refused, Unavailable
from bot.store.engine.create_database import create_database, has_database, quote_name
from bot.store.engine.database import parse_database_url
from tests.support.postgres import PostgresServer

NAME = 'odd "name"; DROP'


@pytest.fixture
def server(postgres: PostgresServer) -> PostgresServer:
    postgres.execute(f"DROP DATABASE IF EXISTS {quote_name(NAME)}")
    return postgres


async def test_it_is_made_once_and_found_from_then_on(server: PostgresServer) -> None:
    url = parse_database_url(server.make_url("x")).set(database=NAME)
    assert not await has_database(url)
    await create_database(url)
    assert await has_database(url)
    await create_database(url)  # somebody was quicker


async def test_who_may_not_is_told_so(server: PostgresServer) -> None:
    server.execute("DROP ROLE IF EXISTS nobody2", "CREATE ROLE nobody2 LOGIN PASSWORD 'n'")
    url = parse_database_url(server.make_url("none", "nobody2", "n"))
    with pytest.raises(Refused, match="nobody2 may not make databases"):
        await create_database(url)
    with pytest.raises(Refused, match="refuses our user or password"):
        await has_database(url.set(password="wrong"))


async def test_a_server_that_is_away_is_told_as_such() -> None:
    with pytest.raises(Unavailable, match="the server does not answer"):
        await has_database(parse_database_url("postgresql://u:p@127.0.0.1:1/d"))
