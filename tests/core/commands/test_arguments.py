"""What the words of a command mean: they choose among what is known, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.commands.arguments import (
    find_builders,
    find_commit,
    find_culprit_incident,
    find_incidents_of_pull,
    find_tests,
)
from bot.core.model import Incident, IncidentState, RegressionRange, Suspect
from tests.support.make_observations import make_line, make_signature, sha
from tests.support.make_stored import make_incident

LINE = make_line(("a", 100), ("b", 101), ("c", 102), ("d", 103))
SSL = make_incident("ssl1", signatures=(make_signature("test_ssl.TlsTests.test_read"),), pull=101)
ZIP = make_incident("zip2", 1, signatures=(make_signature("tests/zip/test_zip.py::test_w"),))
BOTH = (SSL, ZIP)


def names(incidents: list[Incident] | tuple[Incident, ...]) -> list[str]:
    return [incident.id for incident in incidents]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("test_ssl", ["ssl1"]),
        ("`TEST_SSL.TlsTests.test_read`", ["ssl1"]),
        ("test_read", ["ssl1"]),
        ("test_w", ["zip2"]),
        ("zip", ["zip2"]),
        ("tests/zip/test_zip.py::test_w", ["zip2"]),
        ("ssl", []),  # only a part between dots will do
        ("", []),
        ("*", []),
    ],
)
def test_a_test_is_known_by_its_name_or_a_part_of_it(words: str, found: list[str]) -> None:
    assert names(find_tests(BOTH, words)) == found


def test_a_builder_is_known_by_its_whole_name() -> None:
    assert names(find_builders(BOTH, "amd64 debian")) == ["ssl1", "zip2"]
    assert find_builders(BOTH, "AMD64") == []


@pytest.mark.parametrize(
    ("words", "found"),
    [("#102", "c"), (sha("B").upper(), "b"), ("bbbb", "b"), ("#7", None), ("", None), ("x", None)],
)
def test_a_commit_is_named_by_its_sha_or_its_pull(words: str, found: str | None) -> None:
    commit = find_commit(LINE, words)
    assert (commit.sha if commit else None) == (sha(found) if found else None)
    assert find_commit(None, words) is None


def test_the_beginning_of_two_commits_names_neither() -> None:
    line = replace(LINE, commits=(LINE.commits[0], replace(LINE.commits[1], sha="a" * 39 + "b")))
    assert find_commit(line, "aaaa") is None


# ---------------------------------------------------------------- which incident


def test_what_was_announced_here_belongs_here_though_it_accuses_another() -> None:
    moved = replace(SSL, pull=103)
    assert names(find_incidents_of_pull(101, [moved], announced=["ssl1"])) == ["ssl1"]
    assert find_incidents_of_pull(101, [moved], announced=[]) == ()


def test_open_ones_come_first_and_of_those_the_newest() -> None:
    old, new = (replace(i, pull=101) for i in BOTH)
    over = replace(new, id="over", state=IncidentState.FIXED)
    assert names(find_incidents_of_pull(101, [over, old, new], [])) == ["zip2", "ssl1", "over"]


def test_who_is_only_suspected_is_asked_of_where_nobody_is_accused() -> None:
    """A twentieth fits; less is anybody."""
    doubtful = replace(ZIP, suspects=(Suspect(sha("b"), 101, 0.05),))
    unlikely = replace(ZIP, id="far", suspects=(Suspect(sha("b"), 101, 0.04),))
    assert names(find_incidents_of_pull(101, [doubtful, unlikely], [])) == ["zip2"]
    assert names(find_incidents_of_pull(101, [SSL, doubtful], [])) == ["ssl1"]


# ---------------------------------------------------------------- which culprit

RED_AT_C = replace(ZIP, range=RegressionRange(sha("a"), sha("c")))


def test_a_culprit_is_a_commit_that_was_there_when_it_broke() -> None:
    found = find_culprit_incident([RED_AT_C], {"main": LINE}, "#101", None)
    assert found == (RED_AT_C, LINE.commits[1])


@pytest.mark.parametrize(
    ("words", "chosen", "told"),
    [
        ("#103", None, "came after the first red build"),
        ("#999", None, "No such commit"),
        ("#101", "nope", "No such incident"),
    ],
)
def test_what_cannot_be_the_culprit_is_said(words: str, chosen: str | None, told: str) -> None:
    found = find_culprit_incident([RED_AT_C], {"main": LINE}, words, chosen)
    assert isinstance(found, str)
    assert told in found


def test_of_two_incidents_the_one_that_suspects_the_commit_is_meant() -> None:
    other = replace(RED_AT_C, id="other", opened_at=ZIP.opened_at + timedelta(hours=1))
    lines = {"main": LINE}
    assert find_culprit_incident([RED_AT_C, other], lines, "#101", None) is None
    suspects = (Suspect(sha("b"), 101, 0.5),)
    meant = replace(RED_AT_C, suspects=suspects)
    found = find_culprit_incident([meant, other], lines, "#101", None)
    assert found == (meant, LINE.commits[1])
    chosen = find_culprit_incident([RED_AT_C, other], lines, "#101", "oth")
    assert chosen == (other, LINE.commits[1])
