"""Take secrets out of a log's lines before they leave this room.

Input: text. Output: the same with every secret replaced by `***`. The marks by which tokens of
known services are told come from detect-secrets, which follows their makers; passwords in
addresses, headers and values behind a telling name are found by rules of our own.
"""

from __future__ import annotations

import re

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
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

MASK = "***"

# Its other detectors look for passwords and for entropy, and take identifiers for secrets.
_DETECTORS: tuple[type[RegexBasedDetector], ...] = (
    AWSKeyDetector,
    AzureStorageKeyDetector,
    DiscordBotTokenDetector,
    GitHubTokenDetector,
    GitLabTokenDetector,
    JwtTokenDetector,
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
_OWN = (
    r"\b(?:gh[pousr]_|github_pat_|glpat-|npm_|dop_v1_|hf_|sk-ant-)[A-Za-z0-9_-]{20,}",
    r"\bAIza[A-Za-z0-9_-]{30,}",  # Google
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*",
    # A line of a key's body, or of any other blob that nobody reads.
    r"^\s*(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{60,}={0,2}$",
)
_TOKENS = (
    *(pattern for detector in _DETECTORS for pattern in detector().denylist),
    *(re.compile(pattern) for pattern in _OWN),
)
# Short of this no secret that is worth its name fits, and most lines are not looked at twice.
_SHORTEST = 8

_SCHEME = r"(?P<scheme>\b[a-z][a-z0-9+.-]{1,20}://)"
_URL_PASSWORD = re.compile(_SCHEME + r"(?P<who>[^\s/@:]{0,99}):[^\s/@]{1,200}@", re.IGNORECASE)
_URL_TOKEN = re.compile(_SCHEME + r"[^\s/@:]{16,200}@", re.IGNORECASE)
_HEADER = re.compile(
    r"(?P<name>\b(?:authorization|x-api-key|private-token)\b['\"]?\s?[:=]\s?['\"]?"
    r"(?:(?:bearer|basic|token)\s)?)[^\s'\",;]{4,}",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?P<name>(?:\b|_)(?:secret|passwd|password|passphrase|token|api_?key|access_?key"
    r"|private_?key|credentials?)(?:_?\w{0,12})['\"]?)(?P<is>\s?[:=]\s?['\"]?)"
    r"(?P<value>[^\s'\",;]{6,})",
    re.IGNORECASE,
)
# Code and prose: `token = next(lexer)`, `unexpected token: identifier`.
_CODE = re.compile(r"[(\[{<]|^\d{1,8}$|^(?:None|null|true|false|undefined|\*+)\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_.`’‘-]+$")


def mask_secrets(text: str) -> str:
    """`text` without its secrets."""
    if len(text) < _SHORTEST:
        return text
    for pattern in _TOKENS:
        text = pattern.sub(MASK, text)
    if "://" in text:
        text = _URL_PASSWORD.sub(rf"\g<scheme>\g<who>:{MASK}@", text)
        text = _URL_TOKEN.sub(rf"\g<scheme>{MASK}@", text)
    text = _HEADER.sub(rf"\g<name>{MASK}", text)
    return _NAMED.sub(_mask_value, text)


def _mask_value(found: re.Match[str]) -> str:
    value, sign = found["value"], found["is"]
    in_prose = sign.endswith(" ") and _WORD.match(value)
    if in_prose or _CODE.search(value):
        return found[0]
    return f"{found['name']}{sign}{MASK}"
