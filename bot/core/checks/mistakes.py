"""What somebody most likely meant by a setting that is wrong, as the line to change.

In: a setting's name, its text, and what was said against it. Out: what to do, in one line; a
secret's own text is never in it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from urllib.parse import urlsplit

from bot.core.patterns import linear

_DEFAULT = "see docs/settings.md"
_ON, _OFF = frozenset({"true", "yes", "on", "y"}), frozenset({"false", "no", "off", "n"})
_REPOSITORY = linear(r"(?:github\.com[/:])([\w.-]+)/([\w.-]+)")
_CHOICES = re.compile(r"must be one of (.+)")
_BOUNDS = re.compile(r"must be a whole number from (\d+) to (\d+)")

_KEY_TODO = (
    "put the file that GitHub gave you (it begins with -----BEGIN RSA PRIVATE KEY-----) where the"
    " service may read it, and set GITHUB_APP_PRIVATE_KEY=/whole/path/app.pem"
)
_START = "or run `nightswatch setup`, which asks for it"


def find_remedy(words: str, environ: Mapping[str, str], secrets: Iterable[str]) -> str:
    """What to do about one problem of the settings; its words begin with the setting's name."""
    name = words.split(" ", 1)[0]
    is_secret = name in secrets
    text = environ.get(name, "").strip()
    for rule in _RULES:
        todo = rule(name, "" if is_secret else text, words)
        if todo is not None:
            return todo
    return _DEFAULT


def find_quoted(environ: Mapping[str, str], known: Iterable[str]) -> tuple[str, ...]:
    """Values with quotes around them, as Docker's and systemd's files hand them over; one each.

    A password may begin and end with a quote, and is left alone.
    """
    texts = {name: environ.get(name, "").strip() for name in known}
    return tuple(
        f"{name} begins and ends with quotes, which are part of it here: take them away"
        for name, text in sorted(texts.items())
        if len(text) > 2 and text[0] == text[-1] and text[0] in "'\"" and "PASSWORD" not in name
    )


# ---------------------------------------------------------------- rules: name, text, words → todo


def _unquote(name: str, text: str, _words: str) -> str | None:
    if len(text) > 2 and text[0] == text[-1] and text[0] in "'\"":
        return f"set {name}={text[1:-1]}: the quotes are part of the value here"
    return None


def _name_missing(name: str, _text: str, words: str) -> str | None:
    if not words.partition(":")[0].endswith(" is missing"):
        return None
    if words.startswith("GITHUB_TOKEN,"):
        return f"set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY; {_START}"
    return f"set {name.rstrip(',')}; {_START}"


def _choose_one(_name: str, _text: str, words: str) -> str | None:
    if "exclude each other" not in words:
        return None
    one, _, rest = words.partition(" and ")
    return f"take one of the two away: {one}, or {rest.partition(' ')[0]}"


def _mend_url(name: str, text: str, words: str) -> str | None:
    if "must be an http(s) URL" in words and text:
        rest = text.partition("://")[2] or text.removeprefix("http:").removeprefix("https:")
        return f"set {name}=https://{rest.lstrip('/')}"
    if "must not hold a user name or password" in words:
        parts = urlsplit(text)
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        logs_in = ", BUILDBOT_USERNAME=… and BUILDBOT_PASSWORD=…" if "BUILDBOT" in name else ""
        return f"set {name}={bare}{logs_in}"
    return None


def _mend_repository(name: str, text: str, words: str) -> str | None:
    found = _REPOSITORY.search(text) if "must look like owner/name" in words else None
    return f"set {name}={found[1]}/{found[2].removesuffix('.git')}" if found else None


def _mend_switch(name: str, text: str, words: str) -> str | None:
    if not words.endswith("must be 1 or 0"):
        return None
    value = 1 if text.lower() in _ON else 0 if text.lower() in _OFF else None
    return f"set {name}={value}" if value is not None else f"set {name}=1 or {name}=0"


def _mend_choice(name: str, text: str, words: str) -> str | None:
    found = _CHOICES.search(words)
    if found is None:
        return None
    choices = found[1].split(", ")
    near = get_close_matches(text.lower(), choices, n=1)
    return f"set {name}={near[0]}" if near else f"set {name} to one of {found[1]}"


def _mend_number(name: str, text: str, words: str) -> str | None:
    found = _BOUNDS.search(words)
    digits = re.sub(r"[\s,_']", "", text)
    number = re.match(r"\d{1,9}", digits)
    if found is None or number is None:
        return None
    low, high, near = int(found[1]), int(found[2]), int(number[0])
    return f"set {name}={min(max(near, low), high)}: it is a number without a unit"


def _mend_file(name: str, _text: str, words: str) -> str | None:
    if "_FILE is no file" in words:
        return f"see that the path in {name} is whole, and that the service's user may read it"
    if "_FILE is empty" in words:
        return f"write the secret into the file that {name} names"
    return None


def _mend_key(name: str, _text: str, words: str) -> str | None:
    return _KEY_TODO if name == "GITHUB_APP_PRIVATE_KEY" and "missing" not in words else None


def _mend_pattern(name: str, _text: str, words: str) -> str | None:
    if "RE2 knows" not in words:
        return None
    return f"mend {name}: RE2 has no look-ahead and no back-references; brackets come in pairs"


def _mend_rules(name: str, _text: str, words: str) -> str | None:
    if name != "LOG_RULES":
        return None
    if "cannot be read" in words:
        return "see that the path is whole, from the folder in which the service is started"
    return "mend it, and try it on a log with `nightswatch explain --format FILE LOG`"


_RULES: tuple[Callable[[str, str, str], str | None], ...] = (
    _unquote,
    _name_missing,
    _choose_one,
    _mend_url,
    _mend_repository,
    _mend_switch,
    _mend_choice,
    _mend_number,
    _mend_file,
    _mend_key,
    _mend_pattern,
    _mend_rules,
)
