"""What was decided is written down when somebody would be told otherwise, and only then."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bot.core.model import Kind, PullComment, Signature, Suspect, Verdict
from bot.store import Store
from bot.store.decisions import parse_belief, parse_comment_decision
from bot.store.engine.page_tables import decisions, incident_parts
from tests.support.clock import FakeClock
from tests.support.make_stored import make_incident
from tests.support.refs import refs

SUSPECTED = make_incident(
    "i1",
    verdict=Verdict.SUSPECTED,
    pull=12,
    confidence=0.803,
    reason="It began there.",
    suspects=(Suspect("a" * 40, 12, 0.803), Suspect("b" * 40, None, 0.1)),
    awaited=("A build of b.",),
)


async def load(store: Store, subject: str) -> list[Any]:
    found = select(decisions).where(decisions.c.subject == subject).order_by(decisions.c.position)
    parse = parse_comment_decision if subject.startswith("#") else parse_belief
    async with store.database.read() as connection:
        return [parse(row) for row in (await connection.execute(found)).mappings()]


async def test_a_belief_is_noted_once_until_it_is_told_otherwise(
    store: Store, clock: FakeClock
) -> None:
    first = clock.now()
    await store.incidents.save_incidents(1, "main", [SUSPECTED], [])
    clock.advance(60)
    barely = replace(SUSPECTED, confidence=0.806)  # people read 80 % both times
    await store.incidents.save_incidents(1, "main", [barely], [])
    (belief,) = await load(store, "i1")
    assert belief.at == first
    sure = replace(SUSPECTED, verdict=Verdict.CONFIRMED, confidence=0.99, red_builds=refs(1, 2))
    await store.incidents.save_incidents(1, "main", [sure], [])
    before, after = await load(store, "i1")
    assert (before.percent, before.suspects) == (80, SUSPECTED.suspects)
    assert (after.verdict, after.reds) == (Verdict.CONFIRMED, 2)
    assert after.awaited == ("A build of b.",)


async def test_silence_is_noted_with_its_reason(store: Store, clock: FakeClock) -> None:
    silent = PullComment(1, 12, why_silent="Only one build failed.")
    wanted = PullComment(1, 12, wanted="<!-- mark -->\n\n**Broke it**\nmore", why_silent="dry run")
    stands = replace(wanted, standing=wanted.wanted, comment_id=7, why_silent=None)
    for comment in (silent, silent, wanted, stands, stands):
        await store.incidents.save_pull_comment(comment)
        clock.advance(60)
    told = [(d.says, d.stands, d.reason) for d in await load(store, "#12")]
    assert told == [
        ("", False, "Only one build failed."),
        ("**Broke it**", False, "dry run"),
        ("**Broke it**", True, ""),
    ]


async def test_an_incident_is_found_by_what_it_has_now(store: Store) -> None:
    ssl = Signature("main", "test", Kind.TEST_FAILURE, "test_ssl", "41 != 42")
    wide = replace(SUSPECTED, signatures=(ssl,), builders=("ARM64", "AMD64"))
    await store.incidents.save_incidents(1, "main", [wide], [])
    await store.incidents.save_incidents(1, "main", [replace(wide, builders=("ARM64",))], [])
    columns = (incident_parts.c.kind, incident_parts.c.name)
    found = select(*columns).order_by(*columns)
    async with store.database.read() as connection:
        rows = [tuple(row) for row in await connection.execute(found)]
    assert rows == [("builder", "ARM64"), ("site", "test_ssl")]
    await store.incidents.save_incidents(1, "main", [], [], ["i1"])
    async with store.database.read() as connection:
        assert (await connection.execute(found)).all() == []
