"""The same failure must meet itself on another builder; two failures must not meet."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.failures.paths import make_path
from bot.core.failures.signature import make_signature
from bot.core.model import Failure, Kind


def make_failure(
    message: str,
    test: str | None = "test.test_ssl.Ssl.test_read",
    kind: Kind = Kind.TEST_FAILURE,
    location: str | None = None,
) -> Failure:
    return Failure(suite="regrtest", kind=kind, test=test, message=message, location=location)


def test_the_site_is_the_test_or_else_the_file() -> None:
    """A line number moves with every commit above it, and would make a new failure each time."""
    failure = make_failure("error: x", test=None, location="src/net.cpp:3")
    assert make_signature("main", failure).site == "src/net.cpp"
    assert make_signature("main", make_failure("x")).site == "test.test_ssl.Ssl.test_read"
    assert make_signature("main", make_failure("x", test=None, location="Makefile")).site == (
        "Makefile"
    )
    assert make_signature("main", make_failure("x", test=None)).site == ""


def test_a_leak_of_another_size_is_the_same_leak() -> None:
    """Counts of references differ from run to run."""
    one = make_failure("test_x leaked [12, 12, 12] references, sum=36", kind=Kind.REFLEAK)
    other = make_failure("test_x leaked [13, 14, 12] references, sum=39", kind=Kind.REFLEAK)
    assert make_signature("main", one) == make_signature("main", other)


def test_branch_suite_and_kind_are_part_of_the_name() -> None:
    """A crash and a failed assertion of one test are two failures."""
    one = make_signature("main", make_failure("x"))
    assert one != make_signature("3.13", make_failure("x"))
    assert one != make_signature("main", make_failure("x", kind=Kind.CRASH))


FILE = "Objects/dictobject.c"
ROOTS = [
    "/buildbot/x/build/",
    "/var/lib/buildbot/workers/3.x.joe-debian/build/",
    "C:\\buildbot\\x\\build\\",
    "d:/a b/src/",
    "/home/joe/src/cpython/",
    "/Users/joe smith/cpython/",
    "/home/joe/build/../src/",
    "../",
    "../../",
    "..\\",
    "./",
    ".//",
    "",
]
PLACES = [":3", ":3:9", "", "(3)", "(3,9)", ":123:45"]


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("place", PLACES)
def test_one_error_has_one_site_on_every_builder(root: str, place: str) -> None:
    """Otherwise each builder red for one broken file would be an incident of its own."""
    windows = "\\" in root
    path = root + (FILE.replace("/", "\\") if windows else FILE)
    failure = make_failure("error: x", test=None, location=path + place)
    assert make_signature("main", failure).site == FILE


_NAME = st.from_regex(r"[A-Za-z][a-z0-9_-]{0,8}", fullmatch=True)
_FILES = st.lists(_NAME, min_size=2, max_size=4).map(lambda parts: "/".join(parts) + ".c")


def find_site(location: str) -> str:
    return make_signature("main", make_failure("x", test=None, location=location)).site


@given(file=_FILES, one=st.sampled_from(ROOTS), other=st.sampled_from(ROOTS))
def test_any_file_has_one_site_under_any_root(file: str, one: str, other: str) -> None:
    """Property, one way."""
    assert find_site(one + file + ":3") == find_site(other + file + ":77:1")


@given(one=_FILES, other=_FILES, root=st.sampled_from(ROOTS))
@example(one="src/a.c", other="src/b.c", root="../")
@example(one="a/x.c", other="b/x.c", root="/home/joe/src/")
def test_two_files_have_two_sites(one: str, other: str, root: str) -> None:
    """Property, the other way: files are told apart by their names and their folders'."""
    same = one.split("/")[-2:] == other.split("/")[-2:]
    if not {"build", "Lib"} & {*one.split("/"), *other.split("/")}:
        assert (find_site(root + one) == find_site(root + other)) == same


@given(st.text(max_size=60))
def test_a_site_of_a_site_is_itself(location: str) -> None:
    """Stored failures are signed again when history is rebuilt."""
    assert make_path(make_path(location)) == make_path(location)


@pytest.mark.parametrize(
    ("path", "directory", "shown"),
    [
        ("/b/w/build/Objects/x.c", None, "Objects/x.c"),
        ("/home/joe/cpython/Objects/x.c", "/home/joe/cpython", "Objects/x.c"),
        ("C:\\b\\w\\Objects\\x.c", "C:\\b\\w", "Objects/x.c"),
        ("/usr/include/c++/12/bits/x.h", "/home/joe/cpython", "/usr/include/c++/12/bits/x.h"),
        ("../Objects/x.c", "/b/w/build/debug", "Objects/x.c"),
        ("/usr/lib/python3.12/test/test_x.py", None, "test/test_x.py"),
        ("/opt/cpython/Lib/test/test_x.py", None, "Lib/test/test_x.py"),
        ("x.c", None, "x.c"),
        ("", None, ""),
    ],
)
def test_people_see_paths_relative_to_the_tree(
    path: str, directory: str | None, shown: str
) -> None:
    """And whole, where the tree is not known: a system's header is to be found."""
    assert make_path(path, directory) == shown
