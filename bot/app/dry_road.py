"""The road over a store of one's own, for commands: what it would say, it says to nobody.

In: settings, a store that may be written to, and clients. Out: the live reconcilers, dry.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from bot.app.comment_parser import CommentParser
from bot.app.log_pool import LogPool
from bot.app.settings import Settings
from bot.app.wiring import make_context, make_options
from bot.clients.github.client import GitHubClient
from bot.core.model import KeyKind
from bot.core.ports import CiSource, Clock, Reconcile
from bot.reconcile.reconcilers import make_reconcilers
from bot.reconcile.repository_options import RepositoryOptions
from bot.store import Store


def open_dry_road(
    settings: Settings,
    clock: Clock,
    store: Store,
    stack: AsyncExitStack,
    *,
    ci: CiSource,
    github: GitHubClient,
    cache: Path | None = None,
) -> Mapping[KeyKind, Reconcile]:
    """By kind of key; what they start is closed with the stack. `cache`: what is compiled."""
    reader = LogPool(processes=1, cache=cache, rules=settings.log_rules or ())
    parser = CommentParser()
    stack.push_async_callback(reader.close)
    stack.push_async_callback(parser.close)
    context = make_context(
        store,
        ci=[ci],
        github=github,
        log_reader=reader,
        parse_commands=parser.parse,
        clock=clock,
        # Of an old build people want to see what would have been said in its time.
        options=replace(make_options(settings), post_comments=False, backlog=None),
    )
    return make_reconcilers(context, RepositoryOptions(context.options, store.settings_files))
