"""Why a neighbour cannot be reached or does not know us, by the likeliest mistake.

In: which address was asked and what came back, as our clients word it. Out: what to do, in one
line, which names the setting; None where nothing is likelier than the general advice. Pure.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

_GITHUB, _GITHUB_API = "github.com", "https://api.github.com"

# ---------------------------------------------------------------- Buildbot


_BUILDBOT_HINTS = {
    "user name and password": (
        "set BUILDBOT_USERNAME and BUILDBOT_PASSWORD to what its pages take; a login by GitHub or"
        " Google works for people only"
    ),
    "does not let us read": "it asks who we are: set BUILDBOT_USERNAME and BUILDBOT_PASSWORD",
    "nobody knows its name": (
        "see BUILDBOT_URL: no machine is called {host}, or none that is known from here"
    ),
    "no connection to its address": (
        "see BUILDBOT_URL: nothing takes calls at port {port} of {host} (Buildbot's own port is"
        " 8010), or a firewall is between us"
    ),
    "its certificate is not good": (
        "see that its certificate is of this name and in force; one of your own authority has to be"
        " known to this machine (SSL_CERT_FILE)"
    ),
    "no answer in time": "see BUILDBOT_URL; a firewall that drops calls looks like this, too",
}


def find_buildbot_todo(url: str, words: str) -> str | None:
    """For what a call to Buildbot came to."""
    hint = next((todo for sign, todo in _BUILDBOT_HINTS.items() if sign in words), None)
    return hint and hint.format(host=urlsplit(url).hostname, port=_find_port(url))


def swap_scheme(url: str) -> str:
    """The same over http instead of https, or the other way round."""
    scheme, _, rest = url.partition("://")
    return f"{'http' if scheme == 'https' else 'https'}://{rest}"


def _find_port(url: str) -> int | None:
    parts = urlsplit(url)
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme)


# ---------------------------------------------------------------- GitHub


def find_github_todo(
    words: str, *, api_url: str, app_id: str | None, token: str | None
) -> str | None:
    """For what a call to GitHub came to; the token is looked at, and not shown."""
    host = urlsplit(api_url).hostname or ""
    if host in {_GITHUB, f"www.{_GITHUB}"}:
        return f"set GITHUB_API_URL={_GITHUB_API}, or take it away: that is the default"
    if "does not accept our credentials" in words:
        return _find_app_todo(app_id) if token is None else _find_token_todo(token, host)
    if "HTML, not JSON" in words or "answers 404" in words or "Not Found" in words:
        return f"see GITHUB_API_URL: an Enterprise Server's API is at https://{host}/api/v3"
    if "nobody knows its name" in words:
        return f"see GITHUB_API_URL: no machine is called {host}; or there is no network"
    return None


def _find_app_todo(app_id: str | None) -> str:
    key = "make another key under Private keys there, and put it at GITHUB_APP_PRIVATE_KEY"
    if app_id is not None and not app_id.isdigit():
        return f"set GITHUB_APP_ID to the App's number (About, on its page): {app_id} is none"
    return f"is {app_id} the number on the App's page (GITHUB_APP_ID)? If so, its key is: {key}"


def _find_token_todo(token: str, host: str) -> str:
    scheme, blank, _ = token.partition(" ")
    if blank and scheme.lower() in {"bearer", "token", "basic"}:
        return f"take the word {scheme} and the blank away from GITHUB_TOKEN"
    if blank:
        return "take the blanks away from GITHUB_TOKEN"
    return f"make another at {host}, and set GITHUB_TOKEN: it is none of there, or has ended"


# ---------------------------------------------------------------- the database


_SERVER_HINTS = {
    "refuses our user or password": (
        "see user ({user}) and password in DATABASE_URL; in there @ : / and % are percent-encoded,"
        " in DATABASE_PASSWORD nothing is"
    ),
    "no database of that name": (
        'say CREATE DATABASE "{name}" OWNER "{user}"; to the server, or run `nightswatch setup`,'
        " which offers to"
    ),
    "no right to do that": (
        'as the owner of {name} say GRANT CREATE ON SCHEMA public TO "{user}"; to the server'
    ),
    "SSL": (
        "end DATABASE_URL with ?sslmode=require where the server wants encryption, or with"
        " ?sslmode=disable where it has none"
    ),
    "not known": "see DATABASE_URL: no machine is called {host}",
    "does not answer": (
        "see DATABASE_URL: nothing takes calls at {host} (PostgreSQL's port is 5432); does it run,"
        " and listen there?"
    ),
}


def find_database_todo(url: str, words: str) -> str | None:
    """For what opening it came to; of the URL no password is shown."""
    scheme, _, rest = url.partition("://")
    if scheme.startswith("jdbc:"):
        return "take `jdbc:` away, and put the user before the host: postgres://user@host/name"
    if scheme.startswith("sqlite"):
        return _find_file_todo(rest, words)
    place = rest.partition("?")[0]
    if place.count("@") > 1:
        return (
            "percent-encode the password in DATABASE_URL (@ is %40), or take it out and set"
            " DATABASE_PASSWORD, which may hold any character"
        )
    hint = next((todo for sign, todo in _SERVER_HINTS.items() if sign in words), None)
    account, _, server = place.rpartition("@")
    host, _, name = server.partition("/")
    user = account.partition(":")[0]
    return hint and hint.format(user=unquote(user), name=unquote(name), host=host)


def _find_file_todo(rest: str, words: str) -> str | None:
    if not rest.startswith("/"):
        return f"set DATABASE_URL=sqlite+aiosqlite:///{rest}: three slashes, and four for /a/path"
    path = rest[1:]
    folder = path.rpartition("/")[0]
    if "directory does not exist" in words:
        beside = "" if path.startswith("/") else ", below the folder that the service runs in"
        return f"make the folder {folder}{beside}, or change the path in DATABASE_URL"
    if "no right" in words:
        return f"give the service's user {folder or 'the folder that it runs in'} to write to"
    if "not a database" in words:
        return "it is another file: change the path in DATABASE_URL, or restore a backup"
    return None
