"""Pages for people: templates, and the headers that keep them harmless.

In: the name of a template and its values. Out: an answer. The pages run scripts from our own files
only, and none that stands in the page itself: hostile text that slipped through could not run.
"""

import math
from enum import Enum
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import jinja2
from aiohttp import web

from bot import __version__
from bot.core.model import BuildRef, IncidentState, Verdict
from bot.core.model.build_results import Result
from bot.web.rendered_markdown import render_markdown
from bot.web.sessions import Session
from bot.web.words import count_words, tell_duration, tell_time, tell_time_since

STATIC = Path(__file__).parent / "static"

NAVIGATION = (
    ("Overview", "/"),
    ("Grid", "/grid"),
    ("Incidents", "/incidents"),
    ("Builders", "/builders"),
    ("Workers", "/workers"),
    ("Flakes", "/flakes"),
    ("Report", "/report"),
    ("Record", "/record"),
    ("Activity", "/activity"),
    ("Requests", "/requests"),
    ("Health", "/status"),
    ("Search", "/search"),
)
"""What the head of every page leads to; a page says which one it is in `here`."""

LOOKS = frozenset({"good", "bad", "warn", "unsure", "flaky", "machine", "neutral", "running"})
"""The shapes with their colours that `style.css` knows."""

# What people see of each word of the model: the shape tells it without the colour.
_LOOK_OF: dict[Enum | None, str] = {
    Verdict.UNKNOWN: "unsure",
    Verdict.SUSPECTED: "warn",
    Verdict.CONFIRMED: "bad",
    Verdict.FLAKY: "flaky",
    Verdict.ENVIRONMENT: "machine",
    Verdict.OLD: "neutral",
    IncidentState.OPEN: "bad",
    IncidentState.FIXED: "good",
    IncidentState.WITHDRAWN: "neutral",
    IncidentState.CLOSED: "neutral",
    Result.SUCCESS: "good",
    Result.WARNINGS: "good",
    Result.FAILURE: "bad",
    Result.EXCEPTION: "machine",
    Result.SKIPPED: "neutral",
    Result.RETRY: "neutral",
    Result.CANCELLED: "neutral",
    None: "running",
}

# Nothing is loaded from elsewhere, framed, submitted elsewhere, or given another base.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def find_look(word: Enum | None) -> str:
    """The look of a verdict, a state or a result; of what has not ended, too."""
    return _LOOK_OF[word]


def _hash_files() -> dict[str, str]:
    """Of each static file, what its address changes with."""
    files = (path for path in STATIC.iterdir() if path.is_file())
    return {path.name: sha256(path.read_bytes()).hexdigest()[:12] for path in files}


_HASHES = _hash_files()


def find_static(name: str) -> str:
    """The address of a file of ours; another content has another one, so that it may be kept."""
    return f"/static/{name}?v={_HASHES[name]}"


def is_current_static(address: str) -> bool:
    """Whether this is such an address, with the content that we have."""
    name, _, version = address.removeprefix("/static/").partition("?v=")
    return address.startswith("/static/") and version != "" and _HASHES.get(name) == version


def quote_segment(name: str) -> str:
    """A name as one part of an address: a slash within it is a part of the name."""
    return quote(name, safe="", errors="replace")


def find_build_page(ref: BuildRef) -> str:
    """The address of our own page of a build."""
    return f"/builds/{quote_segment(ref.source)}/{ref.id}"


_TEMPLATES.filters |= {
    "build_page": find_build_page,
    "segment": quote_segment,
    "markdown": render_markdown,
    "exp": math.exp,
    "look": find_look,
    "static": find_static,
    "when": tell_time,
    "since": tell_time_since,
    "duration": tell_duration,
    "count": count_words,
}
_TEMPLATES.globals |= {"version": __version__, "navigation": NAVIGATION}


def render_text(template: str, **values: object) -> str:
    """A template with its values, which are all escaped."""
    return _TEMPLATES.get_template(template).render(**values)


def render_page(
    template: str, *, status: int = 200, session: Session | None = None, **values: object
) -> web.Response:
    """With a `session` it holds the form that ends it."""
    html = render_text(template, session=session, **values)
    response = web.Response(
        text=html,
        status=status,
        content_type="text/html",
        headers={"Content-Security-Policy": _POLICY},
    )
    # How well a page is packed would give away the token that a form of ours holds.
    if session is None:
        response.enable_compression()
    return response
