"""Choose the lines that a person would have looked for.

Input: findings with their lines. Output: at most `LIMIT` true lines, the cause first.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.logs.formats.base import Finding
from bot.logs.lines import LogLine
from bot.logs.redaction.secrets import redact_text

LIMIT = 40
# Longer lines are cut visibly: a screen has room for about 200 characters, and a data dump of
# more is not what anybody looks for.
MAX_WIDTH = 400
# A failure that gets fewer lines than its head, two frames and the error says nothing.
_MIN_SHARE = 5


def make_text(line: LogLine) -> str:
    """The line as it may leave the room: masked, and cut visibly when too long."""
    text = redact_text(line.text).expandtabs(8) if "\t" in line.text else redact_text(line.text)
    return text if len(text) <= MAX_WIDTH else text[: MAX_WIDTH - 2].rstrip() + " …"


def prune(lines: Sequence[LogLine], limit: int) -> tuple[LogLine, ...]:
    """At most `limit` of the lines: of a long stack the middle goes, its ends tell more."""
    kept = [line for line in lines if not line.is_blank and not line.is_workers]
    if len(kept) <= limit:
        return tuple(kept)
    head = max(1, limit // 2)
    return (*kept[:head], *kept[len(kept) - (limit - head) :])


def make_excerpt(findings: Sequence[Finding], limit: int = LIMIT) -> tuple[str, ...]:
    """The findings share the lines fairly, in their order; what does not fit is left out."""
    shown = findings[: _count_heads(limit)]
    taken: list[LogLine] = []
    seen: set[int] = set()
    for n, finding in enumerate(shown):
        fresh = [line for line in finding.lines if line.number not in seen]
        share = (limit - len(taken)) // (len(shown) - n)
        pruned = prune(fresh, share)
        taken += pruned
        seen.update(line.number for line in pruned)
    return tuple(make_text(line) for line in taken)


def count_shown(findings: Sequence[Finding], limit: int = LIMIT) -> int:
    """How many of the findings have lines in the excerpt."""
    return min(len(findings), _count_heads(limit))


def _count_heads(limit: int) -> int:
    return max(1, limit // _MIN_SHARE)
