"""The App asks for what it needs and nothing else; what GitHub tells of it is read once."""

import pytest

from bot.core.checks.github import _EVENTS, _TO_READ
from bot.core.errors import Malformed
from bot.core.payloads.app_manifest import make_manifest, parse_created_app

TOLD = {
    "id": 7,
    "slug": "watch",
    "html_url": "https://github.com/apps/watch",
    "client_id": "Iv1.7",
    "client_secret": "c-secret",
    "webhook_secret": "w-secret",
    "pem": "-----BEGIN RSA PRIVATE KEY-----",
}


def test_it_asks_for_what_doctor_looks_for() -> None:
    manifest = make_manifest("watch", "https://host/x", "http://127.0.0.1:9/created")
    permissions = manifest["default_permissions"]
    assert isinstance(permissions, dict)
    assert set(permissions) == {name for name, _ in _TO_READ}
    assert manifest["default_events"] == list(_EVENTS)
    assert manifest["public"] is False


def test_a_long_name_is_cut_to_what_github_takes() -> None:
    assert len(str(make_manifest("n" * 60, "https://h", "http://b")["name"])) == 34


def test_its_secrets_stay_out_of_what_is_shown() -> None:
    app = parse_created_app(TOLD)
    assert (app.app_id, app.private_key) == (7, TOLD["pem"])
    assert not any(secret in repr(app) for secret in ("c-secret", "w-secret", "BEGIN"))


@pytest.mark.parametrize("name", TOLD)
def test_an_answer_without_a_part_is_refused(name: str) -> None:
    told = {key: value for key, value in TOLD.items() if key != name}
    if name == "webhook_secret":  # an App without webhooks has none
        assert parse_created_app(told).webhook_secret is None
        return
    with pytest.raises(Malformed, match=name):
        parse_created_app(told)
