"""The report as a command: three forms, a file that is whole, and a clear word otherwise."""

import json
from pathlib import Path

from tests.cli.running import run_command
from tests.support.databases import sqlite_only
from tests.support.farm import Farm


@sqlite_only
async def test_it_is_written_in_each_form(farm: Farm, tmp_path: Path) -> None:
    await farm.break_builder()
    found = await run_command(tmp_path, farm.environ, "report", "--since", "300d")
    assert found.status == 0, found
    assert found.out.startswith("# The fleet from ")
    html = tmp_path / "week.html"
    wrote = await run_command(tmp_path, farm.environ, "report", "--format", "html", str(html))
    assert (wrote.status, wrote.out) == (0, "")
    assert html.read_text().startswith("<!doctype html>")
    assert not list(tmp_path.glob("*.part"))
    told = await run_command(tmp_path, farm.environ, "report", "--format", "json")
    assert {"new", "fixed", "flaky", "releases"} <= json.loads(told.out).keys()


async def test_mistakes_are_one_line(tmp_path: Path) -> None:
    """What was typed is looked at first, and no setting is asked for but the database's."""
    environ = {"DATABASE_URL": "sqlite+aiosqlite:///nowhere.db"}
    for words, told in (
        (("report", "--since", "soon"), "give a time like 7d"),
        (("report",), "cannot read the database"),
        (("record",), "cannot read the database"),
        (("incidents", "--limit", "0"), "--limit is at least 1"),
        (("incidents",), "cannot read the database"),
    ):
        found = await run_command(tmp_path, environ, *words)
        assert (found.status, found.out) == (2, "")
        assert told in found.err
