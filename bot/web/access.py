"""Who may see what: what GitHub calls private is shown to nobody who did not log in.

In: a request, and the setting `DASHBOARD`. Out: the repositories that its sender may see, or the
answer that asks for a login. What is not known to be public is private.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from bot.core.model import Repository
from bot.web.credentials import knows_password
from bot.web.html import render_page
from bot.web.sessions import Session, Sessions

AUTO, PUBLIC, BASIC, GITHUB, OFF = "auto", "public", "basic", "github", "off"


class RepositoryStore(Protocol):
    """What is asked of the store."""

    async def load_repositories(self) -> Sequence[Repository]:
        """All that we know, by id."""
        ...


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, by what they may see."""

    repositories: frozenset[int] | None  # by id; None: everything
    sees_all: bool  # nothing that we know of is hidden from them
    names: frozenset[str] = frozenset()  # of those repositories, in small letters
    session: Session | None = None
    was_logged_in: bool = False  # and is not any more

    def may_see(self, repo_id: int) -> bool:
        """Whether a repository's pulls, incidents and words are shown to them."""
        return self.repositories is None or repo_id in self.repositories

    def may_read_of(self, names: Collection[str]) -> bool:
        """Whether words that name these repositories are for them."""
        if self.repositories is None:
            return True
        return self.sees_all and {name.lower() for name in names} <= self.names


EVERYBODY = Viewer(None, sees_all=True)


class Access:
    """Decides by the setting, the password, the session, and what GitHub says of a repository."""

    def __init__(
        self,
        mode: str,
        password: str | None,
        store: RepositoryStore,
        sessions: Sessions | None = None,
    ) -> None:
        """`password` opens everything, for any user's name; with `sessions` GitHub's word counts.

        `public` and `off` ask for neither; `basic` takes the password only.
        """
        self._mode = mode
        self._password = None if mode in {PUBLIC, OFF} else password
        self._store = store
        self.sessions = sessions if mode in {AUTO, GITHUB} else None

    def ask_for_login(self, request: web.Request) -> None:
        """Raises what makes a browser ask, until the password was given; nowhere: not found."""
        if self._password is None:
            raise web.HTTPNotFound(text="there is no login here")
        if not knows_password(request.headers.get("Authorization"), self._password):
            raise ask_for_password()

    @property
    def has_login(self) -> bool:
        """Whether a login shows more."""
        return self.sessions is not None or (self._password is not None and self._mode == AUTO)

    async def find_viewer(self, request: web.Request) -> Viewer:
        """Raises `HTTPUnauthorized` where nothing is shown without a login."""
        given = request.headers.get("Authorization")
        if self._mode == PUBLIC or (given is not None and self._knows(given)):
            return EVERYBODY
        if self._mode == BASIC:
            raise ask_for_password()
        session = self.sessions.find(request) if self.sessions else None
        was_logged_in = self.sessions is not None and self.sessions.has_ended(request)
        if self._mode == GITHUB and session is None:
            raise ask_for_github(request, was_logged_in=was_logged_in)
        return await self._make_viewer(session, was_logged_in=was_logged_in)

    def _knows(self, given: str) -> bool:
        if self._password is None:
            return False
        if not knows_password(given, self._password):
            raise ask_for_password()
        return True

    async def _make_viewer(self, session: Session | None, *, was_logged_in: bool) -> Viewer:
        """What is public, and what GitHub showed them when they logged in."""
        theirs = session.repositories if session else frozenset()
        known = await self._store.load_repositories()
        shown = [r for r in known if r.private is False or r.repo_id in theirs]
        return Viewer(
            repositories=frozenset(repository.repo_id for repository in shown),
            sees_all=len(shown) == len(known),
            names=frozenset(repository.full_name.lower() for repository in shown),
            session=session,
            was_logged_in=was_logged_in,
        )


def ask_for_password() -> web.HTTPUnauthorized:
    """What makes a browser ask."""
    return web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="Night\'s Watch"'})


def ask_for_github(request: web.Request, *, was_logged_in: bool) -> web.HTTPUnauthorized:
    """A page that leads to the login, or a line for machines."""
    # No scheme that browsers know: a window for a password would help nobody.
    asked = {"WWW-Authenticate": 'GitHub realm="Night\'s Watch"'}
    if "text/html" not in request.headers.get("Accept", ""):
        return web.HTTPUnauthorized(text="a login is needed: see /login", headers=asked)
    page = render_page(
        "login.html",
        words="Your login has ended." if was_logged_in else "This page is shown after a login.",
        target=request.path,
    )
    headers = asked | {"Content-Security-Policy": page.headers["Content-Security-Policy"]}
    return web.HTTPUnauthorized(text=page.text, content_type="text/html", headers=headers)
