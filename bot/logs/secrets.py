"""Take secrets out of a log's lines before they leave this room.

Input: text. Output: the same with every secret replaced by `***`.
"""

from __future__ import annotations

import re

MASK = "***"

# Tokens that carry their own mark, from their makers' documentation; the rest is recognised by
# the name that stands before it.
_MARKED = (
    r"gh[pousr]_[A-Za-z0-9]{20,}",  # GitHub
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"glpat-[A-Za-z0-9_-]{16,}",  # GitLab
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",  # Slack
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",  # AWS
    r"AIza[A-Za-z0-9_-]{30,}",  # Google
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-[A-Za-z0-9_-]{20,}",
    r"sk[-_](?:live|test|ant|proj)?[-_]?[A-Za-z0-9_-]{20,}",
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",  # JSON web tokens
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*",
)
_TOKEN = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_MARKED)})")
_URL_PASSWORD = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{1,20}://)(?P<who>[^\s/@:]*):[^\s/@]+@", re.IGNORECASE
)
_URL_TOKEN = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]{1,20}://)[^\s/@:]{16,}@", re.IGNORECASE)
_HEADER = re.compile(
    r"(?P<name>\b(?:authorization|x-api-key|private-token)\b['\"]?\s*[:=]\s*['\"]?"
    r"(?:(?:bearer|basic|token)\s+)?)[^\s'\",;]{4,}",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?P<name>(?:\b|_)(?:secret|passwd|password|passphrase|token|api_?key|access_?key|private_?key"
    r"|credentials?)(?:_?\w{0,12})['\"]?\s?[:=]\s?['\"]?)(?P<value>[^\s'\",;]{6,})",
    re.IGNORECASE,
)


def mask_secrets(text: str) -> str:
    """`text` without its secrets."""
    text = _TOKEN.sub(MASK, text)
    text = _URL_PASSWORD.sub(rf"\g<scheme>\g<who>:{MASK}@", text)
    text = _URL_TOKEN.sub(rf"\g<scheme>{MASK}@", text)
    text = _HEADER.sub(rf"\g<name>{MASK}", text)
    return _NAMED.sub(_mask_value, text)


_CODE = re.compile(r"[(\[{<]|^\d+$|^(?:None|null|true|false|undefined|\*+)\b", re.IGNORECASE)


def _mask_value(found: re.Match[str]) -> str:
    """Values that are code (`token = next(lexer)`) are not secrets."""
    if _CODE.search(found["value"]):
        return found[0]
    return f"{found['name']}{MASK}"
