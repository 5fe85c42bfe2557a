"""The usual mistakes of a first hour, each on real servers: doctor names the line to change.

Buildbot and GitHub are the small ones over real HTTP, the database is a real PostgreSQL.
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web

from bot.core.checks.result import Level
from bot.fakes.github.auth import make_app_key
from tests.app.setup_checks.faults import Break, log_in_wrongly, set_, use_token, without
from tests.app.setup_checks.set_ups import SetUp
from tests.support.postgres import PASSWORD, PostgresServer

ONE_LINE = "-----BEGIN RSA PRIVATE KEY----- MIIE= -----END RSA PRIVATE KEY-----"
PUBLIC = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"


def all_of(*breaks: Break) -> Break:
    def break_(setup: SetUp) -> None:
        for one in breaks:
            one(setup)

    return break_


def with_url(make: Callable[[str], str], name: str = "BUILDBOT_URL") -> Break:
    return lambda setup: setup.environ.update({name: make(setup.environ[name])})


def with_key(pem: str) -> Break:
    def break_(setup: SetUp) -> None:
        (setup.folder / "app.pem").write_text(pem)

    return break_


def be_private(setup: SetUp) -> None:
    setup.buildbot._login = ("watcher", "right")


def set_token(token: str) -> Break:
    return all_of(use_token, set_("GITHUB_TOKEN", token))


MISTAKES: dict[str, tuple[Break, str, str, str]] = {
    # what somebody did: how, the line of doctor's, what came back, the line to change
    "a page of Buildbot": (
        with_url(lambda url: f"{url}/#/builders"),
        *("buildbot", "/#/builders/api/v2: ", "set BUILDBOT_URL=B: a Buildbot answers there"),
    ),
    "Buildbot's API": (
        with_url(lambda url: f"{url}/api/v2"),
        *("buildbot", "/api/v2/api/v2: ", "set BUILDBOT_URL=B: a Buildbot answers there"),
    ),
    "https where it is http": (
        with_url(lambda url: url.replace("http", "https")),
        *("buildbot", "https://", "set BUILDBOT_URL=B: a Buildbot answers there"),
    ),
    "a port where nothing is": (
        set_("BUILDBOT_URL", "http://127.0.0.1:1/bb"),
        *(
            "buildbot",
            "http://127.0.0.1:1/bb/api/v2: ",
            "nothing takes calls at port 1 of 127.0.0.1",
        ),
    ),
    "a host that is misspelt": (
        set_("BUILDBOT_URL", "http://buildbot.invalid"),
        *("buildbot", "nobody knows its name", "no machine is called buildbot.invalid"),
    ),
    "a Buildbot without https://": (
        set_("BUILDBOT_URL", "ci.example.org/bb"),
        *("settings", "must be an http(s) URL", "set BUILDBOT_URL=https://ci.example.org/bb"),
    ),
    "a login in the address": (
        set_("BUILDBOT_URL", "https://me:hunter2@ci.example.org/bb"),
        *("settings", "must not hold", "set BUILDBOT_URL=https://ci.example.org/bb, BUILDBOT_USER"),
    ),
    "a private Buildbot without a login": (
        be_private,
        *(
            "buildbot",
            "Buildbot",
            "it asks who we are: set BUILDBOT_USERNAME and BUILDBOT_PASSWORD",
        ),
    ),
    "a wrong password of Buildbot's": (
        log_in_wrongly,
        *("buildbot", "does not accept our user name", "set BUILDBOT_USERNAME and BUILDBOT_PASS"),
    ),
    "a name without its password": (
        set_("BUILDBOT_USERNAME", "watcher"),
        *("settings", "BUILDBOT_PASSWORD is missing: BUILDBOT_USERNAME", "set BUILDBOT_PASSWORD"),
    ),
    "a tag in other letters": (
        set_("STABLE_TAG", "Stable"),
        *("stable builders", "none of 1 builder has the tag 'Stable'", "set STABLE_TAG=stable"),
    ),
    "a pattern that fits a part of the name": (
        set_("STABLE_PATTERN", "Debian"),
        *("stable builders", "a name like 'Debian'", "set STABLE_PATTERN=.*(Debian).*"),
    ),
    "a pattern of another kind": (
        set_("STABLE_PATTERN", "(?!x).*"),
        *("settings", "STABLE_PATTERN must be a regular expression that RE2 knows", "RE2"),
    ),
    "the repository's address": (
        set_("REPOSITORY", "https://github.com/octo-org/demo.git"),
        *("settings", "must look like owner/name", "set REPOSITORY=octo-org/demo"),
    ),
    "no Buildbot at all": (
        without("BUILDBOT_URL"),
        *("settings", "BUILDBOT_URL is missing", "set BUILDBOT_URL; or run `nightswatch setup`"),
    ),
    "a token beside an App": (
        set_("GITHUB_TOKEN", "t"),
        *(
            "settings",
            "exclude each other",
            "take one of the two away: GITHUB_TOKEN, or GITHUB_APP",
        ),
    ),
    "the number of another App": (
        set_("GITHUB_APP_ID", "2"),
        *(
            "github",
            "H: GitHub does not accept",
            "is 2 the number on the App's page (GITHUB_APP",
        ),
    ),
    "the key of another App": (
        with_key(make_app_key()),
        *("github", "does not accept our credentials", "make another key under Private keys there"),
    ),
    "an App's name for its number": (
        set_("GITHUB_APP_ID", "nightswatch"),
        *("github", "does not accept", "set GITHUB_APP_ID to the App's number"),
    ),
    "a key whose line breaks are gone": (
        set_("GITHUB_APP_PRIVATE_KEY", ONE_LINE),
        *("settings", "its line breaks are gone", "set GITHUB_APP_PRIVATE_KEY=/whole/path/app.pem"),
    ),
    "a public key": (
        with_key(PUBLIC),
        *("settings", "it is a public key", "-----BEGIN RSA PRIVATE KEY-----"),
    ),
    "a key that is not there": (
        set_("GITHUB_APP_PRIVATE_KEY", "~/none.pem"),
        *("settings", "nor the path of one that can be read", "where the service may read it"),
    ),
    "a token with the word before it": (
        set_token("Bearer demo-token"),
        *("github", "does not accept", "take the word Bearer and the blank away from GITHUB_TOKEN"),
    ),
    "a token that has ended": (
        set_token("ghp_old"),
        *("github", "does not accept", "make another at 127.0.0.1, and set GITHUB_TOKEN"),
    ),
    "a value in quotes": (
        set_("STABLE_TAG", '"stable"'),
        *("settings", "STABLE_TAG begins and ends with quotes", "mend it"),
    ),
    "a number in quotes": (
        set_("PORT", '"8080"'),
        *("settings", "PORT must be a whole number", "set PORT=8080: the quotes are part of"),
    ),
    "a switch in words": (
        set_("POST_COMMENTS", "true"),
        *("settings", "POST_COMMENTS must be 1 or 0", "set POST_COMMENTS=1"),
    ),
    "a number with its unit": (
        set_("HISTORY_DAYS", "14 days"),
        *("settings", "HISTORY_DAYS must be a whole number", "set HISTORY_DAYS=14: it is a number"),
    ),
    "a choice in other letters": (
        set_("LOG_FORMAT", "JSON"),
        *("settings", "LOG_FORMAT must be one of", "set LOG_FORMAT=json"),
    ),
    "a name that is misspelt": (
        set_("POST_COMENTS", "1"),
        *("settings", "POST_COMENTS is set, and nothing reads it: is POST_COMMENTS", "rename it"),
    ),
    "a file for what is no secret": (
        set_("BUILDBOT_URL_FILE", "/run/secrets/url"),
        *("settings", "BUILDBOT_URL_FILE is set, and nothing reads it: is BUILDBOT_URL", "rename"),
    ),
    "a secret's file that is not there": (
        all_of(
            without("GITHUB_WEBHOOK_SECRET"), set_("GITHUB_WEBHOOK_SECRET_FILE", "/no/such/file")
        ),
        *(
            "settings",
            "GITHUB_WEBHOOK_SECRET_FILE is no file",
            "path in GITHUB_WEBHOOK_SECRET_FILE",
        ),
    ),
    "an empty webhook secret": (
        set_("GITHUB_WEBHOOK_SECRET", ""),
        *(
            "webhook doors",
            "GITHUB_WEBHOOK_SECRET is set, but to nothing",
            "set GITHUB_WEBHOOK_SEC",
        ),
    ),
    "our address without its path": (
        with_url(lambda url: f"{url}/nightswatch", "PUBLIC_URL"),
        *("webhook address", "GitHub sends to", "set the App's webhook URL to"),
    ),
    "two slashes for a file": (
        set_("DATABASE_URL", "sqlite://nightswatch.db"),
        *("database", "must name a file", "set DATABASE_URL=sqlite+aiosqlite:///nightswatch.db"),
    ),
    "a folder that is not there": (
        set_("DATABASE_URL", "sqlite:////no/where/x.db"),
        *("database", "directory does not exist", "make the folder /no/where"),
    ),
    "Java's address of a database": (
        set_("DATABASE_URL", "jdbc:postgresql://host/name"),
        *("database", "DATABASE_URL must start with", "take `jdbc:` away"),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_usual_mistake_is_told_with_the_line_to_change(setup: SetUp, mistake: str) -> None:
    break_, check, words, todo = MISTAKES[mistake]
    buildbot, github = setup.buildbot.url, setup.github.url
    break_(setup)
    findings = [f for f in await setup.examine() if f.level is not Level.OK]
    told = [
        (f.words.replace(github, "H"), f.todo.replace(buildbot, "B"))
        for f in findings
        if f.check == check
    ]
    assert [row for row in told if words in row[0] and todo in row[1]], (told, findings)
    assert not any("hunter2" in f.words + f.todo for f in findings)


async def test_a_key_with_its_line_breaks_written_out_is_one(setup: SetUp) -> None:
    """As Heroku and Docker's files are often given it."""
    pem = (setup.folder / "app.pem").read_text()
    setup.environ["GITHUB_APP_PRIVATE_KEY"] = pem.replace("\n", "\\n")
    (found,) = await setup.find("github")
    assert found.level is Level.OK


