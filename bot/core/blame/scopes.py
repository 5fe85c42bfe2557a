"""Scopes: the builders on which one cause shows. All, those of one platform, or a single one."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.blame.rates import Rates

# Tags that tell of how much we care, not of what a builder is.
_NOT_A_PLATFORM = ("stable", "unstable", "tier-")


@dataclass(frozen=True, slots=True)
class Scope:
    """Builders, and how likely it is that a cause shows on just these."""

    builders: frozenset[str]
    weight: float


def find_platform_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tags that two builders of a kind have in common."""
    return tuple(t for t in tags if not t.startswith(_NOT_A_PLATFORM))


def find_scopes(
    tags: Mapping[str, tuple[str, ...]], shown: frozenset[str], rates: Rates
) -> list[Scope]:
    """The scopes that hold a builder that showed it, with their prior weights."""
    builders = frozenset(tags)
    platforms: dict[str, set[str]] = {}
    for builder, own in tags.items():
        for tag in own:
            platforms.setdefault(tag, set()).add(builder)
    groups = {frozenset(members) for members in platforms.values()}
    fitting = [g for g in groups if 1 < len(g) < len(builders) and _explains(g, shown)]
    share = rates.scope_platform / max(1, len(groups))
    return [
        Scope(builders, rates.scope_all),
        *(Scope(members, share) for members in sorted(fitting, key=sorted)),
        *(
            Scope(frozenset((b,)), rates.scope_single / len(builders))
            for b in sorted(shown)
            if len(shown) <= 1 + _OUTSIDE
        ),
    ]


# So many builders may have shown it by chance; a scope that leaves more of them out weighs
# nothing, and only costs time in a large fleet.
_OUTSIDE = 2


def _explains(members: frozenset[str], shown: frozenset[str]) -> bool:
    return bool(members & shown) and len(shown - members) <= _OUTSIDE
