"""What a test printed of its environment must not stand in a public comment."""

import re
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.logs import read_log, reading_as_json
from bot.logs.redaction.secrets import redact_command, redact_name, redact_text

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
    assert secret not in redact_text(frame.format(secret))


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
        ("b'MIIEowIBAAKCAQEA0Z3VS5JJcds3xfn" + "aB1c" * 9 + "\\n'", "MIIEowIBAAKCAQEA"),
        ("AwEHoUQDQgAE8xOUetsCa8EfOlDEBAfREhJqspDoyEh6Szz2+/x=", "AwEHoUQDQgAE8xO"),
        ("'-----BEGIN EC PRIVATE KEY-----\\nMHcCAQ\\n-----END EC PRIVATE KEY-----'", "MHcCAQ"),
        ("psql: postgres://joe:hunter22@db/x failed", "hunter22"),
        ("redis://:hunter22@cache:6379/0", "hunter22"),
        ("amqp://joe:hun@ter22@mq/x", "ter22"),
        ("mongodb+srv://joe:hun/ter22@db.example.org/x", "ter22"),
        ("ftp://joe:swordfish@example.org", "swordfish"),
        ("dsn=https://0123456789abcdef0123456789abcdef@o1.ingest.example.org/2", "0123456789abc"),
        ("curl --password swordfish https://x", "swordfish"),
        ("tool --token swordfish --verbose", "swordfish"),
        ("tool --db-password=swordfish -v", "swordfish"),
        ("tool --api-key 'sword fish'", "sword"),
        ("[b'tool', b'--password', b'swordfish']", "swordfish"),
        ("keytool -storepass swordfish -list", "swordfish"),
        ("curl -u joe:swordfish https://x", "swordfish"),
        ("curl -s --user joe:swordfish https://x", "swordfish"),
        ("['curl', '-u', 'joe:swordfish']", "swordfish"),
        ("sshpass -p swordfish ssh joe@host", "swordfish"),
        ("sshpass -pswordfish ssh joe@host", "swordfish"),
        ("docker login -u joe -p swordfish registry", "swordfish"),
        ("[b'docker', b'login', b'-p', b'swordfish']", "swordfish"),
        ("mysqldump -uroot -pswordfish db", "swordfish"),
        ("redis-cli -h x -a swordfish ping", "swordfish"),
        ("machine example.org login joe password swordfish", "swordfish"),
        ("npm config set //reg.example/:_authToken swordfish", "swordfish"),
        ("<server><password>swordfish</password></server>", "swordfish"),
        ("TOKEN=swordfish make", "swordfish"),
        ("DB_PASS=swordfish", "swordfish"),
        ("  PGPASSWORD=swordfish", "swordfish"),
        ("PGPASS=swordfish psql", "swordfish"),
        ("export SIGNING_KEY=swordfish", "swordfish"),
        ('declare -x DEPLOY_KEY="sword, fish"', "fish"),
        ("MY_TOKEN: swordfish", "swordfish"),
        ("//registry.npmjs.org/:_authToken=swordfish", "swordfish"),
        ("_auth = am9lOnN3b3JkZmlzaDEyMw==", "am9lOnN3b3JkZ"),
        ("environ({'DB_PASS': b'swordfish', 'HOME': '/root'})", "swordfish"),
        ("Cookie: sessionid=38afes7a8; csrf=abcdefgh", "38afes7a8"),
        ("Cookie: sessionid=38afes7a8; csrf=abcdefgh", "abcdefgh"),
        ("< Set-Cookie: id=a3fWa; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "a3fWa"),
        ("{'Cookie': 'sessionid=38afes7a8; csrf=abcdefgh'}", "abcdefgh"),
        ('Authorization: Digest username="joe", nonce="abc", response="6629fae49393a053"', "6629f"),
        ("curl -H 'Authorization: Basic am9lOnN3b3JkZmlzaA==' https://x", "am9lOnN3"),
        ("headers={'Authorization': 'token swordfish12'}", "swordfish12"),
        ("(b'authorization', b'Bearer swordfish12')", "swordfish12"),
        ("GET https://x.blob.core.windows.net/a?sv=2022&sig=a1B2c3D4%2Bx%3D&se=3", "a1B2c3D4"),
        ("GET https://b.s3.amazonaws.com/k?X-Amz-Signature=0123456789abcdef01", "0123456789abcdef"),
        ("GET https://x/?access_token=swordfish&page=2", "swordfish"),
        ("password: swordfish", "swordfish"),
        ("secret = swordfish", "swordfish"),
        ("client_secret='sword, fish; and more'", "more"),
        ("clientSecret: 'swordfish',", "swordfish"),
        ('{"db": {"password": "sword, fish", "port": 5432}}', "fish"),
        ('"{\\"password\\": \\"sword fish\\"}"', "fish"),
        ('{"name": "DB_PASSWORD", "value": "sword fish"}', "fish"),
        ("Server=db;User Id=joe;Password=swordfish;Timeout=3", "swordfish"),
        ("Server=db;Uid=joe;Pwd=swordfish1;", "swordfish1"),
        ("auth=('joe', 'swordfish')", "swordfish"),
        ("requests.get(url, password='swordfish')", "swordfish"),
        ("POST https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXabcd1234", "abcd1234"),
    ],
)
def test_passwords_in_addresses_headers_and_environments(text: str, secret: str) -> None:
    assert secret not in redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "AssertionError: 41 != 42",
        "error: unexpected token: identifier",
        "token = next(lexer)",
        "KeyError: 'token'",
        "KeyError: 'password'",
        "AssertionError: {'key': 'value'} != {'key': 'other'}",
        "AssertionError: {'token': 'if', 'line': 3} != {'token': 'else', 'line': 3}",
        "assert dict(key='value', sort_key='name') == {}",
        "TypeError: login() missing 1 required positional argument: 'password'",
        "error: argument --password: expected one argument",
        "usage: tool [--password PASSWORD] [--token TOKEN]",
        "tool: error: the --token option is required",
        "ValueError: password: must not be empty",
        "password: required",
        "password=None, token=None, secret=''",
        "self.password = password",
        "password = getpass.getpass()",
        "def login(user: str, password: str) -> bool:",
        "PASS: test_x",
        "XPASS: test_y (3 of 5)",
        "PASSED=3 FAILED=2",
        "PWD=/home/joe/build",
        "OLDPWD=/home/joe",
        "SSH_AUTH_SOCK=/tmp/ssh-XXXXXX/agent.1",
        "PASSWORD_FILE=/run/x",
        "token_type: identifier",
        "unexpected token: ';'",
        "SyntaxError: Unexpected token < in JSON at position 0",
        "test_password=ok",
        "TestToken.test_key: FAIL",
        "KEY=value MONKEY=1 COMPASS=north",
        "    TOKEN_PLUS = 3,",
        "docker run -u 1000:1000 -p 8080:80 image",
        "./python -u -W error -m test -u network,cpu -p x",
        "--token $TOKEN --password ${DB_PASS}",
        "DB_PASS=$DB_PASS",
        "mkdir -p build && mysql -u root -h localhost",
        "https://example.org:8080/a@b and http://[::1]:8080/",
        "GET https://registry.npmjs.org/@types/node",
        "npm ERR! 404 http://localhost:4873/@scope/name",
        "git@github.com:a/b.git",
        "author: Joe <joe@example.org>",
        "AssertionError: signature: (a, b) -> int != (a) -> int",
        "inspect.Signature: signature=(x: int)",
        "cookie jar is empty",
        "AssertionError: 'Cookie' not found in {'Host': 'x'}",
        "0123456789abcdef0123456789abcdef01234567",
        "src/Core/Http2/Connection/Handler.java",
        "session: 3 tests",
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
    assert redact_text(text) == text


