"""A file or a PostgreSQL: tried at once, made where the user may, told how where not."""

import asyncio
from pathlib import Path

import pytest

from bot.cli.setup_steps.database import ask_database, check_url
from bot.core.errors import UserError
from tests.cli.setup_steps.talking import Talk, talk
from tests.support.postgres import PASSWORD, PostgresServer


async def ask(here: Talk) -> None:
    await asyncio.to_thread(ask_database, here.prompts, here.answers)


async def test_a_file_that_can_be_written_is_taken_and_not_made_yet(tmp_path: Path) -> None:
    here = talk(tmp_path, "1", f"{tmp_path}/no/x.db", "/proc/x.db", f"{tmp_path}/watch.db")
    await ask(here)
    assert here.given == {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/watch.db"}
    assert "its directory does not exist" in here.shown
    assert "no right to write into its directory" in here.shown
    assert not (tmp_path / "watch.db").exists()


@pytest.fixture
def server(postgres: PostgresServer) -> PostgresServer:
    postgres.execute(
        "DROP DATABASE IF EXISTS asked",
        "DROP ROLE IF EXISTS maker",
        "DROP ROLE IF EXISTS reader",
        "CREATE ROLE maker LOGIN CREATEDB PASSWORD 'm@ker''s #1'",
        "CREATE ROLE reader LOGIN PASSWORD 'reader'",
    )
    return postgres


async def test_a_database_is_made_where_the_user_may(
    tmp_path: Path, server: PostgresServer
) -> None:
    url = f"postgresql://maker@127.0.0.1:{server.port}/asked"
    here = talk(tmp_path, "2", url, "m@ker's #1", "yes")
    await ask(here)
    assert here.given == {"DATABASE_URL": url, "DATABASE_PASSWORD": "m@ker's #1"}
    assert "has no database 'asked': make it?" in here.shown
    assert "it can be read and written" in here.shown
    assert "m@ker" not in here.shown
    again = talk(tmp_path, "", "", "")
    await ask(again)
    assert again.given == here.given


async def test_where_the_user_may_not_it_is_said_how(
    tmp_path: Path, server: PostgresServer
) -> None:
    """Somebody else says the line, and the same answers go on."""
    url = f"postgresql://reader@127.0.0.1:{server.port}/asked"
    here = talk(tmp_path, "2", url, "reader", "yes")
    with pytest.raises(UserError, match="input ends"):
        await ask(here)
    (line,) = [line.strip() for line in here.shown.splitlines() if "CREATE DATABASE" in line]
    assert "reader may not make databases" in here.shown
    server.execute(line)
    here = talk(tmp_path, "2", url, "reader")
    await ask(here)
    assert here.given["DATABASE_URL"] == url


async def test_a_wrong_password_and_a_wrong_port_are_told_apart(
    tmp_path: Path, server: PostgresServer
) -> None:
    right = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
    wrong = "postgresql://postgres@127.0.0.1:1/postgres"
    first, second = ("2", right, "hunter2"), ("", wrong, PASSWORD)
    here = talk(tmp_path, *first, *second, "", right, "")
    await ask(here)
    assert "no: the server refuses our user or password" in here.shown
    assert "no: the server does not answer" in here.shown
    assert here.given == {"DATABASE_URL": right, "DATABASE_PASSWORD": PASSWORD}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("postgres://u:p@ss@host/db", "leave the password out"),
        ("postgres://u:p#ss@host/db", "leave the password out"),
        ("postgres://u@host/db?password=hunter2", "leave the password out"),
        ("postgres://host/db", "it names no user"),
        ("postgres://host", "it names no user and no name"),
        ("mysql://u@h/d", "DATABASE_URL must start with"),
        ("sqlite:///x.db", "it begins with postgres://"),
    ],
)
def test_an_address_that_will_not_do_is_told(text: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        check_url(text)


async def test_who_cannot_have_the_server_may_still_take_a_file(tmp_path: Path) -> None:
    url = "postgresql://u@127.0.0.1:1/d"
    here = talk(tmp_path, "2", url, "pw", "1", f"{tmp_path}/watch.db")
    await ask(here)
    assert here.given == {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/watch.db"}
