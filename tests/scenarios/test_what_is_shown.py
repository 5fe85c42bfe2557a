"""What is shown is what is so: comment, page, JSON and `replay` tell one story, the store's.

Random branches are folded into a real store, and every surface is rendered from it. An author who
reads 80 % in the comment and 24 % on the page believes neither; a builder that is "not built" in a
table and has a build of that commit makes the rest of the table worthless.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.cli.replay import render as render_replay
from bot.cli.replay_build import Replay
from bot.core.model import (
    ACCUSING,
    BranchCommits,
    Build,
    Builder,
    BuildRecord,
    Incident,
    IncidentState,
    Observation,
    Verdict,
)
from bot.core.model.build_results import Result
from bot.core.policy.decide import PULL, Intent
from bot.core.ports import CiSource
from bot.core.render.comment import Report, render_comment
from bot.reconcile.reports import load_report
from bot.store import Store, open_store
from bot.web.access import Access
from bot.web.pages import dashboard, incident
from tests.support.clock import FakeClock
from tests.support.contexts import make_context
from tests.support.databases import SqliteDatabase
from tests.support.farm import Farm
from tests.support.folding import OPTIONS, REPOSITORY, make_branch_folder, make_facts, prepare
from tests.support.make_observations import SSL, make_line, make_observation, sha

BUILDERS = ("ARM64 Debian", "AMD64 Fedora", "s390x RHEL")
LETTERS = "abcdef"
LINE = make_line(*((letter, 100 + n) for n, letter in enumerate(LETTERS)))
SIGNS = {"🟢": "pass", "🔴": "fail", "🟡": "flaked", "➖": "nothing", "🔵": "running"}


# ---------------------------------------------------------------- worlds


@dataclass(frozen=True)
class Told:
    """A build, and what anybody who watched it would say of the failing test."""

    build: Observation
    says: str
    number: int

    @property
    def runs(self) -> bool:
        return self.says == "running"


def make_told(buildid: int, builder: str, at: str, how: str) -> Told:
    ways: dict[str, dict[str, Any]] = {
        "pass": {},
        "fail": {"failing": (SSL,)},
        "flaked": {"flaked": (SSL,), "result": Result.WARNINGS},
        "other": {"failing": ("test_zip.test_write",)},
        "cut": {"failing": ("test_zip.test_write",), "complete": False},
        "exception": {"result": Result.EXCEPTION, "ran": False},
        "cancelled": {"result": Result.CANCELLED, "ran": False},
        "running": {},
    }
    says = {"other": "pass", "cut": "nothing", "exception": "nothing", "cancelled": "nothing"}
    build = make_observation(buildid, builder, at, **ways[how])
    return Told(build, says.get(how, how), buildid)


HOWS = ("pass", "pass", "fail", "fail", "flaked", "other", "cut", "exception", "cancelled")


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Told, ...]:
    """Builders that were green once, and whatever came then; the last ones may still run."""
    before = [make_told(n, builder, "a", "pass") for n, builder in enumerate(BUILDERS, 1)]
    later = [
        make_told(
            10 + n,
            draw(st.sampled_from(BUILDERS)),
            draw(st.sampled_from(LETTERS)),
            draw(st.sampled_from(HOWS)),
        )
        for n in range(draw(st.integers(2, 12)))
    ]
    now = [
        make_told(40 + n, builder, draw(st.sampled_from(LETTERS)), "running")
        for n, builder in enumerate(draw(st.sets(st.sampled_from(BUILDERS))))
    ]
    return (*before, *later, *now)


def make_world(*builds: tuple[str, str, str]) -> tuple[Told, ...]:
    return tuple(make_told(n, *build) for n, build in enumerate(builds, 1))


RED, GREEN = BUILDERS[0], BUILDERS[1]
REGRESSION = make_world((RED, "a", "pass"), (RED, "b", "fail"), (RED, "b", "fail"))


def make_build_facts(told: Told) -> BuildRecord:
    facts = make_facts(told.build)
    number = BUILDERS.index(told.build.builder) + 1
    build = replace(facts.build, number=told.number, builderid=number)
    if told.runs:
        build = replace(build, result=None, complete_at=None)
    return replace(facts, build=build, url=make_url(build))


def make_url(build: Build) -> str:
    return f"https://buildbot.example.org/#/builders/{build.builderid}/builds/{build.number}"


class Running:
    """Of Buildbot itself only this is asked: which builds run just now, and where."""

    source = "bb"

    def __init__(self, world: Sequence[Told]) -> None:
        self._builds = tuple(make_build_facts(told).build for told in world if told.runs)

    async def fetch_running(self) -> tuple[Build, ...]:
        return self._builds

    async def fetch_builder(self, builderid: int) -> Builder:
        return Builder("bb", builderid, BUILDERS[builderid - 1])

    def build_url(self, build: Build) -> str:
        return make_url(build)


# ---------------------------------------------------------------- surfaces


@dataclass(frozen=True)
class Shown:
    """One incident on every surface."""

    stored: Incident
    report: Report
    comment: str
    page: str
    json: dict[str, Any]
    replayed: str


async def show(world: Sequence[Told], folder: Path) -> list[Shown]:
    """Fold a world into a store as the service does it, and render all that it tells."""
    store = await open_store(SqliteDatabase(folder).url, FakeClock())
    try:
        await prepare(store, LINE.commits)
        for told in (told for told in world if not told.runs):
            await store.facts.save_build(make_build_facts(told), ())
        folding = make_branch_folder(store)
        now = world[-1].build.complete_at
        await folding.save(REPOSITORY, "main", await folding.fold(REPOSITORY, "main", now, OPTIONS))
        app = web.Application()
        access = Access("public", None, store.facts)
        app.add_routes(dashboard.make_routes(store.views, access, None))
        app.add_routes(incident.make_routes(store.views, access, FakeClock(), "https://g.example"))
        async with TestClient(TestServer(app)) as client:
            listed = (await (await client.get("/api/v1/incidents")).json())["incidents"]
            return [await show_one(store, world, client, known) for known in listed]
    finally:
        await store.close()


async def show_one(
    store: Store, world: Sequence[Told], client: TestClient[Any, Any], known: dict[str, Any]
) -> Shown:
    (stored,) = [i for i in await store.incidents.load_incidents(1, "main") if i.id == known["id"]]
    intent = Intent(PULL, stored, stored.verdict, stored.state)
    source = cast("CiSource", Running(world))
    report = await load_report(make_context(store, source), REPOSITORY, intent)
    facts = (await store.facts.load_builds([stored.first_red_build]))[0]
    line: BranchCommits = await store.facts.load_line(1, "main")
    replayed = render_replay(Replay(facts, REPOSITORY, line, (stored,), report.builds, ()))
    return Shown(
        stored=stored,
        report=report,
        comment=render(report),
        page=await (await client.get(f"/incidents/{stored.id}")).text(),
        json=known,
        replayed="\n".join(replayed),
    )


def render(report: Report) -> str:
    return render_comment("octo-org/demo", 101, 1, [report], dashboard_url=None)


def find_stage(known: dict[str, Any]) -> str:
    """What the comment's first line has to be, by the JSON."""
    if known["state"] != "open":
        return str(known["state"])
    accuses = known["verdict"] in {v.value for v in ACCUSING}
    return str(known["verdict"]) if accuses else "withdrawn"


