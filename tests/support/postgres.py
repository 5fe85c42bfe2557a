"""A real PostgreSQL of our own, for tests and benches: in a temporary folder, on loopback.

In: the binaries of a Debian package, or those on PATH. Out: a server, fresh databases on it, and
its end. PostgreSQL refuses to run as root, so root starts it as `postgres` or `nobody`. No server
that we did not start is ever spoken to.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import asyncpg

from bot.fakes.service_process import find_free_port
from tests.support.clock import NOON, FakeClock
from tests.support.databases import make_tables, run_elsewhere

PASSWORD = "test-password"

# Tests do not pull the plug: without waiting for the disk they are many times as fast. Nor does
# anything live so long that it has to be cleaned up, and what is logged may have to fit in memory.
_QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "128MB",
    "autovacuum": "off",
}

_START_SECONDS = 30

# Tests of leases and timers move a clock that stands still otherwise, and on PostgreSQL the clock
# that counts is the server's. So its databases in tests look for the time in a file.
_SERVED_TIME = """
CREATE FUNCTION public.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE sql
    AS $$ SELECT pg_catalog.pg_read_file('{file}')::timestamptz $$;
ALTER DATABASE {name} SET search_path = public, pg_catalog;
"""


def find_binaries() -> Path | None:
    """The folder of `initdb` and `postgres`; the newest version's, where there are several."""
    packaged = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if packaged:
        return max(packaged, key=lambda folder: float(folder.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _find_user() -> str | None:
    """Who is to run it; None: ourselves."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class PostgresServer:
    """A server that runs from `start` to `stop`; it may be started again."""

    def __init__(self, binaries: Path, folder: Path, *, durable: bool = False) -> None:
        self._binaries = binaries
        self.folder = folder
        self._data = folder / "data"
        self._settings = {} if durable else dict(_QUICK)
        self._user = _find_user()
        self._process: subprocess.Popen[bytes] | None = None
        self._names = iter(range(1_000_000))
        self.port = find_free_port()

    def create(self) -> None:
        """Make its data folder, owned by who runs it."""
        self._data.mkdir()
        password = self.folder / "password"
        password.write_text(PASSWORD)
        self.folder.chmod(0o755)
        if self._user:
            shutil.chown(self._data, self._user)
        self._run(
            *("initdb", "--pgdata", self._data, "--username", "postgres", "--encoding", "UTF8"),
            *("--locale", "C.UTF-8", "--auth", "scram-sha-256", "--pwfile", password, "--no-sync"),
        )

    def start(self) -> None:
        """Returns once it takes connections."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            **self._settings,
        }
        words = [f"--{name}={value}" for name, value in settings.items()]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, *words],
                **self._identity,
                cwd="/",
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "server.log").read_text())
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends all sessions in order; SIGQUIT is a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_START_SECONDS)
            self._process = None

    @property
    def _identity(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        group = pwd.getpwnam(self._user).pw_gid
        return {"user": self._user, "group": group, "extra_groups": []}

    def _run(self, program: str, *words: object) -> None:
        subprocess.run(
            [self._binaries / program, *map(str, words)],
            **self._identity,
            cwd="/",
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    def encrypt(self, certificate: Path, key: Path) -> None:
        """From the next start on; who runs it must own the key."""
        key.chmod(0o600)
        if self._user:
            shutil.chown(key, self._user)
        self._settings |= {"ssl": "on", "ssl_cert_file": str(certificate), "ssl_key_file": str(key)}

    @contextmanager
    def another(self) -> Iterator["PostgresServer"]:
        """A second one, which may be ill-treated."""
        with _running(self._binaries, durable=True) as server:
            yield server

    # ------------------------------------------------------------ databases

    @cached_property
    def _copying(self) -> str:
        """How a database is copied: file by file is several times as fast; before 15 all were."""
        told = subprocess.check_output([self._binaries / "postgres", "--version"], text=True)
        version = re.search(r"\d+", told)
        return "STRATEGY FILE_COPY" if version and int(version[0]) >= 15 else ""

    @cached_property
    def _template(self) -> str:
        """A database with tables, to be copied."""
        self.execute("CREATE DATABASE tables")
        make_tables(self.make_url("tables"))
        return "tables"

    def make_url(self, database: str, user: str = "postgres", password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """As the superuser, each statement a transaction of its own; whoever calls waits."""

        async def run() -> None:
            connection = await asyncpg.connect(self.make_url(database))
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        run_elsewhere(run())

    @contextmanager
    def database(
        self, *, real_time: bool = True, with_tables: bool = True
    ) -> Iterator["PostgresDatabase"]:
        """An empty one of our own; without real time, its clock is a file's."""
        name = f"watch{next(self._names)}"
        database = PostgresDatabase(self, name)
        template = self._template if with_tables else "template1"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} {self._copying}")
        if not real_time:
            database.serve_time(NOON)
            served = _SERVED_TIME.format(file=database.time_file, name=name)
            self.execute(served, database=name)
        yield database
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")


class PostgresDatabase:
    """A database, and the time by its server's clock."""

    def __init__(self, server: PostgresServer, name: str) -> None:
        self.server = server
        self.name = name
        self.url = server.make_url(name)
        self.time_file = server.folder / f"{name}.time"
        self._now = NOON

    def serve_time(self, now: datetime) -> None:
        """It is now `now`."""
        self._now = now
        fresh = self.time_file.with_suffix(".new")
        fresh.write_text(now.isoformat())
        fresh.replace(self.time_file)

    def pass_time(self, step: timedelta) -> None:
        """It is later now."""
        self.serve_time(self._now + step)

    def make_clock(self, now: datetime = NOON) -> FakeClock:
        """A machine's clock; time passes for the server when it passes here."""
        return _ServedClock(self, now)


class _ServedClock(FakeClock):
    def __init__(self, database: PostgresDatabase, now: datetime) -> None:
        super().__init__(now)
        self._database = database

    def advance(self, seconds: float | timedelta) -> None:
        step = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
        self._database.pass_time(step)
        super().advance(step)


@contextmanager
def open_server(
    *, durable: bool = False, parent: str | None = None
) -> Iterator[PostgresServer | None]:
    """A server for as long as the block lasts; None where there are no binaries."""
    binaries = find_binaries()
    if binaries is None:
        yield None
        return
    with _running(binaries, durable=durable, parent=parent) as server:
        yield server


@contextmanager
def _running(
    binaries: Path, *, durable: bool, parent: str | None = None
) -> Iterator[PostgresServer]:
    with tempfile.TemporaryDirectory(prefix="nightswatch-pg-", dir=parent) as folder:
        server = PostgresServer(binaries, Path(folder), durable=durable)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()
