"""One look at a fleet that nobody watches: what would have been said, and how right that was."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from bot.cli.try_buildbot import _find_scratch
from tests.cli.running import ROOT, Ran, run_command
from tests.cli.test_export import play
from tests.support.farm import GITHUB_TOKEN, Farm


def make_environ(farm: Farm, folder: Path) -> dict[str, str]:
    """What somebody has who only looks; the store that is named stays as it is."""
    return {
        "GITHUB_API_URL": farm.github.url,
        "GITHUB_TOKEN": GITHUB_TOKEN,
        "XDG_CACHE_HOME": str(folder / "cache"),
        "DATABASE_URL": f"sqlite:///{folder}/precious.db",
        "POST_COMMENTS": "1",
        "BUILDBOT_WEBHOOK_TOKEN": "t0ken",
    }


def hear_interrupts() -> None:
    """In the child: what runs in the background of a shell, as a CI may, is born deaf to them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def look(farm: Farm, folder: Path, *words: str) -> Ran:
    options = ("--once", "--calls-per-second", "500", *words)
    return await run_command(
        folder, make_environ(farm, folder), "try", f"{farm.buildbot.url}/#/builders", *options
    )


async def test_a_past_is_read_and_told_with_its_evidence(farm: Farm, tmp_path: Path) -> None:
    await play(farm)
    fix = await farm.merge(103, "Mend ssl")
    for builder in ("ARM64 Debian", "AMD64 Fedora"):
        await farm.green(builder, at=fix)
    await farm.stop_service()
    comments = len(farm.comments(102))
    ran = await look(farm, tmp_path)
    assert (ran.status, ran.err) == (0, "")
    assert "2 builders, 2 of them stable, by 'stable'" in ran.out
    calls = re.search(r"8 builds read, with (\d+) calls to Buildbot and (\d+) to GitHub", ran.out)
    assert calls is not None
    assert 8 < int(calls[1]) < 160
    assert int(calls[2]) > 0
    (told,) = [line for line in ran.out.splitlines() if "#102" in line and "suspected" in line]
    assert "test_ssl" in told
    assert "fixed by #103" in told
    assert f"{farm.buildbot.url}/#/builders/1/builds/2" in ran.out
    assert "for it: " in ran.out
    assert "It would have said 1 thing." in ran.out
    assert "right" in ran.out
    assert not (tmp_path / "precious.db").exists()
    assert len(farm.comments(102)) == comments


async def test_the_next_run_reads_nothing_twice(farm: Farm, tmp_path: Path) -> None:
    await play(farm)
    await farm.stop_service()
    first = await look(farm, tmp_path)
    again = await look(farm, tmp_path)
    assert "6 builds read, 6 of them by an earlier run" in again.out
    tail = first.out.partition("of main")[2]
    assert tail
    assert tail in again.out


def test_a_fresh_one_forgets_and_others_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    stores = {}
    for repository in ("o/one", "o/two"):
        stores[repository] = Path(_find_scratch("http://h", repository, fresh=False)[20:])
        stores[repository].write_text("read")
    assert _find_scratch("http://h", "o/one", fresh=True).endswith(str(stores["o/one"]))
    assert [path.exists() for path in stores.values()] == [False, True]


async def test_stopped_half_way_it_goes_on_later(farm: Farm, tmp_path: Path) -> None:
    """Nothing is half written: what the next run finds known is not read again."""
    await play(farm)
    await farm.stop_service()
    environ = make_environ(farm, tmp_path) | {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    farm.buildbot.journal.clear()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "try", farm.buildbot.url, "--calls-per-second", "20"),
        cwd=tmp_path,
        env=environ,
        preexec_fn=hear_interrupts,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(180):
            while not any("/logs" in call.path for call in farm.buildbot.journal):
                await asyncio.sleep(0.01)
    finally:
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    assert (process.returncode, err.decode()) == (
        130,
        "nightswatch: stopped; the same again goes on from here\n",
    )
    ran = await look(farm, tmp_path)
    assert ran.status == 0, ran.err
    assert "6 builds read" in ran.out
    assert "It would have said 1 thing." in ran.out


async def test_its_page_is_shown_on_loopback(farm: Farm, tmp_path: Path) -> None:
    await play(farm)
    await farm.stop_service()
    environ = make_environ(farm, tmp_path) | {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "try", farm.buildbot.url, "--calls-per-second", "500"),
        cwd=tmp_path,
        env=environ,
        preexec_fn=hear_interrupts,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        url = ""
        async with asyncio.timeout(180):
            while not url:
                line = (await process.stdout.readline()).decode()
                assert line, "it ended"
                url = line.partition("To show around: ")[2].partition(" ")[0]
            calls = len(farm.buildbot.journal)
            async with aiohttp.ClientSession() as session:
                page = await (await session.get(url)).text()
                pulls = (await (await session.get(f"{url}api/v1/pulls")).json())["pulls"]
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 120) == 0
    assert "test_ssl" in page
    assert ["test_ssl" in pull["wanted"] for pull in pulls if pull["number"] == 102] == [True]
    assert "What is wrong with the service" not in page
    assert len(farm.buildbot.journal) == calls, "a page calls nobody"


# ---------------------------------------------------------------- odd fleets


async def test_a_fleet_without_tags_accuses_all_the_same(farm: Farm, tmp_path: Path) -> None:
    await play(farm)
    await farm.stop_service()
    for builder in farm.buildbot.master.builders.values():
        builder["tags"] = []
    ran = await look(farm, tmp_path)
    assert "none with the tag 'stable': all may accuse here" in ran.out
    assert "It would have said 1 thing." in ran.out


MISTAKES = {
    "no builds": ((), "has no finished build yet"),
    "no such Buildbot": (
        ("http://127.0.0.1:1/x",),
        "http://127.0.0.1:1/all/api/v2/masters: no conn",
    ),
    "no days": (("--days", "0"), "--days is from 1 to 365"),
    "no repository": (("--repository", "octo-org/none"), "does not show octo-org/none"),
    "no name": (("--repository", "octo"), "REPOSITORY must look like owner/name"),
}


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_mistake_is_one_line(name: str, farm: Farm, tmp_path: Path) -> None:
    words, told = MISTAKES[name]
    if name.startswith("no re"):
        await play(farm)
    await farm.stop_service()
    url = () if words[:1] and words[0].startswith("http") else (farm.buildbot.url,)
    ran = await run_command(tmp_path, make_environ(farm, tmp_path), "try", "--once", *url, *words)
    assert ran.status == 2, ran
    assert told in ran.err
    assert ran.err.count("\n") == 1


async def test_without_a_token_it_is_told_how_to_get_one(farm: Farm, tmp_path: Path) -> None:
    await farm.stop_service()
    ran = await run_command(tmp_path, {}, "try", farm.buildbot.url)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "https://github.com/settings/personal-access-tokens/new" in ran.err