HEADS = {
    "suspected": "🔴 **This PR is suspected",
    "confirmed": "🔴 **This PR broke",
    "fixed": "🟢 **Fixed",
    "closed": "⚪ **Closed",
    "withdrawn": "⚪ **Withdrawn",
}


def check_beliefs(shown: Shown) -> None:
    """The same verdict, state, pull and percentages everywhere."""
    known = shown.json
    percent = min(99, int(known["confidence"] * 100 + 1e-6))
    assert shown.comment.startswith(HEADS[find_stage(known)])
    for told in re.findall(r"\((\d+)% sure\)", shown.comment):
        assert int(told) == percent
    accused = f", #{known['pull']} ({percent}%)" if known["pull"] is not None else ""
    words = re.sub(r"<[^>]+>", "", shown.page)
    assert f"{known['verdict']} {known['state']}{accused}." in words
    replayed = f"Incident {known['id']}: {known['verdict']}, {known['state']}{accused}\n"
    assert replayed in shown.replayed
    shares = {s["sha"]: min(99, int(s["p"] * 100 + 1e-6)) for s in known["suspects"]}
    row = r'<tr data-sha="(\w+)"><td>\s*<svg.*</svg>\s*(\d+)%'
    page = dict(re.findall(row, shown.page))
    assert {s: int(p) for s, p in page.items()} == shares
    for head, told in re.findall(r"  suspect (\w{10}) .* (\d+)%$", shown.replayed, re.MULTILINE):
        assert int(told) == shares[next(s for s in shares if s.startswith(head))]
    for head, told in re.findall(r"\[`(\w{7})`\]\([^)]*\) \((\d+)%\)", shown.comment):
        assert int(told) == shares[next(s for s in shares if s.startswith(head))]
    if known["pull"] is not None:
        whole = sum(s["p"] for s in known["suspects"] if s["pr"] == known["pull"])
        assert abs(whole - known["confidence"]) < 0.01, "one verdict, one figure"


