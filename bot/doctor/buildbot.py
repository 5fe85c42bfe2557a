"""Buildbot: does it answer, does it let us in, does its reporter push, may any builder accuse?

In: its answers, and what pushes told the service. Out: findings. Moments are Buildbot's own clock.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.clients.buildbot_survey import fetch_builders, fetch_last_builds, fetch_site
from bot.core.errors import Refused, UserError
from bot.core.model import Build, Builder
from bot.core.payloads.checkup import BuildbotSite
from bot.core.results import Result, is_evidence
from bot.doctor.findings import Finding, fail, ok, warn
from bot.doctor.surroundings import Surroundings
from bot.settings import Settings
from bot.store.survey import open_view
from bot.web.pulse import CURSOR, FIRST_PUSHED, PUSHED, WATCHED

_ANSWERS, _LOGIN, _REPORTER, _STABLE = "buildbot", "buildbot login", "reporter", "stable builders"

# What we were built and tested with; 2.x had another REST API for logs.
_OLDEST = (3, 0)

# The last day or two of a usual fleet: enough that each kind of result is among them.
_LAST_BUILDS = 200

# A push takes no longer; newer builds say nothing of the reporter yet.
_ON_ITS_WAY = timedelta(minutes=1)

_REPORTER_TODO = (
    "give the reporter in master.cfg our address, the same token as BUILDBOT_WEBHOOK_TOKEN, and"
    " `BuildStartEndStatusGenerator` (README, “Watch your own fleet”), and reconfigure the master"
)


async def check_buildbot(here: Surroundings) -> list[Finding]:
    """Whether it answers, which version it is, and whether our login is good."""
    try:
        await here.buildbot.ping()
    except Refused as refused:  # it has masters, whatever its version
        raise Refused(f"there is no Buildbot at this address ({refused.status})") from refused
    try:
        site: BuildbotSite | None = await fetch_site(here.buildbot)
    except Refused:
        site = None  # before 4.0
    return [judge_version(site), judge_login(here.settings, site)]


def judge_version(site: BuildbotSite | None) -> Finding:
    """Which Buildbot it is."""
    version = site.version if site else None
    if version is None:
        return warn(
            _ANSWERS,
            "it answers, but does not say which version it is",
            "Buildbot 4 does; with an older one, watch what `python -m bot replay` reads",
        )
    numbers = tuple(int(n) for n in version.split(".")[:2] if n.isascii() and n.isdigit())
    if numbers < _OLDEST:
        return fail(_ANSWERS, f"it is Buildbot {version}", "upgrade to Buildbot 4")
    return ok(_ANSWERS, f"it answers, and is Buildbot {version}")


def judge_login(settings: Settings, site: BuildbotSite | None) -> Finding:
    """Whether we are somebody there: to read a private one, and to ask for builds."""
    if settings.buildbot_username is None:
        todo = "to have builds repeated, set BUILDBOT_USERNAME and BUILDBOT_PASSWORD"
        return warn(_LOGIN, "none: it may be read, but builds cannot be asked for", todo)
    if site is not None and not site.logged_in:
        words = f"Buildbot does not know {settings.buildbot_username} as logged in"
        return fail(_LOGIN, words, "see that its `www` has `auth=util.UserPasswordAuth(…)`")
    return ok(_LOGIN, f"logged in as {settings.buildbot_username}")


# ---------------------------------------------------------------- who may accuse


async def check_stable_builders(here: Surroundings) -> list[Finding]:
    """Builders that carry the tag, or whose name fits the pattern."""
    builders = await fetch_builders(here.buildbot)
    return [judge_stable(builders, here.is_stable, here.settings)]


def judge_stable(
    builders: Sequence[Builder], is_stable: Callable[[Builder], bool], settings: Settings
) -> Finding:
    """Without one that may accuse, nothing will ever be said."""
    stable = [builder.name for builder in builders if is_stable(builder)]
    if settings.stable_pattern is None:
        by = f"the tag {settings.stable_tag!r}"
    else:
        by = f"a name like {settings.stable_pattern!r}"
    if not builders:
        return fail(_STABLE, "this Buildbot has no builders", "see that BUILDBOT_URL is the one")
    if not stable:
        tags = sorted({tag for builder in builders for tag in builder.tags})
        known = f"tags there are: {', '.join(tags[:20])}" if tags else "its builders have no tags"
        words = f"none of {len(builders)} builders has {by}: nothing would ever be said"
        return fail(_STABLE, words, f"set STABLE_TAG or STABLE_PATTERN; {known}")
    return ok(_STABLE, f"{len(stable)} of {len(builders)} builders have {by}")


# ---------------------------------------------------------------- the reporter


async def check_reporter(here: Surroundings) -> list[Finding]:
    """Compare the last builds with what pushes told the service."""
    if here.settings.buildbot_webhook_token is None:
        todo = f"set BUILDBOT_WEBHOOK_TOKEN, and {_REPORTER_TODO}"
        return [warn(_REPORTER, "no token: Buildbot is only asked once a minute", todo)]
    builds = await fetch_last_builds(here.buildbot, _LAST_BUILDS)
    return judge_reporter(builds, await _load_pushed(here))


async def _load_pushed(here: Surroundings) -> Mapping[str, datetime]:
    """What pushes told, by name of the moment; nothing where the service never ran."""
    names = (
        PUSHED,
        FIRST_PUSHED,
        WATCHED,
        CURSOR,
        *(f"{PUSHED} {result.name}" for result in Result),
    )
    try:
        async with open_view(here.settings.database_url, here.clock) as view:
            found = {name: await view.facts.load_time(name) for name in names}
    except UserError:
        return {}
    return {name: at for name, at in found.items() if at is not None}


def judge_reporter(builds: Sequence[Build], pushed: Mapping[str, datetime]) -> list[Finding]:
    """Did a push arrive for the last builds, and are all kinds of results among them?"""
    since, cursor, last = (pushed.get(name) for name in (WATCHED, CURSOR, PUSHED))
    if since is None or cursor is None:
        todo = "start the service, let a build finish, and ask again"
        return [warn(_REPORTER, "nobody has listened for pushes yet", todo)]
    ends = sorted(build.complete_at for build in builds if build.complete_at)
    heard = [at for at in ends if since < at <= cursor]  # finished while we listened
    settled = max((at for at in heard if at <= ends[-1] - _ON_ITS_WAY), default=None)
    if last is None and settled is None:
        todo = f"ask again when some builds have finished; if it stays so, {_REPORTER_TODO}"
        return [warn(_REPORTER, "no push of a finished build came yet", todo)]
    if last is None:
        return [fail(_REPORTER, "no push of a finished build ever came", _REPORTER_TODO)]
    if settled is not None and last < settled:
        missed = sum(last < at <= settled for at in heard)
        words = f"the last {missed} builds were not pushed; the last push told of {last:%F %T} UTC"
        return [fail(_REPORTER, words, _REPORTER_TODO)]
    silent = find_silent_results(builds, pushed)
    if silent:
        words = f"builds that end in {', '.join(silent)} are not pushed"
        return [warn(_REPORTER, words, "use `BuildStartEndStatusGenerator`: the default is silent")]
    return [ok(_REPORTER, f"the last builds were pushed, up to {last:%F %T} UTC")]


def find_silent_results(builds: Sequence[Build], pushed: Mapping[str, datetime]) -> list[str]:
    """Results that builds had while pushes came, and that no push told of."""
    since, until = pushed.get(FIRST_PUSHED), pushed.get(PUSHED)
    if since is None or until is None:
        return []
    seen = {
        build.result.name: build.complete_at
        for build in sorted(builds, key=lambda b: b.complete_at or since)
        if build.result is not None
        and not is_evidence(build.result)
        and build.complete_at is not None
        and since < build.complete_at <= until
    }
    return sorted(name for name, at in seen.items() if pushed.get(f"{PUSHED} {name}", since) < at)
