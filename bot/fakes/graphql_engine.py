"""As much of GraphQL as a client of GitHub needs: fields, arguments, aliases, inline fragments.

Input: the text of a query, its variables, and a root `Node`. Output: the data, or errors worded
as GitHub words them. No named fragments, directives or introspection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.fakes.http_server import Json

_TOKEN = re.compile(
    r"""[\s,]+|\#[^\n]*|(?P<token>\.\.\.|[!$():=@\[\]{}|]|[_A-Za-z]\w*"""
    r"""|-?\d+(?:\.\d+)?|"(?:[^"\\\n]|\\.)*")"""
)
_T = TypeVar("_T")
_CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


class GraphQLError(Exception):
    """An error that GitHub answers with status 200."""

    def __init__(self, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a selection; `on` is the type of the inline fragment around it, if any."""

    name: str
    alias: str
    arguments: Json
    selection: tuple[Field, ...]
    on: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """An object: its type and its fields, each a value or a function of the named arguments."""

    typename: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def execute(query: str, variables: Json, root: Node) -> Json:
    """The data that the query selects; raises `GraphQLError`."""
    return _select(root, _Reader(query, variables).read_operation())


def _select(node: Node, selection: tuple[Field, ...]) -> Json:
    return {
        wanted.alias: _resolve(node, wanted)
        for wanted in selection
        if wanted.on in (None, node.typename)
    }


def _resolve(node: Node, wanted: Field) -> Any:
    if wanted.name == "__typename":
        return node.typename
    if wanted.name not in node.fields:
        raise GraphQLError(f"Field '{wanted.name}' doesn't exist on type '{node.typename}'")
    value = node.fields[wanted.name]
    try:
        found = value(**_make_names(wanted.arguments)) if callable(value) else value
    except TypeError as error:
        raise GraphQLError(f"Field '{wanted.name}' has wrong arguments: {error}") from error
    return _complete(found, wanted)


def _make_names(arguments: Json) -> Json:
    """`followRenames` is `follow_renames` here."""
    return {re.sub(r"[A-Z]", lambda m: f"_{m[0].lower()}", k): v for k, v in arguments.items()}


def _complete(value: Any, wanted: Field) -> Any:
    if isinstance(value, list):
        return [_complete(item, wanted) for item in value]
    if isinstance(value, Node):
        if not wanted.selection:
            raise GraphQLError(f"Field '{wanted.name}' must have selections")
        return _select(value, wanted.selection)
    if wanted.selection and value is not None:
        raise GraphQLError(f"Selections can't be made on scalars (field '{wanted.name}')")
    return value


class _Reader:
    """Reads one operation from left to right."""

    def __init__(self, query: str, variables: Json) -> None:
        self._tokens = _tokenise(query)
        self._at = 0
        self._variables = dict(variables)

    def read_operation(self) -> tuple[Field, ...]:
        if self._peek() in ("query", "mutation"):
            self._next()
            if self._peek() not in ("{", "("):
                self._next()
            if self._peek() == "(":
                self._read_list("(", ")", self._read_variable)
        selection = self._read_selection()
        if self._peek() != "":
            raise GraphQLError(f"Parse error on {self._peek()!r}")
        return selection

    def _read_variable(self) -> None:
        """`$name: Type! = default`; types are not checked."""
        self._expect("$")
        name = self._next()
        self._expect(":")
        while self._peek() not in ("$", ")", "=", ""):
            self._next()
        if self._skip("="):
            self._variables.setdefault(name, self._read_value())

    def _read_selection(self) -> tuple[Field, ...]:
        groups = self._read_list("{", "}", self._read_selected)
        return tuple(one for group in groups for one in group)

    def _read_selected(self) -> tuple[Field, ...]:
        if self._skip("..."):
            self._expect("on")
            kind = self._next()
            inner = self._read_selection()
            return tuple(Field(f.name, f.alias, f.arguments, f.selection, kind) for f in inner)
        alias = name = self._next()
        if self._skip(":"):
            name = self._next()
        pairs = self._read_list("(", ")", self._read_argument) if self._peek() == "(" else []
        selection = self._read_selection() if self._peek() == "{" else ()
        return (Field(name, alias, dict(pairs), selection),)

    def _read_argument(self) -> tuple[str, Any]:
        name = self._next()
        self._expect(":")
        return name, self._read_value()

    def _read_value(self) -> Any:
        word = self._peek()
        if word == "[":
            return self._read_list("[", "]", self._read_value)
        if word == "{":
            return dict(self._read_list("{", "}", self._read_argument))
        self._next()
        if word == "$":
            return self._variables.get(self._next())
        if word.startswith('"') or word.lstrip("-")[:1].isdigit():
            return json.loads(word)
        return _CONSTANTS.get(word, word)

    def _read_list(self, first: str, last: str, read: Callable[[], _T]) -> list[_T]:
        self._expect(first)
        items = []
        while not self._skip(last):
            items.append(read())
        return items

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if token == "":
            raise GraphQLError("Parse error: unexpected end of query")
        self._at += 1
        return token

    def _skip(self, token: str) -> bool:
        found = self._peek() == token
        self._at += found
        return found

    def _expect(self, token: str) -> None:
        if not self._skip(token):
            raise GraphQLError(f"Parse error on {self._peek()!r}, expected {token!r}")


def _tokenise(query: str) -> list[str]:
    tokens, at = [], 0
    while at < len(query):
        match = _TOKEN.match(query, at)
        if match is None:
            raise GraphQLError(f"Parse error on {query[at : at + 10]!r}")
        if match["token"]:
            tokens.append(match["token"])
        at = match.end()
    return tokens
