"""What failed for no cause, as a terminal and a script are told."""

import json
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.flakes import render
from bot.core.ports.details import Flake
from tests.cli.running import run_command
from tests.support.databases import sqlite_only
from tests.support.farm import Farm

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_it_tells_how_often_and_where() -> None:
    flake = Flake("test_a", 3, 1, ("A", "B", "C", "D"), NOON)
    lines = ["".join(words for words, _ in line) for line in render([flake], 90, 2)]
    assert lines == [
        "◌ test_a",
        "    3 builds, 1 incident  last 2026-03-01  A, B, C and 1 more",
        "and 2 more: --limit",
    ]


@sqlite_only
async def test_a_quiet_fleet_is_told_so_and_mistakes_are_named(farm: Farm, tmp_path: Path) -> None:
    environ = {"DATABASE_URL": farm.environ["DATABASE_URL"]}  # it needs no more
    found = await run_command(tmp_path, environ, "flakes")
    assert (found.status, found.out) == (0, "Nothing failed for no cause in 90 days.\n")
    found = await run_command(tmp_path, environ, "flakes", "--json", "--days", "7")
    assert json.loads(found.out) == {"flakes": []}
    found = await run_command(tmp_path, environ, "flakes", "--days", "0")
    assert found.status == 2
