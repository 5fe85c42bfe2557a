"""Which builders an address asks for, and what is passed over with a note."""

import pytest

from bot.core.fleet.builder_record import BuilderRecord, RecentBuild
from bot.core.fleet.filters import filter_builders
from bot.core.model import BuildRef
from bot.core.model.build_results import Result
from tests.support.make_stored import MOMENT


def make_record(name: str, tags: str, worker: str) -> BuilderRecord:
    build = RecentBuild(BuildRef("bb", 1), 1, worker, None, Result.SUCCESS, MOMENT, MOMENT, "")
    return BuilderRecord(name, tuple(tags.split()), True, (build,))


FLEET = (
    make_record("AMD64 Debian 3.x", "stable tier-1 linux", "deb-1"),
    make_record("AMD64 Windows11 Refleaks 3.x", "stable tier-2", "win-1"),
    make_record("ARM64 macOS NoGIL 3.x", "unstable", "mac-1"),
    make_record("s390x RHEL9 LTO + PGO 3.x", "stable tier-10 linux", ""),
)


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({}, "0123"),
        ({"unknown": "word", "branch": "main"}, "0123"),
        ({"tier": "1"}, "0"),
        ({"tier": "none"}, "2"),
        ({"system": "Windows"}, "1"),
        ({"architecture": "x86-64"}, "01"),
        ({"configuration": "LTO"}, "3"),
        ({"tag": "linux"}, "03"),
        ({"worker": "mac-1"}, "2"),
        ({"q": " amd64 "}, "01"),
        ({"q": "<script>"}, ""),
        ({"tag": "linux", "tier": "1", "q": "DEB"}, "0"),
        ({"tag": "linux", "tier": "2"}, ""),
    ],
)
def test_the_builders_that_are_left(wanted: dict[str, str], left: str) -> None:
    found = filter_builders(FLEET, wanted)
    assert "".join(str(FLEET.index(builder)) for builder in found.builders) == left
    assert found.notes == ()


def test_what_fits_no_builder_is_passed_over_and_told() -> None:
    found = filter_builders(FLEET, {"system": "Plan 9", "tier": "<b>", "tag": "linux"})
    assert [FLEET.index(builder) for builder in found.builders] == [0, 3]
    assert found.chosen == {"tag": "linux"}
    assert [note.split("“")[0] for note in found.notes] == [
        "No builder here has the tier ",
        "No builder here has the system ",
    ]


def test_the_choices_are_what_there_is_in_the_order_of_people() -> None:
    found = filter_builders(FLEET, {"q": "nothing is called so"})
    assert found.choices["tier"] == ("1", "2", "10", "none")
    assert found.choices["configuration"] == ("free-threaded", "LTO", "PGO", "refleaks")
    assert found.choices["worker"] == ("deb-1", "mac-1", "win-1")
