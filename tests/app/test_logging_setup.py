"""What Sentry hears: enough to mend a bug, and never a secret.

A server of our own on loopback takes what the real client sends; then it is searched.
"""

import asyncio
import gzip
import json
import logging
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sentry_sdk
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot import __version__
from bot.app.logging_setup import MASK, find_sample_rate, make_redactor, start_sentry, trace_work
from bot.app.settings import SETTINGS, Settings
from bot.app.sweeps import TIMERS
from tests.clients.hubs import APP_KEY

log = logging.getLogger("tests.observe")


class FakeSentry:
    """Takes envelopes, and keeps them as they came."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                elif self.headers.get("Content-Encoding") == "deflate":
                    body = zlib.decompress(body)
                fake.raw.append(body)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def dsn(self) -> str:
        return f"http://publickey@127.0.0.1:{self._server.server_port}/1"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def items(self) -> list[tuple[str, dict[str, Any]]]:
        """What the envelopes hold: kinds and bodies."""
        found = []
        for raw in self.raw:
            lines = raw.split(b"\n")[1:]
            for head, body in zip(lines[::2], lines[1::2], strict=False):
                found.append((json.loads(head)["type"], json.loads(body)))
        return found


@pytest.fixture
def sentry() -> Iterator[FakeSentry]:
    fake = FakeSentry()
    yield fake
    sentry_sdk.flush(5)
    sentry_sdk.get_client().close()
    sentry_sdk.init()
    fake.stop()


DATABASE_URL = (
    "postgres://watcher:h%40nter%2F2%20hunter@database/watch"
    "?password=qu%65ry%3Apass&sslpassword=key+of%2Bkeys&sslmode=require"
)
# As people and drivers write these: with percent signs, without, in other places, driver changed.
PASSWORDS = (
    "h%40nter%2F2%20hunter", "h@nter/2 hunter", "h%40nter/2%20hunter", "h%40nter%2F2+hunter",
    "qu%65ry%3Apass", "query:pass", "query%3Apass", "key+of%2Bkeys", "key of+keys",
    "key%20of%2Bkeys", DATABASE_URL, DATABASE_URL.replace("postgres:", "postgresql+asyncpg:"),
)  # fmt: skip


def make_settings(dsn: str) -> Settings:
    values = {s.name: f"secret-of-{s.name.lower()}-0123456789" for s in SETTINGS if s.secret}
    del values["GITHUB_TOKEN"], values["DATABASE_PASSWORD"]
    values |= {
        "SENTRY_DSN": dsn,
        "BUILDBOT_URL": "http://127.0.0.1:1",
        "GITHUB_APP_ID": "1",
        "GITHUB_APP_PRIVATE_KEY": APP_KEY,
        "GITHUB_APP_CLIENT_ID": "Iv1.0123456789abcdef",
        "BUILDBOT_USERNAME": "watcher",
        "DATABASE_URL": DATABASE_URL,
    }
    return Settings.from_environ(values)


def test_no_secret_leaves(sentry: FakeSentry) -> None:
    """In messages, fields, breadcrumbs, tracebacks and transactions, whole or in part."""
    settings = make_settings(sentry.dsn)
    made = ["ghs_" + "a1B2" * 9, "eyJhbGciOi1.eyJpc3MiOi1.c2lnbmF0dXJl", "TWISTED_SESSION=0123ab"]
    secrets = [s for s in settings.secrets if s != sentry.dsn] + made
    secrets += [*PASSWORDS, APP_KEY.splitlines()[5], "bearer-of-something"]
    start_sentry(settings.sentry_dsn, settings.secrets, transactions=1.0)
    for secret in secrets:
        text = f"Bearer {secret}" if secret.startswith("bearer") else secret
        log.warning("a crumb %s", text, extra={"field": text, "nested": {text: [text]}})
        log.error("an error with %s", text, extra={"field": text})
        try:
            raise RuntimeError(f"failed with {text!r}")
        except RuntimeError:
            log.exception("a bug")
        with trace_work("build", "buildbot/1"):
            sentry_sdk.set_tag("told", text)
            with sentry_sdk.start_span(op="http", name=f"GET /?{text}"):
                pass
    sentry_sdk.flush(10)

    sent = b"\n".join(sentry.raw).decode()
    kinds = {kind for kind, _ in sentry.items}
    assert {"event", "transaction"} <= kinds
    assert MASK in sent
    leaked = [s for s in secrets if s in sent or json.dumps(s)[1:-1] in sent]
    assert leaked == []


def test_an_error_says_which_release_it_is_of(sentry: FakeSentry) -> None:
    start_sentry(sentry.dsn)
    log.error("key is stuck", extra={"key": "build/buildbot/45"})
    sentry_sdk.flush(5)
    ((kind, event),) = [item for item in sentry.items if item[0] == "event"]
    assert (kind, event["release"]) == ("event", f"nightswatch@{__version__}")
    assert event["extra"]["key"] == "build/buildbot/45"


@pytest.mark.parametrize("name", [timer.key.name for timer in TIMERS])
def test_a_sweep_checks_in_and_a_failed_one_says_so(sentry: FakeSentry, name: str) -> None:
    """A sweep that no longer runs raises no error: only its silence tells."""
    start_sentry(sentry.dsn)
    with trace_work("sweep", name):
        pass
    with pytest.raises(ValueError, match="no"), trace_work("sweep", name):
        raise ValueError("no")
    with pytest.raises(asyncio.CancelledError), trace_work("sweep", name):
        raise asyncio.CancelledError  # a restart, or a lease that was lost: nothing failed
    sentry_sdk.flush(5)
    checks = [body for kind, body in sentry.items if kind == "check_in"]
    assert [c["status"] for c in checks] == ["ok", "error"]
    assert {c["monitor_slug"] for c in checks} == {f"sweep-{name}"}
    assert checks[0]["monitor_config"]["schedule"]["type"] == "interval"


def test_scrapes_and_probes_are_never_traced() -> None:
    class Request:
        path = "/metrics"

    assert find_sample_rate({"aiohttp_request": Request}, 0.5) == 0
    assert find_sample_rate({}, 0.5) == 0.5


def test_the_scrubber_leaves_all_else_as_it_is() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    scrub = make_redactor([pem, "p4ssword"])
    kept = {"a": [1, None, True, 2.5, ("x", b"y")], "url": "http://127.0.0.1:8010/api/v2/builds/1"}
    assert scrub(kept) == {**kept, "a": [1, None, True, 2.5, ["x", "y"]]}
    assert pem.splitlines()[3] not in scrub(f"line {pem.splitlines()[3]} of it")
    assert scrub({"p4ssword": "my p4ssword"}) == {MASK: f"my {MASK}"}
    assert make_redactor([])("nothing") == "nothing"
