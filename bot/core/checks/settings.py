"""Settings: does the service write, is anything misspelt, is a webhook shut that people rely on?

In: what was set, and names that nobody reads. Out: results.
"""

from collections.abc import Collection, Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches

from bot.core.checks.result import CheckResult, fail, ok, warn

SETTINGS, WEBHOOKS, DASHBOARD = "settings", "webhook doors", "dashboard"
LOG_RULES = "log rules"

# How alike two names are, by difflib's ratio. A letter too many, too few or another one gives .94
# and more. Of the names that Actions, Heroku, Kubernetes, databases and shells set, the nearest to
# ours is DATABASE_URI (.92), which counts only where DATABASE_URL is not set.
_SURE, _ALIKE = 0.94, 0.9
_SHORTEST = 6  # HOST and PORT are like too much
_PREFIX = "NIGHTSWATCH_"
_FILE, _LONG_FILE = "_FILE", len("HOST_FILE")


def find_misspelt(given: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """Names that are set and not read, but are near to one that would be: one sentence each."""
    found = ((name, _find_meant(name, given, known)) for name in sorted(set(given) - set(known)))
    return tuple(f"{name} is set, and nothing reads it: is {m} meant?" for name, m in found if m)


def _find_meant(name: str, given: Collection[str], known: Collection[str]) -> str | None:
    plain = name.upper().removeprefix(_PREFIX).replace("-", "_")
    if plain in known:
        return plain
    if plain.endswith(_FILE) and plain.removesuffix(_FILE) in known and len(plain) > _LONG_FILE:
        return plain.removesuffix(_FILE)  # only secrets may lie in files
    if len(plain) < _SHORTEST:
        return None
    near = get_close_matches(plain, sorted(known), n=1, cutoff=_ALIKE)
    is_sure = bool(near) and SequenceMatcher(None, near[0], plain).ratio() >= _SURE
    return near[0] if near and (is_sure or near[0] not in given) else None


def diagnose_settings(
    *, posts: bool, public_url: str | None, misspelt: Iterable[str]
) -> list[CheckResult]:
    """They are whole; does the service write?"""
    wrong = [fail(SETTINGS, words, "rename it, mend it, or take it away") for words in misspelt]
    if not posts:
        return [ok(SETTINGS, "complete; a dry run: nothing is written anywhere"), *wrong]
    if public_url is None:
        todo = "set PUBLIC_URL, so that comments can link to the evidence"
        return [warn(SETTINGS, "complete; comments are written, without links to us", todo), *wrong]
    return [ok(SETTINGS, "complete; comments are written"), *wrong]


def diagnose_dashboard(mode: str, *, password: bool, github: bool = False) -> CheckResult:
    """Who may see what, spelt out: a choice that nobody should have made by accident."""
    knowing = "who knows the password"
    others = [f"{knowing} the rest"] if password else []
    reading = "who logs in with GitHub sees what GitHub shows them"
    rest = [reading] if github else []
    rest += others or ([] if github else ["nobody the rest"])
    words = {
        "public": "everybody sees everything, private repositories, too",
        "basic": f"{knowing} sees everything, and nobody else anything",
        "github": ", ".join([reading, *others, "and nobody else anything"]),
        "off": "there are no pages",
    }
    by_github = ", ".join(["everybody sees what GitHub calls public", *rest])
    return ok(DASHBOARD, words.get(mode, by_github))


def diagnose_doors(
    secrets: Mapping[str, tuple[str, bool]], *, posts: bool, blank: Collection[str] = ()
) -> list[CheckResult]:
    """By address the name of its secret, and whether it is set; who posts relies on them."""
    judge = fail if posts else warn
    shut = [
        judge(WEBHOOKS, f"{address} is shut: {name} is {_tell(name, blank)}", f"set {name}=…")
        for address, (name, given) in secrets.items()
        if not given
    ]
    return shut or [ok(WEBHOOKS, "both take what is sent")]


def diagnose_log_rules(described: Iterable[str]) -> list[CheckResult]:
    """A project's own formats, where there are some: that they are read, and which."""
    words = ", ".join(described)
    return [ok(LOG_RULES, f"read: {words}")] if words else []


def _tell(name: str, blank: Collection[str]) -> str:
    return "set, but to nothing" if name in blank else "not set"
