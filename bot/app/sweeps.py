"""What is caught up on, and how often.

In: settings and neighbours. Out: timers, and the sweeps that they start beside those of the road.
"""

from datetime import datetime, timedelta

from bot.app.settings import Settings
from bot.app.worker import Timer
from bot.clients.ci.buildbot.client import BuildbotClient
from bot.clients.github.client import GitHubClient
from bot.core.model import ISSUES_SWEEP, SETTINGS_SWEEP, SPEECH_SWEEP, Repository, sweep_key
from bot.core.payloads import ListedComment, make_user_comment
from bot.core.ports import Clock
from bot.reconcile.context import Context
from bot.reconcile.repositories import refresh_privacy
from bot.reconcile.repository_options import RepositoryOptions
from bot.reconcile.sweeps.builders import BUILDERS_SWEEP, BuilderSweep
from bot.reconcile.sweeps.github_missed import GITHUB_SWEEP, MissedDeliverySweep, mark_first_start
from bot.reconcile.sweeps.missed_builds import BUILDBOT_SWEEP
from bot.reconcile.sweeps.report_notices import REPORTS_SWEEP, ReportNoticeSweep
from bot.reconcile.sweeps.sweep import Sweep
from bot.reconcile.sweeps.worker_notices import WORKERS_SWEEP, WorkerNoticeSweep
from bot.store import Store
from bot.store.retention import RETENTION_SWEEP, Retention, RetentionPeriods

# Within a minute `/health` has to say that builds finish which nobody pushed: 45 s until the sweep
# sees them, and two looks of five seconds at what was pushed.
TIMERS = (
    Timer(sweep_key(BUILDBOT_SWEEP), every_seconds=45),
    Timer(sweep_key(SPEECH_SWEEP), every_seconds=300),
    Timer(sweep_key(BUILDERS_SWEEP), every_seconds=300),
    # A webhook that failed is found within ten minutes, at a call each time where none did.
    Timer(sweep_key(GITHUB_SWEEP), every_seconds=600),
    # At one call each, and none of them counted where nothing changed.
    Timer(sweep_key(SETTINGS_SWEEP), every_seconds=3600),
    Timer(sweep_key(ISSUES_SWEEP), every_seconds=3600),
    Timer(sweep_key(RETENTION_SWEEP), every_seconds=86_400),
    Timer(sweep_key(REPORTS_SWEEP), every_seconds=300),
    # One counts as away after a week.
    Timer(sweep_key(WORKERS_SWEEP), every_seconds=3600),
)


AT_START = tuple(
    sweep_key(name)
    for name in (BUILDBOT_SWEEP, BUILDERS_SWEEP, GITHUB_SWEEP, SPEECH_SWEEP, SETTINGS_SWEEP)
)
"""Those that no timer is waited for after a start."""


def make_sweeps(
    settings: Settings,
    context: Context,
    store: Store,
    clients: tuple[BuildbotClient, GitHubClient],
    options: RepositoryOptions,
) -> dict[str, Sweep]:
    """The sweeps beside those of the road."""
    buildbot_client, github_client = clients
    clock = context.clock
    days = timedelta(days=settings.facts_days), timedelta(days=settings.readings_days)
    retention = Retention(store.database, clock, RetentionPeriods(*days))

    async def take_comment(repository: Repository, listed: ListedComment) -> None:
        comment = make_user_comment(repository, listed, *options.prefixes)
        if comment is not None:
            await store.deliveries.take_user_comment(comment)

    catching_up = MissedDeliverySweep(
        github_client,
        store.facts,
        store.deliveries,
        hears_webhooks=settings.github_webhook_secret is not None,
        take_comment=take_comment,
    )

    async def delete_old(now: datetime) -> None:
        await retention.delete_old(now)

    async def catch_up(_: datetime) -> None:
        await mark_first_start(github_client, store.facts)
        await options.refresh()
        await catching_up.sweep()
        await refresh_privacy(github_client, store.facts)  # one that is away keeps no other waiting

    return {
        RETENTION_SWEEP: delete_old,
        GITHUB_SWEEP: catch_up,
        BUILDERS_SWEEP: _make_builder_sweep(settings, store, buildbot_client, clock),
        WORKERS_SWEEP: WorkerNoticeSweep(context, store.views).run,
        REPORTS_SWEEP: ReportNoticeSweep(context, store.views, options).run,
    }


def _make_builder_sweep(
    settings: Settings, store: Store, buildbot_client: BuildbotClient, clock: Clock
) -> Sweep:
    grace = timedelta(minutes=settings.builder_gone_minutes)
    return BuilderSweep(buildbot_client, store.facts, clock, grace=grace).run
