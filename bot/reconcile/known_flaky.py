"""Read what a repository lists as known flaky: files of it, and open issues with a label.

In: its settings, and what was listed. Out: what is listed now. A file or label that cannot be read
lists what it did before, and the reason is kept.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.errors import Refused
from bot.core.model import Repository
from bot.core.model.known_flaky import KnownFlaky
from bot.core.model.repository_files import SettingsFile
from bot.core.repository_settings.known_flaky import (
    Names,
    WrongList,
    make_listed_titles,
    parse_listed_file,
    update_known_flaky,
)
from bot.core.repository_settings.parse import parse_repository_settings
from bot.reconcile.context import Context
from bot.reconcile.cursors import load_source_time


async def read_known_flaky(ctx: Context, repository: Repository, file: SettingsFile) -> KnownFlaky:
    """What is listed by the settings in force; raises `Unavailable`."""
    settings = parse_repository_settings((file.good or "").encode()).settings
    wanted = dict(settings.known_flaky)
    if not wanted and not file.known_flaky.tests:
        return KnownFlaky()
    found = await _read_all(ctx, repository, wanted)
    return update_known_flaky(file.known_flaky, found, await _find_moment(ctx, repository))


async def _find_moment(ctx: Context, repository: Repository) -> datetime:
    """Now, and behind all that is over: sweeps may have seen less than messages told."""
    incidents = await ctx.incidents.load_incidents(repository.repo_id)
    over = (incident.closed_at for incident in incidents if incident.closed_at is not None)
    return max([await load_source_time(ctx.builds, ctx.ci), *over])


async def _read_all(
    ctx: Context, repository: Repository, wanted: Mapping[str, Any]
) -> dict[str, Names | WrongList]:
    found: dict[str, Names | WrongList] = {}
    for path in wanted.get("files", ()):
        try:
            content = await ctx.files.fetch_file(repository, path)
            found[f"file:{path}"] = parse_listed_file(content, wanted.get("pattern"))
        except (Refused, WrongList) as error:
            found[f"file:{path}"] = WrongList(str(error))
    for label in wanted.get("labels", ()):
        try:
            issues = await ctx.issues.list_labelled(repository.full_name, label)
            found[f"label:{label}"] = make_listed_titles(issues)
        except Refused as refused:
            found[f"label:{label}"] = WrongList(str(refused))
    return found
