"""Calls about one repository: as whom, at which pace, and what their failure means.

In: a repository, a path below it or a query, and what it is about in words. Out: decoded JSON; or
`Unavailable` (later) or `Refused` (a lasting no, with its reason named after what was asked for).
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bot.clients.github.api import Api, Unauthorized, call_again, parse_answer
from bot.clients.github.auth import Identity
from bot.clients.github.errors import describe_refusal
from bot.clients.github.paths import make_repository_path
from bot.clients.github.rate_limit import WritePacer
from bot.core.errors import Refused, Unavailable
from bot.core.model import Repository
from bot.core.payloads import parse_graphql_errors

T = TypeVar("T")

# Kinds of errors of GraphQL that are lasting, as REST would say them.
_REFUSALS = {"NOT_FOUND": 404, "FORBIDDEN": 403, "UNPROCESSABLE": 422}


class RepositoryCalls:
    """What every part of the client asks through."""

    def __init__(self, api: Api, identity: Identity, pace: WritePacer) -> None:
        self._api = api
        self._identity = identity
        self._pace = pace

    async def read(self, full_name: str, what: str, path: str, parse: Callable[[object], T]) -> T:
        """An answer of REST, parsed."""
        url = make_repository_path(full_name, below=path)
        return parse_answer(
            parse, await self.make(full_name, what, lambda token: self._api.fetch(url, token))
        )

    async def read_all(
        self, repository: Repository, what: str, path: str, limit: int, key: str | None = None
    ) -> list[Any]:
        """Rows of all pages of a list, at most `limit`; `key` is where they lie in an answer."""
        url = make_repository_path(repository.full_name, below=path)
        return await self.make(
            repository.full_name,
            what,
            lambda token: self._api.fetch_pages(url, token, limit, key),
        )

    async def write(
        self, repository: Repository, what: str, method: str, path: str, body: object
    ) -> Any:
        """A change, at the pace that GitHub asks for; sent once."""
        url = make_repository_path(repository.full_name, below=path)
        data: Any = b"" if body is None else body
        # A new comment calls somebody; edits, which nobody is called by, can wait.
        async with self._pace.turn(first=method == "POST"):
            return await self.make(
                repository.full_name,
                what,
                lambda token: self._api.send(method, url, data, token),
            )

    async def query(
        self, repository: Repository, what: str, query: str, variables: dict[str, Any]
    ) -> Any:
        """A GraphQL query; half an answer is none."""
        data = {"query": query, "variables": variables}
        answer = await self.make(
            repository.full_name,
            what,
            lambda token: self._api.send("POST", self._api.graphql_url, data, token),
        )
        self._raise_for(what, answer)
        return answer

    def _raise_for(self, what: str, answer: object) -> None:
        errors = {e.type: e.message for e in parse_answer(parse_graphql_errors, answer)}
        if "RATE_LIMITED" in errors:
            raise self._api.gate.shut({})
        for kind, status in _REFUSALS.items():
            if kind in errors:
                raise describe_refusal(what, Refused(errors[kind], status))
        if errors:
            raise Unavailable(
                f"GitHub could not answer about {what}: {next(iter(errors.values()))}"
            )

    async def mutate(
        self, repository: Repository, what: str, query: str, variables: dict[str, Any]
    ) -> Any:
        """A change by GraphQL, at the pace that GitHub asks for; sent once."""
        async with self._pace.turn():
            return await self.query(repository, what, query, variables)

    async def make(self, full_name: str, what: str, call: Callable[[str], Awaitable[T]]) -> T:
        """Make a call as ourselves; once more with a new token where GitHub refused the old."""

        async def named() -> T:
            token = await self._identity.fetch_token(full_name)
            try:
                return await call(token)
            except Unauthorized:
                self._identity.forget_token(token)
                raise
            except Refused as refused:
                if refused.status == 403:  # a token keeps the permissions that it was made with
                    self._identity.forget_token(token)
                raise describe_refusal(what, refused) from refused

        return await call_again(named)
