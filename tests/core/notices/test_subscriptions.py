"""Who hears what, as people write it down; all that is wrong is named at once."""

from datetime import time

import pytest

from bot.core.model import IncidentState
from bot.core.notices.subscriptions import Medium, Subscription, list_secrets, parse_subscriptions

HOOK = "https://chat.example.org/services/T0123456789abcdefXYZ"

SUBJECT = {
    "repository": frozenset({"octo-org/demo"}),
    "branch": frozenset({"3.14"}),
    "tag": frozenset({"stable", "tier-1"}),
    "tier": frozenset({"1"}),
    "facet": frozenset({"Debian", "x86-64"}),
    "worker": frozenset({"ware-debian"}),
    "verdict": frozenset({"confirmed"}),
}


def write(*lines: str, name: str = "core") -> str:
    return "\n".join(["[[subscriptions]]", f'name = "{name}"', f'webhook = "{HOOK}"', *lines])


def read(*lines: str) -> Subscription:
    (only,) = parse_subscriptions(write(*lines))
    return only


def test_a_subscription_is_a_name_a_place_and_what_is_wanted() -> None:
    found = read('branch = ["main", "3.*"]', 'tier = "1"', 'quiet_hours = "22-6"')
    assert (found.name, found.medium, found.address) == ("core", Medium.WEBHOOK, HOOK)
    assert found.quiet_hours == (time(22), time(6))
    assert found.wants(SUBJECT)
    assert HOOK not in repr(found)


@pytest.mark.parametrize(
    ("line", "wants"),
    [
        ('repository = "Octo-Org/Demo"', True),
        ('repository = "octo-org/other"', False),
        ('branch = "3.*"', True),
        ('branch = ["main", "3.1"]', False),
        ('tag = "stable"', True),
        ('tag = "unstable"', False),
        ('tier = ["1", "2"]', True),
        ('tier = "2"', False),
        ('facet = "debian"', True),
        ('facet = "Windows"', False),
        ('worker = "ware-*"', True),
        ('worker = "angelico"', False),
        ('verdict = ["confirmed"]', True),
        ('verdict = ["environment"]', False),
        ('branch = "3.14"\ntag = "nobody"', False),
    ],
)
def test_each_filter_narrows(line: str, wants: bool) -> None:
    assert read(line).wants(SUBJECT) is wants


def test_what_is_not_sure_is_told_to_those_only_who_ask_for_it() -> None:
    unknown = SUBJECT | {"verdict": frozenset({"unknown"})}
    assert not read().wants(unknown)
    assert read('verdict = ["unknown", "suspected"]').wants(unknown)


@pytest.mark.parametrize(
    ("asks_for", "hears"),
    [([], False), (["octo-org/*"], False), (["octo-org/other"], False), (["Octo-Org/Demo"], True)],
)
def test_what_is_private_is_told_only_where_it_is_named(asks_for: list[str], hears: bool) -> None:
    """A channel that hears of everything is mostly a public one."""
    wanted = {"repository": frozenset(asks_for)}
    subscription = Subscription("all", Medium.IRC, "irc://irc.example.org/builds", wanted)
    assert subscription.may_hear("octo-org/demo", is_private=True) is hears
    assert subscription.may_hear("octo-org/demo", is_private=False)


def test_a_filter_is_only_ever_narrowed() -> None:
    """Of no state in common nothing is left; an empty filter would let all through."""
    fixed = read('state = ["fixed", "closed"]')
    narrowed = fixed.narrow("state", ["open", "fixed"])
    assert narrowed is not None
    assert narrowed.wanted["state"] == {"fixed"}
    assert fixed.narrow("state", ["open"]) is None
    assert fixed.narrow("state", ()) is fixed
    whole = read().narrow("state", ["open"])
    assert whole is not None
    assert not whole.wants_state(IncidentState.FIXED)


def test_who_owns_a_worker_hears_when_it_is_the_machine() -> None:
    """Nobody else does without asking: it is no news to a list of developers."""
    environment = SUBJECT | {"verdict": frozenset({"environment"}), "worker": frozenset({"wk-1"})}
    assert not read().wants(environment)
    owner = read('worker = ["wk-*"]')
    assert owner.wants(environment)
    assert owner.hears_of_workers
    assert owner.wants_worker({"worker": frozenset({"wk-1"})})
    assert not owner.wants_worker({"worker": frozenset({"other"})})
    assert not read('worker = ["wk-*"]\ntag = ["stable"]').wants_worker(
        {"worker": frozenset({"wk-1"}), "tag": frozenset({"unstable"})}
    )
    assert not read('worker = ["wk-*"]\noffered = true').hears_of_workers


def test_states_are_chosen_apart() -> None:
    assert all(read().wants_state(state) for state in IncidentState)
    fixed = read('state = ["fixed"]')
    assert fixed.wants_state(IncidentState.FIXED)
    assert not fixed.wants_state(IncidentState.OPEN)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[subscriptions", "is not TOML"),
        ("", "must hold [[subscriptions]]"),
        ("subscriptions = 3", "must hold [[subscriptions]]"),
        ("other = 1\n" + write(), "nothing beside them"),
        (write(name="No Name"), "needs a name"),
        (write("brunch = 'main'"), "has no setting brunch"),
        (write('verdict = ["guilty"]'), "must be among"),
        (write("branch = []"), "must be a list of 1 to 100 texts"),
        (write("branch = [3]"), "must be a list of texts"),
        (write('quiet_hours = "22-22"'), "two hours of a day"),
        (write('quiet_hours = "22-24"'), "two hours of a day"),
        (write().replace("https", "gopher"), "http(s) address"),
        (write().replace("//", "//user:password@"), "no user name or password"),
        (write().replace(".org/", ".org:port/"), "is an address"),
        (write().replace("webhook", "pigeon"), "has no setting pigeon"),
        ('[[subscriptions]]\nname = "core"', "needs one of webhook, mail, irc"),
        (write() + "\n" + write(), "has core twice"),
        (write("list = true"), "is for mail"),
        (write("offered = 1"), "offered must be true or false"),
        (write('report = "someday 8"'), "report must be a day and an hour"),
        (write('report = "monday 8"\nbranch = "main"'), "report has no branch"),
        ('[[subscriptions]]\nname = "core"\nirc = "#a,#b"', "one channel"),
        ('[[subscriptions]]\nname = "core"\nirc = "nick"', "one channel"),
        ('[[subscriptions]]\nname = "core"\nirc = "#a\\r\\nQUIT"', "one channel"),
        ('[[subscriptions]]\nname = "core"\nmail = "a@b.example, c@d.example"', "one mail address"),
        (
            '[[subscriptions]]\nname = "core"\nmail = "a@b.example\\r\\nBcc: c@d"',
            "one mail address",
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        parse_subscriptions(text)
    assert words in str(raised.value)
    assert "T0123456789" not in str(raised.value)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"number 1 .*; number 2 "):
        parse_subscriptions(write("a = 1") + "\n" + write("b = 1", name="other"))


def test_a_token_in_an_address_is_a_secret() -> None:
    assert set(list_secrets([read()])) == {HOOK, "T0123456789abcdefXYZ"}
