"""A notice in words: a line, a mail's subject and text, and JSON.

In: notices that go out together. Out: one message in all its forms. Names of tests, builders and
branches come from logs and other people: in text they are shown so that they address nobody, run no
command and end no line or header; in JSON's own fields they stand as they are, without controls.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.model.counts import name_some
from bot.core.notices.notice import NoticeFacts, NoticeKind, NoticeRecord

_BREAK = "\u200b"  # zero width: nobody sees it, and no word goes on across it
_LONGEST_NAME = 80
_LONGEST_HEADLINE = 300
_MOST_NAMES = 5
_MOST_IN_LINE = 2
_MOST_IN_DIGEST = 50

# Controls, formats (among them what turns text around), surrogates, private and unassigned.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# What chats and mail programs act on: mentions, channels, addresses; and Slack's mark-up.
_ACTING = re.compile(r"[@#]|:(?=/)|(?i:www)(?=\.)")
_BRACKETS = str.maketrans("<>&", "‹›+")


def clean(text: str, limit: int = _LONGEST_NAME) -> str:
    """One line that shows a name of somebody else's, and does nothing."""
    shown = strip_controls(text).translate(_BRACKETS)
    shown = _ACTING.sub(lambda found: found[0] + _BREAK, shown)
    shown = shown if len(shown) <= limit else shown[: limit - 1] + "…"
    if shown[:1] in ("/", "!"):  # a command to a chat or to a bot
        shown = _BREAK + shown
    return shown or "(no name)"


def strip_controls(text: str) -> str:
    """One line without what has no glyph: colours, bells, line ends, what turns text around."""
    # mIRC's colours carry their numbers behind them, which would stay as digits.
    plain = re.sub(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?", "", text[:4000])
    spaced = "".join(" " if c.isspace() else c for c in plain)
    return " ".join("".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE).split())


@dataclass(frozen=True, slots=True)
class NoticeMessage:
    """What goes out, in every form that a medium may want."""

    id: str
    subject: str
    text: str  # lines; the first is what it is about
    line: str
    payload: str  # JSON
    thread: str | None = None  # of the one incident that it is about


def render_message(records: Sequence[NoticeRecord], digest_url: str | None) -> NoticeMessage:
    """One notice, or the digest of several."""
    first = records[0]
    if len(records) == 1:
        line = render_line(first.facts)
        text = "\n".join(render_lines(first.facts))
        payload = _render_payload(first.id, line, records)
        return NoticeMessage(
            first.id, render_subject(first.facts), text, line, payload, first.thread
        )
    head = _head_digest(records)
    lines = [render_line(record.facts) for record in records[:_MOST_IN_DIGEST]]
    if len(records) > _MOST_IN_DIGEST:
        lines.append(f"… and {len(records) - _MOST_IN_DIGEST} more.")
    more = f" {digest_url}" if digest_url else ""
    text = "\n".join([f"{head}.", "", *(f"* {line}" for line in lines)])
    payload = _render_payload(first.id, f"{head}.{more}", records)
    return NoticeMessage(first.id, head, text, f"{head}.{more}", payload)


def _head_digest(records: Sequence[NoticeRecord]) -> str:
    counts: dict[str, int] = {}
    for record in records:
        counts[record.facts.kind.value] = counts.get(record.facts.kind.value, 0) + 1
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    places = sorted({_name_place(r.facts) for r in records if r.facts.branch})
    where = "the fleet" if not places else f"{len(places)} branches"
    return f"{len(records)} changes on {places[0] if len(places) == 1 else where}: {told}"


def _name_place(facts: NoticeFacts) -> str:
    return f"{clean(facts.repository)} {clean(facts.branch, 30)}"


# ---------------------------------------------------------------- one notice


def render_subject(facts: NoticeFacts) -> str:
    """Of a mail; the same words for each notice of a thread would be joined by some programs."""
    told = _render_news(facts)
    return told.partition(":")[0] if facts.kind is NoticeKind.REPORT else told


def _render_news(facts: NoticeFacts) -> str:
    branch = f"[{clean(facts.branch, 30)}] " if facts.branch else ""
    return f"{branch}{_WORDS[facts.kind](facts, 1)}"


def render_words(facts: NoticeFacts) -> str:
    """The news alone, for where it is known which branch and pull it is about."""
    return _WORDS[facts.kind](facts, _MOST_IN_LINE)


def render_line(facts: NoticeFacts) -> str:
    """All of it in one line, with where to read on."""
    where = facts.pull_url or facts.url
    return _render_news(facts) + (f" {where}" if where else "")


def render_lines(facts: NoticeFacts) -> list[str]:
    """The text of a mail: what, where, since when; then where to read on."""
    head = _WORDS[facts.kind](facts, _MOST_IN_LINE)
    if facts.kind is NoticeKind.REPORT:
        return [head, "", *facts.text.splitlines(), *(["", facts.url] if facts.url else [])]
    rows = _list_worker(facts) if facts.kind in _OF_WORKERS else _list_incident(facts)
    return [f"{head}.", "", *(f"{name}: {value}" for name, value in rows if value)]


