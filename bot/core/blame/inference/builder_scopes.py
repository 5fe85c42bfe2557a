"""Scopes: the builders on which one cause shows. All, those of one platform, or a single one."""

from collections.abc import Mapping

from bot.core.blame.inference.parameters import ModelParameters
from bot.core.blame.platforms import BuilderScope, FleetTags, find_groups


def find_scopes(
    tags: Mapping[str, tuple[str, ...]], shown: frozenset[str], rates: ModelParameters
) -> list[BuilderScope]:
    """The scopes that hold a builder that showed it, with their prior weights."""
    if not isinstance(tags, FleetTags):
        return _find_scopes(tags, shown, rates)
    key = (shown, id(rates))
    if key not in tags.scopes:
        if len(tags.scopes) >= _SCOPES_KEPT:
            tags.scopes.clear()
        tags.scopes[key] = _find_scopes(tags, shown, rates)
    return tags.scopes[key]


_SCOPES_KEPT = 1000  # by sets of builders that fail together, of which some are open at a time


def _find_scopes(
    tags: Mapping[str, tuple[str, ...]], shown: frozenset[str], rates: ModelParameters
) -> list[BuilderScope]:
    builders = frozenset(tags)
    groups = tags.groups if isinstance(tags, FleetTags) else find_groups(tags)
    fitting = [g for g in groups if 1 < len(g) < len(builders) and _explains(g, shown)]
    share = rates.scope_platform / max(1, len(groups))
    return [
        BuilderScope(builders, rates.scope_all),
        *(BuilderScope(members, share) for members in fitting),
        *(
            BuilderScope(frozenset((b,)), rates.scope_single / len(builders))
            for b in sorted(shown)
            if len(shown) <= 1 + _OUTSIDE
        ),
    ]


# So many builders may have shown it by chance; a scope that leaves more of them out weighs
# nothing, and only costs time in a large fleet.
_OUTSIDE = 2


def _explains(members: frozenset[str], shown: frozenset[str]) -> bool:
    return bool(members & shown) and len(shown - members) <= _OUTSIDE
