"""GitHub as this bot: what the road reads there, and the one comment it writes.

Input: repositories, numbers, text. Output: our nouns; or `Unavailable` (later) or `Refused` (a
lasting no, with its reason named after what was asked for).
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import quote

import aiohttp

from bot.clients.github.api import Api, call_again, parse_answer
from bot.clients.github.auth import AppIdentity, Identity, TokenIdentity
from bot.clients.github.first_parent import FirstParentWalk
from bot.clients.github.graphql_queries import HISTORY, MINIMIZE, PULL, UNMINIMIZE, name_variables
from bot.clients.github.issues import Issues
from bot.clients.github.rate_limit import WritePacer
from bot.clients.github.repository_calls import RepositoryCalls
from bot.clients.github.repository_files import RepositoryFiles
from bot.clients.github.reverts import Reverts
from bot.core.errors import Refused
from bot.core.model import Comment, Commit, Pull, Repository
from bot.core.model.commands import Role
from bot.core.payloads import (
    CommitPage,
    ListedComment,
    parse_comment,
    parse_commit_page,
    parse_files,
    parse_fork_push,
    parse_listed_comment,
    parse_pull,
    parse_repository,
    parse_role,
)
from bot.core.payloads.diagnostics import HookDelivery, parse_hook_delivery
from bot.core.ports import Clock, RateLimit

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
        pacing: RateLimit | None = None,
    ) -> None:
        """`pacing` is what instances keep together; None: there is no other."""
        self.api = Api(
            session,
            clock,
            api_url=api_url,
            graphql_url=graphql_url,
            app_id=None if token else app_id,
            private_key=None if token else private_key,
            pacing=pacing,
        )
        self._identity: Identity = (
            TokenIdentity(self.api, token) if token else AppIdentity(self.api, clock)
        )
        self._token = token
        self._pace = WritePacer(clock, pacing)
        self.calls = RepositoryCalls(self.api, self._identity, self._pace)
        self.files = RepositoryFiles(self.calls)
        self.reverts = Reverts(self.calls)
        self.issues = Issues(self.api, self.calls)
        self._login: str | None = None

    @property
    def last_contact(self) -> datetime | None:
        """When GitHub last answered; None: never."""
        return self.api.last_contact

    @property
    def last_error(self) -> str | None:
        """Why GitHub was not available at the last call; None when it was."""
        return self.api.last_error

    @property
    def time(self) -> datetime | None:
        """GitHub's own clock as of its last answer; None: it has not answered yet."""
        return self.api.time

    async def ping(self) -> None:
        """Ask what costs nothing: raises `Unavailable` when GitHub is away or shuts us out."""
        # An App's signature is tried, too; for a token, the one call that no limit counts.
        await self.api.fetch("/rate_limit" if self._token else "/app", self._token)

    # ------------------------------------------------ reading

    async def fetch_me(self) -> str:
        """The login under which our comments stand; asked once."""
        if self._login is None:
            self._login = await call_again(self._identity.fetch_login)
        return self._login

    async def fetch_repository(self, full_name: str) -> Repository:
        """By `owner/name`; follows renames."""
        return await self.calls.read(full_name, full_name, "", parse_repository)

    async def follow_repository(self, repository: Repository) -> Repository:
        """The same by GitHub's number, whatever its name is now."""
        what, url = repository.full_name, f"/repositories/{repository.repo_id}"
        answer = await self.calls.make(what, what, lambda token: self.api.fetch(url, token))
        return parse_answer(parse_repository, answer)

    async def fetch_pull(self, repository: Repository, number: int) -> Pull:
        """A pull as it is now."""
        what = f"pull {number} of {repository.full_name}"
        variables = {**name_variables(repository), "number": number}
        return parse_answer(parse_pull, await self.calls.query(repository, what, PULL, variables))

    async def fetch_fork_push(self, repository: Repository, number: int) -> datetime | None:
        """When anybody last pushed to the fork that a pull comes from; None: it is of no fork."""
        name = repository.full_name
        what = f"pull {number} of {name}"
        return await self.calls.read(name, what, f"/pulls/{number}", parse_fork_push)

    async def fetch_files(self, repository: Repository, sha: str) -> tuple[str, ...]:
        """The paths that a commit touched, sorted; of a rename both."""
        rows = await self.calls.read_all(
            repository, f"commit {sha}", f"/commits/{sha}", _MOST_FILES, "files"
        )
        paths = {path for row in rows for path in parse_answer(parse_files, row)}
        return tuple(sorted(paths))

    async def fetch_comment(self, repository: Repository, comment_id: int) -> Comment | None:
        """A comment by id; None when it was deleted."""
        name, path = repository.full_name, f"/issues/comments/{comment_id}"
        await self._identity.fetch_token(name)  # so that a 404 below is the comment's own
        try:
            return await self.calls.read(
                name, f"comment {comment_id} of {name}", path, parse_comment
            )
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
        rows = await self.calls.read_all(repository, what, path, _MOST_COMMENTS)
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
        rows = await self.api.fetch_pages(
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
            await self.api.send("POST", url, b"")

    async def fetch_comments_since(
        self, repository: Repository, since: datetime
    ) -> tuple[ListedComment, ...]:
        """Comments on pulls that came or changed since then by GitHub's clock, oldest first."""
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        path = f"/issues/comments?sort=updated&direction=asc&per_page=100&since={moment}"
        rows = await self.calls.read_all(repository, repository.full_name, path, _MOST_COMMENTS)
        found = (parse_answer(parse_listed_comment, row) for row in rows)
        return tuple(comment for comment in found if comment is not None)

    async def fetch_role(self, repository: Repository, login: str) -> Role:
        """What somebody may do in a repository; those whom GitHub does not know, nothing."""
        name, path = repository.full_name, f"/collaborators/{quote(login, safe='')}/permission"
        try:
            return await self.calls.read(name, f"a role in {name}", path, parse_role)
        except Refused as refused:
            if refused.status == 404:
                return Role.NONE
            raise

    async def fetch_line(
        self, repository: Repository, branch: str
    ) -> AsyncIterator[tuple[Commit, ...]]:
        """The first-parent commits of a branch with verified pulls, tip first, page by page."""
        page = await self._fetch_history(repository, branch, f"refs/heads/{branch}", None)
        walk = FirstParentWalk(branch, page.tip)
        while True:
            if commits := walk.add(page.commits):
                yield commits
            if page.next is None or walk.is_done:
                return
            page = await self._fetch_history(repository, branch, page.tip, page.next)

    async def _fetch_history(
        self, repository: Repository, branch: str, at: str, after: str | None
    ) -> CommitPage:
        what = f"branch {branch} of {repository.full_name}"
        variables = {**name_variables(repository), "at": at, "after": after}
        answer = await self.calls.query(repository, what, HISTORY, variables)
        page = parse_answer(parse_commit_page, answer)
        if page is None:
            raise Refused(f"{what} is gone", 410)
        return page

    # ------------------------------------------------ writing

    async def post_comment(self, repository: Repository, number: int, body: str) -> Comment:
        """A new comment on a pull; sent once: if the answer is lost, it may stand all the same."""
        what = f"pull {number} of {repository.full_name}"
        path = f"/issues/{number}/comments"
        answer = await self.calls.write(repository, what, "POST", path, {"body": body})
        return parse_answer(parse_comment, answer)

    async def edit_comment(self, repository: Repository, comment_id: int, body: str) -> Comment:
        """New text for a comment of ours."""
        what = f"comment {comment_id} of {repository.full_name}"
        path = f"/issues/comments/{comment_id}"
        answer = await self.calls.write(repository, what, "PATCH", path, {"body": body})
        return parse_answer(parse_comment, answer)

    async def delete_comment(self, repository: Repository, comment_id: int) -> None:
        """Take a twin away; one that is gone already is as well."""
        what = f"comment {comment_id} of {repository.full_name}"
        path = f"/issues/comments/{comment_id}"
        await self._identity.fetch_token(repository.full_name)
        try:
            await self.calls.write(repository, what, "DELETE", path, None)
        except Refused as refused:
            if refused.status not in {404, 410}:
                raise

    async def react(self, repository: Repository, comment_id: int, reaction: str) -> None:
        """A reaction of ours to a comment; GitHub takes the same again for the same."""
        path, sent = f"/issues/comments/{comment_id}/reactions", {"content": reaction}
        await self.calls.write(repository, f"comment {comment_id}", "POST", path, sent)

    async def minimize_comment(
        self, repository: Repository, comment: Comment, classifier: str
    ) -> None:
        """Show a comment folded, as `RESOLVED` or `OUTDATED`; it may be so already."""
        variables = {"id": comment.node_id, "classifier": classifier}
        what = f"comment {comment.comment_id} of {repository.full_name}"
        await self.calls.mutate(repository, what, MINIMIZE, variables)

    async def unminimize_comment(self, repository: Repository, comment: Comment) -> None:
        """Show a comment in full again."""
        what = f"comment {comment.comment_id} of {repository.full_name}"
        await self.calls.mutate(repository, what, UNMINIMIZE, {"id": comment.node_id})
