"""What the description of the API is made of: lists, single things, pages and doors, as OpenAPI.

In: words and parameters. Out: the description of one way to call an address.
"""

from typing import Any

Json = dict[str, Any]

OBJECT = {"type": "object"}
TEXT = {"type": ["string", "null"]}
LIST = {"type": "array", "items": OBJECT}
LOGIN: list[dict[str, list[str]]] = [
    {},
    {"password": []},
    {"session": []},
]  # none at all where it is public


def make_answer(words: str, schema: Json | None = None, kind: str = "application/json") -> Json:
    """What is answered, of a kind."""
    return {"description": words, "content": {kind: {"schema": schema or OBJECT}}}


PAGE = {"200": make_answer("A page for people.", {"type": "string"}, "text/html")}
NEEDS_LOGIN = {"401": {"description": "A login is needed, or was wrong."}}
AWAY = {"503": make_answer("The database is away, or the service shuts down.")}
MALFORMED = {"400": make_answer("Malformed.")}
OFFSET = {
    "name": "offset",
    "in": "query",
    "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    "description": "How many rows to pass over; `next` has it.",
}


def make_list(name: str, words: str, *more: Json) -> Json:
    """A page of rows, newest first."""
    schema = {
        "type": "object",
        "required": [name, "next"],
        "properties": {name: LIST, "next": TEXT},
    }
    return {
        "summary": words,
        "security": LOGIN,
        "parameters": [OFFSET, *more],
        "responses": {
            "200": make_answer(words, schema),
            "304": {"description": "As it was, by the ETag that was sent."},
        }
        | MALFORMED
        | NEEDS_LOGIN
        | AWAY,
    }


def make_door(words: str, headers: tuple[str, ...], security: str) -> Json:
    """Where others send to us."""
    parameters = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in headers
    ]
    responses = {
        "202": make_answer("Taken."),
        "401": make_answer("The credentials are missing or wrong."),
        "413": make_answer("Over 25 MiB."),
    }
    return {
        "summary": words,
        "security": [{security: []}],
        "parameters": parameters,
        "requestBody": {"required": True, "content": {"application/json": {"schema": OBJECT}}},
        "responses": responses | MALFORMED | AWAY,
    }


def make_open(words: str, *, may_be_down: bool = True, kind: str = "application/json") -> Json:
    """What everybody may ask for."""
    schema = OBJECT if kind == "application/json" else {"type": "string"}
    answers = {"200": make_answer(words, schema, kind)}
    return {"summary": words, "security": [], "responses": answers | (AWAY if may_be_down else {})}


def make_place(name: str, kind: str = "string") -> Json:
    """A part of an address."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


INCIDENT_ID = make_place("id")
NOT_SHOWN = {"404": make_answer("No such thing is shown to you.")}
UNCHANGED: Json = {"304": {"description": "As it was, by the ETag that was sent."}}


def make_one(words: str, *parameters: Json) -> Json:
    """One thing, whole."""
    return {
        "summary": words,
        "security": LOGIN,
        "parameters": list(parameters),
        "responses": {"200": make_answer(words)}
        | UNCHANGED
        | MALFORMED
        | NEEDS_LOGIN
        | NOT_SHOWN
        | AWAY,
    }


LEADS_ON: Json = {"303": {"description": "To another page."}}
NO_LOGIN: Json = {"404": {"description": "There is no such login here."}}


def make_query(name: str, words: str) -> Json:
    """A text that may be given, or not."""
    return {"name": name, "in": "query", "schema": {"type": "string"}, "description": words}


MOMENT = "Unix seconds, or a time as ISO 8601 writes it."
SINCE = make_query("since", "`7d`, `2w`, `24h`, or a day; without it seven days.")
MARKDOWN: Json = {"200": make_answer("Markdown.", {"type": "string"}, "text/markdown")}
PULL = (make_place("owner"), make_place("name"), make_place("number", "integer"))
BUILD = (make_place("source"), make_place("id", "integer"))
ANY_OFFSET = make_query("offset", "How many rows to pass over; what is none is ignored.")


def make_page(words: str, *parameters: Json) -> Json:
    """A page for people."""
    return {
        "summary": words,
        "security": LOGIN,
        "parameters": list(parameters),
        "responses": PAGE
        | NEEDS_LOGIN
        | {"404": {"description": "No such thing is shown to you."}}
        | AWAY,
    }


def make_way_out(words: str) -> Json:
    """Where a link in a mail leads, to end a subscription."""
    told = [make_query("to", "The subscription."), make_query("token", "From a mail of ours.")]
    return {
        "summary": words,
        "security": [],
        "parameters": told,
        "responses": PAGE | {"403": {"description": "The token is none of ours."}} | AWAY,
    }
