"""The feed: Atom that a reader can read, whatever is in it."""

from datetime import timedelta
from xml.etree import ElementTree

import aiohttp

from bot.core.model import IncidentState, Kind, Repository, Signature, Verdict
from bot.web.feeds import make_feed
from tests.support.farm import Farm
from tests.support.make_stored import MOMENT, make_incident

ATOM = "{http://www.w3.org/2005/Atom}"
ROOT = "https://watch.example.org"


def read(feed: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(feed)


def test_an_entry_tells_what_where_and_why() -> None:
    fails = Signature("main", "unittest", Kind.TEST_FAILURE, "test_<b>\x1b&", "boom")
    incident = make_incident(
        "i1",
        signatures=(fails,),
        verdict=Verdict.SUSPECTED,
        reason="It broke.",
        awaited=("A build would settle it.",),
    )
    feed = read(
        make_feed(
            [(Repository(1, "o/r"), incident)], {}, ROOT, "/feeds/x?y=1", about=(), now=MOMENT
        )
    )
    assert feed.findtext(f"{ATOM}updated") == MOMENT.isoformat()
    assert feed.findtext(f"{ATOM}id") == f"{ROOT}/feeds/x?y=1"
    (entry,) = feed.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "suspected, open: test_<b>\\u001b& (o/r@main)"
    words = "On AMD64 Debian. It broke. A build would settle it."
    assert entry.findtext(f"{ATOM}summary") == words
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert link.attrib["href"] == f"{ROOT}/incidents/i1"


def test_another_verdict_is_another_entry_and_an_empty_feed_is_one() -> None:
    ids = set()
    for changes in ({}, {"verdict": Verdict.CONFIRMED}, {"state": IncidentState.FIXED}):
        found = [(Repository(1, "o/r"), make_incident("i1", **changes))]
        (entry,) = read(make_feed(found, {}, ROOT, "/", about=(), now=MOMENT)).iter(f"{ATOM}entry")
        ids.add(entry.findtext(f"{ATOM}id"))
    assert len(ids) == 3
    empty = read(make_feed([], {}, ROOT, "/", about=["branch main"], now=MOMENT))
    assert empty.findtext(f"{ATOM}title") == "Night's Watch: incidents – branch main"
    assert empty.findtext(f"{ATOM}updated") == MOMENT.isoformat()


def test_an_entry_moves_when_its_verdict_does() -> None:
    """Readers show anew what was updated, and put it on top."""
    later = MOMENT + timedelta(hours=3)
    found = [(Repository(1, "o/r"), make_incident("i1", verdict=Verdict.CONFIRMED))]
    feed = read(make_feed(found, {(1, "i1"): later}, ROOT, "/", about=(), now=MOMENT))
    (entry,) = feed.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}updated") == feed.findtext(f"{ATOM}updated") == later.isoformat()
    assert entry.findtext(f"{ATOM}published") == MOMENT.isoformat()


async def load(farm: Farm, query: str = "") -> int:
    """How many entries there are."""
    return len(list(read((await farm.get(f"/feeds/incidents.atom{query}")).encode())))


async def ask_as(farm: Farm, host: str) -> int:
    async with (
        aiohttp.ClientSession(headers={"Host": host}) as session,
        session.get(f"{farm.url}/feeds/incidents.atom") as answer,
    ):
        return answer.status


async def test_it_is_of_a_branch_and_of_a_tag_and_of_what_its_reader_may_see(farm: Farm) -> None:
    empty = await load(farm)
    await farm.break_builder()
    await farm.wait(301)  # by then the builders and their tags were looked at
    for query in ("", "?branch=main", "?tag=stable", "?branch=main&tag=stable"):
        assert await load(farm, query) == empty + 1, query
    for host in (":99999", "x:y", "[::1"):
        assert await ask_as(farm, host) in {200, 400}, host
    for query in ("?branch=3.14", "?tag=unstable", "?branch=%3Cb%3E"):
        assert await load(farm, query) == empty, query
    await farm.stop_service()
    farm.github.repository().private = True
    await farm.start_service(dashboard="auto")
    await farm.wait(660)
    assert await load(farm) == empty