# ---------------------------------------------------------------- on a real PostgreSQL


@pytest.fixture(scope="module")
def server(postgres: PostgresServer) -> PostgresServer:
    postgres.execute("CREATE ROLE looker LOGIN PASSWORD 'p@ss'", "CREATE DATABASE lookers")
    return postgres


SERVERS = {
    "a wrong password": (
        "postgres:hunter2@{at}/postgres",
        "refuses",
        "see user (postgres)",
    ),
    "a user who is not there": ("nobody9:hunter2@{at}/postgres", "refuses", "see user (nobody9)"),
    "a database that is not there": (
        f"postgres:{PASSWORD}@{{at}}/none",
        "no database of that name",
        'say CREATE DATABASE "none" OWNER "postgres";',
    ),
    "a port where nothing is": (
        "postgres:hunter2@127.0.0.1:1/postgres",
        "does not answer",
        "nothing takes calls at 127.0.0.1:1 (PostgreSQL's port is 5432)",
    ),
    "a password that is not encoded": (
        "looker:p@ss@{at}/lookers",
        "postgresql+asyncpg://",
        "percent-encode the password in DATABASE_URL (@ is %40), or take it out and set DATABASE",
    ),
    "a user who may only look": (
        "looker:p%40ss@{at}/lookers",
        "no right to do that",
        'as the owner of lookers say GRANT CREATE ON SCHEMA public TO "looker";',
    ),
    "encryption where there is none": (
        f"postgres:{PASSWORD}@{{at}}/postgres?sslmode=require",
        "SSL",
        "?sslmode=disable where it has none",
    ),
}


