"""What a watcher sees in a terminal and in a pipe, of a service and straight of a Buildbot."""

import asyncio
import json
import os
import sys
from pathlib import Path

from tests.cli.running import ROOT, Ran, run_command
from tests.cli.terminals import run_in_terminal
from tests.support.farm import Farm

A, B = "a" * 40, "b" * 40


def at_farm(farm: Farm) -> dict[str, str]:
    return {"HOST": "127.0.0.1", "PORT": farm.url.rpartition(":")[2]}


async def test_a_running_service_tells_what_is_red_since_which_commit_and_why(
    farm: Farm, tmp_path: Path
) -> None:
    healthy = await run_command(tmp_path, at_farm(farm), "status", "-q")
    assert healthy == Ran(0, "", ""), "nothing is red, and a script hears nothing"

    await farm.break_builder()
    farm.builder("ARM64 Fedora", stable=False)
    await farm.red("ARM64 Fedora", at=(await farm.merge(102)))
    found = await run_command(tmp_path, at_farm(farm), "status")
    assert found.status == 1, found
    lines = found.out.splitlines()
    assert lines[0].startswith("octo-org/demo@main  ")
    debian = next(n for n, line in enumerate(lines) if "AMD64 Debian" in line)
    assert "✓✗✗" in lines[debian]
    assert "red for " in lines[debian]
    assert "#101 Change something, green at " in lines[debian + 1]
    assert lines[debian + 2].strip() == "✗ test.test_ssl.BasicTests.test_basic"
    assert "suspected #101" in lines[debian + 3]
    assert "unstable" in next(line for line in lines if "ARM64 Fedora" in line)
    assert "\x1b" not in found.out, "no colours in a pipe"

    told = json.loads((await run_command(tmp_path, at_farm(farm), "status", "--json")).out)
    (branch,) = told["branches"]
    assert [b["name"] for b in branch["builders"] if b["red"]] == ["AMD64 Debian", "ARM64 Fedora"]
    assert told["red"] == 1, "the unstable one does not count"
    quiet = await run_command(tmp_path, at_farm(farm), "status", "-q", "-b", "main")
    assert quiet.status == 1
    assert "newest at the right" not in quiet.out
    wrong = await run_command(tmp_path, at_farm(farm), "status", "-b", "3.99")
    assert (wrong.status, wrong.out) == (2, "")
    assert "branches that are built: main" in wrong.err


async def test_a_watched_status_follows_until_ctrl_c_and_gives_the_terminal_back(
    farm: Farm, tmp_path: Path
) -> None:
    await farm.break_builder()
    status, run = await run_in_terminal(
        *(tmp_path, at_farm(farm), "status", "--watch", "1"),
        columns=100,
        rows=30,
        until=lambda run: run.raw.count(b"\x1b[2J") >= 3,
    )
    assert status == 1, "as red as the last look"
    assert run.raw.startswith(b"\x1b[?1049h")
    assert run.raw.rstrip().endswith(b"\x1b[?25h\x1b[?1049l"), run.raw[-100:]
    refused = await run_command(tmp_path, at_farm(farm), "status", "--watch")
    assert (refused.status, refused.out) == (2, "")
    assert "needs a terminal" in refused.err


async def test_a_pipe_that_closes_ends_it_quietly(farm: Farm, tmp_path: Path) -> None:
    await farm.break_builder()
    script = f"{sys.executable} -m bot status | true; exit ${{PIPESTATUS[0]}}"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", f"sleep 0; {script}"),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **at_farm(farm)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    assert err == b""
    assert process.returncode == 141
