"""People answer: what they write on pulls, told through the doors, and what they then see."""

from pathlib import Path
from typing import Any

import pytest

from bot.core.answers import make_reply_marker
from bot.demo.github_hooks import make_body, make_comment_event, make_headers
from bot.demo.repository import DemoComment
from tests.databases import Database
from tests.scenarios.farm import SECRET, Farm, open_farm

DEBIAN, FEDORA, RISCV = "AMD64 Debian", "ARM64 Fedora", "RISC-V Ubuntu"
BUILDERS = (DEBIAN, FEDORA, RISCV)


async def break_ssl(farm: Farm, *pulls: int) -> list[str]:
    """Pulls merged one after another by "author-<number>"; two builders are red at the last."""
    farm.github.repository().roles |= {"writer": "write", "boss": "admin"}
    base = farm.github.repository().tip("main")
    for builder in BUILDERS:
        farm.builder(builder)
        await farm.green(builder, at=base)
    shas = [await farm.merge(n, "Change it", author=f"author-{n}") for n in pulls]
    for builder in (DEBIAN, FEDORA):
        await farm.red(builder, at=shas[-1])
    return shas


def verdict(farm: Farm, pull: int) -> str:
    """The first line of our living comment."""
    (body,) = (text for text in farm.comments(pull) if "nightswatch pull=" in text)
    return body.splitlines()[0]


def replies(farm: Farm, said: DemoComment) -> list[str]:
    marker = make_reply_marker(said.comment_id)
    return [body for body in farm.comments(said.number) if marker in body]


def reactions(said: DemoComment) -> set[str]:
    return {content for _, content in said.reactions}


async def audit(farm: Farm) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await farm.get("/api/v1/audit"))["audit"]
    return found


async def labels(farm: Farm) -> list[tuple[str, bool]]:
    found = (await farm.get("/api/v1/labels"))["labels"]
    return [(label["label"], label["undone"]) for label in found]


async def test_the_author_objects_a_maintainer_files_and_takes_it_back_and_the_fix_closes_it(
    tmp_path: Path, database: Database
) -> None:
    """An argument in public has to end where the builds say, whoever spoke last."""
    async with open_farm(tmp_path, database=database) as farm:
        before, bad = await break_ssl(farm, 100, 101)
        await farm.green(DEBIAN, at=before)
        assert "suspected" in verdict(farm, 101)

        said = await farm.say(101, "/buildbot not-me it is only a comment", by="author-101")
        assert reactions(said) == {"eyes", "rocket"}
        assert "objects" in (await farm.only_incident())["reason"]
        unsure = (await farm.only_incident())["confidence"]
        assert farm.github.comments(100) == []  # an objection names nobody else

        await farm.red(RISCV, at=bad)
        await farm.red(DEBIAN, at=bad, scheduler="force", reason="again")
        assert (await farm.only_incident())["confidence"] >= unsure
        assert "suspected" in verdict(farm, 101)

        await farm.say(101, "/buildbot flaky", by="writer")
        assert "Withdrawn" in verdict(farm, 101)
        undone = await farm.say(101, "/buildbot undo", by="writer")
        assert "`flaky`" in replies(farm, undone)[0]
        assert "suspected" in verdict(farm, 101)

        fix = await farm.merge(102, "Mend ssl")
        for builder in BUILDERS:
            await farm.green(builder, at=fix)
        assert "Fixed" in verdict(farm, 101)
        assert set(await labels(farm)) == {("objected", False), ("flaky", True)}
        assert [row["command"] for row in await audit(farm)] == ["undo", "flaky", "not-me"]


async def test_a_maintainer_names_the_culprit_and_the_comment_moves(farm: Farm) -> None:
    """Who was wrongly accused is told so, and who did it hears of it, once."""
    first, _ = await break_ssl(farm, 100, 101)
    await farm.green(DEBIAN, at=first)
    assert "suspected" in verdict(farm, 101)

    said = await farm.say(101, "Sorry, that was me:\n/buildbot blame #100", by="writer")
    assert reactions(said) == {"eyes", "rocket"}
    assert "Withdrawn" in verdict(farm, 101)
    assert "This PR broke" in verdict(farm, 100)
    assert "Named by a maintainer" in farm.comments(100)[0]
    assert await labels(farm) == [("other", False)]

    await farm.red(RISCV, at=first)  # more builds change nothing about who was named
    assert "This PR broke" in verdict(farm, 100)

    await farm.say(100, "/buildbot undo", by="writer")
    assert "Withdrawn" in verdict(farm, 100)


