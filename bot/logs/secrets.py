"""Take secrets out of a log's lines before they leave this room.

Input: text. Output: the same with every secret replaced by `***`. The marks by which tokens of
known services are told come from detect-secrets, which follows their makers; keys, passwords in
addresses, headers and command lines are found by rules of our own, and what stands behind a
telling name by `secret_names`.
"""

from __future__ import annotations

import re

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from bot.logs.secret_names import GAP, MASK, QUOTE, mask_named

# Its other detectors look for passwords and for entropy, and take identifiers for secrets; its
# pattern of a JWT takes quadratic time.
_DETECTORS: tuple[type[RegexBasedDetector], ...] = (
    AWSKeyDetector,
    AzureStorageKeyDetector,
    DiscordBotTokenDetector,
    GitHubTokenDetector,
    GitLabTokenDetector,
    MailchimpDetector,
    NpmDetector,
    OpenAIDetector,
    PypiTokenDetector,
    SendGridDetector,
    SlackDetector,
    SquareOAuthDetector,
    StripeDetector,
    TelegramBotTokenDetector,
    TwilioKeyDetector,
)
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
    r"(?<=hooks\.slack\.com/)[a-z]+/[A-Za-z0-9/_-]{20,}",
    r"(?<=/api/webhooks/)\d{10,}/[A-Za-z0-9_-]{20,}",  # Discord
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]+-----|$)",
)
# Only of whole lines: the path of a test may be made of the same letters.
_BLOB = re.compile(rf"^\s*[bu]?['\"]?{_BASE64}(?:\\n)?['\"]?,?$")
_TOKENS: tuple[re.Pattern[str], ...] = (
    *(pattern for detector in _DETECTORS for pattern in detector().denylist),
    *(re.compile(pattern) for pattern in _OWN),
)
# Short of this no secret that is worth its name fits, and most lines are not looked at twice.
_SHORTEST = 8

# `@` may stand in a password, and `/` where no port can be meant.
_SCHEME = r"(?P<scheme>(?<![a-z0-9])[a-z][a-z0-9+.-]{1,20}://)"
_URL_PASSWORD = re.compile(
    _SCHEME + r"(?P<who>[^\s/@:'\"\[\]]{0,99}):(?!\d{0,5}/)[^\s'\"<>\\]{1,200}@", re.IGNORECASE
)
_URL_TOKEN = re.compile(_SCHEME + r"[^\s/@:]{16,200}@", re.IGNORECASE)
# A header's value goes on to the end of the line, or of the quotes around header or value.
_HEADER = re.compile(
    r"(?<![\w-])(?P<name>(?:(?:proxy-)?authorization|(?:set-)?cookie2?|x-api-key|x-auth-token"
    r"|private-token|job-token|x-vault-token|x-gitlab-token|x-csrf-?token|x-amz-security-token)"
    rf"{QUOTE}?\s{{0,3}}[:=,]\s{{0,3}}(?:[bu]?{QUOTE})?"
    r"(?:(?:bearer|basic|digest|token|negotiate|ntlm|aws4-hmac-sha256)\s+)?)"
    r"(?P<value>[^\s'\"(\[{<$][^'\"]{3,})",
    re.IGNORECASE,
)
# Its value has quotes of its own.
_DIGEST = re.compile(r"(?P<name>\bauthorization.{1,6}?\bdigest\s)(?!\*\*\*).*", re.IGNORECASE)

_VALUE = r"(?P<value>[^\s'\"]+)"
# Programs that take a password behind a letter. `docker run -p` is a port.
_PROGRAMS = tuple(
    re.compile(rf"(?P<name>\b{program}\b[^|;&]{{0,200}}?(?:\s|{QUOTE}){flag}){_VALUE}")
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
_USER = re.compile(
    rf"(?P<name>(?:^|[\s'\"])(?:-u|-U|--(?:proxy-)?user){GAP}[^\s'\":/,=]{{1,99}}[:%])"
    r"(?!\d+(?:\W|$)|[/:])(?P<value>[^\s'\"]+)"
)
_AUTH_PAIR = re.compile(
    rf"(?P<name>\bauth\s?=\s?\(\s?[bu]?{QUOTE}[^'\"]{{0,99}}{QUOTE},\s?[bu]?{QUOTE})"
    r"(?P<value>[^'\"]+)"
)
_ELEMENT = re.compile(
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


def mask_secrets(text: str) -> str:
    """A line without its secrets."""
    return mask_name(_BLOB.sub(MASK, text) if len(text) >= _SHORTEST else text)


def mask_script(text: str) -> str:
    """Lines of shell without their secrets: a key in a heredoc is told line by line."""
    return "\n".join(mask_secrets(line) for line in text.split("\n"))


def mask_name(text: str) -> str:
    """The name of a test or file without its secrets: `test_login[token=…]` may carry one."""
    for _ in range(_MAX_ROUNDS if len(text) >= _SHORTEST else 0):
        before, text = text, _mask_once(text)
        if text == before:
            break
    return text


def _mask_once(text: str) -> str:
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
