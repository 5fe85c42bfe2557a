"""One line when the service starts, and one when it stops: what it is, and what it watches.

In: settings, a clock and a store. Out: lines in the log. A Buildbot that is away keeps nobody
waiting: what is not known yet is said to be so.
"""

import logging
import time
from contextlib import AsyncExitStack

from bot import __version__
from bot.app.settings import Settings
from bot.app.wiring import make_stable_filter, open_buildbot
from bot.clients.ci.buildbot.queries import fetch_builders
from bot.core.errors import Refused, Unavailable
from bot.core.ports import BuildStore, Clock

log = logging.getLogger(__name__)

_NOT_KNOWN = "not known yet"


async def tell_start(settings: Settings, clock: Clock, store: BuildStore) -> None:
    """Say what runs here; asks Buildbot once which builders it has."""
    known = sorted(r.full_name for r in await store.load_repositories())
    if settings.repository and settings.repository not in known:
        known.append(settings.repository)
    page = settings.public_url or f"http://{_show_host(settings.host)}:{settings.port}"
    extra = {
        "version": __version__,
        "mode": "live" if settings.post_comments else "dry run",
        "buildbot": settings.buildbot_url,
        "builders": await _count_builders(settings, clock),
        "repositories": ", ".join(known) or _NOT_KNOWN,
        "page": f"{page}/",
    }
    log.info("started", extra=extra)


def tell_stop(began: float) -> None:
    """Say that it ended in order, and how long it ran; `began` is by the monotonic clock."""
    log.info("stopped", extra={"version": __version__, "seconds": round(time.monotonic() - began)})


async def _count_builders(settings: Settings, clock: Clock) -> str:
    try:
        async with AsyncExitStack() as stack:
            builders = await fetch_builders(await open_buildbot(settings, clock, stack))
    except (Unavailable, Refused) as away:
        return f"{_NOT_KNOWN}: {away.reason}"
    is_stable = make_stable_filter(settings.stable_tag, settings.stable_pattern)
    return f"{len(builders)}, {sum(map(is_stable, builders))} of them stable"


def _show_host(host: str) -> str:
    """What a browser on this machine would ask for."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not listened on
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
