"""Our record from a shell."""

import json
from pathlib import Path

from tests.cli.running import run_command
from tests.support.databases import sqlite_only
from tests.support.farm import Farm


@sqlite_only
async def test_the_command_tells_the_same(farm: Farm, tmp_path: Path) -> None:
    environ = {"DATABASE_URL": farm.environ["DATABASE_URL"]}  # it needs no more
    nothing = await run_command(tmp_path, environ, "record")
    assert nothing.out == "Nothing was said yet: there is nothing to judge.\n"
    await farm.break_builder()
    found = await run_command(tmp_path, environ, "record")
    assert (found.status, found.err) == (0, "")
    assert "Only 0 of 1 are proved right or wrong" in found.out
    assert "all          1     0     0       0     1     0        0" in found.out
    told = await run_command(tmp_path, environ, "record", "--json")
    assert json.loads(told.out)["total"]["made"] == 1
