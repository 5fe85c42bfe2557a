"""PostgreSQL: several machines on one database, and all that can be wrong with a server."""

import asyncio
import signal
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.core.errors import Unavailable, UserError
from bot.core.model import build_key, pull_key, sweep_key
from bot.store import Store, open_store
from tests.support.clock import NOON, FakeClock
from tests.support.databases import postgresql_only
from tests.support.postgres import PASSWORD, PostgresDatabase, PostgresServer

RED = build_key("bb", 1)
PULL = pull_key(1, 12)
SWEEP = sweep_key("buildbot")


async def wait_for_bell(store: Store) -> None:
    async with asyncio.timeout(30):
        await store.database.bell.wait()


# ---------------------------------------------------------------- who wakes whom


@postgresql_only
async def test_a_key_put_by_one_instance_wakes_the_other(store: Store, twin: Store) -> None:
    """The push came to the busy machine; the idle one should not sleep for a second more."""
    await asyncio.sleep(0.3)  # both listen by now
    twin.database.bell.clear()
    await store.inbox.put([RED])
    await wait_for_bell(twin)


@postgresql_only
async def test_our_own_message_does_not_wake_us_again(store: Store) -> None:
    """Each look costs a query; one for each key is enough."""
    await asyncio.sleep(0.3)
    await store.inbox.put([RED])
    store.database.bell.clear()
    await asyncio.sleep(0.2)
    assert not store.database.bell.is_set()


@postgresql_only
async def test_a_listener_that_was_cut_off_listens_again(
    store: Store, twin: Store, database: PostgresDatabase
) -> None:
    """What was put meanwhile made no sound: a new connection is a reason to look."""
    await asyncio.sleep(0.3)
    twin.database.bell.clear()
    database.server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{database.name}' AND pid <> pg_backend_pid()"
    )
    await wait_for_bell(twin)
    await asyncio.sleep(1.2)  # the other's came back, too
    twin.database.bell.clear()
    await store.inbox.put([RED])  # and its dead connections are no reason to refuse
    await wait_for_bell(twin)


# ---------------------------------------------------------------- whose clock counts


@postgresql_only
async def test_clocks_that_differ_by_minutes_do_no_harm(database: PostgresDatabase) -> None:
    """One machine is five minutes ahead, the other behind: no lease is taken away for it."""
    fast, slow = FakeClock(NOON + timedelta(minutes=5)), FakeClock(NOON - timedelta(minutes=5))
    first, second = await open_store(database.url, fast), await open_store(database.url, slow)
    await first.inbox.put([RED])
    lease = await second.inbox.take("slow", 20)
    assert lease is not None, "due at once, though it comes from the future"
    assert lease.until == slow.now() + timedelta(seconds=20)
    assert await first.inbox.take("fast", 20) is None
    assert await first.inbox.next_run_at() == fast.now() + timedelta(seconds=20)
    database.pass_time(timedelta(seconds=20))
    taken_over = await first.inbox.take("fast", 20)
    assert taken_over is not None
    assert await second.inbox.renew(lease, 20) is None
    await first.inbox.retry(taken_over, fast.now() + timedelta(seconds=2), "no answer")
    assert await second.inbox.next_run_at() == slow.now() + timedelta(seconds=2)
    assert (await second.views.load_depth()).oldest_due_at is None
    await first.close()
    await second.close()


@postgresql_only
async def test_a_timer_runs_once_a_period_whatever_the_clocks_say(
    database: PostgresDatabase,
) -> None:
    """Three instances with three clocks that each swept would be three times the calls."""
    clocks = [FakeClock(NOON + timedelta(minutes=n)) for n in (-5, 0, 5)]
    stores = [await open_store(database.url, clock) for clock in clocks]
    for _ in range(3):
        asked = await asyncio.gather(*(s.inbox.put_timer(SWEEP, 60) for s in stores))
        assert asked == [clock.now() + timedelta(seconds=60) for clock in clocks]
        lease = await stores[0].inbox.take("a", 20)
        assert lease is not None
        assert lease.generation == 1
        await stores[0].inbox.finish(lease)
        assert await stores[1].inbox.next_run_at() is None
        database.pass_time(timedelta(seconds=60))
    for store in stores:
        await store.close()


# ---------------------------------------------------------------- a server with faults


async def test_a_server_that_restarts_is_away_for_a_while(postgres: PostgresServer) -> None:
    """Maintenance at night: doors say 503 meanwhile, and the first push after it is taken."""
    with postgres.another() as server, server.database() as database:
        store = await open_store(database.url, FakeClock())
        await store.inbox.put([RED])
        server.stop(signal.SIGQUIT)  # as in a crash
        with pytest.raises(Unavailable, match="database: "):
            await store.inbox.put([PULL])
        with pytest.raises(Unavailable):
            await store.ping()
        server.start()
        await store.inbox.put([PULL])
        assert await store.inbox.take("a", 20) is not None
        assert await store.inbox.take("a", 20) is not None
        server.stop()
        server.start()
        await store.inbox.put([RED])  # nobody noticed that the connections died
        await store.close()


