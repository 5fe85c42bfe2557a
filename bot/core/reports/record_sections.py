"""Our own record in words, as sections; and as JSON.

In: a `Record`. Out: a `Document`, whose texts are plain, or what `json.dumps` takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.core.model.durations import tell_span
from bot.core.reports.charts import draw_bars
from bot.core.reports.documents import Document, Picture, Section, Table
from bot.core.reports.judgement import Judged, Outcome
from bot.core.reports.record import Record, Share, Tally

Json = dict[str, Any]

_LISTED = 50
_HOW = (
    "Right: the pull was reverted and the failure went with it, a maintainer named it, or builds"
    " that ended after we spoke are green just before it and red with it. Wrong: the same of"
    " another pull, or a maintainer filed it as flaky or as the machine's. Doubted: somebody"
    " objected, or we took it back, and nothing settles it. Our own belief proves nothing. The"
    " interval holds the true share in 95 of 100 cases; what was doubted is weighed by itself."
)


def make_record_document(record: Record) -> Document:
    """All of it."""
    return Document("How good are we?", record.honest_line, tuple(_list_sections(record)))


def _list_sections(record: Record) -> Iterator[Section]:
    total = record.total
    dry = total.made - total.posted
    rows = [
        ("Comments made", _tell_made(total)),
        ("Proved right", str(total.right)),
        ("Proved wrong", str(total.wrong)),
        ("Doubted", str(total.doubted)),
        ("Nothing tells", str(total.open)),
        ("Taken back by ourselves", str(total.withdrawn)),
        ("Objected to", str(total.objected)),
        ("Precision: of all comments, were right", tell_share(record.precision)),
        ("Coverage: of proved regressions, were told", tell_share(record.coverage)),
        ("From the first red build to the comment", _tell_delay(record)),
    ]
    table = Table(("What", "How much"), tuple(rows))
    note = f"{dry} of them would have been made: it was a dry run." if dry else ""
    yield Section("So far", "", table=table, note=note)
    yield Section(
        "How it is counted", "", note=f"{_HOW} Coverage: of the regressions whose culprit a revert"
        " or a maintainer proves, those of which we accused it. A comment may be why it was"
        " reverted, so it is rather too high.",
    )  # fmt: skip
    yield _tell_months(record)
    yield _tell_calibration(record)
    yield Section(
        "What was said last",
        "Nothing was said yet.",
        table=Table(
            ("When", "Pull", "Told with", "Outcome", "Why"),
            tuple(_make_row(one) for one in record.judged[:_LISTED]),
        ),
    )


def _tell_made(total: Tally) -> str:
    return str(total.made) if total.posted == total.made else f"{total.posted} of {total.made}"


def tell_share(share: Share, of: str = "") -> str:
    """`94 % (82 to 98 %), 34 of 36`; the best guess need not be the plain share."""
    if share.value is None:
        return "nothing is proved yet"
    interval = f"{share.low * 100:.0f} to {share.high * 100:.0f} %"
    return f"{share.value * 100:.0f} % ({interval}), {share.part} of {share.whole}{of}"


def _tell_delay(record: Record) -> str:
    if record.typical_delay is None or record.longest_delay is None:
        return "nothing was said yet"
    typical, longest = tell_span(record.typical_delay), tell_span(record.longest_delay)
    return f"half within {typical}, nine in ten within {longest}"


def _tell_months(record: Record) -> Section:
    rows = tuple(
        (month, *map(str, (t.made, t.right, t.wrong, t.doubted, t.open, t.withdrawn, t.objected)))
        for month, t in record.months
    )
    heads = (
        *("Month", "Made", "Right", "Wrong", "Doubted"),
        *("Nothing tells", "Taken back", "Objected"),
    )
    return Section("Month by month", "Nothing was said yet.", table=Table(heads, rows))


def _tell_calibration(record: Record) -> Section:
    """What was claimed beside what proved true."""
    names = [f"{b.low * 100:.0f} to {b.high * 100:.0f} %" for b in record.calibration]
    rows = tuple(
        (name, f"{b.claimed * 100:.0f} %", tell_share(b.right))
        for name, b in zip(names, record.calibration, strict=True)
    )
    bars = [
        (f"told with {name}", b.right.value or 0.0, f"{b.right.part} of {b.right.whole}")
        for name, b in zip(names, record.calibration, strict=True)
    ]
    return Section(
        "Calibration: what was claimed, and what proved true",
        "Nothing that was told with a likelihood is proved yet.",
        table=Table(("Told with", "On average", "Proved right"), rows),
        picture=Picture(draw_bars("Proved right, by what was claimed", bars)) if bars else None,
    )


def _make_row(one: Judged) -> tuple[str, ...]:
    said, claimed = one.accusation, one.accusation.confidence
    objected = "; objected to" if one.is_objected and one.outcome is not Outcome.DOUBTED else ""
    return (
        f"{said.told_at:%Y-%m-%d %H:%M}",
        f"#{said.number}",
        "–" if claimed is None else f"{min(99, int(claimed * 100))} %",
        one.outcome.value,
        f"{one.why}{objected}",
    )


# ---------------------------------------------------------------- JSON


def render_record_json(record: Record) -> Json:
    """All of it; spans are hours, shares have their counts and intervals."""
    typical, longest = record.typical_delay, record.longest_delay
    return {
        "enough": record.is_enough,
        "honest_line": record.honest_line,
        "total": _render_tally(record.total),
        "months": [{"month": month, **_render_tally(t)} for month, t in record.months],
        "precision": _render_share(record.precision),
        "coverage": _render_share(record.coverage),
        "calibration": [
            {"from": b.low, "to": b.high, "claimed": b.claimed, "right": _render_share(b.right)}
            for b in record.calibration
        ],
        "hours_from_red_to_comment": {
            "median": None if typical is None else round(typical.total_seconds() / 3600, 2),
            "nine_in_ten": None if longest is None else round(longest.total_seconds() / 3600, 2),
        },
        "judged": [_render_judged(one) for one in record.judged],
    }


def _render_tally(tally: Tally) -> Json:
    return {
        "made": tally.made,
        "posted": tally.posted,
        "right": tally.right,
        "wrong": tally.wrong,
        "doubted": tally.doubted,
        "open": tally.open,
        "withdrawn": tally.withdrawn,
        "objected": tally.objected,
    }


def _render_share(share: Share) -> Json:
    return {
        "part": share.part,
        "whole": share.whole,
        "share": share.value,
        "low": share.low,
        "high": share.high,
    }


def _render_judged(one: Judged) -> Json:
    said = one.accusation
    return {
        "told_at": said.told_at.isoformat(),
        "pull": said.number,
        "incident": said.incident_id,
        "confidence": said.confidence,
        "posted": said.is_posted,
        "withdrawn": said.is_withdrawn,
        "objected": one.is_objected,
        "outcome": one.outcome.value,
        "why": one.why,
        "by_builds": one.by_builds,
    }
