"""What repositories say of themselves, as it was last read.

In: a file's last good text, and what is wrong with the present one. Out: the same. The text is
kept, not what was made of it: a later version of this program may read more out of it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.core.model import Key
from bot.core.model.known_flaky import NOTHING_LISTED, KnownFlaky, ListedTest
from bot.core.model.repository_files import SettingsFile
from bot.core.ports import Clock
from bot.store.engine.database import Database, shielded
from bot.store.engine.repository_tables import repository_settings as table
from bot.store.engine.upserts import put_row
from bot.store.inbox.key_rows import insert_keys


class SqlRepositorySettings:
    """Implements `ports.RepositorySettingsStore`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @shielded
    async def load_settings_file(self, repo_id: int) -> SettingsFile | None:
        """Of one repository; None where it never had one."""
        found = select(table).where(table.c.repo_id == repo_id)
        rows = await self._database.read_at_once(lambda c: c.execute(found).all(), single=True)
        return _parse_row(rows[0]) if rows else None

    @shielded
    async def load_settings_files(self) -> Sequence[SettingsFile]:
        """Of all repositories that ever had one."""
        found = select(table).order_by(table.c.repo_id)
        rows = await self._database.read_at_once(lambda c: c.execute(found).all(), single=True)
        return [_parse_row(row) for row in rows]

    @shielded
    async def save_settings_file(self, file: SettingsFile, keys: Sequence[Key]) -> None:
        """Save what was read, and put the keys of what it may change, in one transaction."""
        times = self._database.times(self._clock.now())
        row = {
            **asdict(file),
            "problems": json.dumps(file.problems),
            "known_flaky": _make_document(file.known_flaky),
        }

        def save(connection: Connection) -> None:
            put_row(connection, table, row)
            insert_keys(connection, dict.fromkeys(keys, times.here), times)

        await self._database.write_at_once(save, single=False)
        self._database.ring()


def _parse_row(row: Row[Any]) -> SettingsFile:
    problems = tuple(json.loads(row.problems))
    listed = _parse_document(row.known_flaky)
    return SettingsFile(row.repo_id, row.blob, row.good, problems, row.told_sha, listed)


def _make_document(known: KnownFlaky) -> str | None:
    if known == NOTHING_LISTED:
        return None
    return json.dumps(asdict(known), default=datetime.isoformat)


def _parse_document(document: str | None) -> KnownFlaky:
    if document is None:
        return NOTHING_LISTED
    stored = json.loads(document)
    tests = tuple(
        ListedTest(
            test["words"],
            test["source"],
            test["issue"],
            datetime.fromisoformat(test["since"]),
            datetime.fromisoformat(test["until"]) if test["until"] else None,
        )
        for test in stored["tests"]
    )
    return KnownFlaky(tests, tuple(stored["problems"]))