_OF_WORKERS = (NoticeKind.AWAY, NoticeKind.BACK)


def _list_worker(facts: NoticeFacts) -> list[tuple[str, str]]:
    return [
        ("Worker", _name_some(facts.workers, 1)),
        ("Builders", _name_some(facts.builders, _MOST_NAMES)),
        ("Last build", _tell_time(facts.opened_at)),
        ("Its page", facts.url or ""),
    ]


def _list_incident(facts: NoticeFacts) -> list[tuple[str, str]]:
    ends = facts.range
    return [
        ("Repository", f"{clean(facts.repository)}, branch {clean(facts.branch)}"),
        ("Failing", _name_some(facts.tests, _MOST_NAMES)),
        ("Builders", _name_some(facts.builders, _MOST_NAMES)),
        ("Workers", _name_some(facts.workers, _MOST_NAMES) if facts.workers else ""),
        ("First red", _tell_time(facts.opened_at)),
        ("Last green commit", clean(ends.last_good)[:12] if ends.last_good else "not known"),
        ("First red commit", clean(ends.first_bad)[:12] if ends.first_bad else "not known"),
        ("Pull", facts.pull_url or ""),
        ("Evidence", facts.url or ""),
    ]


def _tell_time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _name_some(names: Sequence[str], most: int) -> str:
    return name_some([clean(name) for name in names], most) or "not known"


def _what(facts: NoticeFacts, most: int) -> str:
    return _name_some(facts.tests, most) if facts.tests else "the build"


def _where(facts: NoticeFacts, most: int) -> str:
    return f"on {_name_some(facts.builders, most)}"


def _since(facts: NoticeFacts) -> str:
    return f"since {_tell_time(facts.opened_at)}"


_WORDS: Mapping[NoticeKind, Callable[[NoticeFacts, int], str]] = {
    NoticeKind.BROKEN: lambda f, n: f"broken: {_what(f, n)} {_where(f, n)}, {_since(f)}",
    NoticeKind.SUSPECTED: lambda f, n: (
        f"broken: {_what(f, n)} {_where(f, n)}, {_since(f)}; pull {f.pull} is suspected"
    ),
    NoticeKind.CONFIRMED: lambda f, n: (
        f"broken: {_what(f, n)} {_where(f, n)}, {_since(f)}, by pull {f.pull} (confirmed)"
    ),
    NoticeKind.WITHDRAWN: lambda f, n: (
        f"withdrawn: pull {f.pull} did not break {_what(f, n)} {_where(f, n)}, as we see it now"
        if f.pull is not None
        else f"withdrawn: {_what(f, n)} {_where(f, n)} is no regression, as we see it now"
    ),
    NoticeKind.FIXED: lambda f, n: (
        f"fixed: {_what(f, n)} {_where(f, n)}"
        + (f", by pull {f.fixed_by}" if f.fixed_by is not None else "")
    ),
    NoticeKind.CLOSED: lambda f, n: f"closed: {_what(f, n)} {_where(f, n)} was not seen for long",
    NoticeKind.FLAKY: lambda f, n: f"flaky: {_what(f, n)} {_where(f, n)}",
    NoticeKind.ENVIRONMENT: lambda f, n: (
        f"environment: {_what(f, n)} {_where(f, n)}, {_since(f)}: no change in the code did it"
    ),
    NoticeKind.AWAY: lambda f, n: (
        f"worker away: {_name_some(f.workers, 1)} has built nothing {_since(f)}; {_where(f, n)}"
    ),
    NoticeKind.BACK: lambda f, _: f"worker back: {_name_some(f.workers, 1)} builds again",
    NoticeKind.REPORT: lambda f, _: clean(f.headline, _LONGEST_HEADLINE),
    NoticeKind.OLD: lambda f, n: (
        f"old: {_what(f, n)} {_where(f, n)} was broken before any commit that was built"
    ),
}


# ---------------------------------------------------------------- JSON


def _render_payload(message_id: str, text: str, records: Sequence[NoticeRecord]) -> str:
    """`text` is what most chats show; the rest is for programs."""
    shown = {"id": message_id, "text": text, "notices": [_describe(r) for r in records]}
    return json.dumps(shown)


def _describe(record: NoticeRecord) -> dict[str, object]:
    facts = record.facts
    return {
        "id": record.id,
        "kind": facts.kind.value,
        "state": facts.kind.state.value,
        "repository": strip_controls(facts.repository),
        "branch": strip_controls(facts.branch),
        "incident": facts.incident,
        "tests": [strip_controls(name) for name in facts.tests[:_MOST_IN_DIGEST]],
        "builders": [strip_controls(name) for name in facts.builders],
        "workers": [strip_controls(name) for name in facts.workers],
        "since": facts.opened_at.isoformat(),
        "range": [facts.range.last_good, facts.range.first_bad],
        "pull": facts.pull,
        "fixed_by": facts.fixed_by,
        "url": facts.url,
        "pull_url": facts.pull_url,
        **({"report": facts.text} if facts.kind is NoticeKind.REPORT else {}),
    }
