"""What reports of a time ask of the store; `visible` as of `DetailStore`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.fleet.advice import NO_FACTS, AdviceFacts
from bot.core.model import BuildRef, Commit, Incident, KnownBuilder, Repository
from bot.core.model.build_results import Result
from bot.core.ports.read_models import BranchFleet

FLAKE_WEEKS = 8
"""How far back flakes are counted: of one week alone nobody sees whether it gets better."""


@dataclass(frozen=True, slots=True)
class ResultCount:
    """How many builds of a builder ended so since then."""

    builder: str
    result: Result
    builds: int


@dataclass(frozen=True, slots=True)
class Flaked:
    """A failure that passed when it was run again in the same build."""

    name: str
    builder: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """All that a report of the time since then is made of."""

    since: datetime
    fleets: Sequence[BranchFleet]
    incidents: Sequence[tuple[Repository, Incident]]  # that were open at some time since then
    builders: Sequence[KnownBuilder]
    counts: Sequence[ResultCount]
    flaked: Sequence[Flaked]  # of `FLAKE_WEEKS`
    # Flaky incidents of `FLAKE_WEEKS` that are over, or not: when each began.
    flaky_began: Sequence[datetime]
    took: Mapping[BuildRef, timedelta]  # the red builds of the flaky incidents since then
    commits: Mapping[tuple[int, str], Commit]  # those that mended something, by repository
    # Which pull is accused of which incident in a comment of ours: (repository, incident, pull).
    told: Collection[tuple[int, str, int]] = frozenset()
    advice: AdviceFacts = NO_FACTS
    # The issues that tell of them, as people write them: owner/name#12, by (repository, incident).
    issues: Mapping[tuple[int, str], str] = field(default_factory=dict)


class AdviceStore(Protocol):
    """What is asked of builders and workers."""

    async def load_advice_facts(
        self, now: datetime, visible: Collection[int] | None = None
    ) -> AdviceFacts:
        """Their last month in figures, and when each last built."""
        ...


class ReportStore(Protocol):
    """What reports ask of the store."""

    async def load_week(
        self, since: datetime, now: datetime, visible: Collection[int] | None = None
    ) -> WeekFacts:
        """All at once, as of one moment."""
        ...
