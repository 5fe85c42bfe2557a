"""`GET /feeds/incidents.atom`: incidents as they come and go, for feed readers.

In: a branch and a tag, or neither. Out: Atom (RFC 4287); an entry changes when its verdict or state
does, so that a reader shows it anew.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from xml.etree import ElementTree

from aiohttp import web

from bot.core.errors import Malformed
from bot.core.model import Incident, Repository
from bot.core.ports import Clock
from bot.core.render.control_characters import show_controls
from bot.web.access import Access

_NAMESPACE = "http://www.w3.org/2005/Atom"
_MOST_ENTRIES = 50


class FeedStore(Protocol):
    """What is asked of the store."""

    async def load_newest_incidents(
        self,
        visible: Collection[int] | None,
        branch: str | None,
        builders: Collection[str] | None,
        limit: int,
    ) -> Sequence[tuple[Repository, Incident]]:
        """The newest incidents, of one branch or of all, on any of these builders or on all."""
        ...

    async def load_turns(
        self, incidents: Collection[tuple[int, str]]
    ) -> Mapping[tuple[int, str], datetime]:
        """When each, by repository and id, got the verdict and the state that it has."""
        ...

    async def load_tagged_builders(self, tag: str) -> Collection[str]:
        """The names of the builders that have a tag."""
        ...


def make_routes(
    store: FeedStore, access: Access, clock: Clock, public_url: str | None
) -> list[web.RouteDef]:
    """The feed; it tells what its reader may see."""

    async def handle(request: web.Request) -> web.Response:
        viewer = await access.find_viewer(request)
        branch, tag = (request.query.get(name) or None for name in ("branch", "tag"))
        names = None if tag is None else await store.load_tagged_builders(tag)
        found = await store.load_newest_incidents(viewer.repositories, branch, names, _MOST_ENTRIES)
        turns = await store.load_turns({(r.repo_id, i.id) for r, i in found})
        root = public_url or _find_origin(request)
        about = [f"{name} {word}" for name, word in (("branch", branch), ("tag", tag)) if word]
        feed = make_feed(found, turns, root, request.path_qs, about=about, now=clock.now())
        return web.Response(body=feed, content_type="application/atom+xml", charset="utf-8")

    return [web.get("/feeds/incidents.atom", handle)]


def _find_origin(request: web.Request) -> str:
    """Our own address as its sender wrote it; raises `Malformed`."""
    try:
        return str(request.url.origin())
    except ValueError as error:
        raise Malformed("the header Host is no host") from error


def make_feed(
    found: Sequence[tuple[Repository, Incident]],
    turns: Mapping[tuple[int, str], datetime],
    root: str,
    address: str,
    *,
    about: Sequence[str],
    now: datetime,
) -> bytes:
    """The document; `root` is our own address without a slash at its end, `about` what it tells.

    `turns` tells when incidents got the verdict and state that they have.
    """
    entries = [(r, i, find_moved_at(i, turns.get((r.repo_id, i.id)))) for r, i in found]
    feed = ElementTree.Element("feed", xmlns=_NAMESPACE)
    _add(feed, "title", " – ".join(["Night's Watch: incidents", *about]))
    _add(feed, "id", f"{root}{address}")
    ElementTree.SubElement(feed, "link", rel="self", href=f"{root}{address}")
    ElementTree.SubElement(feed, "link", rel="alternate", type="text/html", href=f"{root}/")
    _add(feed, "updated", max((moved for _, _, moved in entries), default=now).isoformat())
    author = ElementTree.SubElement(feed, "author")
    _add(author, "name", "Night's Watch")
    for repository, incident, moved_at in entries:
        _add_entry(feed, repository, incident, moved_at, root)
    written: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def find_moved_at(incident: Incident, turned_at: datetime | None) -> datetime:
    """When it last moved; the end of what is over may be told by a clock behind ours."""
    told = incident.closed_at or incident.opened_at
    return told if turned_at is None else max(told, turned_at)


def _add_entry(
    feed: ElementTree.Element,
    repository: Repository,
    incident: Incident,
    moved_at: datetime,
    root: str,
) -> None:
    entry = ElementTree.SubElement(feed, "entry")
    sites = sorted({signature.site for signature in incident.signatures}) or [incident.id]
    more = f" and {len(sites) - 1} more" if len(sites) > 1 else ""
    heading = f"{incident.verdict.value}, {incident.state.value}: {sites[0]}{more}"
    link = f"{root}/incidents/{incident.id}"
    # Another verdict is another entry: readers keep those that they have seen as they were.
    _add(entry, "id", f"{link}#{incident.verdict.value}-{incident.state.value}")
    _add(entry, "title", f"{heading} ({repository.name_branch(incident.branch)})")
    ElementTree.SubElement(entry, "link", rel="alternate", type="text/html", href=link)
    _add(entry, "published", incident.opened_at.isoformat())
    _add(entry, "updated", moved_at.isoformat())
    where = f"On {', '.join(incident.builders)}."
    _add(entry, "summary", " ".join([where, incident.reason, *incident.awaited]))


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    """Text that XML can hold; it is escaped when it is written."""
    ElementTree.SubElement(parent, name).text = show_controls(text)