async def test_a_command_told_twice_acts_once(farm: Farm) -> None:
    """GitHub delivers again, with the old GUID or with a new one; people asked once."""
    await break_ssl(farm, 101)
    said = await farm.say(101, "/buildbot flaky", by="writer")
    await farm.say(101, "/buildbot undo", by="writer")
    await tell(farm, said)
    await farm.wait(90)
    assert "suspected" in verdict(farm, 101)
    assert len(await audit(farm)) == 2


async def tell(farm: Farm, said: DemoComment, **changes: Any) -> None:
    """Deliver the making of a comment once more, as another delivery."""
    where = farm.github.repository()
    payload = make_comment_event("created", said, where, said.author, farm.github.url)
    payload["comment"] |= changes
    body = make_body(payload)
    headers = make_headers("issue_comment", body, SECRET, 1)
    await farm.github.hooks.post(f"{farm.url}/github", body, headers)
    await farm.settle()


@pytest.mark.parametrize("fault", ["commit_then_502", "commit_then_reset"])
async def test_a_lost_answer_to_the_reply_is_not_a_second_reply(
    tmp_path: Path, database: Database, fault: str
) -> None:
    """The reply stands, our record of it does not: it is found, not repeated."""
    async with open_farm(tmp_path, database=database) as farm:
        await break_ssl(farm, 101)
        farm.github.fail_next(fault, "post-comment")
        said = await farm.say(101, "/buildbot status", by="anybody")
        await farm.wait(120)
        assert len(replies(farm, said)) == 1
        assert reactions(said) == {"eyes", "rocket"}


async def test_a_service_that_dies_between_the_deed_and_its_record_does_it_once(
    tmp_path: Path, database: Database
) -> None:
    """The objection is stored, and the process ends before anything was answered."""
    async with open_farm(tmp_path, database=database) as farm:
        await break_ssl(farm, 101)
        farm.github.fail_next("status", "post-comment", status=502)
        said = await farm.github.comment(101, "/buildbot not-me", author="author-101")
        while not await audit(farm):
            await farm.tick()
        await farm.stop_service()
        await farm.start_service()
        await farm.wait(120)
        assert len(await audit(farm)) == 1
        assert len(await labels(farm)) == 1
        assert len(replies(farm, said)) == 1


async def test_what_was_edited_runs_nothing(farm: Farm) -> None:
    """Else a harmless comment could be turned into a command that nobody was told of."""
    await break_ssl(farm, 101)
    where = farm.github.repository()
    said = where.add_comment(101, "writer", "/buildbot flaky", farm.clock.now())
    said.bodies.append("never mind")
    await tell(farm, said, body="/buildbot flaky")
    other = where.add_comment(101, "writer", "/buildbot flaky", farm.clock.now())
    await tell(farm, other, updated_at="2099-01-01T00:00:00Z")
    assert "suspected" in verdict(farm, 101)
    assert reactions(said) == reactions(other) == set()
    assert [row["result"] for row in await audit(farm)] == ["ignored"]


async def test_what_was_said_long_ago_is_refused(farm: Farm) -> None:
    """A delivery that was held up for hours would act on what has changed since."""
    await break_ssl(farm, 101)
    said = farm.github.repository().add_comment(101, "writer", "/buildbot flaky", farm.clock.now())
    await farm.wait(3700)
    await tell(farm, said)
    assert reactions(said) == {"confused"}
    assert replies(farm, said) == []
    assert "suspected" in verdict(farm, 101)


async def test_what_was_said_before_the_first_start_is_not_for_us(farm: Farm) -> None:
    """Else the first start would answer the whole past."""
    await break_ssl(farm, 101)
    said = farm.github.repository().add_comment(
        101, "writer", "/buildbot flaky", farm.clock.now().replace(year=2020)
    )
    await tell(farm, said)
    assert reactions(said) == set()
    assert [row["result"] for row in await audit(farm)] == ["ignored"]


