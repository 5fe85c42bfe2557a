"""GitHub as this bot: what the road reads there, and the one comment it writes.

Input: repositories, numbers, text. Output: our nouns; or `Unavailable` (later) or `Refused` (a
lasting no, with its reason named after what was asked for). One call on the wire is in
`github_api`, who we are in `github_auth`, the first-parent line in `github_line`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp

from bot.clients.github_api import Api, Unauthorized, call_again, parse_answer
from bot.clients.github_auth import AppIdentity, Identity, TokenIdentity
from bot.clients.github_line import HISTORY, LineWalk
from bot.clients.github_queries import MINIMIZE, UNMINIMIZE
from bot.clients.github_refusals import name_refusal
from bot.clients.pacing import Pace
from bot.core.errors import Refused, Unavailable
from bot.core.model import Comment, Commit, Pull, Repository
from bot.core.payloads import (
    CommitPage,
    ListedComment,
    parse_comment,
    parse_commit_page,
    parse_files,
    parse_graphql_errors,
    parse_listed_comment,
    parse_pull,
    parse_repository,
    parse_role,
)
from bot.core.payloads.checkup import HookDelivery, parse_hook_delivery
from bot.core.people import Role
from bot.ports import Clock, Pacing

T = TypeVar("T")

# GitHub itself lists no more files of a commit than this.
_MOST_FILES = 3000

# Three days of them, which is as far as GitHub keeps them, for a repository as busy as LLVM's.
_MOST_DELIVERIES = 10_000

# A pull with more comments than this is not searched for ours: two hundred calls each time.
_MOST_COMMENTS = 20_000


class GitHubClient:
    """Implements `ports.GitHub`; with an App's id and key, or with a token."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        api_url: str = "https://api.github.com",
        graphql_url: str | None = None,
        app_id: str | None = None,
        private_key: str | None = None,
        token: str | None = None,
        pacing: Pacing | None = None,
    ) -> None:
        """`pacing` is what instances keep together; None: there is no other."""
        self._api = Api(
            session,
            clock,
            api_url=api_url,
            graphql_url=graphql_url,
            app_id=None if token else app_id,
            private_key=None if token else private_key,
            pacing=pacing,
        )
        self._identity: Identity = (
            TokenIdentity(self._api, token) if token else AppIdentity(self._api, clock)
        )
        self._token = token
        self._pace = Pace(clock, pacing)
        self._login: str | None = None

    @property
    def last_contact(self) -> datetime | None:
        """When GitHub last answered; None: never."""
        return self._api.last_contact

    @property
    def last_error(self) -> str | None:
        """Why GitHub was not available at the last call; None when it was."""
        return self._api.last_error

    @property
    def rate_remaining(self) -> int | None:
        """Calls left of the primary limit, as GitHub last said."""
        return self._api.gate.remaining

    @property
    def time(self) -> datetime | None:
        """GitHub's own clock as of its last answer; None: it has not answered yet."""
        return self._api.time

    async def ping(self) -> None:
        """Ask what costs nothing: raises `Unavailable` when GitHub is away or shuts us out."""
        # An App's signature is tried, too; for a token, the one call that no limit counts.
        await self._api.fetch("/rate_limit" if self._token else "/app", self._token)

    # ------------------------------------------------ reading

    async def fetch_me(self) -> str:
        """The login under which our comments stand; asked once."""
        if self._login is None:
            self._login = await call_again(self._identity.fetch_login)
        return self._login

    async def fetch_repository(self, full_name: str) -> Repository:
        """By `owner/name`; follows renames."""
        return await self._read(full_name, full_name, "", parse_repository)

    async def follow_repository(self, repository: Repository) -> Repository:
        """The same by GitHub's number, whatever its name is now."""
        what, url = repository.full_name, f"/repositories/{repository.repo_id}"
        answer = await self._as(what, what, lambda token: self._api.fetch(url, token))
        return parse_answer(parse_repository, answer)

    async def fetch_pull(self, repository: Repository, number: int) -> Pull:
        """A pull as it is now."""
        name = repository.full_name
        return await self._read(name, f"pull {number} of {name}", f"/pulls/{number}", parse_pull)

    async def fetch_files(self, repository: Repository, sha: str) -> tuple[str, ...]:
        """The paths that a commit touched, sorted; of a rename both."""
        rows = await self._read_all(
            repository, f"commit {sha}", f"/commits/{sha}", _MOST_FILES, "files"
        )
        paths = {path for row in rows for path in parse_answer(parse_files, row)}
        return tuple(sorted(paths))

    async def fetch_comment(self, repository: Repository, comment_id: int) -> Comment | None:
        """A comment by id; None when it was deleted."""
        name, path = repository.full_name, f"/issues/comments/{comment_id}"
        await self._identity.fetch_token(name)  # so that a 404 below is the comment's own
        try:
            return await self._read(name, f"comment {comment_id} of {name}", path, parse_comment)
        except Refused as refused:
            if refused.status in {404, 410}:
                return None
            raise

    async def find_comments(
        self, repository: Repository, number: int, marker: str
    ) -> tuple[Comment, ...]:
        """Our own comments that hold `marker`, oldest first; never served from a cache."""
        me = (await self.fetch_me()).lower()
        what = f"pull {number} of {repository.full_name}"
        path = f"/issues/{number}/comments?per_page=100"
        rows = await self._read_all(repository, what, path, _MOST_COMMENTS)
        if len(rows) == _MOST_COMMENTS:
            raise Refused(f"{what} has too many comments to find ours among them")
        comments = (parse_answer(parse_comment, row) for row in rows)
        ours = (c for c in comments if marker in c.body and c.author.lower() == me)
        return tuple(sorted(ours, key=lambda comment: comment.comment_id))

    async def fetch_deliveries(self, since: datetime) -> tuple[HookDelivery, ...] | None:
        """Attempts to tell us by webhook, newest first, back to `since` by GitHub's clock.

        None with a token: only an App may ask.
        """
        if self._token is not None:
            return None
        rows = await self._api.fetch_pages(
            "/app/hook/deliveries?per_page=100",
            None,
            _MOST_DELIVERIES,
            enough=lambda row: parse_answer(parse_hook_delivery, row).at < since,
        )
        return tuple(parse_answer(parse_hook_delivery, row) for row in rows)

    async def redeliver(self, delivery_id: int) -> None:
        """Have one of them sent again, under the same GUID."""
        url = f"/app/hook/deliveries/{delivery_id}/attempts"
        async with self._pace.turn():
            await self._api.send("POST", url, b"")

    async def fetch_comments_since(
        self, repository: Repository, since: datetime
    ) -> tuple[ListedComment, ...]:
        """Comments on pulls that came or changed since then by GitHub's clock, oldest first."""
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        path = f"/issues/comments?sort=updated&direction=asc&per_page=100&since={moment}"
        rows = await self._read_all(repository, repository.full_name, path, _MOST_COMMENTS)
        found = (parse_answer(parse_listed_comment, row) for row in rows)
        return tuple(comment for comment in found if comment is not None)

    async def fetch_role(self, repository: Repository, login: str) -> Role:
        """What somebody may do in a repository; those whom GitHub does not know, nothing."""
        name, path = repository.full_name, f"/collaborators/{quote(login, safe='')}/permission"
        try:
            return await self._read(name, f"a role in {name}", path, parse_role)
        except Refused as refused:
            if refused.status == 404:
                return Role.NONE
            raise

    async def fetch_line(
        self, repository: Repository, branch: str
    ) -> AsyncIterator[tuple[Commit, ...]]:
        """The first-parent commits of a branch with verified pulls, tip first, page by page."""
        page = await self._fetch_history(repository, branch, f"refs/heads/{branch}", None)
        walk = LineWalk(branch, page.tip)
        while True:
            if commits := walk.add(page.commits):
                yield commits
            if page.next is None or walk.is_done:
                return
            page = await self._fetch_history(repository, branch, page.tip, page.next)

    async def _fetch_history(
        self, repository: Repository, branch: str, at: str, after: str | None
    ) -> CommitPage:
        owner, _, name = repository.full_name.partition("/")
        what = f"branch {branch} of {repository.full_name}"
        variables = {"owner": owner, "name": name, "at": at, "after": after}
        answer = await self._query(repository, what, HISTORY, variables)
        page = parse_answer(parse_commit_page, answer)
        if page is None:
            raise Refused(f"{what} is gone", 410)
        return page

    # ------------------------------------------------ writing

    async def post_comment(self, repository: Repository, number: int, body: str) -> Comment:
        """A new comment on a pull; sent once: if the answer is lost, it may stand all the same."""
        what = f"pull {number} of {repository.full_name}"
        path = f"/issues/{number}/comments"
        return parse_answer(
            parse_comment, await self._write(repository, what, "POST", path, {"body": body})
        )

    async def edit_comment(self, repository: Repository, comment_id: int, body: str) -> Comment:
        """New text for a comment of ours."""
        what = f"comment {comment_id} of {repository.full_name}"
        path = f"/issues/comments/{comment_id}"
        return parse_answer(
            parse_comment, await self._write(repository, what, "PATCH", path, {"body": body})
        )

    async def delete_comment(self, repository: Repository, comment_id: int) -> None:
        """Take a twin away; one that is gone already is as well."""
        what = f"comment {comment_id} of {repository.full_name}"
        path = f"/issues/comments/{comment_id}"
        await self._identity.fetch_token(repository.full_name)
        try:
            await self._write(repository, what, "DELETE", path, None)
        except Refused as refused:
            if refused.status not in {404, 410}:
                raise

    async def react(self, repository: Repository, comment_id: int, reaction: str) -> None:
        """A reaction of ours to a comment; GitHub takes the same again for the same."""
        path, sent = f"/issues/comments/{comment_id}/reactions", {"content": reaction}
        await self._write(repository, f"comment {comment_id}", "POST", path, sent)

    async def minimize_comment(
        self, repository: Repository, comment: Comment, classifier: str
    ) -> None:
        """Show a comment folded, as `RESOLVED` or `OUTDATED`; it may be so already."""
        variables = {"id": comment.node_id, "classifier": classifier}
        await self._mutate(repository, comment, MINIMIZE, variables)

    async def unminimize_comment(self, repository: Repository, comment: Comment) -> None:
        """Show a comment in full again."""
        await self._mutate(repository, comment, UNMINIMIZE, {"id": comment.node_id})

    async def _mutate(
        self, repository: Repository, comment: Comment, query: str, variables: dict[str, Any]
    ) -> None:
        what = f"comment {comment.comment_id} of {repository.full_name}"
        async with self._pace.turn():
            await self._query(repository, what, query, variables)

    # ------------------------------------------------ as whom, and what failure means

    async def _read(self, full_name: str, what: str, path: str, parse: Callable[[object], T]) -> T:
        url = f"/repos/{full_name}{path}"
        return parse_answer(
            parse, await self._as(full_name, what, lambda token: self._api.fetch(url, token))
        )

    async def _read_all(
        self, repository: Repository, what: str, path: str, limit: int, key: str | None = None
    ) -> list[Any]:
        url = f"/repos/{repository.full_name}{path}"
        return await self._as(
            repository.full_name,
            what,
            lambda token: self._api.fetch_pages(url, token, limit, key),
        )

    async def _write(
        self, repository: Repository, what: str, method: str, path: str, body: object
    ) -> Any:
        url = f"/repos/{repository.full_name}{path}"
        data: Any = b"" if body is None else body
        # A new comment calls somebody; edits, which nobody is called by, can wait.
        async with self._pace.turn(first=method == "POST"):
            return await self._as(
                repository.full_name,
                what,
                lambda token: self._api.send(method, url, data, token),
            )

    async def _query(
        self, repository: Repository, what: str, query: str, variables: dict[str, Any]
    ) -> Any:
        """A GraphQL query; half an answer is none."""
        data = {"query": query, "variables": variables}
        answer = await self._as(
            repository.full_name,
            what,
            lambda token: self._api.send("POST", self._api.graphql_url, data, token),
        )
        errors = {e.type: e.message for e in parse_answer(parse_graphql_errors, answer)}
        if "RATE_LIMITED" in errors:
            raise self._api.gate.shut({})
        for kind in ("NOT_FOUND", "FORBIDDEN"):
            if kind in errors:
                raise name_refusal(what, Refused(errors[kind], 404 if kind == "NOT_FOUND" else 403))
        if errors:
            raise Unavailable(
                f"GitHub could not answer about {what}: {next(iter(errors.values()))}"
            )
        return answer

    async def _as(self, full_name: str, what: str, call: Callable[[str], Awaitable[T]]) -> T:
        """Make a call as ourselves; once more with a new token where GitHub refused the old."""

        async def named() -> T:
            token = await self._identity.fetch_token(full_name)
            try:
                return await call(token)
            except Unauthorized:
                self._identity.forget_token(token)
                raise
            except Refused as refused:
                raise name_refusal(what, refused) from refused

        return await call_again(named)
