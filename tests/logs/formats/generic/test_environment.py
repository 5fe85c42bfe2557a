"""Where a build ran, by what its tools print before they begin."""

import pytest

from bot.core.model import Reading
from bot.logs import merge_readings, read_log

REGRTEST = """\
== CPython 3.13.0 (main, Oct 7 2024) [GCC 12.2.0]
== Linux-6.18.44-x86_64-with-glibc2.36 little-endian
== Python build: debug
"""
PYTHONINFO = """\
Python debug information
========================

CC.version: gcc (Debian 12.2.0-14) 12.2.0
datetime.datetime.now: 2026-03-02 11:00:00
os.cpu_count: 8
os.environ[API_TOKEN]: ghp_0123456789abcdefghijABCDEFGHIJ012345
platform.platform: Linux-6.1.0-18-amd64-x86_64-with-glibc2.36
ssl.OPENSSL_VERSION: OpenSSL 3.0.13 30 Jan 2024
"""


def read(text: str) -> Reading:
    return read_log([text.encode()])


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        (
            REGRTEST,
            {
                "python": "3.13.0",
                "compiler": "GCC 12.2.0",
                "system": "Linux-6.18.44-x86_64-with-glibc2.36",
            },
        ),
        (
            "== CPython 3.6.15 (default, May 9 2026)\n== not a system at all, but words\n",
            {"python": "3.6.15"},
        ),
        (
            "platform linux -- Python 3.12.1, pytest-8.1.1, pluggy-1.5.0\n",
            {"system": "linux", "python": "3.12.1"},
        ),
        (
            (
                "-- The C compiler identification is GNU 12.2.0\n"
                "-- The CXX compiler identification is Clang 17.0.6\n"
            ),
            {"C compiler": "GNU 12.2.0", "CXX compiler": "Clang 17.0.6"},
        ),
        (
            'C compiler for the host machine: cc (gcc 12.2.0 "cc (Debian) 12.2.0")\n',
            {"C compiler": 'gcc 12.2.0 "cc (Debian) 12.2.0"'},
        ),
        (
            PYTHONINFO,
            {
                "CC.version": "gcc (Debian 12.2.0-14) 12.2.0",
                "os.cpu_count": "8",
                "platform.platform": "Linux-6.1.0-18-amd64-x86_64-with-glibc2.36",
                "ssl.OPENSSL_VERSION": "OpenSSL 3.0.13 30 Jan 2024",
            },
        ),
        ("nothing of the kind\n", {}),
    ],
)
def test_tools_say_where_they_run(text: str, environment: dict[str, str]) -> None:
    assert dict(read(text).environment) == environment
    assert read(text).failures == ()


def test_what_a_test_prints_later_counts_for_nothing() -> None:
    evil = "== CPython 9.9 (evil) [EvilC 1.0]\nC compiler for the host machine: x (evil)\n"
    found = dict(read(REGRTEST + evil * 3).environment)
    assert (found["python"], found["compiler"]) == ("3.13.0", "GCC 12.2.0")


def test_the_steps_of_a_build_tell_of_one_machine() -> None:
    both = merge_readings([("info/stdio", read(PYTHONINFO)), ("test/stdio", read(REGRTEST))])
    found = dict(both.environment)
    assert (found["os.cpu_count"], found["compiler"]) == ("8", "GCC 12.2.0")


def test_a_value_is_short_and_holds_no_secret() -> None:
    long = read(f"CC.version: gcc {'x' * 5000}\n")
    assert len(dict(long.environment)["CC.version"]) == 200
    token = read("CC.version: gcc ghp_0123456789abcdefghijABCDEFGHIJ012345\n")
    assert "ghp_" not in dict(token.environment)["CC.version"]
