"""Where the page of a thing is."""

from bot.core.ports.search import Hit, HitKind
from bot.web.html import quote_segment


def find_address(hit: Hit) -> str:
    """The page of what a search found; a message has that of its test."""
    match hit.kind:
        case HitKind.INCIDENT:
            return f"/incidents/{quote_segment(hit.name)}"
        case HitKind.PULL:
            owner, _, name = hit.repository.full_name.partition("/")
            return f"/pulls/{quote_segment(owner)}/{quote_segment(name)}/{quote_segment(hit.name)}"
        case HitKind.BUILDER:
            return f"/builders/{quote_segment(hit.name)}"
        case HitKind.WORKER:
            return f"/workers/{quote_segment(hit.name)}"
        case HitKind.TEST | HitKind.MESSAGE:
            return f"/tests/{quote_segment(hit.name)}"
