"""A repository's file as its people write it: right, misspelt, hostile."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.policy.thresholds import CAREFUL_POLICY
from bot.core.repository_settings.parse import LARGEST, parse_repository_settings
from bot.core.repository_settings.settings import NO_SETTINGS
from bot.core.repository_settings.table import ROWS, Row
from bot.core.repository_settings.values import MOST_ITEMS

WRONG = {
    "stable_tag = ['x']": "`stable_tag` is no setting: `stable_tags`?",
    "[optout]\nlabels = []": "`optout` is no setting: `opt_out`?",
    "[opt_out]\nlabel = ['x']": "`opt_out.label` is no setting: `labels`?",
    "opt_out = ['x']": "`opt_out` must be a section, `[opt_out]`",
    "stable_tags = 'stable'": "`stable_tags` must be a list of at most 100 texts",
    "stable_tags = []": "`stable_tags` must name one at least",
    "stable_tags = [3]": "`stable_tags` must be a text of 1 to 250 letters",
    "quiet_branches = ['a*b']": "`quiet_branches` may hold * only at the end of a name",
    'quiet_branches = ["a\\u0007"]': "`quiet_branches` must not hold control characters",
    "policy = 'bold'": "`policy` must be one of careful, default, eager",
    "policy = 2": "`policy` must be one of careful, default, eager",
    "command_prefix = '# x'": "`command_prefix` must be a word",
    "page = 'http://example.org'": "`page` must be an https address without a password",
    "page = 'https://me:secret@example.org'": "`page` must be an https address",
    "page = 'https://example.org/) ![x](y'": "`page` must be an address of at most 300 plain",
    "reminder_hours = true": "`reminder_hours` must be a whole number from 0 to 720",
    "reminder_hours = -1": "`reminder_hours` must be a whole number from 0 to 720",
    "reminder_hours = 1.5": "`reminder_hours` must be a whole number from 0 to 720",
    "[requests]\nbuilds = 'always'": "`requests.builds` must be one of off, people, auto",
    "[requests]\nshare = 51": "`requests.share` must be a whole number from 0 to 50",
    "[requests]\nbisect_builds = 0": "`requests.bisect_builds` must be a whole number from 1",
    "[thresholds]\nconfidence = 0.1": "`thresholds.confidence` must be a number from 0.65 to 1",
    "[thresholds]\nconfidence = nan": "`thresholds.confidence` must be a number from 0.65 to 1",
    "[thresholds]\nnoise = 1": "`thresholds.noise` must be a number from 0 to 0.2",
    "[thresholds]\nfailures_needed = 0": "`thresholds.failures_needed` must be a whole number",
    "[thresholds]\nfailures_needed = 1.5": "`thresholds.failures_needed` must be a whole number",
    "[thresholds]\nquiet_after = 1": "`thresholds.quiet_after` is no setting",
    "[notices]\nirc = '#builds'": "`notices.irc` is no setting",
    "[notices]\nmail = ['a@example.org']": "`notices.mail` is no setting",
    "[notices]\nstates = []": "`notices.states` must name one at least",
    "[notices]\nbranches = []": "`notices.branches` must name one at least",
    "[notices]\nstates = ['red']": "`notices.states` must be one of open, fixed,",
    "[notices]\nbranches = ['a*b']": "`notices.branches` may hold * only at the end of a name",
    "a = 1\na = 2": "it is not TOML: ",
    "x = " + "[" * 5000: "its values are nested too deeply",
    ".".join("a" * 500) + " = 1": "a line holds more than 300 dots",
    "#" * (LARGEST + 1): f"it has {LARGEST + 1} bytes; at most {LARGEST} are read",
}


@pytest.mark.parametrize(("text", "words"), WRONG.items(), ids=range(len(WRONG)))
def test_what_is_wrong_is_named_and_nothing_of_the_file_is_used(text: str, words: str) -> None:
    parsed = parse_repository_settings(text.encode())
    assert [p[: len(words)] for p in parsed.problems] == [words]
    assert parsed.settings == NO_SETTINGS


def test_all_mistakes_are_named_at_once() -> None:
    text = "\n".join(("policy = 1", "page = 2", "[thresholds]", "noise = 3", "nois = 4"))
    assert len(parse_repository_settings(text.encode()).problems) == 4


def test_a_hostile_name_is_one_short_line() -> None:
    names = ("\\n@everyone " * 50, "`code`", "\\u202e")
    for name in names:
        (problem,) = parse_repository_settings(f'"{name}" = 1'.encode()).problems
        assert problem.isprintable()
        assert len(problem) < 150
        assert problem.count("`") == 2


def test_an_empty_file_changes_nothing() -> None:
    parsed = parse_repository_settings(b"# nothing yet\n")
    assert (parsed.settings, parsed.problems) == (NO_SETTINGS, ())


def test_a_preset_and_thresholds_of_ones_own() -> None:
    text = b'policy = "careful"\nreminder_hours = 48\n[thresholds]\nnoise = 0.01\n'
    settings = parse_repository_settings(text).settings
    policy = settings.make_policy(CAREFUL_POLICY)
    assert (policy.confidence, policy.noise) == (CAREFUL_POLICY.confidence, 0.01)
    assert policy.revert_after.total_seconds() == 48 * 3600


def test_a_subscription_that_is_not_offered_is_a_mistake() -> None:
    """It is named, with those that are; whatever its name is, it does nothing there."""
    text = b'[notices]\nsubscribe = ["core-devs", "`x` @all"]\n'
    assert parse_repository_settings(text).problems == (), "who only reads it does not ask"
    parsed = parse_repository_settings(text, ["core-devs", "chat"])
    words = "`notices.subscribe` names `?x? @all`; the service offers `chat`, `core-devs`"
    assert parsed.problems == (words,)
    assert parsed.settings == NO_SETTINGS
    assert "offers none" in parse_repository_settings(text, []).problems[0]
    taken = parse_repository_settings(b'[notices]\nsubscribe = ["chat"]', ["chat"])
    assert taken.settings.subscribed == {"chat"}


def test_labels_and_people_are_compared_as_github_compares_them() -> None:
    text = b'[opt_out]\nlabels = ["Skip Bots"]\nauthors = ["Dependabot[bot]"]\n'
    settings = parse_repository_settings(text).settings
    assert settings.opt_out_labels == {"skip bots"}
    assert settings.opt_out_authors == {"dependabot[bot]"}


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_settings_or_a_list_of_problems(content: bytes) -> None:
    parsed = parse_repository_settings(content)
    assert not parsed.problems or parsed.settings == NO_SETTINGS


_VALUES = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.text(), st.lists(st.text() | st.integers())
)


@given(st.sampled_from([row for row in ROWS if not row.section]), _VALUES)
def test_any_value_of_any_setting_is_taken_or_named(row: Row, value: object) -> None:
    """What JSON writes of these, TOML reads."""
    text = f"{row.name} = {json.dumps(value)}"
    problems = parse_repository_settings(text.encode()).problems
    assert all(len(problem) < 300 for problem in problems)


def test_a_list_without_end_is_refused() -> None:
    text = f"quiet_branches = {json.dumps(['x'] * (MOST_ITEMS + 1))}"
    assert parse_repository_settings(text.encode()).problems
