"""Two builders print one file under two roots; it is one file all the same."""

import pytest

from bot.core.failures.paths import make_path, make_short_path, strip_roots


@pytest.mark.parametrize(
    ("path", "directory", "expected"),
    [
        ("/home/worker/build/Lib/ssl.py", None, "Lib/ssl.py"),
        ("/srv/bb/amd64/build/src/main.c", None, "src/main.c"),
        ("C:\\worker\\build\\Lib\\ssl.py", None, "Lib/ssl.py"),
        ("/usr/lib/python3.12/ssl.py", None, "ssl.py"),
        ("/opt/tree/src/main.c", "/opt/tree", "src/main.c"),
        ("../src/main.c", None, "src/main.c"),
        ("./Modules/_ssl.c", None, "Modules/_ssl.c"),
        ("src//a/../main.c", None, "src/main.c"),
        ("", None, ""),
    ],
)
def test_a_path_is_of_the_source_tree(path: str, directory: str | None, expected: str) -> None:
    assert make_path(path, directory) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/one/checkout/src/net/main.c", "net/main.c"),
        ("/work/two/src/net/main.c", "net/main.c"),
        ("D:\\a\\src\\net\\main.c", "net/main.c"),
        ("main.c", "main.c"),
        ("/", ""),
    ],
)
def test_two_builders_agree_on_the_last_parts(path: str, expected: str) -> None:
    assert make_short_path(path) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("No such file: '/home/a/x/data.txt'", "No such file: '/srv/b/x/data.txt'"),
        ("at C:\\a b\\x\\main.c:3", "at D:\\c\\x\\main.c:3"),
        ("/tmp/pytest-of-a/pytest-3/test0/x", "/private/tmp/pytest-of-b/pytest-91/test0/x"),
        ("cannot open /tmp/tmpab12cd34/out", "cannot open /var/tmp/tmpzz99yy88/out"),
        ("file:///home/a/x/y.txt", "file:///srv/x/y.txt"),
        ("../src/main.c: error", "src/main.c: error"),
    ],
)
def test_a_message_is_the_same_on_every_builder(one: str, other: str) -> None:
    assert strip_roots(one) == strip_roots(other)


@pytest.mark.parametrize(
    "text", ["1/2 of all", "and/or", "GET /index.html", "https://example.org/a/b/c", "a / b / c"]
)
def test_what_only_looks_like_a_path_is_left(text: str) -> None:
    assert strip_roots(text) == text
