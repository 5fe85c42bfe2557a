"""Buildbot: does it answer, does it let us in, does its reporter push, may any builder accuse?

In: its answers, and what pushes told the service. Out: results. Moments are Buildbot's own clock.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches

from bot.core.checks.result import CheckResult, fail, ok, warn
from bot.core.model import Build, Builder
from bot.core.model.build_results import Result, is_evidence
from bot.core.model.counts import count_words
from bot.core.payloads.diagnostics import BuildbotSite

ANSWERS, LOGIN, REPORTER, STABLE = "buildbot", "buildbot login", "reporter", "stable builders"

# Moments in the store, but the last in Buildbot's clock.
PUSHED = "pushed"  # the newest finished build that a push told of
FIRST_PUSHED = "first pushed"
WATCHED = "pushes watched since"  # what finished later while we listened, must have been pushed
CURSOR = "buildbot cursor"  # the newest finished build that a sweep saw
MISSING = "pushes missing since"  # that builds finish and no push tells of them; the store's clock
MOMENTS = (PUSHED, FIRST_PUSHED, WATCHED, CURSOR, MISSING, *(f"{PUSHED} {r.name}" for r in Result))

# From here on a test starts a master with the lines of the README. Older ones were tried by hand:
# down to 1.8 builds, logs, tags and logins are read, down to 2.10 those lines push.
_TESTED = (3, 11)
_OLD_TODO = (
    "builds, logs, tags and logins are read from Buildbot 1.8 on; the reporter of the README pushes"
    " from 2.10 on, with `treq` beside the master; on 1.x only sweeps find builds, within a minute"
)

# A push takes no longer; newer builds say nothing of the reporter yet.
_ON_ITS_WAY = timedelta(minutes=1)

REPORTER_TODO = (
    "give the reporter in master.cfg our address, the same token as BUILDBOT_WEBHOOK_TOKEN, and"
    " `BuildStartEndStatusGenerator` (README, “Watch your own fleet”), and reconfigure the master"
)


def diagnose_version(site: BuildbotSite | None) -> CheckResult:
    """Which Buildbot it is, and what works on it."""
    version = site.version if site else None
    if version is None:
        return warn(ANSWERS, "it answers, but tells no version, as masters before 3.11", _OLD_TODO)
    numbers = tuple(int(n) for n in version.split(".")[:2] if n.isascii() and n.isdigit())
    if numbers < _TESTED:
        return warn(ANSWERS, f"it answers, and is Buildbot {version}", _OLD_TODO)
    return ok(ANSWERS, f"it answers, and is Buildbot {version}")


def diagnose_login(username: str | None, site: BuildbotSite | None) -> CheckResult:
    """Whether we are somebody there: to read a private one, and to ask for builds."""
    if username is None:
        todo = "to have builds repeated, set BUILDBOT_USERNAME and BUILDBOT_PASSWORD"
        return warn(LOGIN, "none: it may be read, but builds cannot be asked for", todo)
    if site is not None and not site.logged_in:
        words = "Buildbot does not know us as logged in"
        return fail(LOGIN, words, "see that its `www` has `auth=util.UserPasswordAuth(…)`")
    return ok(LOGIN, f"logged in as {username}")


def diagnose_stable(
    builders: Sequence[Builder],
    is_stable: Callable[[Builder], bool],
    *,
    tag: str,
    pattern: str | None,
) -> CheckResult:
    """Without one that may accuse, nothing will ever be said."""
    stable = [builder.name for builder in builders if is_stable(builder)]
    by = f"the tag {tag!r}" if pattern is None else f"a name like {pattern!r}"
    if not builders:
        return warn(STABLE, "this Buildbot has no builders", "see that BUILDBOT_URL is the one")
    if not stable:
        all_of = count_words(len(builders), "builder")
        words = f"none of {all_of} has {by}: nothing would ever be said"
        return fail(STABLE, words, _find_stable_todo(builders, tag, pattern))
    have = "has" if len(stable) == 1 else "have"
    return ok(STABLE, f"{len(stable)} of {count_words(len(builders), 'builder')} {have} {by}")


def _find_stable_todo(builders: Sequence[Builder], tag: str, pattern: str | None) -> str:
    """The nearest tag, or a pattern that fits parts of names as this one would have to whole."""
    tags = sorted({tag for builder in builders for tag in builder.tags})
    known = f"tags there are: {', '.join(tags[:20])}" if tags else "its builders have no tags"
    if pattern is not None:
        return (
            f"it has to fit the whole name: set STABLE_PATTERN=.*({pattern}).*, or STABLE_TAG;"
            f" {known}"
        )
    small = {tag.lower(): tag for tag in tags}
    near = get_close_matches(tag.lower(), small, n=1)
    if near:
        return f"set STABLE_TAG={small[near[0]]}; {known}"
    return f"set STABLE_TAG or STABLE_PATTERN; {known}"


def diagnose_reporter(builds: Sequence[Build], pushed: Mapping[str, datetime]) -> list[CheckResult]:
    """Did a push arrive for the last builds, and are all kinds of results among them?"""
    since, cursor, last = (pushed.get(name) for name in (WATCHED, CURSOR, PUSHED))
    if since is None or cursor is None:
        todo = "start the service, let a build finish, and ask again"
        return [warn(REPORTER, "nobody has listened for pushes yet", todo)]
    ends = sorted(build.complete_at for build in builds if build.complete_at)
    heard = [at for at in ends if since < at <= cursor]  # finished while we listened
    settled = max((at for at in heard if at <= ends[-1] - _ON_ITS_WAY), default=None)
    if last is None and settled is None:
        todo = f"ask again when some builds have finished; if it stays so, {REPORTER_TODO}"
        return [warn(REPORTER, "no push of a finished build came yet", todo)]
    if last is None:
        return [fail(REPORTER, "no push of a finished build ever came", REPORTER_TODO)]
    if settled is not None and last < settled:
        missed = sum(last < at <= settled for at in heard)
        words = f"the last {missed} builds were not pushed; the last push told of {last:%F %T} UTC"
        return [fail(REPORTER, words, REPORTER_TODO)]
    silent = find_silent_results(builds, pushed)
    if silent:
        words = f"builds that end in {', '.join(silent)} are not pushed"
        return [warn(REPORTER, words, "use `BuildStartEndStatusGenerator`: the default is silent")]
    return [ok(REPORTER, f"the last builds were pushed, up to {last:%F %T} UTC")]


def diagnose_missing(since: datetime, now: datetime) -> CheckResult:
    """Sweeps find builds that no push told of, and the service saw it happen."""
    minutes = int((now - since).total_seconds() // 60)
    span = count_words(minutes, "minute")
    words = (
        f"builds finish, but Buildbot pushes none to us, for {span} by now:"
        " look at its reporter (sweeps find the builds, later)"
    )
    return fail(REPORTER, words, REPORTER_TODO)


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
