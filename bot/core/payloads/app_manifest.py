"""A GitHub App by its manifest: what we ask GitHub to make, and what it tells of what it made.

In: our address and a name, or GitHub's answer. Out: the manifest as JSON, or a `CreatedApp`. The
shipped `docs/github-app.json` is made from here, too. Source:
https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from dataclasses import dataclass, field

from bot.core.payloads.fields import Field

APP_NAME = "nightswatch"
# https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app
LONGEST_APP_NAME = 34
PERMISSIONS = {"contents": "read", "metadata": "read", "pull_requests": "write"}
EVENTS = ("issue_comment", "pull_request", "push")

_LONGEST_KEY = 20_000


@dataclass(frozen=True, slots=True)
class CreatedApp:
    """An App that GitHub made; its secrets are told this once."""

    app_id: int
    slug: str
    address: str  # its page on GitHub
    client_id: str
    client_secret: str = field(repr=False)
    webhook_secret: str | None = field(repr=False)
    private_key: str = field(repr=False)


def make_manifest(name: str, public_url: str, redirect_url: str) -> dict[str, object]:
    """What GitHub is asked to make, for a service at `public_url`.

    The browser comes back to `redirect_url` when it was made.
    """
    return {
        "name": name[:LONGEST_APP_NAME],
        "url": public_url,
        "hook_attributes": {"url": f"{public_url}/github", "active": True},
        "redirect_url": redirect_url,
        "callback_urls": [f"{public_url}/login/callback"],
        "public": False,
        "default_permissions": dict(PERMISSIONS),
        "default_events": list(EVENTS),
    }


def parse_created_app(json: object) -> CreatedApp:
    """The answer of `POST /app-manifests/{code}/conversions`; raises `Malformed`."""
    app = Field(json, "the App")
    return CreatedApp(
        app_id=app["id"].integer(1),
        slug=app["slug"].name(),
        address=app["html_url"].name(),
        client_id=app["client_id"].name(),
        client_secret=app["client_secret"].name(),
        webhook_secret=app["webhook_secret"].name_or_none(),
        private_key=app["pem"].prose(_LONGEST_KEY),
    )
