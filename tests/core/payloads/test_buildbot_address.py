"""Whatever a browser shows of a Buildbot leads to it."""

import pytest

from bot.core.errors import UserError
from bot.core.payloads.buildbot_address import list_candidates

H = "https://ci.example.org"

USUAL = ("/buildbot", "/all")

PASTED = {
    f"{H}": (H,),
    f"{H}/": (H,),
    f"{H}/#/builders/3/builds/45": (H,),
    f"{H}/buildbot/#/builders": (f"{H}/buildbot", H),
    f"{H}/buildbot/index.html#/": (f"{H}/buildbot", H),
    f"{H}/buildbot/api/v2/builders/3?limit=1": (f"{H}/buildbot", H),
    f"{H}/all/buildbot//": (f"{H}/all/buildbot", f"{H}/all", H),
    f" <{H}/x> ": (f"{H}/x", H),
    "ci.example.org/b": (f"{H}/b", H, "http://ci.example.org/b", "http://ci.example.org"),
    "localhost:8010": ("https://localhost:8010", "http://localhost:8010"),
    "http://[::1]:8010/#/": ("http://[::1]:8010",),
}


@pytest.mark.parametrize("pasted", PASTED)
def test_the_likeliest_address_comes_first(pasted: str) -> None:
    found = list_candidates(pasted)
    assert tuple(url for url in found if not url.endswith(USUAL) or url in pasted) == PASTED[pasted]
    assert len(set(found)) == len(found)


def test_of_a_trimmed_address_the_usual_folders_are_tried_last() -> None:
    assert list_candidates(H) == (H, f"{H}/buildbot", f"{H}/all")
    assert list_candidates(f"{H}/all/#/") == (f"{H}/all", H, f"{H}/buildbot")


WRONG = {
    "": "not the address of a Buildbot",
    "ftp://ci.example.org": "not the address of a Buildbot",
    "https://": "not the address of a Buildbot",
    "https://ci.example.org:x/": "not the address of a Buildbot",
    "our buildbot": "not the address of a Buildbot",
    "https://h/" + "a" * 3000: "not the address of a Buildbot",
    "https://me:hunter2@ci.example.org": "BUILDBOT_USERNAME",
}


@pytest.mark.parametrize("pasted", WRONG)
def test_what_is_none_is_said_to_be_none(pasted: str) -> None:
    with pytest.raises(UserError, match=WRONG[pasted]) as raised:
        list_candidates(pasted)
    assert "hunter2" not in str(raised.value)
