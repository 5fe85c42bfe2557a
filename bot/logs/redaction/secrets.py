"""Take secrets out of a log's lines before they leave this room.

Input: text. Output: the same with every secret replaced by `***`. The marks by which tokens of
known services are told come from detect-secrets, which follows their makers (`known_tokens`);
keys, passwords in addresses, headers and command lines are found by rules of our own, and what
stands behind a telling name by `by_name`.
"""

from __future__ import annotations

import re

from bot.core.patterns import late
from bot.logs.redaction.by_name import GAP, MASK, QUOTE, mask_named

# A line of a key's body, or of any other blob that nobody reads; a key's last line is short.
_BASE64 = (
    r"(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*\d)"
    r"(?:[A-Za-z0-9+/]{60,}={0,2}|[A-Za-z0-9+/]{14,}={1,2}|(?=\w*[+/]\w*[+/\d])[A-Za-z0-9+/]{24,})"
)
_OWN = (
    r"\beyJ[A-Za-z0-9_=-]{8,}\.[A-Za-z0-9_=-]{4,}(?:\.[A-Za-z0-9_+/=-]*)?",  # JWT
    (
        r"\b(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|dop_v1_|dckr_pat_|hf_|hvs\.|sk-(?:ant|proj)-"
        r"|[sr]k_live_|xox[a-z]-|xapp-|ya29\.|shpat_|tskey-|sntr[yu]s_)[A-Za-z0-9_-]{16,}"
    ),
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    r"\bAIza[A-Za-z0-9_-]{30,}",  # Google
    r"glagent-[A-Za-z0-9_-]{50,}",
    r"(?<=hooks\.slack\.com/)[a-z]+/[A-Za-z0-9/_-]{20,}",
    r"(?<=/api/webhooks/)\d{10,}/[A-Za-z0-9_-]{20,}",  # Discord
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]+-----|$)",
)
# Only of whole lines: the path of a test may be made of the same letters.
_BLOB = late(rf"^\s*[bu]?['\"]?{_BASE64}(?:\\n)?['\"]?,?$")
_TOKENS = tuple(late(pattern) for pattern in _OWN)
# Something in a line that every pattern of `known_tokens` needs. Importing it takes as long as
# reading a small log, and most lines of most logs hold none of these; a test holds each of its
# patterns to them.
MAY_HOLD_TOKEN = late(
    r"A3T|A[BKS]IA|ACCA|[Aa][Ww][Ss]|AccountKey|gh[a-z]_|gl[a-z]{2,5}-|GR1348941|-us\d|_authToken"
    r"|T3BlbkFJ|pypi-|SG\.|[Xx][Oo][Xx]|(?i:hooks\.slack)|sq0csp|k_live_|[AS][CK][a-z0-9]{32}"
    r"|\d{8}:[\w-]{35}|[MNO][\w-]{23,25}\.[\w-]{6}\."
)
# Short of this no secret that is worth its name fits, and most lines are not looked at twice.
_SHORTEST = 8

# `@` may stand in a password, and `/` where no port can be meant.
_SCHEME = r"(?P<scheme>(?<![a-z0-9])[a-z][a-z0-9+.-]{1,20}://)"
_URL_PASSWORD = late(
    _SCHEME + r"(?P<who>[^\s/@:'\"\[\]]{0,99}):(?!\d{0,5}/)[^\s'\"<>\\]{1,200}@", re.IGNORECASE
)
_URL_TOKEN = late(_SCHEME + r"[^\s/@:]{16,200}@", re.IGNORECASE)
# A header's value goes on to the end of the line, or of the quotes around header or value.
_HEADER = late(
    r"(?<![\w-])(?P<name>(?:(?:proxy-)?authorization|(?:set-)?cookie2?|x-api-key|x-auth-token"
    r"|private-token|job-token|x-vault-token|x-gitlab-token|x-csrf-?token|x-amz-security-token)"
    rf"{QUOTE}?\s{{0,3}}[:=,]\s{{0,3}}(?:[bu]?{QUOTE})?"
    r"(?:(?:bearer|basic|digest|token|negotiate|ntlm|aws4-hmac-sha256)\s+)?)"
    r"(?P<value>[^\s'\"(\[{<$][^'\"]{3,})",
    re.IGNORECASE,
)
# Its value has quotes of its own.
_DIGEST = late(r"(?P<name>\bauthorization.{1,6}?\bdigest\s)(?!\*\*\*).*", re.IGNORECASE)

