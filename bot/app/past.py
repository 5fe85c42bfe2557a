"""What a store knows of one repository, branch by branch: what is exported, or played again.

In: settings, and which repository. Out: its commits and builds; `stable` as the settings have it.
"""

from dataclasses import replace
from datetime import UTC, datetime

from bot.app.settings import Settings
from bot.app.wiring import make_options
from bot.core.errors import UserError
from bot.core.history.write import BranchPast
from bot.core.model import Repository
from bot.core.ports import Clock
from bot.reconcile.branch_folder import make_builder
from bot.reconcile.options import Options
from bot.store.inspection import ReadOnlyStore, open_view

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


async def load_past(
    settings: Settings, clock: Clock, repository: str | None, branch: str | None
) -> tuple[Repository, list[BranchPast]]:
    """All that the store knows of one repository; raises `UserError` where that is nothing."""
    options = make_options(settings)
    async with open_view(settings.database_url, clock) as view:
        branches = await view.facts.load_branches()
        found = await _find_repository(view, {repo_id for repo_id, _ in branches}, repository)
        wanted = [name for repo_id, name in branches if repo_id == found.repo_id]
        if branch is not None:
            wanted = [name for name in wanted if name == branch]
        pasts = [await _load_branch(view, options, found, name) for name in wanted]
    pasts = [past for past in pasts if past.observations]
    if not pasts:
        where = found.name_branch(branch) if branch else found.full_name
        raise UserError(f"no build of {where} is known")
    return found, pasts


async def _find_repository(view: ReadOnlyStore, known: set[int], name: str | None) -> Repository:
    loaded = [await view.facts.load_repository(repo_id) for repo_id in sorted(known)]
    repositories = [r for r in loaded if r is not None]
    if name is not None:
        repositories = [r for r in repositories if r.full_name.lower() == name.lower()]
    if len(repositories) == 1:
        return repositories[0]
    if repositories:
        names = ", ".join(r.full_name for r in repositories)
        raise UserError(f"several repositories are watched: give --repository, one of {names}")
    raise UserError(f"repository {name} is not known here" if name else "no build is known yet")


async def _load_branch(
    view: ReadOnlyStore, options: Options, repository: Repository, branch: str
) -> BranchPast:
    facts = await view.facts.load_observations(repository.repo_id, branch, 0, _BEGINNING)
    builds = tuple(
        replace(o, stable=options.is_stable(make_builder(o))) for o in facts.observations
    )
    return BranchPast(
        branch,
        await view.facts.load_line(repository.repo_id, branch),
        builds,
        await view.commands.load_overrides(repository.repo_id, branch),
    )
