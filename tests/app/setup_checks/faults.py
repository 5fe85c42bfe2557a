"""What can be broken in a set-up."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta

from tests.app.setup_checks.set_ups import SetUp

Break = Callable[[SetUp], None]


def set_(name: str, value: str) -> Break:
    return lambda setup: setup.environ.update({name: value})


def without(*names: str) -> Break:
    def break_(setup: SetUp) -> None:
        for name in names:
            setup.environ.pop(name)

    return break_


def set_schema(number: str) -> Break:
    def break_(setup: SetUp) -> None:
        with sqlite3.connect(setup.database) as raw:
            raw.execute("UPDATE alembic_version SET version_num = ?", (number,))

    return break_


def make_garbage(setup: SetUp) -> None:
    setup.database.write_bytes(b"this is no database at all\n" * 100)


def make_read_only(setup: SetUp) -> None:
    url = f"sqlite+aiosqlite:///file:{setup.database}?mode=ro&uri=true"
    setup.environ["DATABASE_URL"] = url


def use_token(setup: SetUp) -> None:
    without("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY")(setup)
    setup.environ["GITHUB_TOKEN"] = "demo-token"


def use_wrong_token(setup: SetUp) -> None:
    use_token(setup)
    setup.environ["GITHUB_TOKEN"] = "somebody-elses"


def permit(**permissions: str) -> Break:
    return lambda setup: setup.github.rest.permissions.update(permissions)


def take_permission(name: str) -> Break:
    def break_(setup: SetUp) -> None:
        del setup.github.rest.permissions[name]

    return break_


def post_without_right(setup: SetUp) -> None:
    setup.environ["POST_COMMENTS"] = "1"
    setup.github.rest.permissions["pull_requests"] = "read"


def suspend(setup: SetUp) -> None:
    setup.github.rest.suspended = True


def uninstall(setup: SetUp) -> None:
    setup.github.repository().installed = False


def forget_events(setup: SetUp) -> None:
    setup.github.rest.events = tuple(e for e in setup.github.rest.events if e == "push")


def forget_deliveries(setup: SetUp) -> None:
    setup.github.hooks.sent.clear()


def set_clock(minutes: int) -> Break:
    def break_(setup: SetUp) -> None:
        setup.github.skew = timedelta(minutes=minutes)

    return break_


def lose_tags(setup: SetUp) -> None:
    for builder in setup.buildbot.master.builders.values():
        builder["tags"] = ["tier-1"]


def lose_builders(setup: SetUp) -> None:
    setup.buildbot.master.builders.clear()


def answer_html(setup: SetUp) -> None:
    setup.buildbot.fail_next("html", times=0)


def be_something_else(setup: SetUp) -> None:
    setup.environ["BUILDBOT_URL"] = setup.github.url


def be_old(setup: SetUp) -> None:
    setup.buildbot.version = "2.10.1"


def be_silent(setup: SetUp) -> None:
    setup.buildbot.fail_next("status", "config", status=404, times=0)


def name_no_repository(setup: SetUp) -> None:
    setup.buildbot.master.repository = ""
    for stamp in setup.buildbot.master.sourcestamps.values():
        stamp["repository"], stamp["project"] = "", ""
    for build in setup.buildbot.master.builds.values():
        build["properties"].pop("repository", None)
        build["properties"].pop("project", None)


LOGIN = {"BUILDBOT_USERNAME": "watcher", "BUILDBOT_PASSWORD": "wrong"}


def log_in_wrongly(setup: SetUp) -> None:
    setup.buildbot._login = ("watcher", "right")
    setup.environ.update(LOGIN)


def log_in_rightly(setup: SetUp) -> None:
    log_in_wrongly(setup)
    setup.environ["BUILDBOT_PASSWORD"] = "right"
