"""What a repository's settings change."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.model import Builder, RequestLimits
from bot.core.model.request_options import RequestMode, RequestOptions
from bot.core.notices.subscriptions import Medium, Subscription
from bot.core.repository_settings.settings import NO_SETTINGS, RepositorySettings


@pytest.mark.parametrize(
    ("branch", "quiet"),
    [("3.9", True), ("3.90", False), ("release/1.0", True), ("release", False), ("main", False)],
)
def test_a_star_at_the_end_stands_for_any_end(branch: str, quiet: bool) -> None:
    settings = RepositorySettings(quiet_branches=("3.9", "release/*"))
    assert settings.is_quiet(branch) is quiet


def test_tags_of_the_repository_take_the_place_of_the_services() -> None:
    settings = RepositorySettings(stable_tags=("tier-1", "tier-2"))
    is_stable = settings.make_stable_check(lambda builder: "stable" in builder.tags)
    assert is_stable(Builder("master", 1, "AMD64 Debian", ("tier-2",)))
    assert not is_stable(Builder("master", 2, "AMD64 Fedora", ("stable",)))


@pytest.mark.parametrize(
    ("service", "file", "mode"),
    [("off", "auto", "off"), ("people", "auto", "people"), ("auto", "people", "people")],
)
def test_a_repository_asks_for_no_more_than_the_service_lets_it(
    service: str, file: str, mode: str
) -> None:
    base = RequestOptions(RequestMode(service))
    options = RepositorySettings(requests=(("builds", file),)).make_request_options(base)
    assert options.mode == mode


def test_limits_of_requests_are_only_ever_narrowed() -> None:
    base = RequestOptions(limits=RequestLimits(per_day=10), may_ask=lambda name: "slow" not in name)
    wanted = (("bisect_builds", 90), ("builders", ("AMD64 *",)), ("per_day", 40), ("share", 5))
    options = RepositorySettings(requests=wanted).make_request_options(base)
    assert (options.limits.per_day, options.limits.share_of_builder) == (10, 0.05)
    assert options.bisect_builds == base.bisect_builds
    asked = [name for name in ("AMD64 Debian", "AMD64 slow", "ARM64") if options.may_ask(name)]
    assert asked == ["AMD64 Debian"]


def test_without_a_file_all_is_as_the_service_was_set_up() -> None:
    def is_stable(builder: Builder) -> bool:
        return builder.name == "AMD64 Debian"

    assert NO_SETTINGS.make_stable_check(is_stable) is is_stable
    assert not NO_SETTINGS.is_quiet("main")
    assert NO_SETTINGS.make_request_options(RequestOptions()).mode is RequestMode.OFF


CHAT = Subscription("chat", Medium.IRC, "#builds")
OFFERED = replace(CHAT, name="core-devs", is_offered=True)


@pytest.mark.parametrize(
    ("notices", "branch", "hear"),
    [
        ({}, "main", ["chat"]),
        ({"subscribe": ("core-devs", "gone")}, "main", ["chat", "core-devs"]),
        ({"subscribe": ("core-devs",), "mute": ("core-*",)}, "main", ["chat"]),
        ({"mute": ("*",), "subscribe": ("core-devs",)}, "main", []),
        ({"branches": ("3.*",)}, "main", []),
        ({"branches": ("3.*",)}, "3.13", ["chat"]),
    ],
)
def test_a_repository_chooses_who_hears_of_it(
    notices: dict[str, Any], branch: str, hear: list[str]
) -> None:
    settings = RepositorySettings(notices=tuple(sorted(notices.items())))
    assert [s.name for s in settings.choose_subscriptions([CHAT, OFFERED], branch)] == hear


def test_what_is_muted_is_muted_by_name() -> None:
    settings = RepositorySettings(notices=(("mute", ("chat-*", "weekly")),))
    assert [settings.mutes(name) for name in ("weekly", "chat-1", "chat")] == [True, True, False]


def test_states_that_nobody_asks_for_are_told_nobody() -> None:
    settings = RepositorySettings(notices=(("states", ("open",)),))
    only_fixed = replace(CHAT, name="fixed", wanted={"state": frozenset({"fixed"})})
    (left,) = settings.choose_subscriptions([only_fixed, CHAT], "main")
    assert (left.name, left.wanted) == ("chat", {"state": frozenset({"open"})})
