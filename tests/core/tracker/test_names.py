"""A failure under the names by which people tell of it."""

import pytest

from bot.core.model import Kind, Signature
from bot.core.tracker.names import describe_where, find_names


@pytest.mark.parametrize(
    ("site", "file", "test"),
    [
        ("test.test_ssl.BasicTests.test_basic", "test_ssl", "test_basic"),
        ("test.test_asyncio.test_sock.T.test_recv", "test_asyncio", "test_recv"),
        ("tests/unit/test_a.py::TestB::test_c[x-1]", "test_a", "test_c"),
        ("test_ssl", "test_ssl", ""),
        ("", "", ""),
    ],
)
def test_a_test_is_a_file_and_a_name_in_it(site: str, file: str, test: str) -> None:
    names = find_names(Signature("main", "regrtest", Kind.TEST_FAILURE, site, "boom"))
    assert (names.file, names.test) == (file, test)


def test_what_is_no_test_is_named_by_its_file() -> None:
    names = find_names(Signature("main", "gcc", Kind.COMPILE_ERROR, "Modules/_ssl.c", "error"))
    assert (names.file, names.test) == ("_ssl.c", "")


@pytest.mark.parametrize(
    ("builders", "where"),
    [
        (["AMD64 FreeBSD 3.x"], "AMD64 FreeBSD 3.x"),
        (["AMD64 FreeBSD 3.x", "ARM64 FreeBSD14 3.x"], "FreeBSD buildbots"),
        (["s390x Fedora", "s390x Debian"], "s390x buildbots"),
        (["AMD64 Debian", "ARM64 Fedora"], "some buildbots"),
    ],
)
def test_builders_are_named_by_what_they_share(builders: list[str], where: str) -> None:
    assert describe_where(builders) == where
