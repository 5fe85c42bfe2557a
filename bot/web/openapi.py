"""`GET /api/openapi.json`: what can be called, as OpenAPI 3.1, for clients and for fuzzing.

The table names every address that the service has; a test holds it against the routes.
"""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot import __version__
from bot.core.fleet.filters import FILTERS
from bot.web.openapi_security import SECURITY

_Json = dict[str, Any]

_OBJECT = {"type": "object"}
_TEXT = {"type": ["string", "null"]}
_LIST = {"type": "array", "items": _OBJECT}
_LOGIN: list[dict[str, list[str]]] = [
    {},
    {"password": []},
    {"session": []},
]  # none at all where it is public


def _answer(words: str, schema: _Json | None = None, kind: str = "application/json") -> _Json:
    return {"description": words, "content": {kind: {"schema": schema or _OBJECT}}}


_PAGE = {"200": _answer("A page for people.", {"type": "string"}, "text/html")}
_NEEDS_LOGIN = {"401": {"description": "A login is needed, or was wrong."}}
_AWAY = {"503": _answer("The database is away, or the service shuts down.")}
_MALFORMED = {"400": _answer("Malformed.")}
_OFFSET = {
    "name": "offset",
    "in": "query",
    "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    "description": "How many rows to pass over; `next` has it.",
}


def _list(name: str, words: str, *more: _Json) -> _Json:
    """A page of rows, newest first."""
    schema = {
        "type": "object",
        "required": [name, "next"],
        "properties": {name: _LIST, "next": _TEXT},
    }
    return {
        "summary": words,
        "security": _LOGIN,
        "parameters": [_OFFSET, *more],
        "responses": {
            "200": _answer(words, schema),
            "304": {"description": "As it was, by the ETag that was sent."},
        }
        | _MALFORMED
        | _NEEDS_LOGIN
        | _AWAY,
    }


def _door(words: str, headers: tuple[str, ...], security: str) -> _Json:
    parameters = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in headers
    ]
    responses = {
        "202": _answer("Taken."),
        "401": _answer("The credentials are missing or wrong."),
        "413": _answer("Over 25 MiB."),
    }
    return {
        "summary": words,
        "security": [{security: []}],
        "parameters": parameters,
        "requestBody": {"required": True, "content": {"application/json": {"schema": _OBJECT}}},
        "responses": responses | _MALFORMED | _AWAY,
    }


def _open(words: str, *, may_be_down: bool = True, kind: str = "application/json") -> _Json:
    schema = _OBJECT if kind == "application/json" else {"type": "string"}
    answers = {"200": _answer(words, schema, kind)}
    return {"summary": words, "security": [], "responses": answers | (_AWAY if may_be_down else {})}


