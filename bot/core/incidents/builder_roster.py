"""Builders that come and go: two looks at a master's list in, what became of each of them out.

A builder that was taken out of Buildbot would keep open for ever what it alone could close. One
that got another name is followed only where that is sure: the same workers and tags, gone and come
at the same time, and nobody else like it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.model import (
    Incident,
    IncidentState,
    KnownBuilder,
    ListedBuilder,
    Observation,
)

# A master takes builders out and puts others in within a minute; looks are five minutes apart.
_TOGETHER = timedelta(minutes=6)

_MOST_NAMES = 10  # that one builder had, one after another


@dataclass(frozen=True, slots=True)
class Roster:
    """Under which name each build counts, and which builders are gone, by Buildbot's clock."""

    builders: Mapping[tuple[str, str], KnownBuilder] = field(default_factory=dict)
    gone: Mapping[str, datetime] = field(default_factory=dict)

    def find_name(self, build: Observation) -> str:
        """The present name of a build's builder; a name apart where another one has it now."""
        return self.follow(build.source, build.builder, build.complete_at)

    def find_old_names(self, names: Iterable[str]) -> frozenset[str]:
        """These, and all under which builds of theirs may be stored."""
        found = frozenset(names)
        for _ in range(_MOST_NAMES):
            before = {
                known.name
                for known in self.builders.values()
                if {known.successor, known.split_name} & found
            }
            if before <= found:
                break
            found |= before
        return found

    def follow(self, source: str, name: str, at: datetime) -> str:
        """The present name of who was called so when a build of it ended."""
        for _ in range(_MOST_NAMES):
            known = self.builders.get((source, name))
            after = _find_next_name(known, at) if known else None
            if after is None:
                break
            name = after
        return name


def make_roster(known: Iterable[KnownBuilder]) -> Roster:
    """What is settled of these builders."""
    known_moves = [b for b in known if b.settled or b.split_at is not None]
    gone = {b.name: b.left_at for b in known_moves if b.settled and not b.successor and b.left_at}
    names = {b.name for b in known_moves}
    parted = {
        b.split_name: b.split_at for b in known_moves if b.split_name and b.split_name not in names
    }
    gone |= {name: at for name, at in parted.items() if at is not None and name == _part(name, at)}
    return Roster({(b.source, b.name): b for b in known_moves}, gone)


def _find_next_name(known: KnownBuilder, at: datetime) -> str | None:
    if known.split_at is not None and at <= known.split_at:
        return known.split_name
    return known.successor if known.settled else None


def _part(name: str, at: datetime) -> str:
    """A name of its own for a builder whose name another one has now."""
    return f"{name.partition(' (until ')[0]} (until {at:%Y-%m-%d})"


def tell_old_names(incident: Incident, roster: Roster) -> Incident:
    """An open incident that says which of its builders had another name before."""
    if incident.state is not IncidentState.OPEN:
        return incident
    renamed = sorted(
        f"{known.successor} was called {known.name} before."
        for known in roster.builders.values()
        if known.settled and known.successor in incident.builders
    )
    reason = " ".join([incident.reason, *renamed]).strip()
    return replace(incident, reason=reason) if renamed else incident


# ---------------------------------------------------------------- two looks


def update_roster(
    known: Sequence[KnownBuilder],
    listed: Sequence[ListedBuilder],
    source: str,
    *,
    now: datetime,
    there: datetime,
    grace: timedelta,
) -> tuple[KnownBuilder, ...]:
    """The builders as they are to be remembered; `there` is the time by Buildbot's clock.

    A master that has no builder at all just starts: then nothing is concluded.
    """
    if not any(builder.here for builder in listed):
        return tuple(known)
    before = {builder.builderid: builder for builder in known}
    seen = {b.builderid: _look(before.get(b.builderid), b, source, now, there) for b in listed}
    left = [_leave(b, now, there) for b in known if b.builderid not in seen]
    return _settle([*seen.values(), *left], now, grace)


def _look(
    known: KnownBuilder | None, seen: ListedBuilder, source: str, now: datetime, there: datetime
) -> KnownBuilder:
    if known is None:
        new = KnownBuilder(source, seen.builderid, seen.name, seen.tags, seen.workers, now)
        return new if seen.here else _leave(new, now, there)
    if not seen.here:
        return _leave(known, now, there)
    is_other = _is_other(known, seen)
    present = replace(known, name=seen.name, tags=seen.tags, workers=seen.workers)
    if known.gone_at is None and not is_other:
        return present
    present = replace(
        present, came_at=now, gone_at=None, left_at=None, settled=False, successor=None
    )
    if not is_other:
        return present
    apart = known.successor or _part(known.name, there)
    return replace(present, split_at=there, split_name=apart)


def _is_other(known: KnownBuilder, seen: ListedBuilder) -> bool:
    """Another builder under an old name: no worker is the same, and it was gone, or so are tags."""
    if not known.workers or not seen.workers or known.workers & seen.workers:
        return False
    return known.gone_at is not None or known.tags != seen.tags


def _leave(known: KnownBuilder, now: datetime, there: datetime) -> KnownBuilder:
    return known if known.gone_at else replace(known, gone_at=now, left_at=there)


def _settle(
    builders: Sequence[KnownBuilder], now: datetime, grace: timedelta
) -> tuple[KnownBuilder, ...]:
    """Who is gone for long enough is believed to be, under another name if that is sure."""
    settled = []
    for builder in builders:
        if builder.gone_at is None or builder.settled or now - builder.gone_at < grace:
            settled.append(builder)
            continue
        heir = _find_successor(builder, builders)
        settled.append(replace(builder, settled=True, successor=heir))
    return tuple(settled)


def _find_successor(gone: KnownBuilder, builders: Sequence[KnownBuilder]) -> str | None:
    """The name of the only builder that can be it, which can be no other one's."""
    if not gone.workers:
        return None
    alike = [b for b in builders if (b.workers, b.tags) == (gone.workers, gone.tags)]
    came = [b for b in alike if b.gone_at is None and _is_together(gone, b)]
    others = [b for b in alike if b.gone_at is not None and b is not gone]
    rivals = [b for b in others if came and _is_together(b, came[0])]
    return came[0].name if len(came) == 1 and not rivals else None


def _is_together(gone: KnownBuilder, came: KnownBuilder) -> bool:
    return gone.gone_at is not None and abs(came.came_at - gone.gone_at) <= _TOGETHER
