"""A fleet's own past, played again: the same pulls are named as when it was live."""

import gzip
import json
from pathlib import Path

from tests.cli.running import run_command
from tests.support.farm import GITHUB_TOKEN, Farm


def make_environ(farm: Farm, database_url: str) -> dict[str, str]:
    return {
        "BUILDBOT_URL": farm.buildbot.url,
        "GITHUB_API_URL": farm.github.url,
        "GITHUB_TOKEN": GITHUB_TOKEN,
        "DATABASE_URL": database_url,
    }


async def play(farm: Farm) -> None:
    """A batch that a second builder narrows, and a test that fails now and then."""
    slow, fast = farm.builder("ARM64 Debian"), farm.builder("AMD64 Fedora")
    base = await farm.merge(100)
    for builder in (slow, fast):
        await farm.green(builder, at=base)
    innocent = await farm.merge(101, "Innocent change")
    await farm.green(fast, at=innocent)
    await farm.red(fast, at=innocent, failing=["test_zipfile"], scheduler="force", reason="again")
    broken = await farm.merge(102, "Break ssl")
    await farm.red(slow, at=broken)
    await farm.red(fast, at=broken)


async def test_the_past_played_again_names_the_same_pull(
    farm: Farm, database_url: str, tmp_path: Path
) -> None:
    await play(farm)
    assert [bool(farm.comments(n)) for n in (100, 101, 102)] == [False, False, True]
    (live,) = [i for i in await farm.incidents() if i["pull"] == 102]
    environ = make_environ(farm, database_url)
    exported = await run_command(tmp_path, environ, "export", "past.jsonl.gz")
    assert exported.status == 0, exported.err
    assert "6 builds" in exported.err
    played = await run_command(tmp_path, {}, "backtest", "--json", "past.jsonl.gz")
    assert played.status == 0, played.err
    told = json.loads(played.out)
    assert [(c["pr"], c["tests"], c["sha"]) for c in told["comments"]] == [
        (102, live["tests"], live["range"][1])
    ]
    assert told["summary"]["lines_left_out"] == 0
    assert told["summary"]["builds_of_unknown_commits"] == 0


async def test_mistakes_are_one_line(farm: Farm, database_url: str, tmp_path: Path) -> None:
    environ = make_environ(farm, database_url)
    nothing = await run_command(tmp_path, environ, "export", "past.jsonl")
    assert (nothing.status, nothing.err) == (2, "nightswatch: no build is known yet\n")
    await play(farm)
    (tmp_path / "old.jsonl").write_text("precious")
    for arguments, told in (
        (["old.jsonl"], "old.jsonl is there already"),
        (["none/past.jsonl"], "cannot write none/past.jsonl: No such file"),
        (["past.jsonl", "--branch", "1.0"], "no build of octo-org/demo@1.0 is known"),
        (["past.jsonl", "--repository", "o/r"], "repository o/r is not known here"),
    ):
        ran = await run_command(tmp_path, environ, "export", *arguments)
        assert ran.status == 2
        assert told in ran.err
        assert ran.err.count("\n") == 1
    assert (tmp_path / "old.jsonl").read_text() == "precious"
    assert [path.name for path in tmp_path.glob("*.part")] == []
    streamed = await run_command(tmp_path, environ, "export")
    assert json.loads(streamed.out.splitlines()[0])["repo"] == "octo-org/demo"
    packed = await run_command(tmp_path, environ, "export", "past.gz")
    assert packed.status == 0
    assert gzip.decompress((tmp_path / "past.gz").read_bytes()).decode() == streamed.out