def _place(name: str, kind: str = "string") -> _Json:
    """A part of an address."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


_INCIDENT_ID = _place("id")
_NOT_SHOWN = {"404": _answer("No such thing is shown to you.")}
_UNCHANGED: _Json = {"304": {"description": "As it was, by the ETag that was sent."}}


def _one(words: str, *parameters: _Json) -> _Json:
    """One thing, whole."""
    return {
        "summary": words,
        "security": _LOGIN,
        "parameters": list(parameters),
        "responses": {"200": _answer(words)}
        | _UNCHANGED
        | _MALFORMED
        | _NEEDS_LOGIN
        | _NOT_SHOWN
        | _AWAY,
    }


_LEADS_ON: _Json = {"303": {"description": "To another page."}}
_NO_LOGIN: _Json = {"404": {"description": "There is no such login here."}}


def _query(name: str, words: str) -> _Json:
    """A text that may be given, or not."""
    return {"name": name, "in": "query", "schema": {"type": "string"}, "description": words}


_MOMENT = "Unix seconds, or a time as ISO 8601 writes it."
_SINCE = _query("since", "`7d`, `2w`, `24h`, or a day; without it seven days.")
_MARKDOWN: _Json = {"200": _answer("Markdown.", {"type": "string"}, "text/markdown")}
_PULL = (_place("owner"), _place("name"), _place("number", "integer"))
_ANY_OFFSET = _query("offset", "How many rows to pass over; what is none is ignored.")


def _page(words: str, *parameters: _Json) -> _Json:
    """A page for people."""
    return {
        "summary": words,
        "security": _LOGIN,
        "parameters": list(parameters),
        "responses": _PAGE
        | _NEEDS_LOGIN
        | {"404": {"description": "No such thing is shown to you."}}
        | _AWAY,
    }


def _way_out(words: str) -> _Json:
    return {
        "summary": words,
        "security": [],
        "parameters": [_query("to", "The subscription."), _query("token", "From a mail of ours.")],
        "responses": _PAGE | {"403": {"description": "The token is none of ours."}} | _AWAY,
    }


PATHS: _Json = {
    "/github": {
        "post": _door("GitHub's webhooks", ("X-GitHub-Event", "X-GitHub-Delivery"), "signature")
    },
    "/buildbot": {"post": _door("Buildbot's HttpStatusPush", (), "token")},
    "/livez": {"get": _open("The process answers.", may_be_down=False)},
    "/readyz": {"get": _open("Work can be taken.")},
    "/health": {"get": _open("How things are.")},
    "/metrics": {"get": _open("For Prometheus.", kind="text/plain")},
    "/login": {
        "get": {
            "summary": "Leads to GitHub, or asks for the password; then to the page `to`.",
            "security": _LOGIN,
            "parameters": [_query("to", "A page of ours.")],
            "responses": _LEADS_ON | _NO_LOGIN | _NEEDS_LOGIN,
        }
    },
    "/login/callback": {
        "get": {
            "summary": "Where GitHub sends a browser back to.",
            "security": [],
            "parameters": [_query("code", "GitHub's."), _query("state", "Ours.")],
            "responses": _LEADS_ON
            | _NO_LOGIN
            | {
                "400": {"description": "This login did not begin in this browser."},
                "403": {"description": "GitHub let nobody in."},
                "429": {"description": "Too many people log in at once."},
            }
            | _AWAY,
        }
    },
    "/unsubscribe": {
        "get": _way_out("Asks whether a subscription by mail is to end; changes nothing."),
        "post": _way_out("Ends it, by one click (RFC 8058)."),
    },
    "/logout": {
        "post": {
            "summary": "Ends a session; a form of ours sends it.",
            "security": _LOGIN,
            "requestBody": {
                "content": {
                    "application/x-www-form-urlencoded": {
                        "schema": {
                            "type": "object",
                            "properties": {"form_token": {"type": "string"}},
                        }
                    }
                }
            },
            "responses": _PAGE
            | {
                "403": {"description": "No page of ours sent it."},
                "413": {"description": "Over 64 KiB."},
            },
        }
    },
    "/": {
        "get": {
            "summary": "The dashboard",
            "security": _LOGIN,
            "responses": _PAGE | _NEEDS_LOGIN | _AWAY,
        }
    },
    "/events": {
        "get": {
            "summary": "Tells open pages that something changed, as server-sent events",
            "security": _LOGIN,
            "responses": {
                "200": _answer("A stream.", {"type": "string"}, "text/event-stream"),
                **_NEEDS_LOGIN,
                "503": {"description": "Too many pages are open, or the database is away."},
            },
        }
    },
    "/feeds/incidents.atom": {
        "get": {
            "summary": "Incidents as they come and go",
            "security": _LOGIN,
            "parameters": [
                _query("branch", "Only of this branch."),
                _query("tag", "Only on builders with this tag."),
            ],
            "responses": {
                "200": _answer("Atom.", {"type": "string"}, "application/atom+xml"),
                **_MALFORMED,
                **_NEEDS_LOGIN,
                **_AWAY,
            },
        }
    },
    "/badges/{kind}/{name}.svg": {
        "get": {
            "summary": "How a branch, a tier or a builder stands",
            "security": _LOGIN,
            "parameters": [
                _place("kind"),
                _place("name"),
                _query("branch", "Of tiers and builders, only this branch's."),
            ],
            "responses": {
                "200": _answer("A picture.", {"type": "string"}, "image/svg+xml"),
                "404": _answer("Nothing that you may see.", {"type": "string"}, "image/svg+xml"),
                **_NEEDS_LOGIN,
                **_AWAY,
            },
        }
    },
    "/grid": {
        "get": {
            "summary": "Commits or hours down, builders across",
            "security": _LOGIN,
            "parameters": [
                _query("branch", "`owner/name@branch`, or the branch alone."),
                _query("by", "`commit` or `time`."),
                _query("rows", "How many commits: 50, 100, 200 or 500."),
                _query("before", "Where the page begins; its links have it."),
                _query("q", "A part of a builder's name."),
                *(_query(name, f"Only builders with this {name}.") for name in FILTERS),
            ],
            "responses": _PAGE | _NEEDS_LOGIN | _AWAY,
        }
    },
    "/incidents/{id}": {"get": _page("An incident", _INCIDENT_ID, _query("at", _MOMENT))},
    "/pulls/{owner}/{name}/{number}": {"get": _page("A pull", *_PULL)},
    "/builders": {"get": _page("The builders")},
    "/builders/{name}": {"get": _page("How a builder did", _place("name"))},
    "/workers": {"get": _page("The workers")},
    "/workers/{name}": {"get": _page("How a worker did", _place("name"))},
    "/tests/{name}": {"get": _page("What showed a test failing", _place("name"))},
    "/flakes": {"get": _page("What failed for no cause", _ANY_OFFSET)},
    "/report": {"get": _page("The state of the fleet over some days", _SINCE)},
    "/report.md": {
        "get": _one("The same, to be posted", _SINCE)
        | {"responses": _MARKDOWN | _UNCHANGED | _MALFORMED | _NEEDS_LOGIN | _AWAY}
    },
    "/api/v1/report": {"get": _one("The same as JSON", _SINCE)},
    "/record": {"get": _page("How good we are")},
    "/api/v1/record": {"get": _one("The same as JSON")},
    "/activity": {"get": _page("What was decided, and why", _ANY_OFFSET)},
    "/search": {"get": _page("A search", _query("q", "Words."), _ANY_OFFSET)},
    "/status": {"get": _page("How the service is")},
    "/api/v1/pulls": {"get": _list("pulls", "What is wanted, and what stands")},
    "/api/v1/incidents": {"get": _list("incidents", "What is believed, and why")},
    "/api/v1/incidents/{id}": {
        "get": _one(
            "An incident whole; with `at` as it was decided then",
            _INCIDENT_ID,
            _query("at", _MOMENT),
        )
    },
    "/api/v1/pulls/{owner}/{name}/{number}": {"get": _one("A pull whole", *_PULL)},
    "/api/v1/fleet": {"get": _one("How every builder of every branch stands now")},
    "/api/v1/builders": {"get": _list("builders", "The builders, each with its last build")},
    "/api/v1/builders/{name}": {"get": _one("How a builder did", _place("name"))},
    "/api/v1/workers": {"get": _list("workers", "The workers, each with its last build")},
    "/api/v1/workers/{name}": {"get": _one("How a worker did", _place("name"))},
    "/api/v1/tests/{name}": {"get": _one("What showed a test failing", _place("name"))},
    "/api/v1/flakes": {"get": _list("flakes", "What failed for no cause")},
    "/api/v1/activity": {"get": _list("activity", "What was decided, and why")},
    "/api/v1/search": {"get": _list("hits", "What holds all words", _query("q", "Words."))},
    "/api/v1/audit": {"get": _list("audit", "What people told us, and what came of it")},
    "/requests": {
        "get": {
            "summary": "The builds that were asked for",
            "security": _LOGIN,
            "responses": _PAGE | _NEEDS_LOGIN | _AWAY,
        }
    },
    "/api/v1/requests": {"get": _list("requests", "The builds that were asked for")},
    "/api/v1/labels": {"get": _list("labels", "What later words say of our verdicts")},
    "/api/openapi.json": {"get": _open("This.", may_be_down=False)},
}


def make_openapi() -> _Json:
    """The description of today's addresses."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Night's Watch", "version": __version__},
        "paths": PATHS,
        "components": {"securitySchemes": SECURITY},
    }


def make_handler() -> Callable[[web.Request], Any]:
    """It holds nothing of anybody, and is for everybody."""

    async def handle_openapi(_: web.Request) -> web.Response:
        return web.json_response(make_openapi())

    return handle_openapi