def parse_table(comment: str) -> tuple[list[str], dict[str, list[str]]]:
    """The builders, and for each commit its cells."""
    rows = [line.strip("| ").split(" | ") for line in comment.splitlines() if line[:2] == "| "]
    if not rows:
        return [], {}
    head, _, *body = rows
    names = [name.replace("\\", "") for name in head[1:]]
    return names, {re.findall(r"commit/(\w+)", row[0])[0]: row[1:] for row in body}


def check_table(shown: Shown, world: Sequence[Told]) -> None:
    """Every build of a shown commit on a shown builder, with what it says; else "not built"."""
    # Of what is taken back no comment shows a table; whatever stands may have to show it again.
    accusing = replace(shown.report, verdict=Verdict.SUSPECTED, state=IncidentState.OPEN)
    names, rows = parse_table(render(accusing))
    assert rows, "a comment without its evidence"
    for letter, cells in ((sha_[0], cells) for sha_, cells in rows.items()):
        for builder, cell in zip(names, cells, strict=True):
            there = [
                t for t in world if (t.build.builder, t.build.revision) == (builder, sha(letter))
            ]
            found = re.findall(r"(🟢|🔴|🟡|➖|🔵) \[(\d+)\]", cell)
            assert [(SIGNS[sign], int(number)) for sign, number in found] == [
                (t.says, t.number) for t in there[-4:]
            ]
            assert (cell == "⚪") == (not there)


@settings(deadline=None, max_examples=40)  # a slow machine is no wrong answer
@given(worlds())
@example(REGRESSION)
@example((*REGRESSION, make_told(9, RED, "c", "pass")))
@example((*REGRESSION, make_told(9, RED, "a", "running")))
def test_every_surface_tells_what_is_stored(world: tuple[Told, ...]) -> None:
    with TemporaryDirectory() as folder:
        for shown in asyncio.run(show(world, Path(folder))):
            check_beliefs(shown)
            if len({s.site for s in shown.stored.signatures}) == 1 and SSL in {
                s.site for s in shown.stored.signatures
            }:
                check_table(shown, world)


# ---------------------------------------------------------------- stories


async def test_a_build_that_cannot_tell_is_not_a_build_that_is_not_there(farm: Farm) -> None:
    """It died before the tests: the table said "not built", and its author looked for it."""
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101)
    await farm.red(builder, at=broken)
    await farm.red(builder, at=broken)
    assert "➖" not in farm.only_comment(101)
    await farm.build(builder, broken, result=Result.EXCEPTION)
    (cells,) = [c for row, c in parse_table(farm.only_comment(101))[1].items() if row == broken]
    assert re.findall(r"(.) \[(\d)\]", cells[0]) == [("🔴", "2"), ("🔴", "3"), ("➖", "4")]
    assert "➖ says nothing of this" in farm.only_comment(101)


async def test_a_build_that_still_runs_is_told_as_such(farm: Farm) -> None:
    """Buildbot told of its start; when it is done, the table says what it found."""
    builder = farm.builder("AMD64 Debian")
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101)
    await farm.red(builder, at=broken)
    running = await farm.buildbot.start_build(builder, broken)
    await farm.settle()
    await farm.red(builder, at=broken)
    print(farm.only_comment(101))
    assert "🔵 [3]" in farm.only_comment(101)
    await farm.buildbot.finish_build(running, result=Result.EXCEPTION)
    await farm.settle()
    assert "➖ [3]" in farm.only_comment(101)
    assert "🔵" not in farm.only_comment(101)


async def test_the_page_of_what_is_fixed_tells_what_the_comment_told(farm: Farm) -> None:
    """The pass that ends a regression looks like the one that ends a flake."""
    await farm.break_builder()
    before = await farm.only_incident()
    await farm.green("AMD64 Debian", at=await farm.merge(102))
    after = await farm.only_incident()
    assert after["state"] == IncidentState.FIXED.value
    for name in ("verdict", "pull", "confidence", "reason"):
        assert after[name] == before[name]
    told = [(s["sha"], s["p"]) for s in after["suspects"]]
    assert told == [(s["sha"], s["p"]) for s in before["suspects"]]
    assert farm.only_comment(101).startswith("🟢 **Fixed")


@pytest.mark.parametrize("state", IncidentState)
def test_every_state_has_a_first_line(state: IncidentState) -> None:
    """The table above is complete."""
    assert state is IncidentState.OPEN or state.value in HEADS
