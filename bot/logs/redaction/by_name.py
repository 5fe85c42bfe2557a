"""Secrets that are told by the name before them.

Input: text with `NAME=value`, `"name": "value"`, `--name value` in it. Output: the same with the
values of names like `DB_PASSWORD` masked. What is left alone matters as much: `token = next(x)`,
`KeyError: 'token'`, `password: must not be empty`, `PASS: test_x` are what people look for.
"""

from __future__ import annotations

import re
from enum import Enum

from bot.core.patterns import late

MASK = "***"
"""Stands where a secret stood."""

# In JSON within JSON quotes are escaped.
QUOTE = r"\\{0,3}['\"]"
"""A quotation mark, as a pattern."""

GAP = r"(?:\s{1,3}|\s?=\s?|['\"],\s?[bu]?['\"])(?:[bu]?['\"])?"
"""What stands between an option and its value, in a shell's line or in a list, as a pattern."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class _Telling(Enum):
    NOTHING = 0
    PERHAPS = 1  # the value must look like a secret as well
    SURELY = 2


_STEMS = (
    r"pass(?:word|wd|phrase)?|pwd|pw|secret|token|credential|key|auth|cookie|session|jwt"
    r"|sig(?:nature)?"
)
# In each of which one of these stands: most lines need not be looked at.
_SHORT_STEMS = (
    "pass",
    "pw",
    "secret",
    "token",
    "cred",
    "key",
    "auth",
    "cookie",
    "session",
    "jwt",
    "sig",
)
_VALUE = (
    rf"(?P<open>[bu]?(?P<quote>{QUOTE}))(?P<quoted>(?:(?!(?P=quote)).){{0,2000}})"
    r"|(?P<bare>[^\s'\"&;]*[^\s'\"&;,)\]}])"
)
_NAMED = late(
    rf"(?P<stem>{_STEMS})(?P<rest>[A-Za-z0-9_]{{0,24}}){QUOTE}?\]?"
    rf"(?P<sign>\s{{0,3}}(?:=>|:=|[:=])\s{{0,3}})(?:{_VALUE})",
    re.IGNORECASE,
)
_OPTION = late(
    rf"(?P<name>(?<![\w-])--?[a-z-]{{0,30}}(?:{_STEMS})[a-z-]{{0,16}})(?P<gap>{GAP})"
    r"(?P<value>[^\s'\"]+)",
    re.IGNORECASE,
)
_PAIR = late(
    rf"(?P<before>{QUOTE}?name{QUOTE}?\s?[:=]\s?{QUOTE}(?P<name>\w{{1,60}}){QUOTE},\s{{0,3}}"
    rf"{QUOTE}?value{QUOTE}?\s?[:=]\s?[bu]?(?P<quote>{QUOTE}))(?:(?!(?P=quote)).){{1,2000}}",
    re.IGNORECASE,
)
_BEFORE = late(r"[A-Za-z0-9_.-]{0,60}$")
_PARTS = late(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_ENDINGS = ("password", "passwd", "passphrase", "secret")
_ALWAYS = _words(
    "apikey authtoken accesstoken secretkey accesskey privatekey dbpass pgpass sshpass "
    "userpass storepass keypass mysqlpwd"
)
# Words that tell nothing alone: `PASS: test_x`, `PWD=/x`, `key=value`.
_WITH_OTHERS = frozenset({"pass", "pwd", "pw"})
_SECRET_KEYS = _words("api access private secret signing encryption auth license master")
_SECRET_TOKENS = _words(
    "auth access refresh bearer session security api deploy github gitlab npm pypi private"
)
_MAYBE = _words(
    "pwd token tokens credential credentials auth cookie session sessionid jwt sig signature"
)
_FOLDERS = frozenset({"PWD", "OLDPWD", "pwd"})
# What is told of a secret is none: PASSWORD_FILE, token_type, KEY_LENGTH.
_ABOUT = _words(
    "file path dir id name url uri type length len size count index error expires ttl kind "
    "policy algorithm field prompt sock required valid hint min max reset test tests class "
    "func method changed protected strength list usage version expired"
)


def mask_named(text: str) -> str:
    """`text` without what stands behind a telling name."""
    lower = text.lower()
    if not any(stem in lower for stem in _SHORT_STEMS):
        return text
    text = _PAIR.sub(_mask_pair, text)
    text = _OPTION.sub(_mask_option, text)
    return _NAMED.sub(_mask_value, text)


def _weigh(name: str) -> _Telling:
    parts = [part.lower() for part in _PARTS.findall(name) if not part.isdigit()]
    if not parts or parts[0] in {"test", "tests"} or parts[-1] in _ABOUT:
        return _Telling.NOTHING
    pairs = set(zip(["", *parts], parts, strict=False))
    if (
        any(part.endswith(_ENDINGS) or part in _ALWAYS for part in parts)
        or (len(parts) > 1 and not _WITH_OTHERS.isdisjoint(parts[1:]))
        or any(word == "key" and before in _SECRET_KEYS for before, word in pairs)
        or any(word == "token" and before in _SECRET_TOKENS for before, word in pairs)
        or (name.isupper() and _is_environment(parts))
    ):
        return _Telling.SURELY
    maybe = name not in _FOLDERS and not _MAYBE.isdisjoint(parts)
    return _Telling.PERHAPS if maybe else _Telling.NOTHING


def _is_environment(parts: list[str]) -> bool:
    """`MY_TOKEN`, `SIGNING_KEY_2`, `NPM_AUTH`; `TOKEN` alone is a word of parsers as well."""
    return len(parts) > 1 and parts[-1] in {"token", "key", "auth", "credentials", "cookie", "jwt"}


# Values that are none: code, placeholders, what a program says of a password.
_CODE = late(
    r"[\[({<|]|\$|%\w+%$|\*+$|\.{3}|\d{1,3}$|[A-Za-z_][\w.]*[(\[]|[a-z_]\w*(?:\.[a-z_]\w*)+$"
)
_SAID = _words(
    "none null nil true false undefined yes no ok fail failed failure pass passed error "
    "errors str bytes int bool string object any optional required missing invalid incorrect "
    "expected empty wrong unknown not is was must option argument flag value requires needs "
    "given expects or and to with for from in on as has have cannot can should if instead "
    "without mismatch"
)
_WORD = late(r"[A-Za-z_.,:!`’‘-]+$")
_LOOKS_SECRET = late(r"(?=\D*\d)(?=[^A-Za-z]*[A-Za-z])\S{8,}$|[A-Za-z0-9+/_=%.-]{20,}$")


def _mask_value(found: re.Match[str]) -> str:
    text, start = found.string, found.start()
    before = _BEFORE.search(text[max(0, start - 60) : start])
    name = f"{before[0] if before else ''}{found['stem']}{found['rest']}"
    telling = _Telling.SURELY if name == "TOKEN" and found["sign"] == "=" else _weigh(name)
    quoted = found["quoted"]
    value = found["bare"] if quoted is None else quoted
    if telling is _Telling.NOTHING or not _is_value(found, value, name, telling):
        return found[0]
    # The closing quotation mark stands behind what was matched.
    at = found.start("bare" if quoted is None else "quoted") - start
    return f"{found[0][:at]}{MASK}{found[0][at + len(value) :]}"


def _is_value(found: re.Match[str], value: str, name: str, telling: _Telling) -> bool:
    if not value or _is_said(value, name):
        return False
    if telling is _Telling.PERHAPS:
        return bool(_LOOKS_SECRET.match(value)) and not _CODE.match(value)
    if found["quoted"] is not None:
        return not re.fullmatch(r"\*+|<.*>|\$\{?\w+\}?|\{\w*\}", value)
    if _CODE.match(value):
        return False
    # In prose the sentence goes on.
    goes_on = found.string[found.end() :].strip(" .,)'\"]}")
    return not (found["sign"].endswith(" ") and _WORD.match(value) and goes_on)


def _is_said(value: str, name: str) -> bool:
    word = value.strip(" .,:!?()").lower()
    return word in _SAID or word == name.rpartition(".")[2].lower()


_METAVARS = _words("PASSWORD PASS PASSWD PASSPHRASE SECRET TOKEN KEY CREDENTIALS")


def _mask_option(found: re.Match[str]) -> str:
    value = found["value"]
    name = found["name"].strip("-")
    telling = _weigh(name) if name.lower() != "token" else _Telling.SURELY
    shown = value.rstrip(")]}")
    # `[--password WORD]` is a usage.
    stays = value.startswith("-") or (shown.isupper() and shown != value) or shown in _METAVARS
    if telling is not _Telling.SURELY or stays or _is_said(value, name) or _CODE.match(value):
        return found[0]
    return f"{found['name']}{found['gap']}{MASK}"


def _mask_pair(found: re.Match[str]) -> str:
    surely = _weigh(found["name"]) is _Telling.SURELY
    return f"{found['before']}{MASK}" if surely else found[0]
