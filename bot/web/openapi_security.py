"""How one may call what needs a login, in the words of OpenAPI."""

from typing import Any

SECURITY: dict[str, Any] = {
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Hub-Signature-256",
        "description": "`sha256=` and the HMAC of the body with GITHUB_WEBHOOK_SECRET.",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "BUILDBOT_WEBHOOK_TOKEN"},
    "password": {"type": "http", "scheme": "basic", "description": "DASHBOARD_PASSWORD"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-nightswatch",
        "description": "Set by `/login/callback`; without `__Host-` where there is no https.",
    },
}
