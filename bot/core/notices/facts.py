"""What a notice tells of an incident.

In: an incident, and the pull that our comment names for it. Out: the facts, with links.
"""

from collections.abc import Sequence
from urllib.parse import quote

from bot.core.model import Incident
from bot.core.notices.notice import NoticeFacts, NoticeKind

_NAMING = (NoticeKind.SUSPECTED, NoticeKind.CONFIRMED)


def make_notice_facts(
    kind: NoticeKind,
    repository: str,
    incident: Incident,
    workers: Sequence[str],
    named: int | None,
    *,
    website: str,
    dashboard_url: str | None,
) -> NoticeFacts:
    """The pull stands in it only where the kind names one."""
    pull = named if kind in _NAMING else None
    page = f"{dashboard_url.rstrip('/')}/incidents/" if dashboard_url else None
    address = f"{website.rstrip('/')}/{repository}"
    fix = incident.fix if kind is NoticeKind.FIXED else None
    return NoticeFacts(
        kind=kind,
        repository=repository,
        branch=incident.branch,
        incident=incident.id,
        tests=tuple(sorted({s.site for s in incident.signatures if s.site})),
        builders=incident.builders,
        workers=tuple(workers),
        opened_at=incident.opened_at,
        range=incident.range,
        pull=pull,
        fixed_by=fix.pull if fix else None,
        url=page + quote(incident.id, safe="", errors="replace") if page else None,
        pull_url=f"{address}/pull/{pull}" if pull is not None else None,
    )