_VALUE = r"(?P<value>[^\s'\"]+)"
# Programs that take a password behind a letter. `docker run -p` is a port.
_PROGRAMS = tuple(
    late(rf"(?P<name>\b{program}\b[^|;&]{{0,200}}?(?:\s|{QUOTE}){flag}){_VALUE}")
    for program, flag in (
        (r"sshpass", rf"-p(?:{GAP})?"),
        (r"(?:docker|podman|buildah|skopeo|helm|oras|nerdctl|az|oc)\b.{0,80}?\blogin", rf"-p{GAP}"),
        (r"twine", rf"-p{GAP}"),
        (r"(?:mysql|mariadb)(?:dump|admin)?", r"-p(?=\S)"),
        (r"redis-cli", rf"-a{GAP}"),
        (r"ldap(?:search|add|modify|whoami|delete)", rf"-w{GAP}"),
        (r"(?:unzip|zip)", rf"-P{GAP}"),
        (r"openssl", rf"-pass(?:in|out)?{GAP}pass:"),
        (r"machine\s\S{1,99}\slogin", r"password\s+"),  # .netrc
        (r"(?:npm|yarn|pnpm) config set", r"\S{0,99}_(?:auth|authToken|password)\s+"),
    )
)
# `-u name:password`; two numbers are a user and a group.
_USER = late(
    rf"(?P<name>(?:^|[\s'\"])(?:-u|-U|--(?:proxy-)?user){GAP}[^\s'\":/,=]{{1,99}}[:%])"
    r"(?!\d+(?:\W|$)|[/:])(?P<value>[^\s'\"]+)"
)
_AUTH_PAIR = late(
    rf"(?P<name>\bauth\s?=\s?\(\s?[bu]?{QUOTE}[^'\"]{{0,99}}{QUOTE},\s?[bu]?{QUOTE})"
    r"(?P<value>[^'\"]+)"
)
_ELEMENT = late(
    r"(?P<name><(?P<tag>\w{0,20}(?:password|passphrase|secret|token))>)[^<>]{1,200}(?=</(?P=tag)>)",
    re.IGNORECASE,
)

# Most lines hold none of these words, and looking for a word is fast.
_BEHIND_WORDS: tuple[tuple[tuple[str, ...], tuple[re.Pattern[str], ...]], ...] = (
    (("auth", "cookie", "token", "api-key"), (_DIGEST, _HEADER, _AUTH_PAIR)),
    (
        (
            "sshpass",
            "login",
            "twine",
            "mysql",
            "mariadb",
            "redis",
            "ldap",
            "zip",
            "openssl",
            " set ",
        ),
        _PROGRAMS,
    ),
    (("-u", "--proxy-u"), (_USER,)),
    (("</",), (_ELEMENT,)),
)
# What masks one secret may show the next, glued to it; lines without any are read once.
_MAX_ROUNDS = 4


def redact_text(text: str) -> str:
    """A line without its secrets."""
    return redact_name(_BLOB.sub(MASK, text) if len(text) >= _SHORTEST else text)


def redact_command(text: str) -> str:
    """Lines of shell without their secrets: a key in a heredoc is told line by line."""
    return "\n".join(redact_text(line) for line in text.split("\n"))


def redact_name(text: str) -> str:
    """The name of a test or file without its secrets: `test_login[token=…]` may carry one."""
    for _ in range(_MAX_ROUNDS if len(text) >= _SHORTEST else 0):
        before, text = text, _mask_once(text)
        if text == before:
            break
    return text


def _mask_once(text: str) -> str:
    if MAY_HOLD_TOKEN.search(text):
        from bot.logs.redaction.known_tokens import KNOWN_TOKENS

        for pattern in KNOWN_TOKENS:
            text = pattern.sub(MASK, text)
    for pattern in _TOKENS:
        text = pattern.sub(MASK, text)
    if "://" in text:
        text = _URL_PASSWORD.sub(rf"\g<scheme>\g<who>:{MASK}@", text)
        text = _URL_TOKEN.sub(rf"\g<scheme>{MASK}@", text)
    lower = text.lower()
    for words, patterns in _BEHIND_WORDS:
        if any(word in lower for word in words):
            for pattern in patterns:
                text = pattern.sub(rf"\g<name>{MASK}", text)
    return mask_named(text)
