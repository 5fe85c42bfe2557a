"""Who may accuse is proposed by what a fleet calls its builders, and by how they did."""

from dataclasses import replace

import re2  # type: ignore[import-untyped]  # it has no stubs

from bot.core.fleet.propose_stable import count_tags, propose_stable, quote_pattern
from bot.core.model import Build, Builder
from bot.core.model.build_results import Result
from bot.core.payloads import parse_build
from tests.support.make_json import make_build_json

BUILD = parse_build("b", make_build_json(), None)


def make_builds(builderid: int, *results: Result) -> list[Build]:
    return [replace(BUILD, builderid=builderid, result=result) for result in results]


GREEN, RED, LOST = Result.SUCCESS, Result.FAILURE, Result.EXCEPTION


def test_a_usual_tag_comes_first_in_its_own_spelling() -> None:
    builders = [Builder("b", 1, "A", ("Tier-1", "linux")), Builder("b", 2, "B", ("linux",))]
    proposal = propose_stable(builders, make_builds(2, GREEN, GREEN, GREEN))
    assert (proposal.tag, proposal.pattern) == ("Tier-1", None)
    assert count_tags(builders) == [("linux", 2), ("Tier-1", 1)]


def test_else_those_that_were_mostly_green() -> None:
    builders = [Builder("b", n, name) for n, name in enumerate(["C++ (x)", "flaky", "new", "off"])]
    builds = [
        *make_builds(0, GREEN, RED, GREEN, GREEN),
        *make_builds(1, RED, RED, GREEN, GREEN),
        *make_builds(2, GREEN, GREEN),
        *make_builds(3, LOST, LOST, LOST, LOST),
    ]
    proposal = propose_stable(builders, builds)
    assert proposal.tag is None
    assert re2.compile(proposal.pattern).fullmatch("C++ (x)")
    assert not any(re2.compile(proposal.pattern).fullmatch(n) for n in ("flaky", "new", "off"))


def test_where_nobody_knows_all_may() -> None:
    assert propose_stable([Builder("b", 1, "A")], ()).pattern == ".*"
    assert propose_stable([], ()).pattern == ".*"


def test_two_thousand_steady_ones_are_no_list_of_names() -> None:
    builders = [Builder("b", n, f"builder {n}") for n in range(2000)]
    builds = [b for n in range(1900) for b in make_builds(n, GREEN, GREEN, GREEN)]
    assert propose_stable(builders, builds).pattern == ".*"


def test_a_name_fits_itself_alone() -> None:
    name = "a.b|c*(d)[e]{f}^g$h\\i +?"
    assert re2.compile(quote_pattern(name)).fullmatch(name)
    assert not re2.compile(quote_pattern("a.b")).fullmatch("axb")