_WORDS = st.from_regex(r"[a-zA-Z][A-Za-z0-9_!%-]{7,20}", fullmatch=True).filter(
    lambda word: len(set(word)) > 3
)
_FRAMES = [
    "DB_PASS={}", "X_TOKEN: {}", "PGPASSWORD={} psql", "tool --password {} -v", "--token={}",
    "postgres://joe:{}@db/x", "password={}", "secret: {}", "'api_key': '{}'", '"password": "{}, x"',
    "Authorization: Bearer {}", "Cookie: a={}; b=c", "sshpass -p {} ssh", "curl -u joe:{} x",
    "[b'x', b'--password', b'{}']", ":_authToken={}", "b'DB_PASSWORD': b'{}'",
]  # fmt: skip


@given(word=_WORDS, frame=st.sampled_from(_FRAMES))
@example(word="swordfish", frame="secret: {}")
def test_any_word_in_the_place_of_a_secret_is_masked(word: str, frame: str) -> None:
    """Property, one way: people choose words that no detector tells from others."""
    assert word not in redact_text(frame.format(word))


_NAMES = st.from_regex(r"[a-z]{3,9}(_[a-z]{2,8})?", fullmatch=True).filter(
    lambda name: not re.search(r"pass|pwd|pw$|secret|token|cred|auth|cook|sess|jwt|sig|key", name)
)


