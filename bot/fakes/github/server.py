"""A small GitHub on loopback: REST, the GraphQL that the client asks, and signed webhooks.

Input: repositories, merges, pushes and comments, one call each. Output: `url` for a client, webhook
posts for a door (sent once, like GitHub's), and the comments as people would see them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from aiohttp import web

from bot.fakes.github.app_manifest import FakeManifests, MadeApp
from bot.fakes.github.auth import FakeTokens
from bot.fakes.github.fault_injection import make_faults
from bot.fakes.github.git_graph import History
from bot.fakes.github.oauth import FakeLogins
from bot.fakes.github.repository import DemoComment, DemoPull, DemoRepository
from bot.fakes.github.rest import GitHubRest
from bot.fakes.github.webhooks import (
    Push,
    make_body,
    make_comment_event,
    make_headers,
    make_installation_event,
    make_ping_event,
    make_pull_event,
    make_push_event,
)
from bot.fakes.http_server import ApiError, FakeHttpServer, Json
from bot.fakes.webhook_sender import WebhookSender

_MAINTAINER = "maintainer"  # whoever merges


class FakeGitHub(FakeHttpServer):
    """One GitHub; its time is the clock that it is given.

    REST is at `url`, GraphQL at `<url>/graphql`. Methods work on the repository that was made
    first, unless `repository` names another. `count(op)` tells how often an endpoint was asked
    (`comments`, `post-comment`, `edit-comment`, `graphql`, …); `hooks` is what goes out, and how.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        token: str | None = "demo-token",  # noqa: S107 - opens nothing but this demo
        login: str = "nightswatch",
        app_id: int = 1,
        app_key: str | None = None,
        slug: str = "nightswatch",
        hook_url: str | None = None,
        hook_secret: str = "demo-secret",  # noqa: S107 - opens nothing but this demo
    ) -> None:
        """`token` is a plain token of `login`; `app_key` (PEM) lets the App in as well."""
        self.hook_secret = hook_secret
        self.hooks = WebhookSender(clock=clock)
        self.door = FakeTokens(
            lambda: clock() + self.skew,
            token=token,
            login=login,
            app_id=app_id,
            app_key=app_key,
            slug=slug,
        )
        self._clock = clock
        self._repositories: dict[str, DemoRepository] = {}
        self.rest = GitHubRest(self._repositories, self.door, clock, self._tell_comment)
        self.rest.hooks = self.hooks
        self.logins = FakeLogins(self.door, lambda: clock() + self.skew)
        self.manifests = FakeManifests(clock, self._become)
        super().__init__(
            [
                *self.rest.make_routes(),
                *self.logins.make_routes(),
                *self.manifests.make_routes(),
            ],
            render_error=self._render_error,
            before=make_faults(self.door, lambda: clock() + self.skew, self._render_error),
            clock=clock,
        )
        self.hook_url = hook_url

    @property
    def hook_url(self) -> str | None:
        """Where webhooks go; None: nowhere."""
        return self.rest.hook_url

    @hook_url.setter
    def hook_url(self, url: str | None) -> None:
        self.rest.hook_url = url

    async def stop(self) -> None:
        """Go for good; webhooks on their way are dropped."""
        await self.hooks.close()
        await super().stop()

    # ------------------------------------------------------------ repositories

    def create_repository(
        self,
        full_name: str,
        *,
        default_branch: str = "main",
        branches: Sequence[str] = (),
        history: History | None = None,
    ) -> DemoRepository:
        """A repository with one commit; further branches begin at it."""
        repository = DemoRepository(full_name, default_branch, self._clock(), history)
        self._repositories[full_name.lower()] = repository
        for branch in branches:
            repository.create_branch(branch)
        return repository

    def repository(self, full_name: str | None = None) -> DemoRepository:
        """By any name it ever had, or the first."""
        if full_name is None:
            return next(iter(self._repositories.values()))
        return self._repositories[full_name.lower()]

    def rename_repository(self, old: str, new: str) -> None:
        """The old name redirects from now on."""
        repository = self._repositories[old.lower()]
        repository.full_name = new
        self._repositories[new.lower()] = repository

    async def uninstall(self, repository: str | None = None) -> None:
        """The App is taken off: nothing of the repository is found any more."""
        taken = self.repository(repository)
        taken.installed = False
        payload = make_installation_event("deleted", taken, self.door.app_id, self.url)
        await self.emit("installation", payload)

    async def install(self, repository: str | None = None) -> None:
        """The App is put on a repository."""
        given = self.repository(repository)
        given.installed = True
        payload = make_installation_event("created", given, self.door.app_id, self.url)
        await self.emit("installation", payload)

    def _become(self, app: MadeApp) -> None:
        """The App is the one that somebody made of a manifest; it is installed nowhere yet."""
        self.door.become(app.app_id, app.slug, app.key)
        self.hook_url, self.hook_secret = app.manifest["hook_attributes"]["url"], app.secret
        self.rest.permissions = dict(app.manifest["default_permissions"])
        self.rest.events = tuple(app.manifest["default_events"])
        self.logins.client_id = f"Iv1.{app.app_id}"
        self.logins.client_secret = f"client-{app.secret}"
        self.logins.callbacks = list(app.manifest["callback_urls"])
        for repository in self._repositories.values():
            repository.installed = False

    # ------------------------------------------------------------ pulls and pushes

    def open_pull(
        self,
        number: int,
        title: str,
        *,
        branch: str = "main",
        author: str = "octocat",
        body: str = "",
        files: Sequence[str] = ("src/app.py",),
        commits: int = 1,
        repository: str | None = None,
    ) -> DemoPull:
        """A pull cut from `branch` as it is now; `merge` finds it by its number."""
        return self.repository(repository).open_pull(
            number,
            title,
            self._clock(),
            base=branch,
            author=author,
            body=body,
            files=files,
            commits=commits,
        )

    async def merge(
        self,
        pull: int,
        title: str = "Change something",
        *,
        method: str = "squash",
        branch: str = "main",
        author: str = "octocat",
        body: str = "",
        files: Sequence[str] = ("src/app.py",),
        commits: int = 1,
        repository: str | None = None,
    ) -> str:
        """Merge a pull, opened now if it is not; the new tip of the branch.

        `method` is squash, merge or rebase; `landed` has all that it put on the branch.
        """
        where = self.repository(repository)
        if pull not in where.pulls:
            self.open_pull(
                pull,
                title,
                branch=branch,
                author=author,
                body=body,
                files=files,
                commits=commits,
                repository=repository,
            )
        merged = where.pulls[pull]
        before = where.tip(merged.base)
        landed = where.merge(merged, method, self._clock())
        payload = make_pull_event("closed", merged, where, _MAINTAINER, self.url)
        await self.emit("pull_request", payload)
        await self._tell_push(where, merged.base, before, sender=_MAINTAINER)
        return landed[-1]

    def landed(self, pull: int, repository: str | None = None) -> tuple[str, ...]:
        """The shas that a pull's merge put on the first-parent line, oldest first."""
        return self.repository(repository).pulls[pull].landed

    async def close_pull(self, pull: int, repository: str | None = None) -> None:
        """Close it without merging."""
        where = self.repository(repository)
        where.pulls[pull].state = "closed"
        payload = make_pull_event("closed", where.pulls[pull], where, _MAINTAINER, self.url)
        await self.emit("pull_request", payload)

    async def push_direct(
        self,
        *titles: str,
        branch: str = "main",
        author: str = "octocat",
        files: Sequence[str] = ("src/app.py",),
        repository: str | None = None,
    ) -> str:
        """One push of commits that belong to no pull, one for each title; the new tip."""
        where = self.repository(repository)
        before = where.tip(branch)
        shas = where.push(branch, titles or ("Push",), author, self._clock(), files)
        await self._tell_push(where, branch, before, sender=author)
        return shas[-1]

    async def write_file(
        self, path: str, content: bytes | None, repository: str | None = None
    ) -> str:
        """Put a file on the default branch, or take it away; the new tip."""
        where = self.repository(repository)
        if content is None:
            where.contents.pop(path, None)
        else:
            where.contents[path] = content
        branch, title = where.default_branch, f"Change {path}"
        return await self.push_direct(
            title, branch=branch, files=(path,), repository=where.full_name
        )

    async def force_push(
        self, onto: str, *titles: str, branch: str = "main", repository: str | None = None
    ) -> str:
        """Set a branch back to `onto` and put new commits there; the new tip."""
        where = self.repository(repository)
        before = where.tip(branch)
        where.create_branch(branch, onto)
        if titles:
            where.push(branch, titles, _MAINTAINER, self._clock(), ("src/app.py",))
        await self._tell_push(where, branch, before, sender=_MAINTAINER, forced=True)
        return where.tip(branch)

    def lock(self, pull: int, repository: str | None = None) -> None:
        """Nobody may comment any more."""
        self.repository(repository).pulls[pull].locked = True

    def delete_pull(self, pull: int, repository: str | None = None) -> None:
        """The pull is gone."""
        self.repository(repository).pulls[pull].deleted = True

    # ------------------------------------------------------------ comments

    def comments(self, pull: int, repository: str | None = None) -> list[DemoComment]:
        """What stands on a pull, oldest first; `bodies` is each one's history."""
        return self.repository(repository).comments_of(pull)

    async def comment(
        self, pull: int, body: str, *, author: str = "octocat", repository: str | None = None
    ) -> DemoComment:
        """Somebody says something."""
        where = self.repository(repository)
        said = where.add_comment(pull, author, body, self._clock())
        payload = make_comment_event("created", said, where, author, self.url)
        await self.emit("issue_comment", payload)
        return said

    async def delete_comment(
        self, comment: DemoComment, *, by: str = _MAINTAINER, repository: str | None = None
    ) -> None:
        """Somebody takes a comment away."""
        where = self.repository(repository)
        comment.deleted = True
        payload = make_comment_event("deleted", comment, where, by, self.url)
        await self.emit("issue_comment", payload)

    # ------------------------------------------------------------ webhooks

    async def ping(self) -> None:
        """What GitHub sends when a hook is made."""
        await self.emit("ping", make_ping_event(self.door.app_id))

    async def emit(self, event: str, payload: Json) -> None:
        """Sign and send any event, once."""
        if self.hook_url is not None:
            body = make_body(payload)
            headers = make_headers(event, body, self.hook_secret, self.door.app_id)
            await self.hooks.post(self.hook_url, body, headers)

    async def _tell_push(
        self, where: DemoRepository, branch: str, before: str, *, sender: str, forced: bool = False
    ) -> None:
        after = where.tip(branch)
        commits = where.history.between(before, after)
        push = Push(branch, before, after, commits, forced)
        await self.emit("push", make_push_event(push, where, sender, self.url))

    def _tell_comment(
        self, action: str, comment: DemoComment, where: DemoRepository, sender: str
    ) -> None:
        """The App hears of its own comments too; the answer to it does not wait for that."""
        payload = make_comment_event(action, comment, where, sender, self.url)
        self.hooks.spawn(self.emit("issue_comment", payload))

    def _render_error(self, refusal: ApiError) -> web.Response:
        docs = "https://docs.github.com/rest"
        body = {"message": refusal.message, "documentation_url": docs, "status": refusal.status}
        headers = self.rest.make_limits() | refusal.headers
        return web.json_response(body, status=refusal.status, headers=headers)