async def test_a_stranger_changes_nothing(farm: Farm) -> None:
    """Anybody can write on a public pull."""
    await break_ssl(farm, 101)
    before = await farm.incidents()
    words = ("not-me", "blame #100", "flaky", "infra", "fixed-by #100", "mute", "pause 3", "resume")
    said = await farm.say(101, "\n".join(f"/buildbot {word}" for word in words), by="stranger")
    assert reactions(said) == {"eyes", "confused"}
    assert [row["result"] for row in await audit(farm)] == ["not allowed"] * len(words)
    assert "Only for" in replies(farm, said)[0]
    assert await farm.incidents() == before


async def test_bots_we_and_those_who_are_gone_are_not_listened_to(farm: Farm) -> None:
    """Two bots that answer each other never stop."""
    await break_ssl(farm, 101)
    for name in ("helper[bot]", "nightswatch", "ghost"):
        farm.github.repository().roles[name] = "admin"
        said = await farm.say(101, "/buildbot flaky", by=name)
        assert reactions(said) == set()
        assert replies(farm, said) == []
    assert "suspected" in verdict(farm, 101)


async def test_somebody_whose_account_is_gone_may_nothing(farm: Farm) -> None:
    await break_ssl(farm, 101)
    farm.github.rest.ghosts.add("gone")
    said = await farm.say(101, "/buildbot flaky", by="gone")
    assert "Only for" in replies(farm, said)[0]


async def test_the_author_of_another_pull_is_nobody_here(farm: Farm) -> None:
    """An author clears their own pull, not somebody else's."""
    await break_ssl(farm, 100, 101)
    said = await farm.say(101, "/buildbot not-me", by="author-100")
    assert "Only for" in replies(farm, said)[0]


async def test_on_a_pull_that_was_not_merged_nothing_is_decided(farm: Farm) -> None:
    await break_ssl(farm, 101)
    farm.github.open_pull(102, "Another idea", author="author-102")
    await farm.github.close_pull(102)
    said = await farm.say(102, "/buildbot pause 5\n/buildbot mute\n/buildbot status", by="boss")
    assert "not merged" in replies(farm, said)[0]
    assert reactions(said) == {"eyes", "rocket", "confused"}
    assert {row["result"] for row in await audit(farm)} == {"not allowed", "done"}


async def test_on_an_issue_we_are_deaf(farm: Farm) -> None:
    await break_ssl(farm, 101)
    said = farm.github.repository().add_comment(101, "boss", "/buildbot pause 5", farm.clock.now())
    where = farm.github.repository()
    payload = make_comment_event("created", said, where, "boss", farm.github.url)
    del payload["issue"]["pull_request"]
    await farm.github.emit("issue_comment", payload)
    await farm.settle()
    assert reactions(said) == set()
    assert await audit(farm) == []


HOSTILE = (
    "/buildbot help\n" * 10_000,
    "/buildbot \u202eemoc",
    "/buildbot\u200b flaky",
    "\u200b/buildbot flaky",
    "```\n/buildbot flaky\n```",
    "> /buildbot flaky",
    "<!-- \n/buildbot flaky\n-->",
    "/buildbot blame @octocat",
    "/buildbot blame deadbeef",
    "/buildbot blame #99999",
    "/buildbot fixed-by zzzzzzz @octo-org/team",
    "/buildbot flaky @octocat #1 octo-org/other#3 <img src=x>",
    "/buildbot infra \u202eDebian",
    "/buildbot pause -1",
    "/buildbot pause ٣",
    "/buildbot pause 1e9",
    "/buildbot deploy everything @octocat",
    "/buildbot fixed-by #99999999999999999999",
)


async def test_hostile_words_do_nothing_and_are_not_repeated(farm: Farm) -> None:
    """What is answered to a hostile comment must not do what the comment could not."""
    await farm.stop_service()
    await farm.start_service(commands_per_hour=100)
    await break_ssl(farm, 101)
    before = await farm.incidents()
    for text in HOSTILE:
        said = await farm.say(101, text, by="boss")
        assert "rocket" not in reactions(said), text
        for reply in replies(farm, said):
            assert "@" not in reply
            assert "<img" not in reply
            assert "#1" not in reply
            assert len(reply) < 1000
    assert await farm.incidents() == before