@given(name=_NAMES, value=st.from_regex(r"[A-Za-z0-9_./-]{1,30}", fullmatch=True))
def test_what_has_no_telling_name_stays(name: str, value: str) -> None:
    """Property, the other way: most of what is assigned and said is no secret."""
    for text in (
        f"{name}={value[:10]}",
        f"{{'{name}': '{value[:10]}'}}",
        f"AssertionError: {name}",
    ):
        assert redact_text(text) == text


@pytest.mark.parametrize(
    "piece",
    ["eyJ", "a", "password", "password=", "'", "x://", "x://a:", "Cookie: ", "-u a:", "_", "\\\\",
     "docker login ", "-p ", "mysql ", "auth=('", "name='", "-----BEGIN ", "name: 'a', value: '",
     "A1a/", "Authorization: Digest ", "--password", "key" * 3 + "'"],
)  # fmt: skip
def test_no_line_takes_long(piece: str) -> None:
    """A line is read to 4096 letters; 25 of each of 2000 failures may be masked."""
    line = piece * (4096 // len(piece))
    started = process_time()
    redact_text(line)
    assert process_time() - started < 0.1


_PIECES = [*_FRAMES, *SECRETS, "swordfish", "***", "'", '"', ": ", "=", " ", "{", "}", "token", "@"]


@given(st.lists(st.sampled_from(_PIECES), max_size=8).map("".join))
def test_masking_a_mixture_again_changes_nothing(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once


@given(st.text(max_size=300))
def test_masking_again_changes_nothing(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once


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


TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345"


def test_the_name_of_a_test_may_carry_a_secret() -> None:
    """A parametrised id is made of its values, and stands in comments, tables and commands."""
    text = (
        f"/bin/sh -c 'API_TOKEN={TOKEN} python -m pytest'\n in dir /w/{TOKEN} (timeout 9 secs)\n"
        "============ FAILURES ============\n"
        f"____________ test_login[{TOKEN}] ____________\n"
        "\n>   assert False\nE   AssertionError\n\n"
        f"/x/{TOKEN}/test_a.py:3: AssertionError\n"
        "=========== short test summary info ===========\n"
        f"FAILED test_a.py::test_login[{TOKEN}] - AssertionError\n"
        "======== 1 failed in 0.1s ========\n"
    )
    reading = read_log([text.encode()])
    assert reading.tests == ("test_a.py::test_login[***]",)
    assert reading.reproduce is not None
    assert "ghp_" not in repr(reading)


def test_what_was_not_reached_and_notes_are_masked() -> None:
    """They are lines of the log as well."""
    text = (
        f"Using random seed: 1\n0:00:00 [1/3] test_a\n1 test omitted:\n    test_{TOKEN}\n"
        "\n== Tests result: INTERRUPTED ==\n"
    )
    reading = read_log([text.encode()])
    assert reading.runs[0].not_reached is not None
    assert "ghp_" not in repr(reading)


def test_a_key_in_a_script_is_masked_line_by_line() -> None:
    """A step may write its key by a heredoc."""
    key = "MIIEpAIBAAKCAQEA" + "aB3d+/9Z" * 6
    script = (
        f"cat > k <<E\n-----BEGIN RSA PRIVATE KEY-----\n{key}\n-----END RSA PRIVATE KEY-----\nE"
    )
    assert key not in redact_command(script)
    assert redact_command(script).startswith("cat > k")


@pytest.mark.parametrize(
    "name",
    [
        "TestSuite1/SubCase2/WithAVeryLongName3",
        "test.test_ssl.SimpleTests.test_password_file",
        "LLVM :: CodeGen/X86/token-factor.ll",
        "tests/test_auth.py::test_token[none-True]",
    ],
)
def test_an_ordinary_name_stays(name: str) -> None:
    """A masked name is nobody's test: two of them would be one failure."""
    assert redact_name(name) == name
