"""What a test printed of its environment must not stand in a public comment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import read_log, reading_as_json
from bot.logs.secrets import mask_secrets

SECRETS = [
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2" * 12,
    "glpat-" + "a1B2" * 6,
    "AKIA" + "ABCD1234" * 2,
    "xoxb-123456789012-123456789012-" + "aB3d" * 6,
    "sk_live_" + "a1B2" * 7,
    "npm_" + "a1B2" * 9,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "SG." + "a1B2c3D4e5" * 2 + "fg." + "a1B2c3D4e5" * 4 + "abc",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("frame", ["{}", "AssertionError: got {}", "'{}'", "x={} y"])
def test_tokens_of_known_services(secret: str, frame: str) -> None:
    assert secret not in mask_secrets(frame.format(secret))


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("fatal: unable to access 'https://joe:hunter22@example.org/x'", "hunter22"),
        ("git clone https://0123456789abcdef0123@github.com/a/b", "0123456789abcdef0123"),
        ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
        ("'AWS_SECRET_ACCESS_KEY': 'wJalrXUtnFEMI/K7MDENG/bPxRfiCY'", "wJalrXUtnFEMI"),
        ("DB_PASSWORD=correcthorse", "correcthorse"),
        ("environ({'MY_TOKEN': 'abc123def456'})", "abc123def456"),
        ("password: hunter2222", "hunter2222"),
        ("-----BEGIN RSA PRIVATE KEY-----MIIEow", "MIIEow"),
        ("MIIEowIBAAKCAQEA0Z3VS5JJcds3xfn" + "aB1c" * 9, "MIIEowIBAAKCAQEA0Z3VS5JJcds3xfn"),
    ],
)
def test_passwords_in_addresses_headers_and_environments(text: str, secret: str) -> None:
    assert secret not in mask_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "AssertionError: 41 != 42",
        "error: unexpected token: identifier",
        "token = next(lexer)",
        "SyntaxError: invalid token (a.py, line 3)",
        '  File "/home/b/build/Lib/test/test_secrets.py", line 3, in test_token_bytes',
        "https://docs.python.org/3/library/secrets.html",
        "test_password_reset (test.test_x.T.test_password_reset) ... FAIL",
        "==29951==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000014",
        "======================================================================",
        "#0 0x55674fbc3343 in main /home/b/t.c:2:24 (BuildId: ee267ec77feb97d68f070db103e9b7b8)",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    """A comment full of stars explains nothing."""
    assert mask_secrets(text) == text


@given(st.text(max_size=300))
def test_masking_again_changes_nothing(text: str) -> None:
    once = mask_secrets(text)
    assert mask_secrets(once) == once


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_of_a_reading_holds_a_secret(secret: str) -> None:
    """Message, excerpt, command and reproduce: all of them are shown to people."""
    log = f"""/bin/sh -c 'TOKEN={secret} ./python -m test {secret}'
FAIL: test_a (test.test_x.Xs.test_a)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/b/build/Lib/test/test_x.py", line 3, in test_a
AssertionError: {secret}

----------------------------------------------------------------------
Ran 1 test in 0.001s
"""
    assert secret not in str(reading_as_json(read_log([log.encode()])))
