"""Which builders of a branch a page shows: by facet, tag, tier, worker and text.

In: what an address says, and the builders. Out: the builders that are left, the choices that there
are, and a note for each word that fits no builder at all, which is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.fleet.builder_record import BuilderRecord
from bot.core.fleet.facets import FACET_RULES, Facet, FacetRule, find_facets

TEXT = "q"
"""The filter that is a part of a builder's name, in any case."""

_MOST_LETTERS = 100
_NO_TIER = "none"


@dataclass(frozen=True, slots=True)
class FilteredBuilders:
    """What is left of a branch's builders."""

    builders: tuple[BuilderRecord, ...]
    choices: Mapping[str, tuple[str, ...]]  # by filter: what it can be set to
    chosen: Mapping[str, str]  # by filter, those that hold
    notes: tuple[str, ...]


def filter_builders(
    builders: Sequence[BuilderRecord],
    wanted: Mapping[str, str],
    rules: Sequence[FacetRule] = FACET_RULES,
) -> FilteredBuilders:
    """`wanted` has what the address says, also of other things."""
    words = [(builder, _find_words(builder, rules)) for builder in builders]
    choices = {name: _find_choices(name, (own for _, own in words)) for name in FILTERS}
    chosen, notes = {}, []
    for name in FILTERS:
        value = wanted.get(name, "").strip()[:_MOST_LETTERS]
        if value in choices[name]:
            chosen[name] = value
        elif value:
            notes.append(f"No builder here has the {name} “{value}”: it is passed over.")
    text = wanted.get(TEXT, "").strip()[:_MOST_LETTERS]
    if text:
        chosen[TEXT] = text
    left = tuple(builder for builder, own in words if _fits(builder, own, chosen))
    return FilteredBuilders(left, choices, chosen, tuple(notes))


_Words = Mapping[str, tuple[str, ...]]


def _find_words(builder: BuilderRecord, rules: Sequence[FacetRule]) -> _Words:
    """By filter, the values that this builder answers to."""
    facets = find_facets(builder.builder, builder.tags, rules)
    return {
        "tier": (_NO_TIER if builder.tier is None else str(builder.tier),),
        "tag": builder.tags,
        "worker": tuple(sorted({build.worker for build in builder.builds if build.worker})),
        Facet.SYSTEM.value: (facets.system,) if facets.system else (),
        Facet.ARCHITECTURE.value: (facets.architecture,) if facets.architecture else (),
        Facet.CONFIGURATION.value: facets.configuration,
    }


FILTERS = ("tier", *(facet.value for facet in Facet), "tag", "worker")
"""What builders can be chosen by, besides their name."""

_ORDERS: dict[str, Callable[[str], tuple[int, str]]] = {
    "tier": lambda tier: (int(tier) if tier.isdigit() else 1000, tier)
}


def _find_choices(name: str, words: Iterable[_Words]) -> tuple[str, ...]:
    values = {value for own in words for value in own[name]}
    return tuple(sorted(values, key=_ORDERS.get(name, lambda value: (0, value.lower()))))


def _fits(builder: BuilderRecord, words: _Words, chosen: Mapping[str, str]) -> bool:
    return all(
        value.lower() in builder.builder.lower() if name == TEXT else value in words[name]
        for name, value in chosen.items()
    )