@pytest.fixture
def fresh(postgres: PostgresServer) -> Iterator[PostgresDatabase]:
    with postgres.database() as database:
        yield database


def forbid_tables(database: PostgresDatabase) -> str:
    make_role(database, f"GRANT CONNECT ON DATABASE {database.name} TO guest")
    return database.server.make_url(database.name, user="guest")


def forbid_writing(database: PostgresDatabase) -> str:
    asyncio.run(open_and_close(database.url))
    make_role(database, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest")
    return database.server.make_url(database.name, user="guest")


def make_role(database: PostgresDatabase, grant: str) -> None:
    role = (
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guest')"
        f" THEN CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'; END IF; END $$"
    )
    database.server.execute(role, grant, database=database.name)


def make_read_only(database: PostgresDatabase) -> str:
    read_only = f"ALTER DATABASE {database.name} SET default_transaction_read_only = on"
    database.server.execute(read_only)
    return database.url


async def open_and_close(url: str) -> None:
    await (await open_store(url, FakeClock())).close()


FAULTS: dict[str, tuple[Callable[[PostgresDatabase], str], str]] = {
    "a wrong password": (
        lambda d: d.server.make_url(d.name, password="hunter2"),
        "password authentication failed",
    ),
    "a wrong password in the query": (
        lambda d: f"{d.url.replace(PASSWORD, '')}?password=hunter2",
        "password authentication failed",
    ),
    "a user that is not there": (
        lambda d: d.server.make_url(d.name, user="nobody"),
        "password authentication failed",
    ),
    "a database that is not there": (lambda d: d.server.make_url("nowhere"), "does not exist"),
    "a name that is no host's": (
        lambda d: "postgresql://u:hunter2@no-such-host.invalid/d",
        "no-such-host",
    ),
    "no right to make tables": (forbid_tables, "permission denied"),
    "no right to write": (forbid_writing, "permission denied"),
    "a copy that is read-only": (make_read_only, "read-only"),
    "encryption that it has not": (lambda d: f"{d.url}?sslmode=require", "SSL"),
    "a mode that there is not": (lambda d: f"{d.url}?sslmode=perhaps", "sslmode"),
    "a setting that there is not": (lambda d: f"{d.url}?colour=red", "colour"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_server_is_one_clear_line(name: str, fresh: PostgresDatabase) -> None:
    """Whoever runs us sees what to change, no traceback and no password."""
    make, words = FAULTS[name]
    url = make(fresh)
    away = name == "a name that is no host's"  # while the network comes up, no name is
    with pytest.raises(Unavailable if away else UserError, match=words) as caught:
        asyncio.run(open_and_close(url))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("cannot use the database postgresql")
    assert "hunter2" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_server_that_never_answers_is_given_up() -> None:
    """A firewall that swallows everything must not hang the start for ever."""

    async def story() -> None:
        server = await asyncio.start_server(lambda r, w: asyncio.sleep(60), "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable, match="cannot use the database"):
            await open_store(f"postgresql://u:p@127.0.0.1:{port}/d?connect_timeout=1", FakeClock())
        server.close()

    asyncio.run(story())


# ---------------------------------------------------------------- URLs as providers write them


@pytest.mark.parametrize(
    "query",
    ["", "sslmode=prefer", "sslmode=disable", "connect_timeout=5&channel_binding=prefer"],
)
async def test_the_parameters_of_libpq_are_understood(fresh: PostgresDatabase, query: str) -> None:
    """A URL that `psql` takes is a URL that we take."""
    await open_and_close(f"{fresh.url.replace('postgresql:', 'postgres:')}?{query}")


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """Signed by nobody but itself, as Heroku's are."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "database")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "server.crt").write_bytes(certificate.public_bytes(pem))
    (folder / "server.key").write_bytes(key.private_bytes(pem, form, plain))
    return folder / "server.crt", folder / "server.key"


async def test_what_must_be_encrypted_is(postgres: PostgresServer) -> None:
    """Heroku: a certificate of its own making, `sslmode=require` or nothing said at all."""
    with postgres.another() as server, server.database() as database:
        server.stop()
        server.encrypt(*write_certificate(server.folder))
        server.start()
        for query in ("?sslmode=require", ""):
            store = await open_store(database.url + query, FakeClock())
            async with store.database.read() as connection:
                found = await connection.exec_driver_sql(
                    "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
                )
                assert found.scalar_one() is True
            await store.close()
        with pytest.raises(UserError, match="certificate") as caught:
            await open_and_close(f"{database.url}?sslmode=verify-full")
        assert isinstance(caught.value.__cause__, Unavailable | ssl.SSLError | UserError)
