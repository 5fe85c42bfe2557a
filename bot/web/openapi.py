"""`GET /api/openapi.json`: what can be called, as OpenAPI 3.1, for clients and for fuzzing.

The table names every address that the service has; a test holds it against the routes.
"""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot import __version__
from bot.core.fleet.filters import FILTERS
from bot.web.openapi_parts import (
    ANY_OFFSET,
    AWAY,
    BUILD,
    INCIDENT_ID,
    LEADS_ON,
    LOGIN,
    MALFORMED,
    MARKDOWN,
    MOMENT,
    NEEDS_LOGIN,
    NO_LOGIN,
    PAGE,
    PULL,
    SINCE,
    UNCHANGED,
    Json,
    make_answer,
    make_door,
    make_list,
    make_one,
    make_open,
    make_page,
    make_place,
    make_query,
    make_way_out,
)
from bot.web.openapi_security import SECURITY

PATHS: Json = {
    "/github": {
        "post": make_door("GitHub's webhooks", ("X-GitHub-Event", "X-GitHub-Delivery"), "signature")
    },
    "/buildbot": {"post": make_door("Buildbot's HttpStatusPush", (), "token")},
    "/livez": {"get": make_open("The process answers.", may_be_down=False)},
    "/readyz": {"get": make_open("Work can be taken.")},
    "/health": {"get": make_open("How things are.")},
    "/metrics": {"get": make_open("For Prometheus.", kind="text/plain")},
    "/login": {
        "get": {
            "summary": "Leads to GitHub, or asks for the password; then to the page `to`.",
            "security": LOGIN,
            "parameters": [make_query("to", "A page of ours.")],
            "responses": LEADS_ON | NO_LOGIN | NEEDS_LOGIN,
        }
    },
    "/login/callback": {
        "get": {
            "summary": "Where GitHub sends a browser back to.",
            "security": [],
            "parameters": [make_query("code", "GitHub's."), make_query("state", "Ours.")],
            "responses": LEADS_ON
            | NO_LOGIN
            | {
                "400": {"description": "This login did not begin in this browser."},
                "403": {"description": "GitHub let nobody in."},
                "429": {"description": "Too many people log in at once."},
            }
            | AWAY,
        }
    },
    "/unsubscribe": {
        "get": make_way_out("Asks whether a subscription by mail is to end; changes nothing."),
        "post": make_way_out("Ends it, by one click (RFC 8058)."),
    },
    "/logout": {
        "post": {
            "summary": "Ends a session; a form of ours sends it.",
            "security": LOGIN,
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
            "responses": PAGE
            | {
                "403": {"description": "No page of ours sent it."},
                "413": {"description": "Over 64 KiB."},
            },
        }
    },
    "/": {
        "get": {
            "summary": "The dashboard",
            "security": LOGIN,
            "responses": PAGE | NEEDS_LOGIN | AWAY,
        }
    },
    "/events": {
        "get": {
            "summary": "Tells open pages that something changed, as server-sent events",
            "security": LOGIN,
            "responses": {
                "200": make_answer("A stream.", {"type": "string"}, "text/event-stream"),
                **NEEDS_LOGIN,
                "503": {"description": "Too many pages are open, or the database is away."},
            },
        }
    },
    "/feeds/incidents.atom": {
        "get": {
            "summary": "Incidents as they come and go",
            "security": LOGIN,
            "parameters": [
                make_query("branch", "Only of this branch."),
                make_query("tag", "Only on builders with this tag."),
            ],
            "responses": {
                "200": make_answer("Atom.", {"type": "string"}, "application/atom+xml"),
                **MALFORMED,
                **NEEDS_LOGIN,
                **AWAY,
            },
        }
    },
    "/badges/{kind}/{name}.svg": {
        "get": {
            "summary": "How a branch, a tier or a builder stands",
            "security": LOGIN,
            "parameters": [
                make_place("kind"),
                make_place("name"),
                make_query("branch", "Of tiers and builders, only this branch's."),
            ],
            "responses": {
                "200": make_answer(
                    "A picture, a grey one of what is not known to you.",
                    {"type": "string"},
                    "image/svg+xml",
                ),
                **NEEDS_LOGIN,
                **AWAY,
            },
        }
    },
    "/grid": {
        "get": {
            "summary": "Commits or hours down, builders across",
            "security": LOGIN,
            "parameters": [
                make_query("branch", "`owner/name@branch`, or the branch alone."),
                make_query("by", "`commit` or `time`."),
                make_query("rows", "How many commits: 50, 100, 200 or 500."),
                make_query("before", "Where the page begins; its links have it."),
                make_query("q", "A part of a builder's name."),
                *(make_query(name, f"Only builders with this {name}.") for name in FILTERS),
            ],
            "responses": PAGE | NEEDS_LOGIN | AWAY,
        }
    },
    "/incidents": {
        "get": make_page(
            "Incidents, the newest first",
            make_query("state", "Only in this state: open, fixed, withdrawn or closed."),
            ANY_OFFSET,
        )
    },
    "/incidents/{id}": {"get": make_page("An incident", INCIDENT_ID, make_query("at", MOMENT))},
    "/pulls/{owner}/{name}/{number}": {"get": make_page("A pull", *PULL)},
    "/builds/{source}/{id}": {"get": make_page("A build", *BUILD)},
    "/builders": {"get": make_page("The builders")},
    "/builders/{name}": {"get": make_page("How a builder did", make_place("name"))},
    "/workers": {"get": make_page("The workers")},
    "/workers/{name}": {"get": make_page("How a worker did", make_place("name"))},
    "/tests/{name}": {"get": make_page("What showed a test failing", make_place("name"))},
    "/flakes": {"get": make_page("What failed for no cause", ANY_OFFSET)},
    "/report": {"get": make_page("The state of the fleet over some days", SINCE)},
    "/report.md": {
        "get": make_one("The same, to be posted", SINCE)
        | {"responses": MARKDOWN | UNCHANGED | MALFORMED | NEEDS_LOGIN | AWAY}
    },
    "/api/v1/report": {"get": make_one("The same as JSON", SINCE)},
    "/record": {"get": make_page("How good we are")},
    "/api/v1/record": {"get": make_one("The same as JSON")},
    "/activity": {"get": make_page("What was decided, and why", ANY_OFFSET)},
    "/search": {"get": make_page("A search", make_query("q", "Words."), ANY_OFFSET)},
    "/status": {"get": make_page("How the service is")},
    "/api/v1/pulls": {"get": make_list("pulls", "What is wanted, and what stands")},
    "/api/v1/incidents": {"get": make_list("incidents", "What is believed, and why")},
    "/api/v1/incidents/{id}": {
        "get": make_one(
            "An incident whole; with `at` as it was decided then",
            INCIDENT_ID,
            make_query("at", MOMENT),
        )
    },
    "/api/v1/pulls/{owner}/{name}/{number}": {"get": make_one("A pull whole", *PULL)},
    "/api/v1/builds/{source}/{id}": {"get": make_one("A build whole", *BUILD)},
    "/api/v1/fleet": {"get": make_one("How every builder of every branch stands now")},
    "/api/v1/builders": {"get": make_list("builders", "The builders, each with its last build")},
    "/api/v1/builders/{name}": {"get": make_one("How a builder did", make_place("name"))},
    "/api/v1/workers": {"get": make_list("workers", "The workers, each with its last build")},
    "/api/v1/workers/{name}": {"get": make_one("How a worker did", make_place("name"))},
    "/api/v1/tests/{name}": {"get": make_one("What showed a test failing", make_place("name"))},
    "/api/v1/flakes": {"get": make_list("flakes", "What failed for no cause")},
    "/api/v1/activity": {"get": make_list("activity", "What was decided, and why")},
    "/api/v1/search": {"get": make_list("hits", "What holds all words", make_query("q", "Words."))},
    "/api/v1/queue": {"get": make_one("What runs just now, when it should end, and what waits")},
    "/api/v1/release": {"get": make_one("May each branch be released, and who says so")},
    "/api/v1/audit": {"get": make_list("audit", "What people told us, and what came of it")},
    "/requests": {
        "get": {
            "summary": "The builds that were asked for",
            "security": LOGIN,
            "parameters": [ANY_OFFSET],
            "responses": PAGE | NEEDS_LOGIN | AWAY,
        }
    },
    "/api/v1/requests": {"get": make_list("requests", "The builds that were asked for")},
    "/api/v1/labels": {"get": make_list("labels", "What later words say of our verdicts")},
    "/api/openapi.json": {"get": make_open("This.", may_be_down=False)},
}


def make_openapi() -> Json:
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
