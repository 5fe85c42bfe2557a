"""Platforms of builders, by their tags, and the scopes that a cause may have over them."""

from collections.abc import Mapping
from dataclasses import dataclass

# Tags that tell of how much we care, not of what a builder is.
_NOT_A_PLATFORM = ("stable", "unstable", "tier-")


@dataclass(frozen=True, slots=True)
class BuilderScope:
    """Builders, and how likely it is that a cause shows on just these."""

    builders: frozenset[str]
    weight: float


class FleetTags(dict[str, tuple[str, ...]]):
    """Every builder's platform tags, by builder, and what comes of them; nobody changes them."""

    def __init__(self, tags: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(tags)
        self.names = tuple(sorted(tags))
        self.groups = find_groups(tags)
        self.scopes: dict[tuple[frozenset[str], int], list[BuilderScope]] = {}  # by who showed it


def find_platform_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tags that two builders of a kind have in common."""
    return tuple(t for t in tags if not t.startswith(_NOT_A_PLATFORM))


def find_groups(tags: Mapping[str, tuple[str, ...]]) -> list[frozenset[str]]:
    """The builders of each platform, in an order that depends on names only."""
    platforms: dict[str, set[str]] = {}
    for builder, own in tags.items():
        for tag in own:
            platforms.setdefault(tag, set()).add(builder)
    return sorted({frozenset(members) for members in platforms.values()}, key=sorted)