@pytest.mark.parametrize("mistake", SERVERS)
async def test_a_mistake_about_a_server_is_told_with_the_line_to_change(
    setup: SetUp, server: PostgresServer, mistake: str
) -> None:
    url, words, todo = SERVERS[mistake]
    setup.environ["DATABASE_URL"] = "postgresql://" + url.format(at=f"127.0.0.1:{server.port}")
    (found,) = await setup.find("database")
    assert found.level is Level.FAIL
    assert words in found.words, found
    assert todo in found.todo, found
    assert "hunter2" not in found.words + found.todo
    assert "p%40ss" not in found.words + found.todo


# ---------------------------------------------------------------- something before Buildbot


@pytest.fixture
async def login_page() -> AsyncIterator[str]:
    async def send_away(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("https://login.example.org/")

    app = web.Application()
    app.router.add_get("/{anything:.*}", send_away)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_login_page_before_buildbot_is_named(setup: SetUp, login_page: str) -> None:
    setup.environ["BUILDBOT_URL"] = login_page
    found = (await setup.find("buildbot"))[0]
    assert found.level is Level.FAIL
    assert found.words.startswith(f"{login_page}/api/v2: Buildbot sends us elsewhere (302)")
    assert "no login page or redirect before it" in found.todo


async def test_two_dozen_are_told(tmp_path: Path) -> None:
    """The table grows with what people meet."""
    assert len(MISTAKES) + len(SERVERS) > 40