async def test_what_is_close_to_a_command_is_answered_with_it(farm: Farm) -> None:
    await break_ssl(farm, 101)
    said = await farm.say(101, "/buildbot statsu", by="anybody")
    assert "`/buildbot status`" in replies(farm, said)[0]
    assert reactions(said) == {"eyes", "confused"}


async def test_several_incidents_have_to_be_told_apart(farm: Farm) -> None:
    """A word that could mean two failures must not be guessed about."""
    (bad,) = await break_ssl(farm, 101)
    for builder in (DEBIAN, FEDORA):
        await farm.red(builder, at=bad, failing=["test_ssl", "test_zlib"], message="other")
    assert len([i for i in await farm.incidents() if i["state"] == "open"]) > 1
    said = await farm.say(101, "/buildbot flaky", by="writer")
    assert "name the test" in replies(farm, said)[0]
    said = await farm.say(101, "/buildbot flaky test_zlib", by="writer")
    assert reactions(said) == {"eyes", "rocket"}
    states = {tuple(i["tests"]): i["verdict"] for i in await farm.incidents()}
    assert [v for tests, v in states.items() if "zlib" in str(tests)] == ["flaky"]


async def test_a_fix_that_somebody_names_closes_it_once_it_is_green(farm: Farm) -> None:
    """A builder that never comes back must not keep an incident open that was mended."""
    await break_ssl(farm, 101)
    said = await farm.say(101, "/buildbot fixed-by #102", by="author-101")
    assert "not landed yet" in replies(farm, said)[0]
    fix = await farm.merge(102, "Mend ssl")
    assert "suspected" in verdict(farm, 101)
    await farm.green(DEBIAN, at=fix)  # the other one is down
    assert "Fixed" in verdict(farm, 101)


async def test_silence_is_told_by_the_status(farm: Farm) -> None:
    await break_ssl(farm, 101)
    await farm.say(101, "/buildbot mute", by="author-101")
    said = await farm.say(101, "/buildbot status", by="anybody")
    assert "muted" in replies(farm, said)[0]
    await farm.say(101, "/buildbot unmute\n/buildbot pause 2", by="boss")
    said = await farm.say(101, "/buildbot status", by="anybody")
    assert "paused until" in replies(farm, said)[0]
    await farm.say(101, "/buildbot resume", by="boss")
    said = await farm.say(101, "/buildbot status", by="anybody")
    assert "paused" not in replies(farm, said)[0]


async def test_who_talks_too_much_is_not_answered(farm: Farm) -> None:
    """Anybody may ask for the status; nobody may make us fill a pull."""
    await farm.stop_service()
    await farm.start_service(commands_per_hour=3)
    await break_ssl(farm, 101)
    said = [await farm.say(101, "/buildbot status", by="chatty") for _ in range(4)]
    assert [len(replies(farm, one)) for one in said] == [1, 1, 1, 0]
    assert reactions(said[-1]) == {"confused"}


async def test_in_a_dry_run_nothing_is_answered_and_all_of_it_is_shown(tmp_path: Path) -> None:
    async with open_farm(tmp_path, post_comments=False) as farm:
        await break_ssl(farm, 101)
        said = await farm.say(101, "/buildbot flaky\n/buildbot status", by="writer")
        assert reactions(said) == set()
        assert farm.comments(101) == [said.body]
        assert {row["command"] for row in await audit(farm)} == {"flaky", "status"}
        assert "What people said" in await farm.get("/")
        assert farm.github.count("react") == farm.github.count("post-comment") == 0


async def test_only_who_gave_it_or_a_writer_takes_it_back(farm: Farm) -> None:
    await break_ssl(farm, 101)
    nothing = await farm.say(101, "/buildbot undo", by="writer")
    assert "nothing to take back" in replies(farm, nothing)[0]
    await farm.say(101, "/buildbot not-me", by="author-101")
    said = await farm.say(101, "/buildbot undo", by="stranger")
    assert "Only for" in replies(farm, said)[0]
    said = await farm.say(101, "/buildbot undo", by="author-101")
    assert reactions(said) == {"eyes", "rocket"}
    assert await labels(farm) == [("objected", True)]
