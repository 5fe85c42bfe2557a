"""`GET /badges/…`: how a branch, a tier or a builder stands, as a picture for other pages.

In: a name. Out: SVG that we draw ourselves. What is not known and what is not shown to whoever asks
look the same: grey, for a page with a broken picture tells its readers nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.core.fleet.release import BuilderStanding, ReleaseAnswer, Standing
from bot.web.access import Access
from bot.web.credentials import sends_credentials
from bot.web.html import render_text
from bot.web.pages.overview import ANSWER_LOOKS, STANDING_LOOKS, BranchCard
from bot.web.pages.situation import Situations
from bot.web.words import count_words

# In black on white and white on black alike; text on them is white, at 4.5 to 1 and more.
_GROUNDS = {
    "good": "#17692f",
    "bad": "#b3201a",
    "warn": "#855000",
    "unsure": "#3a4fa3",
    "neutral": "#59616b",
}

_MOST_LETTERS = 60

# Verdana at 11 pixels: nearly all letters of names are narrower than this.
_LETTER_PIXELS = 6.6
_PADDING = 10

_ANSWERS = {
    ReleaseAnswer.YES: "may be released",
    ReleaseAnswer.WAIT: "wait",
    ReleaseAnswer.NO: "fails",
    ReleaseAnswer.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """Two words beside each other."""

    label: str
    words: str
    look: str


def find_badge(
    kind: str, name: str, branch: str | None, cards: Sequence[BranchCard]
) -> Badge | None:
    """The badge of a branch (`branch`), tier or builder; None: nothing is called so.

    Of tiers and builders those of one branch, or of all.
    """
    chosen = [card for card in cards if branch in {None, *_names(card)}]
    if kind == "branch":
        card = next((card for card in cards if name in _names(card)), None)
        answer = card.status.answer if card else None
        return Badge(name, _ANSWERS[answer], ANSWER_LOOKS[answer]) if answer else None
    standings = [standing for card in chosen for standing in _list_standings(card)]
    if kind == "tier":
        own = [s for s in standings if str(s.tier) == name]
        return Badge(f"tier {name}", *_describe_tier(own)) if own else None
    found = next((s for s in standings if s.builder == name), None)
    return Badge(name, found.standing.value, STANDING_LOOKS[found.standing]) if found else None


def _names(card: BranchCard) -> tuple[str, str]:
    branch = card.status.branch
    return branch, card.repository.name_branch(branch)


def _list_standings(card: BranchCard) -> Iterator[BuilderStanding]:
    status = card.status
    for group in (status.blocking, status.awaited, status.concerns, status.idle, status.green):
        yield from group


def _describe_tier(standings: Sequence[BuilderStanding]) -> tuple[str, str]:
    """What is worst of a tier."""
    counts: dict[Standing, int] = {}
    for standing in standings:
        counts[standing.standing] = counts.get(standing.standing, 0) + 1
    for worst, words in ((Standing.FAILING, "failing"), (Standing.RED_ONCE, "red once")):
        if worst in counts:
            return f"{counts[worst]} of {len(standings)} {words}", STANDING_LOOKS[worst]
    if Standing.GREEN in counts:
        return f"{count_words(counts[Standing.GREEN], 'builder')} green", "good"
    return "has not built for long", "neutral"


_UNKNOWN = Badge("night's watch", "not known here", "neutral")


def make_routes(situations: Situations, access: Access) -> list[web.RouteDef]:
    """Badges of what everybody may see, or whoever asks."""

    async def handle(request: web.Request) -> web.Response:
        viewer = await access.find_viewer(request)
        situation = await situations.recall(viewer.repositories)
        asked: Mapping[str, str] = request.match_info
        branch = request.query.get("branch")
        badge = find_badge(asked["kind"], asked["name"], branch, situation.branches)
        response = web.Response(
            text=draw_badge(badge or _UNKNOWN),
            content_type="image/svg+xml",
        )
        # Else a page elsewhere could tell by a picture's width what its reader may see.
        if not sends_credentials(request.headers):
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return [web.get("/badges/{kind:branch|tier|builder}/{name:.+}.svg", handle)]


def draw_badge(badge: Badge) -> str:
    """The SVG; a text that is too long for its box is squeezed."""
    label, words = (text[:_MOST_LETTERS] for text in (badge.label, badge.words))
    left, right = (round(len(text) * _LETTER_PIXELS) + _PADDING for text in (label, words))
    return render_text(
        "badge.svg",
        label=label,
        words=words,
        left=left,
        right=right,
        padding=_PADDING,
        ground=_GROUNDS[badge.look],
    )
