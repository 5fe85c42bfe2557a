"""What the front page shows, worked out of what was loaded; pure.

In: branches with their builders, open incidents, what was said. Out: a release status for each
branch, and a card for each incident in the order in which people should look at them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.fleet.release import ReleaseAnswer, ReleaseStatus, Standing, decide_release
from bot.core.model import Commit, Incident, Repository, Suspect, Verdict
from bot.core.ports import BranchFleet, SaidOf

# Who is accused comes first; what is not of a commit last.
_RANKS = {
    Verdict.CONFIRMED: 0,
    Verdict.SUSPECTED: 1,
    Verdict.UNKNOWN: 2,
    Verdict.OLD: 3,
    Verdict.ENVIRONMENT: 4,
    Verdict.FLAKY: 5,
}

_NO_TIER = 1000

ANSWER_LOOKS = {
    ReleaseAnswer.YES: "good",
    ReleaseAnswer.WAIT: "warn",
    ReleaseAnswer.NO: "bad",
    ReleaseAnswer.UNKNOWN: "unsure",
}
STANDING_LOOKS = {
    Standing.GREEN: "good",
    Standing.RED_ONCE: "warn",
    Standing.FAILING: "bad",
    Standing.IDLE: "neutral",
    Standing.SILENT: "neutral",
}


@dataclass(frozen=True, slots=True)
class BranchCard:
    """A branch and whether it may be released."""

    repository: Repository
    status: ReleaseStatus


@dataclass(frozen=True, slots=True)
class IncidentCard:
    """An open incident with what a watcher asks first."""

    repository: Repository
    incident: Incident
    tier: int | None  # the lowest of its builders
    suspect: Suspect | None  # the likeliest
    suspected: Commit | None  # its commit, where we know it
    first_bad: Commit | None
    said: tuple[SaidOf, ...]

    @property
    def sites(self) -> tuple[str, ...]:
        """What fails, each once."""
        return tuple(sorted({signature.site for signature in self.incident.signatures}))


def make_branch_cards(
    fleets: Sequence[BranchFleet], opened: Iterable[tuple[Repository, Incident]], now: datetime
) -> list[BranchCard]:
    """Branches whose builders all fell silent long ago are left out, unless there are no others."""
    known = list(opened)
    cards = [
        BranchCard(
            fleet.repository,
            decide_release(
                fleet.branch,
                fleet.builders,
                [i for r, i in known if _is_of(fleet, r, i)],
                now,
            ),
        )
        for fleet in fleets
    ]
    alive = [card for card in cards if card.status.is_alive]
    return alive or cards


def _is_of(fleet: BranchFleet, repository: Repository, incident: Incident) -> bool:
    return (repository.repo_id, incident.branch) == (fleet.repository.repo_id, fleet.branch)


def find_named_shas(opened: Iterable[tuple[Repository, Incident]]) -> dict[int, set[str]]:
    """The commits that cards name, by repository."""
    named: dict[int, set[str]] = {}
    for repository, incident in opened:
        top = find_top(incident)
        shas = {incident.range.first_bad, top.sha if top else None} - {None}
        named.setdefault(repository.repo_id, set()).update(sha for sha in shas if sha)
    return named


def find_top(incident: Incident) -> Suspect | None:
    """The likeliest commit."""
    return max(incident.suspects, key=lambda s: s.p, default=None)


def make_incident_cards(
    opened: Iterable[tuple[Repository, Incident]],
    fleets: Iterable[BranchFleet],
    said: Iterable[SaidOf],
    commits: Mapping[tuple[int, str], Commit],
) -> list[IncidentCard]:
    """The ones that somebody is accused of first, then by tier, the newest first."""
    tiers = {b.builder: b.tier for fleet in fleets for b in fleet.builders if b.tier is not None}
    told: dict[str, list[SaidOf]] = {}
    for one in said:
        told.setdefault(one.incident_id, []).append(one)
    cards = [
        _make_card(repository, incident, tiers, told.get(incident.id, ()), commits)
        for repository, incident in opened
    ]
    return sorted(cards, key=_rank)


def _make_card(
    repository: Repository,
    incident: Incident,
    tiers: Mapping[str, int],
    said: Sequence[SaidOf],
    commits: Mapping[tuple[int, str], Commit],
) -> IncidentCard:
    top, bad = find_top(incident), incident.range.first_bad
    return IncidentCard(
        repository=repository,
        incident=incident,
        tier=min((tiers[b] for b in incident.builders if b in tiers), default=None),
        suspect=top,
        suspected=commits.get((repository.repo_id, top.sha)) if top else None,
        first_bad=commits.get((repository.repo_id, bad)) if bad else None,
        said=tuple(said),
    )


def _rank(card: IncidentCard) -> tuple[int, int, float, str]:
    incident, tier = card.incident, _NO_TIER if card.tier is None else card.tier
    return _RANKS[incident.verdict], tier, -incident.opened_at.timestamp(), incident.id
