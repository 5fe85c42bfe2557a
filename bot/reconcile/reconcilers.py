"""The road's table of contents: which reconciler works on which kind of key.

build   fetch the build, read its logs, save the facts, wake its branch
branch  place the builds on the branch's commits, fold them into incidents, wake the pulls
pull    decide what should stand on the pull, render it, make it stand
repository read its settings file, and wake what that changes
command act once on what a person wrote on a pull, and answer
request ask for one build, follow it to its end, take it back where nobody needs it
issue   find or file the issues of a repository's tracker that tell of incidents
notice  decide what is told elsewhere of an incident; send one message to a subscription
sweep   catch up on what no message told us
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from bot.core.model import KeyKind, find_repository_id
from bot.core.ports import Lease, Reconcile, Result
from bot.reconcile.branch import BranchReconciler
from bot.reconcile.branch_folder import BranchFolder
from bot.reconcile.build import BuildReconciler
from bot.reconcile.command import CommandReconciler
from bot.reconcile.comment_writer import CommentWriter
from bot.reconcile.commit_sync import CommitSync
from bot.reconcile.context import Context, Reconciler
from bot.reconcile.debounce import Debouncer
from bot.reconcile.issue import IssueReconciler
from bot.reconcile.notice import NoticeReconciler
from bot.reconcile.pull_request import PullRequestReconciler
from bot.reconcile.reminders import ReminderWriter
from bot.reconcile.repositories import Repositories
from bot.reconcile.repository import RepositoryReconciler
from bot.reconcile.repository_options import RepositoryOptions
from bot.reconcile.request import RequestReconciler
from bot.reconcile.sweeps.sweep import Sweep, SweepReconciler


def make_reconcilers(
    ctx: Context, options: RepositoryOptions, extra_sweeps: Mapping[str, Sweep] | None = None
) -> dict[KeyKind, Reconcile]:
    """The table that the worker drives; `extra_sweeps` are sweeps of other rooms, by name."""
    github, builds, incidents = ctx.github, ctx.builds, ctx.incidents
    folder = BranchFolder(builds, incidents, ctx.commands, CommitSync(github, builds, ctx.clock))
    table: dict[KeyKind, Reconciler] = {
        KeyKind.BUILD: BuildReconciler(Repositories(github, builds, ctx.inbox, ctx.clock)),
        KeyKind.BRANCH: BranchReconciler(folder, Debouncer(ctx.clock)),
        KeyKind.PULL: PullRequestReconciler(
            CommentWriter(github, incidents, ctx.clock, ctx.options.limits), ReminderWriter()
        ),
        KeyKind.COMMAND: CommandReconciler(),
        KeyKind.REPOSITORY: RepositoryReconciler(options),
        KeyKind.REQUEST: RequestReconciler(),
        KeyKind.NOTICE: NoticeReconciler(),
        KeyKind.ISSUE: IssueReconciler(),
        KeyKind.SWEEP: SweepReconciler(extra_sweeps),
    }
    return {
        kind: partial(_reconcile, reconciler, ctx, options) for kind, reconciler in table.items()
    }


async def _reconcile(
    reconciler: Reconciler, ctx: Context, options: RepositoryOptions, lease: Lease
) -> Result:
    """With the options of the repository that the key is about."""
    repo_id = find_repository_id(lease.key)
    if repo_id is None:
        return await reconciler.reconcile(ctx, lease)
    here = replace(ctx, options=await options.load(repo_id))
    return await reconciler.reconcile(here, lease)
