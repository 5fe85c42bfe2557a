"""A past is read gently, and what goes wrong meanwhile is told and never half written."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.settings import Settings
from bot.app.trial import TrialReader
from bot.core.errors import Unavailable, UserError
from bot.store import open_store
from tests.cli.test_export import play
from tests.clients.serving import SwiftClock
from tests.support.farm import Farm


class PatientClock(SwiftClock):
    """Who waits for a server to come back, waits until something was read of it."""

    def __init__(self) -> None:
        super().__init__()
        self.something_read = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds >= 1:
            await self.something_read.wait()
        await super().sleep(seconds)


def make_reader(
    farm: Farm, folder: Path, shown: list[str], clock: SwiftClock | None = None
) -> tuple[TrialReader, Settings]:
    def show(words: str, done: int, total: int) -> None:
        shown.append(f"{words} {done}/{total}")
        if words == "builds read" and isinstance(clock, PatientClock):
            clock.something_read.set()

    settings = replace(farm._settings(), database_url=f"sqlite+aiosqlite:///{folder}/try.db")
    reader = TrialReader(
        settings,
        clock or SwiftClock(),
        calls_per_second=1000,
        show=show,
    )
    return reader, settings


async def test_a_proxy_that_times_out_is_waited_for(farm: Farm, tmp_path: Path) -> None:
    await play(farm)
    await farm.stop_service()
    farm.buildbot.fail_next("status", "build", status=504, times=2)
    shown: list[str] = []
    reader, _ = make_reader(farm, tmp_path, shown)
    counts = await reader.read()
    assert (counts.builds, counts.read, counts.left_aside) == (6, 6, [])
    assert any(words.startswith("waiting 2 s: ") for words in shown)
    assert "builds read 6/6" in shown
    assert reader.calls["buildbot"] > 12


async def test_a_buildbot_that_goes_away_ends_it_and_what_was_read_stays(
    farm: Farm, tmp_path: Path
) -> None:
    await play(farm)
    await farm.stop_service()
    reader, settings = make_reader(farm, tmp_path, [], PatientClock())
    farm.buildbot.fail_next("status", "build", status=502, skip=3, times=1000)
    with pytest.raises(Unavailable, match="Buildbot"):
        await reader.read()
    farm.buildbot.clear_faults()
    store = await open_store(settings.database_url, farm.clock)
    known = await store.facts.load_known_builds("buildbot", range(1, 7))
    await store.close()
    assert 0 < len(known) < 6
    reader, _ = make_reader(farm, tmp_path, [])
    counts = await reader.read()
    assert (counts.known, counts.known + counts.read) == (len(known), 6)


async def test_a_token_that_is_none_is_told_before_anything_is_read(
    farm: Farm, tmp_path: Path
) -> None:
    await play(farm)
    await farm.stop_service()
    reader, settings = make_reader(farm, tmp_path, [])
    reader._settings = replace(settings, repository="octo-org/none")
    with pytest.raises(UserError, match="GitHub does not show octo-org/none"):
        await reader.read()
    assert reader.calls["buildbot"] <= 3
    assert not (tmp_path / "try.db").exists()
