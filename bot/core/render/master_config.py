"""The lines of `master.cfg` that let Buildbot push to us: of the README, and of `setup`.

In: our address, and the folder of secrets on the master. Out: Python for Buildbot 3.11 and newer.
"""

from __future__ import annotations

SECRET_NAME = "nightswatch"  # noqa: S105 - the name of a file
EXAMPLE_ADDRESS, EXAMPLE_SECRETS = "https://example.org/nightswatch", "/etc/buildbot/secrets"

_LINES = """\
from buildbot.plugins import reporters, secrets, util


def nightswatch():
    formatter = reporters.MessageFormatterFunction(lambda context: context["build"], "json")
    return reporters.HttpStatusPush(
        name="nightswatch",
        serverUrl={address},  # no slash at the end
        auth=("nightswatch", util.Secret("nightswatch")),  # in `headers` no secret is filled in
        generators=[
            # The default generator says nothing of EXCEPTION, RETRY, CANCELLED and SKIPPED.
            reporters.BuildStartEndStatusGenerator(
                start_formatter=formatter, end_formatter=formatter
            )
        ],
    )


# A file called `nightswatch` in this folder holds the token; mode 600, as Buildbot asks for.
c.setdefault("secretsProviders", []).append(secrets.SecretInAFile({secrets}))
c.setdefault("services", []).append(nightswatch())
"""


def render_master_config(public_url: str, secrets: str = EXAMPLE_SECRETS) -> str:
    """Lines to be put at the end of a `master.cfg`."""
    return _LINES.format(address=_quote(f"{public_url}/buildbot"), secrets=_quote(secrets))


def _quote(text: str) -> str:
    """A string as Python reads it, whatever an address may hold."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
