"""A comment that mentions those who asked for it on this pull, and nobody else.

In: notices that go out together, and who asked. Out: Markdown with the hidden marker by which it is
found again. Names of tests and builders are shown as in all comments: they address nobody.
"""

from collections.abc import Sequence

from bot.core.notices.notice import NoticeFacts, NoticeRecord
from bot.core.notices.words import render_words
from bot.core.render.markdown import make_link, make_text

_MOST = 20
_LONGEST = 500


def make_mention_marker(message: str) -> str:
    """The hidden name of a message."""
    return f"<!-- nightswatch notice={message} -->"


def render_mention(
    message: str, records: Sequence[NoticeRecord], people: Sequence[str], prefix: str
) -> str:
    """The names come from GitHub, and are checked when they are stored."""
    lines = [_render(record.facts) for record in records[:_MOST]]
    if len(records) > _MOST:
        lines.append(f"… and {len(records) - _MOST} more.")
    said = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
    called = " ".join(f"@{person}" for person in people)
    end = f"<sub>You asked for this; `{prefix} unsubscribe` ends it.</sub>"
    return "\n\n".join([called, said, end, make_mention_marker(message)])


def _render(facts: NoticeFacts) -> str:
    words = make_text(render_words(facts), _LONGEST)
    return f"{words} ({make_link('evidence', facts.url)})" if facts.url else words
